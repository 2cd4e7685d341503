"""Threads of this process: for libraries that let others run meanwhile, and for work that waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeAlias, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

Begin: TypeAlias = Callable[[str, Callable[[], object]], object]


@contextmanager
def threads(number: int) -> Iterator[Begin]:
    """Yield what begins work in other threads of this process: of one name one piece at a time, in order.

    For libraries that let other threads run meanwhile, as Arrow does when it writes. It waits while a piece
    of the same name is under way, so that memory does not grow; all are done at the end. With no threads it
    does the work at once. Raises what a piece raises, when the next of its name is begun or at the end.
    """
    if number < 1:
        yield lambda _, work: work()
        return
    under_way: dict[str, Future[object]] = {}

    def begin(name: str, work: Callable[[], object]) -> None:
        if name in under_way:
            under_way.pop(name).result()
        under_way[name] = opened.submit(work)

    with ThreadPoolExecutor(number) as opened:
        yield begin
        for one in under_way.values():
            one.result()


def several_at_once(
    work: Callable[[Task], Result], tasks: Iterable[Task], number: int
) -> Generator[Result, None, None]:
    """Yield `work(task)` for each task, in their order; a number of them are under way at once, in threads.

    For work that waits, for the disk or for Spark. After an error the tasks that are not begun are left out.
    """
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(number) as opened:
        try:
            for task in tasks:
                waiting.append(opened.submit(work, task))
                if len(waiting) == number:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            opened.shutdown(cancel_futures=True)
