"""Damage to what is published: files, rows, splits and figures of dataset/, each kind alone."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
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
    AREA, "a published relation is there twice", "release-labels", "release-damaged", "relation-duplicate"
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
    edit(path, lambda rows: rows[0].update(head_id=rows[0]["tail_id"], tail_id=rows[0]["head_id"]))
    return place(corpus, path)


@mutation(AREA, "an article's published text changes", "release-labels")
def _(corpus: CorpusPaths) -> str:
    path = parquet(corpus, "documents")
    edit(path, lambda rows: rows[0].update(text=rows[0]["text"].replace(" ", "\N{NO-BREAK SPACE}", 1)))
    return place(corpus, path)


@mutation(AREA, "an article is in two splits", "split-leak-event", "release-labels", "release-damaged")
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


@mutation(
    AREA,
    "labels are decided anew after the release",
    "version-reused",
    *("release-labels", "release-count", "release-stale"),
)
def _(corpus: CorpusPaths) -> str:
    settings = corpus.root / "release.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('labels = "ada"', 'labels = "bo"'), encoding="utf-8")
    return "0."


# ---- every file that a person can touch: gone, empty, older, linked, a pipe -----------------------------

WORDS = (
    "README.md",
    "CODEBOOK.md",
    "croissant.json",
    "ontology.json",
    "DATASHEET.md",
    "CITATION.cff",
    "figures/labels.svg",
)
UNLOADABLE = ("release-damaged",)  # without the card's own words on the files
Damage = Callable[[CorpusPaths, Path], object]


def older(corpus: CorpusPaths, path: Path) -> None:
    """Put in a file's place what it was two versions ago."""
    path.write_bytes((corpus.root / "older" / path.relative_to(corpus.dataset)).read_bytes())


def linked(corpus: CorpusPaths, path: Path) -> None:
    """Put in the place of a file or a folder a link to it, which has moved out of dataset/."""
    path.symlink_to(path.rename(corpus.root / f"moved-{path.name}"))


def pipe(corpus: CorpusPaths, path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def damage_to(name: str, what: str, change: Damage, code: str, *follows: str) -> None:
    """Add damage to a file of dataset/ to the catalogue."""

    def damage(corpus: CorpusPaths) -> str:
        change(corpus, corpus.dataset / name)
        return place(corpus, corpus.dataset / name) if name != "." else corpus.dataset.name

    mutation(AREA, what, code, *follows)(damage)


for word in WORDS:
    damage_to(word, f"{word} is gone", lambda _, path: path.unlink(), "release-damaged")
    damage_to(word, f"{word} is empty", lambda _, path: path.write_bytes(b""), "release-count", *UNLOADABLE)
    damage_to(word, f"{word} is a link to a file", linked, "release-link")
    damage_to(word, f"{word} is a named pipe", pipe, "release-link")
for word in ("README.md", "croissant.json", "DATASHEET.md", "CITATION.cff", "figures/labels.svg"):
    damage_to(word, f"{word} is of an older version", older, "release-count", *UNLOADABLE)

SHARD = "data/spans/train-00000-of-00001.parquet"
damage_to(
    "ontology.json",
    "ontology.json is another's",
    lambda _, path: path.write_bytes(path.read_bytes().replace(b'"harbour"', b'"other"', 1)),
    "release-count",
)
damage_to(
    "README.md",
    "the card has a comment that nobody sees",
    lambda _, path: path.write_bytes(path.read_bytes() + b"<!-- more -->\n"),
    "release-count",
)
damage_to(
    "croissant.json",
    "croissant.json has a key that nobody reads",
    lambda _, path: path.write_bytes(path.read_bytes().replace(b"{", b'{"more": 1,', 1)),
    "release-count",
)
damage_to(
    SHARD,
    "a Parquet file is of an older version",
    older,
    "release-labels",
    *("release-damaged", "span-duplicate", "relation-dangling", "relation-domain", "relation-range"),
)
damage_to(
    SHARD,
    "a Parquet file is written anew by another program",
    lambda _, path: pq.write_table(read_table(path), path),
    "release-damaged",
)
damage_to(SHARD, "a Parquet file is a link", linked, "release-link")
damage_to(SHARD, "a Parquet file is a named pipe", pipe, "release-link")
damage_to("data", "all data is removed", lambda _, path: shutil.rmtree(path), "release-damaged")
damage_to("data/spans", "a config is removed", lambda _, path: shutil.rmtree(path), "release-damaged")
damage_to("data", "the folder of the data is a link", linked, "release-link", "release-damaged")
damage_to("data/spans", "the folder of a config is a link", linked, "release-link", "release-damaged")
damage_to(".", "dataset/ is a link", linked, "release-link")
damage_to(".DS_Store", "a hidden file", lambda _, path: path.write_bytes(b"x"), "release-extra")
damage_to("notes/a.txt", "a folder of notes", lambda _, path: foreign(path), "release-extra")
damage_to(
    "data/spans/versions.json", "a second versions.json", lambda _, path: foreign(path), "release-extra"
)
damage_to("pipe", "a named pipe among the files", pipe, "release-link")
damage_to("socket", "a socket among the files", lambda _, path: os.mknod(path, stat.S_IFSOCK), "release-link")
damage_to("nowhere", "a dangling link", lambda _, path: path.symlink_to("not-there"), "release-link")
damage_to(
    "more", "a link to a folder elsewhere", lambda corpus, path: path.symlink_to(corpus.seeds), "release-link"
)


def foreign(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine\n", encoding="utf-8")


@mutation(AREA, "a split is removed", "release-damaged")
def _(corpus: CorpusPaths) -> str:
    paths = list((corpus.dataset / "data").glob("*/test-*.parquet"))
    for path in paths:
        path.unlink()
    return place(corpus, paths[0])


# ---- versions.json is not judged by itself ---------------------------------------------------------------


def history(what: str, at: str, code: str, *follows: str) -> Callable[[Callable[[Rows], object]], None]:
    """Add damage to the entries of versions.json to the catalogue. at: the place that is named."""

    def add(change: Callable[[Rows], object]) -> None:
        def damage(corpus: CorpusPaths) -> str:
            path = corpus.dataset / "versions.json"
            known = json.loads(path.read_bytes())
            change(known["versions"])
            text = json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True)
            path.write_text(text + "\n", encoding="utf-8")
            return at

        mutation(AREA, what, code, *follows)(damage)

    return add


FILE = "dataset/versions.json"
CHANGED = ("release-stale", "release-history")
history("a hash of an older version changes", f"{FILE} > 0.1.0", "release-history", *CHANGED)(
    lambda versions: versions[0].update(content_sha256="0" * 64)
)
history("a hash of a file of an older version changes", f"{FILE} > 0.2.0", "release-history", *CHANGED)(
    lambda versions: versions[1]["files_sha256"].update({"README.md": "0" * 64})
)
history("the first version is dropped", FILE, "release-history", *CHANGED)(lambda versions: versions.pop(0))
history("a version in the middle is dropped", FILE, "release-history", *CHANGED)(
    lambda versions: versions.pop(1)
)
history(
    "the last version is dropped",
    f"{FILE} > 0.2.1",
    "release-stale",
    *("release-damaged", "release-count", "release-extra"),
)(lambda versions: versions.pop())
history("the versions are in another order", FILE, "release-stale")(lambda versions: versions.reverse())
history("the number of an older version changes", FILE, "release-history", *CHANGED)(
    lambda versions: versions[0].update(version="0.0.9")
)
history("the date of the last version changes", f"{FILE} > 0.2.1 > date", "release-stale")(
    lambda versions: versions[-1].update(date="2031-06-02")
)
history("a version says more than Parley does", f"{FILE} > 0.2.1 > note", "release-stale")(
    lambda versions: versions[-1].update(note="checked by hand")
)
history("the hash of the version before is removed", f"{FILE} > 0.2.1 > before", "release-stale")(
    lambda versions: versions[-1].pop("before_sha256")
)
history(
    "the hash of a published file changes",
    f"{FILE} > 0.2.1 > files_sha256 > README.md",
    "release-stale",
    "release-damaged",
)(lambda versions: versions[-1]["files_sha256"].update({"README.md": "0" * 64}))
history("the hash of an input changes", "seeds/manifest.csv", "release-stale")(
    lambda versions: versions[-1]["inputs_sha256"].update({"seeds/manifest.csv": "0" * 64})
)

VERSIONS = "versions.json"
damage_to(
    VERSIONS, "versions.json is gone", lambda _, path: path.unlink(), "release-damaged", "release-count"
)
damage_to(VERSIONS, "versions.json is empty", lambda _, path: path.write_bytes(b""), "release-damaged")
damage_to(
    VERSIONS, "versions.json has no version", lambda _, path: path.write_bytes(b"{}"), "release-damaged"
)
damage_to(VERSIONS, "versions.json is a link", linked, "release-link")
damage_to(VERSIONS, "versions.json is a named pipe", pipe, "release-link", "release-count")
damage_to(
    VERSIONS,
    "versions.json is of an older version",
    older,
    "release-stale",
    *("release-damaged", "release-extra", "release-count", "version-wrong"),
)
damage_to(
    VERSIONS,
    "versions.json is written in another form",
    lambda _, path: path.write_text(json.dumps(json.loads(path.read_bytes())), encoding="utf-8"),
    "release-stale",
)


# ---- what a release was made from ------------------------------------------------------------------------


@mutation(
    AREA,
    "an attribute is no longer required",
    "ontology-version",
    "derived-stale",
    "release-stale",
    "release-count",
)
def _(corpus: CorpusPaths) -> str:
    text = corpus.ontology.read_text(encoding="utf-8")
    corpus.ontology.write_text(text.replace("required = true", "required = false", 1), encoding="utf-8")
    return "annotation/ontology.toml > attribute"
