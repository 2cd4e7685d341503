"""What was found in an export as a batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.label_studio.export.findings import FINISHED, Findings, Row
from parley.model.batch import (
    DOCUMENT_SCHEMA,
    EXPORT,
    LAYER_SCHEMA,
    RELATION_SCHEMA,
    Batch,
    span_schema,
)
from parley.model.labels import Layer, in_order
from parley.model.ontology import Ontology
from parley.runtime import columns

# what an export knows of a layer besides: where it is in Label Studio, and how many labels it has
_FURTHER = [
    pa.field("task", pa.int64(), nullable=False),
    pa.field("annotation", pa.int64(), nullable=False),
    pa.field("state", pa.string(), nullable=False),
    pa.field("spans", pa.int32(), nullable=False),
    pa.field("relations", pa.int32(), nullable=False),
]
EXPORT_LAYER_SCHEMA = pa.schema([*LAYER_SCHEMA, *_FURTHER])


def batch_of(found: Findings, ontology: Ontology) -> Batch:
    """Return findings as a batch whose layers are all annotations, those without labels too.

    Its layers have the columns of EXPORT_LAYER_SCHEMA. It has no documents: offsets and quotes were judged
    against the texts when they were read.
    """
    rows = (
        dict(zip(Row._fields, zip(*found.annotations, strict=True), strict=True)) if found.annotations else {}
    )
    counts = {name: np.array(rows.get(name, ()), np.int64) for name in ("spans", "relations")}
    numbers = np.arange(len(found.annotations), dtype=np.int32)
    label, start, end, head, tail = map(
        columns.integers, (found.labels, found.starts, found.ends, found.heads, found.tails)
    )
    labels = pc.take(columns.strings(tuple(ontology.attributes_of)), label)
    ids = columns.joined([labels, start, end], "-")
    relations = pc.take(columns.strings(ontology.relation_names), columns.integers(found.relation_labels))
    heads, tails = pc.take(ids, head), pc.take(ids, tail)
    span_columns = {
        "layer": columns.integers(np.repeat(numbers, counts["spans"])),
        "id": ids,
        "label": labels,
        "start": start,
        "end": end,
        "text": columns.texts(found.texts.data, found.texts.ends),
    }
    span_columns |= {
        name: columns.sparse_strings(values, len(ids)) for name, values in found.attributes.items()
    }
    relation_columns = {
        "layer": columns.integers(np.repeat(numbers, counts["relations"])),
        "id": columns.joined([heads, relations, tails], "."),
        "label": relations,
        "head": heads,
        "tail": tails,
        "head_row": head,
        "tail_row": tail,
    }
    layers = {
        name: _layer_column(rows.get(name, ()), EXPORT_LAYER_SCHEMA.field(name).type) for name in Row._fields
    }
    for name, value in (("origin", EXPORT), ("ontology", ontology.revision)):
        layers[name] = columns.repeated([value], [len(numbers)])
    return Batch(
        _table({}, DOCUMENT_SCHEMA, 0),
        _table(layers, EXPORT_LAYER_SCHEMA, len(numbers)),
        _table(span_columns, span_schema(ontology), len(ids)),
        _table(relation_columns, RELATION_SCHEMA, len(heads)),
    )


def finished_layers(batch: Batch) -> Iterator[tuple[Layer, tuple[int, int]]]:
    """Yield the layer of each finished annotation, in canonical order, with its task and annotation."""
    finished = batch.of_layers(pc.equal(batch.layers["state"], FINISHED))
    ids = zip(*(finished.layers[name].to_pylist() for name in ("task", "annotation")), strict=True)
    for file, of in zip(finished.structs(), ids, strict=True):
        yield in_order(file.layer), of


def _table(made: dict[str, pa.Array], schema: pa.Schema, size: int) -> pa.Table:
    """Return columns as a table; those that an export does not have are null."""
    arrays = [made[f.name] if f.name in made else pa.nulls(size, f.type) for f in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _layer_column(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_string(kind):
        return columns.strings(values)
    known = None
    if pa.types.is_floating(kind):
        flags = np.array([value is not None for value in values], bool)
        known = pa.py_buffer(np.packbits(flags, bitorder="little"))
        values = [value or 0.0 for value in values]
    numbers = np.array(values, kind.to_pandas_dtype())
    return pa.Array.from_buffers(kind, len(values), [known, pa.py_buffer(numbers)])
