"""Pieces of an export read in their order by several processes, of which this is one.

What is found goes from one process to another in a file: a pipe holds little, and who writes more into it
waits for whoever reads.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from parley.faults import UsageError
from parley.label_studio.findings import Findings
from parley.label_studio.pieces import Piece
from parley.processes import pool

# under way: enough that the others read on while this process writes, few enough for the memory
_AHEAD, _AHEAD_EACH = 8, 2

Decode = Callable[[Piece], Findings]


@dataclass(frozen=True)
class Others:
    """Processes besides this one. folder: where they leave what they found. ahead: pieces under way."""

    pool: Executor
    folder: Path
    ahead: int


@contextmanager
def others(processes: int) -> Iterator[Others | None]:
    """Start the processes that read besides this one; none where one is enough.

    They are started at once, before this process has threads.
    Raises UsageError where one of them is killed.
    """
    if processes < 2:
        yield None
        return
    with TemporaryDirectory(prefix="parley-") as folder, pool(processes - 1, forked=True) as started:
        started.submit(os.getpid)
        yield Others(started, Path(folder), _AHEAD + _AHEAD_EACH * processes)


class Readers:
    """Pieces that are being read, in their order. decode: reads one; raises msgspec.DecodeError."""

    def __init__(self, decode: Decode, others: Others | None) -> None:
        self._decode = decode
        self._others = others
        self._under_way: deque[tuple[Piece, Future[Findings | Path]]] = deque()

    def __len__(self) -> int:
        return len(self._under_way)

    def __getitem__(self, place: int) -> Piece:
        return self._under_way[place][0]

    @property
    def full(self) -> bool:
        """Whether no more should be begun for now."""
        return len(self) >= (self._others.ahead if self._others else 1)

    def begin(self, piece: Piece) -> None:
        """Have a piece read, behind those that are under way."""
        if self._others:
            handle = self._others.pool.submit(_left, self._decode, piece, self._others.folder)
        else:
            handle = self._read(piece)
        self._under_way.append((piece, handle))

    def next(self) -> tuple[Piece, Findings | None]:
        """Return the first piece under way with what was found in it; None where it is no whole JSON.

        Rather than wait for it, this process reads a piece that no other has begun.
        """
        while not self._under_way[0][1].done() and self._helped():
            pass
        piece, handle = self._under_way.popleft()
        try:
            found = handle.result()
        except msgspec.DecodeError:
            return piece, None
        return piece, _fetched(found) if isinstance(found, Path) else found

    def drop(self) -> None:
        """Leave the first piece under way aside: it was read otherwise."""
        _, handle = self._under_way.popleft()
        handle.cancel()

    def _helped(self) -> bool:
        """Read the last piece that no process has begun; say whether there was one."""
        for place in reversed(range(len(self))):
            piece, handle = self._under_way[place]
            if handle.cancel():
                self._under_way[place] = piece, self._read(piece)
                return True
        return False

    def _read(self, piece: Piece) -> Future[Findings | Path]:
        """Read a piece in this process."""
        done: Future[Findings | Path] = Future()
        try:
            done.set_result(self._decode(piece))
        except msgspec.DecodeError as error:
            done.set_exception(error)
        return done


def _left(decode: Decode, piece: Piece, folder: Path) -> Findings | Path:
    """Read a piece in another process; return the file that says what was found."""
    found = msgspec.msgpack.encode(decode(piece))
    path = folder / str(piece.offset)
    try:
        path.write_bytes(found)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "name a folder with room as TMPDIR")
    return path


def _fetched(path: Path) -> Findings:
    found = msgspec.msgpack.decode(path.read_bytes(), type=Findings)
    path.unlink()
    return found
