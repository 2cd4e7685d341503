"""One writer of a corpus folder at a time."""

import multiprocessing
import os

import pytest

from parley.corpus.corpus import writing
from parley.faults import UsageError
from parley.model.paths import CorpusPaths
from parley.runtime.files import TEMPORARY, unfinished


def hold(paths: CorpusPaths, held, go) -> None:
    with writing(paths):
        held.set()
        go.wait(60)


def test_two_writers_lock_each_other_out(harbour: CorpusPaths) -> None:
    """The second process is told to wait; afterwards it may write."""
    context = multiprocessing.get_context("spawn")
    held, go = context.Event(), context.Event()
    first = context.Process(target=hold, args=(harbour, held, go))
    first.start()
    assert held.wait(60)
    with pytest.raises(UsageError, match=r"another process is writing .*\n.*wait"), writing(harbour):
        pytest.fail("both write")
    go.set()
    first.join()
    with writing(harbour), writing(harbour):  # a step within a step
        pass


def test_leftovers_of_killed_runs_are_swept(harbour: CorpusPaths) -> None:
    """Unfinished files and folders of a process that is gone go; those of one that lives stay."""
    before = {p for p in harbour.root.rglob("*") if harbour.build not in p.parents}
    gone = 2**22  # above every process id
    left = [
        harbour.root / f".DATASHEET.md.{gone}-abc{TEMPORARY}",
        harbour.labels / "ada" / f".x.json.{gone}-abc{TEMPORARY}",
        harbour.build / f".batches.{gone}-abc{TEMPORARY}" / "0000000",
    ]
    own = harbour.build / f"{unfinished('batches')}abc{TEMPORARY}"
    left[2].mkdir(parents=True)
    own.mkdir()
    for path in left[:2]:
        path.write_text("half")
    with writing(harbour):
        assert not any(path.exists() for path in left)
        assert own.is_dir()
        assert str(os.getpid()) in own.name
    assert before <= {p for p in harbour.root.rglob("*") if harbour.build not in p.parents}
