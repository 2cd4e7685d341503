"""Verify that dataset/ is what the corpus gives: every file, every label, every figure.

The folder is held against its own versions.json. Then the release is built anew and compared, so nothing
needs a check of its own; what differs is looked at more closely, so that the fault says what kind of damage
it is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, UsageError, check_machine
from parley.release.data.files import data_files, read_table
from parley.release.inputs import read_settings
from parley.release.publish import AT_THE_ROOT, build
from parley.release.versions.history import FILE, damage, file_hashes, read_versions
from parley.runtime.engine import Engine
from parley.runtime.files import temporary_folder

_OF_ANNOTATORS = ("annotations", "document_annotations", "span_annotations", "relation_annotations")
_COMPUTED = (".md", ".json", ".svg", ".png", ".cff")


class Verification(NamedTuple):
    """What is wrong with the published files; compared: whether they could be held against the corpus."""

    faults: list[Fault]
    compared: bool


def verify(corpus: Corpus, engine: Engine | None = None) -> Verification:
    """Return every fault of the published files; none if nothing has been published.

    If the corpus itself has faults that stop a release, these are returned with the damage to the files.
    """
    published = corpus.paths.dataset
    if not (published.is_dir() and any(published.iterdir())) or published.is_symlink():
        faults = damage(published)
        return Verification(faults, compared=not faults)
    here = file_hashes(published)
    faults = damage(published, here)
    unreadable = {name for name in here if name.endswith(".parquet") and not _readable(published / name)}
    faults += [_fault("release-damaged", corpus, n, "the file cannot be read") for n in sorted(unreadable)]
    with temporary_folder() as scratch:
        fresh = scratch / "dataset"
        try:
            faults += build(corpus, fresh, engine)[1]
        except DataFaults as found:
            return Verification([*faults, *found.faults, *_version_faults(corpus)], compared=False)
        except UsageError as misuse:  # there is nothing that could have been published
            faults.append(_fault("release-stale", corpus, FILE, misuse.cause))
            return Verification(faults, compared=False)
        expected = file_hashes(fresh)
        known = {fault.file for fault in faults}
        differing: list[Fault] = []
        for name in sorted(here.keys() | expected.keys()):
            place = f"{published.name}/{name}"
            if name not in here and place not in known:
                differing.append(_fault("release-damaged", corpus, name, "the file is missing"))
            elif name not in expected and place not in known:
                differing.append(_fault("release-extra", corpus, name, "it is not part of the release"))
            elif here.get(name) != expected.get(name) and name in here.keys() & expected.keys() - unreadable:
                differing += _differences(corpus, published / name, fresh / name, name)
        said = {fault.file for fault in differing} | {f"{published.name}/{name}" for name in unreadable}
        changed = ("its bytes are not those that were published",)
        faults = [fault for fault in faults if fault.file not in said or fault.message not in changed]
        for name in AT_THE_ROOT:
            copy = corpus.paths.root / name
            copied = copy.is_file() and copy.read_bytes() == (fresh / name).read_bytes()
            if name in expected and not copied:
                differing.append(Fault("release-stale", name, "it is not that of the release", name))
        if (published / FILE).is_file() and not (published / FILE).is_symlink():
            differing += _history_differences(corpus, fresh, here, expected)
    return Verification(faults + differing, compared=True)


def _version_faults(corpus: Corpus) -> Iterator[Fault]:
    """Yield a fault if the last version of versions.json is not that of release.toml."""
    try:
        version, history = read_settings(corpus).version, read_versions(corpus.paths.dataset)
    except DataFaults:  # which are named already
        return
    if history and history[-1]["version"] != version:
        what = f"its last version is {history[-1]['version']}, that of release.toml {version}"
        yield _fault("release-stale", corpus, FILE, what)


def _history_differences(
    corpus: Corpus, fresh: Path, here: dict[str, str], expected: dict[str, str]
) -> Iterator[Fault]:
    """Yield what versions.json says otherwise than a release of the corpus would, each at its own place."""
    data = [(folder / FILE).read_bytes() for folder in (corpus.paths.dataset, fresh)]
    if data[0] == data[1]:
        return
    versions: list[dict[str, dict[str, Any]]]
    versions = [{one["version"]: one for one in json.loads(some)["versions"]} for some in data]
    old, new = versions
    found = False
    for version in [*new, *(old.keys() - new.keys())]:
        if version not in old or version not in new:
            what = "it is missing" if version in new else "it is not a version of this corpus"
            yield _fault("release-stale", corpus, FILE, what, version)
            found = True
            continue
        for key in sorted(old[version].keys() | new[version].keys()):
            before, after = old[version].get(key), new[version].get(key)
            if before == after:
                continue
            found = True
            if not isinstance(after, dict) or not isinstance(before, dict):
                yield _fault("release-stale", corpus, FILE, f"it is {before!r}, not {after!r}", version, key)
                continue
            for name in sorted(k for k in before.keys() | after.keys() if before.get(k) != after.get(k)):
                if key == "inputs_sha256":
                    yield from _input_faults(corpus, fresh, name, version)
                elif key != "files_sha256" or here.get(name) == expected.get(name):
                    what = f"it is {before.get(name)!r}, not {after.get(name)!r}"
                    yield _fault("release-stale", corpus, FILE, what, version, key, name)
    if not found:
        yield _fault("release-stale", corpus, FILE, "it is not in the form and the order of `parley publish`")


def _input_faults(corpus: Corpus, fresh: Path, name: str, version: str) -> Iterator[Fault]:
    """Yield a fault for an input that a version was not made from; of a pattern for each of its files.

    A release has one hash for all files of a pattern. The rows that came of it say which
    of them changed: the hash of each seed, and the labels of each article. Where no row differs the change is
    in what a release does not show, such as when somebody worked, and the pattern is named.
    """
    what = f"it is not what {version} was made from"
    folder, star, _ = name.partition("*")
    if star and folder == f"{corpus.paths.relative(corpus.paths.seeds)}/":
        files = {row["doc_id"]: row["file"] for _, row in corpus.manifest.rows}
        changed = [
            f"{folder}{files.get(d, d)}" for d in _articles_that_differ(corpus, fresh, ["seed_sha256"])
        ]
    elif star:
        annotator = Path(folder).name if Path(folder).parent == Path("annotation/labels") else ""
        changed = [f"{folder}{doc_id}.json" for doc_id in _articles_that_differ(corpus, fresh, [], annotator)]
    else:
        changed = []
    for file in changed or [name]:
        yield Fault("release-stale", file, what, file)


def _articles_that_differ(corpus: Corpus, fresh: Path, columns: list[str], annotator: str = "") -> list[str]:
    """Return the articles whose rows are others in the published and in a fresh release, sorted.

    columns: of the config documents that count; none for all but the seed's hash. annotator: the rows of
    this one's labels instead.
    """
    sides: list[Counter[tuple[str, str]]] = []
    for folder in (corpus.paths.dataset, fresh):
        rows: Counter[tuple[str, str]] = Counter()
        for config in _OF_ANNOTATORS if annotator else ("documents",):
            for _, path in data_files(folder, config):
                for row in read_table(path).to_pylist() if _readable(path) else ():
                    if annotator in ("", row["annotator"]):
                        kept = columns or row.keys() - ({"seed_sha256"} if not annotator else set())
                        rows[row["doc_id"], repr([(name, row[name]) for name in sorted(kept)])] += 1
        sides.append(rows)
    old, new = sides
    return sorted({doc_id for doc_id, _ in (old - new) + (new - old)})


def _readable(path: Path) -> bool:
    try:
        read_table(path)
    except (OSError, pa.ArrowException) as error:
        check_machine(error)
        return False
    return True


def _differences(corpus: Corpus, published: Path, fresh: Path, name: str) -> list[Fault]:
    if not name.endswith(".parquet"):
        code = "release-count" if name.endswith(_COMPUTED) else "release-stale"
        what = f"line {_first_difference(published, fresh)} is not what the corpus gives"
        return [_fault(code, corpus, name, what)]
    old, new = read_table(published), read_table(fresh)
    if old.schema != new.schema:
        return [_fault("release-stale", corpus, name, "its columns are not those of the ontology")]
    rows = _rows_that_differ(old, new)
    if not rows:
        return []  # other bytes, which the recorded hash tells
    shown = "; ".join(rows[:3]) + (f"; and {len(rows) - 3} more" if len(rows) > 3 else "")
    leaks = _leaks(corpus, name) if published.parent.name == "documents" else []
    return [*leaks, _fault("release-labels", corpus, name, f"rows differ: {shown}")]


def _rows_that_differ(old: pa.Table, new: pa.Table) -> list[str]:
    """Return the names of rows that are in one table more often than in the other."""
    name = "id" if "id" in old.column_names else "sentence_id"
    keys = [k for k in ("doc_id", name, "annotator") if k in old.column_names]
    rows = [[(repr(sorted(row.items())), row) for row in table.to_pylist()] for table in (old, new)]
    counts = [Counter(text for text, _ in side) for side in rows]
    only = [row for side in rows for text, row in side if counts[0][text] != counts[1][text]]
    return sorted({" > ".join(str(row[k]) for k in keys) for row in only})


def _leaks(corpus: Corpus, name: str) -> Iterator[Fault]:
    """Yield a fault for each article whose event is in two splits. name: of the file that differs."""
    seen: dict[str, str] = {}
    for split, path in data_files(corpus.paths.dataset, "documents"):
        if not _readable(path):
            continue
        for row in read_table(path, ["doc_id", "event"]).to_pylist():
            if row.get("event") and seen.setdefault(row["event"], split) != split:
                what = f"the event {row['event']!r} is in {seen[row['event']]} too"
                yield _fault("split-leak-event", corpus, name, what, str(row["doc_id"]))


def _first_difference(one: Path, other: Path) -> str:
    a, b = (p.read_text(encoding="utf-8", errors="replace").splitlines() for p in (one, other))
    number = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    line = a[number].strip() if number < len(a) else "(its end)"
    return f"{number + 1}, {line[:80]!r},"


def _fault(code: str, corpus: Corpus, name: str, what: str, *further: str) -> Fault:
    """Return a fault of a published file. further: the place in it."""
    file = f"{corpus.paths.dataset.name}/{name}"
    return Fault(code, " > ".join((file, *further)), what, file)
