"""One writer at a time: the steps that write a corpus folder lock each other out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from parley.corpus.batches import SCRATCH
from parley.model.paths import CorpusPaths
from parley.runtime.files import TEMPORARY, locked


@contextmanager
def writing(paths: CorpusPaths) -> Iterator[None]:
    """Hold the lock of a corpus folder, in build/, and remove what killed runs left unfinished in it.

    Raises UsageError if another process writes the folder.
    """
    with locked(paths.build / "writing.lock", f"writing {paths.root}"):
        for folder in (paths.seeds, paths.annotation, paths.validation, paths.build):
            for leftover in folder.rglob(f".*{TEMPORARY}"):
                leftover.unlink()
        for leftover in paths.root.glob(f".*{TEMPORARY}"):
            leftover.unlink()
        for scratch in paths.build.glob(f"{SCRATCH}*"):
            shutil.rmtree(scratch)
        yield
