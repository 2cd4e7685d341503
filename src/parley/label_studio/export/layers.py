"""The layers of an export, as label files hold them, from what was found in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from parley.label_studio.export.findings import FINISHED, Findings
from parley.model.labels import DocumentLabel, Layer, Relation, Span, in_order, relation_id, span_id
from parley.model.ontology import Ontology


def finished_layers(found: Findings, ontology: Ontology) -> Iterator[tuple[Layer, tuple[int, int]]]:
    """Yield the layer of each finished annotation, in canonical order, with its task and annotation."""
    names, drawn = tuple(ontology.attributes_of), ontology.relation_names
    labels = [names[label] for label in found.labels]
    ids = [*map(span_id, labels, found.starts, found.ends)]
    attributes, of_document = _by_row(found.attributes), _by_row(found.of_document)
    span = relation = 0
    for number, row in enumerate(found.annotations):
        spans, relations = range(span, span + row.spans), range(relation, relation + row.relations)
        span, relation = spans.stop, relations.stop
        if row.state != FINISHED:
            continue
        made = [
            Span(ids[n], found.starts[n], found.ends[n], found.texts[n], labels[n], attributes.get(n) or {})
            for n in spans
        ]
        arcs = [
            (ids[found.heads[n]], drawn[found.relation_labels[n]], ids[found.tails[n]]) for n in relations
        ]
        said = of_document.get(number)
        layer = Layer(
            row.doc_id,
            row.text_sha256,
            row.annotator,
            ontology.revision,
            row.updated,
            row.lead_time_s,
            tuple(made),
            tuple(Relation(relation_id(*arc), arc[1], arc[0], arc[2]) for arc in arcs),
            DocumentLabel(said) if said else None,
        )
        yield in_order(layer), (row.task, row.annotation)


def _by_row(columns: Mapping[str, Mapping[int, str]]) -> dict[int, dict[str, str]]:
    """Return the values of attributes, by row and name."""
    found: dict[int, dict[str, str]] = {}
    for name, column in columns.items():
        for row, value in column.items():
            found.setdefault(row, {})[name] = value
    return found
