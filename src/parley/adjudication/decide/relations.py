"""Relations are decided after the spans, and follow their ends.

A relation that all annotators drew between the same places stays `agreed` whatever becomes of the boundaries,
labels or attributes of its ends, as long as both are there; only its id changes with them. Where an end was
rejected the relation is rejected too, with the reason `endpoint`. Where a place was decided to hold two gold
spans, each annotator's relation goes with that annotator's own span, and is then `kept`, no longer `agreed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from parley.adjudication import reasons
from parley.adjudication.compare import Comparison, RelationCandidate, RelationItem
from parley.adjudication.decide.decisions import Added, Decided, Decision, Outcome, Writing
from parley.adjudication.decide.spans import DecidedSpans
from parley.model.labels import Relation, Span, make_relation
from parley.model.ontology import Ontology

Held = tuple[str, Relation]  # an annotator and a relation of that annotator's layer


def decide_relations(
    comparison: Comparison,
    spans: DecidedSpans,
    decisions: Mapping[str, Decision[Relation]],
    added: Iterable[Added[Relation]],
    *,
    lead: str,
    ontology: Ontology,
) -> Decided[Relation]:
    """Return what becomes of every relation, once the spans are decided; faults are gathered in it.

    A disputed item none of whose relations has both ends any more needs no decision. A relation that no
    longer fits the ontology, because an end was decided to be of another label, is a fault: the lead rejects
    or edits it.
    """
    following = Following(spans, ontology)
    decided: Decided[Relation] = Decided()
    deciding = _Deciding(Writing(comparison, lead, decided), following)
    for item in comparison.relations:
        decision = decisions.get(item.id)
        alive = any(following.alive(c) for c in item.candidates)
        if decision is None and alive and not item.agreed:
            says = " or ".join(f"{c.label} {c.head} → {c.tail}" for c in item.candidates)
            deciding.writing.fault("decision-missing", item.id, says)
            continue
        if decision is None:
            decision = Decision((Outcome((0,)),)) if alive else Decision()
        if deciding.writing.sound(item, decision):
            deciding.decide(item, decision)
    for one in added:
        if deciding.writing.take(one.label.id, one.label):
            row = deciding.writing.gold(one.label.id, "added", ("", ()), one.label)
            row.because(one.reason or "missed", one.note)
    return decided


@dataclass(frozen=True)
class Following:
    """Carries relations of the layers over to gold spans."""

    spans: DecidedSpans
    ontology: Ontology

    def ends(self, who: str, relation: Relation) -> tuple[Span, Span] | None:
        """Return the gold spans an annotator's relation now runs between, None where one is rejected."""
        head, tail = (self.spans.becomes.get((who, end)) for end in (relation.head, relation.tail))
        return (head, tail) if head is not None and tail is not None else None

    def alive(self, candidate: RelationCandidate) -> bool:
        """Say whether both ends are still there."""
        return any(self.ends(who, relation) for who, relation in candidate.held)

    def gold(self, candidate: RelationCandidate) -> dict[str, tuple[Relation, list[Held]]]:
        """Return the gold relations a candidate becomes, by id, each with those who hold it."""
        symmetric = self.ontology.relation_by_name[candidate.label].symmetric
        found: dict[str, tuple[Relation, list[Held]]] = {}
        for who, relation in candidate.held:
            ends = self.ends(who, relation)
            if ends:
                made = make_relation(candidate.label, *ends, symmetric=symmetric)
                found.setdefault(made.id, (made, []))[1].append((who, relation))
        return found

    def misfit(self, candidate: RelationCandidate, gold: Relation) -> str:
        """Return the code of the fault that deciding the ends made of a relation, "" where there is none."""
        label = self.ontology.relation_by_name[candidate.label]
        head, tail = (self.spans.gold[end].label for end in (gold.head, gold.tail))
        before = {tuple(end.rsplit("-", 2)[0] for end in (r.head, r.tail)) for _, r in candidate.held}
        if (head, tail) in before:
            return ""  # what did not fit in a layer either is that layer's fault
        if head not in label.head:
            return "relation-domain"
        return "relation-range" if tail not in label.tail or (label.same_label and head != tail) else ""


@dataclass(frozen=True)
class _Deciding:
    writing: Writing[Relation]
    following: Following

    def decide(self, item: RelationItem, decision: Decision[Relation]) -> None:
        candidates = item.candidates
        loose = set(range(len(candidates)))
        chosen: list[RelationCandidate] = []
        for outcome in decision.outcomes:
            kept = self._kept(outcome, candidates)
            if kept is None:
                self._edit(item, outcome, decision)
                loose -= set(outcome.of)
            elif self.following.alive(candidates[kept]):
                chosen.append(candidates[kept])
                loose.discard(kept)
                self._keep(item, candidates[kept], outcome.reason or decision.reason, decision.note)
            else:
                what = f"{_says(candidates[kept])} lost an end that was rejected"
                self.writing.fault("relation-dangling", item.id, what)
        for candidate in (candidates[i] for i in sorted(loose)):
            reason = "endpoint"
            if self.following.alive(candidate):
                alone = "missed" if len(candidates) == 1 and not item.agreed else "guideline"
                reason = decision.reason or reasons.of_relation(candidate, chosen, alone=alone)
            for relation, names in _as_drawn(candidate.held):
                self.writing.rejected(item.id, names, relation).because(reason, decision.note)

    def _kept(self, outcome: Outcome[Relation], candidates: tuple[RelationCandidate, ...]) -> int | None:
        """Return the candidate an outcome keeps as it is, None where it was edited."""
        if outcome.becomes is None:
            return outcome.of[0]
        become = [outcome.becomes.id]
        return next((i for i in outcome.of if list(self.following.gold(candidates[i])) == become), None)

    def _keep(self, item: RelationItem, candidate: RelationCandidate, reason: str, note: str) -> None:
        golden = self.following.gold(candidate)
        others = [c for c in item.candidates if c is not candidate]
        for relation, held in golden.values():
            misfit = self.following.misfit(candidate, relation)
            if misfit:
                what = f"{relation.id} no longer fits: reject or edit it, or decide its ends otherwise"
                self.writing.fault(misfit, item.id, what)
            if not self.writing.take(item.id, relation):
                continue
            name, why = "kept", reason or reasons.of_relation(candidate, others, alone="missed")
            if item.agreed and len(golden) == 1:
                name, why = "agreed", ""
            elif item.agreed:  # its annotators part here, each with a span of their own
                given = (self.following.spans.reason.get(end) for end in (relation.head, relation.tail))
                why = next((r for r in given if r), "boundary")
            for drawn, names in _as_drawn(held):
                self.writing.gold(item.id, name, (drawn.id, names), relation).because(why, note)

    def _edit(self, item: RelationItem, outcome: Outcome[Relation], decision: Decision[Relation]) -> None:
        relation = outcome.becomes
        if relation is None or not self.writing.take(item.id, relation):
            return
        reason = outcome.reason or decision.reason or self._edited(item, outcome.of, relation)
        for i in outcome.of:
            for drawn, names in _as_drawn(item.candidates[i].held):
                row = self.writing.gold(item.id, "edited", (drawn.id, names), relation)
                row.because(reason, decision.note)

    def _edited(self, item: RelationItem, of: Iterable[int], relation: Relation) -> str:
        """Return what an edit changed, measured at the gold spans the relation would have followed to."""
        for i in of:
            for gold, _ in self.following.gold(item.candidates[i]).values():
                ends, after = (gold.head, gold.tail), (relation.head, relation.tail)
                found = reasons.relation_difference(gold.label, ends, relation.label, after)
                if found:
                    return found
        return "endpoint"


def _says(candidate: RelationCandidate) -> str:
    return f"{candidate.label} {candidate.head} → {candidate.tail}"


def _as_drawn(held: Iterable[Held]) -> Iterator[tuple[Relation, list[str]]]:
    """Yield each relation as it stands in layers, with those in whose layers it stands."""
    found: dict[str, tuple[Relation, list[str]]] = {}
    for who, relation in held:
        found.setdefault(relation.id, (relation, []))[1].append(who)
    yield from found.values()
