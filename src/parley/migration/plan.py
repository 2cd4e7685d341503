"""The plan of a migration: which names of a scheme become which, as TOML.

Every condition is asked of the labels as they were before. Each old name is in one step of a plan at most.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec

from parley.faults import Fault, UsageError, check
from parley.model.labels import Span
from parley.model.ontology import DOCUMENT, Ontology
from parley.model.paths import Limits, sound_name
from parley.runtime.files import read_regular
from parley.runtime.schema import decode_toml

Kind = Literal["span", "relation", "attribute", "value", "entity"]
KINDS: tuple[Kind, ...] = ("span", "relation", "attribute", "value", "entity")
KEEP, DROP = "keep", "drop"  # what becomes of what no rule decides; or a name


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a span must be: of one of some labels, of some values of each attribute, one of some words."""

    label: tuple[str, ...] = ()
    attributes: dict[str, tuple[str, ...]] = {}
    words: tuple[str, ...] = ()

    def fits(self, span: Span) -> bool:
        """Say whether a span is that; words are compared without regard to capitals."""
        return (
            (not self.label or span.label in self.label)
            and all(span.attributes.get(name) in values for name, values in self.attributes.items())
            and (not self.words or span.text.casefold() in {one.casefold() for one in self.words})
        )


_ANY = Condition()


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One part of a split. span: of what is not a relation; head, tail: of a relation.

    tails: of spans, what one of the tails of a relation from them must be. title, definition: of the name in
    the new ontology; as before if they are not given.
    """

    to: str
    title: str = ""
    definition: str = ""
    span: Condition = _ANY
    head: Condition = _ANY
    tail: Condition = _ANY
    tails: dict[str, Condition] = {}


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of a name, or of several.

    of: what it names. attribute: whose value it is. labels: of the attribute, if several share its name. to:
    the new name. rule: of a split; the first that fits decides. open: what becomes of what none decides.
    """

    of: Kind
    name: str = ""
    names: tuple[str, ...] = ()
    to: str = ""
    attribute: str = ""
    labels: tuple[str, ...] = ()
    rule: tuple[Rule, ...] = ()
    open: str = ""

    @property
    def old(self) -> tuple[str, ...]:
        """The names before."""
        return self.names or ((self.name,) if self.name else ())

    def is_of(self, attribute: str, label: str) -> bool:
        """Say whether a step on attributes or values is about those of a label."""
        return attribute == self.attribute and (not self.labels or label in self.labels)


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """A migration. before, after: versions of the ontology. ontology, guidelines: the new files, if any."""

    before: str = msgspec.field(name="from")
    after: str = msgspec.field(name="to")
    ontology: str = ""
    guidelines: str = ""
    rename: tuple[Step, ...] = ()
    remove: tuple[Step, ...] = ()
    merge: tuple[Step, ...] = ()
    split: tuple[Step, ...] = ()
    add: tuple[Step, ...] = ()

    @cached_property
    def steps(self) -> tuple[tuple[str, Step], ...]:
        """Every step on names there are, after the word for what it does."""
        groups = (
            ("rename", self.rename),
            ("remove", self.remove),
            ("merge", self.merge),
            ("split", self.split),
        )
        return tuple((verb, step) for verb, steps in groups for step in steps)

    def of(self, kind: Kind, name: str, label: str = "", attribute: str = "") -> tuple[str, Step] | None:
        """Return the step on a name, if there is one. label, attribute: of an attribute or value."""
        for verb, step in self.steps:
            if step.of != kind or name not in step.old:
                continue
            if kind == "attribute" and step.labels and label not in step.labels:
                continue
            if kind == "value" and not step.is_of(attribute, label):
                continue
            return verb, step
        return None


@dataclass
class Scheme:
    """The names that a plan may speak of, before it."""

    ontology: Ontology
    entities: Collection[str] = ()
    faults: list[Fault] = field(default_factory=list)

    def known(self, step: Step) -> Collection[str]:
        """Return the names there are of the kind of a step."""
        if step.of == "value":
            some = self.ontology.all_attributes
            found = [a for a in some if any(step.is_of(a.name, label) for label in a.labels)]
            return list(dict.fromkeys(value for a in found for value in a.values))
        return {
            "span": self.ontology.span_names,
            "relation": self.ontology.relation_names,
            "attribute": self.ontology.all_attribute_names,
            "entity": self.entities,
        }[step.of]


def read_plan(path: Path, ontology: Ontology, entities: Mapping[str, object], limits: Limits) -> Plan:
    """Read a plan.

    Raises UsageError if there is none, DataFaults with all that is wrong with it and the names there are.
    """
    try:
        data = read_regular(path, limits.file)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "name the file of a plan")
    plan = decode_toml(data, Plan, "plan-malformed", "", path.name)
    problems = _problems(plan, Scheme(ontology, list(entities)))
    check(Fault("plan-malformed", f"{path.name} > {place}", what) for place, what in problems)
    return plan


def _problems(plan: Plan, scheme: Scheme) -> Iterator[tuple[str, str]]:
    """Yield places and what is wrong there."""
    ontology = scheme.ontology
    if ontology.version != plan.before:
        done = ""
        if ontology.version == plan.after:
            done = ": this plan was carried out, or the ontology was changed by hand: then restore it first"
        yield "from", f"the ontology has version {ontology.version}, the plan is for {plan.before}{done}"
        return
    if not _rises(plan.before, plan.after):
        yield "to", f"{plan.after!r} is not later than {plan.before!r}: raise the version"
    if not (plan.steps or plan.add):
        yield "plan", "it has no step: [[rename]], [[remove]], [[merge]], [[split]] or [[add]]"
    for step in plan.add:
        yield from ((f"add({step.name})", what) for what in _add_problems(step, plan, ontology))
    times = Counter(
        (step.of, step.attribute, step.labels, name) for _, step in plan.steps for name in step.old
    )
    for (kind, *_, name), number in times.items():
        if number > 1:
            yield f"{kind}({name})", f"{number} steps decide on it"
    for verb, step in plan.steps:
        place = f"{verb}({', '.join(step.old) or step.of})"
        yield from ((place, what) for what in _step_problems(verb, step, scheme, plan))


def _rises(before: str, after: str) -> bool:
    try:
        old, new = ([int(part) for part in one.split(".")] for one in (before, after))
    except ValueError:
        return bool(after) and before != after
    return new > old


def _step_problems(verb: str, step: Step, scheme: Scheme, plan: Plan) -> Iterator[str]:
    needs = {"rename": "name to", "remove": "name", "merge": "names to", "split": "name rule"}[verb].split()
    for setting in ("name", "names", "to", "rule", "open"):
        given = bool(getattr(step, setting))
        if given and setting not in needs and not (setting == "open" and verb == "split"):
            yield f"a {verb} has no `{setting}`"
        elif not given and setting in needs:
            yield f"a {verb} needs `{setting}`"
    yield from _split_problems(verb, step, scheme.ontology)
    attributes = scheme.ontology.all_attribute_names
    if step.of == "value" and step.attribute not in attributes:
        yield f"no attribute {step.attribute!r}{_there_is(step.attribute, attributes)}"
        return
    known = scheme.known(step)
    for name in step.old:
        if name not in known:
            yield f"no {step.of} {name!r}{_there_is(name, known)}"
    targets = [target for target in (step.to, *(rule.to for rule in step.rule)) if target]
    if step.open and step.open not in (KEEP, DROP, *targets):
        choices = ", ".join((KEEP, DROP, *targets))
        yield f"open is one of {choices}, not {step.open!r}"
    for target in targets:
        try:
            sound_name(target)
        except ValueError as error:
            yield str(error)
        if verb == "rename" and target in known and plan.of(step.of, target) is None:
            yield f"there is {target!r} already: merge the two"
    if step.of == "attribute" and verb in {"merge", "split"} and not plan.ontology:
        yield f"to {verb} attributes, write the new ontology and name its file: `ontology = FILE`"
    for rule in step.rule:
        yield from _rule_problems(step, rule, scheme.ontology)


def _split_problems(verb: str, step: Step, ontology: Ontology) -> Iterator[str]:
    attribute = step.attribute if step.of == "value" else step.name if step.of == "attribute" else ""
    if verb == "split" and attribute in ontology.of_document:
        yield f"{attribute} is said of the whole {DOCUMENT}, of which no rule asks: rename or remove it"


def _add_problems(step: Step, plan: Plan, ontology: Ontology) -> Iterator[str]:
    if step.of != "attribute" or not step.name or not step.labels or not (step.rule or step.open):
        yield "it adds an attribute: `of`, `name`, `labels`, and `rule` or `open` for its values"
    if not plan.ontology:
        yield "write the new ontology, which defines it, and name its file: `ontology = FILE`"
    for label in step.labels:
        if label not in ontology.span_by_name:
            yield f"no span {label!r}{_there_is(label, ontology.span_names)}"
    for rule in step.rule:
        yield from _rule_problems(step, rule, ontology)


def _rule_problems(step: Step, rule: Rule, ontology: Ontology) -> Iterator[str]:
    unfit = ("span",) if step.of == "relation" else ("head", "tail")
    for end in unfit:
        if getattr(rule, end) != _ANY:
            yield f"a rule of a {step.of} has no `{end}`"
    for relation in rule.tails:
        if relation not in ontology.relation_by_name or step.of == "relation":
            yield f"tails: no relation {relation!r}{_there_is(relation, ontology.relation_names)}"
    ends = {end: getattr(rule, end) for end in ("span", "head", "tail")}
    for end, condition in (ends | rule.tails).items():
        for label in condition.label:
            if label not in ontology.span_by_name:
                yield f"{end}: no span {label!r}{_there_is(label, ontology.span_names)}"
        for name, values in condition.attributes.items():
            same = [a for a in ontology.attributes if a.name == name]
            if not same:
                yield f"{end}: no attribute {name!r}{_there_is(name, ontology.attribute_names)}"
            legal = [value for a in same for value in a.values]
            if legal and all(a.kind == "choice" for a in same):
                for value in values:
                    if value not in legal:
                        yield f"{end}: {name} has no value {value!r}{_there_is(value, legal)}"


def _there_is(name: str, known: Collection[str]) -> str:
    """Return what there is instead: the closest, and all if they are few."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    some = list(known) if len(known) <= 20 else close
    return f"; there is {', '.join(some)}" if some else ""
