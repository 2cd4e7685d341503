"""What is in a corpus folder and should not be: links, pipes, and files that no step reads."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from parley.faults import Fault
from parley.model.paths import CorpusPaths
from parley.validation.facts import TABLES
from parley.validation.project import CHECKPOINT

# What steps read or write below annotation/ and validation/; a name that begins with a dot is a tool's own.
_EXPECTED = (
    "annotation/ontology.toml",
    "annotation/guidelines.md",
    "annotation/entities.csv",
    "annotation/annotators.csv",
    "annotation/preannotation.toml",
    "annotation/label_config.xml",
    "annotation/ledger.csv",
    "annotation/agreement.json",
    "annotation/agreement.md",
    "annotation/agreement/*.svg",
    "annotation/agreement/*.png",
    "annotation/baselines.json",
    "annotation/audit.json",
    "annotation/audit.md",
    "annotation/audit/*.md",  # the sheets, the verdicts on them, and the key
    "annotation/audit/*.csv",
    "annotation/audit/key.json",
    "annotation/figures/*",  # of the guidelines
    "annotation/migrations/*.toml",  # plans that were carried out
    "annotation/rounds/*/*.md",  # what annotators gave, by version and annotator, before adjudication
    "annotation/rounds/*/*/*.quotes",
    "annotation/rounds/*/*/*.doubts.md",
    "annotation/labels/*/*.json",
    "annotation/gold/*.json",
    "validation/great_expectations.yml",
    "validation/waivers.csv",
    f"validation/checkpoints/{CHECKPOINT}.json",
    *(
        f"validation/{folder}/{table}.json"
        for folder in ("expectations", "by_hand", "validation_definitions")
        for table in TABLES
    ),
)


def folder_faults(paths: CorpusPaths) -> list[Fault]:
    """Return a fault for each link, pipe or socket in the folders that people keep, and each unexpected file.

    Which files of seeds/ are unexpected is known by the manifest.
    """
    faults = []
    for place in (paths.seeds, paths.annotation, paths.validation):
        for path in _entries(place):
            name = paths.relative(path)
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                faults.append(Fault("corpus-link", name, "no link in a corpus is followed", name))
            elif not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                faults.append(Fault("file-irregular", name, "it is neither a file nor a folder", name))
            elif stat.S_ISREG(mode) and place != paths.seeds and not _is_expected(name):
                faults.append(Fault("file-unexpected", name, "no step reads a file of this name here", name))
    return faults


def _is_expected(name: str) -> bool:
    path = PurePosixPath(name)
    return path.name == "README.md" or any(
        len(path.parts) == expected.count("/") + 1 and path.match(expected) for expected in _EXPECTED
    )


def _entries(place: Path) -> Iterator[Path]:
    """Yield a folder if it is none, else what is in it at any depth; links are not followed."""
    if place.is_symlink() or not place.is_dir():
        yield from [place] if place.is_symlink() or place.exists() else []
        return
    for path in sorted(place.iterdir()):
        if not path.name.startswith("."):
            yield path
            if path.is_dir() and not path.is_symlink() and not (path / "annotation/ontology.toml").is_file():
                yield from _entries(path)  # a corpus inside, such as a pilot, is judged by itself
