"""Decisions that are valid still on layers that have changed, and the places that are open.

A place is decided between its *rivals*: the different labels that layers have there, each with its offsets,
words and attributes, a relation with its ends. A decision is valid as long as its place has the same rivals,
whoever has them: a label that another annotator gives too is not a new rival. So a changed layer opens the
places whose rivals it changed, and no other; what all annotators have needs no decision. Layers of which none
took part in the ledger's article are another adjudication: nothing of it is valid there.

Relations follow their ends: one that was decided stays decided whatever the spans at its ends become, as long
as it fits the ontology. A label that the lead added stays until it is taken out, is there by a layer, or
loses an end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from parley.adjudication.compare import Comparison, Item, RelationItem, SpanItem, distance
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
from parley.adjudication.ledger import DOCUMENT, SPAN, Row, encoded
from parley.model.labels import REJECTED, Relation, Span, decode_attributes
from parley.model.ontology import Ontology


@dataclass(frozen=True)
class Valid:
    """What is valid of an article's ledger: decisions by item of the present layers, and added labels.

    before: gold spans of the ledger by id; ends of relations are ids of these. rows: of the ledger. dropped:
    added labels, in words, that have no place any more. reopened: items of the ledger to be decided again.
    """

    comparison: Comparison
    ontology: Ontology
    rows: Sequence[Row] = ()
    spans: dict[str, Decision[Span]] = field(default_factory=dict)
    relations: dict[str, Decision[Relation]] = field(default_factory=dict)
    added_spans: dict[str, Addition[Span]] = field(default_factory=dict)
    added_relations: dict[str, Addition[Relation]] = field(default_factory=dict)
    before: dict[str, Span] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    reopened: set[str] = field(default_factory=set)

    @property
    def head(self) -> Row | None:
        """The article's own row, None if it was never adjudicated."""
        return next((row for row in self.rows if row.kind == DOCUMENT), None)


def valid_decisions(
    comparison: Comparison, rows: Iterable[Row], ontology: Ontology, text: str, reopen: Collection[str] = ()
) -> Valid:
    """Return what is valid of the ledger's rows of an article.

    text: of the article. reopen: labels and relations whose decisions are to be made anew.
    """
    valid = Valid(comparison, ontology, [row for row in rows if row.doc_id == comparison.doc_id])
    if valid.head is None or set(valid.head.who).isdisjoint(comparison.annotators):
        return replace(valid, rows=())
    decided = _decided(valid, text)
    homes: dict[str, set[str]] = {}
    for name, rows_of in decided.items():
        for row in rows_of:
            homes.setdefault(row.label_id, set()).add(name)
    moved = _moved(valid)
    items: Sequence[Item] = (*comparison.spans, *comparison.relations)
    for item in items:
        drawn = [label for c in item.candidates for _, label in c.drawn]
        for home in sorted({home for label in drawn for home in homes.get(label.id, ())}):
            own = decided[home]
            if not {label.label for label in (*drawn, *own)}.isdisjoint(reopen):
                valid.reopened.add(home)
                continue
            if isinstance(item, SpanItem):
                of_span = decision_of(same_spans(item, own, moved), span_of)
                if of_span and _readable(of_span, ontology, text):
                    valid.spans[item.id] = of_span
            else:
                of_relation = decision_of(same_relations(item, own, moved), relation_of)
                if of_relation and {label.label for label in drawn} <= ontology.relation_by_name.keys():
                    valid.relations[item.id] = of_relation
    return valid


# ---- what the ledger says


def span_of(row: Row) -> Span:
    """Return the gold span of a row."""
    attributes = decode_attributes(row.attributes)
    return Span(row.gold_id, int(row.start), int(row.end), row.surface, row.label, attributes)


def relation_of(row: Row) -> Relation:
    """Return the gold relation of a row."""
    return Relation(row.gold_id, row.label, row.head, row.tail)


def _decided(valid: Valid, text: str) -> dict[str, list[Row]]:
    """Return the rows of the lead's decisions by item; note gold as it was, and added labels."""
    decided: dict[str, list[Row]] = {}
    lost = _lost(valid.rows)
    for row in valid.rows:
        if row.kind == SPAN and row.gold_id:
            valid.before[row.gold_id] = span_of(row)
        if row.decision == "added":
            _add(valid, row, text)
        elif row.kind != DOCUMENT and row.decision != "agreed" and row not in lost and not _parted(row):
            decided.setdefault(row.item, []).append(row)
    return decided


def _moved(valid: Valid) -> set[str]:
    """Return the ids of spans that have other words now: the article's text has changed there."""
    words = {r.label_id: r.surface for r in valid.rows if r.kind == SPAN and r.decision != "edited"}
    now = {c.span.id: c.span.text for item in valid.comparison.spans for c in item.candidates}
    return {name for name, text in now.items() if words.get(name, text) != text}


def _lost(rows: Iterable[Row]) -> set[Row]:
    """Return the rows of relations that went with an end, undecided themselves."""
    home = {(who, row.label_id): row.item for row in rows if row.kind == SPAN for who in row.who}
    golden = {row.item for row in rows if row.kind == SPAN and row.gold_id}
    return {
        row
        for row in rows
        if (row.decision, row.reason) == (REJECTED, "endpoint") and row.kind != SPAN
        if any(home.get((who, end)) not in golden for who in row.who for end in (row.head, row.tail))
    }


def _parted(row: Row) -> bool:
    """Say whether a row is of an agreed relation whose annotators part with their spans: undecided too."""
    return row.kind != SPAN and row.decision == "kept" and "." in row.item


def _add(valid: Valid, row: Row, text: str) -> None:
    """Take over a label that the lead added, if its words are where they were."""
    if row.kind != SPAN:
        relation = Addition(relation_of(row), row.reason, row.note, row.adjudicator)
        valid.added_relations[row.gold_id] = relation
        return
    span = span_of(row)
    if text[span.start : span.end] == span.text and _legal(span, valid.ontology):
        valid.added_spans[row.gold_id] = Addition(span, row.reason, row.note, row.adjudicator)
    else:
        valid.dropped.append(f"{row.gold_id} “{row.surface}”")


def same_spans(
    item: SpanItem, rows: Sequence[Row], moved: Collection[str]
) -> list[tuple[int, list[Row]]] | None:
    """Return the rows of each candidate, None if these are not the rivals that were decided between."""
    found: list[tuple[int, list[Row]]] = [(number, []) for number in range(len(item.candidates))]
    for row in rows:
        own = row.given if row.decision == "edited" else row.attributes
        here = [
            of
            for (_, of), c in zip(found, item.candidates, strict=True)
            if c.span.id == row.label_id
            if encoded(c.span.attributes) == own
            or (not own and row.item == item.id and not set(row.who).isdisjoint(c.who))
        ]
        if not here:
            return None
        here[0].append(row)
    same = all(of for _, of in found) and not any(c.span.id in moved for c in item.candidates)
    return found if same else None


def same_relations(
    item: RelationItem, rows: Sequence[Row], moved: Collection[str]
) -> list[tuple[int, list[Row]]] | None:
    """As `same_spans`: a relation's id says its ends."""
    drawn = [{relation.id: relation for _, relation in c.drawn} for c in item.candidates]
    if {name for own in drawn for name in own} != {row.label_id for row in rows}:
        return None
    if any(end in moved for own in drawn for r in own.values() for end in (r.head, r.tail)):
        return None
    return [(i, [row for row in rows if row.label_id in own]) for i, own in enumerate(drawn)]


def decision_of(
    of: list[tuple[int, list[Row]]] | None, label: Callable[[Row], Label]
) -> Decision[Label] | None:
    """Return the decision that rows record, None if they are not one."""
    if not of:
        return None
    rejected: dict[int, str] = {}
    outcomes: list[Outcome[Label]] = []
    edited: dict[str, list[tuple[int, Row]]] = {}
    for number, rows in of:
        first = rows[0]
        if any(row.decision != first.decision for row in rows):
            return None
        if first.decision == REJECTED:
            rejected[number] = first.reason
        elif first.decision == "kept":
            outcomes.append(Outcome((number,), None, first.reason))
        elif any(row.gold_id != first.gold_id for row in rows):
            return None
        else:
            edited.setdefault(first.gold_id, []).append((number, first))
    for own in edited.values():
        row = own[0][1]
        outcomes.append(Outcome(tuple(number for number, _ in own), label(row), row.reason))
    row = of[0][1][0]
    return Decision(tuple(outcomes), "", row.note, rejected, row.adjudicator)


def _readable(decision: Decision[Span], ontology: Ontology, text: str) -> bool:
    edits = (outcome.becomes for outcome in decision.outcomes if outcome.becomes)
    return all(text[e.start : e.end] == e.text and _legal(e, ontology) for e in edits)


def _legal(span: Span, ontology: Ontology) -> bool:
    legal = ontology.attributes_with_document.get(span.label)
    return legal is not None and all(
        name in legal and (legal[name].kind != "choice" or value in legal[name].values)
        for name, value in span.attributes.items()
    )


# ---- on the present layers


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
        if old and not row.note and (row.decision == "agreed" or _parted(row) or row.reason == "endpoint"):
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
