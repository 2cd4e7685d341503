"""Publish: build a release beside dataset/, prove that readers can load it, put it in place in one step."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parley.corpus.corpus import Corpus
from parley.corpus.lock import writing
from parley.faults import DataFaults, Fault, check
from parley.model.paths import CorpusPaths
from parley.release.build import AT_THE_ROOT, build
from parley.release.card.croissant import croissant_faults
from parley.release.data.loading import rows
from parley.release.versions.history import FILE, file_hashes
from parley.runtime.engine import Engine
from parley.runtime.files import flush_tree, put_in_place, recover, write_whole


@dataclass(frozen=True)
class Published:
    """What a publish did. rows: by config and split. changed: whether dataset/ was replaced."""

    version: str
    content_sha256: str
    rows: dict[tuple[str, str], int]
    changed: bool


def publish(corpus: Corpus, engine: Engine | None = None) -> Published:
    """Publish a corpus into its dataset/, whole or not at all; it is not judged first.

    engine: what works on the batches, by default this machine; it makes no difference to any byte.
    Raises DataFaults, with dataset/ untouched, if the labels cannot be tabulated, the version does not fit or
    the release does not load; UsageError if there is nothing to publish.

    >>> publish(Corpus.at(Path("."))).version
    '0.1.0'
    """
    paths = corpus.paths
    with writing(paths):
        staging = paths.root / f".{paths.dataset.name}.new"
        recover(paths.dataset, staging)
        try:
            built = build(corpus, staging, engine)
            expected = {(c, split): size.rows for c, by in built.sizes.items() for split, size in by.items()}
            found = {(c, split): number for c, split, number in rows(staging, list(built.sizes))}
            if found != expected:
                what = f"load_dataset gives {found}, written were {expected}"
                raise DataFaults([Fault("release-damaged", paths.relative(paths.dataset), what)])
            check(croissant_faults(staging, paths.dataset.name))
            changed = not _same(staging, paths.dataset)
            if changed:
                flush_tree(staging)
                put_in_place(staging, paths.dataset)
            _copy_to_the_root(paths)
        finally:
            recover(paths.dataset, staging)
        return Published(built.version, built.content_sha256, found, changed)


def _copy_to_the_root(paths: CorpusPaths) -> None:
    for name in AT_THE_ROOT:
        published, place = paths.dataset / name, paths.root / name
        if published.is_file() and not (place.is_file() and place.read_bytes() == published.read_bytes()):
            write_whole(place, published.read_bytes())


def _same(one: Path, other: Path) -> bool:
    if not (other / FILE).is_file() or file_hashes(one) != file_hashes(other):
        return False
    return (one / FILE).read_bytes() == (other / FILE).read_bytes()
