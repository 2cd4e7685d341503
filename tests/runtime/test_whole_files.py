"""Files and folders written whole: the old or the new, never a mix."""

import errno
import fcntl
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from parley.faults import UsageError
from parley.runtime import files
from parley.runtime.files import (
    TEMPORARY,
    locked,
    put_in_place,
    recover,
    replacing,
    temporary_folder,
    write_whole,
    writing_whole,
)


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


def test_temporary_folders_of_killed_processes_are_removed(tmp_path, monkeypatch):
    """Not one that is in use: in another container its process has another number, or none here."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left, used = (tmp_path / f".parley.{gone.pid}-{name}{TEMPORARY}" for name in ("left", "used"))
    for folder in (left, used):
        folder.mkdir()
        (folder / "file").write_text("x")
    handle = os.open(used, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with temporary_folder() as own:
        assert sorted(tmp_path.iterdir()) == sorted([own, used])
    os.close(handle)
    with temporary_folder() as own:
        assert list(tmp_path.iterdir()) == [own]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("interrupted", [False, True])
def test_what_is_built_is_removed_if_it_is_not_put_in_place(tmp_path, monkeypatch, interrupted):
    """Also if an interrupt comes while it is removed."""
    place = tmp_path / "place"
    with replacing(place) as new:
        new.mkdir()
    remove, calls = files.shutil.rmtree, []

    def stopped(path, **options):
        calls.append(path)
        if interrupted and len(calls) == 1:
            raise KeyboardInterrupt
        remove(path, **options)

    monkeypatch.setattr(files.shutil, "rmtree", stopped)
    with pytest.raises(KeyboardInterrupt if interrupted else ZeroDivisionError), replacing(place) as new:
        new.mkdir()
        raise ZeroDivisionError
    assert [path.name for path in tmp_path.iterdir()] == ["place"]


def test_an_error_of_the_disk_says_which_file_it_was(tmp_path, monkeypatch):
    """The system does not: it was asked to flush a number."""

    def full(_handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: .*x\.json"):
        write_whole(tmp_path / "x.json", b"new")
