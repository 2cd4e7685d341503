"""Files and folders written whole: the old or the new, never a mix."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from parley.faults import UsageError
from parley.runtime import files
from parley.runtime.files import TEMPORARY, locked, put_in_place, recover, write_whole, writing_whole


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    """Where writing fails, the old bytes stand and nothing lies beside them."""
    path = tmp_path / "x.json"
    path.write_bytes(b"old")

    def fail(_handle):
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]


def test_a_file_is_replaced_at_the_end(tmp_path):
    """Whoever reads while it is written sees the old bytes; the mode is the one asked for."""
    path = tmp_path / "x.json"
    path.write_bytes(b"old")
    with writing_whole(path, mode=0o600) as out:
        out.write(b"new")
        assert path.read_bytes() == b"old"
        (beside,) = [p for p in tmp_path.iterdir() if p != path]
        assert beside.name.endswith(TEMPORARY)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_folder_takes_the_place_of_another(tmp_path, monkeypatch, exchanges):
    """On file systems that can exchange two names, and on others."""
    if not exchanges:
        monkeypatch.setattr(files, "_exchange", lambda *_: False)
    new, place = tmp_path / "new", tmp_path / "place"
    for folder, text in ((new, "new"), (place, "old")):
        folder.mkdir()
        (folder / text).write_text(text)
    put_in_place(new, place)
    assert [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*")] == ["place", "place/new"]


def test_the_old_folder_comes_back_after_a_crash_between_two_renames(tmp_path):
    """And what was unfinished goes."""
    (tmp_path / ".place.old").mkdir()
    (tmp_path / "new").mkdir()
    recover(tmp_path / "place", tmp_path / "new")
    assert [p.name for p in tmp_path.iterdir()] == ["place"]


HOLD = """
import pathlib, sys
from parley.runtime.files import locked
with locked(pathlib.Path(sys.argv[1]), "writing it"):
    print(1, flush=True)
    sys.stdin.read()
"""


def test_a_lock_is_held_by_one_process(tmp_path):
    """The other is told; when the first is killed, the lock is free."""
    lock = tmp_path / "build" / "writing.lock"
    lock.parent.mkdir()
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ
    )
    assert first.stdout.readline()
    with pytest.raises(UsageError, match="another process is writing it"), locked(lock, "writing it"):
        pytest.fail("both hold it")
    first.kill()
    first.communicate()
    with locked(lock, "writing it"):
        assert isinstance(lock, Path)
