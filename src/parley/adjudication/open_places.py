"""An article with only its open places, as a lead is shown it: what is decided looks agreed.

`OpenPlaces.comparison` has the disputed items that are open; in place of all others it has their gold labels,
as if every annotator had them. Rows that are made on it are brought back to the layers by `restored`: what
the lead left as it was keeps its decision, what the lead changed is decided anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from parley.adjudication.compare import (
    Comparison,
    RelationCandidate,
    RelationItem,
    SpanCandidate,
    SpanItem,
    in_text_order,
)
from parley.adjudication.decide import Addition, Decision, GoldSpans, Label, Outcome
from parley.adjudication.ledger import DOCUMENT, RELATION, SPAN, Row
from parley.adjudication.settled import settled_relations, settled_rows, settled_spans
from parley.adjudication.validity import Valid, decision_of, relation_of, same_relations, same_spans, span_of
from parley.faults import check
from parley.model.labels import REJECTED, Relation, Span

End = tuple[str, str]  # id of the place an end is in, and of the span there


@dataclass(frozen=True)
class OpenPlaces:
    """The open places of an article. valid: what is decided of it."""

    valid: Valid

    @property
    def is_all(self) -> bool:
        """Whether the article was never adjudicated."""
        return self.valid.head is None

    @property
    def taken(self) -> str:
        """When what the ledger has of it was submitted in Label Studio, "" if it was not."""
        return self.valid.head.item if self.valid.head else ""

    @cached_property
    def _gold(self) -> GoldSpans:
        return settled_spans(self.valid, "")

    @cached_property
    def _decided(self) -> dict[str, Decision[Relation]]:
        """The decisions on relations; an edited one is open if an end of it is."""
        gold = self._gold.gold
        return {
            name: decision
            for name, decision in self.valid.relations.items()
            if all({o.becomes.head, o.becomes.tail} <= gold.keys() for o in decision.outcomes if o.becomes)
        }

    @cached_property
    def comparison(self) -> Comparison:
        """The article as it is shown."""
        given = self.valid.comparison
        if self.is_all:
            return given
        open_spans = {item.id for item in self._gold.open}
        spans = [item for item in given.spans if item.id in open_spans]
        for gold in self._gold.gold.values():
            candidate = SpanCandidate(gold, given.annotators)
            spans.append(SpanItem(gold.id, (candidate,), True, gold.start, gold.end))
        relations = [item for item in map(self._open_relation, given.relations) if item]
        relations += {item.id: item for item in self._decided_relations()}.values()
        order = sorted(relations, key=lambda i: (i.start, i.end, i.id))
        return replace(given, spans=tuple(sorted(spans, key=in_text_order)), relations=tuple(order))

    def _open_relation(self, item: RelationItem) -> RelationItem | None:
        if item.agreed or item.id in self._decided or not any(map(self._gold.has_ends, item.candidates)):
            return None
        candidates = [piece for c in item.candidates for piece in self._pieces(c)]
        return replace(item, candidates=tuple(candidates)) if candidates else None

    def _pieces(self, candidate: RelationCandidate) -> Iterator[RelationCandidate]:
        """Yield a relation as it runs between the places shown: one for each pair of them."""
        drawn: dict[tuple[str, str], list[tuple[str, Relation]]] = {}
        for who, relation in candidate.drawn:
            head, tail = (self._end(who, end) for end in (relation.head, relation.tail))
            if head and tail:
                shown = Relation(relation.id, relation.label, head[1], tail[1])
                drawn.setdefault((head[0], tail[0]), []).append((who, shown))
        for ends, by in drawn.items():
            yield RelationCandidate(candidate.label, *ends, tuple(by))

    @cached_property
    def _place(self) -> Mapping[tuple[str, str], str]:
        """The open place of a span of a layer."""
        open_items = (item for item in self.valid.comparison.spans if item in self._gold.open)
        return {(who, c.span.id): item.id for item in open_items for c in item.candidates for who in c.who}

    def _end(self, who: str, span: str) -> End | None:
        place = self._place.get((who, span))
        if place is not None:
            return place, span
        gold = self._gold.becomes.get((who, span))
        return (gold.id, gold.id) if gold is not None else None

    def _decided_relations(self) -> Iterator[RelationItem]:
        """Yield what is decided or agreed of relations, as if all had it."""
        for item in self.valid.comparison.relations:
            if not any(map(self._gold.has_ends, item.candidates)):
                continue
            for outcome in self._outcomes(item):
                if outcome.becomes is not None:
                    yield self._shown(outcome.becomes)
                    continue
                for piece in self._pieces(item.candidates[outcome.of[0]]):
                    _, relation = piece.drawn[0]
                    if {relation.head, relation.tail} <= self._gold.gold.keys():
                        yield self._shown(relation)
                    else:  # an end is open: each annotator's own arrow
                        name = f"{piece.head}.{piece.label}.{piece.tail}"
                        yield RelationItem(name, (piece,), True, item.start, item.end)
        for addition in self.valid.added_relations.values():
            if {addition.label.head, addition.label.tail} <= self._gold.gold.keys():
                yield self._shown(addition.label)

    def _outcomes(self, item: RelationItem) -> Sequence[Outcome[Relation]]:
        decision = self._decided.get(item.id)
        if decision is None:
            return (Outcome((0,)),) if item.agreed else ()
        return decision.outcomes

    def _shown(self, relation: Relation) -> RelationItem:
        """Return a relation between gold spans."""
        head, tail = (self._gold.gold[end] for end in (relation.head, relation.tail))
        made = self._gold.relation(relation.label, head, tail)
        every = tuple((who, made) for who in self.valid.comparison.annotators)
        candidate = RelationCandidate(made.label, made.head, made.tail, every)
        return RelationItem(made.id, (candidate,), True, min(head.start, tail.start), max(head.end, tail.end))

    # ---- back to the layers

    def restored(self, rows: Sequence[Row], lead: str) -> list[Row]:
        """Return the ledger rows of an article from those made on `comparison`.

        Raises DataFaults for what does not fit, and for what is open now as its ends were decided otherwise.
        """
        if self.is_all:
            return list(rows)
        by_item: dict[str, list[Row]] = {}
        new = [row for row in rows if row.decision == "added"]
        for row in rows:
            if row.kind != DOCUMENT and row.decision != "added":
                by_item.setdefault(row.item, []).append(row)
        valid = self._moved({r.item: r.gold_id for r in rows if r.kind == SPAN and r.decision == "edited"})
        spans = dict(self._span_decisions(by_item))
        more = [Addition(span_of(r), r.reason, r.note) for r in new if r.kind == SPAN]
        more += [Addition(span_of(r), r.reason, r.note) for r in _changed(valid.added_spans, by_item)]
        gold = settled_spans(valid, lead, spans, more)
        check(gold.faults)
        relations = dict(self._relation_decisions(by_item))
        ties = [Addition(relation_of(r), r.reason, r.note) for r in new if r.kind != SPAN]
        ties += [Addition(relation_of(r), r.reason, r.note) for r in _changed(valid.added_relations, by_item)]
        made = settled_relations(valid, gold, relations, ties)
        submitted = next(row.item for row in rows if row.kind == DOCUMENT)
        return settled_rows(valid, gold, made, submitted=submitted)

    def _moved(self, ends: Mapping[str, str]) -> Valid:
        """Return what is valid, with relations at the spans that the lead made of decided ones."""

        def relation(one: Relation) -> Relation:
            head, tail = (ends.get(end, end) for end in (one.head, one.tail))
            return Relation(one.id, one.label, head, tail)

        def decision(one: Decision[Relation]) -> Decision[Relation]:
            outcomes = (replace(o, becomes=o.becomes and relation(o.becomes)) for o in one.outcomes)
            return replace(one, outcomes=tuple(outcomes))

        added = self.valid.added_relations.items()
        return replace(
            self.valid,
            relations={name: decision(one) for name, one in self._decided.items()},
            added_spans=dict(self.valid.added_spans),
            added_relations={name: replace(one, label=relation(one.label)) for name, one in added},
            dropped=[],
        )

    def _span_decisions(self, by_item: Mapping[str, list[Row]]) -> Iterator[tuple[str, Decision[Span]]]:
        open_items = {item.id for item in self._gold.open}
        for item in self.valid.comparison.spans:
            if item.id in open_items:
                decision = decision_of(same_spans(item, by_item.get(item.id, ()), ()), span_of)
            else:
                before = self.valid.spans.get(item.id) or Decision((Outcome((0,)),))
                names = [(o.becomes or item.candidates[o.of[0]].span).id for o in before.outcomes]
                decision = _overruled(before, names, by_item, span_of)
            if decision is not None:
                yield item.id, replace(decision, lead="")

    def _relation_decisions(
        self, by_item: Mapping[str, list[Row]]
    ) -> Iterator[tuple[str, Decision[Relation]]]:
        for item in self.valid.comparison.relations:
            outcomes = self._outcomes(item)
            if not outcomes and not item.agreed and item.id not in self._decided:
                decision = decision_of(same_relations(item, by_item.get(item.id, ()), ()), relation_of)
            else:
                before = self._decided.get(item.id) or Decision(tuple(outcomes))
                names = [self._shown_as(item, outcome) for outcome in before.outcomes]
                decision = _overruled(before, names, by_item, relation_of)
            if decision is not None:
                yield item.id, replace(decision, lead="")

    def _shown_as(self, item: RelationItem, outcome: Outcome[Relation]) -> str:
        """Return the id under which the outcome of a relation is shown, "" if it is not, or as several."""
        if outcome.becomes is not None:
            return self._shown(outcome.becomes).id
        names = set()
        for piece in self._pieces(item.candidates[outcome.of[0]]):
            relation = piece.drawn[0][1]
            closed = {relation.head, relation.tail} <= self._gold.gold.keys()
            names.add(self._shown(relation).id if closed else f"{piece.head}.{piece.label}.{piece.tail}")
        return names.pop() if len(names) == 1 else ""


def _overruled(
    before: Decision[Label],
    names: Sequence[str],
    by_item: Mapping[str, list[Row]],
    label: Callable[[Row], Label],
) -> Decision[Label] | None:
    """Return a decision as the lead changed it, None if it is as it was.

    names: of the labels that its outcomes are shown as; the rows of these say what became of them.
    """
    outcomes, rejected, note = list[Outcome[Label]](), dict(before.rejected), ""
    for outcome, name in zip(before.outcomes, names, strict=True):
        row = next(iter(by_item.get(name, ())), None)
        if row is not None and row.decision == "edited":
            outcomes.append(Outcome(outcome.of, label(row), row.reason))
        elif (
            row is not None and row.decision == REJECTED and (row.kind, row.reason) != (RELATION, "endpoint")
        ):
            rejected |= dict.fromkeys(outcome.of, row.reason)
        else:
            outcomes.append(outcome)
            continue
        note = row.note
    if outcomes == list(before.outcomes):
        return None
    return Decision(tuple(outcomes), "", note, rejected)


def _changed(added: dict[str, Addition[Label]], by_item: Mapping[str, list[Row]]) -> list[Row]:
    """Take out what the lead changed or rejected of labels added before; return the rows of the former."""
    changed = []
    for name in list(added):
        row = next(iter(by_item.get(name, ())), None)
        if row is not None and row.decision in ("edited", REJECTED):
            del added[name]
            changed += [row] if row.decision == "edited" else []
    return changed
