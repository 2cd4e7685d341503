"""Spans are decided first: what becomes of each span of each layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from parley.adjudication import reasons
from parley.adjudication.compare import Comparison, SpanCandidate, SpanItem, overlap
from parley.adjudication.decide.decisions import Added, Decided, Decision, Outcome, Writing
from parley.model.labels import Span


@dataclass
class DecidedSpans(Decided[Span]):
    """The decided spans of one document.

    becomes: gold span by annotator and span id; None where it was rejected and nothing stands in its place.
    of_item: gold spans by item. reason: of each gold span, by id.
    """

    becomes: dict[tuple[str, str], Span | None] = field(default_factory=dict)
    of_item: dict[str, list[Span]] = field(default_factory=dict)
    reason: dict[str, str] = field(default_factory=dict)


def decide_spans(
    comparison: Comparison, decisions: Mapping[str, Decision[Span]], added: Iterable[Added[Span]], lead: str
) -> DecidedSpans:
    """Return what becomes of every span; faults are gathered in it.

    decisions: by item id. An agreed item may be decided too; a disputed one must be.
    """
    decided = DecidedSpans()
    writing = Writing(comparison, lead, decided)
    for item in comparison.spans:
        decision = decisions.get(item.id)
        if decision is None and item.agreed:
            decision = Decision((Outcome((0,)),))
        if decision is None:
            says = " or ".join(f"{c.span.id} “{c.span.text}”" for c in item.candidates)
            writing.fault("decision-missing", item.id, says)
        elif writing.sound(item, decision):
            _decide(writing, decided, item, decision)
    for one in added:
        if writing.take(one.label.id, one.label):
            decided.reason[one.label.id] = one.reason or "missed"
            row = writing.gold(one.label.id, "added", ("", ()), one.label)
            row.because(one.reason or "missed", one.note)
    return decided


def _decide(writing: Writing[Span], decided: DecidedSpans, item: SpanItem, decision: Decision[Span]) -> None:
    candidates = item.candidates
    golden: list[Span] = []
    loose = set(range(len(candidates)))
    for outcome in decision.outcomes:
        span, kept = _span_of(outcome, candidates)
        of = outcome.of if kept is None else (kept,)
        if not writing.take(item.id, span):
            continue
        golden.append(span)
        loose -= set(of)
        rivals = [c.span for i, c in enumerate(candidates) if (i in of if kept is None else i != kept)]
        name = "edited" if kept is None else "agreed" if item.agreed else "kept"
        reason = outcome.reason or decision.reason or reasons.of_span(span, rivals, alone="missed")
        decided.reason[span.id] = reason = "" if name == "agreed" else reason
        for candidate in (candidates[i] for i in of):
            row = writing.gold(item.id, name, (candidate.span.id, candidate.who), span)
            row.because(reason, decision.note)
            for who in candidate.who:
                decided.becomes[who, candidate.span.id] = span
    decided.of_item[item.id] = golden
    for candidate in (candidates[i] for i in sorted(loose)):
        alone = "missed" if len(candidates) == 1 and not item.agreed else "guideline"
        reason = decision.reason or reasons.of_span(candidate.span, golden, alone=alone)
        writing.rejected(item.id, candidate.who, candidate.span).because(reason, decision.note)
        instead = max(golden, key=lambda g: (overlap(candidate.span, g), -g.start, g.end), default=None)
        for who in candidate.who:  # its relations go on with what was decided in its place
            decided.becomes[who, candidate.span.id] = instead


def _span_of(outcome: Outcome[Span], candidates: tuple[SpanCandidate, ...]) -> tuple[Span, int | None]:
    """Return the gold span of an outcome, and the candidate it is, None where it was edited."""
    if outcome.becomes is None:
        return candidates[outcome.of[0]].span, outcome.of[0]
    # an edit that arrives at what somebody has keeps it
    return outcome.becomes, next((i for i in outcome.of if candidates[i].span == outcome.becomes), None)
