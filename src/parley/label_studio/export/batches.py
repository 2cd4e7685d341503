"""A batch of Label Studio tasks as columns, and the layers in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.label_studio.export.findings import FINISHED, Findings, Refusal, Row
from parley.model.labels import Layer, Relation, Span, in_order
from parley.model.ontology import Ontology
from parley.model.tables import RELATION_SCHEMA, span_schema
from parley.runtime import columns

ANNOTATION_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("annotator", pa.string(), nullable=False),
        pa.field("task", pa.int64(), nullable=False),
        pa.field("annotation", pa.int64(), nullable=False),
        pa.field("state", pa.string(), nullable=False),
        pa.field("text_sha256", pa.string(), nullable=False),
        pa.field("updated", pa.string(), nullable=False),
        pa.field("lead_time_s", pa.float64()),
        pa.field("spans", pa.int32(), nullable=False),
        pa.field("relations", pa.int32(), nullable=False),
    ]
)

PROPOSAL_SCHEMA = pa.schema(
    [
        pa.field(name, pa.string(), nullable=False)
        for name in ("doc_id", "annotator", "span", "attribute", "text")
    ]
)


@dataclass(frozen=True)
class Batch:
    """The tasks of a batch as columns.

    annotations: a row each, with its state; `spans` and `relations` there count the rows of the other two
    tables, which stand in the same order. proposals: entities that entities.csv lacks. tasks: how many were
    read, the refused ones too. untouched: annotator and doc_id of tasks nobody has begun.
    """

    annotations: pa.Table
    spans: pa.Table
    relations: pa.Table
    proposals: pa.Table
    refusals: list[Refusal]
    tasks: int
    untouched: list[tuple[str, str]]


def tables(found: Findings, ontology: Ontology) -> Batch:
    """Return findings as tables in which every row is complete."""
    span_labels = columns.strings(tuple(ontology.attributes_of))
    relation_labels = columns.strings(ontology.relation_names)
    label, start, end = (columns.packed_integers(values) for values in found.numbers.values())
    drawn, head, tail = (columns.packed_integers(values) for values in found.relations.values())
    whose = _transposed(found.annotations, Row._fields)
    labels, arcs = pc.take(span_labels, label), pc.take(relation_labels, drawn)
    ids = columns.joined([labels, start, end], "-")
    heads, tails = pc.take(ids, head), pc.take(ids, tail)
    texts = columns.packed_texts(*found.texts)
    attributes = (
        columns.sparse_strings(np.frombuffer(rows, np.int32), values, len(ids))
        for rows, values in found.attributes.values()
    )
    spans = [*_whose(whose, "spans"), ids, labels, start, end, texts, *attributes]
    names = columns.joined([heads, arcs, tails], ".")
    relations = [*_whose(whose, "relations"), names, arcs, heads, tails]
    proposals = _transposed(found.proposals, PROPOSAL_SCHEMA.names)
    return Batch(
        _annotation_table(whose),
        pa.Table.from_arrays(spans, schema=span_schema(ontology)),
        pa.Table.from_arrays(relations, schema=RELATION_SCHEMA),
        pa.Table.from_arrays([*map(columns.strings, proposals.values())], schema=PROPOSAL_SCHEMA),
        found.refusals,
        found.tasks,
        found.untouched,
    )


def _transposed(rows: Sequence[tuple[Any, ...]], names: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Return rows as columns by name."""
    return dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))


def _whose(annotations: dict[str, tuple[Any, ...]], table: str) -> list[pa.Array]:
    """Return the columns `doc_id` and `annotator` of a table."""
    counts = annotations[table]
    return [columns.repeated(annotations[name], counts) for name in ("doc_id", "annotator")]


def _annotation_table(annotations: dict[str, tuple[Any, ...]]) -> pa.Table:
    made = []
    for column in ANNOTATION_SCHEMA:
        values = annotations[column.name]
        if pa.types.is_string(column.type):
            made.append(columns.strings(values))
        elif column.nullable:
            known = np.array([value is not None for value in values], bool)
            numbers = np.array([value or 0.0 for value in values], np.float64)
            bits = pa.py_buffer(np.packbits(known, bitorder="little"))
            made.append(pa.Array.from_buffers(column.type, len(values), [bits, pa.py_buffer(numbers)]))
        else:
            numbers = np.array(values, column.type.to_pandas_dtype())
            made.append(pa.Array.from_buffers(column.type, len(values), [None, pa.py_buffer(numbers)]))
    return pa.Table.from_arrays(made, schema=ANNOTATION_SCHEMA)


def layers(batch: Batch, ontology: Ontology) -> Iterator[tuple[Layer, int]]:
    """Yield the layer of each finished annotation, in canonical order, with the annotation's id."""
    names = ontology.attribute_names
    spans, relations = batch.spans.to_pylist(), batch.relations.to_pylist()
    span_row = relation_row = 0
    for row in batch.annotations.to_pylist():
        if row["state"] != FINISHED:
            continue
        own_spans = spans[span_row : (span_row := span_row + row["spans"])]
        own_relations = relations[relation_row : (relation_row := relation_row + row["relations"])]
        layer = Layer(
            row["doc_id"],
            row["text_sha256"],
            row["annotator"],
            ontology.revision,
            row["updated"],
            row["lead_time_s"],
            tuple(
                Span(
                    s["id"],
                    s["start"],
                    s["end"],
                    s["text"],
                    s["label"],
                    {n: s[n] for n in names if s[n] is not None},
                )
                for s in own_spans
            ),
            tuple(Relation(r["id"], r["label"], r["head"], r["tail"]) for r in own_relations),
        )
        yield in_order(layer), row["annotation"]
