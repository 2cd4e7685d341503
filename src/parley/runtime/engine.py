"""Where the batches of a step are worked on: in this process, over this machine's cores, or on Spark.

A step is one function of one task. Which engine calls it makes no difference to what it returns, nor to the
order in which results arrive: that of the tasks.
"""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from parley.faults import DataFaults, UsageError
from parley.runtime.processes import cores, in_order
from parley.runtime.progress import bar

if TYPE_CHECKING:
    import pyarrow as pa

    from parley.seeds.near_duplicates import Keys, Rows

Task = TypeVar("Task")
Result = TypeVar("Result")
Row = TypeVar("Row")

_MANY = 4  # tasks, from which other processes pay for their start


class Engine(Protocol):
    """What works on tasks. Functions, tasks and results are pickled where other processes take part."""

    def map(
        self, function: Callable[[Task], Result], tasks: Sequence[Task], what: str = ""
    ) -> Iterator[Result]:
        """Yield `function(task)` for each task, in their order. what: is done, for the progress bar."""

    def sharing(
        self, keys: Callable[[Sequence[Row]], Keys], tasks: Sequence[Sequence[Row]], what: str = ""
    ) -> tuple[Rows, Rows]:
        """Return each pair of rows that have a key in common, once, as two columns: lower and higher rows.

        keys: of a task's rows, (rows, keys of each). Rows are numbered from 0 through all tasks.
        """


@dataclass(frozen=True)
class Cores:
    """This machine. processes: that share the tasks; with one all is done in this one.

    By default there is one for each core, where there are tasks enough to pay for their start.
    """

    processes: int | None = None

    def map(
        self, function: Callable[[Task], Result], tasks: Sequence[Task], what: str = ""
    ) -> Iterator[Result]:
        """Yield `function(task)` for each task, in their order, few of them under way at once."""
        wanted = self.processes or (cores() if len(tasks) >= _MANY else 1)
        return bar(in_order(function, tasks, min(wanted, len(tasks))), what, len(tasks))

    def sharing(
        self, keys: Callable[[Sequence[Row]], Keys], tasks: Sequence[Sequence[Row]], what: str = ""
    ) -> tuple[Rows, Rows]:
        """Return each pair of rows that have a key in common; all keys are held at once."""
        from parley.seeds.near_duplicates import below_each_other, candidates

        return candidates(below_each_other(self.map(keys, tasks, what), sum(map(len, tasks))))


@dataclass(frozen=True)
class OnSpark:
    """A cluster, or this machine through Spark. session: a SparkSession.

    Each task is a partition, so that a lost worker costs the tasks it had under way and no others. Results
    come to the driver: they should be small, and what is large be written where the tasks run.
    """

    session: Any

    def map(
        self,
        function: Callable[[Task], Result],
        tasks: Sequence[Task],
        what: str = "",
    ) -> Iterator[Result]:
        """Yield `function(task)` for each task, in their order, when all are done.

        Raises the DataFaults or UsageError of the first task that has one; anything else is Spark's to tell.
        """
        if not tasks:
            return
        done = self._frame(range(len(tasks)), tasks).mapInArrow(partial(_each, function), _RESULT).toArrow()
        for pickled in done.sort_by("number")["result"]:
            result = pickle.loads(pickled.as_py())  # noqa: S301 - pickled by our own workers a moment ago
            if isinstance(result, _Stopped):
                raise result.error
            yield result

    def sharing(
        self,
        keys: Callable[[Sequence[Row]], Keys],
        tasks: Sequence[Sequence[Row]],
        what: str = "",
    ) -> tuple[Rows, Rows]:
        """Return each pair of rows that have a key in common: the keys are joined on the cluster."""
        from pyspark.sql import functions as f

        begins = accumulate((len(task) for task in tasks[:-1]), initial=0)
        keyed = self._frame(begins, tasks).mapInArrow(partial(_keyed, keys), _KEYED)
        parted = keyed.repartition(len(tasks), "key")  # as many as the rows came in
        rows = parted.groupBy("key").agg(f.sort_array(f.collect_list("row")).alias("rows"))
        lower = rows.where(f.size("rows") > 1).select("rows", f.posexplode("rows").alias("place", "first"))
        behind = f.slice("rows", f.col("place") + 2, f.size("rows"))  # places count from 0, slices from 1
        pairs = lower.select("first", f.explode(behind).alias("second")).distinct().toArrow()
        first, second = (pairs[name].to_numpy() for name in ("first", "second"))
        order = np.lexsort((second, first))
        return first[order], second[order]

    def _frame(self, numbers: Any, tasks: Sequence[Any]) -> Any:  # noqa: ANN401 - pyspark is not there for everybody
        """Return tasks as a data frame, a partition each. numbers: an integer for each."""
        rows = [(n, bytearray(pickle.dumps(task))) for n, task in zip(numbers, tasks, strict=True)]
        given = self.session.sparkContext.parallelize(rows, len(rows))
        return self.session.createDataFrame(given, "number long, task binary")


_RESULT, _KEYED = "number long, result binary", "row long, key long"


@contextlib.contextmanager
def engine(name: str, master: str | None = None, processes: int | None = None) -> Iterator[Engine]:
    """Give an engine by name: `local`, on so many processes, or `spark`, on a master.

    Raises UsageError for what belongs to the other engine, and as `parley.runtime.spark.session` does.
    """
    if (name == "local" and master) or (name == "spark" and processes):
        raise UsageError(
            "a master is Spark's, and Spark knows how many processes it has",
            "name `--engine spark --master URL`, or `--processes N` without an engine",
        )
    if name == "local":
        yield Cores(processes)
        return
    from parley.runtime.spark import session

    with session(master) as started:
        yield OnSpark(started)


@dataclass(frozen=True)
class _Stopped:
    """What a task returns that cannot be done."""

    error: DataFaults | UsageError


def _each(function: Callable[[Any], Any], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Work on the tasks of a partition."""
    import pyarrow as pa

    for number, task in _tasks(batches):
        try:
            result = function(task)
        except (DataFaults, UsageError) as error:  # no defect: trying it again elsewhere would not help
            result = _Stopped(error)
        yield pa.record_batch({"number": [number], "result": [pickle.dumps(result)]})


def _keyed(keys: Callable[[Any], Keys], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Give the keys of a partition's rows, one below the other; a task's number is that of its first row."""
    import pyarrow as pa

    for begin, task in _tasks(batches):
        made = keys(task)
        rows = np.repeat(np.arange(begin, begin + len(made)), made.shape[1])
        yield pa.record_batch({"row": rows, "key": made.reshape(-1).view(np.int64)})


def _tasks(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[int, Any]]:
    for batch in batches:
        for number, task in zip(batch["number"].to_pylist(), batch["task"].to_pylist(), strict=True):
            yield number, pickle.loads(task)  # noqa: S301 - pickled by our own driver
