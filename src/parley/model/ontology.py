"""The ontology: labels, attributes and relations, read from the one file that defines them; as tables."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec

from parley.faults import DataFaults, Fault, UsageError, check, control_character
from parley.model.paths import Limits, unsound
from parley.runtime.files import decode_toml, read_regular
from parley.runtime.markdown import table

AttributeKind = Literal["choice", "entity", "timex3", "quantity", "text", "number"]


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A legal value of a choice attribute."""

    name: str
    definition: str
    hotkey: str = ""


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group of span labels, shown together on the labelling screen."""

    name: str
    title: str


class SpanLabel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of span. inside_words: whether it may begin or end inside a word; None as the file says."""

    name: str
    title: str
    group: str
    color: str
    definition: str
    hotkey: str = ""
    inside_words: bool | None = None


class Attribute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A property of the spans of some labels.

    kind: `choice` (one of `values`), `entity` (an id of entities.csv whose type is the span's label, or one
    of `types`), `timex3` (a TIMEX3 value), `quantity` (number and unit; both with bounds and ranges), `text`
    (a line of words), `number` (`-3`, `12.5`).
    several: whether an entity attribute names as many rows as there are: the members of a group.
    required_when: attribute name → values; required where another attribute of the span has one of them.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    kind: AttributeKind
    definition: str
    required: bool = False
    required_when: dict[str, tuple[str, ...]] = {}
    types: tuple[str, ...] = ()
    several: bool = False
    value: tuple[Named, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """The legal values of a choice, in file order; empty for the other kinds."""
        return tuple(v.name for v in self.value)

    def is_required(self, attributes: dict[str, str]) -> bool:
        """Say whether a span that carries `attributes` must carry this one too."""
        return self.required or any(
            attributes.get(other) in values for other, values in self.required_when.items()
        )


class RelationLabel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of relation, directed from head to tail.

    expected_of: head labels that should each have one, unless the span carries the attribute `excused_by`.
    expected_at: tail labels that should each be reached by one.
    """

    name: str
    title: str
    head: tuple[str, ...]
    tail: tuple[str, ...]
    definition: str
    symmetric: bool = False
    same_label: bool = False
    expected_of: tuple[str, ...] = ()
    expected_at: tuple[str, ...] = ()
    excused_by: str = ""
    color: str = ""


# Columns beside which an attribute's stands: in label tables, where they are judged, in a release.
RESERVED = frozenset((
    "annotator", "annotator_kind", "boundary", "by_rules", "decision", "derived_id", "doc_id", "end",
    "excluded_by", "fold", "found", "head", "id", "kind", "known_sources", "label", "layer", "length",
    "other_attributes", "reason", "row", "sentence", "sentence_start", "sources", "start", "surface", "tail",
    "text",
))  # fmt: skip


class Ontology(msgspec.Struct, frozen=True, eq=False, forbid_unknown_fields=True, dict=True):
    """The annotation scheme. Label order is file order: ClassLabel integers depend on it.

    same_words: the pairs of labels that may cover the same words; None if any two may.
    """

    name: str
    version: str
    groups: tuple[Group, ...] = msgspec.field(name="group")
    spans: tuple[SpanLabel, ...] = msgspec.field(name="span")
    attributes: tuple[Attribute, ...] = msgspec.field(name="attribute", default=())
    relations: tuple[RelationLabel, ...] = msgspec.field(name="relation", default=())
    all_inside_words: bool = msgspec.field(name="inside_words", default=False)
    same_words: tuple[tuple[str, str], ...] | None = None

    @property
    def revision(self) -> str:
        """Name and version, as written into every label file: `parley 0.1`."""
        return f"{self.name} {self.version}"

    def knows(self, revision: str) -> bool:
        """Say whether a revision is this one or an earlier one; 0.9 is earlier than 0.10."""
        if revision == self.revision:
            return True
        name, _, version = revision.rpartition(" ")
        try:
            earlier, present = ([int(part) for part in one.split(".")] for one in (version, self.version))
        except ValueError:
            return False
        return name == self.name and earlier < present

    @cached_property
    def inside_words(self) -> frozenset[str]:
        """The labels whose spans may begin or end inside a word."""
        either = (True, None) if self.all_inside_words else (True,)
        return frozenset(s.name for s in self.spans if s.inside_words in either)

    @cached_property
    def span_names(self) -> tuple[str, ...]:
        """Span labels in ClassLabel order."""
        return tuple(s.name for s in self.spans)

    @cached_property
    def relation_names(self) -> tuple[str, ...]:
        """Relation labels in ClassLabel order."""
        return tuple(r.name for r in self.relations)

    @cached_property
    def attribute_names(self) -> tuple[str, ...]:
        """Attribute names, each once, in file order: the columns of a span table."""
        return tuple(dict.fromkeys(a.name for a in self.attributes))

    @cached_property
    def span_by_name(self) -> dict[str, SpanLabel]:
        """Span label by name."""
        return {s.name: s for s in self.spans}

    @cached_property
    def relation_by_name(self) -> dict[str, RelationLabel]:
        """Relation label by name."""
        return {r.name: r for r in self.relations}

    @cached_property
    def attributes_of(self) -> dict[str, dict[str, Attribute]]:
        """Span label → attribute name → attribute."""
        return {s.name: {a.name: a for a in self.attributes if s.name in a.labels} for s in self.spans}


def read_ontology(path: Path) -> Ontology:
    """Read an ontology file.

    Raises UsageError where there is none, DataFaults naming every reference that does not resolve and every
    name or hotkey given twice.
    """
    try:
        data = read_regular(path, Limits.of(os.environ).file)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "name the file of an annotation scheme")
    return decode_ontology(data, path.name)


def decode_ontology(data: bytes, name: str = "ontology.toml") -> Ontology:
    """Return the ontology in a file's bytes. name: of the file, in faults.

    Raises DataFaults naming every reference that does not resolve and every name or hotkey given twice.
    """
    file = "annotation/ontology.toml"
    try:
        ontology = decode_toml(data, Ontology)
    except ValueError as error:
        raise DataFaults([Fault("ontology-malformed", name, str(error), file)])
    check(Fault("ontology-malformed", f"{name} > {place}", what, file) for place, what in _problems(ontology))
    return ontology


def _problems(ontology: Ontology) -> Iterator[tuple[str, str]]:
    """Yield places and what is wrong there."""
    labels, attributes = ontology.span_names, ontology.attributes
    hotkeys = [*(s.hotkey for s in ontology.spans), *(v.hotkey for a in attributes for v in a.value)]
    names = {
        "group": [group.name for group in ontology.groups],
        "span": labels,
        "attribute": [f"{a.name} of {label}" for a in attributes for label in a.labels],
        "relation": ontology.relation_names,
        "hotkey": [hotkey for hotkey in hotkeys if hotkey],
    }
    for place, text in _texts("", msgspec.to_builtins(ontology)):
        if control := control_character(text):
            yield place, f"{text!r} has the control character {control}"
    for kind, given in names.items():
        yield from ((f"{kind}({name})", "given twice") for name, times in Counter(given).items() if times > 1)
    for kind, unique in (
        ("name", [ontology.name]),
        ("version", [ontology.version]),
        ("span", labels),
        ("attribute", ontology.attribute_names),
        ("relation", ontology.relation_names),
    ):
        yield from ((f"{kind}({name})", what) for name, what in unsound(unique).items())
    together = dict.fromkeys(label for pair in ontology.same_words or () for label in pair)
    yield from (("same_words", f"no span label {label!r}") for label in together if label not in labels)
    for span in ontology.spans:
        if span.group not in names["group"]:
            yield f"span({span.name}) > group", f"no group {span.group!r}"
    for attribute in attributes:
        yield from _attribute_problems(attribute, names)
    for relation in ontology.relations:
        place = f"relation({relation.name})"
        for end in ("head", "tail", "expected_of", "expected_at"):
            unknown = [label for label in getattr(relation, end) if label not in labels]
            yield from ((f"{place} > {end}", f"no span label {label!r}") for label in unknown)
        if relation.excused_by and relation.excused_by not in ontology.attribute_names:
            yield f"{place} > excused_by", f"no attribute {relation.excused_by!r}"
        if relation.symmetric and set(relation.head) != set(relation.tail):
            yield place, "symmetric, but head and tail differ"


def _texts(place: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield each text of the file with its place, `span(SHIP) > definition`."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(f"{place} > {name}" if place else name, inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(f"{place}({inner['name']})" if isinstance(inner, dict) else place, inner)


def _attribute_problems(
    attribute: Attribute, names: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str]]:
    place = f"attribute({attribute.name})"
    if attribute.name in RESERVED or "__" in attribute.name:
        yield place, "a column of the tables has this name: choose another"
        return
    for label in attribute.labels:
        if label in names["relation"]:
            what = "Label Studio stores no more of a relation than its labels: make a relation of each value"
            yield f"{place} > labels", f"the relation {label!r} has no attributes; {what}"
        elif label not in names["span"]:
            yield f"{place} > labels", f"no span label {label!r}"
        for other in attribute.required_when:
            if f"{other} of {label}" not in names["attribute"]:
                yield f"{place} > required_when", f"{label} has no attribute {other!r}"
    if (attribute.kind == "choice") != bool(attribute.value):
        yield place, "a choice has values, the other kinds have none"
    if attribute.several and attribute.kind != "entity":
        yield f"{place} > several", f"a {attribute.kind} has one value: only an entity has several"
    if len(set(attribute.values)) != len(attribute.values):
        yield place, "a value is given twice"


# ---- tables for the guidelines, the card and the datasheet -------------------------------------------------


def ontology_blocks(ontology: Ontology) -> dict[str, str]:
    """Return the generated blocks `spans`, `attributes`, `values` and `relations` of the guidelines."""
    spans = [
        (
            f"`{s.name}`",
            s.title,
            f"`{s.hotkey}`" if s.hotkey else "",
            " ".join(f"`{a}`" for a in ontology.attributes_of[s.name]),
            s.definition,
        )
        for s in ontology.spans
    ]
    attributes = [
        (f"`{a.name}`", " ".join(f"`{x}`" for x in a.labels), _holds(a), _required(a), a.definition)
        for a in ontology.attributes
    ]
    return {
        "spans": table(("label", "is", "key", "attributes", "definition"), spans),
        "attributes": table(("attribute", "of", "holds", "required", "definition"), attributes),
        "values": values_tables(ontology),
        "relations": relations_table(ontology),
    }


def values_tables(ontology: Ontology) -> str:
    """Return a table of legal values for every choice attribute, each under its name."""
    return "\n\n".join(
        f"**{a.name}** of {', '.join(a.labels)}\n\n"
        + table(("value", "definition"), [(f"`{v.name}`", v.definition) for v in a.value])
        for a in ontology.attributes
        if a.kind == "choice"
    )


def relations_table(ontology: Ontology) -> str:
    """Return a table of relations: what they lead from and to, and what they say."""
    rows = []
    for relation in ontology.relations:
        notes = [relation.definition]
        if relation.symmetric:
            notes.append("Has no direction.")
        if relation.expected_of:
            excuse = f", or says why not (`{relation.excused_by}`)" if relation.excused_by else ""
            notes.append(f"Every {' and '.join(relation.expected_of)} has one{excuse}.")
        if relation.expected_at:
            notes.append(f"Every {' and '.join(relation.expected_at)} is reached by one.")
        rows.append((f"`{relation.name}`", " ".join(relation.head), " ".join(relation.tail), " ".join(notes)))
    return table(("relation", "from (head)", "to (tail)", "definition"), rows)


def _holds(attribute: Attribute) -> str:
    kinds = {
        "entity": "ids of entities.csv" if attribute.several else "an id of entities.csv",
        "timex3": "a TIMEX3 value",
        "quantity": "number and unit",
        "text": "words",
        "number": "a number",
    }
    return kinds.get(attribute.kind) or " ".join(f"`{v}`" for v in attribute.values)


def _required(attribute: Attribute) -> str:
    if attribute.required:
        return "always"
    conditions = [f"{name} is {' or '.join(values)}" for name, values in attribute.required_when.items()]
    return "where " + ", or ".join(conditions) if conditions else "no"
