"""An export cut into pieces of whole tasks.

A line ends a task by itself. In an array a cut is tried where a task seems to begin, and stands only if what
it cuts off is whole JSON by itself; whoever decodes a piece finds that out, and says so.
"""

from __future__ import annotations

import io
import json
import re
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
    return b"[%b]" % (_as_array(data) if lines else data)


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
        except (ValueError, RecursionError):
            border = _BORDER.search(data, start) or _behind_broken(decoder, text, data, start)
            place = border.start() + 1 if border else len(data)
        yield start, data[start:place].rstrip()


def _behind_broken(decoder: json.JSONDecoder, text: str, data: bytes, begin: int) -> re.Match[bytes] | None:
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


def _as_array(lines: bytes) -> bytes:
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
    held, offset, lines = _begun(stream, min(size, _FIRST_LOOK))
    yield from (_of_lines if lines else _of_array)(held, offset, stream, size)


def file_pieces(path: Path, stream: BinaryIO, size: int) -> Iterator[Piece]:
    """Cut a plain file, opened as `stream`, as `pieces` does; only where it is cut it is looked at.

    The pieces hold no bytes: who decodes them reads them. Raises as `pieces`.
    """
    _, begin, lines = _begun(stream, min(size, _FIRST_LOOK))
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
    rest = _rest(stream.read(), lines=lines)
    if rest:
        yield Piece(begin, len(rest), lines, path=path)


def _begun(stream: BinaryIO, size: int) -> tuple[bytes, int, bool]:
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


def _of_lines(held: bytes, offset: int, stream: BinaryIO, size: int) -> Iterator[Piece]:
    while True:
        cut = held.rfind(b"\n") if len(held) >= size else -1
        if cut >= 0:
            yield Piece(offset, cut, lines=True, held=held[:cut])
            held, offset = held[cut + 1 :], offset + cut + 1
        block = stream.read(size)
        if not block:
            break
        held += block
    if held := _rest(held, lines=True):
        yield Piece(offset, len(held), lines=True, held=held)


def _of_array(held: bytes, offset: int, stream: BinaryIO, size: int) -> Iterator[Piece]:
    searched = 0
    while True:
        while len(held) >= size:
            match = _last_border(held, searched)
            if match is None:
                searched = max(0, len(held) - _LONGEST_BORDER)
                break
            end = match.start() + 1
            yield Piece(offset, end, lines=False, held=held[:end])
            held, offset, searched = held[match.end() :], offset + match.end(), 0
        block = stream.read(size)
        if not block:
            break
        held += block
    if held := _rest(held, lines=False):
        yield Piece(offset, len(held), lines=False, held=held)


def _rest(held: bytes, *, lines: bool) -> bytes:
    """Return the tasks at an export's end; raises msgspec.DecodeError where an array is not closed."""
    held = held.rstrip()
    if lines:
        return held
    if not held.endswith(b"]"):
        raise msgspec.DecodeError("the file ends inside a task")
    return held[:-1].rstrip()


def _cut_before(stream: BinaryIO, begin: int, end: int, *, lines: bool) -> tuple[int, int] | None:
    """Return where the last task before byte `end` ends and the next begins; None where none does."""
    window = _FIRST_LOOK
    while True:
        start = max(begin, end - window)
        stream.seek(start)
        data = stream.read(end - start)
        if lines:
            cut = data.rfind(b"\n")
            if cut >= 0:
                return start + cut, start + cut + 1
        elif match := _last_border(data, 0):
            return start + match.start() + 1, start + match.end()
        if start == begin:
            return None
        window *= 8


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
