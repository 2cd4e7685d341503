"""What changed between two releases: labels added, removed, moved, retyped; articles; splits; schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from parley.blocks import table
from parley.faults import UsageError
from parley.progress import bar
from parley.release.configs import SPLIT_CONFIGS
from parley.release.label_changes import NOT_LABELS, SHOWN, Changes, Row, Source, label_changes
from parley.release.splits import SPLITS

_DECIDING = ("label", "head", "tail")


@dataclass(frozen=True)
class Labels:
    """One release, as far as two are compared.

    articles: doc_id → the SHA-256 of its text, and its split. spans, relations: where their rows are.
    """

    schema: dict[str, str]
    articles: dict[str, tuple[str, str]]
    spans: Source
    relations: Source


@dataclass
class Difference:
    """What the second release has otherwise than the first. Pairs are (before, after).

    The last five: changes of labels by kind, as parley.release.label_changes tells them apart.
    """

    schema: list[str] = field(default_factory=list)
    articles_added: list[str] = field(default_factory=list)
    articles_removed: list[str] = field(default_factory=list)
    texts_changed: list[str] = field(default_factory=list)
    resplit: list[tuple[str, str, str]] = field(default_factory=list)
    added: Changes = field(default_factory=Changes)
    removed: Changes = field(default_factory=Changes)
    moved: Changes = field(default_factory=Changes)
    retyped: Changes = field(default_factory=Changes)
    changed: Changes = field(default_factory=Changes)

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
    """Find the labels of a published dataset folder; their rows stay in its files.

    Raises UsageError where the folder holds none.
    """
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    if not (folder / "data" / "documents").is_dir():
        raise UsageError(
            f"{folder} holds no published dataset", "name a dataset/ folder, or a revision that has one"
        )
    schema: dict[str, str] = {}
    articles: dict[str, tuple[str, str]] = {}
    sources = {name: Source(pa.table({})) for name in ("spans", "relations")}
    for config in SPLIT_CONFIGS:
        files = [
            (split, path)
            for split in SPLITS
            for path in sorted((folder / "data" / config).glob(f"{split}-*.parquet"))
        ]
        for split, path in files:
            found = pq.read_schema(path)
            schema |= {f"{config}.{f.name}": str(f.type) for f in found}
            if config == "documents":
                rows = pq.read_table(path, columns=["doc_id", "text_sha256"])
                articles |= {d: (sha, split) for d, sha in zip(*(c.to_pylist() for c in rows), strict=True)}
        if files and config in sources:
            data = ds.dataset([path for _, path in files], schema=found)
            sources[config] = Source(data, _class_names(found.metadata))
    return Labels(schema, articles, sources["spans"], sources["relations"])


def _class_names(metadata: Mapping[bytes, bytes] | None) -> dict[str, list[str]]:
    import json

    info = json.loads((metadata or {}).get(b"huggingface", b"{}")).get("info", {}).get("features", {})
    return {
        name: f["names"] for name, f in info.items() if isinstance(f, dict) and f.get("_type") == "ClassLabel"
    }


def difference(before: Labels, after: Labels) -> Difference:
    """Compare two releases, in memory that does not grow with their labels."""
    found = Difference()
    for name in sorted(before.schema.keys() | after.schema.keys()):
        old, new = before.schema.get(name, "absent"), after.schema.get(name, "absent")
        if old != new:
            found.schema.append(f"{name}: {old} → {new}")
    found.articles_added = sorted(after.articles.keys() - before.articles.keys())
    found.articles_removed = sorted(before.articles.keys() - after.articles.keys())
    for doc in sorted(before.articles.keys() & after.articles.keys()):
        (old_text, old_split), (new_text, new_split) = before.articles[doc], after.articles[doc]
        if old_text != new_text:
            found.texts_changed.append(doc)
        if old_split != new_split:
            found.resplit.append((doc, old_split, new_split))
    for config in bar(("spans", "relations"), "comparing labels"):
        changes = label_changes(config, getattr(before, config), getattr(after, config))
        for kind, some in changes.items():
            getattr(found, kind).add(some)
    return found


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
        ("labels moved", len(found.moved), _by_label(found.moved)),
        ("labels retyped", len(found.retyped), _by_label(found.retyped)),
        ("attributes or origin changed", len(found.changed), _by_label(found.changed)),
        ("columns changed", len(found.schema), "; ".join(found.schema)),
    ]
    lines += [table(("what", "number", "which"), [r for r in rows if r[1]]), ""]
    kinds = (found.retyped, found.moved, found.changed, found.added, found.removed)
    pairs = [pair for kind in kinds for pair in kind.shown][:SHOWN]
    shown = [(_said(a), _said(b), (b or a or {})["doc_id"]) for a, b in pairs]
    lines += [table(("before", "after", "article"), shown), ""]
    more = sum(map(len, kinds)) - len(pairs)
    if more:
        lines += [f"… and {more} more.", ""]
    return "\n".join(lines)


def _by_label(changes: Changes) -> str:
    counts = sorted(changes.labels.items(), key=lambda x: (-x[1], x[0]))
    return ", ".join(f"{label} {n}" for label, n in counts)


def _said(row: Row | None) -> str:
    if row is None:
        return ""
    if "head" in row:
        return f"`{row['label']}` {row['head_text']} → {row['tail_text']}"
    skip = {*NOT_LABELS, *_DECIDING, "text", "start", "end", "sources", "decision", "reason"}
    values = " ".join(f"{k}={v}" for k, v in row.items() if v is not None and k not in skip)
    return f"`{row['label']}` {row['text']} {row['start']}:{row['end']} {values}".strip()
