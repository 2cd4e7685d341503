"""Gold: the label files that the rows of the ledger give.

`sources` of a gold label are the annotators who hold it: exactly (an agreed or kept span), between the same
places (an agreed or kept relation), or before it was edited. An added label has none.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from parley.adjudication.compare import Comparison
from parley.adjudication.decide.decisions import Added, Decision
from parley.adjudication.decide.relations import decide_relations
from parley.adjudication.decide.spans import decide_spans
from parley.adjudication.ledger import DOCUMENT, RELATION, Row, join
from parley.faults import Fault, check
from parley.model.labels import Layer, Relation, Span, in_order
from parley.model.ontology import Ontology


@dataclass(frozen=True)
class Decisions:
    """All that was decided on one document, by item id.

    note: on the whole of it. submitted: when, in UTC by the clock of Label Studio; "" where it was not there.
    """

    spans: Mapping[str, Decision[Span]] = field(default_factory=dict)
    relations: Mapping[str, Decision[Relation]] = field(default_factory=dict)
    added_spans: tuple[Added[Span], ...] = ()
    added_relations: tuple[Added[Relation], ...] = ()
    note: str = ""
    submitted: str = ""


def ledger_rows(comparison: Comparison, decisions: Decisions, lead: str, ontology: Ontology) -> list[Row]:
    """Return the ledger rows of one document.

    Raises DataFaults for what is left undecided, decided twice, or does not fit together.
    """
    check(
        unknown(comparison.doc_id, name, items, "item")
        for given, items in (
            (decisions.spans, comparison.span_item),
            (decisions.relations, comparison.relation_item),
        )
        for name in given
        if name not in items
    )
    spans = decide_spans(comparison, decisions.spans, decisions.added_spans, lead)
    check(spans.faults)  # what follows from a span that is not decided yet would only confuse
    relations = decide_relations(
        comparison, spans, decisions.relations, decisions.added_relations, lead=lead, ontology=ontology
    )
    check(relations.faults)
    head = document_row(comparison, lead, decisions.note, decisions.submitted)
    return [head, *spans.rows, *relations.rows]


def unknown(place: str, name: str, known: Iterable[str], what: str) -> Fault:
    """Return the fault of a name that nothing has, with the one closest to it."""
    match = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    hint = f"; the closest is {match[0]!r}" if match else ""
    return Fault("decision-unknown", f"{place} > {name}", f"there is no {what} {name!r}{hint}")


def document_row(comparison: Comparison, lead: str, note: str = "", submitted: str = "") -> Row:
    """Return the row that says who took part in an article's adjudication, and when it was submitted."""
    cells = dict.fromkeys(Row.__dataclass_fields__, "")
    cells |= {"doc_id": comparison.doc_id, "kind": DOCUMENT, "decision": "adjudicated", "note": note}
    cells["item"] = submitted
    return Row(**(cells | {"sources": join(comparison.annotators), "adjudicator": lead}))


def gold_from_rows(rows: Iterable[Row], doc_id: str, text_sha256: str, ontology: str, lead: str) -> Layer:
    """Return the gold layer of one article from its ledger rows.

    Nobody's clock is in it, so that the same rows give the same bytes: `updated` is "", `lead_time_s` None.
    """
    found: dict[str, Span | Relation] = {}
    for row in sorted(rows, key=lambda r: (r.kind, r.gold_id, r.label_id, r.sources)):
        if not row.gold_id or row.kind == DOCUMENT:
            continue
        if row.gold_id in found:
            held = found[row.gold_id]
            sources = tuple(sorted({*held.sources, *row.who}))
            found[row.gold_id] = msgspec.structs.replace(held, sources=sources)
        else:
            found[row.gold_id] = _label(row)
    return in_order(
        Layer(
            doc_id=doc_id,
            text_sha256=text_sha256,
            annotator=lead,
            ontology=ontology,
            updated="",
            lead_time_s=None,
            spans=tuple(label for label in found.values() if isinstance(label, Span)),
            relations=tuple(label for label in found.values() if isinstance(label, Relation)),
        )
    )


def _label(row: Row) -> Span | Relation:
    how = row.who, row.decision, row.reason
    if row.kind == RELATION:
        return Relation(row.gold_id, row.label, row.head, row.tail, *how)
    attributes = msgspec.json.decode(row.attributes, type=dict[str, str])
    return Span(row.gold_id, int(row.start), int(row.end), row.surface, row.label, attributes, *how)
