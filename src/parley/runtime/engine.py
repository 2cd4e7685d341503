"""Engines: a step at size is a function of a task, mapped over this process, this machine's cores or Spark.

Which engine calls the function makes no difference to what it returns, nor to the order of the results:
that of the tasks. This is the only module that starts other processes; Spark is in `runtime.spark`.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from multiprocessing import forkserver
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from parley.faults import UsageError
from parley.runtime.files import temporary_folder
from parley.runtime.memory import prepare_process
from parley.runtime.progress import bar
from parley.runtime.threads import threads

if TYPE_CHECKING:
    from parley.runtime.columns import Keys, Rows
    from parley.runtime.spark import OnSpark

Task = TypeVar("Task")
Result = TypeVar("Result")
Rowed = TypeVar("Rowed", bound=Sized)

_MANY = 4  # tasks from which other processes repay their start
_AHEAD = 3  # tasks under way for each process: enough that none waits, few enough for the memory
# tasks given to workers: enough that they go on while this process writes, few enough for the memory
_GIVEN, _GIVEN_EACH = 4, 2


@dataclass(frozen=True)
class Cores:
    """This machine.

    processes: that share the tasks; by default one a core if that repays their start. preloaded: modules
    that other processes have imported meanwhile.
    """

    processes: int | None = None
    preloaded: tuple[str, ...] = ()

    def preload(self, *modules: str) -> Cores:
        """Start importing modules for other processes while this one goes on; return the engine with it.

        A `Prepared` function that imports one is then called in another process, even for one task. Without
        effect if there is one process, or processes are not made by a fork server.
        """
        one = self.processes == 1 or cores() == 1
        if one or "forkserver" not in multiprocessing.get_all_start_methods():
            return self
        _preload(*modules)
        forkserver.ensure_running()
        return replace(self, preloaded=modules)

    def later(self, work: Callable[[], Result]) -> Callable[[], Result]:
        """Return what gives `work()`: begun at once if other processes do most of it, else when called."""
        if not self.preloaded:
            return work
        future: Future[Result] = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except BaseException as error:  # it is raised to who asks for the result
                future.set_exception(error)

        threading.Thread(target=run, daemon=True).start()
        return future.result

    @contextmanager
    def importing(self, load: Callable[[], object], module: str) -> Iterator[None]:
        """Import a library in a thread while the context lasts, if other processes do the work meanwhile.

        Not if they have preloaded the module: then it is called there.
        """
        with ExitStack() as leaving:
            if module not in self.preloaded and (self.processes or cores()) > 1:
                leaving.enter_context(threads(1))(module, load)
            yield

    def map(self, work: Callable[[Task], Result], tasks: Iterable[Task], what: str = "") -> Iterator[Result]:
        """Yield `work(task)` for each task, in their order; only a few tasks are under way at once.

        work: pickled once for each process; `Prepared` is one that keeps something for later tasks. what: the
        work as the progress bar names it. Raises what `work` raises, at the first task that does; UsageError
        if a process is killed.
        """
        total = len(tasks) if isinstance(tasks, Sized) else None
        imports = work.imports if isinstance(work, Prepared) else ""
        preloaded = imports in self.preloaded
        many = total is None or total >= _MANY or preloaded
        processes = self.processes or (cores() if many else 1)
        if processes == 1 or (total == 1 and not preloaded):
            return bar(map(work, tasks), what, total)
        if imports:
            self.preload(imports)
        return bar(_shared(work, tasks, min(processes, total or processes)), what, total)

    def pairs(
        self, keys: Callable[[Rowed], Keys], tasks: Sequence[Rowed], what: str = ""
    ) -> tuple[Rows, Rows]:
        """Return each pair of rows that have a key in common, once, as two columns: lower and higher rows.

        keys: of a task's rows, (rows, keys of each). Rows are numbered from 0 through all tasks.
        """
        from parley.runtime.columns import pairs

        return pairs(self.map(keys, tasks, what), sum(map(len, tasks)))


def _shared(work: Callable[[Task], Result], tasks: Iterable[Task], processes: int) -> Iterator[Result]:
    """Yield the results of tasks that a pool of processes shares, in their order."""
    waiting: deque[Future[Result]] = deque()
    with pool(processes, initializer=partial(_Worker.set, work)) as opened:
        for task in tasks:
            waiting.append(opened.submit(_Worker.call, task))
            if len(waiting) >= _AHEAD * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


# What calls a step's function. Functions, tasks and results are pickled if other processes take part.
Engine: TypeAlias = "Cores | OnSpark"


@dataclass
class Prepared(Generic[Task, Result]):
    """A function that each process makes for itself when it is first called there.

    prepare: returns the function, which may keep what is expensive to create and cannot be pickled. imports:
    a module that is imported once for all processes.
    """

    prepare: Callable[[], Callable[[Task], Result]]
    imports: str = ""

    def __call__(self, task: Task) -> Result:
        """Return the function's result of a task."""
        if "_function" not in self.__dict__:
            self._function = self.prepare()
        return self._function(task)

    def __getstate__(self) -> dict[str, Any]:
        return {"prepare": self.prepare, "imports": self.imports}


def cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def engine(name: str, master: str | None = None, processes: int | None = None) -> Iterator[Engine]:
    """Yield an engine by name: `local`, on so many processes, or `spark`, on a master.

    Raises UsageError for an option of the other engine, and as `parley.runtime.spark.session` does.
    """
    if (name == "local" and master) or (name == "spark" and processes):
        raise UsageError(
            "a master is Spark's, and Spark knows how many processes it has",
            "name `--engine spark --master URL`, or `--processes N` without an engine",
        )
    if name == "local":
        yield Cores(processes)
        return
    from parley.runtime.spark import OnSpark, session

    with session(master) as started:
        yield OnSpark(started)


def _preload(*modules: str) -> None:
    """Have the fork server import, when it starts, these modules and those of Parley that are loaded here.

    The processes of each pool have them from the start: none imports them again.
    """
    own = (name for name in sys.modules if name.startswith("parley."))
    forkserver.set_forkserver_preload([*own, *modules])


@contextmanager
def pool(
    processes: int, *, forked: bool = False, initializer: Callable[[], object] | None = None
) -> Iterator[ProcessPoolExecutor]:
    """Open a pool of processes; tasks that have not begun when it is left are dropped.

    forked: the processes are this one's children and have all it has imported, if forking works well on this
    system. Only for a process without threads: a library's thread may hold a lock that nobody would release.
    initializer: called once in each. Raises UsageError if one of them is killed.
    """
    methods = multiprocessing.get_all_start_methods()
    method = "forkserver" if "forkserver" in methods else "spawn"
    if method == "forkserver":
        _preload()
    context = multiprocessing.get_context("fork" if forked and sys.platform == "linux" else method)
    opened = ProcessPoolExecutor(processes, context, partial(_start, initializer))
    try:
        yield opened
    except BrokenProcessPool:
        raise UsageError(
            "a process that shared the work was killed, or could not start",
            "see what it printed above; if nothing, give fewer --processes: memory may have run out",
        )
    finally:
        opened.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class Workers:
    """Processes besides this one. folder: for their results. ahead: how many tasks they are given at once."""

    pool: Executor
    folder: Path
    ahead: int


@contextmanager
def workers(processes: int) -> Iterator[Workers | None]:
    """Start the processes of `SharedResults` besides this one; none if one is enough.

    They are started at once, before this process has threads. Raises UsageError if one of them is killed, or
    there is no folder for temporary files.
    """
    if processes < 2:
        yield None
        return
    with ExitStack() as leaving:
        with _room():
            folder = leaving.enter_context(temporary_folder())
        started = leaving.enter_context(pool(processes - 1, forked=True))
        started.submit(os.getpid)
        yield Workers(started, folder, _GIVEN + _GIVEN_EACH * (processes - 1))


class SharedResults(Generic[Task, Result]):
    """Results of tasks in their order, of which this process makes some: rather than wait, it works too.

    Large results of workers come in temporary files: a pipe has little room, and who writes more into it
    waits for the reader.
    """

    def __init__(
        self, function: Callable[[Task], Result], tasks: Iterator[Task], others: Workers | None
    ) -> None:
        self._function = function
        self._tasks = tasks
        self._others = others
        self._numbers = count()
        self._under_way: deque[tuple[Task, Future[Result] | Future[Path]]] = deque()

    def next(self) -> tuple[Task, Callable[[], Result]] | None:
        """Return the next task and what gives its result or raises the function's exception; None at the end.

        While it is not done, this process works on a later task, which no worker was given.
        """
        if self._others:
            self._give(self._others)
            while 0 < len(self._under_way) < 2 * self._others.ahead:
                if self._under_way[0][1].done() or not self._work():
                    break
                self._give(self._others)
        if not self._under_way and not self._work():
            return None
        task, handle = self._under_way.popleft()
        return task, partial(_fetched, handle)

    def ahead(self, place: int) -> Task | None:
        """Return a task after the one returned last, 0 the next; None if there are no more."""
        while len(self._under_way) <= place:
            if not self._work():
                return None
        return self._under_way[place][0]

    def drop(self, number: int) -> None:
        """Leave the next tasks aside: their results are not needed."""
        for _ in range(number):
            self._under_way.popleft()

    def _give(self, others: Workers) -> None:
        given = sum(not handle.done() for _, handle in self._under_way)
        while given < others.ahead and (task := next(self._tasks, None)) is not None:
            place = others.folder / str(next(self._numbers))
            self._under_way.append((task, others.pool.submit(_left, self._function, task, place)))
            given += 1

    def _work(self) -> bool:
        """Work on a task in this process, after those under way; say whether there was one."""
        task = next(self._tasks, None)
        if task is None:
            return False
        done: Future[Result] = Future()
        try:
            done.set_result(self._function(task))
        except Exception as error:  # as in a pool: it is raised when this task's turn comes
            done.set_exception(error)
        self._under_way.append((task, done))
        return True


def _left(function: Callable[[Task], Any], task: Task, place: Path) -> Path:
    """Call a function in a worker; return the file that has its result."""
    result = pickle.dumps(function(task), pickle.HIGHEST_PROTOCOL)
    with _room():
        place.write_bytes(result)
    return place


def _fetched(handle: Future[Result] | Future[Path]) -> Result:
    """Return a result, a worker's from its file."""
    result = handle.result()
    if not isinstance(result, Path):
        return result
    with _room():
        data = result.read_bytes()
        result.unlink()
    found: Result = pickle.loads(data)  # noqa: S301 - our own processes wrote it a moment ago
    return found


@contextmanager
def _room() -> Iterator[None]:
    """Make an error of a temporary file a UsageError."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"what several processes find goes through temporary files, but {error}",
            "name a folder with room in TMPDIR, or give --processes 1",
        )


def _start(initializer: Callable[[], object] | None) -> None:
    """Start a process of a pool; it ends when the process that started it is gone, however that ended."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches its parent too, which ends it
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()
    prepare_process()
    if initializer:
        initializer()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


class _Worker:
    """The work of a process of a pool."""

    _function: Callable[[Any], Any]

    @classmethod
    def set(cls, function: Callable[[Any], Any]) -> None:
        cls._function = staticmethod(function)

    @classmethod
    def call(cls, task: Any) -> Any:  # noqa: ANN401 - whatever the pool is for
        return cls._function(task)
