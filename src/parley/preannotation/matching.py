"""Where rules match: spaCy's matchers, tried only where a match is possible.

A matcher that tries all patterns at every token spends nearly all its time on patterns that have no chance
there. Most patterns ask for one of a few words, and most texts have none of them in most places: a pattern is
only tried around the words that every match of it has, its anchors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from parley.model.entities import Entity
from parley.model.ontology import Ontology
from parley.preannotation.rules import CONTEXT, GROUP, Rule, Rules
from parley.runtime.lazy_imports import load_spacy
from parley.runtime.time_limit import time_limit

if TYPE_CHECKING:
    from spacy.matcher import Matcher, PhraseMatcher
    from spacy.tokens import Doc

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
    """Finds the matches of all rules.

    nlp: the pipeline, English without a model: a tokenizer. seconds: of the processor, that those of a text
    may take.
    """

    def __init__(self, rules: Rules, ontology: Ontology, entities: Iterable[Entity], seconds: float) -> None:
        self.nlp = load_spacy().blank("en")
        from spacy.matcher import Matcher, PhraseMatcher

        self._rules = rules.rule
        self._seconds = seconds
        self._at_work = 0  # the rule that is looked for
        self._regexes: list[tuple[int, str, re.Pattern[str]]] = []  # number and label of the rule
        self._phrases: list[tuple[int, PhraseMatcher, dict[str, tuple[str, str]]]] = []  # key → label, entity
        self._patterns: list[tuple[Matcher, Anchors, list[int], Rule, int, int]] = []
        self._sets: dict[tuple[str, frozenset[str]], int] = {}  # attribute and words → number of the set
        self._sets_of: dict[str, dict[int, list[int]]] = {name: {} for name in _ATTRIBUTES}  # word → its sets
        rows = list(entities)
        for number, rule in enumerate(rules.rule):
            if rule.kind == "entity":
                phrases, meant = PhraseMatcher(self.nlp.vocab), {}
                for label, entity, alias in _aliases(rule, rows, rules.ambiguous, ontology):
                    phrases.add(f"{label} {alias}", [self.nlp.make_doc(alias)])
                    meant[f"{label} {alias}"] = label, entity
                self._phrases.append((number, phrases, meant))
            elif rule.kind == "regex":
                self._regexes.append((number, rule.label, re.compile(rule.regex)))
            for at, pattern in enumerate(rules.token_patterns(rule)):
                matcher = Matcher(self.nlp.vocab)
                matcher.add("pattern", [pattern])
                anchors = Anchors.of(pattern)
                sets = [self._set(*words) for words in anchors.words]
                self._patterns.append((matcher, anchors, sets, rule, number, at))

    def matches(self, text: str) -> tuple[Doc, list[Match]]:
        """Return a text in tokens, and the matches in it in no particular order."""
        doc = self.nlp(text)
        with time_limit(self._seconds, self._rule_at_work):
            found = list(self._pattern_matches(doc))
            for number, phrases, meant in self._phrases:
                for key, start, end in phrases(doc):
                    label, entity = meant[self.nlp.vocab.strings[key]]
                    found.append(Match(number, label, start, end, end - start, {}, entity))
            for number, label, regex in self._regexes:
                self._at_work = number
                group = "span" if "span" in regex.groupindex else 0
                for match in regex.finditer(text):
                    span = doc.char_span(*match.span(group))
                    if span is not None and len(span):  # None: it would cut a token in two
                        found.append(Match(number, label, span.start, span.end, len(span), {}))
        return doc, found

    def _rule_at_work(self) -> str:
        return f"rule({self._rules[self._at_work].name}) of preannotation.toml"

    def _set(self, attribute: str, words: frozenset[str]) -> int:
        """Return the number of a set of words, a new one if it is not known yet."""
        if (attribute, words) not in self._sets:
            number = self._sets[attribute, words] = len(self._sets)
            for word in words:
                self._sets_of[attribute].setdefault(self.nlp.vocab.strings.add(word), []).append(number)
        return self._sets[attribute, words]

    def _pattern_matches(self, doc: Doc) -> Iterator[Match]:
        places: list[list[int]] = [[] for _ in self._sets]
        for attribute, sets_of in self._sets_of.items():
            for place, word in enumerate(doc.to_array(attribute).tolist()):
                for number in sets_of.get(word, ()):
                    places[number].append(place)
        for matcher, anchors, sets, rule, number, at in self._patterns:
            tokens = rule.patterns[at]
            self._at_work = number
            for low, high in anchors.windows([places[one] for one in sets], len(doc)):
                for _, begin, stop, alignment in matcher(doc[low:high], with_alignments=True):
                    start = low + begin
                    inside = [start + i for i, t in enumerate(alignment) if not tokens[t].get(CONTEXT)]
                    groups: dict[str, list[str]] = {}
                    for i, token in enumerate(alignment):
                        if GROUP in tokens[token]:
                            groups.setdefault(tokens[token][GROUP], []).append(doc[start + i].text)
                    if inside:  # all tokens of an optional kind may be missing
                        yield Match(number, rule.label, inside[0], inside[-1] + 1, stop - begin, groups)


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
