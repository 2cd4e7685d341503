"""The same work on many items over this machine's cores: results in order, few of them held at once."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import wait
from typing import Any, TypeVar

from parley.faults import UsageError

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 3  # items under way for each process: enough that none waits, few enough for the memory


def cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(work: Callable[[Item], Result], items: Iterable[Item], processes: int) -> Iterator[Result]:
    """Yield `work(item)` for each item, in the items' order, whatever the number of processes.

    With one process all is done in this one; with more, items, results and `work` are pickled. Raises what
    `work` raises, at the first item that does.
    """
    return spread(partial(_itself, work), items, processes)


def spread(
    prepare: Callable[[], Callable[[Item], Result]], items: Iterable[Item], processes: int
) -> Iterator[Result]:
    """Yield what is made of each item, as `in_order` does, by a function that each process makes for itself.

    prepare: called once in every process before its first item; returns the function that works there, which
    may hold what is dear to make and cannot be pickled.
    """
    if processes < 2:
        yield from map(prepare(), items)
        return
    waiting: deque[Future[Result]] = deque()
    with pool(processes, initializer=partial(_Here.prepare, prepare)) as opened:
        for item in items:
            waiting.append(opened.submit(_Here.work, item))
            if len(waiting) >= _AHEAD * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def pool(
    processes: int, *, forked: bool = False, initializer: Callable[[], object] | None = None
) -> Iterator[ProcessPoolExecutor]:
    """Open a pool of processes; what has not begun when it is left is dropped.

    forked: they are this one's children with all that it has imported, where forking is what the system does
    well. Only for a process without threads: a library's thread may hold a lock that nobody would give back.
    initializer: called once in each.
    Raises UsageError where one of them is killed.
    """
    methods = multiprocessing.get_all_start_methods()
    method = "forkserver" if "forkserver" in methods else "spawn"
    context = multiprocessing.get_context("fork" if forked and sys.platform == "linux" else method)
    opened = ProcessPoolExecutor(processes, context, partial(_begun, initializer))
    try:
        yield opened
    except BrokenProcessPool:
        raise UsageError(
            "a process that shared the work was killed, or could not begin",
            "see what it said above; if nothing, give fewer --processes: it may have been for lack of memory",
        )
    finally:
        opened.shutdown(cancel_futures=True)


def _begun(initializer: Callable[[], object] | None) -> None:
    """Begin a process of a pool; it ends when the one that started it is gone, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()
    if initializer:
        initializer()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _itself(work: Callable[[Item], Result]) -> Callable[[Item], Result]:
    return work


class _Here:
    """The function that works in this process, if it is one of a pool."""

    _work: Callable[[Any], Any]

    @classmethod
    def prepare(cls, prepare: Callable[[], Callable[[Any], Any]]) -> None:
        cls._work = staticmethod(prepare())

    @classmethod
    def work(cls, item: Any) -> Any:  # noqa: ANN401 - whatever the pool is for
        return cls._work(item)
