"""An export of any size as Parquet tables, in the memory of a few pieces, over as many cores as are given.

The tables are annotations, spans, relations and remarks. What cannot be carried over is in
`rejects.jsonl` with its fault, its place and the byte at which its task begins. The order is the export's,
whatever the number of processes.
"""

from __future__ import annotations

import ctypes
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

import msgspec

from parley.faults import DataFaults, Fault, UsageError, as_called, visible
from parley.label_studio.export.compiled import uncompiled
from parley.label_studio.export.files import read_export
from parley.label_studio.export.findings import Findings, People, Refusal
from parley.label_studio.export.limits import LIMITS, Limits
from parley.label_studio.export.people import Whose, check_people, merge_people
from parley.model.ontology import Ontology
from parley.runtime.counts import counted
from parley.runtime.files import replacing
from parley.runtime.threads import threads

TABLES = ("annotations", "spans", "relations", "remarks")
REJECTS = "rejects.jsonl"
_WRITERS = 2  # threads that write: of spans and of relations, the tables that take time
_SHOWN = 20  # faults kept for the report; all of them are in rejects.jsonl
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

    def count(self, found: Findings, rows: dict[str, int]) -> None:
        """Add what was found in a piece. rows: of each table."""
        self.tasks += found.tasks
        self.untouched += len(found.untouched)
        self.states.update(row.state for row in found.annotations)
        self.rows.update(rows)
        for refusal in found.refusals:
            self.refused[refusal.fault.code] += 1
            if len(self.first) < _SHOWN:
                self.first.append(refusal.fault)


def convert(
    export: Path,
    out: Path,
    ontology: Ontology,
    annotator: Whose = "",
    *,
    processes: int = 1,
    strict: bool = False,
    limits: Limits = LIMITS,
) -> Converted:
    """Write an export's tables and rejects into folder `out`, whole or not at all; return what was found.

    export, annotator, limits: as for `read_export`. strict: stop at the first batch with a refusal.
    Raises UsageError if the export is not whole, or one name would be given to the work of several people, or
    `out` holds something else or cannot be written; DataFaults if `strict`.
    """
    out = out.resolve()  # what a link points at is replaced, not the link
    ours = {f"{name}.parquet" for name in TABLES} | {REJECTS}
    if out.exists() and (not out.is_dir() or {path.name for path in out.iterdir()} - ours):
        raise UsageError(f"{out} is there and has something else in it", "name a new folder with --out")
    _keep_memory()
    converted = Converted()
    with _scratch(out) as new:
        findings = read_export(export, ontology, annotator, processes=processes, limits=limits)
        first = list(islice(findings, 1))
        # after the first piece: it takes a while, and other processes read meanwhile; and they are forked
        # before Arrow has threads
        from parley.label_studio.export.table_files import TableFiles
        from parley.label_studio.export.tables import batch_of

        persons = People()
        with (
            (new / REJECTS).open("wb") as rejects,
            # past two processes what this one writes would bound them all
            threads(min(processes - 2, _WRITERS)) as begin,
            TableFiles(new, ontology, begin) as files,
        ):
            for found in chain(first, findings):
                if strict and found.refusals:
                    raise DataFaults([refusal.fault for refusal in found.refusals])
                converted.count(found, files.write(batch_of(found, ontology), found))
                rejects.writelines(map(_line, found.refusals))
                merge_people(persons, found.people)
        check_people(persons)
    return converted


def report(converted: Converted) -> list[str]:
    """Return what a conversion found, in lines for people."""
    states = ", ".join(f"{number:,} {state}" for state, number in sorted(converted.states.items()))
    begun = f"{counted(converted.tasks, 'task')}, {converted.untouched:,} not begun"
    lines = [f"{begun}; annotations: {states or 'none'}"]
    lines += [f"{name:<12}{number:>12,} rows" for name, number in converted.rows.items()]
    lines += [f"refused     {number:>12,} {code}" for code, number in sorted(converted.refused.items())]
    lines += [f"slow: {why}" for why in [uncompiled()] if why]
    return [as_called(visible(line)) for line in lines]


@contextmanager
def _scratch(out: Path) -> Iterator[Path]:
    """Yield a new folder beside `out`, which takes its place at the end.

    Raises UsageError if it cannot be made.
    """
    with ExitStack() as leaving:
        try:
            new = leaving.enter_context(replacing(out))
            new.mkdir()
        except OSError as error:
            raise UsageError(f"{out} cannot be written: {error.strerror}", "name another folder with --out")
        yield new


def _line(refusal: Refusal) -> bytes:
    row = vars(refusal.fault) | vars(refusal)
    names = ("code", "byte", "place", "message", "task", "annotation", "lost", "unit", "number")
    return msgspec.json.encode({name: row[name] for name in names}) + b"\n"


def _keep_memory() -> None:
    """Let glibc keep the memory of a piece for the next, instead of asking the system for each page again."""
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none, and need none
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _KEEP_BYTES)
        mallopt(_TRIM_THRESHOLD, _KEEP_BYTES)
