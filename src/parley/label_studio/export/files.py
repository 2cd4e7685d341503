"""Export files of Label Studio: a JSON array, or tasks one after the other, plain, .gz or .zst.

A page of the API and the files of a target storage are read too: their tasks are in an object each.

A file of any size is read in the memory of a few pieces a process, over as many processes as are given; what
is found comes in the export's order. A cut is tried where a task seems to end and the next to begin; in an
array it is right only if what it cuts off is whole JSON by itself. A piece that is not was cut where no task
ends, and is read together with the next; or a task in it is broken, and only that one is refused.
"""

from __future__ import annotations

import gzip
import io
import re
import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar, cast

import msgspec

from parley.faults import UsageError
from parley.label_studio.export.annotations import TaskReader, Whose, begins, unwrapped
from parley.label_studio.export.broken_json import MARKS, loads, values
from parley.label_studio.export.file_kinds import is_task, no_export, no_tasks, wrapped
from parley.label_studio.export.findings import Findings
from parley.label_studio.export.limits import LIMITS, Limits
from parley.model.ontology import Ontology
from parley.runtime.engine import SharedResults, Workers, cores, workers
from parley.runtime.garbage import without_garbage_collection
from parley.runtime.progress import reading

PIECE_BYTES = 6_000_000  # what one process takes at a time: fewer rows a table cost more, more rows memory
_MOST_WRONG_CUTS = 3  # in a row, before a piece counts as broken
_WORTH_A_PROCESS = 16_000_000  # plain bytes: below, starting one takes longer than it saves
_COMPRESSED = {".gz", ".zst"}
_RATIO = 5  # plain bytes for a compressed byte, at least

# in an array a task begins with its id as the server writes it, or as tools that sort the keys leave it
_ARRAY_BORDER = re.compile(
    rb'\}\s*,\s*(?=\{\s*"'
    rb'(?:id"\s*:\s*\d+\s*,\s*"(?:annotations|data)|annotations"\s*:\s*\[|data"\s*:\s*\{|'
    rb'(?:agreement|allow_skip|cancelled_annotations|drafts|predictions)"\s*:))'
)
# nowhere inside a JSON value: a string has no line break, and between two objects in it is a comma
_LINE_BORDER = re.compile(rb"\}[^\S\n]*\n\s*(?=\{)")
_LONGEST_BORDER = 256  # bytes, with the white space of any exporter
_FIRST_LOOK = 1 << 16  # bytes at a piece's end; a task of news is shorter


@dataclass(frozen=True)
class Piece:
    """Whole tasks of an export.

    offset, size: its bytes in the plain export. lines: tasks one after the other; else the inside of an
    array. content: the bytes, if the export is not a plain file `path` that can be read at any place.
    broken: it is not complete JSON, and is read task by task.
    """

    offset: int
    size: int
    lines: bool
    content: bytes | None = None
    path: Path | None = None
    broken: bool = False

    def data(self) -> bytes:
        """Return the bytes, of the file if need be.

        Raises msgspec.DecodeError if the file has become shorter meanwhile.
        """
        if self.content is not None or self.path is None:
            return self.content or b""
        with self.path.open("rb", buffering=0) as file:
            file.seek(self.offset)
            return _whole(file.read(self.size), self.size)

    def arrays(self) -> Iterator[bytes]:
        """Yield it as a JSON array with every task one byte further; in two ways if it is lines."""
        data = self.data()
        if self.lines:  # as a rule one line a task, else more white space or lines
            yield b"[%b]" % data.replace(b"}\n{", b"},{")
            data = _LINE_BORDER.sub(lambda found: b"}," + b" " * (len(found[0]) - 2), data)
        yield b"[%b]" % data


class Read(Protocol):
    """What was read of a piece."""

    @property
    def nothing_read(self) -> bool:
        """Whether nothing of it is a task."""


Found = TypeVar("Found", bound=Read)


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
    tasks = 0
    decode = partial(decode_piece, ontology=ontology, annotator=annotator, limits=limits)
    # of a pipe, such as /dev/stdin, or what is unpacked no place can be read a second time
    plain = path if path.is_file() and path.suffix.lower() not in _COMPRESSED else None
    with _deep(limits), workers(processes) as others, _opened(path, limits) as stream:
        try:
            for found in decoded(pieces(stream, PIECE_BYTES, limits, plain), decode, others):
                tasks += found.tasks + len(found.refusals)
                yield found
        except RecursionError:
            raise limits.exceeded("depth", "what is one inside the other in a task")
    if not tasks:
        raise _without_tasks(path)


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
        error = msgspec.DecodeError("it is empty")
        for data in piece.arrays():
            try:  # the offset of the bracket before
                reader.take_all(data, piece.offset - 1)
            except msgspec.DecodeError as failed:
                error = failed
            else:
                return reader.found
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
    plain = path if path.is_file() and path.suffix.lower() not in _COMPRESSED else None
    tasks = 0
    with _deep(limits), _opened(path, limits) as stream:
        try:
            for found in decoded(pieces(stream, PIECE_BYTES, limits, plain), _piece_values):
                tasks += len(found.found)
                yield from found.found
        except RecursionError:
            raise limits.exceeded("depth", "what is one inside the other in a task")
    if not tasks:
        raise _without_tasks(path)


def _piece_values(piece: Piece) -> Values:
    """Return the values of a piece; raises msgspec.DecodeError if it is not whole JSON."""
    if piece.broken:
        some = values(piece.data())
        return Values([(piece.offset + place, loads(raw) if sound else None) for place, raw, sound in some])
    error = msgspec.DecodeError("it is empty")
    for data in piece.arrays():
        try:
            whole = list(begins(data))
        except msgspec.DecodeError as failed:
            error = failed
            continue
        found = []
        for place, raw in whole:
            inner = unwrapped(raw) or [(0, raw)]
            found += [(piece.offset - 1 + place + inside, loads(one)) for inside, one in inner]
        return Values(found)
    raise error


def _without_tasks(path: Path) -> UsageError:
    return UsageError(f"{path} has no tasks", "export a project that has some, with all its tasks")


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


def pieces(stream: BinaryIO, size: int, limits: Limits = LIMITS, path: Path | None = None) -> Iterator[Piece]:
    """Cut an export that is read from a stream into pieces of whole tasks, of about `size` bytes.

    path: the plain file that is read. Only where it is cut it is looked at, and the pieces hold no bytes: who
    decodes them reads them.
    Raises msgspec.DecodeError if it is not whole, UsageError if it is not JSON or a task is too large.
    """
    size = min(size, limits.task)
    data = _Bytes(stream, limits, kept=path is None)
    begin, lines = _first_task(data, min(size, _FIRST_LOOK))
    searched, end = begin, begin + size
    while data.between(end, end + 1):
        cut = _last_border(data, searched, end, lines=lines) or _last_value(data, begin, end)
        if cut is None:  # a task larger than a piece
            if end - begin > limits.task:
                raise limits.exceeded("task", f"the task at byte {begin} of the export")
            searched, end = max(begin, end - _LONGEST_BORDER), end + (end - begin)
            continue
        content = None if path else data.between(begin, cut[0])
        yield Piece(begin, cut[0] - begin, lines, content, path)
        begin = searched = cut[1]
        end = begin + size
        data.forget(begin)
    rest = data.between(begin, end).rstrip()
    if not lines and not rest.endswith(b"]"):
        raise msgspec.DecodeError("the file ends inside a task")
    if rest := rest if lines else rest[:-1].rstrip():
        yield Piece(begin, len(rest), lines, None if path else rest, path)


def _whole(data: bytes, size: int) -> bytes:
    if len(data) < size:
        raise msgspec.DecodeError("the file has become shorter while it was read")
    return data


class _Bytes:
    """The bytes of a stream by their place. kept: it cannot be read at any place, so they are kept."""

    def __init__(self, stream: BinaryIO, limits: Limits, *, kept: bool) -> None:
        self._stream, self._limits = stream, limits
        self._size = None if kept else stream.seek(0, io.SEEK_END)
        self._data, self._begin = bytearray(), 0

    def between(self, begin: int, end: int) -> bytes:
        """Return the bytes from `begin` up to, not including, `end`, as far as there are any."""
        if self._size is not None:
            self._stream.seek(begin)
            return _whole(self._stream.read(end - begin), min(end, self._size) - begin)
        while (lacking := end - self._begin - len(self._data)) > 0 and (block := self._stream.read(lacking)):
            self._data += block
            if (taken := self._begin + len(self._data)) > self._limits.plain:
                raise self._limits.exceeded("plain", f"what is unpacked, {taken:,} bytes and more,")
        return bytes(memoryview(self._data)[begin - self._begin : end - self._begin])

    def forget(self, end: int) -> None:
        """Keep only what comes from `end` on."""
        del self._data[: end - self._begin]
        self._begin = end


def _first_task(data: _Bytes, size: int) -> tuple[int, bool]:
    """Return the byte at which the first task begins, and whether the tasks are lines."""
    place = 0
    while block := data.between(place, place + size):
        start = block.lstrip(b"\xef\xbb\xbf \t\r\n")
        place += len(block) - len(start)
        data.forget(place)
        if start[1:2] == b"\0":  # as Windows writes text
            raise no_export(start)
        if start[:1] == b"[":
            return place + 1, False
        if start[:1] == b"{":
            return place, True
        if start:
            raise no_export(start)
    raise msgspec.DecodeError("it is empty")


def _last_border(data: _Bytes, begin: int, end: int, *, lines: bool) -> tuple[int, int] | None:
    """Return where the last task before `end` seems to end and the next to begin; None if none does."""
    border = _LINE_BORDER if lines else _ARRAY_BORDER
    window = _FIRST_LOOK
    while True:
        start = max(begin, end - window)
        borders = deque(border.finditer(data.between(start, end)), maxlen=1)
        if borders:
            return start + borders[0].start() + 1, start + borders[0].end()
        if start == begin:
            return None
        window *= 8


def _last_value(data: _Bytes, begin: int, end: int) -> tuple[int, int] | None:
    """Return the same from the braces of the whole piece, for tasks whose first keys nobody knows."""
    cut, last, depth, inside = None, 0, 0, False
    for mark in MARKS.finditer(data.between(begin, end)):
        if mark[0] == b'"':
            inside = not inside
        elif mark[0] == b"{" and not inside:
            if not depth and last:
                cut = begin + last, begin + mark.start()
            depth += 1
        elif mark[0] == b"}" and not inside and depth:
            depth -= 1
            last = last if depth else mark.end()
    return cut
