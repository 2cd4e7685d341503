"""Decisions on relations: they are made after those on spans, and relations follow their ends.

A relation that all annotators drew between the same places stays `agreed` whatever becomes of the boundaries,
labels or attributes of its ends, as long as both are there; only its id changes with them. If an end was
rejected the relation is rejected too, with the reason `endpoint`. If a place was decided to have two gold
spans, each annotator's relation goes with that annotator's own span, and is then `kept`, no longer `agreed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from parley.adjudication.compare import (
    Comparison,
    RelationCandidate,
    RelationItem,
    relation_difference,
    relation_reason,
)
from parley.adjudication.decide.decisions import Addition, Decision, GoldLabels, Outcome
from parley.adjudication.decide.spans import GoldSpans
from parley.model.labels import REJECTED, Relation, Span, make_relation
from parley.model.ontology import Ontology

Drawn = tuple[str, Relation]  # an annotator and a relation of that annotator's layer


@dataclass(frozen=True)
class Projection:
    """Carries relations of the layers over to gold spans."""

    spans: GoldSpans
    ontology: Ontology

    def ends(self, who: str, relation: Relation) -> tuple[Span, Span] | None:
        """Return the gold spans an annotator's relation now runs between, None if one is rejected."""
        head, tail = (self.spans.becomes.get((who, end)) for end in (relation.head, relation.tail))
        return (head, tail) if head is not None and tail is not None else None

    def has_ends(self, candidate: RelationCandidate) -> bool:
        """Say whether both ends of a candidate are still there."""
        return any(self.ends(who, relation) for who, relation in candidate.drawn)

    def gold(self, candidate: RelationCandidate) -> dict[str, tuple[Relation, list[Drawn]]]:
        """Return the gold relations a candidate becomes, by id, each with those who drew it."""
        symmetric = self.ontology.relation_by_name[candidate.label].symmetric
        found: dict[str, tuple[Relation, list[Drawn]]] = {}
        for who, relation in candidate.drawn:
            ends = self.ends(who, relation)
            if ends:
                made = make_relation(candidate.label, *ends, symmetric=symmetric)
                found.setdefault(made.id, (made, []))[1].append((who, relation))
        return found

    def misfit(self, candidate: RelationCandidate, gold: Relation) -> str:
        """Return the code of the fault that deciding the ends made of a relation, "" if there is none."""
        label = self.ontology.relation_by_name[candidate.label]
        head, tail = (self.spans.gold[end].label for end in (gold.head, gold.tail))
        before = {tuple(end.rsplit("-", 2)[0] for end in (r.head, r.tail)) for _, r in candidate.drawn}
        if (head, tail) in before:
            return ""  # what did not fit in a layer either is that layer's fault
        if head not in label.head:
            return "relation-domain"
        return "relation-range" if tail not in label.tail or (label.same_label and head != tail) else ""


@dataclass
class GoldRelations(GoldLabels[Relation]):
    """The gold relations of one document."""

    projection: Projection = field(kw_only=True)

    def decide(self, item: RelationItem, decision: Decision[Relation]) -> None:
        """Decide one item."""
        candidates = item.candidates
        rejected = set(range(len(candidates)))
        chosen: list[RelationCandidate] = []
        for outcome in decision.outcomes:
            kept = self._kept(outcome, candidates)
            if kept is None:
                self._edit(item, outcome, decision)
                rejected -= set(outcome.of)
            elif self.projection.has_ends(candidates[kept]):
                chosen.append(candidates[kept])
                rejected.discard(kept)
                self._keep(item, candidates[kept], outcome.reason or decision.reason, decision.note)
            else:
                self.fault("relation-dangling", item.id, f"{candidates[kept]} lost an end that was rejected")
        alone = "missed" if len(candidates) == 1 and not item.agreed else "guideline"
        for c in (candidates[i] for i in sorted(rejected)):
            reason = "endpoint"
            if self.projection.has_ends(c):
                reason = decision.reason or relation_reason(c, chosen, alone=alone)
            for drawn, who in _by_relation(c.drawn):
                self.row(item.id, REJECTED, drawn, of=(drawn.id, who), reason=reason, note=decision.note)

    def _kept(self, outcome: Outcome[Relation], candidates: tuple[RelationCandidate, ...]) -> int | None:
        """Return the candidate an outcome keeps as it is, None if it was edited."""
        if outcome.becomes is None:
            return outcome.of[0]
        become = [outcome.becomes.id]
        return next((i for i in outcome.of if list(self.projection.gold(candidates[i])) == become), None)

    def _keep(self, item: RelationItem, candidate: RelationCandidate, reason: str, note: str) -> None:
        golden = self.projection.gold(candidate)
        others = [c for c in item.candidates if c is not candidate]
        for relation, by in golden.values():
            misfit = self.projection.misfit(candidate, relation)
            if misfit:
                what = f"{relation.id} no longer fits: reject or edit it, or decide its ends otherwise"
                self.fault(misfit, item.id, what)
            if not self.put(item.id, relation):
                continue
            name, why = "kept", reason or relation_reason(candidate, others, alone="missed")
            if item.agreed and len(golden) == 1:
                name, why = "agreed", ""
            elif item.agreed:  # its annotators part here, each with a span of their own
                reasons = (self.projection.spans.reason.get(end) for end in (relation.head, relation.tail))
                why = next((r for r in reasons if r), "boundary")
            for drawn, who in _by_relation(by):
                self.row(item.id, name, relation, of=(drawn.id, who), reason=why, note=note)

    def _edit(self, item: RelationItem, outcome: Outcome[Relation], decision: Decision[Relation]) -> None:
        relation = outcome.becomes
        if relation is None or not self.put(item.id, relation):
            return
        of = [item.candidates[i] for i in outcome.of]
        reason = outcome.reason or decision.reason or self._edited(of, relation)
        for candidate in of:
            for drawn, who in _by_relation(candidate.drawn):
                self.row(item.id, "edited", relation, of=(drawn.id, who), reason=reason, note=decision.note)

    def _edited(self, of: Iterable[RelationCandidate], relation: Relation) -> str:
        """Return what an edit changed, measured at the gold spans the relation would have followed to."""
        found = (
            relation_difference(
                gold.label, (gold.head, gold.tail), relation.label, (relation.head, relation.tail)
            )
            for candidate in of
            for gold, _ in self.projection.gold(candidate).values()
        )
        return next(filter(None, found), "endpoint")


def decide_relations(
    comparison: Comparison,
    spans: GoldSpans,
    decisions: Mapping[str, Decision[Relation]],
    added: Iterable[Addition[Relation]],
    ontology: Ontology,
) -> GoldRelations:
    """Return what becomes of every relation, once the spans are decided; faults are gathered in it.

    A disputed item none of whose relations has both ends any more needs no decision. A relation that no
    longer fits the ontology, because an end was decided to be of another label, is a fault: the lead rejects
    or edits it.
    """
    projection = Projection(spans, ontology)
    decided = GoldRelations(comparison, spans.lead, projection=projection)
    for item in comparison.relations:
        decision = decisions.get(item.id)
        has_ends = any(projection.has_ends(c) for c in item.candidates)
        if decision is None and has_ends and not item.agreed:
            decided.fault("decision-missing", item.id, " or ".join(map(str, item.candidates)))
            continue
        decision = decision or Decision((Outcome((0,)),) if has_ends else ())
        if decided.is_sound(item, decision):
            decided.decide(item, decision)
    decided.add(added)
    return decided


def _by_relation(drawn: Iterable[Drawn]) -> Iterator[tuple[Relation, list[str]]]:
    """Yield each relation as layers have it, with the annotators of those layers."""
    found: dict[str, tuple[Relation, list[str]]] = {}
    for who, relation in drawn:
        found.setdefault(relation.id, (relation, []))[1].append(who)
    yield from found.values()
