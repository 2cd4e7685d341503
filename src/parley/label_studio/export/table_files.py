"""The tables of an export, written as Parquet files while it is read."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from parley.label_studio.export.findings import Findings
from parley.label_studio.export.tables import (
    KEY,
    REMARK_SCHEMA,
    annotation_schema,
    filled,
    label_schemas,
    table_of,
)
from parley.model.batch import Batch
from parley.model.ontology import Ontology
from parley.runtime.threads import Begin

# Rows of a row group: a few MB of each table, large enough to compress, small enough to hold. Annotations are
# wide and come slowly: in larger groups they alone made memory grow with the export.
ROWS_PER_GROUP = {"annotations": 10_000} | dict.fromkeys(("spans", "relations", "remarks"), 120_000)
_ROWS_AT_A_TIME = 65_536  # through the writer's stages: more than its default, for fewer calls
# of these nearly every value is another: a dictionary of them is tried for each page, and given up
_DISTINCT = {"id", "head", "tail", "start", "end", "text", "task", "annotation", "updated", "lead_time_s"}


class TableFiles:
    """The files, open to be written. folder: where they go, each under its table's name.

    begin: what writes, see `threads`.
    """

    def __init__(self, folder: Path, ontology: Ontology, begin: Begin) -> None:
        self._begin = begin
        self._schemas = {
            "annotations": annotation_schema(ontology),
            **label_schemas(ontology),
            "remarks": REMARK_SCHEMA,
        }
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
            self._begin(name, file.close)

    def write(self, batch: Batch, found: Findings) -> dict[str, int]:
        """Add the rows of a batch and what was found with it; return how many each table gets."""
        tables = {
            "annotations": batch.layers,
            "spans": batch.spans,
            "relations": batch.relations,
            "remarks": table_of(found.remarks, REMARK_SCHEMA),
        }
        for name, table in tables.items():
            schema, waiting = self._schemas[name], self._waiting[name]
            given = {column: table[column] for column in schema.names if column in table.column_names}
            for column in schema.names[: len(KEY)] if "layer" in table.column_names else ():
                given[column] = pc.take(batch.layers[column], table["layer"])
            waiting.append(filled(given, schema, table.num_rows))
            if sum(one.num_rows for one in waiting) >= ROWS_PER_GROUP[name]:
                self._flush(name, ROWS_PER_GROUP[name])
        return {name: table.num_rows for name, table in tables.items()}

    def _flush(self, name: str, least: int = 1) -> None:
        """Write row groups, while there are `least` rows or more."""
        rows, size = pa.concat_tables(self._waiting[name]), ROWS_PER_GROUP[name]
        while rows.num_rows >= least:
            self._begin(name, partial(_write_group, self._files[name], rows.slice(0, size)))
            rows = rows.slice(size)
        self._waiting[name] = [rows]


def _write_group(file: pq.ParquetWriter, rows: pa.Table) -> None:
    """Write a row group, in one chunk: else the pages, and so the bytes, depend on how the export was cut."""
    file.write_table(rows.combine_chunks(), rows.num_rows)
