"""Publishing on a cluster: the same release, whatever becomes of its workers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from command_for_tests import call
from parley.corpus import batches
from parley.corpus.corpus import Corpus
from parley.model.labels import layer_path
from parley.model.paths import CorpusPaths
from parley.release.card.citation import ZENODO
from parley.release.publish import publish
from parley.release.versions.history import file_hashes
from parley.runtime.engine import Cores, Engine, engine
from parley.runtime.spark import OnSpark, java_home
from parley.seeds.near_duplicates import band_keys
from requirements_for_tests import needs_spark

pytestmark = [pytest.mark.spark, pytest.mark.long]
PATIENCE = 300  # seconds, for a process to be killed or to end: others may have the cores
WORKERS = "local-cluster[2,1,1024]"  # two, processes of their own
PUBLISH = Path(__file__).parents[2] / "scripts" / "publish.py"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Engine]:
    """Return Spark with two workers."""
    needs_spark()
    with engine("spark", WORKERS) as made:
        yield made


def files(corpus: CorpusPaths) -> tuple[dict[str, str], bytes]:
    """Return the hashes of a release's files, and the file that records them."""
    return file_hashes(corpus.dataset), (corpus.dataset / "versions.json").read_bytes()


@pytest.fixture
def wanted(published_harbour: CorpusPaths) -> tuple[dict[str, str], bytes]:
    """Return what this process makes of the second corpus, which is there still, without its release."""
    made = files(published_harbour)
    shutil.rmtree(published_harbour.dataset)
    return made


def ended(process: int) -> bool:
    """Say whether a process is no more, or waits only for its parent to take note of it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def lost_once(function: Callable[[Any], Any], told: Path, task: Any) -> Any:
    """Work on a task; in the first process that comes here the work is done, and nobody ever hears of it.

    told: gets the pids of the executor (the JVM above Spark's daemon) and of this process.
    """
    result = function(task)
    try:
        note = told.open("x")
    except FileExistsError:
        return result
    with note:
        executor = parent(os.getppid())
        note.write(f"{executor} {os.getpid()}\n")
    for _ in range(PATIENCE * 10):
        if ended(executor):
            os._exit(1)
        time.sleep(0.1)
    raise TimeoutError("nobody killed the executor")


@dataclass(frozen=True)
class Losing(OnSpark):
    """Spark, with the executor killed that writes the first shard."""

    told: Path

    def map(self, function: Callable[[Any], Any], tasks: Sequence[Any], what: str = "") -> Iterator[Any]:
        if what == "writing shards":
            function = partial(lost_once, function, self.told)
        return super().map(function, tasks, what)


def kill(told: Path, killed: list[int]) -> None:
    """Kill the executor that told of itself."""
    for _ in range(PATIENCE * 10):
        if told.is_file() and (note := told.read_text()).endswith("\n"):
            killed += [int(pid) for pid in note.split()]
            os.kill(killed[0], signal.SIGKILL)
            return
        time.sleep(0.1)


def test_spark_submit_starts_the_script(published_harbour, wanted):
    """It names the master, the script names none: the same files, by workers that get this code sent."""
    needs_spark()
    submit = Path(sys.executable).parent / "spark-submit"
    settings = ("spark.driver.host=127.0.0.1", "spark.driver.bindAddress=127.0.0.1", "spark.log.level=ERROR")
    done = subprocess.run(
        [submit, "--master", WORKERS, *(word for setting in settings for word in ("--conf", setting)),
         PUBLISH, "--engine", "spark", "--no-validate", "--root", published_harbour.root],
        env={name: value for name, value in os.environ.items() if name != "SPARK_HOME"}
        | {
            "JAVA_HOME": str(java_home()),
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(wanted[1])["versions"][-1]["content_sha256"][:12] in done.stdout
    assert files(published_harbour) == wanted


def test_a_cluster_makes_the_same_files(published_harbour, wanted, cluster):
    """Separate worker processes: the same content hash, and every file byte for byte."""
    publish(Corpus(published_harbour), cluster)
    assert files(published_harbour) == wanted


def test_a_killed_worker_costs_nothing_but_time(published_harbour, wanted, cluster, tmp_path):
    """An executor dies with a shard written and not reported: another writes it again, the same."""
    killed: list[int] = []
    killer = threading.Thread(target=kill, args=(tmp_path / "told", killed))
    killer.start()
    publish(Corpus(published_harbour), Losing(cluster.session, tmp_path / "told"))
    killer.join()
    assert len(killed) == 2
    assert all(ended(pid) for pid in killed)
    assert files(published_harbour) == wanted
    assert [path.name for path in published_harbour.root.glob("dataset/.*")] == [ZENODO]


def test_a_fault_that_a_worker_finds_is_told_with_its_article(harbour, cluster, monkeypatch, capsys):
    """Of a seed and of a label file: what the steps say is what they say without Spark."""
    monkeypatch.setattr(batches, "ARTICLES", 2)

    def told(*words: str) -> tuple[int, str, str]:
        status = call(*words, "--root", harbour.root)
        said = capsys.readouterr()
        return status, said.out, said.err

    here, there = ("--processes", "1"), ("--engine", "spark", "--master", WORKERS)
    steps = ("publish", "--no-validate"), ("validate",)
    labels = layer_path(harbour, "ada", "h4_storm")
    labels.write_bytes(labels.read_bytes().replace(b'"text_sha256": "', b'"text_sha256": "0', 1))
    (harbour.seeds / "h1_inquiry.txt").write_bytes(b"\xff")
    wrong = [told(*step, *there) for step in steps]
    assert wrong == [told(*step, *here) for step in steps]
    for status, out, err in wrong:
        assert status == 1
        assert "h1_inquiry" in out + err
        assert "Traceback" not in out + err


@pytest.mark.parametrize("joined_here", [0, 1_000], ids=["on the cluster", "here"])
def test_near_duplicates_are_joined_to_the_same_pairs(cluster, joined_here, monkeypatch):
    """The join finds the candidates that one machine finds, copies of copies too."""
    monkeypatch.setattr("parley.runtime.spark._JOINED_HERE", joined_here)
    texts = [" ".join(f"w{number}x{place}" for place in range(40)) for number in range(60)]
    texts += [text.replace("x20", "x21") for text in texts[::6]] + texts[:2] + texts[:1]
    tasks = [texts[:31], texts[31:32], texts[32:]]
    first, second = cluster.pairs(band_keys, tasks)
    wanted = Cores(1).pairs(band_keys, tasks)
    assert len(wanted[0]) >= 10 + 2 + 2
    assert np.array_equal(first, wanted[0])
    assert np.array_equal(second, wanted[1])
