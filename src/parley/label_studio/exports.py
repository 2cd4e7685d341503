"""Export files of Label Studio: a JSON array or a task a line, plain, .gz or .zst, in pieces of whole tasks.

A piece is small enough to stay in a core's cache while it is decoded, and a file of any size is read in the
memory of a few. A line ends a task by itself. In an array a cut is tried where a task seems to begin, and
stands only if what it cuts off is whole JSON by itself; where it is not, it is read with the piece behind it.
"""

from __future__ import annotations

import gzip
import io
import json
import multiprocessing
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from parley.faults import Fault, UsageError
from parley.label_studio.batches import Batch, Refusal
from parley.label_studio.progress import reading
from parley.label_studio.results import decode_batch
from parley.ontology import Ontology

PIECE_BYTES = 2_000_000  # measured: larger ones leave the cache, smaller ones cost more a batch
_AHEAD = 3  # pieces under way for each process: enough that none waits, few enough for the memory
_BORDER = re.compile(rb"\}\s*,\s*(?=\{\s*\"id\"\s*:\s*\d+\s*,\s*\"(?:annotations|data)\")")
_BETWEEN = re.compile(rb"[\s,]*")
_BLANK_LINE = re.compile(rb"\n\s+(?=\S)")
_LONGEST_BORDER = 256  # bytes, with the white space of any exporter
_FIRST_LOOK = 1 << 16  # bytes at a piece's end; a task of news is shorter
_MOST_WRONG_CUTS = 3  # in a row, before a piece counts as broken


@dataclass(frozen=True)
class Piece:
    """Whole tasks of an export. data: as JSON array or lines. offset: its first byte in the plain export."""

    data: bytes
    offset: int
    lines: bool


def read_export(
    path: Path, ontology: Ontology, annotator: str = "", *, processes: int = 1
) -> Iterator[Batch]:
    """Yield the batches of an export file, in its order, whatever the number of processes.

    annotator: as for `decode_batch`. A task that is no JSON is a refusal with its byte position.
    Raises UsageError where the file is missing, cut off or no export.
    """
    with opened(path) as stream:
        yield from batches(stream, ontology, annotator, processes=processes)


def batches(
    stream: BinaryIO, ontology: Ontology, annotator: str = "", *, processes: int = 1
) -> Iterator[Batch]:
    """Yield the batches of a plain export that is read from a stream; else as `read_export`.

    Raises msgspec.DecodeError where it is no whole export.
    """
    decode = partial(decode_piece, ontology=ontology, annotator=annotator)
    yield from decoded(pieces(stream, PIECE_BYTES), decode, processes)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open an export, plain or compressed as the ending of its name says.

    Raises UsageError where it is missing or damaged, also while it is read.
    """
    import zstandard

    try:
        with path.open("rb") as raw, reading(raw, path.stat().st_size, "reading") as shown:
            yield _plain(path, shown)
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}", "name an export of Label Studio, in its format JSON")
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "export it again; it may have been cut off")
    except msgspec.DecodeError as error:
        raise UsageError(f"{path} is no whole JSON export: {error}", "export it again, in the format JSON")


def _plain(path: Path, raw: BinaryIO) -> BinaryIO:
    if path.suffix == ".gz":
        return cast("BinaryIO", gzip.open(raw))
    if path.suffix == ".zst":
        import zstandard

        return cast("BinaryIO", io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw)))
    return raw


def decoded(found: Iterator[Piece], decode: Callable[[Piece], Batch], processes: int = 1) -> Iterator[Batch]:
    """Yield the batches of pieces, in their order. decode: makes a batch of a piece, in another process too.

    Raises msgspec.DecodeError where an array is not whole.
    """
    waiting: deque[tuple[Piece, Future[Batch] | None]] = deque()
    with _pool(processes) as submit:

        def ahead(number: int) -> bool:
            while len(waiting) < number:
                piece = next(found, None)
                if piece is None:
                    return False
                waiting.append((piece, submit(decode, piece) if submit else None))
            return True

        while ahead(_AHEAD * processes) or waiting:
            piece, made = waiting.popleft()
            try:
                yield made.result() if made else decode(piece)
            except msgspec.DecodeError:
                yield _mended(piece, waiting, ahead, decode)


def _mended(
    piece: Piece,
    waiting: deque[tuple[Piece, Future[Batch] | None]],
    ahead: Callable[[int], bool],
    decode: Callable[[Piece], Batch],
) -> Batch:
    """Return the batch of a piece that is not whole JSON.

    Either it was cut where no task ends: then it is whole together with the next pieces. Or a task in it is
    broken: then the others are taken, and that one is named.
    """
    longer = piece
    for more in range(1, _MOST_WRONG_CUTS + 1):
        if not ahead(more) and len(waiting) < more:
            break
        longer = replace(longer, data=longer.data + b"," + waiting[more - 1][0].data)
        try:
            batch = decode(longer)
        except msgspec.DecodeError:
            continue
        for _ in range(more):
            waiting.popleft()
        return batch
    if not ahead(1) and not waiting and not _closed(piece):
        raise msgspec.DecodeError("the file ends inside a task")
    return salvage(piece, decode)


def salvage(piece: Piece, decode: Callable[[Piece], Batch]) -> Batch:
    """Return the batch of the sound tasks of a piece; the others are refusals with their byte positions."""
    sound: list[bytes] = []
    begins: list[tuple[int, int]] = []  # of each sound task: among the sound ones, and in the export
    together = piece.offset
    refusals: list[Refusal] = []
    for start, one in _line_tasks(piece.data) if piece.lines else _array_tasks(piece.data):
        try:
            msgspec.json.decode(one)
        except msgspec.DecodeError as error:
            at = piece.offset + start
            fault = Fault("studio-task", f"byte {at} of the export", str(error))
            refusals.append(Refusal(fault, 0, 0, lost=True, byte=at))
        else:
            sound.append(one)
            begins.append((together, piece.offset + start))
            together += len(one) + 1
    batch = decode(replace(piece, data=(b"\n" if piece.lines else b",").join(sound)))
    moved = dict(begins)
    named = [replace(refusal, byte=moved.get(refusal.byte, refusal.byte)) for refusal in batch.refusals]
    return replace(batch, refusals=refusals + named, tasks=batch.tasks + len(refusals))


def _line_tasks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the tasks of lines, sound or not, each with its first byte."""
    for match in re.finditer(rb"\S.*", data):
        yield match.start(), match[0].rstrip()


def _array_tasks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the tasks of the inside of an array, each with its first byte.

    A broken one ends where the next task seems to begin.
    """
    text = data.decode("latin-1")  # a character a byte: only the places of values are asked for
    decoder = json.JSONDecoder()
    place = 0
    while (start := _next_value(data, place)) < len(data):
        try:
            place = decoder.raw_decode(text, start)[1]
        except ValueError:
            border = _BORDER.search(data, start)
            place = border.start() + 1 if border else len(data)
        yield start, data[start:place].rstrip()


def _next_value(data: bytes, place: int) -> int:
    match = _BETWEEN.match(data, place)
    return match.end() if match else place


def decode_piece(piece: Piece, ontology: Ontology, annotator: str = "") -> Batch:
    """Return a piece as columns.

    Raises msgspec.DecodeError where it is not whole JSON.
    """
    data = _as_array(piece.data) if piece.lines else piece.data
    return decode_batch(b"[" + data + b"]", ontology, annotator, piece.offset)


def _as_array(lines: bytes) -> bytes:
    """Return lines with commas between, every task at the byte where it was."""
    ended = lines.rstrip()
    begun = ended.lstrip()
    if _BLANK_LINE.search(begun):
        begun = _BLANK_LINE.sub(lambda match: b"," + b" " * (len(match[0]) - 1), begun)
    return b" " * (len(ended) - len(begun)) + begun.replace(b"\n", b",")


def pieces(stream: BinaryIO, size: int) -> Iterator[Piece]:
    """Cut an export into pieces of whole tasks, of about `size` bytes.

    Raises msgspec.DecodeError where it is neither an array nor lines of objects.
    """
    held = b""
    offset = 0
    while not (start := held.lstrip(b"\xef\xbb\xbf \t\r\n")):
        block = stream.read(size)
        if not block:
            raise msgspec.DecodeError("it is empty")
        offset += len(held)
        held = block
    offset += len(held) - len(start)
    if start[:1] == b"[":
        yield from _of_array(start[1:], offset + 1, stream, size)
    elif start[:1] == b"{":
        yield from _of_lines(start, offset, stream, size)
    else:
        raise msgspec.DecodeError(f"it begins with {start[:12]!r}")


def _of_lines(held: bytes, offset: int, stream: BinaryIO, size: int) -> Iterator[Piece]:
    while True:
        cut = held.rfind(b"\n") if len(held) >= size else -1
        if cut >= 0:
            yield Piece(held[:cut], offset, lines=True)
            held, offset = held[cut + 1 :], offset + cut + 1
        block = stream.read(size)
        if not block:
            break
        held += block
    if held.strip():
        yield Piece(held, offset, lines=True)


def _of_array(held: bytes, offset: int, stream: BinaryIO, size: int) -> Iterator[Piece]:
    searched = 0
    while True:
        while len(held) >= size:
            match = _last_border(held, searched)
            if match is None:
                searched = max(0, len(held) - _LONGEST_BORDER)
                break
            yield Piece(held[: match.start() + 1], offset, lines=False)
            held, offset, searched = held[match.end() :], offset + match.end(), 0
        block = stream.read(size)
        if not block:
            break
        held += block
    held = held.rstrip()
    if held.endswith(b"]"):
        held = held[:-1].rstrip()
        if held:
            yield Piece(held, offset, lines=False)
    else:  # cut off: what there is of the last task is no JSON, and says so
        yield Piece(held, offset, lines=False)


def _last_border(data: bytes, begin: int) -> re.Match[bytes] | None:
    """Return the last place behind `begin` where a task seems to end and another to begin."""
    window = _FIRST_LOOK
    while True:
        start = max(begin, len(data) - window)
        match = None
        for match in _BORDER.finditer(data, start):  # noqa: B007 - the last one is wanted
            pass
        if match or start == begin:
            return match
        window *= 8


def _closed(piece: Piece) -> bool:
    return piece.lines or piece.data.endswith(b"}")


@contextmanager
def _pool(processes: int) -> Iterator[Callable[..., Future[Batch]] | None]:
    if processes < 2:
        yield None
        return
    # forked before Arrow has threads of its own; a new interpreter would import everything again
    context = multiprocessing.get_context(
        "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    )
    pool = ProcessPoolExecutor(processes, mp_context=context)
    try:
        yield pool.submit
    finally:
        pool.shutdown(cancel_futures=True)
