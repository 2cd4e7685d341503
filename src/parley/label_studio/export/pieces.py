"""Pieces of an export: whole tasks, cut where a task seems to end and the next to begin.

In an array a cut is right only if what it cuts off is whole JSON by itself: who reads a piece sees that.
"""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from parley.label_studio.export.broken_json import MARKS
from parley.label_studio.export.file_kinds import no_export
from parley.label_studio.export.limits import LIMITS, Limits

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
