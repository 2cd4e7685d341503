"""Cleaning of an article by rules, with the way back to its raw text and a report of what was cut.

Cuts and segments together tile the raw text: nothing vanishes that is not in the list of cuts.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise, takewhile
from typing import NamedTuple

from parley.faults import DataFaults, Fault
from parley.model.documents import Cut, Document, Segment
from parley.seeds.rules import Rule, Rules

_LINE = re.compile(r"([^\n]*?)\r?(?:\n|\Z)")
_NOON = 12
_SHOWN = 48  # characters of a cut in a report: enough to know it by


class CleanText(NamedTuple):
    """An article after cleaning. metadata: field → value, as the text shows it; cuts in raw order."""

    text: str
    segments: tuple[Segment, ...]
    cuts: tuple[Cut, ...]
    metadata: dict[str, str]


class _Piece(NamedTuple):
    """Raw text that is still there, and what it reads as: itself, or one space for a line break."""

    raw_start: int
    raw_end: int
    text: str


_Range = tuple[int, int]
_Line = re.Match[str]  # its content is group 1, its line break what follows that


def clean(raw: str, rules: Rules, doc_id: str) -> CleanText:
    """Return an article cleaned by the rules that are for it.

    Raises DataFaults if a rule reads a date that is none.
    """
    pieces = [_Piece(0, len(raw), raw)] if raw else []
    cuts: list[Cut] = []
    metadata: dict[str, str] = {}
    for rule in rules.of(doc_id):
        text = "".join(piece.text for piece in pieces)
        ranges = _ranges(text, rule)
        if ranges and rule.field:
            metadata.setdefault(rule.field, _value(text, rule, rules.months, doc_id))
        elif ranges and rule.kind == "headline":
            metadata.setdefault("title", text[slice(*ranges[0])].strip())
        pieces, removed = _replace(pieces, ranges, " " if rule.kind == "unwrap" else "")
        cuts += [Cut(p.raw_start, p.raw_end, rule.name, raw[p.raw_start : p.raw_end]) for p in removed]
    segments, start = [], 0
    for piece in pieces:
        segments.append(Segment(piece.raw_start, piece.raw_end, start))
        start += len(piece.text)
    text = "".join(piece.text for piece in pieces)
    return CleanText(text, tuple(segments), tuple(sorted(cuts, key=lambda cut: cut.raw_start)), metadata)


def to_raw(document: Document, start: int, end: int) -> tuple[int, int]:
    """Return where `document.text[start:end]` is in the raw seed; code points, half-open.

    What was cut between the two ends is part of it. Raises ValueError if start:end is empty or not inside the
    text.
    """
    if not 0 <= start < end <= len(document.text):
        raise ValueError(f"{start}:{end} is not inside {document.doc_id}, 0:{len(document.text)}")
    return _raw(document, start)[0], _raw(document, end - 1)[1]


def _raw(document: Document, position: int) -> _Range:
    """Return where one character of the text is in the raw seed."""
    number = bisect_right(document.segments, position, key=lambda s: s.start) - 1
    segment = document.segments[number]
    later = document.segments[number + 1 : number + 2]
    length = (later[0].start if later else len(document.text)) - segment.start
    if length != segment.raw_end - segment.raw_start:  # a line break that became one space
        return segment.raw_start, segment.raw_end
    at = segment.raw_start + position - segment.start
    return at, at + 1


def _replace(
    pieces: list[_Piece], ranges: Sequence[_Range], replacement: str
) -> tuple[list[_Piece], list[_Piece]]:
    """Return the pieces with each range of their joint text replaced, and the pieces cut by that.

    ranges: ascending, not empty, not overlapping. If a range runs over earlier cuts, and so over several
    pieces, only the first of them is replaced, the others are cut.
    """
    kept: list[_Piece] = []
    removed: list[_Piece] = []
    start = 0
    for piece in pieces:
        end = start + len(piece.text)
        at = start
        for low, high in ranges:
            if high <= at or low >= end:
                continue
            first, last = max(low, at), min(high, end)
            if first > at:
                kept.append(_slice(piece, at - start, first - start))
            gone = _slice(piece, first - start, last - start)
            if replacement and first == low:
                kept.append(gone._replace(text=replacement))
            else:
                removed.append(gone)
            at = last
        if at < end:
            kept.append(_slice(piece, at - start, end - start))
        start = end
    return kept, removed


def _slice(piece: _Piece, low: int, high: int) -> _Piece:
    if low == 0 and high == len(piece.text):
        return piece
    return _Piece(piece.raw_start + low, piece.raw_start + high, piece.text[low:high])


def _ranges(text: str, rule: Rule) -> list[_Range]:
    """Return what a rule takes out of the text: to cut it, or for unwrap to put a space there."""
    lines = [line for line in _LINE.finditer(text) if line.end() > line.start()]
    match rule.kind:
        case "drop-line" | "drop-tail":
            marked = [line.span() for line in lines if rule.regex.fullmatch(text, *line.span(1))]
            return marked if rule.kind == "drop-line" else [(start, len(text)) for start, _ in marked[:1]]
        case "headline":
            return _headlines(lines)
        case "metadata":
            found = rule.regex.search(text)
            return [found.span()] if found and found[0] else []
        case "unwrap":
            return _wraps(lines, rule)
        case _:  # trim; a byte order mark is no text either
            body = re.search(r"[^\s\ufeff](?:.*[^\s\ufeff])?", text, re.DOTALL)
            low, high = body.span() if body else (len(text), len(text))
            return [(a, b) for a, b in ((0, low), (high, len(text))) if a < b]


def _headlines(lines: list[_Line]) -> list[_Range]:
    """Return the first line that is not blank and its repetitions right below, blank lines between or not."""
    filled = [line for line in lines if line[1].strip()]
    repeated = takewhile(lambda line: line[1].strip() == filled[0][1].strip(), filled)
    return [line.span() for line in repeated]


def _wraps(lines: list[_Line], rule: Rule) -> list[_Range]:
    """Return the line breaks inside paragraphs, with the blanks around them."""
    found: list[_Range] = []
    for line, following in pairwise(lines):
        before, after = line[1].rstrip(), following[1].lstrip()
        if before and after and not rule.regex.search(before):
            found.append((line.start() + len(before), following.end(1) - len(after)))
    return found


def _value(text: str, rule: Rule, months: tuple[str, ...], doc_id: str) -> str:
    """Return what a metadata rule reads: its group `value`, or its date in ISO 8601."""
    found = rule.regex.search(text)
    groups = found.groupdict() if found else {}
    if "value" in groups:
        return (groups["value"] or "").strip()
    try:
        return _date(groups, months)
    except ValueError as error:
        place = f"{doc_id} > rule({rule.name})"
        raise DataFaults([Fault("cleaning-malformed", place, f"no date in {found and found[0]!r}: {error}")])


def _date(groups: dict[str, str | None], months: tuple[str, ...]) -> str:
    month = groups["month"] or ""
    number = months.index(month) + 1 if month in months else int(month)
    year, day = int(groups["year"] or ""), int(groups["day"] or "")
    if not groups.get("hour"):
        return datetime(year, number, day).date().isoformat()
    hour, minute = int(groups["hour"] or ""), int(groups.get("minute") or 0)
    half = (groups.get("half") or "").casefold()
    if half:
        hour = hour % _NOON + (_NOON if half.startswith("p") else 0)
    return datetime(year, number, day, hour, minute).isoformat(timespec="minutes")


def cut_report(documents: Iterable[Document], rules: Rules) -> str:
    """Return a plain table of all cuts; sizes in code points.

    Each article's line gives its size before and after; below it are its cuts in the order of the raw text,
    with rule, size and beginning, and how many line breaks were joined.
    """
    lines = []
    for document in documents:
        before = max([s.raw_end for s in document.segments] + [c.raw_end for c in document.cuts], default=0)
        lines.append(f"{document.doc_id}  {before} -> {len(document.text)}")
        for cut in document.cuts:
            shown = " ".join(cut.text.split())
            shown = shown[: _SHOWN - 1] + "…" if len(shown) > _SHOWN else shown
            lines.append(f"  {cut.rule:<20}{cut.raw_end - cut.raw_start:>6}  {shown}".rstrip())
        wraps = [rule.name for rule in rules.of(document.doc_id) if rule.kind == "unwrap"]
        starts = [*(s.start for s in document.segments), len(document.text)]
        joined = [a for a, b in pairwise(starts) if b - a == 1 and document.text[a] == " "]
        if joined and wraps:  # each line break that became a space is a segment of its own
            lines.append(f"  {wraps[0]:<20}{len(joined):>6}  line breaks became spaces")
    return "\n".join(lines)
