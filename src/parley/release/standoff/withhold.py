"""A release without the articles' text, as a folder of its own: the same version, the same labels.

It is made from a release that is in dataset/ with text. versions.json keeps the content hash of the full
tables, so that whoever puts the text back can prove that the result is the release itself.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from parley.corpus.corpus import Corpus
from parley.faults import UsageError, check
from parley.model.paths import CorpusPaths
from parley.release.card.card import DATASHEET
from parley.release.card.croissant import croissant_faults
from parley.release.data.schema import FINGERPRINTS
from parley.release.publish import write_data, write_words
from parley.release.versions.history import FILE, encode_versions, file_hashes, read_versions
from parley.runtime.engine import Cores, Engine
from parley.runtime.files import building, put_in_place


@dataclass(frozen=True)
class Withheld:
    """What was written. content_sha256: of the release with its text. fingerprints: how many."""

    folder: Path
    version: str
    content_sha256: str
    fingerprints: int


def write_withheld(corpus: Corpus, folder: Path, engine: Engine | None = None) -> Withheld:
    """Write the published version without text into `folder`, which must not hold anything else.

    engine: as for `publish`.
    Raises UsageError if the version is not published yet, or `folder` is not a release without text.
    """
    published = read_versions(corpus.paths.dataset)
    if folder.is_dir() and any(folder.iterdir()):
        there = read_versions(folder)
        if not there or there[-1].get("text") != "withheld":
            raise UsageError(f"{folder} has something else", "name another folder with --out")
    with building(folder) as staging:
        content = write_data(corpus, staging, engine or Cores(), withheld=True)
        version, digest = content.settings.version, content.content_sha256
        if not published or (published[-1]["version"], published[-1]["content_sha256"]) != (version, digest):
            raise UsageError(
                f"version {version} is not in {corpus.paths.dataset} as the corpus gives it",
                "run `parley publish` first: the release without text is taken from it",
            )
        write_words(content, staging, corpus.paths.dataset / DATASHEET)
        here = CorpusPaths(staging)
        for source, place in ((corpus.paths.ontology, here.ontology), (corpus.paths.cleaning, here.cleaning)):
            if source.is_file():  # what `rehydrate` needs
                place.parent.mkdir(exist_ok=True)
                shutil.copyfile(source, place)
        check(croissant_faults(staging, folder.name))
        published[-1] |= {"text": "withheld", "files_sha256": file_hashes(staging)}
        (staging / FILE).write_bytes(encode_versions(published))
        put_in_place(staging, folder)
    rows = sum(size.rows for size in content.sizes[FINGERPRINTS].values())
    return Withheld(folder, version, digest, rows)
