"""Versions: what a release holds, told apart from every other, and how far its number must rise.

Semantic: a changed schema is a new major version, changed labels or articles a minor one, changed words a
patch. The schema is the columns and what their class numbers mean; more classes behind the old ones are a
minor version. While the major version is 0 a changed schema is a minor version too.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from parley.faults import DataFaults, Fault
from parley.model.paths import CorpusPaths
from parley.release.settings import FILE as SETTINGS
from parley.release.settings import Settings
from parley.release.versions.difference import Difference
from parley.seeds.manifest import manifest_rows

FILE = "versions.json"


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def inputs_sha256(corpus: CorpusPaths) -> dict[str, str]:
    """Return the SHA-256 of all that a release is computed from, by path relative to the corpus.

    Files of which there is one an article stand together by their pattern, or this would be as long as the
    corpus: theirs is that of the lines `sha256sum` prints, as in `sha256sum seeds/*.txt | sha256sum`. The
    ledger is there as what gold was made with. Left out are DATASHEET.md at the root, since a publish writes
    its figures into it (as published it is among `files_sha256`), what labels were made with before they were
    labels (the guidelines, the rules of pre-annotation), and the code.
    """
    seeds = list(_seeds(corpus))
    single = [
        corpus.root / SETTINGS,
        corpus.manifest,
        corpus.cleaning,
        corpus.ontology,
        corpus.entities,
        corpus.annotators,
        corpus.ledger,
        corpus.agreement,
        *(path for path in seeds if "*" not in path.name),
    ]
    patterns = [
        *(path for path in seeds if "*" in path.name),
        *(folder / "*.json" for folder in sorted(corpus.labels.glob("*")) if folder.is_dir()),
        corpus.gold / "*.json",
    ]
    found = {corpus.relative(path): file_sha256(path) for path in single if path.is_file()}
    for pattern in patterns:
        paths = sorted(pattern.parent.glob(pattern.name))
        lines = "".join(f"{file_sha256(path)}  {corpus.relative(path)}\n" for path in paths)
        if lines:
            found[corpus.relative(pattern)] = hashlib.sha256(lines.encode()).hexdigest()
    return found


def _seeds(corpus: CorpusPaths) -> Iterator[Path]:
    """Yield patterns for the articles' files, `seeds/*.txt`, and those that no pattern has for themselves."""
    by_suffix: dict[str, set[Path]] = defaultdict(set)
    for _, row in manifest_rows(corpus):
        path = corpus.seeds / row["file"]
        by_suffix[path.suffix].add(path)
    for suffix, paths in sorted(by_suffix.items()):
        if paths == set(corpus.seeds.glob(f"*{suffix}")):
            yield corpus.seeds / f"*{suffix}"
        else:
            yield from sorted(paths)


def read_versions(folder: Path) -> list[dict[str, Any]]:
    """Return the versions published so far, the lowest first; none where nothing has been published.

    Raises DataFaults where versions.json is not what this module writes.
    """
    path = folder / FILE
    if not path.is_file():
        return []
    try:
        versions: list[dict[str, Any]] = json.loads(path.read_bytes())["versions"]
        return sorted(versions, key=lambda one: _parts(one["version"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        place = f"{folder.name}/{FILE}"
        raise DataFaults([Fault("release-damaged", place, f"it cannot be read: {error!r}", place)])


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def encode_versions(versions: list[dict[str, Any]]) -> bytes:
    """Return the bytes of versions.json."""
    return (json.dumps({"versions": versions}, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def lowest_version(last: str, found: Difference) -> str:
    """Return the lowest version that a difference from the `last` version may be published as."""
    major, minor, patch = _parts(last)
    level = "minor" if major == 0 and found.level == "major" else found.level
    return {
        "major": f"{major + 1}.0.0",
        "minor": f"{major}.{minor + 1}.0",
        "patch": f"{major}.{minor}.{patch + 1}",
    }[level]


def version_faults(
    settings: Settings, published: list[dict[str, Any]], content: str, found: Difference
) -> list[Fault]:
    """Return what is wrong with a version's number, given what has been published.

    published: the lowest first. found: the difference from the highest of them. A version that was published
    before is that version, and no other may have been published since: a way back is a new version too.
    """
    place = f"{SETTINGS} > version {settings.version}"
    same = [v for v in published if v["version"] == settings.version]
    if same and same[0]["content_sha256"] != content:
        what = f"published on {same[0]['date']} with other content"
        return [Fault("version-reused", place, what, SETTINGS)]
    if not published or same == published[-1:]:
        return []
    last = published[-1]["version"]
    lowest = lowest_version(last, found)
    if settings.version_parts < _parts(lowest):
        what = f"a {found.level} change since {last} needs at least {lowest}"
        return [Fault("version-wrong", place, what, SETTINGS)]
    return []
