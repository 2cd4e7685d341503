"""Pieces of an export read in their order by several processes, of which this is one.

What is found goes from one process to another in a file: a pipe holds little, and who writes more into it
waits for whoever reads.
"""

from __future__ import annotations

import os
import pickle
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import msgspec

from parley.faults import UsageError
from parley.label_studio.export.findings import Findings
from parley.label_studio.export.pieces import Piece
from parley.runtime.engine import pool

# handed to the others: enough that they read on while this process writes, few enough for the memory
_AHEAD, _AHEAD_EACH = 4, 2

Decode = Callable[[Piece], Findings]


@dataclass(frozen=True)
class Others:
    """Processes besides this one. folder: where they leave what they found. ahead: pieces they are given."""

    pool: Executor
    folder: Path
    ahead: int


@contextmanager
def others(processes: int) -> Iterator[Others | None]:
    """Start the processes that read besides this one; none where one is enough.

    They are started at once, before this process has threads.
    Raises UsageError where one of them is killed, or there is no folder for temporary files.
    """
    if processes < 2:
        yield None
        return
    try:
        folder = TemporaryDirectory(prefix="parley-")
    except OSError as error:
        raise _no_room(error)
    with folder as name, pool(processes - 1, forked=True) as started:
        started.submit(os.getpid)
        yield Others(started, Path(name), _AHEAD + _AHEAD_EACH * (processes - 1))


class Readers:
    """Pieces of an export that are being read. decode: reads one; it raises msgspec.DecodeError."""

    def __init__(self, pieces: Iterator[Piece], decode: Decode, besides: Others | None) -> None:
        self._pieces = pieces
        self._decode = decode
        self._besides = besides
        self._under_way: deque[tuple[Piece, Future[Findings] | Future[Path]]] = deque()

    def next(self) -> tuple[Piece, Findings | None] | None:
        """Return the next piece with what was found in it, None where it is no whole JSON; None at the end.

        Rather than wait for it, this process reads a later piece, which no other was given.
        """
        if self._besides:
            self._hand_out(self._besides)
            while self._waits(2 * self._besides.ahead) and self._begin():
                self._hand_out(self._besides)
        if not self._under_way and not self._begin():
            return None
        piece, handle = self._under_way.popleft()
        try:
            found = handle.result()
        except msgspec.DecodeError:
            return piece, None
        return piece, _fetched(found) if isinstance(found, Path) else found

    def ahead(self, place: int) -> Piece | None:
        """Return a piece behind the one returned last, 0 the next; None where there are no more."""
        while len(self._under_way) <= place:
            if not self._begin():
                return None
        return self._under_way[place][0]

    def drop(self) -> None:
        """Leave the next piece aside: it was read otherwise."""
        self._under_way.popleft()

    def _waits(self, most: int) -> bool:
        """Say whether the next piece is not read yet. most: pieces under way, from which waiting is right."""
        return 0 < len(self._under_way) < most and not self._under_way[0][1].done()

    def _hand_out(self, besides: Others) -> None:
        """Give the others pieces, as many as they may have."""
        given = sum(not handle.done() for _, handle in self._under_way)
        while given < besides.ahead and (piece := next(self._pieces, None)):
            self._under_way.append((piece, besides.pool.submit(_left, self._decode, piece, besides.folder)))
            given += 1

    def _begin(self) -> bool:
        """Read a piece in this process, behind those under way; say whether there was one."""
        piece = next(self._pieces, None)
        if piece is None:
            return False
        done: Future[Findings] = Future()
        try:
            done.set_result(self._decode(piece))
        except Exception as error:  # as in a pool: it is raised when this piece's turn comes
            done.set_exception(error)
        self._under_way.append((piece, done))
        return True


def _left(decode: Decode, piece: Piece, folder: Path) -> Path:
    """Read a piece in another process; return the file that says what was found."""
    found = pickle.dumps(decode(piece), pickle.HIGHEST_PROTOCOL)
    path = folder / str(piece.offset)
    try:
        path.write_bytes(found)
    except OSError as error:
        raise _no_room(error)
    return path


def _fetched(path: Path) -> Findings:
    """Return what another process found."""
    try:
        found = path.read_bytes()
        path.unlink()
    except OSError as error:
        raise _no_room(error)
    return cast("Findings", pickle.loads(found))  # noqa: S301 - our own processes wrote it a moment ago


def _no_room(error: OSError) -> UsageError:
    return UsageError(
        f"what several processes find goes through temporary files, but {error}",
        "name a folder with room in TMPDIR, or give --processes 1",
    )
