"""Export files of Label Studio: a JSON array, or tasks one after the other, plain, .gz or .zst.

A file of any size is read in the memory of a few pieces a process, over as many processes as are given; what
is found comes in the export's order. A piece that is not whole JSON was cut where no task ends, and is read
together with the next; or a task in it is broken, and that one alone is refused.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from parley.faults import UsageError
from parley.label_studio.export import pieces
from parley.label_studio.export.findings import TASK, Findings
from parley.label_studio.export.kinds import no_tasks
from parley.label_studio.export.people import Whose
from parley.label_studio.export.pieces import LIMITS, Limits, Piece
from parley.label_studio.export.results import decode_tasks, decode_values
from parley.model.ontology import Ontology
from parley.runtime.engine import SharedResults, Workers, cores, workers
from parley.runtime.progress import reading

_MOST_WRONG_CUTS = 3  # in a row, before a piece counts as broken
_WORTH_A_PROCESS = 16_000_000  # plain bytes: below, starting one takes longer than it saves
_COMPRESSED = {".gz", ".zst"}
_RATIO = 5  # plain bytes for a compressed byte, at least

Decode = Callable[[Piece], Findings]


def worthwhile_processes(path: Path) -> int:
    """Return how many processes an export is worth: one if it is small, else one a core."""
    size = path.stat().st_size if path.is_file() else 0
    plain = size * (_RATIO if path.suffix in _COMPRESSED else 1)
    return max(1, min(cores(), plain // _WORTH_A_PROCESS))


def read_export(
    path: Path, ontology: Ontology, annotator: Whose = "", *, processes: int = 1, limits: Limits = LIMITS
) -> Iterator[Findings]:
    """Yield what is found in an export file, piece by piece, in its order, whatever the number of processes.

    annotator: as for `decode_tasks`. A task that is no JSON is a refusal with its byte position.
    Raises UsageError if the file is missing, cut off, no export or larger than the limits.
    """
    decode = partial(decode_piece, ontology=ontology, annotator=annotator, limits=limits)
    with _deep(limits), workers(processes) as others, _opened(path, limits) as stream:
        size = pieces.PIECE_BYTES
        if path.suffix in _COMPRESSED:
            cut = pieces.pieces(stream, size, limits)
        else:
            cut = pieces.file_pieces(path, stream, size, limits)
        try:
            yield from decoded(cut, decode, others)
        except RecursionError:
            raise limits.exceeded("depth", "what is one inside the other in a task")


def read_stream(stream: BinaryIO, ontology: Ontology, annotator: Whose = "") -> Iterator[Findings]:
    """Yield what is found in a plain export that is read from a stream; else as `read_export`.

    Raises msgspec.DecodeError if it is no whole export.
    """
    decode = partial(decode_piece, ontology=ontology, annotator=annotator)
    try:
        yield from decoded(pieces.pieces(stream, pieces.PIECE_BYTES), decode)
    except RecursionError:
        raise msgspec.DecodeError("what is one inside the other in a task is too deep")


def decode_piece(
    piece: Piece, ontology: Ontology, annotator: Whose = "", limits: Limits = LIMITS
) -> Findings:
    """Return what is found in a piece.

    Raises msgspec.DecodeError if it is not whole JSON.
    """
    if piece.broken:
        found = pieces.values(piece.data())
        return decode_values(found, ontology, annotator, offset=piece.offset, limits=limits)
    error: msgspec.DecodeError | None = None
    for data in pieces.arrays(piece):
        try:  # the offset of the bracket before
            return decode_tasks(data, ontology, annotator, offset=piece.offset - 1, limits=limits)
        except msgspec.DecodeError as failed:
            error = failed
    raise error or msgspec.DecodeError("it is empty")


@contextmanager
def _opened(path: Path, limits: Limits = LIMITS) -> Iterator[BinaryIO]:
    """Open an export, plain or compressed as the ending of its name says.

    Raises UsageError if it is missing, no export, damaged or larger than the limits, also while it is read.
    """
    try:
        with path.open("rb") as raw, reading(raw, path.stat().st_size, "reading") as shown:
            if path.stat().st_size > limits.file:
                raise limits.exceeded("file", f"{path}: {path.stat().st_size:,} bytes")
            yield _plain(path, shown, limits)
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}", "name an export of Label Studio, in its format JSON")
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path} cannot be read: {error}", "export it again; it may have been cut off")
    except msgspec.DecodeError as error:
        raise UsageError(f"{path} is no whole JSON export: {error}", "export it again, in the format JSON")


@contextmanager
def _deep(limits: Limits) -> Iterator[None]:
    """Have values read that are so deep, here and in the processes that are started meanwhile."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, limits.depth))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _plain(path: Path, raw: BinaryIO, limits: Limits) -> BinaryIO:
    if path.suffix == ".gz":
        return cast("BinaryIO", _Bounded(cast("BinaryIO", gzip.open(raw)), limits))
    if path.suffix == ".zst":
        import pyarrow as pa

        # unlike other readers it notices that a file was cut off, and reads frames after the first
        return cast("BinaryIO", _Bounded(pa.CompressedInputStream(raw, "zstd"), limits))
    return raw


class _Bounded:
    """What is unpacked from a compressed file, up to a limit."""

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._taken = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._taken += len(data)
        if self._taken > self._limits.plain:
            raise self._limits.exceeded("plain", f"what is unpacked, {self._taken:,} bytes and more,")
        return data


def decoded(cut: Iterator[Piece], decode: Decode, others: Workers | None = None) -> Iterator[Findings]:
    """Yield what is found in pieces, in their order.

    decode: reads a piece. others: the processes in which it does too.
    Raises msgspec.DecodeError if an array is not whole, UsageError if the first piece has no task.
    """
    results = SharedResults(decode, cut, others)
    first = True
    while (taken := results.next()) is not None:
        piece, result = taken
        try:
            found = result()
        except msgspec.DecodeError:
            found = _mended(piece, results, decode)
        if first and found.tasks == sum(refusal.unit == TASK for refusal in found.refusals):
            _check_kind(piece)
        first = False
        yield found


def _check_kind(piece: Piece) -> None:
    """Raise UsageError, which says what the piece is, if no value of it is a task."""
    whole = pieces.loads(next(pieces.arrays(piece)))
    if whole is None:
        whole = [pieces.loads(data) for _, data, sound in pieces.values(piece.data()) if sound]
    if not any(isinstance(value, dict) and isinstance(value.get("data"), dict) for value in whole):
        raise no_tasks(next(iter(whole), None))


def _mended(piece: Piece, results: SharedResults[Piece, Findings], decode: Decode) -> Findings:
    """Return what is found in a piece that is not whole JSON.

    Either it was cut where no task ends: then it is whole together with the next pieces. Or a task in it is
    broken: then the others are taken, and that one is named.
    """
    data = piece.data()
    for more in range(_MOST_WRONG_CUTS):
        following = results.ahead(more)
        if following is None:
            break
        data += (b"\n" if piece.lines else b",") + following.data()
        try:
            found = decode(replace(piece, content=data))
        except msgspec.DecodeError:
            continue
        results.drop(more + 1)
        return found
    if not piece.lines and results.ahead(0) is None and not piece.data().endswith(b"}"):
        raise msgspec.DecodeError("the file ends inside a task")
    return decode(replace(piece, content=piece.data(), broken=True))
