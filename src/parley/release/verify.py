"""Verify that dataset/ is what the corpus gives: every file, every label, every figure.

The release is built anew and compared, so nothing needs a check of its own; what differs is then looked at
more closely, so that the fault says what kind of damage it is.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, UsageError, check_machine
from parley.release.data.files import read_table
from parley.release.publish import AT_THE_ROOT, build
from parley.release.versions.history import FILE, file_hashes
from parley.runtime.engine import Engine
from parley.runtime.files import temporary_folder

_COMPUTED = (".md", ".json", ".svg", ".png", ".cff")


def verify(corpus: Corpus, engine: Engine | None = None) -> list[Fault]:
    """Return every fault of the published files; none if nothing has been published.

    If the corpus itself has faults that stop a release, these are returned with the damage to the files.
    """
    published = corpus.paths.dataset
    if not published.is_dir():
        return []
    recorded = _recorded(published)
    if isinstance(recorded, Fault):
        return [recorded]
    here = file_hashes(published)
    damaged = {name for name in here if name.endswith(".parquet") and not _readable(published / name)}
    faults = [_fault("release-damaged", corpus, n, "the file cannot be read") for n in sorted(damaged)]
    faults += [
        _fault("release-damaged", corpus, name, "the file is missing")
        for name in sorted(recorded.keys() - here.keys())
    ]
    with temporary_folder() as scratch:
        fresh = scratch / "dataset"
        try:
            build(corpus, fresh, engine)
        except DataFaults as found:
            return faults + found.faults
        except UsageError as misuse:  # there is nothing that could have been published
            return [*faults, _fault("release-stale", corpus, FILE, misuse.cause)]
        expected = file_hashes(fresh)
        for name in sorted(here.keys() - expected.keys()):
            faults.append(_fault("release-extra", corpus, name, "it is not part of the release"))
        for name in sorted(expected):
            if name in here and here[name] != expected[name] and name not in damaged:
                faults += _differences(corpus, published / name, fresh / name, name)
        known = {fault.file.removeprefix(f"{published.name}/") for fault in faults}
        for name in sorted(recorded.keys() & here.keys() - known):
            if here[name] != recorded[name]:
                what = "its bytes are not those that were published"
                faults.append(_fault("release-damaged", corpus, name, what))
        for name in AT_THE_ROOT:
            place = corpus.paths.root / name
            copied = place.is_file() and place.read_bytes() == (fresh / name).read_bytes()
            if name in expected and not copied:
                faults.append(Fault("release-stale", name, "it is not that of the release", name))
        if (published / FILE).read_bytes() != (fresh / FILE).read_bytes() and not faults:
            faults.append(_fault("release-stale", corpus, FILE, "its hashes are not those of the inputs"))
    return faults


def _recorded(published: Path) -> dict[str, str] | Fault:
    """Return the SHA-256 of each file as it was published."""
    try:
        versions = json.loads((published / FILE).read_text(encoding="utf-8"))["versions"]
        return dict(versions[-1]["files_sha256"])
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        check_machine(error)
        place = f"{published.name}/{FILE}"
        return Fault("release-damaged", place, f"it cannot be read: {error}", place)


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
        return [
            _fault(
                code, corpus, name, f"line {_first_difference(published, fresh)} is not what the corpus gives"
            )
        ]
    old, new = read_table(published), read_table(fresh)
    if old.schema != new.schema:
        return [_fault("release-stale", corpus, name, "its columns are not those of the ontology")]
    rows = _rows_that_differ(old, new)
    if not rows:
        return []  # other bytes, which the recorded hash tells
    leaks = _leaks(published.parent) if published.parent.name == "documents" else []
    shown = "; ".join(rows[:3]) + (f"; and {len(rows) - 3} more" if len(rows) > 3 else "")
    return [*(Fault(c, f"{corpus.paths.dataset.name}/{name} > {p}", w) for c, p, w in leaks),
            _fault("release-labels", corpus, name, f"rows differ: {shown}")]  # fmt: skip


def _rows_that_differ(old: pa.Table, new: pa.Table) -> list[str]:
    """Return the names of rows that are in one table more often than in the other."""
    keys = [k for k in ("doc_id", "id", "sentence_id", "entity", "annotator") if k in old.column_names]
    rows = [[(repr(sorted(row.items())), row) for row in table.to_pylist()] for table in (old, new)]
    counts = [Counter(text for text, _ in side) for side in rows]
    only = [row for side in rows for text, row in side if counts[0][text] != counts[1][text]]
    return sorted({" > ".join(str(row[k]) for k in keys) for row in only})


def _leaks(folder: Path) -> list[tuple[str, str, str]]:
    """Return a code, a place and a message for each event that is in two splits."""
    seen: dict[str, str] = {}
    found = []
    for path in sorted(folder.glob("*.parquet")):
        split = path.name.partition("-")[0]
        if not _readable(path):
            continue
        for row in read_table(path).select(["doc_id", "event"]).to_pylist():
            if row["event"] and seen.setdefault(row["event"], split) != split:
                what = f"the event {row['event']!r} is in {seen[row['event']]} too"
                found.append(("split-leak-event", str(row["doc_id"]), what))
    return found


def _first_difference(one: Path, other: Path) -> str:
    a, b = (p.read_text(encoding="utf-8", errors="replace").splitlines() for p in (one, other))
    number = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    line = a[number].strip() if number < len(a) else "(its end)"
    return f"{number + 1}, {line[:80]!r},"


def _fault(code: str, corpus: Corpus, name: str, what: str) -> Fault:
    place = f"{corpus.paths.dataset.name}/{name}"
    return Fault(code, place, what, place)
