"""Publishing is killed at any moment: readers have the old release or the new one, whole."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from parley.corpus.corpus import Corpus
from parley.model.paths import CorpusPaths
from parley.release.data.files import rows
from parley.release.publish import publish
from parley.release.versions.history import file_hashes
from releases_for_tests import build_release

KILLS = 30

PROCESSES = multiprocessing.get_context("forkserver")
# imported once for all of them: what is to be killed is publishing, not the imports before it
PROCESSES.set_forkserver_preload(["datasets", "spacy", "matplotlib.figure", "parley.release.publish"])


def publish_in(root: Path, told: Path, last: int) -> None:
    """Publish, ending with SIGKILL at the last-th moment; a moment is a thing done to a file or folder.

    told: gets the number of the moment before the two folders are exchanged, and of all moments.
    """
    passed = exchange = 0

    def count(event: str, details: tuple[object, ...]) -> None:
        nonlocal passed, exchange
        if event == "open" or event.startswith(("os.", "shutil.", "ctypes.dlsym")):
            passed += 1
            if "renameat2" in details:
                exchange = passed
            if passed == last:
                os.kill(os.getpid(), signal.SIGKILL)

    tempfile.tempdir = str(told.parent)  # what a killed process leaves there goes with the test
    sys.addaudithook(count)
    publish(Corpus(CorpusPaths.at(root)))
    told.write_text(f"{exchange} {passed}")


def use_layer(corpus: CorpusPaths, labels: str, version: str) -> None:
    path = corpus.root / "release.toml"
    lines = path.read_text().splitlines()
    lines = [f'labels = "{labels}"' if line.startswith("labels =") else line for line in lines]
    lines = [f'version = "{version}"' if line.startswith("version =") else line for line in lines]
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def releases(published_harbour: CorpusPaths, tmp_path: Path) -> tuple[CorpusPaths, Path, Path]:
    """Return a corpus with its old release in place and the new one's inputs, and copies of both releases."""
    harbour = published_harbour
    old = shutil.copytree(harbour.dataset, tmp_path / "old")
    use_layer(harbour, "bo", "0.2.0")
    build_release(harbour)
    new = shutil.copytree(harbour.dataset, tmp_path / "new")
    return harbour, old, new


def put_back(corpus: CorpusPaths, release: Path) -> None:
    shutil.rmtree(corpus.dataset)
    shutil.copytree(release, corpus.dataset)


def run(corpus: CorpusPaths, told: Path, last: int = 0) -> int:
    process = PROCESSES.Process(target=publish_in, args=(corpus.root, told, last))
    process.start()
    process.join()
    return process.exitcode or 0


@pytest.mark.long
def test_thirty_kills_leave_the_old_release_or_the_new(
    releases: tuple[CorpusPaths, Path, Path], tmp_path: Path
) -> None:
    """Half of them anywhere, half around the exchange: `load_dataset` reads either, and a rerun finishes."""
    corpus, old, new = releases
    # all that publishing imports is there before it begins, so that a kill falls into its work
    PROCESSES.set_forkserver_preload(sorted(m for m in sys.modules if "pytest" not in m and m != "__main__"))
    whole = {name: (file_hashes(folder), rows_of(folder)) for name, folder in (("old", old), ("new", new))}
    put_back(corpus, old)
    assert run(corpus, tmp_path / "told") == 0
    assert file_hashes(corpus.dataset) == whole["new"][0]
    exchange, end = map(int, (tmp_path / "told").read_text().split())

    chance = random.Random(20)  # noqa: S311 - the same moments in every run
    kills = chance.sample(range(1, exchange), KILLS // 2)
    kills += chance.sample(range(exchange - 12, end - 1), KILLS - KILLS // 2)
    met: Counter[str] = Counter()
    for last in kills:
        put_back(corpus, old)
        assert run(corpus, tmp_path / "told", last) == -signal.SIGKILL, f"not killed at {last} of {end}"
        found = file_hashes(corpus.dataset)
        state = next(name for name, (files, _) in whole.items() if files == found)
        if not met[state]:  # the same bytes are read the same the next time
            assert rows_of(corpus.dataset) == whole[state][1]
        met[state] += 1
    assert set(met) == {"old", "new"}, f"no kill fell before the exchange, or none after it: {met}"

    put_back(corpus, old)
    publish(Corpus(corpus))
    assert file_hashes(corpus.dataset) == whole["new"][0]
    assert [p.name for p in corpus.root.glob(".dataset*")] == []


def rows_of(folder: Path) -> dict[tuple[str, str], int]:
    """Return the rows that `load_dataset` gives, by config and split."""
    return rows(folder, ["spans"])
