"""Where the regions of an annotation are in the text, when their counting is not known.

Parley counts Unicode code points. Label Studio's browser side is JavaScript, whose strings count UTF-16
code units; tools on the way may fold CRLF into one character. How offsets are counted is a property of a
whole annotation: a reading of them is accepted only if the text there is what the region quotes, and a region
that fits in several ways is decided by those that fit in one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # at work it would import numpy, which reading an export does without
    from parley.values.segmentation import Range

Given = tuple[int | None, int | None, str | None]  # start and end as counted, and the surface that is quoted

_MOST_SHOWN = 200  # characters of a text in a message
_SPACE = re.compile(r"\s+")
_WIDE = re.compile("[\U00010000-\U0010ffff]")
_CRLF = re.compile("\r\n")


class Counting:
    """A way to count the characters of a text. wide, folded: code points that count one more or one less."""

    def __init__(self, text: str, wide: Sequence[int] = (), folded: Sequence[int] = ()) -> None:
        self._before: Sequence[int] = range(len(text) + 1)  # how much is counted before each code point
        if wide or folded:
            each = [1] * len(text)
            for point in wide:
                each[point] += 1
            for point in folded:
                each[point] -= 1
            self._before = [0, *accumulate(each)]

    def places(self, start: int, end: int) -> Range | None:
        """Return the code points at which so much is counted; None if one is inside a character."""
        before = self._before
        first, last = bisect_left(before, start), bisect_left(before, end)
        if max(first, last) == len(before) or (before[first], before[last]) != (start, end):
            return None
        return first, last


def countings(text: str) -> list[Counting]:
    """Return the ways to count a text that differ, code points first."""
    wide = _wide(text)
    folded = [found.start() for found in _CRLF.finditer(text)] if "\r" in text else []
    ways = [Counting(text)]
    if wide:
        ways.append(Counting(text, wide))
    if folded:
        ways.append(Counting(text, (), folded))
    if wide and folded:
        ways.append(Counting(text, wide, folded))
    return ways


def _wide(text: str) -> list[int]:
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    return [found.start() for found in _WIDE.finditer(text)] if units > len(text) else []


def counting_bytes(text: str) -> Counting:
    """Return how tools count that have the text in UTF-8. They are few: what fits otherwise is not theirs."""
    return Counting(text, [place for place, char in enumerate(text) for _ in char.encode()[1:]])


def locate(text: str, regions: Sequence[Given], *, documented: bool = False) -> list[Range | str]:
    """Return the code points (start, end) of each region of an annotation, or why they cannot be known.

    A region without a quoted surface fits wherever its offsets lead. documented: the annotation is known to
    come from a Label Studio that counts code points, as it documents: what fits so needs no other proof.
    """
    ways = countings(text)
    plain = [
        (start, end)
        for start, end, quoted in regions
        if start is not None and end is not None and quoted is not None
        if 0 <= start < end == start + len(quoted) and text.startswith(quoted, start)
    ]
    if len(ways) == 1 and len(plain) == len(regions):
        return [*plain]
    fits = [_fitting(text, ways, *region) for region in regions]
    possible = set(range(len(ways)))
    for fit in fits:
        if len(set(fit.values())) == 1:
            possible &= fit.keys()
    if documented and all(0 in fit for fit in fits if fit):
        possible = {0}
    if not all(fits) and not text.isascii():
        bytewise = [counting_bytes(text)]
        in_bytes = [_fitting(text, bytewise, *region) for region in regions]
        fits = in_bytes if all(in_bytes) else fits
    found: list[Range | str] = []
    for fit, (start, end, quoted) in zip(fits, regions, strict=True):
        places = set(fit.values())
        several = len(places)
        if several > 1:
            places = {place for way, place in fit.items() if way in possible}
        if len(places) == 1:
            found.append(places.pop())
        elif fit:
            what = "quotes no surface, and" if quoted is None else f"{quoted!r}"
            found.append(f"{start}:{end} {what} fits {several} places, counted in different ways")
        else:
            found.append(_misfit(text, start, end, quoted))
    return found


def _fitting(
    text: str, ways: Sequence[Counting], start: int | None, end: int | None, quoted: str | None
) -> dict[int, Range]:
    """Return where a region is under each way to count that leads to what it quotes."""
    if start is None or end is None or not 0 <= start < end:
        return {}
    readings = {number: place for number, way in enumerate(ways) if (place := way.places(start, end))}
    if quoted is None:
        return readings
    size = len(quoted)
    exact = {n: p for n, p in readings.items() if p[1] - p[0] == size and text.startswith(quoted, p[0])}
    return exact or {n: place for n, place in readings.items() if _looks_alike(text, *place, quoted)}


def _looks_alike(text: str, place: int, end: int, quoted: str) -> bool:
    """Say whether a stretch is what is quoted as a browser shows it: white space of any kind looks alike.

    It is read only as far as it does.
    """
    for part in re.split(r"(\s+)", quoted):
        if part.isspace():
            space = _SPACE.match(text, place, end)
            if space is None:
                return False
            place = space.end()
        elif not text.startswith(part, place):
            return False
        else:
            place += len(part)
    return place == end


def _misfit(text: str, start: int | None, end: int | None, quoted: str | None) -> str:
    if start is None or end is None:
        return "no offsets are given"
    if not 0 <= start < end:
        return f"{start}:{end} is not a stretch of text"
    there = text[start:end] if end - start <= _MOST_SHOWN else f"{text[start : start + _MOST_SHOWN]}…"
    found = f"the text there is {there!r}" if end <= len(text) else f"the text ends at {len(text)}"
    return f"{start}:{end} quotes {quoted!r}, but {found}"
