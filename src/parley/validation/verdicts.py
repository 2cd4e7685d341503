"""From Great Expectations' verdict to faults: the place and the message of every row at fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from parley.faults import Fault
from parley.validation.batches import Batch
from parley.validation.checkpoint import Unmet


def faults(unmet: Iterable[Unmet], batches: Mapping[str, Batch], manifest: str) -> list[Fault]:
    """Return a fault for each row that does not meet an expectation.

    batches: by name, as they were judged. manifest: the file that a fault of a document is shown in.
    """
    found = []
    for one in unmet:
        asked = f"validation/expectations/{one.table}.json"
        if one.error:
            found.append(Fault("expectations-malformed", f"{asked} > {one.says}", one.error, asked))
        elif not one.rows:
            found.append(Fault(one.fault, f"{one.table} of {one.batch}", one.says, asked))
        else:
            batch = batches[one.batch]
            for row in batch.tables[one.table].take(list(one.rows)).to_pylist():
                found.append(_fault(one, row, batch, manifest))
    return found


def _fault(unmet: Unmet, row: Mapping[str, Any], batch: Batch, manifest: str) -> Fault:
    place, file = _place(unmet.table, row, batch, manifest)
    return Fault(unmet.fault, place, unmet.says.format_map(row), file)


def _place(table: str, row: Mapping[str, Any], batch: Batch, manifest: str) -> tuple[str, str]:
    if table == "documents":
        return row["doc_id"], manifest
    if table == "layers":
        return row["file"], row["file"]
    extent = f" {row['start']}:{row['end']}" if table == "spans" else ""
    return f'{row["doc_id"]} > {row["id"]} "{row["surface"]}"{extent}', batch.files[row["layer"]]
