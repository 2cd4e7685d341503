"""The same work on many items over this machine's cores: results in order, few of them held at once."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from typing import Any, TypeVar

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
    # Not forked from this process: the libraries' threads in it may hold locks that nobody would give back.
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    pool = ProcessPoolExecutor(processes, context, _Here.prepare, (prepare,))
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(_Here.work, item))
            if len(waiting) >= _AHEAD * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


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
