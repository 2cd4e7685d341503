"""Where rules match: a pipeline component over spaCy's matchers.

A matcher that tries all patterns at every token spends nearly all its time on patterns that have no chance
there. Most patterns ask for one of a few words, and most texts have none of them in most places: a pattern is
only tried around the words that every match of it has, its anchors.

The component runs inside `nlp.pipe`; what it finds travels with each document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from parley.model.entities import Entity
from parley.model.ontology import Ontology
from parley.preannotation.rules import CONTEXT, GROUP, Rule, Rules

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import Matcher, PhraseMatcher
    from spacy.tokens import Doc, Span
    from spacy.vocab import Vocab

_COMPONENT, _KEY = "parley_matching", "parley_matches"
_ATTRIBUTES = ("LOWER", "ORTH")  # whose values can be looked up; TEXT is another name for ORTH
_REQUIRED = frozenset({"1", "+"})
_AT_MOST_ONE = frozenset({"1", "?", "!"})


class Anchors(NamedTuple):
    """What every match of a pattern has: of each set one word, as the value of an attribute of a token.

    words: attribute and set. reach: tokens that a match can extend from such a word to either side; None if
    there is no limit.
    """

    words: tuple[tuple[str, frozenset[str]], ...]
    reach: int | None

    @classmethod
    def of(cls, pattern: Sequence[dict[str, Any]]) -> Anchors:
        """Return the anchors of a pattern in spaCy's syntax; a pattern may have none."""
        words = [
            (attribute, values)
            for token in pattern
            if token.get("OP", "1") in _REQUIRED
            for attribute in _ATTRIBUTES
            if (values := _values(token, attribute))
        ]
        bounded = all(token.get("OP", "1") in _AT_MOST_ONE for token in pattern)
        return cls(tuple(words), len(pattern) - 1 if bounded else None)

    def windows(self, places: Sequence[Sequence[int]], length: int) -> list[tuple[int, int]]:
        """Return the ranges of tokens in which all matches in a text lie, apart and ascending.

        places: for each set of `words` the tokens that are one of it, ascending. length: of the text.
        """
        fewest = min(places, key=len, default=range(length))
        if self.reach is None or not places:
            return [(0, length)] if fewest else []
        found: list[tuple[int, int]] = []
        for place in fewest:
            low, high = max(0, place - self.reach), min(length, place + self.reach + 1)
            if found and low <= found[-1][1]:
                low = found.pop()[0]
            found.append((low, high))
        return found


def _values(token: dict[str, Any], attribute: str) -> frozenset[str]:
    """Return the words that a token of a pattern may be, empty if it may be any."""
    for name, given in token.items():
        if name.upper().replace("TEXT", "ORTH") == attribute:
            if isinstance(given, str):
                return frozenset({given})
            if isinstance(given, dict) and "IN" in given:
                return frozenset(given["IN"])
    return frozenset()


class Match(NamedTuple):
    """Where a rule matched. start, end: tokens to label; around: number of tokens of the whole match.

    rule: its number. groups: group → its words. entity: the row, for rules of kind entity.
    """

    rule: int
    label: str
    start: int
    end: int
    around: int
    groups: dict[str, list[str]]
    entity: str = ""


class RuleMatcher:
    """The pipeline component: gathers the matches of all rules."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self.rules: tuple[Rule, ...] = ()
        self.entities: dict[int, PhraseMatcher] = {}
        self.rows: dict[str, tuple[str, str]] = {}  # key of a phrase → label and entity
        self.patterns: list[tuple[Matcher, Anchors, list[int]]] = []  # with the numbers of its anchors' sets
        self.sets: dict[tuple[str, frozenset[str]], int] = {}  # attribute and words → number of the set
        self.sets_of: dict[str, dict[int, list[int]]] = {name: {} for name in _ATTRIBUTES}  # word → its sets

    def prepare(self, nlp: Language, rules: Rules, ontology: Ontology, entities: Iterable[Entity]) -> None:
        """Build the matchers."""
        from spacy.matcher import Matcher, PhraseMatcher

        self.rules = rules.rule
        rows = list(entities)
        for index, rule in enumerate(rules.rule):
            if rule.kind == "entity":
                phrases = self.entities[index] = PhraseMatcher(self.vocab)
                for label, entity, alias in _aliases(rule, rows, rules.ambiguous, ontology):
                    key = f"{label} {alias}"
                    phrases.add(key, [nlp.make_doc(alias)])
                    self.rows[key] = label, entity
            elif rule.kind == "pattern":
                for at, pattern in enumerate(rules.token_patterns(rule)):
                    matcher = Matcher(self.vocab)
                    matcher.add(f"{index} {at}", [pattern])
                    anchors = Anchors.of(pattern)
                    self.patterns.append((matcher, anchors, [self._set(*words) for words in anchors.words]))

    def _set(self, attribute: str, words: frozenset[str]) -> int:
        """Return the number of a set of words, a new one if it is not known yet."""
        if (attribute, words) not in self.sets:
            number = self.sets[attribute, words] = len(self.sets)
            for word in words:
                self.sets_of[attribute].setdefault(self.vocab.strings.add(word), []).append(number)
        return self.sets[attribute, words]

    def __call__(self, doc: Doc) -> Doc:
        """Leave the matches with the document."""
        found = [
            match
            for window, matcher in self._windows(doc)
            for match in _pattern_matches(matcher, self.rules, window)
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

    def _windows(self, doc: Doc) -> Iterator[tuple[Span, Matcher]]:
        """Yield the windows of a document to search, each with the matcher to search it."""
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


def _component(nlp: Language, name: str) -> RuleMatcher:
    return RuleMatcher(nlp.vocab)


def _aliases(
    rule: Rule, rows: list[Entity], ambiguous: dict[str, str], ontology: Ontology
) -> Iterator[tuple[str, str, str]]:
    """Yield label, entity and alias, for every alias that means one entity.

    An entity's name is only searched for if it has no aliases: those are written as they occur.
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
                yield label, entity, alias


def _pattern_matches(matcher: Matcher, rules: tuple[Rule, ...], window: Span) -> Iterator[Match]:
    for key, begin, stop, alignment in matcher(window, with_alignments=True):
        index, at = map(int, matcher.vocab.strings[key].split())
        pattern = rules[index].patterns[at]
        start, end = window.start + begin, window.start + stop
        inside = [start + i for i, token in enumerate(alignment) if not pattern[token].get(CONTEXT)]
        groups: dict[str, list[str]] = {}
        for i, token in enumerate(alignment):
            if GROUP in pattern[token]:
                groups.setdefault(pattern[token][GROUP], []).append(window[begin + i].text)
        if inside:  # all tokens of an optional kind may be missing
            yield Match(index, rules[index].label, inside[0], inside[-1] + 1, end - start, groups)


def _regex_matches(index: int, rule: Rule, doc: Doc) -> Iterator[Match]:
    regex = re.compile(rule.regex)
    group = "span" if "span" in regex.groupindex else 0
    for found in regex.finditer(doc.text):
        span = doc.char_span(*found.span(group))
        if span is not None and len(span):  # None: it would cut a token in two
            yield Match(index, rule.label, span.start, span.end, len(span), {})
