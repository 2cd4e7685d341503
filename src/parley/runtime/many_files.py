"""Many files at once: flushed to disk together, and written whole as `runtime.files` writes one."""

from __future__ import annotations

import ctypes
import errno
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

from parley.runtime.files import TEMPORARY, flush_one, name_file, remove, unfinished
from parley.runtime.threads import several_at_once

_TOGETHER = 2048  # files written before they are flushed and renamed
_FEW = 64  # files that are flushed one by one: nobody waits for what others have written to the disk
_SIDE_BY_SIDE = 16  # of these: a disk flushes many in the time of a few
_REPORTING = (5, 8)  # the version of Linux since which `syncfs` reports what could not be written
_UNSUPPORTED = {errno.ENOSYS, errno.EPERM}  # what a container without the call says


def write_many(files: Iterable[tuple[Path, bytes]]) -> None:
    """Write files as `write_whole` does, but flush many together.

    None is renamed before all that are flushed with it are on the disk. After an error each file is the old
    or the new one, and none is unfinished.
    """
    given = iter(files)
    while _write_together(islice(given, _TOGETHER)):
        pass


def _write_together(files: Iterable[tuple[Path, bytes]]) -> int:
    """Write files, flushed together; return how many."""
    beside: list[tuple[Path, Path]] = []
    try:
        for path, data in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=unfinished(path.name), suffix=TEMPORARY)
            beside.append((Path(name), path))
            try:
                with os.fdopen(handle, "wb") as out:
                    out.write(data)
                    os.fchmod(handle, 0o644)
            except OSError as error:
                name_file(error, path)
                raise
        if beside:
            flush([new for new, _ in beside])
        for new, path in beside:
            new.replace(path)
    except BaseException:
        for new, _ in beside:
            remove(new)
        raise
    return len(beside)


def flush_tree(folder: Path) -> None:
    """Write every file and folder below `folder` to disk."""
    flush([*folder.rglob("*"), folder])


def flush(paths: Sequence[Path]) -> None:
    """Write files and folders to disk; many at once with all that their file systems have to write."""
    if len(paths) > _FEW and all(map(_flush_system, _of_each_system(paths))):
        return
    for _ in several_at_once(flush_one, paths, _SIDE_BY_SIDE):
        pass


def _of_each_system(paths: Iterable[Path]) -> list[Path]:
    """Return a folder on each file system that some paths are on."""
    return [*{folder.stat().st_dev: folder for folder in {path.parent for path in paths}}.values()]


def _flush_system(folder: Path) -> bool:
    """Write to disk what the file system of a folder has to write; say whether the system can do that."""
    call = _syncfs()
    if call is None:
        return False
    handle = os.open(folder, os.O_RDONLY)
    try:
        if call(handle) == 0:
            return True
        number = ctypes.get_errno()
        if number in _UNSUPPORTED:
            return False
        raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(handle)


def _syncfs() -> Callable[[int], int] | None:
    """Return the system's call that flushes a file system; None if it has none that reports errors."""
    version = re.match(r"(\d+)\.(\d+)", os.uname().release)
    if sys.platform != "linux" or version is None or tuple(map(int, version.groups())) < _REPORTING:
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
