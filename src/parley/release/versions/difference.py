"""What changed between two releases: labels added, removed, moved, retyped; articles; splits; schema.

The rows of labels stay in their files; duckdb joins them once, on disk if memory is short, and keeps what is
not alike. Of each kind of change the number by label is kept, and the first few in full.

A label whose id both releases have is *changed* if another column differs. If only the columns differ that
say who made it (`ORIGIN`), it is of other *origin*, and counted by what changed instead of by label. Of the
others, those that both have at one place (of spans the offsets, of relations the two ends, whichever way)
under another label are *retyped*, pair by pair in the order of their ids. Of the spans that are left, those
of one label that overlap are *moved*, one to one, the largest overlap over union first. What is left then was
*added* or *removed*. Cost: O(n log n) for n labels, if no more than a few of one label cover one place.
"""

# ruff: noqa: S608 - the SQL is made of names of columns and classes, quoted

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from parley.faults import UsageError
from parley.model.ontology import DOCUMENT
from parley.model.ontology_file import RESERVED_OF_DOCUMENT
from parley.release.data.files import class_names, data_files, read_file
from parley.release.data.schema import config_names, former_names
from parley.runtime.files import temporary_folder
from parley.runtime.progress import bar

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]
KINDS = ("retyped", "moved", "changed", "origin", "added", "removed")
ORIGIN = ("sources", "decision", "reason")
SHOWN = 20  # changes of a kind that are kept in full
NOT_LABELS = frozenset(
    {"doc_id", "id", "fold", "sentence", "sentence_id", "sentence_start", "same_sentence"}
    | {"annotator", "annotator_kind", "event", "published", "publisher"}
)
_MEMORY = "400MB"  # for joins; past it duckdb works on disk
_PLACES = {  # of a row {0}
    "spans": ('{0}."start"', '{0}."end"'),
    "relations": ("least({0}.head_id, {0}.tail_id)", "greatest({0}.head_id, {0}.tail_id)"),
}


@dataclass(frozen=True)
class Labels:
    """One release, as far as two are compared.

    schema: column → its type. articles: doc_id → the SHA-256 of its text, and its split. rows: of the configs
    `spans` and `relations`, an Arrow table or dataset with `doc_id`, `id`, `label` and what the config has
    besides; a config without rows is not there. classes: column → names of the classes that its numbers stand
    for; none if the files do not tell. said: doc_id → what is said of the whole article, by attribute.
    """

    schema: dict[str, str]
    articles: dict[str, tuple[str, str]]
    rows: Mapping[str, Any]
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    said: Mapping[str, Row] = field(default_factory=dict)


@dataclass
class Changes:
    """Changes of one kind. labels: how many by label, the later one of two; of other origin, by what changed.

    shown: the first of them as (before, after), None if there is nothing.
    """

    labels: Counter[str] = field(default_factory=Counter)
    shown: list[tuple[Row | None, Row | None]] = field(default_factory=list)

    def __len__(self) -> int:
        return self.labels.total()


@dataclass
class Difference:
    """What the second release has otherwise than the first. Pairs are (before, after).

    schema: columns, and class numbers that mean something else. renamed: configs and columns with another
    name. configs_added: that have rows for the first time. classes_added: by column, numbers that meant
    nothing before. The last six: changes of labels by kind.
    """

    schema: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    configs_added: list[str] = field(default_factory=list)
    classes_added: list[str] = field(default_factory=list)
    articles_added: list[str] = field(default_factory=list)
    articles_removed: list[str] = field(default_factory=list)
    texts_changed: list[str] = field(default_factory=list)
    resplit: list[tuple[str, str, str]] = field(default_factory=list)
    added: Changes = field(default_factory=Changes)
    removed: Changes = field(default_factory=Changes)
    moved: Changes = field(default_factory=Changes)
    retyped: Changes = field(default_factory=Changes)
    changed: Changes = field(default_factory=Changes)
    origin: Changes = field(default_factory=Changes)

    @property
    def level(self) -> str:
        """How far a version must rise.

        `major`: other columns, or class numbers that mean something else. `minor`: labels, articles or more
        classes. `patch`: wording.
        """
        if self.schema or self.renamed:
            return "major"
        return "minor" if any(len(getattr(self, one.name)) for one in fields(self)) else "patch"


def read_labels(folder: Path) -> Labels:
    """Find the labels of a published dataset folder; their rows stay in its files.

    Raises UsageError if the folder holds none, DataFaults if a file of it is damaged.
    """
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    if not (folder / "data" / "documents").is_dir():
        raise UsageError(
            f"{folder} has no published dataset", "name a dataset/ folder, or a revision that has one"
        )
    schema: dict[str, str] = {}
    classes: dict[str, tuple[str, ...]] = {}
    articles: dict[str, tuple[str, str]] = {}
    said: dict[str, Row] = {}
    labels = {}
    for config in sorted(path.name for path in (folder / "data").iterdir() if path.is_dir()):
        files = list(data_files(folder, config))
        for split, path in files:
            rows = read_file(folder, path, ["doc_id", "text_sha256"] if config == "documents" else [])
            found = pq.read_schema(path)
            schema |= _types(config, found)
            classes |= {f"{config}.{column}": names for column, names in class_names(found).items()}
            if config == "documents":
                articles |= {d: (sha, split) for d, sha in zip(*(c.to_pylist() for c in rows), strict=True)}
                if names := _said(found):
                    whole = read_file(folder, path, ["doc_id", *names]).to_pylist()
                    said |= {row.pop("doc_id"): row for row in whole}
        if files and config in _PLACES:
            labels[config] = ds.dataset([path for _, path in files], schema=found)
    return Labels(schema, articles, labels, classes, said)


def _said(schema: pa.Schema) -> list[str]:
    """Return the columns of articles that say something of them: no other than attributes of the document."""
    known = RESERVED_OF_DOCUMENT | class_names(schema).keys()
    kinds = pa.string(), pa.float64()
    return [field.name for field in schema if field.name not in known and field.type in kinds]


def _types(path: str, fields: Iterable[pa.Field]) -> dict[str, str]:
    """Return the type of each column, and of each part of one of structs, by its path."""
    found: dict[str, str] = {}
    for one in fields:
        nested = pa.types.is_list(one.type) and pa.types.is_struct(one.type.value_type)
        if nested:
            found |= _types(f"{path}.{one.name}", one.type.value_type)
        found[f"{path}.{one.name}"] = "list of structs" if nested else str(one.type).replace("element: ", "")
    return found


def difference(before: Labels, after: Labels) -> Difference:
    """Compare two releases, in memory that does not grow with their labels."""
    found = Difference()
    _compare_schemas(found, before.schema, after.schema)
    for name in sorted(before.classes.keys() & after.classes.keys()):
        known, added = before.classes[name], after.classes[name][len(before.classes[name]) :]
        turned = [
            f"{number} {old} → {new}"
            for number, (old, new) in enumerate(
                zip_longest(known, after.classes[name][: len(known)], fillvalue="nothing")
            )
            if old != new
        ]
        if turned:
            found.schema.append(f"{name}: {', '.join(turned)}")
        elif added:
            found.classes_added.append(f"{name}: {', '.join(added)}")
    found.articles_added = sorted(after.articles.keys() - before.articles.keys())
    found.articles_removed = sorted(before.articles.keys() - after.articles.keys())
    for doc in sorted(before.articles.keys() & after.articles.keys()):
        (old_text, old_split), (new_text, new_split) = before.articles[doc], after.articles[doc]
        if old_text != new_text:
            found.texts_changed.append(doc)
        if old_split != new_split:
            found.resplit.append((doc, old_split, new_split))
        _compare_said(found, doc, before.said.get(doc, {}), after.said.get(doc, {}))
    for config in bar(_PLACES, "comparing labels"):
        for kind, some in label_changes(config, before, after).items():
            so_far = getattr(found, kind)
            so_far.labels.update(some.labels)
            so_far.shown += some.shown
    return found


def _compare_said(found: Difference, doc_id: str, before: Row, after: Row) -> None:
    """Count what is said of an article if it is not the same, under `document`."""
    sides = [{name: value for name, value in side.items() if value is not None} for side in (before, after)]
    if sides[0] == sides[1]:
        return
    kind = found.changed if all(sides) else found.added if sides[1] else found.removed
    kind.labels[DOCUMENT] += 1
    if len(kind.shown) < SHOWN:
        blank = {"doc_id": doc_id, "label": DOCUMENT, **dict.fromkeys((*before, *after))}
        one, other = (blank | side if side else None for side in sides)
        kind.shown.append((one, other))


def _compare_schemas(found: Difference, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Say which configs and columns are new, gone, renamed, or of another type."""
    sides = [{name.partition(".")[0] for name in side} for side in (before, after)]
    renamed = {new: old for new, old in former_names().items() if new not in before and old in before}
    renamed = {new: old for new, old in renamed.items() if new in after}
    configs = {
        new: old
        for new, old in former_names().items()
        if new in sides[1] - sides[0] and old in sides[0] - sides[1]
    }
    for old in sorted(set(configs.values())):
        new = " and ".join(name for name, was in configs.items() if was == old)
        found.renamed.append(f"{old} is {new} now, with other columns")
    found.configs_added = sorted(sides[1] - sides[0] - configs.keys())
    for name in _comparable(before, after):
        old, new = before.get(name, "absent"), after.get(name, "absent")
        gone = name in renamed.values() and new == "absent"
        if old == new or gone or name.partition(".")[0] in configs.values():
            continue
        if name in renamed:
            found.renamed.append(f"{renamed[name]} is {name} now")
        else:
            found.schema.append(f"{name}: {old} → {new}")


def _comparable(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """Return the columns of either release, but for those of a config that one of them has no row of.

    It has no file of it, so nothing tells its columns. A config that this version of Parley does not publish
    at all is gone.
    """
    sides = [{name.partition(".")[0] for name in side} for side in (before, after)]
    known = (sides[0] & sides[1]) | ((sides[0] | sides[1]) - config_names())
    return sorted(name for name in {*before, *after} if name.partition(".")[0] in known)


def label_changes(config: str, before: Labels, after: Labels) -> dict[str, Changes]:
    """Return the changes of a config, `spans` or `relations`, by kind."""
    import duckdb

    found = {kind: Changes() for kind in KINDS}
    if config not in before.rows and config not in after.rows:
        return found
    with temporary_folder() as scratch, duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{_MEMORY}'")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"SET temp_directory = '{scratch}'")
        columns = _open(connection, config, before, after)
        _pair(connection, config, columns)
        if config == "spans":
            _move(connection)
        for kind, name, old, new in (("removed", "gone", "id", "NULL"), ("added", "new", "NULL", "id")):
            connection.execute(f"INSERT INTO pairs SELECT '{kind}', doc_id, {old}, {new}, label FROM {name}")
        counted = connection.execute("SELECT kind, label, count(*) FROM pairs GROUP BY ALL")
        for kind, label, number in counted.fetchall():
            found[kind].labels[label] = number
        found["origin"].labels = _origins(connection, [name for name in ORIGIN if name in columns])
        connection.execute(
            f"""
            CREATE TEMP TABLE shown AS SELECT *, row_number() OVER (
                PARTITION BY kind ORDER BY doc_id, coalesce(old, new), new
            ) AS place FROM pairs QUALIFY place <= {SHOWN}
            """
        )
        shown = connection.execute(
            """
            SELECT kind, CASE WHEN old IS NOT NULL THEN a END, CASE WHEN new IS NOT NULL THEN b END
            FROM shown p
            LEFT JOIN (FROM before SEMI JOIN shown USING (doc_id)) a ON a.doc_id = p.doc_id AND a.id = p.old
            LEFT JOIN (FROM after SEMI JOIN shown USING (doc_id)) b ON b.doc_id = p.doc_id AND b.id = p.new
            ORDER BY kind, place
            """
        )
        for kind, *pair in shown.fetchall():
            found[kind].shown.append((pair[0], pair[1]))
    return found


def _open(connection: DuckDBPyConnection, config: str, before: Labels, after: Labels) -> list[str]:
    """Make the views `before` and `after` with the same columns; return those that are of the labels.

    Class numbers become names; those of a release that tells none are the other's.
    """
    import pyarrow.dataset as ds

    types: dict[str, dict[str, str]] = {}
    for view, own, other in (("before", before, after), ("after", after, before)):
        rows = own.rows[config] if config in own.rows else other.rows[config].schema.empty_table()
        if isinstance(rows, ds.Dataset):  # its own reader takes half the time of one through Arrow
            connection.read_parquet(rows.files).create_view(f"{view}_rows")
        else:
            connection.register(f"{view}_rows", rows)
        there = set(rows.schema.names)
        names_now = {"head": "head_id", "tail": "tail_id"} if "head" in there else {}
        shown = []
        for column in rows.schema:
            key = f"{config}.{column.name}"
            names = own.classes.get(key) or (
                other.classes.get(key) if pa.types.is_integer(column.type) else ()
            )
            listed = ", ".join("'" + one.replace("'", "''") + "'" for one in names or ())
            value = f'([{listed}])["{column.name}" + 1]' if names else f'"{column.name}"'
            if pa.types.is_string(column.type):  # what is missing was "" before 0.3.0
                value = f"nullif({value}, '')"
            called = names_now.get(column.name, column.name)
            shown.append(f'{value} AS "{called}"')
        connection.execute(f"CREATE VIEW {view}_named AS SELECT {', '.join(shown)} FROM {view}_rows")
        described = connection.execute(f"DESCRIBE {view}_named").fetchall()
        types[view] = {column: kind for column, kind, *_ in described}
    either = types["before"] | types["after"]
    differing = [c for c in either if len({known[c] for known in types.values() if c in known}) > 1]
    for view, known_types in types.items():
        shown = []
        for column, kind in either.items():
            value = f'"{column}"' if column in known_types else "NULL"
            shown.append(f'{value}::{"VARCHAR" if column in differing else kind} AS "{column}"')
        connection.execute(f"CREATE VIEW {view} AS SELECT {', '.join(shown)} FROM {view}_named")
    ids = {column for column in either if column.endswith("_id") and column.removesuffix("_id") in either}
    return [column for column in either if column not in NOT_LABELS | ids]


def _pair(connection: DuckDBPyConnection, config: str, columns: Sequence[str]) -> None:
    """Fill the table `pairs` with what changed and what is at one place; `gone` and `new` hold the rest.

    `apart` holds every row that is not alike in both releases.
    """
    differs = {column: f'a."{column}" IS DISTINCT FROM b."{column}"' for column in columns}
    values = " OR ".join(condition for column, condition in differs.items() if column not in ORIGIN)
    apart = [
        f'{value.format(side)} AS "{name}_{side}"'
        for side in ("a", "b")
        for name, value in (
            ("label", "{0}.label"),
            ("low", _PLACES[config][0]),
            ("high", _PLACES[config][1]),
            *((column, f'{{0}}."{column}"') for column in ORIGIN if column in columns),
        )
    ]
    connection.execute(
        f"""
        CREATE TEMP TABLE apart AS
        SELECT doc_id, a.id AS old, b.id AS new, {values} AS changed, {", ".join(apart)}
        FROM before a FULL JOIN after b USING (doc_id, id)
        WHERE a.id IS NULL OR b.id IS NULL OR {" OR ".join(differs.values())}
        """
    )
    connection.execute(
        """
        CREATE TEMP TABLE pairs AS
        SELECT CASE WHEN changed THEN 'changed' ELSE 'origin' END AS kind, doc_id, old, new, label_b AS label
        FROM apart WHERE old IS NOT NULL AND new IS NOT NULL
        """
    )
    for name, side, own, other in (("gone", "a", "old", "new"), ("new", "b", "new", "old")):
        connection.execute(
            f"""
            CREATE TEMP TABLE {name} AS
            SELECT doc_id, {own} AS id, label_{side} AS label, low_{side} AS low, high_{side} AS high,
                   row_number() OVER (PARTITION BY doc_id, low_{side}, high_{side} ORDER BY {own}) AS turn
            FROM apart WHERE {other} IS NULL
            """
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


def _move(connection: DuckDBPyConnection) -> None:
    """Pair spans of one label that overlap."""
    from parley.agreement.measures.matching import Spans, relaxed

    connection.execute(
        """
        CREATE TEMP TABLE groups AS SELECT doc_id, label, row_number() OVER () AS number
        FROM (SELECT DISTINCT doc_id, label FROM gone) SEMI JOIN new USING (doc_id, label)
        """
    )
    sides = []
    for name in ("gone", "new"):
        rows = connection.execute(
            f"""
            SELECT number, low, high, x.rowid FROM {name} x JOIN groups USING (doc_id, label)
            ORDER BY number, x.id
            """
        ).fetchnumpy()
        number, low, high, row = (np.asarray(values, np.int64) for values in rows.values())
        sides.append((Spans(number, number * 0, low, high), row))
    (first, gone), (second, new) = sides
    left, right = relaxed(first, second).pairs
    connection.register("matched", pa.table({"gone": gone[left], "new": new[right]}))
    connection.execute(
        """
        INSERT INTO pairs SELECT 'moved', a.doc_id, a.id, b.id, b.label
        FROM matched m JOIN gone a ON a.rowid = m.gone JOIN new b ON b.rowid = m.new
        """
    )
    connection.execute("DELETE FROM gone WHERE rowid IN (SELECT gone FROM matched)")
    connection.execute("DELETE FROM new WHERE rowid IN (SELECT new FROM matched)")


def _origins(connection: DuckDBPyConnection, columns: Sequence[str]) -> Counter[str]:
    """Count the labels of other origin by what changed: `sources rules → ada, bo`."""
    found = Counter[str]()
    if not columns:
        return found
    counted = connection.execute(
        f"""
        SELECT {", ".join(f"{column}_a, {column}_b" for column in columns)}, count(*) FROM apart
        WHERE old IS NOT NULL AND new IS NOT NULL AND NOT changed GROUP BY ALL
        """
    )
    for *values, number in counted.fetchall():
        sides = zip(columns, values[::2], values[1::2], strict=True)
        said = [f"{column} {in_words(old)} → {in_words(new)}" for column, old, new in sides if old != new]
        found[" and ".join(said)] += number
    return found


def in_words(value: object) -> str:
    """Return the value of a column in words."""
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return words or "–"
