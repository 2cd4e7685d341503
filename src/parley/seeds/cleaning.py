"""Cleaning of an article by the rules of cleaning.toml, with the way back to its raw text.

Cuts and segments together tile the raw text: nothing vanishes that is not in the list of cuts.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import pairwise, takewhile
from typing import Annotated, Literal, NamedTuple

import msgspec

from parley.faults import DataFaults, Fault, check
from parley.model.documents import Cut, Document, Segment
from parley.model.paths import Limits
from parley.runtime.schema import decode_toml
from parley.runtime.time_limit import time_limit
from parley.values.segmentation import Range

# Which settings a kind of rule must have; it may have no other.
_SETTINGS = {
    "drop-line": {"pattern"},
    "drop-tail": {"pattern"},
    "headline": set[str](),
    "metadata": {"pattern", "field"},
    "unwrap": {"paragraph_end"},
    "trim": set[str](),
}
_LINE = re.compile(r"((?:[^\r\n]+|\r(?!\n|\Z))*+)\r?(?:\n|\Z)")
MARKUP = "markup"  # the rule of the cuts around the article in a web page
_SHOWN = 48  # characters of a cut in a report: enough to know it by


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """A cleaning rule; rules work in file order, each on what the ones before it left."""

    name: Annotated[str, "What reports call it."]
    kind: Annotated[
        Literal["drop-line", "drop-tail", "headline", "metadata", "unwrap", "trim"],
        "drop-line: cuts every line that `pattern` matches in full. drop-tail: cuts from the "
        "first such line to the end. headline: takes the first line as the title and cuts it with its "
        "repetitions right below. metadata: cuts the first match of `pattern` and takes its group "
        "`value` as `field` (or for `published` the groups year, month, day and, if given, hour, minute, "
        "half). unwrap: turns a line break into a space unless `paragraph_end` is found in the line "
        "before it or either line is blank. trim: cuts white space at both ends.",
    ]
    reason: Annotated[str, "Why it is not a word of the article."]
    pattern: Annotated[str, "A regular expression of Python; `^` and `$` match at every line."] = ""
    field: Annotated[
        Literal["", "title", "publisher", "published"],
        "Of a metadata rule: the column of manifest.csv that says the same.",
    ] = ""
    paragraph_end: Annotated[str, "Of an unwrap rule: what the last line of a paragraph has."] = ""
    docs: Annotated[tuple[str, ...], "The articles it is for, by doc_id; without it, all."] = ()

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The compiled pattern; `^` and `$` match at every line."""
        return re.compile(self.pattern or self.paragraph_end, re.MULTILINE)


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is cut from the raw articles, and why: the rules of a corpus, in the order they work."""

    rule: Annotated[tuple[Rule, ...], "One thing that is cut."] = ()
    months: Annotated[tuple[str, ...], "The twelve names of months, January first, for reading dates."] = ()

    def of(self, doc_id: str) -> Iterator[Rule]:
        """Yield the rules that are for a document."""
        return (rule for rule in self.rule if not rule.docs or doc_id in rule.docs)


def decode_rules(data: bytes) -> Rules:
    """Return the rules in the bytes of cleaning.toml.

    Raises DataFaults naming every rule that cannot work.
    """
    file = "seeds/cleaning.toml"
    rules = decode_toml(data, Rules, "cleaning-malformed", file)
    problems: list[tuple[str, str]] = []
    for name, times in Counter(rule.name for rule in rules.rule).items():
        if times > 1:
            problems.append((f"rule({name})", f"the name is given {times} times"))
    if len(rules.months) not in (0, 12):
        problems.append(("months", f"a year has 12 months, not {len(rules.months)}"))
    for rule in rules.rule:
        problems += [(f"rule({rule.name})", what) for what in _problems(rule)]
    check(Fault("cleaning-malformed", f"{file} > {place}", what, file) for place, what in problems)
    return rules


def _problems(rule: Rule) -> Iterator[str]:
    if not rule.name or not rule.reason:
        yield "a rule has a name and a reason"
    given = {setting for setting in ("pattern", "field", "paragraph_end") if getattr(rule, setting)}
    wanted = _SETTINGS[rule.kind]
    yield from (f"a {rule.kind} rule needs {setting}" for setting in sorted(wanted - given))
    yield from (f"a {rule.kind} rule has no {setting}" for setting in sorted(given - wanted))
    try:
        groups = set(rule.regex.groupindex)
    except (re.error, OverflowError, RecursionError) as error:
        yield f"the pattern is not a regular expression: {error}"
        return
    if rule.kind == "metadata" and "value" not in groups:
        if rule.field != "published":
            yield "the pattern of a metadata rule has a group (?P<value>…)"
        elif not groups >= {"year", "month", "day"}:
            yield "the pattern of a date has a group (?P<value>…), or groups year, month and day"


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


def clean(
    raw: str,
    rules: Rules,
    doc_id: str,
    seconds: float = Limits.seconds,
    article: Sequence[tuple[int, int, str]] | None = None,
) -> CleanText:
    """Return an article cleaned by the rules that are for it.

    seconds: of the processor, that the rules may take. article: of a web page, the stretches of it that are
    the article, and what each reads as: itself, or one character. Raises DataFaults if a rule reads a date
    that is none, UsageError if they take longer.
    """
    if article is None:
        article = [(0, len(raw), raw)] if raw else []
    pieces = [_Piece(*stretch) for stretch in article]
    gaps = pairwise([0, *(bound for piece in pieces for bound in piece[:2]), len(raw)])
    cuts = [Cut(low, high, MARKUP, raw[low:high]) for low, high in list(gaps)[::2] if low < high]
    metadata: dict[str, str] = {}
    text = "".join(piece.text for piece in pieces)
    with time_limit(seconds, lambda: f"rule({rule.name}) of cleaning.toml, on {doc_id},"):
        for rule in rules.of(doc_id):
            found = rule.regex.search(text) if rule.kind == "metadata" else None
            ranges = _ranges(text, rule, found)
            if found and ranges:
                metadata.setdefault(rule.field, _value(found, rule, rules.months, doc_id))
            elif ranges and rule.kind == "headline":
                metadata.setdefault("title", text[slice(*ranges[0])].strip())
            if not ranges:
                continue
            pieces, removed = _replace(pieces, ranges, " " if rule.kind == "unwrap" else "")
            cuts += [Cut(p.raw_start, p.raw_end, rule.name, raw[p.raw_start : p.raw_end]) for p in removed]
            text = "".join(piece.text for piece in pieces)
    segments, start = [], 0
    for piece in pieces:
        segments.append(Segment(piece.raw_start, piece.raw_end, start))
        start += len(piece.text)
    return CleanText(text, tuple(segments), tuple(sorted(cuts, key=lambda cut: cut.raw_start)), metadata)


def _replace(
    pieces: Iterable[_Piece], ranges: Sequence[Range], replacement: str
) -> tuple[list[_Piece], list[_Piece]]:
    """Return the pieces with each range of their joint text replaced, and the pieces cut by that.

    ranges: ascending, not empty, not overlapping. If a range runs over earlier cuts, and so over several
    pieces, only the first of them is replaced, the others are cut.
    """
    kept: list[_Piece] = []
    removed: list[_Piece] = []
    lows = [low for low, _ in ranges]
    bounds = sorted({bound for one in ranges for bound in one})
    start = 0
    for piece in pieces:
        end = start + len(piece.text)
        inner = bounds[bisect_right(bounds, start) : bisect_left(bounds, end)]
        for low, high in pairwise([start, *inner, end]):
            shift = piece.raw_start - start
            part = (
                _Piece(low + shift, high + shift, piece.text[low - start : high - start]) if inner else piece
            )
            number = bisect_right(lows, low) - 1
            if number < 0 or low >= ranges[number][1]:
                kept.append(part)
            elif replacement and low == lows[number]:
                kept.append(part._replace(text=replacement))
            else:
                removed.append(part)
        start = end
    return kept, removed


def _ranges(text: str, rule: Rule, found: re.Match[str] | None) -> list[Range]:
    """Return what a rule takes out of the text: to cut it, or for unwrap to put a space there.

    found: what a metadata rule finds.
    """
    if rule.kind == "metadata":
        return [found.span()] if found and found[0] else []
    if rule.kind == "trim":  # a byte order mark is not text either
        body = re.search(r"[^\s\ufeff](?:.*[^\s\ufeff])?", text, re.DOTALL)
        low, high = body.span() if body else (len(text), len(text))
        return [(a, b) for a, b in ((0, low), (high, len(text))) if a < b]
    lines = _lines(text)
    if rule.kind == "headline":  # the first line and its repetitions, blank lines between or not
        filled = [line for line in lines if line[1].strip()]
        same = takewhile(lambda line: line[1].strip() == filled[0][1].strip(), filled)
        return [line.span() for line in same]
    if rule.kind == "unwrap":
        wraps: list[Range] = []
        for line, following in pairwise(lines):
            before, after = line[1].rstrip(), following[1].lstrip()
            if before and after and not rule.regex.search(before):
                wraps.append((line.start() + len(before), following.end(1) - len(after)))
        return wraps
    marked = [line.span() for line in lines if rule.regex.fullmatch(text, *line.span(1))]
    return marked if rule.kind == "drop-line" else [(start, len(text)) for start, _ in marked[:1]]


@lru_cache(maxsize=1)  # most rules take nothing out of most articles
def _lines(text: str) -> list[re.Match[str]]:
    """Return the lines of a text: group 1 is the content of each, what follows that its line break."""
    return [line for line in _LINE.finditer(text) if line[0]]


def _value(found: re.Match[str], rule: Rule, months: tuple[str, ...], doc_id: str) -> str:
    """Return what a metadata rule reads: its group `value`, or its date in ISO 8601."""
    groups = {name: text or "" for name, text in found.groupdict().items()}
    if "value" in groups:
        return groups["value"].strip()
    try:
        month = months.index(groups["month"]) + 1 if groups["month"] in months else int(groups["month"])
        date = datetime(int(groups["year"]), month, int(groups["day"]))
        if not groups.get("hour"):
            return date.date().isoformat()
        hour, half = int(groups["hour"]), groups.get("half", "").casefold()
        if half:
            hour = hour % 12 + (12 if half.startswith("p") else 0)
        return date.replace(hour=hour, minute=int(groups.get("minute") or 0)).isoformat(timespec="minutes")
    except ValueError as error:
        place = f"{doc_id} > rule({rule.name})"
        raise DataFaults([Fault("cleaning-malformed", place, f"no date in {found[0]!r}: {error}")])


def cut_report(documents: Iterable[Document], rules: Rules) -> str:
    """Return a plain table of all cuts; sizes in code points.

    Each article's line gives its size before and after; below it are its cuts in the order of the raw text,
    with rule, size and beginning, and how many line breaks were joined.
    """
    lines = []
    for document in documents:
        ends = [s.raw_end for s in document.segments] + [c.raw_end for c in document.cuts]
        before = max(ends, default=0)
        lines.append(f"{document.doc_id}  {before} -> {len(document.text)}")
        markup = [cut.raw_end - cut.raw_start for cut in document.cuts if cut.rule == MARKUP]
        if markup:
            lines.append(f"  {MARKUP:<20}{sum(markup):>6}  in {len(markup)} places, of a web page")
        for cut in document.cuts:
            if cut.rule == MARKUP:
                continue
            shown = " ".join(cut.text.split())
            shown = shown[: _SHOWN - 1] + "…" if len(shown) > _SHOWN else shown
            lines.append(f"  {cut.rule:<20}{cut.raw_end - cut.raw_start:>6}  {shown}".rstrip())
        wraps = [rule.name for rule in rules.of(document.doc_id) if rule.kind == "unwrap"]
        starts = [*(s.start for s in document.segments), len(document.text)]
        joined = [a for a, b in pairwise(starts) if b - a == 1 and document.text[a] == " "]
        if joined and wraps:  # each line break that became a space is a segment of its own
            lines.append(f"  {wraps[0]:<20}{len(joined):>6}  line breaks became spaces")
    return "\n".join(lines)
