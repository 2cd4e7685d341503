"""A release, written into an empty folder: the same bytes from the same inputs, wherever and whenever."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parley.agreement.report import headline_values
from parley.agreement.rounds import read_rounds
from parley.faults import check
from parley.model.paths import CorpusPaths
from parley.release.batches import read_scheme
from parley.release.card.card import card
from parley.release.card.citation import FILE as CITATION
from parley.release.card.citation import citation
from parley.release.card.content import Content, Sizes
from parley.release.card.croissant import FILE as CROISSANT
from parley.release.card.croissant import croissant
from parley.release.card.datasheet import FILE as DATASHEET
from parley.release.card.datasheet import datasheet
from parley.release.card.plots import PICTURE, labels_picture
from parley.release.data.articles import read_outline
from parley.release.data.configs import schemas
from parley.release.data.shards import Job, Written, plan, write_shards
from parley.release.settings import Settings, read_settings
from parley.release.standoff.fingerprints import CONFIG as FINGERPRINTS
from parley.release.standoff.fingerprints import features
from parley.release.versions.changelog import FILE as CHANGELOG
from parley.release.versions.changelog import changelog
from parley.release.versions.difference import Difference, difference, read_labels
from parley.release.versions.history import (
    FILE,
    encode_versions,
    file_sha256,
    inputs_sha256,
    read_versions,
    version_faults,
)
from parley.runtime.engine import Cores, Engine

# Files of a release that stand in the corpus' folder too, where people and platforms look for them.
AT_THE_ROOT = (CITATION, DATASHEET)


@dataclass(frozen=True)
class Built:
    """A release as built. sizes: config → split → size. is_new: its version was not published before."""

    settings: Settings
    sizes: Sizes
    content_sha256: str
    is_new: bool


def write_data(
    corpus: CorpusPaths, settings: Settings, folder: Path, engine: Engine, *, withheld: bool = False
) -> tuple[Content, Written]:
    """Write the data files of a corpus' release below `folder`; return what the rest is computed from.

    withheld: without text. Raises DataFaults and UsageError as `read_outline` does.
    """
    scheme = read_scheme(corpus, settings)
    outline = read_outline(corpus, settings, scheme, engine)
    known = {**schemas(scheme.ontology), FINGERPRINTS: features().arrow_schema}
    job = Job(corpus, settings.labels, scheme, known, folder, withheld)
    written = write_shards(job, plan(outline), engine)
    return Content(outline, written.tally, scheme), written


def build(corpus: CorpusPaths, folder: Path, engine: Engine | None = None) -> Built:
    """Write the release of a corpus into `folder`, which must not exist.

    What was published before (in the corpus' dataset/) gives the history. engine: what works on the batches,
    by default this process. Raises DataFaults where the version does not fit, UsageError where there is
    nothing to publish.
    """
    settings = read_settings(corpus)
    content, written = write_data(corpus, settings, folder, engine or Cores())
    digest, sizes = written.content_sha256, written.sizes
    history = read_versions(corpus.dataset)
    is_last = bool(history) and history[-1]["version"] == settings.version
    found = (
        difference(read_labels(corpus.dataset), read_labels(folder))
        if history and not is_last
        else Difference()
    )
    check(version_faults(settings, history, digest, found))
    agreement = read_agreement(corpus)
    measured = headline_values(agreement)
    version = {
        "version": settings.version,
        "date": settings.date,
        "labels": settings.labels,
        "content_sha256": digest,
        "inputs_sha256": inputs_sha256(corpus),
        "agreement": measured,
        "files_sha256": {},
    }
    before = history[:-1] if is_last else history
    changes = corpus.dataset / CHANGELOG
    if not is_last:
        last = before[-1] if before else None
        (folder / CHANGELOG).write_text(changelog(changes, settings, last, found, measured), encoding="utf-8")
    elif changes.is_file():
        shutil.copyfile(changes, folder / CHANGELOG)
    prose = corpus.root / DATASHEET
    if prose.is_file():
        sheet = datasheet(prose.read_text(encoding="utf-8"), settings, content, sizes, agreement)
        (folder / DATASHEET).write_text(sheet, encoding="utf-8")
    (folder / CITATION).write_text(citation(settings), encoding="utf-8")
    (folder / PICTURE).parent.mkdir()
    (folder / PICTURE).write_bytes(labels_picture(content))
    readme = card(
        settings,
        content,
        sizes,
        agreement,
        lambda config: folder_size(folder / "data" / config),
        has_datasheet=prose.is_file(),
    )
    (folder / "README.md").write_text(readme, encoding="utf-8")
    (folder / CROISSANT).write_bytes(croissant(settings, content, sizes, agreement, folder))
    version["files_sha256"] = file_hashes(folder)
    (folder / FILE).write_bytes(encode_versions([*before, version]))
    return Built(settings, sizes, digest, is_new=not is_last)


def read_agreement(corpus: CorpusPaths) -> dict[str, Any]:
    """Return what agreement.json holds, empty where agreement was not measured.

    Raises UsageError where it is no rounds of agreement.
    """
    return {"rounds": read_rounds(corpus.agreement)} if corpus.agreement.is_file() else {}


def folder_size(folder: Path) -> int:
    """Return the bytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.iterdir())


def file_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder but versions.json, by relative path."""
    return {
        path.relative_to(folder).as_posix(): file_sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != FILE
    }
