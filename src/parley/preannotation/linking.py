"""Propose relations: from a span to the one that stands where a rule says its other end stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from parley.model.labels import Relation, Span, make_relation
from parley.model.ontology import Ontology
from parley.preannotation.rules import Link


class Candidate(NamedTuple):
    """A span that was proposed; start, end: its tokens."""

    span: Span
    start: int
    end: int


class Linking:
    """Links the spans of one document."""

    def __init__(self, spans: list[Candidate], text: str, ontology: Ontology) -> None:
        self.spans = spans
        self.text = text
        self.ontology = ontology
        self.by_id = {c.span.id: c for c in spans}
        self.relations: dict[str, Relation] = {}
        self.tails: dict[tuple[str, str], Candidate] = {}  # by relation and head

    def run(self, links: Iterable[Link]) -> list[Relation]:
        """Return the relations that the links propose; a later link sees what earlier ones drew."""
        for link in links:
            symmetric = self.ontology.relation_by_name[link.relation].symmetric
            for head in (c for c in self.spans if c.span.label == link.head):
                tail = self._tail(link, head)
                if tail is not None:
                    made = make_relation(link.relation, head.span, tail.span, symmetric=symmetric)
                    self.relations[made.id] = made
                    self.tails[link.relation, head.span.id] = tail
        return list(self.relations.values())

    def _tail(self, link: Link, head: Candidate) -> Candidate | None:
        """Return the span that a link leads to from a head, by the first way that finds one."""
        ways = {"near": self._near, "continued": self._continued, "opening": self._opening}
        found = (ways[way](link, head) for way in link.ways)
        return next((tail for tail in found if tail is not None), None)

    def _near(self, link: Link, head: Candidate) -> Candidate | None:
        """Return the nearest tail in the paragraph, as near as the link reaches; of two the earlier."""
        anchor = self.tails.get((link.via, head.span.id)) if link.via else head
        if anchor is None:
            return None
        low, high = paragraph(self.text, anchor.span.start)
        reachable = [
            (gap, c.start, c)
            for c in self.spans
            if c.span.label in link.tail
            and low <= c.span.start < high
            and not _overlap(c, head)
            and not _overlap(c, anchor)
            and (gap := max(c.start - anchor.end, anchor.start - c.end)) <= link.reach
        ]
        return min(reachable, key=lambda r: r[:2])[2] if reachable else None

    def _continued(self, link: Link, head: Candidate) -> Candidate | None:
        """Return the tail of the nearest head before, where that stands in the paragraph before."""
        low, high = paragraph_before(self.text, head.span.start)
        before = [c for c in self.spans if c.span.label == link.head and low <= c.span.start < high]
        return self.tails.get((link.relation, before[-1].span.id)) if before else None

    def _opening(self, link: Link, head: Candidate) -> Candidate | None:
        """Return the tail that the paragraph before begins with."""
        low, high = paragraph_before(self.text, head.span.start)
        begins = [c for c in self.spans if c.span.label in link.tail and c.span.start == low < high]
        return begins[0] if begins else None


def paragraph(text: str, at: int) -> tuple[int, int]:
    """Return the line that a place is in; code points, half-open, without its line break."""
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, len(text) if end < 0 else end


def paragraph_before(text: str, at: int) -> tuple[int, int]:
    """Return the last line that is not blank before the one a place is in; (0, 0) where there is none."""
    end = len(text[: paragraph(text, at)[0]].rstrip())
    return (text.rfind("\n", 0, end) + 1, end) if end else (0, 0)


def _overlap(one: Candidate, other: Candidate) -> bool:
    return one.start < other.end and other.start < one.end
