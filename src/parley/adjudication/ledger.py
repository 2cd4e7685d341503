"""The ledger: every decision of the adjudication, the rejected labels too, as annotation/ledger.csv.

One row a decided label, in canonical order, LF, UTF-8:

    doc_id       the article
    item         the item decided: a label id, or the id of a disagreement; on a document row, when the last
                 submission taken over from Label Studio was made, "" where there was none
    kind         document (one row an article: `sources` took part), span, relation
    decision     agreed, kept, edited, added, rejected; `adjudicated` on a document row
    label_id     the label of a layer this row accounts for; "" for an added one
    gold_id      the gold label it became; "" for a rejected one
    label … tail what stands in gold; of a rejected label, what stood in the layer. Offsets are code points,
                 attributes are JSON, head and tail are span ids
    sources      the annotators whose label this is, joined by |
    reason       a code of `parley.model.decisions`; "" for an agreed label
    adjudicator  who decided
    note         the lead's own words

A gold label has one row for each label it came from: two for a relation that both drew, each from a span of
their own. Each label of each layer stands in exactly one row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import datetime

import msgspec

from parley.faults import DataFaults, Fault
from parley.model.decisions import DECISIONS, REJECTED

FILE = "annotation/ledger.csv"
DOCUMENT, SPAN, RELATION = "document", "span", "relation"
_KINDS = (DOCUMENT, SPAN, RELATION)


@dataclass(frozen=True)
class Row:
    """A row of the ledger; all cells are text, as in the file. start, end: "" on relations."""

    doc_id: str
    item: str
    kind: str
    decision: str
    label_id: str
    gold_id: str
    label: str
    start: str
    end: str
    surface: str
    attributes: str
    head: str
    tail: str
    sources: str
    reason: str
    adjudicator: str
    note: str

    @property
    def who(self) -> tuple[str, ...]:
        """The annotators in `sources`."""
        return tuple(self.sources.split("|")) if self.sources else ()


COLUMNS = tuple(field.name for field in fields(Row))


def join(names: Iterable[str]) -> str:
    """Return the cell of several annotators, sorted."""
    return "|".join(sorted(set(names)))


def attributes_cell(attributes: dict[str, str]) -> str:
    """Return attributes as canonical JSON."""
    return msgspec.json.encode(attributes, order="sorted").decode()


def offsets(span_id: str) -> tuple[int, int]:
    """Return start and end (code points) of a span from its id."""
    _, start, end = span_id.rsplit("-", 2)
    return int(start), int(end)


def encode_ledger(rows: Iterable[Row]) -> bytes:
    """Return the bytes of a ledger: rows in order of article, kind and text, whatever order they come in."""
    lines = [COLUMNS, *(astuple(row) for row in sorted(rows, key=_order))]
    return "".join(",".join(map(_cell, line)) + "\n" for line in lines).encode()


def _cell(text: str) -> str:
    # not csv.writer: it leaves a lone carriage return bare where lines end in LF, and readers split there
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text


def _order(row: Row) -> tuple[object, ...]:
    where: tuple[int, ...] = ()
    if row.kind == SPAN:
        where = (int(row.start), -int(row.end))
    elif row.kind == RELATION:
        where = (*offsets(row.head), *offsets(row.tail))
    return row.doc_id, _KINDS.index(row.kind), where, astuple(row)


def decode_ledger(data: bytes) -> list[Row]:
    """Return the rows of a ledger's bytes.

    Raises DataFaults naming every malformed row, and where the rows are sound but not in canonical form.
    """
    wrong: list[Fault] = []
    try:
        lines = list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataFaults([Fault("ledger-malformed", FILE, str(error), FILE)])
    if not lines or tuple(lines[0]) != COLUMNS:
        raise DataFaults([Fault("ledger-malformed", FILE, f"the columns must be {','.join(COLUMNS)}", FILE)])
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(COLUMNS):
            what = f"{len(line)} cells, not {len(COLUMNS)}"
        else:
            rows.append(Row(*line))
            what = _problem(rows[-1])
        if what:
            wrong.append(Fault("ledger-malformed", f"{FILE} > row {number:06d}", what, FILE))
    if not wrong and encode_ledger(rows) != data:
        wrong.append(Fault("ledger-malformed", FILE, "rows or quoting are not in canonical form", FILE))
    if wrong:
        raise DataFaults(wrong)
    return rows


def _document_problem(row: Row) -> str:
    if row.decision != "adjudicated" or not row.sources:
        return "an article's row names who took part"
    try:
        datetime.fromisoformat(row.item or "2026-01-01")
    except ValueError:
        return f"{row.item!r} is no time of a submission"
    return ""


def _problem(row: Row) -> str:
    """Return what is wrong with a row by itself, "" where nothing is."""
    if row.kind == DOCUMENT:
        return _document_problem(row)
    checks = (
        (row.kind in _KINDS, f"no kind {row.kind!r}"),
        (row.decision in (*DECISIONS, REJECTED), f"no decision {row.decision!r}"),
        (bool(row.gold_id) == (row.decision != "rejected"), "all but rejected labels have a gold_id"),
        (bool(row.label_id) == (row.decision != "added"), "all but added labels have a label_id"),
        (bool(row.sources) == (row.decision != "added"), "all but added labels have sources"),
        (bool(row.reason) == (row.decision != "agreed"), "all but agreed labels have a reason"),
    )
    problem = next((what for holds, what in checks if not holds), "")
    if problem:
        return problem
    try:
        if row.kind == RELATION:
            offsets(row.head), offsets(row.tail)
        else:
            int(row.start), int(row.end)
            msgspec.json.decode(row.attributes, type=dict[str, str])
    except (ValueError, msgspec.DecodeError):
        return "offsets, ends or attributes cannot be read"
    return ""
