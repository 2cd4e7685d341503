"""Publish: build a release beside dataset/, prove that it loads, then put it in place in one step."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from parley.faults import DataFaults, Fault, UsageError, check
from parley.model.paths import CorpusPaths
from parley.release.build import AT_THE_ROOT, build, file_hashes
from parley.release.data.loading import rows
from parley.release.versions.history import FILE
from parley.runtime.engine import Engine
from parley.runtime.files import flush_tree, put_in_place, recover, write_whole


@dataclass(frozen=True)
class Published:
    """What a publish did. rows: by config and split. changed: whether dataset/ was replaced."""

    version: str
    content_sha256: str
    rows: dict[tuple[str, str], int]
    changed: bool


def publish(corpus: CorpusPaths, *, validate: bool = True, engine: Engine | None = None) -> Published:
    """Publish a corpus into its dataset/, whole or not at all.

    engine: what works on the batches, by default this process; it makes no difference to any byte.
    Raises DataFaults, with dataset/ untouched, where validation finds any fault or the version does not fit.
    """
    with _alone(corpus):
        staging = corpus.root / f".{corpus.dataset.name}.new"
        recover(corpus.dataset, staging)
        if validate:
            from parley.validation.corpus_report import report

            check(report(corpus, release=False).faults)
        try:
            built = build(corpus, staging, engine)
            found = {(c, s): n for c, s, n in rows(staging, list(built.sizes))}
            expected = {(c, s): t.num_rows for c, by in built.sizes.items() for s, t in by.items()}
            if found != expected:
                what = f"load_dataset gives {found}, written were {expected}"
                raise DataFaults([Fault("release-damaged", corpus.relative(corpus.dataset), what)])
            changed = not _same(staging, corpus.dataset)
            if changed:
                flush_tree(staging)
                put_in_place(staging, corpus.dataset)
            _copy_to_the_root(corpus)
        finally:
            recover(corpus.dataset, staging)
        return Published(built.settings.version, built.content_sha256, found, changed)


def _copy_to_the_root(corpus: CorpusPaths) -> None:
    for name in AT_THE_ROOT:
        published, place = corpus.dataset / name, corpus.root / name
        if published.is_file() and not (place.is_file() and place.read_bytes() == published.read_bytes()):
            write_whole(place, published.read_bytes())


def _same(one: Path, other: Path) -> bool:
    if not (other / FILE).is_file() or file_hashes(one) != file_hashes(other):
        return False
    return (one / FILE).read_bytes() == (other / FILE).read_bytes()


@contextlib.contextmanager
def _alone(corpus: CorpusPaths) -> Iterator[None]:
    """Hold the lock of publishing; it is gone with the process, however that ends."""
    corpus.build.mkdir(parents=True, exist_ok=True)
    with (corpus.build / "publish.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError("another publish of this corpus is under way", "wait until it ends")
        yield
