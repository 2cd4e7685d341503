"""A release, written into an empty folder: the same bytes from the same inputs, wherever and whenever."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from parley.agreement.report import headline_values
from parley.corpus import Corpus
from parley.entities import read_entities
from parley.faults import check
from parley.ontology import read_ontology
from parley.release.card import card
from parley.release.changelog import FILE as CHANGELOG
from parley.release.changelog import changelog
from parley.release.citation import FILE as CITATION
from parley.release.citation import citation
from parley.release.configs import Content, tables
from parley.release.croissant import FILE as CROISSANT
from parley.release.croissant import croissant
from parley.release.datasheet import FILE as DATASHEET
from parley.release.datasheet import datasheet
from parley.release.difference import Difference, difference, read_labels
from parley.release.near_duplicates import near_duplicates
from parley.release.parquet import write_table
from parley.release.plots import PICTURE, labels_picture
from parley.release.settings import Settings, read_settings
from parley.release.source import read_source
from parley.release.splits import place
from parley.release.versions import (
    FILE,
    content_sha256,
    encode_versions,
    inputs_sha256,
    read_versions,
    version_faults,
)
from parley.seeds.reading import read_documents


@dataclass(frozen=True)
class Built:
    """A release as built. is_new: its version was not published before."""

    settings: Settings
    content: Content
    tables: dict[str, dict[str, pa.Table]]
    content_sha256: str
    is_new: bool


def read_content(corpus: Corpus, settings: Settings) -> Content:
    """Read everything a release is computed from, and place the articles in splits."""
    documents = read_documents(corpus)
    source = read_source(corpus, settings, documents)
    pairs = near_duplicates({d.doc_id: d.text for d in documents})
    labels = {
        layer.doc_id: frozenset([s.label for s in layer.spans] + [r.label for r in layer.relations])
        for layer in source.published
    }
    placement = place({d.doc_id: d.event for d in documents}, labels, [(a, b) for a, b, _ in pairs])
    return Content(tuple(documents), source, read_entities(corpus), read_ontology(corpus.ontology), placement)


# Files of a release that stand in the corpus' folder too, where people and platforms look for them.
AT_THE_ROOT = (CITATION, DATASHEET)


def build(corpus: Corpus, folder: Path) -> Built:
    """Write the release of a corpus into `folder`, which must not exist.

    What was published before (in the corpus' dataset/) gives the history. Raises DataFaults where the
    version does not fit, UsageError where there is nothing to publish.
    """
    settings = read_settings(corpus)
    content = read_content(corpus, settings)
    made = tables(content)
    digest = content_sha256(made)
    history = read_versions(corpus.dataset)
    for config, by_split in made.items():
        for split, table in by_split.items():
            write_table(folder / "data" / config / f"{split}-00000-of-00001.parquet", table)
    is_new = settings.version not in [v["version"] for v in history]
    found = _since_last(corpus, folder, is_new=is_new and bool(history))
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
    before = [v for v in history if v["version"] != settings.version]
    changes = corpus.dataset / CHANGELOG
    if is_new:
        last = before[-1] if before else None
        (folder / CHANGELOG).write_text(changelog(changes, settings, last, found, measured), encoding="utf-8")
    elif changes.is_file():
        shutil.copyfile(changes, folder / CHANGELOG)
    prose = corpus.root / DATASHEET
    if prose.is_file():
        sheet = datasheet(prose.read_text(encoding="utf-8"), settings, content, made, agreement)
        (folder / DATASHEET).write_text(sheet, encoding="utf-8")
    (folder / CITATION).write_text(citation(settings), encoding="utf-8")
    (folder / PICTURE).parent.mkdir()
    (folder / PICTURE).write_bytes(labels_picture(content))
    readme = card(
        settings,
        content,
        made,
        agreement,
        lambda config: folder_size(folder / "data" / config),
        has_datasheet=prose.is_file(),
    )
    (folder / "README.md").write_text(readme, encoding="utf-8")
    (folder / CROISSANT).write_bytes(croissant(settings, content, made, agreement, folder))
    version["files_sha256"] = file_hashes(folder)
    (folder / FILE).write_bytes(encode_versions([*before, version]))
    return Built(settings, content, made, digest, is_new)


def _since_last(corpus: Corpus, folder: Path, *, is_new: bool) -> Difference:
    if not is_new:
        return Difference()
    return difference(read_labels(corpus.dataset), read_labels(folder))


def read_agreement(corpus: Corpus) -> dict[str, Any]:
    """Return agreement.json, empty where agreement was not measured."""
    if not corpus.agreement.is_file():
        return {}
    read: dict[str, Any] = json.loads(corpus.agreement.read_text(encoding="utf-8"))
    return read


def folder_size(folder: Path) -> int:
    """Return the bytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.iterdir())


def file_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder but versions.json, by relative path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != FILE
    }
