"""Decisions on one document become its ledger rows: spans first, then the relations between them."""

from __future__ import annotations

from parley.adjudication.compare import Comparison
from parley.adjudication.decide.decisions import Decisions, unknown_name
from parley.adjudication.decide.relations import decide_relations
from parley.adjudication.decide.spans import decide_spans
from parley.adjudication.ledger import Row, document_row
from parley.faults import check
from parley.model.ontology import Ontology


def ledger_rows(comparison: Comparison, decisions: Decisions, lead: str, ontology: Ontology) -> list[Row]:
    """Return the ledger rows of one document.

    Raises DataFaults for what is left undecided, decided twice, or does not fit together.
    """
    check(
        unknown_name(comparison.doc_id, name, items, "item")
        for items, names in (
            (comparison.span_item.keys(), decisions.spans),
            (comparison.relation_item.keys(), decisions.relations),
        )
        for name in names
        if name not in items
    )
    spans = decide_spans(comparison, decisions.spans, decisions.added_spans, lead)
    check(spans.faults)  # what follows from a span that is not decided yet would only confuse
    relations = decide_relations(comparison, spans, decisions.relations, decisions.added_relations, ontology)
    check(relations.faults)
    head = document_row(comparison.doc_id, comparison.annotators, lead, decisions.note, decisions.submitted)
    return [head, *spans.rows, *relations.rows]
