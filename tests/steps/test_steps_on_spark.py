"""Tasks and agreement on a cluster: the same bytes as on this machine, and a worker's fault."""

import pytest

from command_for_tests import call
from parley.corpus import batches
from parley.model.labels import layer_path
from parley.model.paths import CorpusPaths
from parley.runtime.engine import Cores, engine
from requirements_for_tests import needs_spark

pytestmark = [pytest.mark.spark, pytest.mark.long]
WORKERS = "local-cluster[2,1,1024]"  # two, processes of their own
CALLS = (("tasks",), ("agreement", "--draws", "20"))
ON_SPARK = ("--engine", "spark", "--master", WORKERS)


def written(corpus: CorpusPaths) -> dict[str, bytes]:
    """Return what both steps write."""
    files = [corpus.agreement, corpus.agreement.with_suffix(".md")]
    for folder in (corpus.build, corpus.agreement.with_suffix("")):
        files += folder.iterdir()
    return {str(path.relative_to(corpus.root)): path.read_bytes() for path in files}


def test_tasks_and_agreement_are_the_same_on_spark_and_a_fault_of_a_worker_is_told(
    harbour, monkeypatch, capsys
):
    """Workers read, propose and compare batches, written below build/; nothing of that is left there."""
    needs_spark()
    monkeypatch.setattr(batches, "ARTICLES", 2)
    monkeypatch.setattr(batches, "IN_MEMORY", 0)

    def step(*words: str) -> tuple[int | str | None, str, str]:
        status = call(*words, "--root", harbour.root)
        return status, *capsys.readouterr()

    said = [step(*words, "--processes", "1") for words in CALLS]
    wanted = written(harbour)
    assert {"build/tasks.json", "build/cuts.txt", "build/disagreements.md"} <= wanted.keys()
    for path in wanted:
        (harbour.root / path).unlink()
    with monkeypatch.context() as here, engine("spark", WORKERS):  # all calls find it
        here.setattr(Cores, "map", None)  # nothing is left to this machine
        assert [step(*words, *ON_SPARK)[:2] for words in CALLS] == [(0, out) for _, out, _ in said]
        assert written(harbour) == wanted
        labels = layer_path(harbour, "ada", "h4_storm")
        labels.write_bytes(labels.read_bytes().replace(b'"text_sha256": "', b'"text_sha256": "0', 1))
        (harbour.seeds / "h1_inquiry.txt").write_bytes(b"\xff")
        told = [step(*words, *ON_SPARK) for words in CALLS]
    assert told == [step(*words, "--processes", "1") for words in CALLS]
    assert [status for status, _, _ in told] == [1, 1]
    assert "h1_inquiry" in told[0][2]
    assert "annotation/labels/ada/h4_storm.json" in told[1][2]
    assert written(harbour) == wanted
