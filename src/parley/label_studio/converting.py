"""An export of any size as Parquet tables, in the memory of a few pieces, over as many cores as are given.

The tables are those that every other step works on: annotations, spans, relations, and proposals of new
entities. What cannot be carried over stands in `rejects.jsonl` with its fault, its place and the byte at
which its task begins. The order is the export's, whatever the number of processes.
"""

from __future__ import annotations

import ctypes
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from parley.faults import DataFaults, Fault, UsageError
from parley.label_studio.batches import ANNOTATION_SCHEMA, PROPOSAL_SCHEMA, Batch, Refusal
from parley.label_studio.exports import read_export
from parley.ontology import Ontology
from parley.swapping import put_in_place, recover
from parley.tables import RELATION_SCHEMA, span_schema

REJECTS = "rejects.jsonl"
# Rows of a row group: a few MB of each table, large enough to compress, small enough to hold. Annotations are
# wide and come slowly: in larger groups they alone made memory grow with the export.
ROWS_PER_GROUP = {"annotations": 10_000, "spans": 120_000, "relations": 120_000, "proposals": 120_000}

# of these nearly every value is another: a dictionary of them is tried for each page, and given up
_DISTINCT = {"id", "head", "tail", "start", "end", "text", "task", "annotation", "updated", "lead_time_s"}
_SHOWN = 20  # faults kept to be shown to people; all of them are in rejects.jsonl
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # glibc's M_MMAP_THRESHOLD and M_TRIM_THRESHOLD
_KEEP_BYTES = 64 << 20


@dataclass
class Converted:
    """What a conversion read and wrote.

    rows: of each table. states: annotations by state; only `finished` ones have spans and relations.
    untouched: tasks nobody has begun. refused: by fault code. first: the first refusals.
    """

    tasks: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    untouched: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    first: list[Fault] = field(default_factory=list)


def convert(
    export: Path,
    out: Path,
    ontology: Ontology,
    annotator: str = "",
    *,
    processes: int = 1,
    strict: bool = False,
) -> Converted:
    """Write an export's tables and rejects into folder `out`, whole or not at all; return what was found.

    export, annotator: as for `read_export`. strict: stop at the first batch with a refusal.
    Raises UsageError where the export is not whole or `out` holds something else, DataFaults if `strict`.
    """
    schemas = {
        "annotations": ANNOTATION_SCHEMA,
        "spans": span_schema(ontology),
        "relations": RELATION_SCHEMA,
        "proposals": PROPOSAL_SCHEMA,
    }
    ours = {f"{name}.parquet" for name in schemas} | {REJECTS}
    if out.exists() and (not out.is_dir() or {path.name for path in out.iterdir()} - ours):
        raise UsageError(f"{out} is there and holds something else", "name a new folder with --out")
    out.parent.mkdir(parents=True, exist_ok=True)
    recover(out)
    _keep_memory()
    converted = Converted()
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as scratch:
        new = Path(scratch) / "tables"
        new.mkdir()
        # the pool of processes is forked before Arrow writes with threads of its own
        with _Rejects(new / REJECTS) as rejects, _Tables(new, schemas) as tables:
            for batch in read_export(export, ontology, annotator, processes=processes):
                if strict and batch.refusals:
                    raise DataFaults([refusal.fault for refusal in batch.refusals])
                _count(converted, batch)
                rejects.write(batch.refusals)
                tables.write(batch)
        put_in_place(new, out)
    return converted


def report(converted: Converted) -> list[str]:
    """Return what a conversion found, in lines for people."""
    states = ", ".join(f"{number:,} {state}" for state, number in sorted(converted.states.items()))
    lines = [f"{converted.tasks:,} tasks, {converted.untouched:,} not begun; annotations: {states or 'none'}"]
    lines += [f"{name:<12}{number:>12,} rows" for name, number in converted.rows.items()]
    lines += [f"refused     {number:>12,} {code}" for code, number in sorted(converted.refused.items())]
    return lines


def _count(converted: Converted, batch: Batch) -> None:
    converted.tasks += batch.tasks
    converted.untouched += len(batch.untouched)
    for found in pc.value_counts(batch.annotations["state"]):
        converted.states[found["values"].as_py()] += found["counts"].as_py()
    for name in ("annotations", "spans", "relations", "proposals"):
        converted.rows[name] += getattr(batch, name).num_rows
    for refusal in batch.refusals:
        converted.refused[refusal.fault.code] += 1
        if len(converted.first) < _SHOWN:
            converted.first.append(refusal.fault)


class _Rejects:
    """rejects.jsonl: a refusal a line."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, refusals: list[Refusal]) -> None:
        for refusal in refusals:
            fault = refusal.fault
            row = {
                "code": fault.code,
                "byte": refusal.byte,
                "place": fault.place,
                "message": fault.message,
                "task": refusal.task,
                "annotation": refusal.annotation,
                "lost": refusal.lost,
            }
            self._file.write(msgspec.json.encode(row) + b"\n")


class _Tables:
    """The Parquet files, a row group written when its rows are there."""

    def __init__(self, folder: Path, schemas: dict[str, pa.Schema]) -> None:
        import pyarrow.parquet as pq

        self._held: dict[str, list[pa.Table]] = {name: [] for name in schemas}
        self._files = {
            name: pq.ParquetWriter(
                folder / f"{name}.parquet",
                schema,
                compression="zstd",
                use_dictionary=[column for column in schema.names if column not in _DISTINCT],
                write_statistics=[column for column in schema.names if column not in _DISTINCT],
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


def _keep_memory() -> None:
    """Let glibc keep the memory of a piece for the next, instead of asking the system for each page again."""
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none, and need none
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _KEEP_BYTES)
        mallopt(_TRIM_THRESHOLD, _KEEP_BYTES)
