"""What changed between two releases: labels added, removed, moved, retyped; articles; splits; schema."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path

import pyarrow as pa

from parley.faults import UsageError
from parley.release.data.files import class_names, data_files, read_file
from parley.release.data.schema import SPLIT_CONFIGS, WHOLE_CONFIGS
from parley.release.versions.label_changes import (
    NOT_LABELS,
    ORIGIN,
    SHOWN,
    Changes,
    Row,
    Source,
    in_words,
    label_changes,
)
from parley.runtime.markdown import table
from parley.runtime.progress import bar

# columns that say what the others say too
_SAID = NOT_LABELS | {
    *("label", "text", "start", "end"),
    *("head", "head_label", "head_text", "tail", "tail_label", "tail_text"),
}


@dataclass(frozen=True)
class Labels:
    """One release, as far as two are compared.

    schema: column → its type. articles: doc_id → the SHA-256 of its text, and its split. spans, relations:
    where their rows are. classes: column → names of the classes that its numbers stand for; none if the
    files do not tell.
    """

    schema: dict[str, str]
    articles: dict[str, tuple[str, str]]
    spans: Source
    relations: Source
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass
class Difference:
    """What the second release has otherwise than the first. Pairs are (before, after).

    schema: columns, and class numbers that mean something else. classes_added: by column, numbers that meant
    nothing before. The last six: changes of labels by kind, as versions.label_changes tells them apart.
    """

    schema: list[str] = field(default_factory=list)
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
        if self.schema:
            return "major"
        return "minor" if self.count or self.classes_added else "patch"

    @property
    def count(self) -> int:
        """The number of differences in articles and labels."""
        return sum(
            len(part)
            for part in (
                self.articles_added,
                self.articles_removed,
                self.texts_changed,
                self.resplit,
                self.added,
                self.removed,
                self.moved,
                self.retyped,
                self.changed,
                self.origin,
            )
        )


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
    sources = {name: Source(pa.table({})) for name in ("spans", "relations")}
    for config in (*SPLIT_CONFIGS, *WHOLE_CONFIGS):
        paths = []
        for split, path in data_files(folder, config):
            rows = read_file(folder, path, ["doc_id", "text_sha256"] if config == "documents" else [])
            found = pq.read_schema(path)
            paths.append(path)
            schema |= {f"{config}.{f.name}": str(f.type) for f in found}
            names = class_names(found)
            classes |= {f"{config}.{column}": some for column, some in names.items()}
            if config == "documents":
                articles |= {d: (sha, split) for d, sha in zip(*(c.to_pylist() for c in rows), strict=True)}
        if paths and config in sources:
            data = ds.dataset(paths, schema=found)
            own = {column: list(some) for column, some in names.items() if column in found.names}
            sources[config] = Source(data, own)
    return Labels(schema, articles, sources["spans"], sources["relations"], classes)


def difference(before: Labels, after: Labels) -> Difference:
    """Compare two releases, in memory that does not grow with their labels."""
    found = Difference()
    for name in _comparable(before.schema, after.schema):
        old, new = before.schema.get(name, "absent"), after.schema.get(name, "absent")
        if old != new:
            found.schema.append(f"{name}: {old} → {new}")
    for name in sorted(before.classes.keys() & after.classes.keys()):
        turned, added = _renumbered(before.classes[name], after.classes[name])
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
    for config in bar(("spans", "relations"), "comparing labels"):
        old_rows, new_rows = getattr(before, config), getattr(after, config)
        changes = label_changes(config, _named(old_rows, new_rows), _named(new_rows, old_rows))
        for kind, some in changes.items():
            getattr(found, kind).add(some)
    return found


def _comparable(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """Return the columns of either release, but for those of a config that one of them has no row of.

    It has no file of it, so nothing tells its columns. Configs about the corpus as a whole always have one.
    """
    sides = [{name.partition(".")[0] for name in side} for side in (before, after)]
    known = (sides[0] & sides[1]) | set(WHOLE_CONFIGS)
    return sorted(name for name in {*before, *after} if name.partition(".")[0] in known)


def _renumbered(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the class numbers that mean something else than before, and the names that were appended."""
    turned = [
        f"{number} {old} → {new}"
        for number, (old, new) in enumerate(zip_longest(before, after[: len(before)], fillvalue="nothing"))
        if old != new
    ]
    return turned, list(after[len(before) :])


def _named(source: Source, other: Source) -> Source:
    """Return rows with the other release's class names if their own files have none."""
    schema = source.data.schema
    numbers = {name for name in schema.names if pa.types.is_integer(schema.field(name).type)}
    known = {name: names for name, names in other.names.items() if name in numbers}
    return replace(source, names={**known, **source.names})


def as_markdown(found: Difference, before: str, after: str) -> str:
    """Return a difference as a Markdown summary: counts, and the first of the articles and labels.

    Labels that differ in their origin alone are counted by what changed, and not shown.
    """
    lines = [f"### Labels of {after} against {before}", ""]
    if found == Difference():
        return "\n".join([*lines, "No article and no label differs.", ""])
    rows = [
        ("articles added", len(found.articles_added), _first(found.articles_added)),
        ("articles removed", len(found.articles_removed), _first(found.articles_removed)),
        ("texts changed", len(found.texts_changed), _first(found.texts_changed)),
        (
            "articles in another split",
            len(found.resplit),
            _first([f"{d}: {a} → {b}" for d, a, b in found.resplit]),
        ),
        ("labels added", len(found.added), _counted(found.added)),
        ("labels removed", len(found.removed), _counted(found.removed)),
        ("labels moved", len(found.moved), _counted(found.moved)),
        ("labels retyped", len(found.retyped), _counted(found.retyped)),
        ("labels with other attributes", len(found.changed), _counted(found.changed)),
        ("labels of other origin alone", len(found.origin), _counted(found.origin, "; ", ": ")),
        ("columns changed", len(found.schema), "; ".join(found.schema)),
        ("columns with more classes", len(found.classes_added), "; ".join(found.classes_added)),
    ]
    lines += [table(("what", "number", "which"), [r for r in rows if r[1]]), ""]
    kinds = (found.retyped, found.moved, found.changed, found.added, found.removed)
    shown = [
        (_said(a, b), _said(b, a), (b or a or {})["doc_id"])
        for kind, number in zip(kinds, _shares([len(kind.shown) for kind in kinds], SHOWN), strict=True)
        for a, b in kind.shown[:number]
    ]
    if shown:
        lines += [table(("before", "after", "article"), shown), ""]
    more = sum(map(len, kinds)) - len(shown)
    if more:
        lines += [f"… and {more} more.", ""]
    return "\n".join(lines)


def _first(names: Sequence[str]) -> str:
    more = f" … and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _counted(changes: Changes, between: str = ", ", before: str = " ") -> str:
    counts = sorted(changes.labels.items(), key=lambda x: (-x[1], x[0]))
    return between.join(f"{what}{before}{n}" for what, n in counts)


def _shares(wanted: Sequence[int], most: int) -> list[int]:
    """Return how many of `most` rows each gets: the same number, but none more than it wants."""
    shares = [0] * len(wanted)
    for _ in range(most):
        short = [index for index, number in enumerate(wanted) if shares[index] < number]
        if short and sum(shares) < most:
            shares[min(short, key=lambda index: shares[index])] += 1
    return shares


def _said(row: Row | None, other: Row | None) -> str:
    """Return a label in words, with the columns in which it is not the other one."""
    if row is None:
        return ""
    if "head" in row:
        said = f"{row['head_text']} → {row['tail_text']}"
    else:
        said = f"{row['text']} {row['start']}:{row['end']}"
    if other is None:
        values = {k: v for k, v in row.items() if v is not None and k not in ORIGIN}
    else:
        values = {k: row.get(k) for k in row | other if row.get(k) != other.get(k)}
    shown = [f"{k}={in_words(v)}" for k, v in values.items() if k not in _SAID]
    return " ".join([f"`{row['label']}`", said, *shown])
