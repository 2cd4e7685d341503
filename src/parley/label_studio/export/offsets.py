"""Where a region lies in the text, when its counting is not known: proved by the surface it quotes.

Parley counts Unicode code points. Label Studio's browser side is JavaScript, whose strings count UTF-16
code units; tools on the way may fold CRLF into one character. A reading of the offsets is accepted only
where the text at it is what the region quotes, and only one such stretch of text exists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_SPACE = re.compile(r"\s+")


def locate(  # noqa: PLR0911 - each way of being sure, and of not being sure, ends it
    text: str, start: int | None, end: int | None, quoted: str | None
) -> tuple[int, int] | str:
    """Return the code points (start, end) of a region of `text`, or why they cannot be told.

    start, end: as given by Label Studio. quoted: the surface it gives with them, if it does. Tried in this
    order: code points, as Label Studio documents them; UTF-16 code units; either with CRLF as one. Without
    a quoted surface the offsets are accepted only where all of these agree.
    """
    if start is None or end is None:
        return "no offsets are given"
    if quoted is not None and 0 <= start < end <= len(text) and text[start:end] == quoted:
        return start, end
    if not 0 <= start < end:
        return f"{start}:{end} is no stretch of text"
    readings = set(_readings(text, start, end))
    if quoted is None:
        if len(readings) == 1:
            return readings.pop()
        return f"{start}:{end} quotes no surface, and can be counted in {len(readings)} ways"
    for same in (_equal, _equal_but_space):
        # code points come first: they are what Label Studio says it counts
        if end <= len(text) and same(text[start:end], quoted):
            return start, end
        fitting = {(s, e) for s, e in readings if same(text[s:e], quoted)}
        if len(fitting) == 1:
            return fitting.pop()
        if fitting:
            return f"{start}:{end} {quoted!r} fits {len(fitting)} stretches of the text"
    found = f"the text there is {text[start:end]!r}" if end <= len(text) else f"the text ends at {len(text)}"
    return f"{start}:{end} quotes {quoted!r}, but {found}"


def _equal(surface: str, quoted: str) -> bool:
    return surface == quoted


def _equal_but_space(surface: str, quoted: str) -> bool:
    """Compare as a browser shows it: line breaks of any kind and runs of blanks look alike."""
    return _SPACE.sub(" ", surface) == _SPACE.sub(" ", quoted)


def _readings(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches that the offsets mean under each way of counting that can hold them."""
    if end <= len(text):
        yield start, end
    for width in (_utf16, _code_point):
        for crlf in (False, True):
            place = _places(text, width, one_crlf=crlf)
            if start in place and end in place:
                yield place[start], place[end]


def _utf16(char: str) -> int:
    return 2 if ord(char) > 0xFFFF else 1


def _code_point(char: str) -> int:
    return 1


def _places(text: str, width: Callable[[str], int], *, one_crlf: bool) -> dict[int, int]:
    """Return counted offset → code point for every offset that falls between two characters."""
    places: dict[int, int] = {}
    counted = 0
    for index, char in enumerate(text):
        places.setdefault(counted, index)
        if not (one_crlf and char == "\r" and text[index + 1 : index + 2] == "\n"):
            counted += width(char)
    places[counted] = len(text)
    return places
