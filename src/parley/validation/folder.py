"""What is in a corpus folder and should not be: links, pipes, and files that no step reads."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from parley.faults import Fault
from parley.model.paths import CorpusPaths
from parley.validation.facts import TABLES
from parley.validation.project import CHECKPOINT

# What steps read or write below annotation/ and validation/; a name that begins with a dot is a tool's own.
_FILES = (
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


_EXPECTED = re.compile(
    "|".join([r"(.*/)?README\.md", *(re.escape(one).replace(r"\*", "[^/]*") for one in _FILES)])
)


def folder_faults(paths: CorpusPaths) -> list[Fault]:
    """Return a fault for each link, pipe or socket in the folders that people keep, and each unexpected file.

    Which files of seeds/ are unexpected is known by the manifest.
    """
    places = (paths.seeds, paths.annotation, paths.validation)
    return [fault for place in places for fault in sorted(_faults(place), key=lambda fault: fault.place)]


def _faults(place: Path) -> Iterator[Fault]:
    with os.scandir(place.parent) as found:
        tops = [one for one in found if one.name == place.name]
    for top in tops:
        is_folder = top.is_dir(follow_symlinks=False)
        for name, entry in _entries(top, top.name) if is_folder else [(top.name, top)]:
            is_file = entry.is_file(follow_symlinks=False)
            if entry.is_symlink():
                yield Fault("corpus-link", name, "no link in a corpus is followed", name)
            elif not (is_file or entry.is_dir()):
                yield Fault("file-irregular", name, "it is neither a file nor a folder", name)
            elif is_file and place.name != "seeds" and not _EXPECTED.fullmatch(name):
                yield Fault("file-unexpected", name, "no step reads a file of this name here", name)


def _entries(folder: os.DirEntry[str], name: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield what is in a folder at any depth, each with its name; links are not followed. name: of itself."""
    with os.scandir(folder) as found:
        for entry in found:
            if entry.name.startswith("."):
                continue
            below = f"{name}/{entry.name}"
            yield below, entry
            if entry.is_dir(follow_symlinks=False) and not _is_corpus(entry):
                yield from _entries(entry, below)  # a corpus inside, such as a pilot, is judged by itself


def _is_corpus(folder: os.DirEntry[str]) -> bool:
    return Path(folder.path, "annotation/ontology.toml").is_file()
