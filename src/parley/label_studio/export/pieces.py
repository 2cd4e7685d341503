"""An export cut into pieces of whole tasks, none larger than is allowed.

An export is an array of tasks, or tasks one after the other. A cut is tried where a task seems to end and the
next to begin; in an array it is right only if what it cuts off is whole JSON by itself: who decodes a piece
finds that out.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from parley.faults import UsageError
from parley.label_studio.export.kinds import no_export

PIECE_BYTES = 6_000_000  # what one process takes at a time: fewer rows a table cost more, more rows memory

# in an array a task begins with its id as the server writes it, or as tools that sort the keys leave it
_ARRAY_BORDER = re.compile(
    rb'\}\s*,\s*(?=\{\s*"'
    rb'(?:id"\s*:\s*\d+\s*,\s*"(?:annotations|data)|annotations"\s*:\s*\[|data"\s*:\s*\{|'
    rb'(?:agreement|allow_skip|cancelled_annotations|drafts|predictions)"\s*:))'
)
# nowhere inside a JSON value: a string has no line break, and between two objects in it is a comma
_LINE_BORDER = re.compile(rb"\}\s*\n\s*(?=\{)")
_BETWEEN = re.compile(rb"[\s,\[\]]*")  # tasks, also of several arrays one after the other
_BLANK_LINE = re.compile(rb"\n\s+(?=\S)")
_MARKS = re.compile(rb'\\.|["{}]', re.DOTALL)
_HIGHEST = 40  # objects one inside the other, in a task that is looked for among broken ones
_LONGEST_BORDER = 256  # bytes, with the white space of any exporter
_FIRST_LOOK = 1 << 16  # bytes at a piece's end; a task of news is shorter
_DEEPEST = 10_000  # what a stack of 8 MB has room for
_UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}


@dataclass(frozen=True)
class Limits:
    """How large an export may be, so that none uses up the machine that reads it.

    file, plain: bytes of the file as it is, and unpacked. task: bytes of one. string: characters. depth:
    values one inside the other.
    """

    file: int = 100 * 10**9
    plain: int = 100 * 10**9
    task: int = 50 * 10**6
    string: int = 10 * 10**6
    depth: int = 1000

    def with_options(self, options: Iterable[str]) -> Limits:
        """Return limits with some changed, `task=200MB` each; raises UsageError if one is unknown."""
        limits = self
        for option in options:
            found = re.fullmatch(r"(\w+)=(\d+) ?([kmg]?b?)", option.strip(), re.IGNORECASE)
            names = [field.name for field in fields(self)]
            if not found or found[1] not in names or found[3].lower() not in _UNITS:
                raise UsageError(
                    f"--limit {option} names no limit", f"write NAME=SIZE, as task=200MB; names: {names}"
                )
            limits = replace(limits, **{found[1]: int(found[2]) * _UNITS[found[3].lower()]})
        if limits.depth > _DEEPEST:
            raise UsageError("no stack is as deep as --limit depth", f"give {_DEEPEST} or less")
        return limits

    def exceeded(self, name: str, what: str) -> UsageError:
        """Return the error to raise if something is larger than the limit of this name."""
        limit = getattr(self, name)
        raised = f"--limit {name}={2 * limit if name == 'depth' else f'{2 * limit // 10**6}MB'}"
        return UsageError(
            f"{what} is more than the limit of {limit:,}",
            f"if the export is to be trusted, raise it: {raised}",
        )


LIMITS = Limits()


@dataclass(frozen=True)
class Piece:
    """Whole tasks of an export.

    offset, size: its bytes in the plain export. lines: tasks one after the other; else the inside of an
    array. content: the bytes, if the export is not a plain file `path` that can be read at any place.
    broken: it is no whole JSON, and is read task by task.
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
            data = file.read(self.size)
        if len(data) < self.size:
            raise msgspec.DecodeError("the file has become shorter while it was read")
        return data


def arrays(piece: Piece) -> Iterator[bytes]:
    """Yield a piece as a JSON array with every task one byte further; several if not all newlines end one."""
    data = piece.data()
    if not piece.lines:
        yield b"[%b]" % data
        return
    yield b"[%b]" % _joined(data)
    yield b"[%b]" % _LINE_BORDER.sub(lambda found: b"}," + b" " * (len(found[0]) - 2), data)


def _joined(lines: bytes) -> bytes:
    """Return lines with commas between, every task at the byte where it was."""
    ended = lines.rstrip()
    begun = ended.lstrip()
    if _BLANK_LINE.search(begun):
        begun = _BLANK_LINE.sub(lambda match: b"," + b" " * (len(match[0]) - 1), begun)
    return b" " * (len(ended) - len(begun)) + begun.replace(b"\n", b",")


def values(data: bytes) -> Iterator[tuple[int, bytes, bool]]:
    """Yield the values of a piece that is not whole, each with its first byte; say which may be sound.

    A broken one ends before the next object with an object `data`, as a task is. Takes time in proportion to
    the bytes. Raises RecursionError if a value is too deep.
    """
    place = _next_value(data, 0)
    for begin, end, height in _objects(data):
        if begin < place or (begin > place and (height > _HIGHEST or data.find(b'"data"', begin, end) < 0)):
            continue
        value = loads(data[begin:end])
        if value is None or (begin > place and not isinstance(value.get("data"), dict)):
            continue
        if begin > place:
            yield place, data[place:begin].rstrip(b" \t\r\n,"), False
        yield begin, data[begin:end], True
        place = _next_value(data, end)
    if place < len(data):
        yield place, data[place:].rstrip(), False


class Repeated(dict[str, Any]):
    """An object in which a key is given twice. keys_twice: which."""

    keys_twice: tuple[str, ...] = ()


def loads(data: bytes) -> Any:  # noqa: ANN401 - any value of JSON
    """Return a value of JSON, also of tools that take NaN and half a character for JSON; None if it is none.

    Raises RecursionError if it is too deep.
    """
    try:
        return json.loads(data.decode(), object_pairs_hook=_object)
    except ValueError:
        return None


def has_repeated(data: bytes) -> bool:
    """Say whether an object of some JSON has a key twice."""
    repeated: list[Repeated] = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        if len(dict(pairs)) < len(pairs):
            repeated.append(Repeated())

    json.loads(data, object_pairs_hook=look)
    return bool(repeated)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        made = Repeated(made)
        counts = Counter(key for key, _ in pairs)
        made.keys_twice = tuple(key for key, count in counts.items() if count > 1)
    return made


def _objects(data: bytes) -> list[tuple[int, int, int]]:
    """Return where each object of some JSON begins and ends, and how many are one inside the other in it.

    After a quote that is missing what was inside strings is outside; so both views are taken.
    """
    open_braces: tuple[list[tuple[int, int]], list[tuple[int, int]]] = [], []
    found = []
    inside = False
    for mark in _MARKS.finditer(data):
        what, stack = mark[0], open_braces[inside]
        if what == b'"':
            inside = not inside
        elif what == b"{":
            stack.append((mark.start(), 1))
        elif what == b"}" and stack:
            begin, height = stack.pop()
            found.append((begin, mark.end(), height))
            if stack and stack[-1][1] <= height:
                stack[-1] = stack[-1][0], height + 1
    return sorted(found)


def _next_value(data: bytes, place: int) -> int:
    match = _BETWEEN.match(data, place)
    return match.end() if match else place


def pieces(stream: BinaryIO, size: int, limits: Limits = LIMITS) -> Iterator[Piece]:
    """Cut an export that is read from a stream into pieces of whole tasks, of about `size` bytes.

    Raises msgspec.DecodeError if it is not whole, UsageError if it is no JSON or a task is too large.
    """
    size = min(size, limits.task)
    data, offset, lines = _begin(stream, min(size, _FIRST_LOOK))
    searched = 0
    while True:
        while len(data) >= size:
            cut = _last_cut(data, searched, lines=lines) or _last_value(data)
            if cut is None:  # a task larger than a piece
                if len(data) > limits.task:
                    raise limits.exceeded("task", f"the task at byte {offset} of the export")
                searched = max(0, len(data) - _LONGEST_BORDER)
                break
            end, begin = cut
            yield Piece(offset, end, lines, content=data[:end])
            data, offset, searched = data[begin:], offset + begin, 0
        block = stream.read(max(size, len(data)))  # a large task is looked through a few times only
        if not block:
            break
        data += block
    if data := _last_tasks(data, lines=lines):
        yield Piece(offset, len(data), lines, content=data)


def file_pieces(path: Path, stream: BinaryIO, size: int, limits: Limits = LIMITS) -> Iterator[Piece]:
    """Cut a plain file, opened as `stream`, as `pieces` does; only where it is cut it is looked at.

    The pieces hold no bytes: who decodes them reads them. Raises as `pieces`.
    """
    size = min(size, limits.task)
    _, begin, lines = _begin(stream, min(size, _FIRST_LOOK))
    total = stream.seek(0, io.SEEK_END)
    searched, end = begin, begin + size
    while end < total:
        cut = _cut_before(stream, searched, end, lines=lines)
        if cut is None:
            stream.seek(begin)
            found = _last_value(stream.read(end - begin))
            cut = found and (begin + found[0], begin + found[1])
        if cut is None:  # a task larger than a piece
            if end - begin > limits.task:
                raise limits.exceeded("task", f"the task at byte {begin} of the export")
            searched, end = max(begin, end - _LONGEST_BORDER), end + (end - begin)
        else:
            yield Piece(begin, cut[0] - begin, lines, path=path)
            begin = searched = cut[1]
            end = begin + size
    stream.seek(begin)
    rest = _last_tasks(stream.read(), lines=lines)
    if rest:
        yield Piece(begin, len(rest), lines, path=path)


def _begin(stream: BinaryIO, size: int) -> tuple[bytes, int, bool]:
    """Read to the first task; return what was read from there, the byte it is at, and whether it is lines."""
    data, offset = b"", 0
    while not (start := data.lstrip(b"\xef\xbb\xbf \t\r\n")):
        offset += len(data)
        data = stream.read(size)
        if not data:
            raise msgspec.DecodeError("it is empty")
    offset += len(data) - len(start)
    if start[:1] == b"[":
        return start[1:], offset + 1, False
    if start[:1] == b"{":
        return start, offset, True
    raise no_export(start)


def _last_tasks(data: bytes, *, lines: bool) -> bytes:
    """Return the tasks at an export's end; raises msgspec.DecodeError if an array is not closed."""
    data = data.rstrip()
    if lines:
        return data
    if not data.endswith(b"]"):
        raise msgspec.DecodeError("the file ends inside a task")
    return data[:-1].rstrip()


def _cut_before(stream: BinaryIO, begin: int, end: int, *, lines: bool) -> tuple[int, int] | None:
    """Return where the last task before byte `end` ends and the next begins; None if none does."""
    window = _FIRST_LOOK
    while True:
        start = max(begin, end - window)
        stream.seek(start)
        cut = _last_cut(stream.read(end - start), 0, lines=lines)
        if cut:
            return start + cut[0], start + cut[1]
        if start == begin:
            return None
        window *= 8


def _last_cut(data: bytes, begin: int, *, lines: bool) -> tuple[int, int] | None:
    """Return where, after `begin`, the last task seems to end and another to begin; None if none does."""
    border = _LINE_BORDER if lines else _ARRAY_BORDER
    window = _FIRST_LOOK
    while True:
        start = max(begin, len(data) - window)
        borders = deque(border.finditer(data, start), maxlen=1)
        if borders:
            return borders[0].start() + 1, borders[0].end()
        if start == begin:
            return None
        window *= 8


def _last_value(data: bytes) -> tuple[int, int] | None:
    """Return the same from the braces of the whole piece, for tasks whose first keys nobody knows."""
    cut, end, depth, inside = None, 0, 0, False
    for mark in _MARKS.finditer(data):
        if mark[0] == b'"':
            inside = not inside
        elif mark[0] == b"{" and not inside:
            if not depth and end:
                cut = end, mark.start()
            depth += 1
        elif mark[0] == b"}" and not inside and depth:
            depth -= 1
            end = end if depth else mark.end()
    return cut
