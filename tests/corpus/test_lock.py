"""One writer of a corpus folder at a time."""

import pytest

from parley.corpus.batches import SCRATCH
from parley.corpus.lock import writing
from parley.faults import UsageError
from parley.model.paths import CorpusPaths
from parley.runtime.files import TEMPORARY


def test_two_writers_lock_each_other_out(harbour: CorpusPaths) -> None:
    """The second is told to wait; afterwards it may write."""
    told = pytest.raises(UsageError, match=r"another process is writing .*\n.*wait")
    with writing(harbour), told, writing(harbour):
        pytest.fail("both write")
    with writing(harbour):
        pass


def test_leftovers_of_killed_runs_are_swept(harbour: CorpusPaths) -> None:
    """Unfinished files and scratch folders go; everything else stays."""
    before = {p for p in harbour.root.rglob("*") if harbour.build not in p.parents}
    left = [
        harbour.root / f".DATASHEET.md.abc{TEMPORARY}",
        harbour.labels / "ada" / f".x.json.abc{TEMPORARY}",
        harbour.build / f"{SCRATCH}abc" / "0000000",
    ]
    left[2].mkdir(parents=True)
    for path in left[:2]:
        path.write_text("half")
    with writing(harbour):
        assert not any(path.exists() for path in left)
    assert before <= {p for p in harbour.root.rglob("*") if harbour.build not in p.parents}
