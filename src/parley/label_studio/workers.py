"""Processes beside this one that read pieces of an export, and hand back what they found in few bytes."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from parley.faults import UsageError


@contextmanager
def workers(processes: int) -> Iterator[ProcessPoolExecutor | None]:
    """Open a pool of processes; none where one is enough.

    They are started at once: forked before this process has threads, where forking is what the system does
    well, since a new interpreter would import everything again.
    Raises UsageError where one of them is killed.
    """
    if processes < 2:
        yield None
        return
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context)
    try:
        pool.submit(os.getpid)
        yield pool
    except BrokenProcessPool:
        raise UsageError(
            "a process that reads the export was killed",
            "give fewer --processes; it may have been for lack of memory",
        )
    finally:
        pool.shutdown(cancel_futures=True)
