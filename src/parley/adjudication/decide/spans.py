"""Decisions on spans, made first: what becomes of each span of each layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from parley.adjudication.compare import Comparison, SpanCandidate, SpanItem, overlap, span_reason
from parley.adjudication.decide.decisions import Addition, Decision, GoldLabels, Outcome
from parley.model.labels import REJECTED, Span


@dataclass
class GoldSpans(GoldLabels[Span]):
    """The gold spans of one document.

    becomes: gold span by annotator and span id; None if it was rejected and nothing is in its place.
    of_item: gold spans by item. reason: of each gold span, by id.
    """

    becomes: dict[tuple[str, str], Span | None] = field(default_factory=dict)
    of_item: dict[str, list[Span]] = field(default_factory=dict)
    reason: dict[str, str] = field(default_factory=dict)

    def decide(self, item: SpanItem, decision: Decision[Span]) -> None:
        """Decide one item."""
        candidates = item.candidates
        golden: list[Span] = []
        rejected = set(range(len(candidates)))
        for outcome in decision.outcomes:
            span, kept = _span_of(outcome, candidates)
            of = outcome.of if kept is None else (kept,)
            if not self.put(item.id, span):
                continue
            golden.append(span)
            rejected -= set(of)
            rivals = [c.span for i, c in enumerate(candidates) if (i in of if kept is None else i != kept)]
            name = "edited" if kept is None else "agreed" if item.agreed else "kept"
            reason = outcome.reason or decision.reason or span_reason(span, rivals, alone="missed")
            self.reason[span.id] = reason = "" if name == "agreed" else reason
            for c in (candidates[i] for i in of):
                self.row(item.id, name, span, of=(c.span.id, c.who), reason=reason, note=decision.note)
                self.becomes |= {(who, c.span.id): span for who in c.who}
        self.of_item[item.id] = golden
        alone = "missed" if len(candidates) == 1 and not item.agreed else "guideline"
        for c in (candidates[i] for i in sorted(rejected)):
            reason = decision.reason or span_reason(c.span, golden, alone=alone)
            self.row(item.id, REJECTED, c.span, of=(c.span.id, c.who), reason=reason, note=decision.note)
            instead = _nearest(c.span, golden)  # its relations go on with what was decided in its place
            self.becomes |= {(who, c.span.id): instead for who in c.who}


def decide_spans(
    comparison: Comparison,
    decisions: Mapping[str, Decision[Span]],
    added: Iterable[Addition[Span]],
    lead: str,
) -> GoldSpans:
    """Return what becomes of every span; faults are gathered in it.

    decisions: by item id. An agreed item may be decided too; a disputed one must be.
    """
    decided = GoldSpans(comparison, lead)
    for item in comparison.spans:
        decision = decisions.get(item.id, Decision((Outcome((0,)),)) if item.agreed else None)
        if decision is None:
            what = " or ".join(f"{c.span.id} “{c.span.text}”" for c in item.candidates)
            decided.fault("decision-missing", item.id, what)
        elif decided.is_sound(item, decision):
            decided.decide(item, decision)
    added = list(added)
    decided.add(added)
    decided.reason |= {one.label.id: one.reason or "missed" for one in added}
    return decided


def _span_of(outcome: Outcome[Span], candidates: tuple[SpanCandidate, ...]) -> tuple[Span, int | None]:
    """Return the gold span of an outcome, and the candidate it is, None if it was edited."""
    if outcome.becomes is None:
        return candidates[outcome.of[0]].span, outcome.of[0]
    # an edit that arrives at what somebody has keeps it
    return outcome.becomes, next((i for i in outcome.of if candidates[i].span == outcome.becomes), None)


def _nearest(span: Span, golden: list[Span]) -> Span | None:
    return max(golden, key=lambda g: (overlap(span, g), -g.start, g.end), default=None)
