"""Damage to what is published: files, rows, splits and figures of dataset/, each kind alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from damage_catalogue import mutation

from parley.model.paths import CorpusPaths
from parley.release.data.files import read_table, write_table

AREA = "published files"
Rows = list[dict[str, Any]]


def parquet(corpus: CorpusPaths, config: str, split: str = "train") -> Path:
    """Return the one file of a split."""
    (path,) = (corpus.dataset / "data" / config).glob(f"{split}-*.parquet")
    return path


def place(corpus: CorpusPaths, path: Path) -> str:
    return corpus.relative(path)


def edit(path: Path, change: Callable[[Rows], object]) -> None:
    """Change the rows of a Parquet file, which stays a good one."""
    table = read_table(path)
    rows = table.to_pylist()
    change(rows)
    write_table(path, pa.Table.from_pylist(rows, schema=table.schema))


@mutation(AREA, "a Parquet file is cut short", "release-damaged")
def _(corpus: CorpusPaths) -> str:
    path = parquet(corpus, "spans")
    path.write_bytes(path.read_bytes()[:-100])
    return place(corpus, path)


@mutation(AREA, "a Parquet file is empty", "release-damaged")
def _(corpus: CorpusPaths) -> str:
    path = parquet(corpus, "relations")
    path.write_bytes(b"")
    return place(corpus, path)


@mutation(AREA, "a Parquet file is half written, zeros to its end", "release-damaged")
def _(corpus: CorpusPaths) -> str:
    path = parquet(corpus, "documents")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))
    return place(corpus, path)


@mutation(AREA, "a byte flips inside a Parquet page", "release-damaged", "release-labels")
def _(corpus: CorpusPaths) -> str:
    path = parquet(corpus, "spans")
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0x10
    path.write_bytes(data)
    return place(corpus, path)


@mutation(AREA, "a Parquet file is gone", "release-damaged")
def _(corpus: CorpusPaths) -> str:
    path = parquet(corpus, "sentences")
    path.unlink()
    return place(corpus, path)


@mutation(
    AREA,
    "a Parquet file of another split takes the place of one",
    "release-labels",
    "release-damaged",
    "split-leak-event",
)
def _(corpus: CorpusPaths) -> str:
    path = parquet(corpus, "spans", "test")
    path.write_bytes(parquet(corpus, "spans", "train").read_bytes())
    return place(corpus, path)


@mutation(AREA, "a Parquet file too many", "release-extra", "release-damaged")
def _(corpus: CorpusPaths) -> str:
    path = parquet(corpus, "spans")
    other = path.with_name("train-00001-of-00002.parquet")
    other.write_bytes(path.read_bytes())
    return place(corpus, other)


@mutation(AREA, "a program among the data", "release-extra", "release-damaged")
def _(corpus: CorpusPaths) -> str:
    path = corpus.dataset / "dataset.py"
    path.write_text("print()\n", encoding="utf-8")
    return place(corpus, path)


@mutation(AREA, "a published span moves by one", "release-labels", "span-surface", "span-cut-word", "span-id")
def _(corpus: CorpusPaths) -> str:
    path = parquet(corpus, "spans")
    edit(path, lambda rows: rows[0].update(start=rows[0]["start"] + 1, end=rows[0]["end"] + 1))
    return place(corpus, path)


@mutation(AREA, "a published span is lost", "release-labels", "release-damaged", "relation-dangling")
def _(corpus: CorpusPaths) -> str:
    path = parquet(corpus, "spans")
    edit(path, lambda rows: rows.pop())
    return place(corpus, path)


@mutation(
    AREA, "a published relation stands twice", "release-labels", "release-damaged", "relation-duplicate"
)
def _(corpus: CorpusPaths) -> str:
    path = parquet(corpus, "relations")
    edit(path, lambda rows: rows.append(rows[-1]))
    return place(corpus, path)


@mutation(
    AREA,
    "a published relation turns round",
    "release-labels",
    "relation-id",
    "relation-domain",
    "relation-range",
)
def _(corpus: CorpusPaths) -> str:
    path = parquet(corpus, "relations")
    edit(path, lambda rows: rows[0].update(head=rows[0]["tail"], tail=rows[0]["head"]))
    return place(corpus, path)


@mutation(AREA, "an article's published text changes", "release-labels")
def _(corpus: CorpusPaths) -> str:
    path = parquet(corpus, "documents")
    edit(path, lambda rows: rows[0].update(text=rows[0]["text"].replace(" ", "\N{NO-BREAK SPACE}", 1)))
    return place(corpus, path)


@mutation(AREA, "an article stands in two splits", "split-leak-event", "release-labels", "release-damaged")
def _(corpus: CorpusPaths) -> str:
    path, other = parquet(corpus, "documents", "test"), parquet(corpus, "documents", "train")
    row = read_table(other).to_pylist()[0]
    edit(path, lambda rows: rows.append(row))
    return place(corpus, path)


@mutation(AREA, "an article of one event is moved to another split", "split-leak-event", "release-labels")
def _(corpus: CorpusPaths) -> str:
    path, other = parquet(corpus, "documents", "test"), parquet(corpus, "documents", "train")
    row = read_table(other).to_pylist()[0]
    edit(path, lambda rows: rows[0].update(event=row["event"]))
    return place(corpus, path)


@mutation(AREA, "a figure in the card changes", "release-count")
def _(corpus: CorpusPaths) -> str:
    path = corpus.dataset / "README.md"
    count = sum(read_table(p).num_rows for p in (corpus.dataset / "data" / "spans").glob("*.parquet"))
    text = path.read_text(encoding="utf-8")
    assert f" {count} " in text
    path.write_text(text.replace(f" {count} ", f" {count + 1} ", 1), encoding="utf-8")
    return place(corpus, path)


@mutation(AREA, "a figure in croissant.json changes", "release-count")
def _(corpus: CorpusPaths) -> str:
    path = corpus.dataset / "croissant.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"value": 5', '"value": 6', 1), encoding="utf-8")
    return place(corpus, path)


@mutation(AREA, "a figure in the datasheet changes", "release-count")
def _(corpus: CorpusPaths) -> str:
    path = corpus.dataset / "DATASHEET.md"
    path.write_text(
        path.read_text(encoding="utf-8").replace("| `documents` | ", "| `documents` | 1"), encoding="utf-8"
    )
    return place(corpus, path)


@mutation(AREA, "the citation beside the corpus is of another version", "release-stale")
def _(corpus: CorpusPaths) -> str:
    path = corpus.root / "CITATION.cff"
    path.write_text(path.read_text(encoding="utf-8").replace("version: ", "version: 9", 1), encoding="utf-8")
    return path.name


@mutation(AREA, "a line of the changes is edited", "release-damaged", "release-stale")
def _(corpus: CorpusPaths) -> str:
    path = corpus.dataset / "CHANGELOG.md"
    path.write_text(path.read_text(encoding="utf-8").replace("#", "##", 1), encoding="utf-8")
    return place(corpus, path)


@mutation(AREA, "versions.json is half written", "release-damaged")
def _(corpus: CorpusPaths) -> str:
    path = corpus.dataset / "versions.json"
    path.write_bytes(path.read_bytes()[:-20])
    return place(corpus, path)


@mutation(AREA, "a hash in versions.json is another", "version-reused", "release-stale")
def _(corpus: CorpusPaths) -> str:
    path = corpus.dataset / "versions.json"
    known = json.loads(path.read_bytes())
    known["versions"][-1]["content_sha256"] = "0" * 64
    path.write_text(json.dumps(known), encoding="utf-8")
    return "version"


@mutation(AREA, "labels are decided anew after the release", "version-reused", "release-labels")
def _(corpus: CorpusPaths) -> str:
    settings = corpus.root / "release.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('labels = "ada"', 'labels = "bo"'), encoding="utf-8")
    return "0."
