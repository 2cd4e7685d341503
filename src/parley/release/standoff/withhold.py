"""A release without the articles' text, as a folder of its own: the same version, the same labels.

It is made from a release that stands in dataset/ with text. versions.json keeps the content hash of the full
tables, so that whoever puts the text back can prove that the result is the release itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parley.faults import UsageError
from parley.model.paths import CorpusPaths
from parley.release.build import file_hashes, folder_size, read_agreement, write_data
from parley.release.card.card import card
from parley.release.card.citation import FILE as CITATION
from parley.release.card.content import Content, Sizes
from parley.release.card.croissant import FILE as CROISSANT
from parley.release.card.croissant import croissant
from parley.release.card.datasheet import FILE as DATASHEET
from parley.release.card.datasheet import datasheet
from parley.release.card.plots import PICTURE
from parley.release.settings import Settings, read_settings
from parley.release.standoff.fingerprints import CONFIG
from parley.release.versions.history import FILE, encode_versions, read_versions
from parley.runtime.engine import Cores, Engine
from parley.runtime.files import put_in_place, recover


@dataclass(frozen=True)
class Withheld:
    """What was written. content_sha256: of the release with its text. fingerprints: how many."""

    folder: Path
    version: str
    content_sha256: str
    fingerprints: int


def write_withheld(corpus: CorpusPaths, folder: Path, engine: Engine | None = None) -> Withheld:
    """Write the published version without text into `folder`, which must not hold anything else.

    engine: as for `publish`.

    Raises UsageError where the version is not published yet, or `folder` is not a release without text.
    """
    settings = read_settings(corpus)
    published = read_versions(corpus.dataset)
    _refuse_other(folder)
    staging = folder.with_name(f".{folder.name}.new")
    recover(folder, staging)
    try:
        content, written = write_data(corpus, settings, staging, engine or Cores(), withheld=True)
        ours = settings.version, written.content_sha256
        if not published or (published[-1]["version"], published[-1]["content_sha256"]) != ours:
            raise UsageError(
                f"version {settings.version} does not stand in {corpus.dataset} as the corpus gives it",
                "run `parley publish` first: the release without text is taken from it",
            )
        _write_words(corpus, staging, settings, content, written.sizes, published)
        put_in_place(staging, folder)
    finally:
        recover(folder, staging)
    rows = sum(size.num_rows for size in written.sizes[CONFIG].values())
    return Withheld(folder, settings.version, written.content_sha256, rows)


def _write_words(  # noqa: PLR0917 - all that a release is computed from
    corpus: CorpusPaths,
    folder: Path,
    settings: Settings,
    content: Content,
    sizes: Sizes,
    published: Sequence[Mapping[str, Any]],
) -> None:
    """Write what stands beside the data."""
    for name in (CITATION, PICTURE):
        if (corpus.dataset / name).is_file():
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(corpus.dataset / name, folder / name)
    here = CorpusPaths(folder)
    for source, place in ((corpus.ontology, here.ontology), (corpus.cleaning, here.cleaning)):
        if source.is_file():  # what rehydrate.py needs
            place.parent.mkdir(exist_ok=True)
            shutil.copyfile(source, place)
    agreement = read_agreement(corpus)
    prose = corpus.dataset / DATASHEET
    if prose.is_file():
        sheet = datasheet(prose.read_text(encoding="utf-8"), settings, content, sizes, agreement)
        (folder / DATASHEET).write_text(sheet, encoding="utf-8")
    readme = card(
        settings,
        content,
        sizes,
        agreement,
        lambda config: folder_size(folder / "data" / config),
        has_datasheet=(folder / DATASHEET).is_file(),
    )
    (folder / "README.md").write_text(readme, encoding="utf-8")
    (folder / CROISSANT).write_bytes(croissant(settings, content, sizes, agreement, folder))
    versions = [dict(one) for one in published]
    versions[-1] |= {"text": "withheld", "files_sha256": file_hashes(folder)}
    (folder / FILE).write_bytes(encode_versions(versions))


def _refuse_other(folder: Path) -> None:
    """Refuse to replace what is no release without text."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    last = (read_versions(folder) or [{}])[-1]
    if last.get("text") != "withheld":
        raise UsageError(f"{folder} holds something else", "name another folder with --out")
