"""Versions: what a release holds, told apart from every other, and how far its number must rise.

Semantic: a changed schema is a new major version, changed labels or articles a minor one, changed words a
patch. While the major version is 0 a changed schema is a minor version too.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from parley.corpus import Corpus
from parley.faults import Fault
from parley.release.difference import Difference
from parley.release.settings import Settings

FILE = "versions.json"


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def inputs_sha256(corpus: Corpus) -> dict[str, str]:
    """Return the SHA-256 of all that a release is computed from, by path relative to the corpus.

    Files of which there is one an article stand together by their pattern, or this would be as long as the
    corpus: theirs is that of the lines `sha256sum` prints, as in `sha256sum seeds/*.txt | sha256sum`.
    """
    single = (
        corpus.manifest,
        corpus.cleaning,
        corpus.ontology,
        corpus.entities,
        corpus.annotators,
        corpus.ledger,
        corpus.agreement,
    )
    patterns = [
        corpus.seeds / "*.txt",
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


def read_versions(folder: Path) -> list[dict[str, Any]]:
    """Return the versions published so far, oldest first; none where nothing has been published."""
    path = folder / FILE
    if not path.is_file():
        return []
    versions: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["versions"]
    return versions


def encode_versions(versions: list[dict[str, Any]]) -> bytes:
    """Return the bytes of versions.json."""
    return (json.dumps({"versions": versions}, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def lowest_version(last: str, found: Difference) -> str:
    """Return the lowest version that a difference from the `last` version may be published as."""
    major, minor, patch = (int(part) for part in last.split("."))
    level = "minor" if major == 0 and found.level == "major" else found.level
    return {
        "major": f"{major + 1}.0.0",
        "minor": f"{major}.{minor + 1}.0",
        "patch": f"{major}.{minor}.{patch + 1}",
    }[level]


def version_faults(
    settings: Settings, published: list[dict[str, Any]], content: str, found: Difference
) -> list[Fault]:
    """Return what is wrong with a version's number, given what has been published."""
    place = f"release.toml > version {settings.version}"
    same = [v for v in published if v["version"] == settings.version]
    if same:
        if same[0]["content_sha256"] == content:
            return []
        what = f"published on {same[0]['date']} with other content"
        return [Fault("version-reused", place, what, "release.toml")]
    if not published:
        return []
    last = published[-1]["version"]
    lowest = lowest_version(last, found)
    if settings.version_parts < tuple(int(part) for part in lowest.split(".")):
        what = f"a {found.level} change since {last} needs at least {lowest}"
        return [Fault("version-wrong", place, what, "release.toml")]
    return []
