"""The tables of an export: their schemas, and what was found in an export as a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.label_studio.export.findings import Findings, Remark, Row
from parley.model.batch import (
    DOCUMENT_SCHEMA,
    EXPORT,
    LAYER_SCHEMA,
    RELATION_SCHEMA,
    Batch,
    layer_schema,
    span_schema,
)
from parley.model.ontology import Ontology
from parley.runtime import columns

KEY = ["doc_id", "annotator"]  # what names a layer
_TYPES = {
    "task": pa.int64(),
    "annotation": pa.int64(),
    "lead_time_s": pa.float64(),
    "spans": pa.int32(),
    "relations": pa.int32(),
}


def _schema(names: Sequence[str]) -> pa.Schema:
    fields = [(name, _TYPES.get(name, pa.string())) for name in names]
    return pa.schema([pa.field(name, kind, nullable=pa.types.is_floating(kind)) for name, kind in fields])


_ROW_SCHEMA, REMARK_SCHEMA = (_schema(of._fields) for of in (Row, Remark))
# a layer as an export knows it: where it is in Label Studio, and how many labels it has
_EXPORT_LAYER_SCHEMA = pa.schema(
    [*LAYER_SCHEMA, *(f for f in _ROW_SCHEMA if f.name not in LAYER_SCHEMA.names)]
)


def annotation_schema(ontology: Ontology) -> pa.Schema:
    """Return the schema of annotations: a column an attribute of the document, null without it."""
    return pa.schema([*_ROW_SCHEMA, *(pa.field(name, pa.string()) for name in ontology.of_document)])


def label_schemas(ontology: Ontology) -> dict[str, pa.Schema]:
    """Return the schemas of spans and relations: those of a batch, with the layer's article and annotator."""
    columns_of = {
        "spans": (span_schema(ontology), ("id", "label", "start", "end", "text", *ontology.attribute_names)),
        "relations": (RELATION_SCHEMA, ("id", "label", "head", "tail")),
    }
    return {
        table: pa.schema([*_schema(KEY), *(schema.field(name) for name in names)])
        for table, (schema, names) in columns_of.items()
    }


def batch_of(found: Findings, ontology: Ontology) -> Batch:
    """Return findings as a batch whose layers are all annotations, those without labels too.

    Its layers have further columns, as `findings.Row` has further fields. It has no documents: offsets and
    quotes were judged against the texts when they were read.
    """
    layers = table_of(found.annotations, _ROW_SCHEMA)
    rows = np.arange(layers.num_rows, dtype=np.int32)
    label, start, end, head, tail = map(
        columns.integers, (found.labels, found.starts, found.ends, found.heads, found.tails)
    )
    labels = pc.take(columns.strings(tuple(ontology.attributes_of)), label)
    ids = columns.joined([labels, start, end], "-")
    drawn = pc.take(columns.strings(ontology.relation_names), columns.integers(found.relation_labels))
    heads, tails = pc.take(ids, head), pc.take(ids, tail)
    spans = {
        "layer": columns.integers(np.repeat(rows, [row.spans for row in found.annotations])),
        "id": ids,
        "label": labels,
        "start": start,
        "end": end,
        "text": columns.texts(found.texts.data, found.texts.ends),
    }
    spans |= {name: columns.sparse_strings(some, len(ids)) for name, some in found.attributes.items()}
    relations = {
        "layer": columns.integers(np.repeat(rows, [row.relations for row in found.annotations])),
        "id": columns.joined([heads, drawn, tails], "."),
        "label": drawn,
        "head": heads,
        "tail": tails,
        "head_row": head,
        "tail_row": tail,
    }
    same = {"origin": EXPORT, "ontology": ontology.revision}
    known = dict(zip(layers.column_names, layers.columns, strict=True))
    known |= {name: columns.repeated([value], [len(rows)]) for name, value in same.items()}
    known |= {name: columns.sparse_strings(some, len(rows)) for name, some in found.of_document.items()}
    return Batch(
        filled({}, DOCUMENT_SCHEMA, 0),
        filled(known, layer_schema(ontology, _EXPORT_LAYER_SCHEMA), len(rows)),
        filled(spans, span_schema(ontology), len(ids)),
        filled(relations, RELATION_SCHEMA, len(heads)),
    )


def filled(made: Mapping[str, pa.Array | pa.ChunkedArray], schema: pa.Schema, size: int) -> pa.Table:
    """Return columns as a table; those that an export does not have are null."""
    arrays = [made[f.name] if f.name in made else pa.nulls(size, f.type) for f in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def table_of(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    """Return rows of strings and numbers, of which only those of 64 bits with a point may be None."""
    arrays = []
    for field, values in zip(schema, zip(*rows, strict=True) if rows else [()] * len(schema), strict=True):
        if pa.types.is_string(field.type):
            arrays.append(columns.strings(values))
            continue
        known = np.array([value is not None for value in values], bool)
        bits = pa.py_buffer(np.packbits(known, bitorder="little")) if field.nullable else None
        numbers = np.array([value or 0 for value in values], field.type.to_pandas_dtype())
        arrays.append(pa.Array.from_buffers(field.type, len(rows), [bits, pa.py_buffer(numbers)]))
    return pa.Table.from_arrays(arrays, schema=schema)
