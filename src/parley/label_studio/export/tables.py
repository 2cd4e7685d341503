"""The Parquet tables of a converted export, a row group written when its rows are there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from parley.label_studio.export.findings import Findings, Proposal, Remark
from parley.model.batch import RELATION_SCHEMA, Batch, span_schema
from parley.model.ontology import Ontology
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
PROPOSAL_SCHEMA = pa.schema([pa.field(name, pa.string(), nullable=False) for name in Proposal._fields])
REMARK_SCHEMA = pa.schema(
    [
        pa.field(name, pa.int64() if name in ("task", "annotation") else pa.string(), nullable=False)
        for name in Remark._fields
    ]
)

# Rows of a row group: a few MB of each table, large enough to compress, small enough to hold. Annotations are
# wide and come slowly: in larger groups they alone made memory grow with the export.
ROWS_PER_GROUP = {
    "annotations": 10_000,
    "spans": 120_000,
    "relations": 120_000,
    "proposals": 120_000,
    "remarks": 120_000,
}

_ROWS_AT_A_TIME = 65_536  # through the writer's stages: more than its default, for fewer calls

# of these nearly every value is another: a dictionary of them is tried for each page, and given up
_DISTINCT = {"id", "head", "tail", "start", "end", "text", "task", "annotation", "updated", "lead_time_s"}


def label_schemas(ontology: Ontology) -> dict[str, pa.Schema]:
    """Return the schemas of spans and relations: those of a batch, with the layer's article and annotator."""
    whose = [pa.field(name, pa.string(), nullable=False) for name in ("doc_id", "annotator")]
    spans = ("id", "label", "start", "end", "text", *ontology.attribute_names)
    return {
        "spans": pa.schema([*whose, *(span_schema(ontology).field(name) for name in spans)]),
        "relations": pa.schema(
            [*whose, *(RELATION_SCHEMA.field(name) for name in ("id", "label", "head", "tail"))]
        ),
    }


def schemas(ontology: Ontology) -> dict[str, pa.Schema]:
    """Return the schema of each table, by name."""
    return {
        "annotations": ANNOTATION_SCHEMA,
        **label_schemas(ontology),
        "proposals": PROPOSAL_SCHEMA,
        "remarks": REMARK_SCHEMA,
    }


class TableFiles:
    """The files, open to be written. folder: where they go, each under its table's name."""

    def __init__(self, folder: Path, ontology: Ontology) -> None:
        self._schemas = schemas(ontology)
        self._waiting: dict[str, list[pa.Table]] = {name: [] for name in self._schemas}
        self._files = {
            name: pq.ParquetWriter(
                folder / f"{name}.parquet",
                schema,
                compression="zstd",
                write_batch_size=_ROWS_AT_A_TIME,
                use_dictionary=[column for column in schema.names if column not in _DISTINCT],
                write_statistics=["doc_id"],  # what a reader looks for; of the others it says nothing useful
            )
            for name, schema in self._schemas.items()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, file in self._files.items():
            if kind is None and self._waiting[name]:
                self._flush(name)
            file.close()

    def write(self, batch: Batch, found: Findings) -> dict[str, int]:
        """Add the rows of a batch and what was found with it; return how many each table gets."""
        tables = {
            "annotations": batch.layers,
            "spans": _with_layer(batch.spans, batch.layers),
            "relations": _with_layer(batch.relations, batch.layers),
            "proposals": _table(found.proposals, PROPOSAL_SCHEMA),
            "remarks": _table(found.remarks, REMARK_SCHEMA),
        }
        for name, table in tables.items():
            schema, waiting = self._schemas[name], self._waiting[name]
            waiting.append(pa.Table.from_arrays([table[column] for column in schema.names], schema=schema))
            if sum(one.num_rows for one in waiting) >= ROWS_PER_GROUP[name]:
                self._flush(name, ROWS_PER_GROUP[name])
        return {name: table.num_rows for name, table in tables.items()}

    def _flush(self, name: str, least: int = 1) -> None:
        """Write row groups, while there are `least` rows or more."""
        rows, size = pa.concat_tables(self._waiting[name]), ROWS_PER_GROUP[name]
        while rows.num_rows >= least:
            # in one chunk: else the pages, and with them the bytes, depend on how the export was cut
            self._files[name].write_table(rows.slice(0, size).combine_chunks(), size)
            rows = rows.slice(size)
        self._waiting[name] = [rows]


def _table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    """Return rows of strings and whole numbers as a table."""
    values = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [
        columns.strings(column)
        if pa.types.is_string(field.type)
        else pa.Array.from_buffers(pa.int64(), len(rows), [None, pa.py_buffer(np.array(column, np.int64))])
        for field, column in zip(schema, values, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _with_layer(table: pa.Table, layers: pa.Table) -> pa.Table:
    """Return a table with the article and the annotator of each row's layer."""
    for name in ("doc_id", "annotator"):
        table = table.append_column(name, pc.take(layers[name], table["layer"]))
    return table
