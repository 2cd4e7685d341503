"""Versions: what tells a release from every other, and how far its number must rise.

Semantic: a changed schema is a new major version, changed labels or articles a minor one, changed words a
patch. The schema is the columns and what their class numbers mean; more classes after the old ones are a
minor version. While the major version is 0 a changed schema is a minor version too.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import msgspec

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault
from parley.model.paths import CorpusPaths, Limits
from parley.release.inputs import FILE as SETTINGS
from parley.release.inputs import Settings, read_settings
from parley.release.versions.difference import Difference
from parley.runtime.files import decode_json, read_regular
from parley.seeds.pages import PIN, is_page

FILE = "versions.json"


class _Version(msgspec.Struct):
    """What every entry of versions.json has."""

    version: Annotated[str, msgspec.Meta(pattern=r"^\d+\.\d+\.\d+$")]
    date: str
    content_sha256: str
    files_sha256: dict[str, str]
    inputs_sha256: dict[str, str] = {}
    agreement: dict[str, float | None] = {}


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder but versions.json, by relative path."""
    found = regular_files(folder)
    return {name: file_sha256(path) for name, path in found.items() if path and name != FILE}


def regular_files(folder: Path) -> dict[str, Path | None]:
    """Return every file below a folder by relative path; None in place of a link, a pipe or a socket."""
    return {
        path.relative_to(folder).as_posix(): path if path.is_file() and not path.is_symlink() else None
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or not path.is_dir()
    }


def damage(folder: Path, hashes: Mapping[str, str] | None = None) -> list[Fault]:
    """Return what is in a release folder otherwise than its versions.json says, and what is wrong with that.

    hashes: as `file_hashes` gives them, if they are known. Only regular files are read. A folder that is
    not there, or is empty, has no damage.
    """

    def fault(code: str, name: str, what: str) -> Fault:
        place = f"{folder.name}/{name}" if name else folder.name
        return Fault(code, place, what, place.partition(" > ")[0])

    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        return [fault("release-link", "", "it is not a folder")]
    files = regular_files(folder)
    found = [fault("release-link", n, "it is not a regular file") for n, path in files.items() if not path]
    if not files or (FILE in files and not files[FILE]):
        return found
    if FILE not in files:
        return [
            *found,
            fault("release-damaged", FILE, "the file is missing; restore it from version control"),
        ]
    try:
        versions = read_versions(folder)
    except DataFaults as unread:
        return [*found, *unread.faults]
    for earlier, later in pairwise(versions):
        if later.get("before_sha256", _entry_sha256(earlier)) != _entry_sha256(earlier):
            what = f"it is not as it was when {later['version']} was published"
            found.append(fault("release-history", f"{FILE} > {earlier['version']}", what))
    if versions and versions[0].get("before_sha256"):
        found.append(
            fault("release-history", FILE, f"the version before {versions[0]['version']} is missing")
        )
    recorded = versions[-1]["files_sha256"] if versions else {}
    hashes = file_hashes(folder) if hashes is None else hashes
    for name in sorted({*recorded, *files} - {FILE}):
        if name not in files:
            found.append(fault("release-damaged", name, "the file is missing"))
        elif files[name] and name not in recorded:
            found.append(fault("release-extra", name, "it is not part of the release"))
        elif files[name] and hashes[name] != recorded[name]:
            found.append(fault("release-damaged", name, "its bytes are not those that were published"))
    return found


def inputs_sha256(corpus: Corpus) -> dict[str, str]:
    """Return the SHA-256 of all that a release is computed from, by path relative to the corpus.

    The digests are of what was read. Files of which there is one an article are together under their pattern,
    or this would be as long as the corpus: theirs is that of the lines `sha256sum` prints, as in `sha256sum
    seeds/*.txt | sha256sum`; where the pattern finds other files too, of those that the manifest lists. The
    ledger is there as gold was made with it. Left out are DATASHEET.md at the root, as a publish writes its
    figures into it (as published it is among `files_sha256`), what labels were made with before they were
    labels (the guidelines, the rules of pre-annotation), and the code.
    """
    paths = corpus.paths
    single = [paths.root / SETTINGS, paths.manifest, paths.cleaning, paths.ontology, paths.entities]
    single += [paths.annotators, paths.ledger, paths.agreement, paths.baselines, paths.audit, paths.waivers]
    single += [CorpusPaths(paths.root / one.folder).agreement for one in read_settings(corpus).elsewhere]
    found = {paths.relative(path): corpus.sha256(path) for path in single}
    found |= {pattern: hashlib.sha256(lines).hexdigest() for pattern, lines in input_lines(corpus).items()}
    return {name: digest for name, digest in found.items() if digest}


def input_lines(corpus: Corpus) -> dict[str, bytes]:
    """Return the lines of `sha256sum` for the files of which there is one an article, by pattern."""
    return corpus.derived(_input_lines)


def _input_lines(corpus: Corpus) -> dict[str, bytes]:
    paths = corpus.paths
    seeds = paths.relative(paths.seeds)
    found: dict[str, bytearray] = defaultdict(bytearray)  # lines: names as objects would take ten times this
    for _, row in corpus.manifest.rows:
        found[f"{seeds}/*{Path(row['file']).suffix}"] += _line(f"{seeds}/{row['file']}", row["sha256"])
        if is_page(row["file"]):
            pin = f"{row['doc_id']}{PIN}"
            found[f"{seeds}/*{PIN}"] += _line(f"{seeds}/{pin}", corpus.sha256(paths.seeds / pin))
    for pattern, lines in list(found.items()):
        there = {path.name for path in paths.root.glob(pattern)}
        names = (_name(line).rpartition(b"/")[2].decode() for line in lines.split(b"\n")[:-1])
        if not all(map(there.__contains__, names)) or len(there) != lines.count(b"\n"):  # it finds others too
            found[f"{pattern} in {paths.relative(paths.manifest)}"] = found.pop(pattern)
    for stored in corpus.batches():
        layers = stored.load_table("layers")
        for file, digest in zip(*(layers[n].to_pylist() for n in ("file", "file_sha256")), strict=True):
            found[f"{file.rpartition('/')[0]}/*.json"] += _line(file, digest)
    return {
        pattern: b"\n".join([*sorted(found.pop(pattern).split(b"\n")[:-1], key=_name), b""])
        for pattern in [*found]
    }


def _line(name: str, digest: str) -> bytes:
    return f"{digest}  {name}\n".encode()


def _name(line: bytes | bytearray) -> bytes | bytearray:
    return line.partition(b"  ")[2]


def read_versions(folder: Path) -> list[dict[str, Any]]:
    """Return the versions published so far, the lowest first; none if nothing has been published.

    Raises DataFaults if versions.json is not what this module writes.
    """
    path = folder / FILE
    if not path.is_file():
        return []
    try:
        data = read_regular(path, Limits.of(os.environ).file)
        versions: list[dict[str, Any]] = decode_json(data)["versions"]
        msgspec.convert(versions, list[_Version])
        return sorted(versions, key=lambda one: _parts(one["version"]))
    except (ValueError, KeyError, TypeError, msgspec.ValidationError) as error:
        place = f"{folder.name}/{FILE}"
        raise DataFaults([Fault("release-damaged", place, f"it cannot be read: {error!r}", place)])


def withheld_faults(folder: Path) -> list[Fault]:
    """Return what is in a release without text otherwise than its versions.json says, a fault a file."""
    try:
        versions = read_versions(folder)
    except DataFaults as found:
        return [_withheld_damaged(folder, FILE, found.faults[0].message)]
    if not versions:
        return [_withheld_damaged(folder, FILE, "the file is missing, or has no version")]
    recorded = versions[-1]["files_sha256"]
    faults = []
    for name, digest in sorted(recorded.items()):
        if not (folder / name).is_file():
            faults.append(_withheld_damaged(folder, name, "the file is missing"))
        elif file_sha256(folder / name) != digest:
            faults.append(_withheld_damaged(folder, name, "its bytes are not those that were published"))
    for path in sorted((folder / "data").glob("*/*")):  # it looks into linked folders too
        name = path.relative_to(folder).as_posix()
        if name not in recorded:
            faults.append(_withheld_damaged(folder, name, "it is not part of the release"))
    return faults


def content_fault(folder: Path, content_sha256: str) -> list[Fault]:
    """Return what is wrong if a whole release without text, with its text put back, has this content hash."""
    if read_versions(folder)[-1].get("content_sha256") == content_sha256:
        return []
    return [_withheld_damaged(folder, FILE, "its content hash is not that of the labels with their text")]


def _withheld_damaged(folder: Path, name: str, what: str) -> Fault:
    place = f"{folder.resolve().name}/{name}"
    return Fault("withheld-damaged", place, what, place)


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _entry_sha256(version: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(version, sort_keys=True).encode()).hexdigest()


def encode_versions(versions: list[dict[str, Any]]) -> bytes:
    """Return the bytes of versions.json, the last of the versions with the hash of the entry before it."""
    if len(versions) > 1:
        versions = [*versions[:-1], versions[-1] | {"before_sha256": _entry_sha256(versions[-2])}]
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

    published: the lowest first. found: the difference from the highest of them; the content hash does not see
    its columns and classes. A version that was published before is that version, and no other may have been
    published since: a way back is a new version too.
    """
    place = f"{SETTINGS} > version {settings.version}"
    same = [v for v in published if v["version"] == settings.version]
    if same and same[0]["content_sha256"] != content:
        what = f"published on {same[0]['date']} with other content"
        return [Fault("version-reused", place, what, SETTINGS)]
    if same and (other := [*found.schema, *found.renamed, *found.configs_added, *found.classes_added]):
        what = f"published on {same[0]['date']} with other columns or classes: {'; '.join(other)}"
        return [Fault("version-reused", place, what, SETTINGS)]
    if not published or same == published[-1:]:
        return []
    last = published[-1]["version"]
    lowest = lowest_version(last, found)
    if _parts(settings.version) < _parts(lowest):
        what = f"a {found.level} change since {last} needs at least {lowest}"
        return [Fault("version-wrong", place, what, SETTINGS)]
    return []
