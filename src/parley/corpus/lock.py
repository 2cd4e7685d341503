"""One writer at a time: the steps that write a corpus folder lock each other out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from parley.model.paths import CorpusPaths
from parley.runtime.files import locked, sweep


@contextmanager
def writing(paths: CorpusPaths) -> Iterator[None]:
    """Hold the lock of a corpus folder, in build/, and remove what killed runs left unfinished in it.

    Raises UsageError if another process writes the folder.
    """
    with locked(paths.build / "writing.lock", f"writing {paths.root}"):
        folders = (paths.seeds, paths.annotation, paths.validation, paths.build)
        sweep([paths.root, *folders, *(path for f in folders for path in f.rglob("*") if path.is_dir())])
        yield
