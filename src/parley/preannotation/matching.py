"""Find where rules match: a pipeline component over spaCy's matchers.

The component runs inside `nlp.pipe`; what it finds travels with each document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from parley.model.entities import Entity
from parley.model.ontology import Ontology
from parley.preannotation.anchors import ATTRIBUTES, Anchors
from parley.preannotation.rules import CONTEXT, GROUP, Rule, Rules

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import Matcher, PhraseMatcher
    from spacy.tokens import Doc, Span
    from spacy.vocab import Vocab

_COMPONENT, _KEY = "parley_matching", "parley_matches"


class Match(NamedTuple):
    """Where a rule matched. start, end: tokens of the labelled stretch; around: tokens of the whole match.

    groups: group → its words. entity: the row, for rules of kind entity.
    """

    rule: int
    label: str
    start: int
    end: int
    around: int
    groups: dict[str, list[str]]
    entity: str = ""


class Matching:
    """The pipeline component: gathers the matches of all rules."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self.rules: tuple[Rule, ...] = ()
        self.entities: dict[int, PhraseMatcher] = {}
        self.rows: dict[str, tuple[str, str]] = {}
        self.patterns: list[tuple[Matcher, Anchors, list[int]]] = []  # with the numbers of its anchors' sets
        self.sets: dict[tuple[str, frozenset[str]], int] = {}  # attribute and words → number of the set
        self.sets_of: dict[str, dict[int, list[int]]] = {name: {} for name in ATTRIBUTES}  # word → its sets

    def prepare(self, nlp: Language, rules: Rules, ontology: Ontology, entities: Iterable[Entity]) -> None:
        """Build the matchers."""
        from spacy.matcher import PhraseMatcher

        self.rules = rules.rule
        rows = list(entities)
        for index, rule in enumerate(rules.rule):
            if rule.kind == "entity":
                matcher = PhraseMatcher(self.vocab)
                for key, row, alias in _names(rule, rows, rules.ambiguous, ontology):
                    matcher.add(key, [nlp.make_doc(alias)])
                    self.rows[key] = row
                self.entities[index] = matcher
            elif rule.kind == "pattern":
                for at, pattern in enumerate(rules.token_patterns(rule)):
                    self._add(f"{index} {at}", pattern)

    def _add(self, key: str, pattern: list[dict[str, Any]]) -> None:
        from spacy.matcher import Matcher

        matcher = Matcher(self.vocab)
        matcher.add(key, [pattern])
        anchors = Anchors.of(pattern)
        for attribute, words in anchors.words:
            if (attribute, words) in self.sets:
                continue
            number = self.sets[attribute, words] = len(self.sets)
            for word in words:
                self.sets_of[attribute].setdefault(self.vocab.strings.add(word), []).append(number)
        self.patterns.append((matcher, anchors, [self.sets[found] for found in anchors.words]))

    def __call__(self, doc: Doc) -> Doc:
        """Leave the matches with the document."""
        found = [
            match
            for part, matcher in self._parts(doc)
            for match in _pattern_matches(matcher, self.rules, part)
        ]
        for index, rule in enumerate(self.rules):
            if rule.kind == "entity":
                for key, start, end in self.entities[index](doc):
                    label, entity = self.rows[self.vocab.strings[key]]
                    found.append(Match(index, label, start, end, end - start, {}, entity))
            elif rule.kind == "regex":
                found.extend(_regex_matches(index, rule, doc))
        doc.user_data[_KEY] = found
        return doc

    def _parts(self, doc: Doc) -> Iterator[tuple[Span, Matcher]]:
        """Yield what to look through for which patterns."""
        places: list[list[int]] = [[] for _ in self.sets]
        for attribute, sets_of in self.sets_of.items():
            for place, word in enumerate(doc.to_array(attribute).tolist()):
                for number in sets_of.get(word, ()):
                    places[number].append(place)
        for matcher, anchors, sets in self.patterns:
            for low, high in anchors.windows([places[number] for number in sets], len(doc)):
                yield doc[low:high], matcher


def matches(doc: Doc) -> list[Match]:
    """Return what the component found, in no particular order."""
    found: list[Match] = doc.user_data[_KEY]
    return found


def pipeline(rules: Rules, ontology: Ontology, entities: Iterable[Entity]) -> Language:
    """Return a blank English pipeline with the matching component: a tokenizer and no model."""
    import spacy
    from spacy.language import Language

    Language.factory(_COMPONENT, func=_component)
    nlp = spacy.blank("en")
    nlp.add_pipe(_COMPONENT).prepare(nlp, rules, ontology, entities)
    return nlp


def _component(nlp: Language, name: str) -> Matching:
    return Matching(nlp.vocab)


def _names(
    rule: Rule, rows: list[Entity], ambiguous: dict[str, str], ontology: Ontology
) -> Iterable[tuple[str, tuple[str, str], str]]:
    """Yield a key, label and entity, and the alias, for every alias that means one entity.

    An entity's name is looked for only where it has no aliases: those are written as they occur.
    """
    for label in rule.labels:
        attribute = next(a for a in ontology.attributes_of[label].values() if a.kind == "entity")
        meant: dict[str, list[str]] = {}
        for row in rows:
            if row.type in (attribute.types or (label,)):
                for alias in row.aliases or (row.name,):
                    meant.setdefault(alias, []).append(row.id)
        for alias, ids in meant.items():
            entity = ids[0] if len(ids) == 1 else ambiguous.get(alias, "")
            if entity in ids:
                yield f"{label} {alias}", (label, entity), alias


def _pattern_matches(matcher: Matcher, rules: tuple[Rule, ...], part: Span) -> Iterable[Match]:
    for key, begin, stop, alignment in matcher(part, with_alignments=True):
        index, at = map(int, matcher.vocab.strings[key].split())
        rule = rules[index]
        pattern = rule.patterns[at]
        start, end = part.start + begin, part.start + stop
        inside = [start + i for i, token in enumerate(alignment) if not pattern[token].get(CONTEXT)]
        groups: dict[str, list[str]] = {}
        for i, token in enumerate(alignment):
            if GROUP in pattern[token]:
                groups.setdefault(pattern[token][GROUP], []).append(part[begin + i].text)
        if inside:  # all tokens of an optional kind may be missing
            yield Match(index, rule.label, inside[0], inside[-1] + 1, end - start, groups)


def _regex_matches(index: int, rule: Rule, doc: Doc) -> Iterable[Match]:
    regex = re.compile(rule.regex)
    group = "span" if "span" in regex.groupindex else 0
    for found in regex.finditer(doc.text):
        span = doc.char_span(*found.span(group))
        if span is not None and len(span):  # None: it would cut a token in two
            yield Match(index, rule.label, span.start, span.end, len(span), {})
