"""What differs between competing labels: the reason of a decision if the lead names none."""

from __future__ import annotations

from collections.abc import Sequence

from parley.adjudication.compare import RelationCandidate
from parley.model.labels import Span


def span_difference(span: Span, other: Span) -> str:
    """Return what differs most between two spans that compete, "" where nothing does."""
    if span.label != other.label:
        return "type"
    if (span.start, span.end) != (other.start, other.end):
        return "boundary"
    return "attribute" if span.attributes != other.attributes else ""


def of_span(span: Span, others: Sequence[Span], *, alone: str) -> str:
    """Return the reason for a span decided against `others`; `alone` where nothing differs."""
    found = {span_difference(span, other) for other in others}
    return next((code for code in ("type", "boundary", "attribute") if code in found), alone)


def relation_difference(label: str, ends: tuple[str, str], other: str, other_ends: tuple[str, str]) -> str:
    """Return what differs between two relations, "" where nothing does."""
    if label != other:
        return "type"
    if ends == other_ends:
        return ""
    return "direction" if ends == other_ends[::-1] else "endpoint"


def of_relation(candidate: RelationCandidate, others: Sequence[RelationCandidate], *, alone: str) -> str:
    """Return the reason for a relation decided against `others`; `alone` where there are none."""
    ends = candidate.head, candidate.tail
    found = {relation_difference(candidate.label, ends, o.label, (o.head, o.tail)) for o in others}
    return next((code for code in ("direction", "type", "endpoint") if code in found), alone)
