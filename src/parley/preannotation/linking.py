"""Proposed relations: from a span to the one that is where a rule expects its other end."""

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

    def overlaps(self, other: Candidate) -> bool:
        """Say whether the two share a token."""
        return self.start < other.end and other.start < self.end


class Linker:
    """Links the spans of one document. spans: in text order."""

    def __init__(self, spans: list[Candidate], text: str, ontology: Ontology) -> None:
        self.spans = spans
        self.text = text
        self.ontology = ontology
        self.tails: dict[tuple[str, str], Candidate] = {}  # by relation and head

    def relations(self, links: Iterable[Link]) -> list[Relation]:
        """Return the relations that the links propose; a later link sees what earlier ones drew."""
        found: dict[str, Relation] = {}
        for link in links:
            symmetric = self.ontology.relation_by_name[link.relation].symmetric
            ways = {"near": self._near, "continued": self._continued, "opening": self._opening}
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
        low, high = paragraph(self.text, anchor.span.start)
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


def paragraph(text: str, at: int) -> tuple[int, int]:
    """Return the line that a place is in; code points, half-open, without its line break."""
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, len(text) if end < 0 else end


def paragraph_before(text: str, at: int) -> tuple[int, int]:
    """Return the last line that is not blank before the one a place is in; (0, 0) if there is none."""
    end = len(text[: paragraph(text, at)[0]].rstrip())
    return (text.rfind("\n", 0, end) + 1, end) if end else (0, 0)
