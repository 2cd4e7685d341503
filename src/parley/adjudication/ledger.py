"""The ledger: every decision of the adjudication, the rejected labels too, as annotation/ledger.csv.

A row a decided label, in canonical order, LF, UTF-8. A gold label has one row for each label it came from:
two for a relation that both drew, each from a span of their own. Each label of each layer is in exactly one
row. One row of kind `document` an article says whose layers took part. The rows of an item say what it was
decided between: a decision outlasts layers that change elsewhere (`parley.adjudication.validity`). The column
`given` is missing in ledgers of versions before 0.3.0, which are read as they are. An apostrophe is before a
cell that a spreadsheet would run as a formula; it is not part of the cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from parley.faults import DataFaults, Fault, check
from parley.model.labels import DECISIONS, REJECTED, Relation, Span, decode_attributes, encode_attributes
from parley.runtime.files import csv_line, guarded, unguarded

FILE = "annotation/ledger.csv"
DOCUMENT, SPAN, RELATION = KINDS = "document", "span", "relation"


class Row(NamedTuple):
    """A row of the ledger; all cells are text, as in the file.

    label to tail are what gold says; of a rejected label, what the layer said.
    """

    doc_id: str
    item: str  # a label id, or the id of a disagreement; of a document when it was submitted, "" if never
    kind: str
    decision: str  # agreed, kept, edited, added, rejected; `adjudicated` on a document row
    label_id: str = ""  # the label of a layer this row accounts for; "" for an added one
    gold_id: str = ""  # the gold label it became; "" for a rejected one
    label: str = ""
    start: str = ""  # code points; start to attributes are "" on relations
    end: str = ""
    surface: str = ""
    attributes: str = ""  # JSON
    head: str = ""  # span ids
    tail: str = ""
    sources: str = ""  # the annotators whose label this is, joined by |
    reason: str = ""  # a code of `parley.model.labels`; "" for an agreed label
    adjudicator: str = ""
    note: str = ""  # the lead's own words
    given: str = ""  # of an edited span the attributes that the layer has; "" in older ledgers

    @property
    def who(self) -> tuple[str, ...]:
        """The annotators in `sources`."""
        return tuple(self.sources.split("|")) if self.sources else ()


def label_row(
    doc_id: str, item: str, decision: str, label: Span | Relation, of: tuple[str, Iterable[str]]
) -> Row:
    """Return the row of a label. of: id of the label it came from, and the annotators who have that."""
    label_id, who = of
    gold_id = "" if decision == REJECTED else label.id
    row = Row(
        doc_id, item, SPAN, decision, label_id, gold_id, label.label, sources="|".join(sorted(set(who)))
    )
    if isinstance(label, Relation):
        return row._replace(kind=RELATION, head=label.head, tail=label.tail)
    place = {"start": str(label.start), "end": str(label.end), "surface": label.text}
    return row._replace(**place, attributes=encoded(label.attributes))


def encoded(attributes: Mapping[str, str]) -> str:
    """Return attributes as a cell has them."""
    return encode_attributes(attributes).decode()


def by_article(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows of each article, by doc_id."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.doc_id, []).append(row)
    return found


def encode_ledger(rows: Iterable[Row], fields: Sequence[str] = Row._fields) -> bytes:
    """Return the bytes of a ledger: rows in order of article, kind and text, whatever order they come in."""
    lines = [fields, *(row[: len(fields)] for row in sorted(rows, key=_order))]
    return "".join(csv_line(map(guarded, line)) + "\n" for line in lines).encode()


def _order(row: Row) -> tuple[object, ...]:
    place: tuple[int, ...] = ()
    if row.kind == SPAN:
        place = int(row.start), -int(row.end)
    elif row.kind == RELATION:
        place = (*_offsets(row.head), *_offsets(row.tail))
    return row.doc_id, KINDS.index(row.kind), place, row


def _offsets(span_id: str) -> tuple[int, int]:
    _, start, end = span_id.rsplit("-", 2)
    return int(start), int(end)


def decode_ledger(data: bytes) -> list[Row]:
    """Return the rows of a ledger's bytes.

    Raises DataFaults naming every malformed row, and for rows that are sound but not in canonical form.
    """
    try:
        read = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
        header, *lines = [list(map(unguarded, line)) for line in read] or [[]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _malformed(str(error))
    if tuple(header) not in (Row._fields, Row._fields[:-1]):
        raise _malformed(f"the columns must be {','.join(Row._fields)}")
    wrong: list[Fault] = []
    for number, line in enumerate(lines, start=2):
        whole = len(line) == len(header)
        what = _problem(Row(*line)) if whole else f"{len(line)} cells, not {len(header)}"
        if what:
            wrong.append(Fault("ledger-malformed", f"{FILE} > row {number:06d}", what, FILE))
    check(wrong)
    rows = [Row(*line) for line in lines]
    if encode_ledger(rows, header) != data:
        raise _malformed("rows or quoting are not in canonical form")
    return rows


def _malformed(what: str) -> DataFaults:
    return DataFaults([Fault("ledger-malformed", FILE, what, FILE)])


def _problem(row: Row) -> str:
    """Return what is wrong with a row by itself, "" if nothing is."""
    if row.kind == DOCUMENT:
        if row.decision != "adjudicated" or not row.sources:
            return "an article's row names who took part"
        try:
            datetime.fromisoformat(row.item or "2026-01-01")
        except ValueError:
            return f"{row.item!r} is not a time of a submission"
        return ""
    checks = (
        (row.kind in KINDS, f"no kind {row.kind!r}"),
        (row.decision in (*DECISIONS, REJECTED), f"no decision {row.decision!r}"),
        (bool(row.gold_id) == (row.decision != REJECTED), "all but rejected labels have a gold_id"),
        (bool(row.label_id) == (row.decision != "added"), "all but added labels have a label_id"),
        (bool(row.sources) == (row.decision != "added"), "all but added labels have sources"),
        (bool(row.reason) == (row.decision != "agreed"), "all but agreed labels have a reason"),
    )
    problem = next((what for is_so, what in checks if not is_so), "")
    if problem:
        return problem
    try:
        if row.kind == RELATION:
            _offsets(row.head), _offsets(row.tail)
        else:
            int(row.start), int(row.end)
            for cell in (row.attributes, row.given or "{}"):
                decode_attributes(cell)
    except (ValueError, msgspec.DecodeError):
        return "offsets, ends or attributes cannot be read"
    return ""
