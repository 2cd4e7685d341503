"""Parquet as the Hub wants it: zstd, page index, content-defined chunks, the same bytes for the same rows."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

# A streaming read decodes a row group before it gives the first row. That takes less than half the time
# of finding the files, and smaller groups give little but larger files (benchmarks/RESULTS.md, "Reading a
# release"). A nested row holds a hundred labels and more: both sizes are some 20,000 spans.
ROWS_PER_GROUP = 20_000
DOCUMENTS_PER_GROUP = 200


class Writer:
    """One Parquet file, written in tables of any size: its bytes depend on the rows alone, not on the tables.

    rows: written. bytes: they take in memory as Arrow, as the dataset card counts them.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        nested = any(pa.types.is_list(f.type) and pa.types.is_struct(f.type.value_type) for f in schema)
        self._group = DOCUMENTS_PER_GROUP if nested else ROWS_PER_GROUP
        self._held = schema.empty_table()
        self.rows = self.bytes = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=9,
            write_page_index=True,
            use_content_defined_chunking=True,  # the Hub stores only the chunks that an edit changed
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._held.num_rows:
            self._flush(1)
        self._file.close()

    def write(self, table: pa.Table) -> None:
        """Write rows after those that were written."""
        self._held = pa.concat_tables([self._held, table])
        self._flush(self._group)

    def _flush(self, least: int) -> None:
        """Write row groups, while there are `least` rows or more."""
        while self._held.num_rows >= least:
            # in one chunk: else the pages, and with them the bytes, depend on how the rows came
            rows = self._held.slice(0, self._group).combine_chunks()
            self._file.write_table(rows, self._group)
            self.rows += rows.num_rows
            self.bytes += sum(_size(chunk) for column in rows.columns for chunk in column.chunks)
            self._held = self._held.slice(self._group)


def _size(array: pa.Array) -> int:
    """Return the bytes of an array, of bitmaps of nulls only those that are needed."""
    size: int = array.nbytes
    if pa.types.is_list(array.type):
        values = array.flatten()
        size += _size(values) - values.nbytes
    elif pa.types.is_struct(array.type):
        parts = array.flatten()
        size += sum(_size(part) - part.nbytes for part in parts)
    has_bitmap = array.buffers()[0] is not None
    return size - (-(-len(array) // 8) if has_bitmap and not array.null_count else 0)


def write_table(path: Path, table: pa.Table) -> Writer:
    """Write one table as one Parquet file; return the writer, which knows its size."""
    with Writer(path, table.schema) as made:
        made.write(table)
    return made
