"""Export files of Label Studio: a JSON array or a task a line, plain, .gz or .zst, read in pieces of tasks.

A file of any size is read in the memory of a few pieces, over as many processes as are given; the batches
come in the export's order all the same. One that is no whole JSON was cut where no task ends, and is read
with the piece behind it; or a task in it is broken, and that one alone is refused.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from parley.faults import Fault, UsageError
from parley.label_studio import pieces
from parley.label_studio.findings import Findings, Refusal
from parley.label_studio.pieces import Piece
from parley.label_studio.results import decode_parts
from parley.ontology import Ontology
from parley.processes import cores, pool
from parley.progress import reading

_AHEAD = 4  # pieces under way for each process: enough that none waits, few enough for the memory
_MOST_WRONG_CUTS = 3  # in a row, before a piece counts as broken
_WORTH_A_PROCESS = 16_000_000  # plain bytes: below, starting one takes longer than it saves
_COMPRESSED = {".gz", ".zst"}
_RATIO = 5  # plain bytes a compressed byte stands for, at least

Waiting = deque[tuple[Piece, Future[Findings] | None]]


def worthwhile_processes(path: Path) -> int:
    """Return how many processes an export is worth: one where it is small, else one a core."""
    size = path.stat().st_size if path.is_file() else 0
    plain = size * (_RATIO if path.suffix in _COMPRESSED else 1)
    return max(1, min(cores(), plain // _WORTH_A_PROCESS))


def read_export(
    path: Path, ontology: Ontology, annotator: str = "", *, processes: int = 1
) -> Iterator[Findings]:
    """Yield what is found in an export file, piece by piece, in its order, whatever the number of processes.

    annotator: as for `decode_parts`. A task that is no JSON is a refusal with its byte position.
    Raises UsageError where the file is missing, cut off or no export.
    """
    with workers(processes) as readers, opened(path) as stream:
        packed = path.suffix in _COMPRESSED
        size = pieces.PIECE_BYTES
        found = pieces.pieces(stream, size) if packed else pieces.file_pieces(path, stream, size)
        decode = partial(decode_piece, ontology=ontology, annotator=annotator)
        yield from decoded(found, decode, readers, processes)


def read_stream(
    stream: BinaryIO, ontology: Ontology, annotator: str = "", *, processes: int = 1
) -> Iterator[Findings]:
    """Yield what is found in a plain export that is read from a stream; else as `read_export`.

    Raises msgspec.DecodeError where it is no whole export.
    """
    with workers(processes) as readers:
        found = pieces.pieces(stream, pieces.PIECE_BYTES)
        decode = partial(decode_piece, ontology=ontology, annotator=annotator)
        yield from decoded(found, decode, readers, processes)


@contextmanager
def workers(processes: int) -> Iterator[Executor | None]:
    """Open a pool of processes that read pieces; none where one is enough.

    They are started at once, before this process has threads.
    Raises UsageError where one of them is killed.
    """
    if processes < 2:
        yield None
        return
    with pool(processes, forked=True) as started:
        started.submit(os.getpid)
        yield started


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open an export, plain or compressed as the ending of its name says.

    Raises UsageError where it is missing or damaged, also while it is read.
    """
    try:
        with path.open("rb") as raw, reading(raw, path.stat().st_size, "reading") as shown:
            yield _plain(path, shown)
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}", "name an export of Label Studio, in its format JSON")
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path} cannot be read: {error}", "export it again; it may have been cut off")
    except msgspec.DecodeError as error:
        raise UsageError(f"{path} is no whole JSON export: {error}", "export it again, in the format JSON")


def _plain(path: Path, raw: BinaryIO) -> BinaryIO:
    if path.suffix == ".gz":
        return cast("BinaryIO", gzip.open(raw))
    if path.suffix == ".zst":
        import pyarrow as pa

        # unlike other readers it tells a file that was cut off, and reads frames behind the first
        return cast("BinaryIO", pa.CompressedInputStream(raw, "zstd"))
    return raw


def decoded(
    found: Iterator[Piece],
    decode: Callable[[Piece], Findings],
    readers: Executor | None = None,
    processes: int = 1,
) -> Iterator[Findings]:
    """Yield what is found in pieces, in their order.

    decode: reads a piece. readers: a pool of so many processes, in which it does.
    Raises msgspec.DecodeError where an array is not whole.
    """
    waiting: Waiting = deque()

    def ahead(number: int) -> bool:
        while len(waiting) < number:
            piece = next(found, None)
            if piece is None:
                return False
            waiting.append((piece, readers.submit(decode, piece) if readers else None))
        return True

    while ahead(_AHEAD * processes if readers else 1) or waiting:
        piece, handle = waiting.popleft()
        try:
            one = handle.result() if handle else decode(piece)
        except msgspec.DecodeError:
            one = _mended(piece, waiting, ahead, decode)
        yield one


def _mended(
    piece: Piece, waiting: Waiting, ahead: Callable[[int], bool], decode: Callable[[Piece], Findings]
) -> Findings:
    """Return what is found in a piece that is not whole JSON.

    Either it was cut where no task ends: then it is whole together with the next pieces. Or a task in it is
    broken: then the others are taken, and that one is named.
    """
    data = piece.data()
    for more in range(1, _MOST_WRONG_CUTS + 1):
        if not ahead(more) and len(waiting) < more:
            break
        data += b"," + waiting[more - 1][0].data()
        try:
            found = decode(replace(piece, held=data))
        except msgspec.DecodeError:
            continue
        for _ in range(more):
            waiting.popleft()
        return found
    if not ahead(1) and not waiting and not piece.lines and not piece.data().endswith(b"}"):
        raise msgspec.DecodeError("the file ends inside a task")
    return salvage(piece, decode)


def salvage(piece: Piece, decode: Callable[[Piece], Findings]) -> Findings:
    """Return what is found in the sound tasks of a piece; the others are refusals, with their bytes."""
    sound: list[bytes] = []
    begins: list[tuple[int, int]] = []  # of each sound task: among the sound ones, and in the export
    together = piece.offset
    refusals: list[Refusal] = []
    for start, one in pieces.single_tasks(piece):
        try:
            msgspec.json.decode(one)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            at = piece.offset + start
            what = f"{error}; left out are the {len(one):,} bytes up to where the next task begins"
            fault = Fault("studio-task", f"byte {at} of the export", what)
            refusals.append(Refusal(fault, 0, 0, lost=True, byte=at))
        else:
            sound.append(one)
            begins.append((together, piece.offset + start))
            together += len(one) + 1
    found = decode(replace(piece, held=(b"\n" if piece.lines else b",").join(sound)))
    moved = dict(begins)
    named = [replace(refusal, byte=moved.get(refusal.byte, refusal.byte)) for refusal in found.refusals]
    return replace(found, refusals=refusals + named, tasks=found.tasks + len(refusals))


def decode_piece(piece: Piece, ontology: Ontology, annotator: str = "") -> Findings:
    """Return what is found in a piece.

    Raises msgspec.DecodeError where it is not whole JSON.
    """
    data = piece.data()
    parts = ((piece.offset + begin, part) for begin, part in pieces.parts(data, lines=piece.lines))
    try:
        return decode_parts(parts, ontology, annotator)
    except msgspec.DecodeError:  # perhaps a part was cut where no task ends; the whole piece tells
        whole = pieces.array(data, lines=piece.lines)
        return decode_parts([(piece.offset, whole)], ontology, annotator)
