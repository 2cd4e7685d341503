"""Decisions that are valid still on layers that have changed, and the places that are open.

A place is decided between its *rivals*: the different labels that layers have there, each with its offsets,
words and attributes, a relation with its ends. A decision is valid as long as its place has the same rivals,
whoever has them: a label that another annotator gives too is not a new rival. So a changed layer opens the
places whose rivals it changed, and no other; what all annotators have needs no decision. Layers of which none
took part in the ledger's article are another adjudication: nothing of it is valid there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from parley.adjudication.compare import Comparison, Item, RelationItem, SpanItem
from parley.adjudication.decide import Addition, Decision, Label, Outcome
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
        elif row.kind != DOCUMENT and row.decision != "agreed" and row not in lost and not is_parted(row):
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


def is_parted(row: Row) -> bool:
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
