"""Proposals, a layer a document: spans whose attributes are decided, and the relations between them.

A proposal that the ontology would call incomplete or illegal is not made: predictions pass the same checks as
people's labels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from parley.corpus.corpus import Corpus
from parley.model.documents import Document
from parley.model.entities import Entity
from parley.model.labels import Layer, Relation, Span, in_order, make_relation, make_span
from parley.model.ontology import Attribute, Ontology
from parley.model.paths import Limits
from parley.preannotation.matching import Match, RuleMatcher
from parley.preannotation.rules import (
    DATE_FIELDS,
    GROUP,
    Link,
    Rules,
    date_fields,
    fields_of,
    fill,
    number,
    read_rules,
)
from parley.values.legal import LEGAL
from parley.values.segmentation import CLEAN, cuts
from parley.values.several import several

_NAME = "parley-rules"
_ENGINE = "2"  # raised when this package proposes otherwise from the same rules
_WORDS = 100_000  # different ones that the matcher keeps before it starts anew: some 50 MB


def proposer(corpus: Corpus) -> Proposer:
    """Return what proposes layers for a corpus. Raises DataFaults if its rules cannot work."""
    rules = corpus.derived(read_rules)
    digest = hashlib.sha256(_ENGINE.encode())
    for path in (corpus.paths.preannotation, corpus.paths.entities, corpus.paths.ontology):
        digest.update(bytes.fromhex(corpus.digests[corpus.paths.relative(path)]))
    version, seconds = f"{_NAME} {digest.hexdigest()[:12]}", corpus.paths.limits.seconds
    return Proposer(rules, corpus.ontology, corpus.entities, version, seconds)


class Candidate(NamedTuple):
    """A span that was proposed; start, end: its tokens."""

    span: Span
    start: int
    end: int

    def overlaps(self, other: Candidate) -> bool:
        """Say whether the two share a token."""
        return self.start < other.end and other.start < self.end


class Proposer:
    """Proposes layers by rules; it may be pickled before its first layer.

    model_version: the name of the predictions, another one if rules, entities or ontology are others.
    """

    def __init__(
        self,
        rules: Rules,
        ontology: Ontology,
        entities: Mapping[str, Entity],
        model_version: str,
        seconds: float = Limits.seconds,
    ) -> None:
        self.rules = rules
        self.ontology = ontology
        self.entities = entities
        self.model_version = model_version
        self.seconds = seconds
        self.apart = {
            label: {label}.union(*(group for group in rules.apart if label in group))
            for label in ontology.span_names
        }
        self._optional = []  # groups of each rule that may be missing
        self._dated = []  # whether a template of each rule needs the day of publication
        for rule in rules.rule:
            tokens = [token for pattern in rule.patterns for token in pattern]
            self._optional.append({token[GROUP] for token in tokens if GROUP in token and "OP" in token})
            templates = [template for name in rule.attributes for template in rule.templates(name)]
            self._dated.append(any(fields_of(template) & DATE_FIELDS for template in templates))
        self._matcher: RuleMatcher | None = None
        self._most_words = 0

    def layers(self, documents: Iterable[Document]) -> Iterator[Layer]:
        """Yield a layer a document, in order, with one document in memory."""
        for document in documents:
            if self._matcher is None or len(self._matcher.nlp.vocab) > self._most_words:
                # a new one after so many words that their memory counts: a pipeline keeps each. spaCy's own
                # way to forget, a memory zone, takes a third more time
                self._matcher = RuleMatcher(self.rules, self.ontology, self.entities.values(), self.seconds)
                self._most_words = len(self._matcher.nlp.vocab) + _WORDS
            candidates = self._candidates(document, self._matcher)
            relations = Linker(candidates, document.text, self.ontology).relations(self.rules.link)
            spans, relations = self._complete([c.span for c in candidates], relations)
            yield in_order(
                Layer(
                    document.doc_id,
                    document.text_sha256,
                    self.rules.annotator,
                    self.ontology.revision,
                    updated="",
                    lead_time_s=None,
                    spans=tuple(spans),
                    relations=tuple(relations),
                )
            )

    def _candidates(self, document: Document, matcher: RuleMatcher) -> list[Candidate]:
        """Return the spans in text order: earlier rules first, longer ones first, never two that exclude."""
        doc, found = matcher.matches(document.text)
        # of equally long matches the one with the nearest context counts: a number's unit is the next noun
        matches = sorted(found, key=lambda m: (m.rule, m.start - m.end, m.around, m.start, m.label))
        text, begins, sizes = document.text, *(doc.to_array(name).astype(int) for name in ("IDX", "LENGTH"))
        first, last = (
            np.array(places, int) for places in ([m.start for m in matches], [m.end - 1 for m in matches])
        )
        starts, ends = begins[first], begins[last] + sizes[last]
        cut = cuts([text], np.zeros_like(starts), starts, ends)
        taken: list[Candidate] = []
        occupied: dict[str, set[int]] = {label: set() for label in self.ontology.span_names}  # its tokens
        for match, start, end, at in zip(matches, starts.tolist(), ends.tolist(), cut, strict=True):
            if at != CLEAN or text[start:end].strip() != text[start:end]:
                continue
            tokens = range(match.start, match.end)
            if any(not occupied[label].isdisjoint(tokens) for label in self.apart[match.label]):
                continue
            attributes = self._attributes(match, document)
            if attributes is None:
                continue
            span = make_span(text, match.label, start, end, attributes)
            taken.append(Candidate(span, match.start, match.end))
            occupied[match.label].update(tokens)
        return sorted(taken, key=lambda c: (c.start, -c.end, c.span.label))

    def _attributes(self, match: Match, document: Document) -> dict[str, str] | None:
        """Return a match's attributes, None if one that it needs cannot be decided or is illegal."""
        rule = self.rules.rule[match.rule]
        # a group of optional tokens that are missing is empty, not unknown
        fields = dict.fromkeys(self._optional[match.rule] - match.groups.keys(), "")
        for name, words in match.groups.items():
            table = self.rules.words.get(name)  # what a group's words mean, else the number they write
            value = (
                number(words, self.rules.numbers) if table is None else table.get(" ".join(words).casefold())
            )
            if value is not None:
                fields[name] = value
        if self._dated[match.rule]:
            fields |= date_fields(document.published, {k: v for k, v in fields.items() if v})
        legal = self.ontology.attributes_of[match.label]
        attributes: dict[str, str] = {}
        for name in rule.attributes:
            for template in rule.templates(name):
                value = fill(template, fields)
                if value is not None and self._is_legal(value, legal[name], match.label):
                    attributes[name] = several([value]) if legal[name].several else value
                    break
        if match.entity:
            pointing = next(a for a in legal.values() if a.kind == "entity")
            entity = several([match.entity]) if pointing.several else match.entity
            attributes.setdefault(pointing.name, entity)
        missing = any(a.is_required(attributes) and a.name not in attributes for a in legal.values())
        return None if missing else dict(sorted(attributes.items()))

    def _is_legal(self, value: str, attribute: Attribute, label: str) -> bool:
        if attribute.kind == "choice":
            return value in attribute.values
        if attribute.kind == "entity":
            return value in self.entities and self.entities[value].type in (attribute.types or (label,))
        return LEGAL[attribute.kind](value)

    def _complete(self, spans: list[Span], relations: list[Relation]) -> tuple[list[Span], list[Relation]]:
        """Return the spans that have every relation expected of them, and the relations between those.

        A span that goes takes the relations to it along, and with them the spans of which they are expected.
        """
        while True:
            drawn = {(r.label, r.head) for r in relations}
            complete = [
                span
                for span in spans
                if all(
                    span.attributes.get(expected.excused_by) or (expected.name, span.id) in drawn
                    for expected in self.ontology.relations
                    if span.label in expected.expected_of
                )
            ]
            if len(complete) == len(spans):
                return spans, relations
            ids = {span.id for span in complete}
            spans, relations = complete, [r for r in relations if r.head in ids and r.tail in ids]


class Linker:
    """Proposes relations: from a span to the one that is where a link expects its other end.

    spans: of one document, in text order.
    """

    def __init__(self, spans: list[Candidate], text: str, ontology: Ontology) -> None:
        self.spans = spans
        self.text = text
        self.ontology = ontology
        self.tails: dict[tuple[str, str], Candidate] = {}  # by relation and head

    def relations(self, links: Iterable[Link]) -> list[Relation]:
        """Return the relations that the links propose; a later link sees what earlier ones drew."""
        found: dict[str, Relation] = {}
        ways = {"near": self._near, "continued": self._continued, "opening": self._opening}
        for link in links:
            symmetric = self.ontology.relation_by_name[link.relation].symmetric
            for head in (c for c in self.spans if c.span.label == link.head):
                tails = (ways[way](link, head) for way in link.ways)
                tail = next((tail for tail in tails if tail is not None), None)
                if tail is not None:
                    made = make_relation(link.relation, head.span, tail.span, symmetric=symmetric)
                    found[made.id] = made
                    self.tails[link.relation, head.span.id] = tail
        return list(found.values())

    def _near(self, link: Link, head: Candidate) -> Candidate | None:
        """Return the nearest tail in the paragraph, as near as the link reaches; of two the earlier."""
        anchor = self.tails.get((link.via, head.span.id)) if link.via else head
        if anchor is None:
            return None
        low, high = _paragraph(self.text, anchor.span.start)
        reachable = [
            (gap, c.start, c)
            for c in self.spans
            if c.span.label in link.tail
            and low <= c.span.start < high
            and not c.overlaps(head)
            and not c.overlaps(anchor)
            and (gap := max(c.start - anchor.end, anchor.start - c.end)) <= link.reach
        ]
        return min(reachable, key=lambda r: r[:2])[2] if reachable else None

    def _continued(self, link: Link, head: Candidate) -> Candidate | None:
        """Return the tail of the nearest head before, if that is in the paragraph before."""
        low, high = paragraph_before(self.text, head.span.start)
        before = [c for c in self.spans if c.span.label == link.head and low <= c.span.start < high]
        return self.tails.get((link.relation, before[-1].span.id)) if before else None

    def _opening(self, link: Link, head: Candidate) -> Candidate | None:
        """Return the tail that the paragraph before begins with."""
        low, high = paragraph_before(self.text, head.span.start)
        starts = (c for c in self.spans if c.span.label in link.tail and c.span.start == low < high)
        return next(starts, None)


def _paragraph(text: str, at: int) -> tuple[int, int]:
    """Return the line that a place is in; code points, half-open, without its line break."""
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, len(text) if end < 0 else end


def paragraph_before(text: str, at: int) -> tuple[int, int]:
    """Return the last line that is not blank before the one a place is in; (0, 0) if there is none."""
    end = len(text[: _paragraph(text, at)[0]].rstrip())
    return (text.rfind("\n", 0, end) + 1, end) if end else (0, 0)
