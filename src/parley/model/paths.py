"""The paths of a corpus folder, and how they are read: no link, no pipe, nothing larger than the limits."""

from __future__ import annotations

import errno
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from parley.faults import UsageError
from parley.runtime.files import read_regular

_LONGEST = 150  # bytes of a name: with its suffix and a temporary one it is the name of a file anywhere
_OF_WINDOWS = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE)


def sound_name(name: str) -> str:
    """Return a name as it is: of an annotator, an article, a label, whatever may become the name of a file.

    Raises ValueError if it is not one on every system.
    """
    marks = "_-."
    if (
        not name
        or name[0] in "-."
        or name[-1] == "."
        or not all(c in marks or c.isalnum() or unicodedata.category(c).startswith("M") for c in name)
    ):
        what = (
            "is not a name: letters, digits, `_`, `-` and `.`, a letter, digit or `_` first and no `.` last"
        )
    elif len(name.encode()) > _LONGEST:
        what = f"is longer than {_LONGEST} bytes in UTF-8"
    elif not unicodedata.is_normalized("NFC", name):
        what = "is not in Unicode's normal form NFC"
    elif _OF_WINDOWS.fullmatch(name):
        what = "is a name that Windows keeps for itself"
    else:
        return name
    raise ValueError(f"{name!r} {what}")


def unsound(names: Iterable[str]) -> dict[str, str]:
    """Return what is wrong with some names, by name; two may not differ only in capitals."""
    wrong: dict[str, str] = {}
    alike: dict[str, str] = {}
    for name in dict.fromkeys(names):
        other = alike.setdefault(name.casefold(), name)
        if other != name:
            wrong[name] = f"{name!r} and {other!r} differ only in capitals"
        try:
            sound_name(name)
        except ValueError as error:
            wrong[name] = str(error)
    return wrong


@dataclass(frozen=True)
class Limits:
    """How much a corpus may ask of the machine that reads it.

    file: bytes of one. seconds: of one pattern of a hand-kept file, on one article.
    """

    file: int = 500_000_000
    seconds: float = 10.0

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Limits:
        """Return the limits that PARLEY_LIMIT raises, as `file=2GB seconds=60`.

        Raises UsageError if it names no limit.
        """
        limits = cls()
        for option in environ.get("PARLEY_LIMIT", "").split():
            found = re.fullmatch(r"file=(\d+)([KMG]?)B?|seconds=(\d+(?:\.\d+)?)", option)
            if not found:
                what = f"PARLEY_LIMIT={option} names no limit"
                raise UsageError(
                    what, "write file=SIZE or seconds=NUMBER, as PARLEY_LIMIT='file=2GB seconds=60'"
                )
            if found[3]:
                limits = replace(limits, seconds=float(found[3]))
            else:
                limits = replace(limits, file=int(found[1]) * 1000 ** ("", "K", "M", "G").index(found[2]))
        return limits


class _Place:
    """A path below the root of a corpus. about: what is there."""

    def __init__(self, place: str, about: str) -> None:
        self._place = place
        self.__doc__ = about

    def __get__(self, paths: CorpusPaths, kind: type) -> Path:
        return paths.root / self._place


@dataclass(frozen=True)
class CorpusPaths:
    """A corpus folder: seeds/, annotation/, validation/, dataset/ below one root."""

    root: Path
    limits: Limits = field(default_factory=lambda: Limits.of(os.environ))

    seeds = _Place("seeds", "the articles byte for byte, with manifest.csv and cleaning.toml")
    manifest = _Place("seeds/manifest.csv", "one row an article")
    cleaning = _Place("seeds/cleaning.toml", "the cleaning rules")
    annotation = _Place("annotation", "what people decide")
    ontology = _Place("annotation/ontology.toml", "the one place that defines labels")
    entities = _Place("annotation/entities.csv", "the entities that mentions point at")
    annotators = _Place("annotation/annotators.csv", "who labels: pseudonym, kind, note")
    preannotation = _Place("annotation/preannotation.toml", "the rules that propose labels, if any")
    label_config = _Place("annotation/label_config.xml", "the labelling screen, generated")
    guidelines = _Place("annotation/guidelines.md", "how to decide")
    labels = _Place("annotation/labels", "label files, one folder an annotator")
    gold = _Place("annotation/gold", "adjudicated label files")
    ledger = _Place("annotation/ledger.csv", "every decision of adjudication")
    agreement = _Place("annotation/agreement.json", "the measured agreement")
    baselines = _Place("annotation/baselines.json", "what plain models find of the published labels")
    audit = _Place("annotation/audit.json", "what an audit of the published labels found")
    validation = _Place("validation", "the Great Expectations project")
    waivers = _Place("validation/waivers.csv", "the faults that are accepted, if any")
    dataset = _Place("dataset", "the published dataset repository")
    build = _Place("build", "scratch space; may be deleted at any time")

    @classmethod
    def at(cls, root: Path) -> CorpusPaths:
        """Return the corpus at `root`. Raises UsageError if the folder has neither ontology nor manifest."""
        paths = cls(root.resolve())
        if not (os.path.lexists(paths.ontology) or paths.manifest.is_file()):
            raise UsageError(
                f"{root} is not a corpus folder: it has no annotation/ontology.toml",
                "name the folder that holds seeds/ and annotation/ with --root",
            )
        return paths

    def read(self, path: Path) -> bytes:
        """Return a file's bytes.

        Raises OSError if it cannot be read, is not a regular file, or as `refuse_link` does; UsageError if it
        is larger than the limit.
        """
        self.refuse_link(path)
        return read_regular(path, self.limits.file)

    def reader(self, folder: Path) -> Callable[[str], bytes]:
        """Return a function that reads a file of a folder by its name, and raises as `read` does.

        It looks once at what is above the file, and not for each of a hundred thousand.
        """
        looked_above = False

        def read(name: str) -> bytes:
            nonlocal looked_above
            path = folder / name
            if not looked_above or os.path.islink(path):  # noqa: PTH114 - as in `refuse_link`
                self.refuse_link(path)
                looked_above = True
            return read_regular(path, self.limits.file)

        return read

    def refuse_link(self, path: Path) -> None:
        """Raise OSError if a path below the root is a symbolic link, or below one, or leads out of it."""
        below, root = str(self.root), self.root.parts
        for part in path.parts[len(root) :] if path.parts[: len(root)] == root else ():
            below += os.sep + part
            if part == os.pardir:
                raise OSError(errno.EINVAL, "it is not in the corpus", str(path))
            if os.path.islink(below):  # noqa: PTH114 - six times as fast, for each label file
                what = f"{self.relative(Path(below))} is a symbolic link; put in its place what it leads to"
                raise OSError(errno.ELOOP, what, str(path))

    def relative(self, path: Path) -> str:
        """Return `path` as faults name it: relative to the root, with forward slashes."""
        if self.root in path.parents:
            return path.relative_to(self.root).as_posix()
        resolved = path.resolve()  # slow: it asks about every folder above
        return (resolved.relative_to(self.root) if self.root in resolved.parents else path).as_posix()
