"""Processes beside this one that read pieces of an export, and hand back what they found in few bytes.

It comes back as a file of Arrow streams, which stays in the system's page cache, and goes once it is read.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from parley.faults import UsageError
from parley.label_studio.batches import Refusal
from parley.label_studio.findings import TABLES, Findings
from parley.label_studio.pieces import Piece


@dataclass(frozen=True)
class _Handed:
    """Findings on their way: the tables in a file, and the rest."""

    tables: Path
    refusals: list[Refusal]
    tasks: int
    untouched: list[tuple[str, str]]


class Handle:
    """Findings that are being made."""

    def __init__(self, future: Future[_Handed]) -> None:
        self._future = future

    def findings(self) -> Findings:
        """Wait for the findings, and return them; raises what making them raised."""
        handed = self._future.result()
        with pa.OSFile(str(handed.tables)) as file:
            made = {name: pa.ipc.open_stream(file).read_all() for name in TABLES}
        handed.tables.unlink()
        return Findings(**made, refusals=handed.refusals, tasks=handed.tasks, untouched=handed.untouched)


class Workers:
    """A pool of processes. processes: how many."""

    def __init__(self, pool: ProcessPoolExecutor, processes: int, folder: Path) -> None:
        self.processes = processes
        self._pool = pool
        self._folder = folder
        self._number = 0

    def submit(self, decode: Callable[[Piece], Findings], piece: Piece) -> Handle:
        """Have a piece read. decode: is pickled."""
        self._number += 1
        return Handle(self._pool.submit(_hand, decode, piece, self._folder / f"{self._number}.arrows"))


def _hand(decode: Callable[[Piece], Findings], piece: Piece, path: Path) -> _Handed:
    found = decode(piece)
    with pa.OSFile(str(path), "wb") as file:
        for name in TABLES:
            table = getattr(found, name)
            with pa.ipc.new_stream(file, table.schema) as stream:
                stream.write_table(table)
    return _Handed(path, found.refusals, found.tasks, found.untouched)


@contextmanager
def workers(processes: int) -> Iterator[Workers | None]:
    """Open a pool of processes; none where one is enough.

    They are started at once: forked before this process has threads, where forking is what the system does
    well, since a new interpreter would import everything again.
    Raises UsageError where one of them is killed.
    """
    if processes < 2:
        yield None
        return
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with tempfile.TemporaryDirectory(prefix="parley-") as folder:
        pool = ProcessPoolExecutor(processes, mp_context=context)
        try:
            pool.submit(os.getpid)
            yield Workers(pool, processes, Path(folder))
        except BrokenProcessPool:
            raise UsageError(
                "a process that reads the export was killed",
                "give fewer --processes; it may have been for lack of memory",
            )
        finally:
            pool.shutdown(cancel_futures=True)
