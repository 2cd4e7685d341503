"""Parquet as the Hub wants it: zstd, page index, content-defined chunks, the same bytes for the same rows."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

# A streaming read decodes a row group before it gives the first row. That takes less than half the time
# of finding the files, and smaller groups give little but larger files (benchmarks/RESULTS.md, "Reading a
# release"). A nested row holds a hundred labels and more: both sizes are some 20,000 spans.
ROWS_PER_GROUP = 20_000
DOCUMENTS_PER_GROUP = 200


def write_table(path: Path, table: pa.Table) -> None:
    """Write one table as one Parquet file."""
    import pyarrow.parquet as pq

    nested = any(pa.types.is_list(f.type) and pa.types.is_struct(f.type.value_type) for f in table.schema)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=9,
        row_group_size=DOCUMENTS_PER_GROUP if nested else ROWS_PER_GROUP,
        write_page_index=True,
        use_content_defined_chunking=True,  # the Hub stores only the chunks that an edit changed
    )


def read_table(path: Path) -> pa.Table:
    """Read one Parquet file.

    Raises OSError or pyarrow.ArrowInvalid where it is damaged.
    """
    import pyarrow.parquet as pq

    return pq.ParquetFile(path).read()
