"""Export files of Label Studio: a JSON array, or tasks one after the other, plain, .gz or .zst.

A page of the API and the files of a target storage are read too: their tasks are in an object each.

A file of any size is read in the memory of a few pieces a process, over as many processes as are given; what
is found comes in the export's order. A piece that is not whole JSON was cut where no task ends, and is read
together with the next; or a task in it is broken, and only that one is refused.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar, cast

import msgspec

from parley.faults import UsageError
from parley.label_studio.export.annotations import TaskReader, begins, unwrapped
from parley.label_studio.export.broken_json import loads, values
from parley.label_studio.export.file_kinds import is_task, no_tasks, wrapped
from parley.label_studio.export.findings import Findings
from parley.label_studio.export.limits import LIMITS, Limits
from parley.label_studio.export.people import Whose
from parley.label_studio.export.pieces import Piece, pieces
from parley.model.ontology import Ontology
from parley.runtime.engine import SharedResults, Workers, cores, workers
from parley.runtime.memory import without_garbage_collection
from parley.runtime.progress import reading

PIECE_BYTES = 6_000_000  # what one process takes at a time: fewer rows a table cost more, more rows memory
_MOST_WRONG_CUTS = 3  # in a row, before a piece counts as broken
_WORTH_A_PROCESS = 16_000_000  # plain bytes: below, starting one takes longer than it saves
_COMPRESSED = {".gz", ".zst"}
_RATIO = 5  # plain bytes for a compressed byte, at least


class Read(Protocol):
    """What was read of a piece."""

    @property
    def nothing_read(self) -> bool:
        """Whether nothing of it is a task."""


Found = TypeVar("Found", bound=Read)
Result = TypeVar("Result")


def worthwhile_processes(path: Path) -> int:
    """Return how many processes an export is worth: one if it is small, else one a core."""
    size = path.stat().st_size if path.is_file() else 0
    plain = size * (_RATIO if path.suffix.lower() in _COMPRESSED else 1)
    return max(1, min(cores(), plain // _WORTH_A_PROCESS))


def read_export(
    path: Path, ontology: Ontology, annotator: Whose = "", *, processes: int = 1, limits: Limits = LIMITS
) -> Iterator[Findings]:
    """Yield what is found in an export file, piece by piece, in its order, whatever the number of processes.

    annotator: as for `TaskReader`. A task that is not JSON is a refusal with its byte position.
    Raises UsageError if the file is missing, cut off, no export, without tasks or larger than the limits.
    """
    decode = partial(decode_piece, ontology=ontology, annotator=annotator, limits=limits)
    return _read(path, decode, limits, processes)


def _read(
    path: Path, decode: Callable[[Piece], Found], limits: Limits, processes: int = 1
) -> Iterator[Found]:
    """Yield what `decode` finds in each piece of an export file; raises UsageError as `read_export`."""
    # of a pipe, such as /dev/stdin, or what is unpacked no place can be read a second time
    plain = path if path.is_file() and path.suffix.lower() not in _COMPRESSED else None
    is_empty = True
    with _deep(limits), workers(processes) as others, _opened(path, limits) as stream:
        try:
            for found in decoded(pieces(stream, PIECE_BYTES, limits, plain), decode, others):
                is_empty = False
                yield found
        except RecursionError:
            raise limits.exceeded("depth", "what is one inside the other in a task")
    if is_empty:
        raise UsageError(f"{path} has no tasks", "export a project that has some, with all its tasks")


def read_stream(stream: BinaryIO, ontology: Ontology, annotator: Whose = "") -> Iterator[Findings]:
    """Yield what is found in a plain export that is read from a stream; else as `read_export`.

    Raises msgspec.DecodeError if it is not a complete export.
    """
    decode = partial(decode_piece, ontology=ontology, annotator=annotator)
    try:
        yield from decoded(pieces(stream, PIECE_BYTES), decode)
    except RecursionError:
        raise msgspec.DecodeError("what is one inside the other in a task is too deep")


def decode_piece(
    piece: Piece, ontology: Ontology, annotator: Whose = "", limits: Limits = LIMITS
) -> Findings:
    """Return what is found in a piece; raises msgspec.DecodeError if it is not whole JSON."""
    reader = TaskReader(ontology, annotator, limits)
    with without_garbage_collection():
        if piece.broken:
            reader.take_values(piece.data(), piece.offset)
            return reader.found
        _whole_array(piece, lambda data: reader.take_all(data, piece.offset - 1))  # of the bracket before
    return reader.found


def _whole_array(piece: Piece, read: Callable[[bytes], Result]) -> Result:
    """Return what is read of a piece in the first of its ways in which it is whole JSON.

    Raises msgspec.DecodeError if it is in none.
    """
    error = msgspec.DecodeError("it is empty")
    for data in piece.arrays():
        try:
            return read(data)
        except msgspec.DecodeError as failed:
            error = failed
    raise error


@dataclass(frozen=True)
class Values:
    """The values of a piece, each with its byte in the export; None for what is not JSON."""

    found: list[tuple[int, Any]]

    @property
    def nothing_read(self) -> bool:
        """Whether none of them can be a task."""
        return not any(isinstance(value, dict) and is_task(value) for _, value in self.found)


def read_values(path: Path, limits: Limits = LIMITS) -> Iterator[tuple[int, Any]]:
    """Yield the value of each task of an export file as it is, with its byte; None for what is not JSON.

    Raises as `read_export` does.
    """
    for found in _read(path, _piece_values, limits):
        yield from found.found


def _piece_values(piece: Piece) -> Values:
    """Return the values of a piece; raises msgspec.DecodeError if it is not whole JSON."""
    if piece.broken:
        some = values(piece.data())
        return Values([(piece.offset + place, loads(raw) if sound else None) for place, raw, sound in some])
    found = []
    for place, raw in _whole_array(piece, lambda data: list(begins(data))):
        inner = unwrapped(raw) or [(0, raw)]
        found += [(piece.offset - 1 + place + inside, loads(one)) for inside, one in inner]
    return Values(found)


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[BinaryIO]:
    """Open an export, plain or compressed as the ending of its name says.

    Raises UsageError if it is missing, no export, damaged or larger than the limits, also while it is read.
    """
    try:
        with path.open("rb") as raw, reading(raw, path.stat().st_size, "reading") as shown:
            if path.stat().st_size > limits.file:
                raise limits.exceeded("file", f"{path}: {path.stat().st_size:,} bytes")
            if path.suffix.lower() == ".gz":
                with gzip.open(shown) as unpacked:
                    yield cast("BinaryIO", unpacked)
            elif path.suffix.lower() == ".zst":
                import pyarrow as pa

                # unlike other readers it notices that a file was cut off, and reads frames after the first
                yield cast("BinaryIO", pa.CompressedInputStream(shown, "zstd"))
            else:
                yield shown
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}", "name an export of Label Studio, in its format JSON")
    except NotADirectoryError:
        raise UsageError(f"there is no file {path}", "look at its name: a part of it is not a folder")
    except IsADirectoryError:
        joined = f"name a file; those of a target storage are joined by: cat {path}/* > all.json"
        raise UsageError(f"{path} is a folder", joined)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(
            f"{path} cannot be read: {error}", "export it again: it may be cut off, or its ending wrong"
        )
    except msgspec.DecodeError as error:
        raise UsageError(
            f"{path} is not a complete JSON export: {error}", "export it again, in the format JSON"
        )


@contextmanager
def _deep(limits: Limits) -> Iterator[None]:
    """Have values read that are so deep, here and in the processes that are started meanwhile."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, limits.depth))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def decoded(
    cut: Iterator[Piece], decode: Callable[[Piece], Found], others: Workers | None = None
) -> Iterator[Found]:
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
        if first and found.nothing_read:
            _check_kind(piece)
        first = False
        yield found


def _check_kind(piece: Piece) -> None:
    """Raise UsageError, which says what the piece is, if no value of it is a task."""
    whole = loads(next(piece.arrays()))
    if whole is None:
        whole = [loads(data) for _, data, sound in values(piece.data()) if sound]
    tasks = [one for value in whole for one in wrapped(value)]
    if not any(isinstance(one, dict) and isinstance(one.get("data"), dict) for one in tasks):
        raise no_tasks(next(iter(whole), None), piece.data())


def _mended(piece: Piece, results: SharedResults[Piece, Found], decode: Callable[[Piece], Found]) -> Found:
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
