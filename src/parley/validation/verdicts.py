"""From Great Expectations' verdict to faults: the place and the message of every row at fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from parley.faults import Fault
from parley.validation.batches import Laid
from parley.validation.checkpoint import Unmet

Place = Callable[[Mapping[str, Any]], tuple[str, str]]  # a row → its place, and the file it stands in


def faults(unmet: Iterable[Unmet], laid: Iterable[Laid]) -> list[Fault]:
    """Return a fault for each row that does not meet an expectation. laid: as it was judged."""
    batches = {batch.name: batch for batch in laid}
    found = []
    for one in unmet:
        batch = batches[one.batch]
        read = partial(pq.read_table, batch.folder / f"{one.table}.parquet")
        found += unmet_faults(one, read, partial(_place, one.table, batch))
    return found


def unmet_faults(unmet: Unmet, table: Callable[[], pa.Table], place: Place) -> list[Fault]:
    """Return the faults of one expectation. table: gives what was judged, where rows of it are at fault."""
    asked = f"validation/expectations/{unmet.table}.json"
    if unmet.error:
        return [Fault("expectations-malformed", f"{asked} > {_said(unmet, {})}", unmet.error, asked)]
    if not unmet.rows:  # asked of the table as a whole
        return [Fault(unmet.fault, f"{unmet.table} of {unmet.batch}", _said(unmet, {}), asked)]
    rows = table().take(pa.array(unmet.rows, pa.int64())).to_pylist()
    return [Fault(unmet.fault, at, _said(unmet, row), file) for row in rows for at, file in [place(row)]]


def _said(unmet: Unmet, row: Mapping[str, Any]) -> str:
    """Return what an expectation says of a row; the name of a column that the row lacks stays."""
    return unmet.says.format_map(_Named(row))


class _Named(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def _place(table: str, batch: Laid, row: Mapping[str, Any]) -> tuple[str, str]:
    if table == "documents":
        return row["doc_id"], batch.documents_file
    if table == "layers":
        return row["file"], row["file"]
    return f"{row['doc_id']} > {label_place(table, row)}", batch.files[row["layer"]]


def label_place(table: str, row: Mapping[str, Any]) -> str:
    """Return how a span or a relation is named within its layer."""
    extent = f" {row['start']}:{row['end']}" if table == "spans" else ""
    return f'{row["id"]} "{row["surface"]}"{extent}'
