"""From Great Expectations' verdict to faults: the place and the message of every row at fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow.parquet as pq

from parley.faults import Fault
from parley.validation.batches import Laid
from parley.validation.checkpoint import Unmet


def faults(unmet: Iterable[Unmet], laid: Iterable[Laid]) -> list[Fault]:
    """Return a fault for each row that does not meet an expectation. laid: as it was judged."""
    batches = {batch.name: batch for batch in laid}
    found = []
    for one in unmet:
        asked = f"validation/expectations/{one.table}.json"
        if one.error:
            found.append(Fault("expectations-malformed", f"{asked} > {one.says}", one.error, asked))
        elif not one.rows:  # asked of the table as a whole
            found.append(Fault(one.fault, f"{one.table} of {one.batch}", one.says, asked))
        else:
            batch = batches[one.batch]
            table = pq.read_table(batch.folder / f"{one.table}.parquet")
            found.extend(_fault(one, row, batch) for row in table.take(list(one.rows)).to_pylist())
    return found


def _fault(unmet: Unmet, row: Mapping[str, Any], batch: Laid) -> Fault:
    place, file = _place(unmet.table, row, batch)
    return Fault(unmet.fault, place, unmet.says.format_map(row), file)


def _place(table: str, row: Mapping[str, Any], batch: Laid) -> tuple[str, str]:
    if table == "documents":
        return row["doc_id"], batch.documents_file
    if table == "layers":
        return row["file"], row["file"]
    extent = f" {row['start']}:{row['end']}" if table == "spans" else ""
    return f'{row["doc_id"]} > {row["id"]} "{row["surface"]}"{extent}', batch.files[row["layer"]]
