"""A sentence of a release as an example: the one that shows most, as a picture; and a relation of it.

It is read from the data files as they were written, so that what the card shows is what is published.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from parley.faults import visible
from parley.model.colours import DARK, LIGHT, readable
from parley.model.ontology import Ontology
from parley.release.data.files import data_files
from parley.runtime.markdown import templates

Row = dict[str, Any]

_ARTICLES = 100  # the first ones of a release: where a sentence is looked for
_LONGEST = 110  # columns of the sentence: it is on one line
_SPANS, _RELATIONS = 9, 6  # at most: more cannot be told apart
_CELL, _SMALL = 8.4, 6.7  # width of a column of the sentence, and of a label, pixels
_LEVEL, _ARC = 17, 19  # height of a row of labels and of relations, pixels
_MARGIN, _GAP = 16, 8
_OFFSETS = (0, 9, -9, 18, -18, 27)  # from the middle of a span: where its relations leave and reach it
_WIDTH = 100  # characters of a line of a row


@dataclass(frozen=True)
class Example:
    """A sentence with the spans that lie in it and the relations between these, as `documents` has them."""

    doc_id: str
    start: int
    text: str
    spans: tuple[Row, ...]
    relations: tuple[Row, ...]


@dataclass(frozen=True)
class ShownRow:
    """A row as the card shows it: `load_dataset(…)[split][number]`, as JSON in lines."""

    split: str
    number: int
    json: str


@dataclass(frozen=True)
class Bar:
    """A span in the picture. left, right: of its words. level: from 0, counted from the text upwards."""

    label: str
    left: float
    right: float
    level: int


@dataclass(frozen=True)
class Arc:
    """A relation in the picture. left, right: where it leaves and reaches bars; level: as of a bar."""

    label: str
    tail_label: str
    head: float
    tail: float
    head_level: int
    tail_level: int
    level: int


def example(folder: Path) -> Example | None:
    """Return the sentence of a release that shows most; None if there is none, or text is withheld.

    folder: of the release, with its data. It has spans within others and relations, and fits one line; of
    these it is the one with the most kinds of labels, then the shortest.
    """
    best: tuple[tuple[int, int, str, int], Example] | None = None
    for found in _sentences(folder):
        labels = {row["label"] for row in (*found.spans, *found.relations)}
        rank = -len(labels), len(found.text), found.doc_id, found.start
        if best is None or rank < best[0]:
            best = rank, found
    return best[1] if best else None


def _sentences(folder: Path) -> Iterator[Example]:
    """Yield the sentences that fit a picture, of the first articles."""
    import pyarrow.parquet as pq

    articles: dict[str, Row] = {}
    for _, path in data_files(folder, "documents"):
        with pq.ParquetFile(path) as file:
            for some in file.iter_batches(_ARTICLES - len(articles), columns=["doc_id", "text", *_LISTS]):
                articles |= {row["doc_id"]: row for row in some.to_pylist()}
                break
        if len(articles) >= _ARTICLES:
            break
    for _, path in data_files(folder, "sentences"):
        with pq.ParquetFile(path) as file:
            for some in file.iter_batches(columns=["doc_id", "start", "text"]):
                known = pc.is_in(some["doc_id"], value_set=pa.array([*articles], pa.string()))
                here = [row for row in some.filter(known).to_pylist() if row["text"]]
                for row in here:
                    found = _within(articles[row["doc_id"]], row)
                    if found is not None:
                        yield found
                if not here:
                    break


_LISTS = ("spans", "relations")


def _within(article: Row, sentence: Row) -> Example | None:
    """Return a sentence with its labels if it fits a picture."""
    text, start = sentence["text"], sentence["start"]
    end = start + len(text)
    if _columns(text) > _LONGEST or any(unicodedata.bidirectional(c) in ("R", "AL") for c in text):
        return None
    spans = [one for one in article["spans"] if start <= one["start"] and one["end"] <= end]
    ids = {one["id"] for one in spans}
    relations = [one for one in article["relations"] if {one["head_id"], one["tail_id"]} <= ids]
    is_nested = any(_holds(one, other) for one in spans for other in spans)
    if not (is_nested and 0 < len(relations) <= _RELATIONS and len(spans) <= _SPANS):
        return None
    return Example(article["doc_id"], start, text, tuple(spans), tuple(relations))


def _holds(one: Row, other: Row) -> bool:
    places = (one["start"], one["end"]), (other["start"], other["end"])
    return places[0] != places[1] and places[0][0] <= places[1][0] and places[1][1] <= places[0][1]


def example_picture(found: Example, ontology: Ontology) -> str:
    """Return a sentence as SVG: its words, above them its spans, above these its relations.

    Labels have the ontology's colours, mixed with black or white until they can be read on light and on dark
    ground. Each word is as wide as it is counted, whatever font shows it.
    """
    bars = _bars(found)
    arcs = _arcs(found, bars)
    levels = 1 + max(bar.level for bar in bars.values())
    over = 1 + max(arc.level for arc in arcs)
    base = _MARGIN + _ARC * over + _LEVEL * levels + 22  # of the words
    names = sorted({one["label"] for one in found.spans})
    colours = {one.name: readable(one.color) for one in ontology.spans}
    template = templates("parley.release", markdown=False).get_template("sentence.svg.j2")
    return template.render(
        width=round(2 * _MARGIN + _CELL * _columns(found.text)),
        height=base + _MARGIN,
        base=base,
        words=[
            (_x(found.text, m.start()), round(_CELL * _columns(m[0]), 1), _shown(m[0]))
            for m in re.finditer(r"\S+", found.text)
        ],
        bars=[(bar, base - 18 - _LEVEL * bar.level) for bar in bars.values()],
        arcs=[(arc, base - 18 - _LEVEL * levels - 6 - _ARC * arc.level) for arc in arcs],
        line=lambda level: base - 18 - _LEVEL * level - 13,
        number={name: number for number, name in enumerate(names)},
        colours=[colours[name] for name in names],
        light=LIGHT,
        dark=DARK,
        said=_shown(found.text),
    )


def _bars(found: Example) -> dict[str, Bar]:
    """Return the spans by id, shorter ones nearer to the text."""
    bars: dict[str, Bar] = {}
    for one in sorted(found.spans, key=lambda row: (row["end"] - row["start"], row["start"], row["id"])):
        left = _x(found.text, one["start"] - found.start)
        right = _x(found.text, one["end"] - found.start)
        reach = max(right, left + _SMALL * _columns(one["label"]))
        taken = [(b.left, max(b.right, b.left + _SMALL * _columns(b.label)), b.level) for b in bars.values()]
        bars[one["id"]] = Bar(one["label"], left, right, _free(left, reach, taken))
    return bars


def _arcs(found: Example, bars: dict[str, Bar]) -> list[Arc]:
    """Return the relations, shorter ones nearer to the spans; ends at one span are beside each other."""
    ends: dict[str, int] = {}

    def end(name: str) -> float:
        bar, number = bars[name], ends.get(name, 0)
        ends[name] = number + 1
        middle = (bar.left + min(bar.right, bar.left + 160)) / 2
        return round(min(max(middle + _OFFSETS[number % len(_OFFSETS)], bar.left + 2), bar.right - 2), 1)

    arcs: list[Arc] = []
    taken: list[tuple[float, float, int]] = []
    placed = [(one, end(one["head_id"]), end(one["tail_id"])) for one in found.relations]
    for one, head, tail in sorted(placed, key=lambda some: (abs(some[1] - some[2]), some[0]["id"])):
        half = max(abs(head - tail), _SMALL * _columns(one["label"]) + 12) / 2
        left, right = (head + tail) / 2 - half, (head + tail) / 2 + half
        level = _free(left, right, taken)
        taken.append((left, right, level))
        ends_of = bars[one["head_id"]], bars[one["tail_id"]]
        arcs.append(
            Arc(one["label"], ends_of[1].label, head, tail, ends_of[0].level, ends_of[1].level, level)
        )
    return arcs


def _free(left: float, right: float, taken: Iterable[tuple[float, float, int]]) -> int:
    """Return the level above all that it would touch. taken: left, right and level of the others."""
    under = [level for begin, end, level in taken if left < end + _GAP and begin < right + _GAP]
    return max(under, default=-1) + 1


def _x(text: str, offset: int) -> float:
    return round(_MARGIN + _CELL * _columns(text[:offset]), 1)


def _columns(text: str) -> int:
    """Return the width of a text where letters are one column wide, and those of East Asia two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def _shown(text: str) -> str:
    """Return text with a mark for each character that no screen shows."""
    return "".join("\N{REPLACEMENT CHARACTER}" if visible(c) != c else c for c in text)


def example_row(folder: Path, config: str, found: Example | None) -> ShownRow:
    """Return a row of a config: the first one, or of relations the first of the example's sentence.

    folder: of the release.
    """
    import pyarrow.parquet as pq

    wanted = (found.doc_id, found.relations[0]["id"]) if found else None
    before: Counter[str] = Counter()  # rows in the files of a split before this one
    for split, path in data_files(folder, config):
        with pq.ParquetFile(path) as file:
            for some in file.iter_batches():
                place = 0
                if wanted:
                    is_it = (
                        pc.equal(some[name], one) for name, one in zip(("doc_id", "id"), wanted, strict=True)
                    )
                    place = pc.index(pc.and_(*is_it), pa.scalar(True)).as_py()
                if 0 <= place < len(some):
                    [row] = some.slice(place, 1).to_pylist()
                    return ShownRow(split, before[split] + place, _json_lines(row))
                before[split] += len(some)
    raise LookupError(f"{config} has no such row")


def _json_lines(row: Row) -> str:
    """Return an object as JSON whose lines break between its members."""
    written = json.dumps(row, ensure_ascii=False)
    is_plain = visible(written) == written
    cells = [
        f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=not is_plain)}" for name, value in row.items()
    ]
    return "{" + ",\n ".join(_filled(cells)) + "}"


def _filled(cells: Sequence[str]) -> list[str]:
    lines: list[str] = []
    for cell in cells:
        if lines and len(lines[-1]) + len(cell) + 2 <= _WIDTH:
            lines[-1] += f", {cell}"
        else:
            lines.append(cell)
    return lines
