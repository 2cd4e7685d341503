"""An export cut into pieces of whole tasks, and a piece into parts that stay in a core's cache.

A line ends a task by itself. In an array a cut is tried where a task seems to begin, and stands only if what
it cuts off is whole JSON by itself; whoever decodes a piece finds that out, and says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

PIECE_BYTES = 4_000_000  # what one process takes at a time: fewer rows a table cost more, more rows memory
PART_BYTES = 140_000  # measured: the objects of a larger part leave the second-level cache, at twice the time

_BORDER = re.compile(rb"\}\s*,\s*(?=\{\s*\"id\"\s*:\s*\d+\s*,\s*\"(?:annotations|data)\")")
_BETWEEN = re.compile(rb"[\s,]*")
_BLANK_LINE = re.compile(rb"\n\s+(?=\S)")
_LONGEST_BORDER = 256  # bytes, with the white space of any exporter
_FIRST_LOOK = 1 << 16  # bytes at a piece's end; a task of news is shorter


@dataclass(frozen=True)
class Piece:
    """Whole tasks of an export.

    offset, size: its bytes in the plain export. lines: a task a line; else the inside of an array. held: the
    bytes themselves, where the export is not a plain file `path` that can be read at any place.
    """

    offset: int
    size: int
    lines: bool
    held: bytes | None = None
    path: Path | None = None

    def data(self) -> bytes:
        """Return the bytes, read where they are not held.

        Raises msgspec.DecodeError where the file has become shorter meanwhile.
        """
        if self.held is not None or self.path is None:
            return self.held or b""
        with self.path.open("rb", buffering=0) as file:
            file.seek(self.offset)
            data = file.read(self.size)
        if len(data) < self.size:
            raise msgspec.DecodeError("the file has become shorter while it was read")
        return data


def parts(data: bytes, *, lines: bool) -> Iterator[tuple[int, bytes]]:
    """Yield the tasks of a piece as JSON arrays of about PART_BYTES, each with the byte where it begins.

    A part of an array may be cut where no task ends: then it is no JSON.
    """
    begin = 0
    while begin < len(data):
        end, after = _cut(data, begin + PART_BYTES, lines=lines)
        yield begin, array(data[begin:end], lines=lines)
        begin = after


def array(data: bytes, *, lines: bool) -> bytes:
    """Return tasks, a line each or with commas between, as a JSON array with every task a byte further."""
    return b"[" + (_as_array(data) if lines else data) + b"]"


def _cut(data: bytes, place: int, *, lines: bool) -> tuple[int, int]:
    """Return where a part ends and the next begins, behind `place`."""
    if lines:
        cut = data.find(b"\n", place)
        return (cut, cut + 1) if cut >= 0 else (len(data), len(data))
    border = _BORDER.search(data, place)
    return (border.start() + 1, border.end()) if border else (len(data), len(data))


def single_tasks(piece: Piece) -> Iterator[tuple[int, bytes]]:
    """Yield the tasks of a piece, sound or not, each with its first byte in the piece.

    A broken one of an array ends where the next task seems to begin.
    """
    return _line_tasks(piece.data()) if piece.lines else _array_tasks(piece.data())


def _line_tasks(data: bytes) -> Iterator[tuple[int, bytes]]:
    for match in re.finditer(rb"\S.*", data):
        yield match.start(), match[0].rstrip()


def _array_tasks(data: bytes) -> Iterator[tuple[int, bytes]]:
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


def _as_array(lines: bytes) -> bytes:
    """Return lines with commas between, every task at the byte where it was."""
    ended = lines.rstrip()
    begun = ended.lstrip()
    if _BLANK_LINE.search(begun):
        begun = _BLANK_LINE.sub(lambda match: b"," + b" " * (len(match[0]) - 1), begun)
    return b" " * (len(ended) - len(begun)) + begun.replace(b"\n", b",")


def pieces(stream: BinaryIO, size: int, path: Path | None = None) -> Iterator[Piece]:
    """Cut an export into pieces of whole tasks, of about `size` bytes, wherever the cuts are read from.

    path: the plain file that is read, if it is one: its pieces hold no bytes, and only the places of cuts are
    looked at. Raises msgspec.DecodeError where it is neither an array nor lines of objects.
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
        yield from _of_array(start[1:], offset + 1, stream, size, path)
    elif start[:1] == b"{":
        yield from _of_lines(start, offset, stream, size, path)
    else:
        raise msgspec.DecodeError(f"it begins with {start[:12]!r}")


def _of_lines(held: bytes, offset: int, stream: BinaryIO, size: int, path: Path | None) -> Iterator[Piece]:
    while True:
        cut = held.rfind(b"\n") if len(held) >= size else -1
        if cut >= 0:
            yield _piece(held, cut, offset, path, lines=True)
            held, offset = held[cut + 1 :], offset + cut + 1
        block = stream.read(size)
        if not block:
            break
        held += block
    if held.strip():
        yield _piece(held, len(held), offset, path, lines=True)


def _of_array(held: bytes, offset: int, stream: BinaryIO, size: int, path: Path | None) -> Iterator[Piece]:
    searched = 0
    while True:
        while len(held) >= size:
            match = _last_border(held, searched)
            if match is None:
                searched = max(0, len(held) - _LONGEST_BORDER)
                break
            yield _piece(held, match.start() + 1, offset, path, lines=False)
            held, offset, searched = held[match.end() :], offset + match.end(), 0
        block = stream.read(size)
        if not block:
            break
        held += block
    held = held.rstrip()
    if held.endswith(b"]"):
        held = held[:-1].rstrip()
        if held:
            yield _piece(held, len(held), offset, path, lines=False)
    else:  # cut off: what there is of the last task is no JSON, and says so
        yield _piece(held, len(held), offset, path, lines=False)


def _piece(held: bytes, size: int, offset: int, path: Path | None, *, lines: bool) -> Piece:
    return Piece(offset, size, lines, None if path else held[:size], path)


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
