"""Parquet files of the tables of an export, a row group written when its rows are there."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from parley.label_studio.export.batches import ANNOTATION_SCHEMA, PROPOSAL_SCHEMA, Batch
from parley.model.ontology import Ontology
from parley.model.tables import RELATION_SCHEMA, span_schema

# Rows of a row group: a few MB of each table, large enough to compress, small enough to hold. Annotations are
# wide and come slowly: in larger groups they alone made memory grow with the export.
ROWS_PER_GROUP = {"annotations": 10_000, "spans": 120_000, "relations": 120_000, "proposals": 120_000}

_ROWS_AT_A_TIME = 65_536  # through the writer's stages: more than its default, for fewer calls

# of these nearly every value is another: a dictionary of them is tried for each page, and given up
_DISTINCT = {"id", "head", "tail", "start", "end", "text", "task", "annotation", "updated", "lead_time_s"}


class TableFiles:
    """The files, open to be written. folder: where they go, each under its table's name."""

    def __init__(self, folder: Path, ontology: Ontology) -> None:
        schemas = {
            "annotations": ANNOTATION_SCHEMA,
            "spans": span_schema(ontology),
            "relations": RELATION_SCHEMA,
            "proposals": PROPOSAL_SCHEMA,
        }
        self._held: dict[str, list[pa.Table]] = {name: [] for name in schemas}
        self._files = {
            name: pq.ParquetWriter(
                folder / f"{name}.parquet",
                schema,
                compression="zstd",
                write_batch_size=_ROWS_AT_A_TIME,
                use_dictionary=[column for column in schema.names if column not in _DISTINCT],
                write_statistics=["doc_id"],  # what a reader looks for; of the others it says nothing useful
            )
            for name, schema in schemas.items()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, file in self._files.items():
            if kind is None and self._held[name]:
                self._flush(name)
            file.close()

    def write(self, batch: Batch) -> None:
        """Take over the rows of a batch."""
        for name, held in self._held.items():
            held.append(getattr(batch, name))
            if sum(table.num_rows for table in held) >= ROWS_PER_GROUP[name]:
                self._flush(name, ROWS_PER_GROUP[name])

    def _flush(self, name: str, least: int = 1) -> None:
        """Write row groups, while there are `least` rows or more."""
        rows, size = pa.concat_tables(self._held[name]), ROWS_PER_GROUP[name]
        while rows.num_rows >= least:
            # in one chunk: else the pages, and with them the bytes, depend on how the export was cut
            self._files[name].write_table(rows.slice(0, size).combine_chunks(), size)
            rows = rows.slice(size)
        self._held[name] = [rows]
