"""The rules of pre-annotation, read from annotation/preannotation.toml and checked with the ontology.

Templates of attribute values are filled with numbers, and with dates relative to the day of publication.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from string import Formatter
from typing import Annotated, Any, Literal

import msgspec

from parley.corpus.corpus import Corpus
from parley.faults import Fault, check
from parley.model.entities import Entity
from parley.model.ontology import Attribute, Ontology
from parley.runtime.lazy_imports import load_spacy
from parley.runtime.schema import decode_toml

TokenPattern = tuple[dict[str, Any], ...]
_WAYS = 10_000  # to repeat the tokens of a pattern
RuleKind = Literal["entity", "pattern", "regex"]
Way = Literal["near", "continued", "opening"]

CONTEXT, GROUP = "context", "group"  # settings of a token that are Parley's and not spaCy's
# What templates may use besides their rule's groups, if the day of publication is known.
DATE_FIELDS = frozenset((
    "past_weekday", "coming_weekday", "near_month", "last_day", "this_day", "next_day", "last_week",
    "this_week", "this_month", "this_year",
))  # fmt: skip
_HALF_YEAR = 6


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule that proposes spans. Earlier rules win if two propose spans that must not overlap."""

    name: Annotated[str, "What faults call it."]
    kind: Annotated[
        RuleKind,
        "entity: finds the aliases of entities.csv for `labels` and sets their entity. "
        "pattern: finds token patterns in spaCy's syntax. regex: finds a regular expression in the text, "
        "its group `span`, else the whole match.",
    ]
    reason: Annotated[str, "Why what it finds is what it says."]
    label: Annotated[str, "Of a pattern or regex rule: the label of what it finds."] = ""
    labels: Annotated[tuple[str, ...], "Of an entity rule: the labels it proposes."] = ()
    attributes: Annotated[
        dict[str, str | tuple[str, ...]],
        "Attribute and template, or several, of which the first that can be filled counts. "
        "`{name}` is the words of a group of the pattern; of the day of publication there are "
        + ", ".join(f"{{{name}}}" for name in sorted(DATE_FIELDS))
        + ".",
    ] = {}
    patterns: Annotated[
        tuple[TokenPattern, ...],
        "Of a pattern rule: lists of tokens. A token with `context = true` must be there but "
        'is not labelled, one with `group = "name"` can be used in attributes; `IN = "@table"` means the '
        "keys of a table of `words`.",
    ] = ()
    regex: Annotated[str, "Of a regex rule: a regular expression of Python."] = ""

    def templates(self, attribute: str) -> tuple[str, ...]:
        """Return the templates of an attribute in the order they are tried."""
        given = self.attributes[attribute]
        return (given,) if isinstance(given, str) else given


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule that proposes relations from spans labelled `head` to spans labelled one of `tail`."""

    relation: Annotated[str, "The relation that it proposes."]
    head: Annotated[str, "The label that it leaves."]
    tail: Annotated[tuple[str, ...], "The labels that it may reach."]
    reason: Annotated[str, "Why they belong together."]
    ways: Annotated[
        tuple[Way, ...],
        "Tried in order. near: the nearest tail in the paragraph, at most `reach` tokens "
        "away from the head, or from the span that relation `via` leads to from it. continued: the tail "
        "of the nearest head before, if that ends in the paragraph before. opening: the tail that the "
        "paragraph before begins with.",
    ] = ("near",)
    reach: Annotated[int, "Tokens."] = 8
    via: Annotated[str, "A relation, see `ways`."] = ""


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rules that propose labels before anybody has read an article."""

    annotator: Annotated[str, "Whose layer the proposals are: a row of annotators.csv, of kind rules."]
    numbers: Annotated[dict[str, str], "Words and the numbers they are."] = {}
    words: Annotated[
        dict[str, dict[str, str]], "Tables by name: words in lower case, and what a template has for them."
    ] = {}
    apart: Annotated[tuple[tuple[str, ...], ...], "Groups of labels whose spans never overlap."] = ()
    ambiguous: Annotated[
        dict[str, str], "An alias of several entities, and the one it means if no earlier rule knows better."
    ] = {}
    rule: Annotated[tuple[Rule, ...], "What proposes spans."] = ()
    link: Annotated[tuple[Link, ...], "What proposes relations."] = ()

    def token_patterns(self, rule: Rule) -> list[list[dict[str, Any]]]:
        """Return a rule's patterns as spaCy reads them: without our settings, with tables put in.

        Raises KeyError if a table is missing.
        """
        return [[self._spacy(token) for token in pattern] for pattern in rule.patterns]

    def _spacy(self, value: Any) -> Any:  # noqa: ANN401 - of spaCy's syntax
        if isinstance(value, dict):
            return {k: self._spacy(v) for k, v in value.items() if k not in (CONTEXT, GROUP)}
        if isinstance(value, str) and value.startswith("@"):
            return sorted(self.words[value[1:]])
        return value


def read_rules(corpus: Corpus) -> Rules:
    """Read the rules of a corpus.

    Raises DataFaults naming every rule that cannot work.
    """
    path = corpus.paths.preannotation
    file = corpus.paths.relative(path)
    data = corpus.read(path, "preannotation-malformed")
    rules = decode_toml(data, Rules, "preannotation-malformed", file)
    problems = list(_problems(rules, corpus.ontology, corpus.entities))
    annotator = corpus.annotators.get(rules.annotator)
    if annotator is None or annotator.kind != "rules":
        problems.append((" > annotator", f"annotators.csv has no {rules.annotator!r} of kind rules"))
    check(Fault("preannotation-malformed", f"{file}{place}", what, file) for place, what in problems)
    return rules


def fields_of(template: str) -> set[str]:
    """Return the names in braces in a template. Raises ValueError if it is none."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def fill(template: str, fields: Mapping[str, str]) -> str | None:
    """Return a template with its fields put in; None if one of them is unknown."""
    try:
        return template.format_map(fields)
    except KeyError:
        return None


def number(words: Sequence[str], numbers: Mapping[str, str]) -> str | None:
    """Return the number that words write: `7 billion` is 7000000000, `1,000` is 1000; None if they do not.

    numbers: word in lower case → number. Words that follow each other multiply.
    """
    product = Decimal(1)
    try:
        for word in words:
            product *= Decimal(numbers.get(word.casefold(), word.replace(",", "")))
    except InvalidOperation:
        return None
    if not words or not product.is_finite():
        return None
    plain = f"{product:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def date_fields(published: str, groups: Mapping[str, str]) -> dict[str, str]:
    """Return what the day of publication makes of a weekday, a month and of now; nothing if it is unknown.

    groups: `weekday` 1 to 7 as in ISO 8601, `month` 1 to 12. A weekday is the last one up to that day, since
    reports look back, or the coming one from that day on; a month is the nearest one, since they also look
    ahead.
    """
    if not published:
        return {}
    day = date.fromisoformat(published[:10])
    fields = {
        "last_day": f"{day - timedelta(days=1)}",
        "this_day": f"{day}",
        "next_day": f"{day + timedelta(days=1)}",
        "this_month": f"{day:%Y-%m}",
        "this_year": f"{day:%Y}",
        "this_week": f"{day:%G-W%V}",
        "last_week": f"{day - timedelta(weeks=1):%G-W%V}",
    }
    if "weekday" in groups:
        back = (day.isoweekday() - int(groups["weekday"])) % 7
        fields["past_weekday"] = f"{day - timedelta(days=back)}"
        fields["coming_weekday"] = f"{day + timedelta(days=-back % 7)}"
    if "month" in groups:
        away = int(groups["month"]) - day.month
        year = day.year + (away < -_HALF_YEAR) - (away > _HALF_YEAR)
        fields["near_month"] = f"{year}-{int(groups['month']):02}"
    return fields


def _problems(rules: Rules, ontology: Ontology, entities: dict[str, Entity]) -> Iterator[tuple[str, str]]:
    for name, times in Counter(rule.name for rule in rules.rule).items():
        if times > 1:
            yield f" > rule({name})", f"the name is given {times} times"
    for group in rules.apart:
        yield from ((" > apart", f"no span label {x!r}") for x in group if x not in ontology.span_by_name)
    for alias, entity in rules.ambiguous.items():
        if entity not in entities:
            yield f" > ambiguous({alias})", f"no entity {entity!r}"
    for rule in rules.rule:
        for what in (
            *_setting_problems(rule),
            *_label_problems(rule, ontology, entities),
            *_pattern_problems(rule, rules),
        ):
            yield f" > rule({rule.name})", what
    for link in rules.link:
        for what in _link_problems(link, ontology):
            yield f" > link({link.relation})", what


def _setting_problems(rule: Rule) -> Iterator[str]:
    wanted = {"entity": {"labels"}, "pattern": {"label", "patterns"}, "regex": {"label", "regex"}}[rule.kind]
    given = {name for name in ("label", "labels", "patterns", "regex") if getattr(rule, name)}
    if not rule.reason:
        yield "a rule has a reason"
    yield from (f"a rule of kind {rule.kind} needs {setting}" for setting in sorted(wanted - given))
    yield from (f"a rule of kind {rule.kind} has no {setting}" for setting in sorted(given - wanted))


def _label_problems(rule: Rule, ontology: Ontology, entities: dict[str, Entity]) -> Iterator[str]:
    for label in (label for label in (rule.label, *rule.labels) if label):
        if label not in ontology.span_by_name:
            yield f"no span label {label!r}"
            continue
        legal = ontology.attributes_of[label]
        for name in rule.attributes:
            if name not in legal:
                yield f"{label} has no attribute {name!r}"
                continue
            for template in rule.templates(name):
                yield from _template_problems(template, legal[name], rule, entities)
        if rule.kind == "entity" and not any(a.kind == "entity" for a in legal.values()):
            yield f"{label} has no attribute of kind entity"


def _template_problems(
    template: str, attribute: Attribute, rule: Rule, entities: dict[str, Entity]
) -> Iterator[str]:
    try:
        fields = fields_of(template)
    except ValueError as error:
        yield f"no template {template!r}: {error}"
        return
    known = {token[GROUP] for pattern in rule.patterns for token in pattern if GROUP in token} | DATE_FIELDS
    yield from (f"template {template!r}: no group {name!r}" for name in sorted(fields - known))
    if not fields and attribute.kind == "choice" and template not in attribute.values:
        yield f"{attribute.name} has no value {template!r}"
    if not fields and attribute.kind == "entity" and template not in entities:
        yield f"no entity {template!r}"


def _repetition_problems(pattern: TokenPattern) -> Iterator[str]:
    """Yield why the matches of a pattern may have no end: spaCy looks for all, and cannot be interrupted."""
    operators = [str(token.get("OP", "")) for token in pattern]
    bounds = [int(number) for one in operators for number in re.findall(r"\d+(?=})", one)]
    if sum(bool(re.search(r"[*+]|,}", one)) for one in operators) > 1:
        yield "a pattern repeats one token at most without a bound: write an OP such as `{0,20}`"
    if math.prod(bound + 1 for bound in bounds) > _WAYS:
        yield f"the bounds of a pattern's repetitions, one added to each, multiply to {_WAYS:,} at most"


def _pattern_problems(rule: Rule, rules: Rules) -> Iterator[str]:
    try:
        patterns = rules.token_patterns(rule)
    except KeyError as missing:
        yield f"no table words.{missing.args[0]}"
        return
    for pattern in rule.patterns:
        if all(token.get(CONTEXT) for token in pattern):
            yield "a pattern has a token that is not context"
    endless = [what for pattern in rule.patterns for what in _repetition_problems(pattern)]
    yield from endless
    if rule.regex:
        try:
            re.compile(rule.regex)
        except (re.error, OverflowError, RecursionError) as error:
            yield f"not a regular expression: {error}"
    elif patterns and not endless:
        load_spacy()
        from spacy.errors import MatchPatternError
        from spacy.matcher import Matcher
        from spacy.vocab import Vocab

        try:
            Matcher(Vocab(), validate=True).add(rule.name, patterns)
        except (MatchPatternError, ValueError) as error:
            yield f"no token pattern: {' '.join(str(error).split())}"


def _link_problems(link: Link, ontology: Ontology) -> Iterator[str]:
    relation = ontology.relation_by_name.get(link.relation)
    if relation is None:
        yield f"no relation {link.relation!r}"
        return
    if link.head not in relation.head:
        yield f"it does not leave {link.head!r}"
    yield from (f"it does not reach {label!r}" for label in link.tail if label not in relation.tail)
    if link.via and link.via not in ontology.relation_by_name:
        yield f"no relation {link.via!r}"
