"""What changed between two releases: labels added, removed, moved, retyped; articles; splits; schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parley.blocks import table
from parley.faults import UsageError
from parley.release.configs import SPLIT_CONFIGS
from parley.release.parquet import read_table
from parley.release.splits import SPLITS

Key = tuple[str, str]  # doc_id and label id
Row = dict[str, Any]
_SHOWN = 20  # labels of a kind that a summary names


@dataclass(frozen=True)
class Labels:
    """The labels of one release, as far as two are compared."""

    schema: dict[str, str]
    articles: dict[str, Row]
    spans: dict[Key, Row]
    relations: dict[Key, Row]


@dataclass
class Difference:
    """What the second release has otherwise than the first. Pairs are (before, after)."""

    schema: list[str] = field(default_factory=list)
    articles_added: list[str] = field(default_factory=list)
    articles_removed: list[str] = field(default_factory=list)
    texts_changed: list[str] = field(default_factory=list)
    resplit: list[tuple[str, str, str]] = field(default_factory=list)
    added: list[Row] = field(default_factory=list)
    removed: list[Row] = field(default_factory=list)
    moved: list[tuple[Row, Row]] = field(default_factory=list)
    retyped: list[tuple[Row, Row]] = field(default_factory=list)
    changed: list[tuple[Row, Row]] = field(default_factory=list)

    @property
    def level(self) -> str:
        """How far a version must rise: `major` (schema), `minor` (labels, articles) or `patch` (wording)."""
        if self.schema:
            return "major"
        return "minor" if self.count else "patch"

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
            )
        )


def read_labels(folder: Path) -> Labels:
    """Read the labels of a published dataset folder.

    Raises UsageError where the folder holds none.
    """
    if not (folder / "data" / "documents").is_dir():
        raise UsageError(
            f"{folder} holds no published dataset", "name a dataset/ folder, or a revision that has one"
        )
    schema: dict[str, str] = {}
    articles: dict[str, Row] = {}
    labels: dict[str, dict[Key, Row]] = {"spans": {}, "relations": {}}
    for config in SPLIT_CONFIGS:
        for split in SPLITS:
            for path in sorted((folder / "data" / config).glob(f"{split}-*.parquet")):
                rows = read_table(path)
                schema |= {f"{config}.{f.name}": str(f.type) for f in rows.schema}
                names = _class_names(rows.schema.metadata)
                if config == "documents":
                    for row in rows.drop_columns(["spans", "relations"]).to_pylist():
                        articles[row["doc_id"]] = row | {"split": split}
                elif config in labels:
                    for row in rows.to_pylist():
                        named = {
                            k: names[k][v] if k in names and v is not None else v for k, v in row.items()
                        }
                        labels[config][row["doc_id"], row["id"]] = named
    return Labels(schema, articles, labels["spans"], labels["relations"])


def _class_names(metadata: Mapping[bytes, bytes] | None) -> dict[str, list[str]]:
    import json

    info = json.loads((metadata or {}).get(b"huggingface", b"{}")).get("info", {}).get("features", {})
    return {
        name: f["names"] for name, f in info.items() if isinstance(f, dict) and f.get("_type") == "ClassLabel"
    }


def difference(before: Labels, after: Labels) -> Difference:
    """Compare two releases."""
    found = Difference()
    for name in sorted(before.schema.keys() | after.schema.keys()):
        old, new = before.schema.get(name, "absent"), after.schema.get(name, "absent")
        if old != new:
            found.schema.append(f"{name}: {old} → {new}")
    found.articles_added = sorted(after.articles.keys() - before.articles.keys())
    found.articles_removed = sorted(before.articles.keys() - after.articles.keys())
    for doc in sorted(before.articles.keys() & after.articles.keys()):
        old_row, new_row = before.articles[doc], after.articles[doc]
        if old_row["text_sha256"] != new_row["text_sha256"]:
            found.texts_changed.append(doc)
        if old_row["split"] != new_row["split"]:
            found.resplit.append((doc, old_row["split"], new_row["split"]))
    _spans(before, after, found)
    _relations(before, after, found)
    return found


_DECIDING = ("label", "head", "tail")
_NOT_LABELS = {
    "doc_id",
    "id",
    "fold",
    "sentence",
    "sentence_start",
    "same_sentence",
    "annotator",
    "annotator_kind",
}


def _same(a: Row, b: Row) -> bool:
    return all(a.get(k) == b.get(k) for k in (a.keys() | b.keys()) - _NOT_LABELS)


def _spans(before: Labels, after: Labels, found: Difference) -> None:
    for key in sorted(before.spans.keys() & after.spans.keys()):
        if not _same(before.spans[key], after.spans[key]):
            found.changed.append((before.spans[key], after.spans[key]))
    gone = [before.spans[k] for k in sorted(before.spans.keys() - after.spans.keys())]
    new = [after.spans[k] for k in sorted(after.spans.keys() - before.spans.keys())]
    places = {(r["doc_id"], r["start"], r["end"]): r for r in new}
    taken: set[Key] = set()
    for old in gone:
        place = (old["doc_id"], old["start"], old["end"])
        match = places.get(place) or next(
            (
                r
                for r in new
                if (r["doc_id"], r["id"]) not in taken
                and r["doc_id"] == old["doc_id"]
                and r["label"] == old["label"]
                and r["start"] < old["end"]
                and old["start"] < r["end"]
            ),
            None,
        )
        if match is None or (match["doc_id"], match["id"]) in taken:
            found.removed.append(old)
            continue
        taken.add((match["doc_id"], match["id"]))
        (found.retyped if match["label"] != old["label"] else found.moved).append((old, match))
    found.added += [r for r in new if (r["doc_id"], r["id"]) not in taken]


def _relations(before: Labels, after: Labels, found: Difference) -> None:
    for key in sorted(before.relations.keys() & after.relations.keys()):
        if not _same(before.relations[key], after.relations[key]):
            found.changed.append((before.relations[key], after.relations[key]))
    gone = [before.relations[k] for k in sorted(before.relations.keys() - after.relations.keys())]
    new = [after.relations[k] for k in sorted(after.relations.keys() - before.relations.keys())]
    ends = {(r["doc_id"], frozenset((r["head"], r["tail"]))): r for r in new}
    taken: set[Key] = set()
    for old in gone:
        match = ends.get((old["doc_id"], frozenset((old["head"], old["tail"]))))
        if match and (match["doc_id"], match["id"]) not in taken:
            taken.add((match["doc_id"], match["id"]))
            found.retyped.append((old, match))
        else:
            found.removed.append(old)
    found.added += [r for r in new if (r["doc_id"], r["id"]) not in taken]


def as_markdown(found: Difference, before: str, after: str) -> str:
    """Return a difference as a Markdown summary."""
    lines = [f"### Labels of {after} against {before}", ""]
    if not found.count and not found.schema:
        return "\n".join([*lines, "No article and no label differs.", ""])
    rows = [
        ("articles added", len(found.articles_added), ", ".join(found.articles_added)),
        ("articles removed", len(found.articles_removed), ", ".join(found.articles_removed)),
        ("texts changed", len(found.texts_changed), ", ".join(found.texts_changed)),
        (
            "articles in another split",
            len(found.resplit),
            ", ".join(f"{d}: {a} → {b}" for d, a, b in found.resplit),
        ),
        ("labels added", len(found.added), _by_label(found.added)),
        ("labels removed", len(found.removed), _by_label(found.removed)),
        ("labels moved", len(found.moved), _by_label(b for _, b in found.moved)),
        ("labels retyped", len(found.retyped), _by_label(b for _, b in found.retyped)),
        ("attributes or origin changed", len(found.changed), _by_label(b for _, b in found.changed)),
        ("columns changed", len(found.schema), "; ".join(found.schema)),
    ]
    lines += [table(("what", "number", "which"), [r for r in rows if r[1]]), ""]
    pairs: list[tuple[Row | None, Row | None]] = [*found.retyped, *found.moved, *found.changed]
    pairs += [(None, r) for r in found.added] + [(r, None) for r in found.removed]
    shown = [(_said(a), _said(b), (b or a or {})["doc_id"]) for a, b in pairs[:_SHOWN]]
    lines += [table(("before", "after", "article"), shown), ""]
    if len(pairs) > _SHOWN:
        lines += [f"… and {len(pairs) - _SHOWN} more.", ""]
    return "\n".join(lines)


def _by_label(rows: Iterable[Row]) -> str:
    counts = Counter(str(r["label"]) for r in rows)
    return ", ".join(f"{label} {n}" for label, n in sorted(counts.items(), key=lambda x: (-x[1], x[0])))


def _said(row: Row | None) -> str:
    if row is None:
        return ""
    if "head" in row:
        return f"`{row['label']}` {row['head_text']} → {row['tail_text']}"
    skip = {*_NOT_LABELS, *_DECIDING, "text", "start", "end", "sources", "decision", "reason"}
    values = " ".join(f"{k}={v}" for k, v in row.items() if v is not None and k not in skip)
    return f"`{row['label']}` {row['text']} {row['start']}:{row['end']} {values}".strip()
