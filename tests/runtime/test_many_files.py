"""Many files written whole: flushed together before any is renamed, all old or new after an error."""

import ctypes
import errno
import os
from pathlib import Path

import pytest

from parley.runtime import many_files
from parley.runtime.many_files import flush, write_many

NUMBER = 150  # more than are flushed one by one


@pytest.fixture
def there(tmp_path):
    """Return the paths of files, every second of which is there already."""
    paths = [tmp_path / f"{n % 3}" / f"{n:03d}.json" for n in range(NUMBER)]
    for path in paths[::2]:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"old")
    return paths


def state(paths):
    return [path.read_bytes() if path.exists() else None for path in paths]


OLD = [None if n % 2 else b"old" for n in range(NUMBER)]


def unfinished(folder):
    return [path for path in folder.rglob(".*") if path.is_file()]


@pytest.mark.parametrize("number", [1, NUMBER])
def test_files_are_written_with_the_rights_of_others(there, tmp_path, number):
    write_many((path, b"new") for path in there[:number])
    assert state(there) == [b"new"] * number + OLD[number:]
    assert {path.stat().st_mode & 0o777 for path in there[:number]} == {0o644}
    assert not unfinished(tmp_path)


def test_none_is_renamed_before_all_are_on_the_disk(there, tmp_path, monkeypatch):
    """Of those that are flushed together; the next come after."""
    monkeypatch.setattr(many_files, "_TOGETHER", 100)
    seen = []

    def flushed(paths):
        assert {path.read_bytes() for path in paths} == {b"new"}
        seen.append((len(paths), state(there)))

    monkeypatch.setattr(many_files, "flush", flushed)
    write_many((path, b"new") for path in there)
    assert seen == [(100, OLD), (50, [b"new"] * 100 + OLD[100:])]


@pytest.mark.parametrize("where", ["in the files", "at the flush", "at a write"])
def test_after_an_error_all_are_as_they_were(there, tmp_path, monkeypatch, where):
    def fail(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def files():
        yield from ((path, b"new") for path in there)
        if where == "in the files":
            fail(None)

    if where == "at the flush":
        monkeypatch.setattr(many_files, "flush", fail)
    if where == "at a write":
        monkeypatch.setattr(many_files.os, "fchmod", lambda *_: fail(None))
    with pytest.raises(OSError, match="No space") as error:
        write_many(files())
    assert state(there) == OLD
    assert not unfinished(tmp_path)
    assert (error.value.filename == str(there[0])) == (where == "at a write")


@pytest.fixture
def calls(monkeypatch):
    """Return what is flushed: folders with all of their file system, files by themselves."""
    found = {"systems": [], "files": []}

    def system(handle):
        found["systems"].append(Path(f"/proc/self/fd/{handle}").readlink())
        return 0

    monkeypatch.setattr(many_files, "_syncfs", lambda: system)
    monkeypatch.setattr(many_files, "flush_one", found["files"].append)
    return found


def test_many_files_are_flushed_with_their_file_system_and_few_by_themselves(there, tmp_path, calls):
    write_many((path, b"new") for path in there)
    assert len(calls["systems"]) == 1
    assert calls["systems"][0].parent == tmp_path
    flush(there[:4])
    assert sorted(calls["files"]) == sorted(there[:4])


@pytest.mark.parametrize("number", [None, errno.ENOSYS])
def test_where_a_file_system_cannot_be_flushed_each_file_is(there, calls, monkeypatch, number):
    """On a system without the call, or in a container that forbids it."""
    monkeypatch.setattr(many_files, "_syncfs", lambda: number and (lambda _: ctypes.set_errno(number) or -1))
    flush(there)
    assert sorted(calls["files"]) == sorted(there)


def test_what_cannot_be_flushed_is_an_error_with_its_folder(there, monkeypatch):
    monkeypatch.setattr(many_files, "_syncfs", lambda: lambda _: ctypes.set_errno(errno.EIO) or -1)
    with pytest.raises(OSError, match=r"Input/output error: .*/\d'") as error:
        flush(there)
    assert error.value.errno == errno.EIO
