"""What valid decisions come to on the present layers: gold spans and relations, ledger rows, open places.

Relations follow their ends: one that was decided stays decided whatever the spans at its ends become, as long
as it fits the ontology. A label that the lead added stays until it is taken out, is there by a layer, or
loses an end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from parley.adjudication.compare import Item, RelationItem, SpanItem, distance
from parley.adjudication.decide import (
    Addition,
    Decision,
    GoldRelations,
    GoldSpans,
    Label,
    Outcome,
    decide_relations,
    decide_spans,
    ledger_rows,
)
from parley.adjudication.ledger import DOCUMENT, Row
from parley.adjudication.validity import Valid, is_parted
from parley.model.labels import Relation, Span


def settled_spans(
    valid: Valid,
    lead: str,
    given: Mapping[str, Decision[Span]] | None = None,
    added: Iterable[Addition[Span]] = (),
) -> GoldSpans:
    """Return what becomes of every span: by the decisions given, else by those that are valid.

    A valid decision that contradicts what is given or agreed is open.
    """
    given, added = given or {}, list(added)
    more = {name: a for name, a in valid.added_spans.items() if name not in {x.label.id for x in added}}
    taken = {one.label.id for one in added}
    decisions = dict(given)
    undecided = [item for item in valid.comparison.spans if item.id not in given]
    for item in valid.comparison.spans:
        if item.id in given:
            taken |= _span_ids(item, given[item.id])
        elif item.agreed and item.id not in valid.spans:
            taken.add(item.id)
            if item.id in more and more[item.id].label == item.candidates[0].span:
                del more[item.id]
    for item in undecided:
        decision = valid.spans.get(item.id)
        only = item.candidates[0].span
        alone = decision is None and not item.agreed and len(item.candidates) == 1
        if alone and only.id in more and more[only.id].label == only:  # the lead added what a layer has now
            decision = _kept(more.pop(only.id))
        if decision is not None and taken.isdisjoint(ids := _span_ids(item, decision)):
            taken |= ids
            decisions[item.id] = decision
    for name in sorted(more.keys() & taken):
        valid.dropped.append(f"{name} “{more.pop(name).label.text}”")
    return decide_spans(valid.comparison, decisions, [*more.values(), *added], lead, valid.ontology)


def settled_relations(
    valid: Valid,
    gold: GoldSpans,
    given: Mapping[str, Decision[Relation]] | None = None,
    added: Iterable[Addition[Relation]] = (),
) -> GoldRelations:
    """Return what becomes of every relation, as `settled_spans` does, once the spans are decided."""
    given, added = given or {}, list(added)
    if gold.open:  # whether a valid decision fits is seen when its ends are there
        return decide_relations(gold, valid.relations | dict(given), ())
    more = _followed_additions(valid, gold)
    for one in added:
        more.pop(one.label.id, None)
    taken = {one.label.id for one in added}
    decisions = dict(given)
    for item in valid.comparison.relations:
        if item.id in given:
            taken |= _relation_ids(item, given[item.id], gold)
        elif item.agreed and item.id not in valid.relations:
            taken |= {name for c in item.candidates for name in gold.followed(c)}
    more = {name: one for name, one in more.items() if name not in taken}
    for item in valid.comparison.relations:
        if item.id in given or not any(map(gold.has_ends, item.candidates)):
            continue
        decision = _fitting(valid.relations.get(item.id), item, valid, gold)
        if decision is None and not item.agreed and len(item.candidates) == 1:
            only = list(gold.followed(item.candidates[0]))
            if len(only) == 1 and only[0] in more:
                decision = _kept(more.pop(only[0]))
        if decision is not None and taken.isdisjoint(ids := _relation_ids(item, decision, gold)):
            taken |= ids
            decisions[item.id] = decision
    for name in sorted(more.keys() & taken):
        valid.dropped.append(more.pop(name).label.id)
    return decide_relations(gold, decisions, [*more.values(), *added])


def settled_rows(
    valid: Valid, spans: GoldSpans, relations: GoldRelations, *, note: str = "", submitted: str = ""
) -> list[Row]:
    """Return the ledger rows of an article; arguments as of `ledger_rows`.

    What nobody decided keeps the names and notes that it had. Raises DataFaults for what is open.
    """
    before = {(r.kind, r.label_id, r.decision): r for r in valid.rows}

    def kept(row: Row) -> Row:
        old = before.get((row.kind, row.label_id, row.decision))
        if row.kind == DOCUMENT:
            return row._replace(note=note or (valid.head.note if valid.head else ""))
        if old and not row.note and (row.decision == "agreed" or is_parted(row) or row.reason == "endpoint"):
            return row._replace(adjudicator=old.adjudicator, note=old.note)
        return row

    return [kept(row) for row in ledger_rows(spans, relations, note, submitted)]


def open_items(valid: Valid) -> list[Item]:
    """Return what needs a decision on the present layers: spans first, then relations."""
    trial = replace(valid, dropped=[])
    spans = settled_spans(trial, "")
    return [*spans.open, *settled_relations(trial, spans).open]


def _followed_additions(valid: Valid, gold: GoldSpans) -> dict[str, Addition[Relation]]:
    more: dict[str, Addition[Relation]] = {}
    for name, one in valid.added_relations.items():
        relation = _followed(one.label, valid, gold)
        if relation is None:
            valid.dropped.append(name)
        else:
            more[relation.id] = replace(one, label=relation)
    return more


def _kept(added: Addition[Label]) -> Decision[Label]:
    return Decision((Outcome((0,), None, added.reason),), "", added.note, {}, added.lead)


def _span_ids(item: SpanItem, decision: Decision[Span]) -> set[str]:
    return {(o.becomes or item.candidates[o.of[0]].span).id for o in decision.outcomes if o.of}


def _relation_ids(item: RelationItem, decision: Decision[Relation], gold: GoldSpans) -> set[str]:
    return {
        name
        for outcome in decision.outcomes
        for name in (
            [outcome.becomes.id]
            if outcome.becomes
            else [name for i in outcome.of for name in gold.followed(item.candidates[i])]
        )
    }


def _fitting(
    decision: Decision[Relation] | None, item: RelationItem, valid: Valid, gold: GoldSpans
) -> Decision[Relation] | None:
    """Return a valid decision with the gold spans as ends, None if it does not fit them any more."""
    if decision is None:
        return None
    outcomes = []
    for outcome in decision.outcomes:
        becomes = outcome.becomes
        if becomes is not None:
            becomes = _followed(becomes, valid, gold)
            if becomes is None:
                return None
        elif any(
            gold.misfit(item.candidates[i], relation)
            for i in outcome.of
            for relation, _ in gold.followed(item.candidates[i]).values()
        ):
            return None
        outcomes.append(replace(outcome, becomes=becomes))
    return replace(decision, outcomes=tuple(outcomes))


def _followed(relation: Relation, valid: Valid, gold: GoldSpans) -> Relation | None:
    """Return a relation of the ledger between the gold spans in the places of its ends, None if none fits."""
    label = valid.ontology.relation_by_name.get(relation.label)
    ends = [_end(name, valid, gold) for name in (relation.head, relation.tail)]
    head, tail = ends
    if label is None or head is None or tail is None or head.id == tail.id:
        return None
    made = gold.relation(relation.label, head, tail)
    if made.id == relation.id:
        return relation
    fits = head.label in label.head and tail.label in label.tail
    fits = fits and (head.label == tail.label or not label.same_label)
    return made if fits else None


def _end(name: str, valid: Valid, gold: GoldSpans) -> Span | None:
    """Return the gold span that an end is now: itself, else the nearest that competes for its place."""
    if name in gold.gold:
        return gold.gold[name]
    before = valid.before.get(name)
    near = _near(before, gold) if before else iter(())
    return min(near, key=lambda found: found[:2], default=(0, "", None))[2]


def _near(span: Span, gold: GoldSpans) -> Iterator[tuple[tuple[int, float], str, Span]]:
    for other in gold.gold.values():
        far = distance(span, other)
        if far is not None:
            yield far, other.id, other
