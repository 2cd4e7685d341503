"""An export cut into pieces of whole tasks.

A line ends a task by itself. In an array a cut is tried where a task seems to begin, and stands only if what
it cuts off is whole JSON by itself; whoever decodes a piece finds that out, and says so.
"""

from __future__ import annotations

import io
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

PIECE_BYTES = 6_000_000  # what one process takes at a time: fewer rows a table cost more, more rows memory

# a task begins with its id as the server writes it, or as tools that sort the keys leave it
_BORDER = re.compile(
    rb'\}\s*,\s*(?=\{\s*"'
    rb'(?:id"\s*:\s*\d+\s*,\s*"(?:annotations|data)|annotations"\s*:\s*\[|data"\s*:\s*\{|'
    rb'(?:agreement|allow_skip|cancelled_annotations|drafts|predictions)"\s*:))'
)
_OBJECTS = re.compile(rb"\}\s*,\s*(?=\{)")
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


def array(data: bytes, *, lines: bool) -> bytes:
    """Return tasks, a line each or with commas between, as a JSON array with every task a byte further."""
    return b"[%b]" % (_joined(data) if lines else data)


def single_tasks(piece: Piece) -> Iterator[tuple[int, bytes]]:
    """Yield the tasks of a piece, sound or not, each with its first byte in the piece.

    A broken one of an array ends where the next task seems to begin.
    """
    data = piece.data()
    if piece.lines:
        for match in re.finditer(rb"\S.*", data):
            yield match.start(), match[0].rstrip()
        return
    text = data.decode("latin-1")  # a character a byte: only the places of values matter
    decoder = json.JSONDecoder()
    place = 0
    while (start := _next_value(data, place)) < len(data):
        try:
            place = decoder.raw_decode(text, start)[1]
        except (ValueError, RecursionError):
            border = _BORDER.search(data, start) or _border_after(decoder, text, data, start)
            place = border.start() + 1 if border else len(data)
        yield start, data[start:place].rstrip()


def _border_after(decoder: json.JSONDecoder, text: str, data: bytes, begin: int) -> re.Match[bytes] | None:
    """Return the border before the next whole object that looks like a task, whatever its first key."""
    for border in _OBJECTS.finditer(data, begin):
        try:
            found, _ = decoder.raw_decode(text, border.end())
        except (ValueError, RecursionError):
            continue
        if "data" in found and ("annotations" in found or "id" in found):
            return border
    return None


def _next_value(data: bytes, place: int) -> int:
    match = _BETWEEN.match(data, place)
    return match.end() if match else place


def _joined(lines: bytes) -> bytes:
    """Return lines with commas between, every task at the byte where it was."""
    ended = lines.rstrip()
    begun = ended.lstrip()
    if _BLANK_LINE.search(begun):
        begun = _BLANK_LINE.sub(lambda match: b"," + b" " * (len(match[0]) - 1), begun)
    return b" " * (len(ended) - len(begun)) + begun.replace(b"\n", b",")


def pieces(stream: BinaryIO, size: int) -> Iterator[Piece]:
    """Cut an export that is read from a stream into pieces of whole tasks, of about `size` bytes.

    Raises msgspec.DecodeError where it is neither a whole array nor lines of objects.
    """
    data, offset, lines = _begin(stream, min(size, _FIRST_LOOK))
    searched = 0
    while True:
        while len(data) >= size:
            cut = _last_cut(data, searched, lines=lines)
            if cut is None:  # a task larger than a piece
                searched = max(0, len(data) - _LONGEST_BORDER)
                break
            end, begin = cut
            yield Piece(offset, end, lines, held=data[:end])
            data, offset, searched = data[begin:], offset + begin, 0
        block = stream.read(size)
        if not block:
            break
        data += block
    if data := _last_tasks(data, lines=lines):
        yield Piece(offset, len(data), lines, held=data)


def file_pieces(path: Path, stream: BinaryIO, size: int) -> Iterator[Piece]:
    """Cut a plain file, opened as `stream`, as `pieces` does; only where it is cut it is looked at.

    The pieces hold no bytes: who decodes them reads them. Raises as `pieces`.
    """
    _, begin, lines = _begin(stream, min(size, _FIRST_LOOK))
    total = stream.seek(0, io.SEEK_END)
    searched, end = begin, begin + size
    while end < total:
        cut = _cut_before(stream, searched, end, lines=lines)
        if cut is None:  # a task larger than a piece
            searched, end = max(searched, end - _LONGEST_BORDER), end + size
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
    held, offset = b"", 0
    while not (start := held.lstrip(b"\xef\xbb\xbf \t\r\n")):
        offset += len(held)
        held = stream.read(size)
        if not held:
            raise msgspec.DecodeError("it is empty")
    offset += len(held) - len(start)
    if start[:1] == b"[":
        return start[1:], offset + 1, False
    if start[:1] == b"{":
        return start, offset, True
    raise msgspec.DecodeError(f"it begins with {start[:12]!r}")


def _last_tasks(data: bytes, *, lines: bool) -> bytes:
    """Return the tasks at an export's end; raises msgspec.DecodeError where an array is not closed."""
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
    if lines:
        end = data.rfind(b"\n", begin)
        return (end, end + 1) if end >= 0 else None
    window = _FIRST_LOOK
    while True:
        start = max(begin, len(data) - window)
        borders = deque(_BORDER.finditer(data, start), maxlen=1)
        if borders:
            return borders[0].start() + 1, borders[0].end()
        if start == begin:
            return None
        window *= 8
