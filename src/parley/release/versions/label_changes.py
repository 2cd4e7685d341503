"""Labels of two releases compared row by row, in bounded memory.

The rows stay in their files; duckdb joins them, on disk if memory is short. Of each kind of change the
number by label is kept, and the first few in full.

A label whose id both releases have is *changed* if another column differs. If only the columns differ that
say who made it (`ORIGIN`), it is of other *origin*, and counted by what changed instead of by label. Of the
others, those that both have at one place (of spans the offsets, of relations the two ends, whichever way)
under another label are *retyped*, pair by pair in the order of their ids. Of the spans that are left, those
of one label that overlap are *moved*, one to one, the largest overlap over union first. What is left then was
*added* or *removed*.
Cost: O(n log n) for n labels, if no more than a few of one label cover one place.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]
Sides = dict[str, tuple[str, str]]
KINDS = ("retyped", "moved", "changed", "origin", "added", "removed")
ORIGIN = ("sources", "decision", "reason")
SHOWN = 20  # changes of a kind that are kept in full
NOT_LABELS = frozenset(
    {"doc_id", "id", "fold", "sentence", "sentence_start", "same_sentence", "annotator", "annotator_kind"}
)
_MEMORY = "400MB"  # for joins; past it duckdb works on disk
_PLACES = {
    "spans": ('"start"', '"end"'),
    "relations": ("least(head, tail)", "greatest(head, tail)"),
}


@dataclass(frozen=True)
class Source:
    """The rows of a config of a release.

    data: an Arrow table or dataset with `doc_id`, `id`, `label` and what the config has besides; no columns
    if there are no rows. names: column → names of the classes that its numbers stand for.
    """

    data: Any
    names: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass
class Changes:
    """Changes of one kind. labels: how many by label, the later one of two; of other origin, by what changed.

    shown: the first of them as (before, after), None if there is nothing.
    """

    labels: Counter[str] = field(default_factory=Counter)
    shown: list[tuple[Row | None, Row | None]] = field(default_factory=list)

    def __len__(self) -> int:
        return self.labels.total()

    def add(self, more: Changes) -> None:
        """Take in the changes of another config, after these."""
        self.labels.update(more.labels)
        self.shown += more.shown


def label_changes(config: str, before: Source, after: Source) -> dict[str, Changes]:
    """Return the changes of a config, `spans` or `relations`, by kind."""
    import duckdb

    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{_MEMORY}'")
        connection.execute(f"SET temp_directory = '{scratch}'")
        columns = _open(connection, before, after)
        if columns is None:
            return {kind: Changes() for kind in KINDS}
        _pair(connection, config, columns)
        origins = _origins(connection, columns)
        if config == "spans":
            _move(connection)
        for kind, name, old, new in (("removed", "gone", "id", "NULL"), ("added", "new", "NULL", "id")):
            connection.execute(f"INSERT INTO pairs SELECT '{kind}', doc_id, {old}, {new}, label FROM {name}")  # noqa: S608
        found = {kind: _changes(connection, kind) for kind in KINDS}
        found["origin"].labels = origins
        return found


def _open(connection: DuckDBPyConnection, before: Source, after: Source) -> Sides | None:
    """Make the views `before` and `after`; return how each column is read from both, as `a` and `b`.

    None if neither side has a row.
    """
    schemas = [source.data.schema for source in (before, after)]
    known = next((schema for schema in schemas if schema.names), None)
    if known is None:
        return None
    sides = []
    for name, source, schema in zip(("before", "after"), (before, after), schemas, strict=True):
        data = source.data if schema.names else known.empty_table()
        connection.register(f"{name}_rows", data)
        shown = [_shown(column, source.names.get(column)) for column in data.schema.names]
        connection.execute(f"CREATE VIEW {name} AS SELECT {', '.join(shown)} FROM {name}_rows")  # noqa: S608 - as below
        described = connection.execute(f"DESCRIBE {name}").fetchall()
        sides.append({column: kind for column, kind, *_ in described if column not in NOT_LABELS})
    first, second = sides
    columns = {}
    for column in first | second:
        a, b = (
            f'{side}."{column}"' if column in kinds else "NULL"
            for side, kinds in zip("ab", sides, strict=True)
        )
        if column in first and column in second and first[column] != second[column]:
            a, b = f"{a}::VARCHAR", f"{b}::VARCHAR"
        columns[column] = a, b
    return columns


def _shown(column: str, names: list[str] | None) -> str:
    if names is None:
        return f'"{column}"'
    listed = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
    return f'([{listed}])["{column}" + 1] AS "{column}"'


def _pair(connection: DuckDBPyConnection, config: str, columns: Sides) -> None:
    """Fill the table `pairs` with what changed and what is at one place; `gone` and `new` hold the rest."""
    low, high = _PLACES[config]
    differs = {column: f"{a} IS DISTINCT FROM {b}" for column, (a, b) in columns.items()}
    values = " OR ".join(condition for column, condition in differs.items() if column not in ORIGIN)
    connection.execute(
        f"""
        CREATE TEMP TABLE pairs AS
        SELECT CASE WHEN {values or "false"} THEN 'changed' ELSE 'origin' END AS kind,
               doc_id, a.id AS old, b.id AS new, b.label AS label
        FROM before a JOIN after b USING (doc_id, id) WHERE {" OR ".join(differs.values()) or "false"}
        """  # noqa: S608 - names of columns, nobody's input
    )
    for name, side, other in (("gone", "before", "after"), ("new", "after", "before")):
        connection.execute(
            f"""
            CREATE TEMP TABLE {name} AS
            SELECT doc_id, id, label, {low} AS low, {high} AS high,
                   row_number() OVER (PARTITION BY doc_id, {low}, {high} ORDER BY id) AS turn
            FROM {side} ANTI JOIN {other} USING (doc_id, id)
            """  # noqa: S608 - as above
        )
    connection.execute(
        """
        INSERT INTO pairs
        SELECT CASE WHEN a.label = b.label THEN 'moved' ELSE 'retyped' END, doc_id, a.id, b.id, b.label
        FROM gone a JOIN new b USING (doc_id, low, high, turn)
        """
    )
    connection.execute("DELETE FROM gone USING pairs p WHERE gone.doc_id = p.doc_id AND gone.id = p.old")
    connection.execute("DELETE FROM new USING pairs p WHERE new.doc_id = p.doc_id AND new.id = p.new")


def _origins(connection: DuckDBPyConnection, columns: Sides) -> Counter[str]:
    """Count the labels of other origin by what changed: `sources rules → ada, bo`."""
    known = [column for column in ORIGIN if column in columns]
    if not known:
        return Counter()
    shown = ", ".join(
        f"{a} AS old_{column}, {b} AS new_{column}" for column in known for a, b in [columns[column]]
    )
    counted = connection.execute(
        f"""
        SELECT {shown}, count(*) FROM pairs p
        JOIN before a ON a.doc_id = p.doc_id AND a.id = p.old
        JOIN after b ON b.doc_id = p.doc_id AND b.id = p.new
        WHERE kind = 'origin' GROUP BY ALL
        """  # noqa: S608 - names of columns, nobody's input
    )
    found = Counter[str]()
    for *values, number in counted.fetchall():
        sides = zip(known, values[::2], values[1::2], strict=True)
        said = [f"{column} {in_words(old)} → {in_words(new)}" for column, old, new in sides if old != new]
        found[" and ".join(said)] += number
    return found


def in_words(value: object) -> str:
    """Return the value of a column in words."""
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return words or "–"


def _move(connection: DuckDBPyConnection) -> None:
    """Pair spans of one label that overlap."""
    from parley.agreement.measures.labels import Spans
    from parley.agreement.measures.matching import relaxed

    connection.execute(
        """
        CREATE TEMP TABLE groups AS SELECT doc_id, label, row_number() OVER () AS number
        FROM (SELECT DISTINCT doc_id, label FROM gone) SEMI JOIN new USING (doc_id, label)
        """
    )
    sides = []
    for name in ("gone", "new"):
        rows = connection.execute(
            f"SELECT number, low, high, x.rowid AS row FROM {name} x JOIN groups USING (doc_id, label)"  # noqa: S608
            " ORDER BY number, x.id"
        ).fetchnumpy()
        number, low, high, row = (
            np.asarray(rows[column], np.int64) for column in ("number", "low", "high", "row")
        )
        sides.append((Spans(number, number * 0, low, high), row))
    (first, gone), (second, new) = sides
    left, right = relaxed(first, second).pairs
    matched = {"gone": gone[left], "new": new[right]}
    connection.register("matched", pa.table({name: pa.array(rows) for name, rows in matched.items()}))
    connection.execute(
        """
        INSERT INTO pairs SELECT 'moved', a.doc_id, a.id, b.id, b.label
        FROM matched m JOIN gone a ON a.rowid = m.gone JOIN new b ON b.rowid = m.new
        """
    )
    connection.execute("DELETE FROM gone WHERE rowid IN (SELECT gone FROM matched)")
    connection.execute("DELETE FROM new WHERE rowid IN (SELECT new FROM matched)")


def _changes(connection: DuckDBPyConnection, kind: str) -> Changes:
    """Return the changes of a kind, the first in the order of documents and of the earlier ids."""
    counted = connection.execute("SELECT label, count(*) FROM pairs WHERE kind = ? GROUP BY label", [kind])
    found = Changes(Counter(dict(counted.fetchall())))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE shown AS SELECT row_number() OVER () AS place, *"
        " FROM (FROM pairs WHERE kind = ? ORDER BY doc_id, coalesce(old, new), new LIMIT ?)",
        [kind, SHOWN],
    )
    sides = []
    for side, one in (("before", "old"), ("after", "new")):
        rows = connection.execute(
            f"SELECT place, s.* FROM shown JOIN {side} s ON s.doc_id = shown.doc_id AND s.id = shown.{one}"  # noqa: S608
        )
        names = [column[0] for column in rows.description or ()][1:]
        sides.append({place: dict(zip(names, row, strict=True)) for place, *row in rows.fetchall()})
    places = sorted(sides[0].keys() | sides[1].keys())
    found.shown = [(sides[0].get(place), sides[1].get(place)) for place in places]
    return found
