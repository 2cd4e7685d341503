"""Spark: a session that needs no set-up, and the engine that maps a step over its workers.

On this machine (`local[N]`, or `local-cluster[WORKERS,CORES,MB]` with worker processes of their own)
everything stays on the loopback interface and the workers import what this process imports. On a cluster the
workers need this Python version and Parley's dependencies; Parley itself is sent to them. Under
`spark-submit` the session is the one it was started for.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from parley.faults import DataFaults, UsageError
from parley.runtime.files import temporary_folder
from parley.runtime.threads import several_at_once

if TYPE_CHECKING:
    import pyarrow as pa

    from parley.runtime.columns import Keys, Rows

Task = TypeVar("Task")
Result = TypeVar("Result")
Rowed = TypeVar("Rowed", bound=Sized)

JAVA = 17  # the oldest that Spark 4 runs on
_JOBS = 3  # at once: while the last tasks of one run, and the driver takes its results, cores have others
_TASKS_EACH = 3  # of a job, for each core
_JOINED_HERE = 50_000  # rows, whose keys take some MB
_LOOPBACK = "127.0.0.1"
_QUICK_START = "-XX:TieredStopAtLevel=1"
_SUBMITTED = "PYSPARK_GATEWAY_PORT"  # set where spark-submit has started this process
_SETTINGS = {
    "spark.app.name": "parley",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.maxBytesPerBatch": str(32 << 20),
}


@contextlib.contextmanager
def session(master: str | None = None, settings: Mapping[str, str] | None = None) -> Iterator[Any]:
    """Yield a SparkSession and stop it afterwards; one that is active already is yielded and left running.

    master: a Spark master URL, such as `local[4]` or `spark://host:7077`; None is what `spark-submit` named,
    else all cores of this machine. settings: Spark properties, over those of this module.
    Raises UsageError where pyspark or Java 17 is missing, or the master cannot be reached.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError("pyspark is not installed", "run `pip install 'parley-corpus[spark]'`")
    active = SparkSession.getActiveSession()
    if active is not None:
        if master not in (None, active.sparkContext.master):
            raise UsageError(f"a session on {active.sparkContext.master} is active", "name its master")
        yield active
        return
    submitted = _SUBMITTED in os.environ
    master = master or (None if submitted else "local[*]")
    local = master is not None and master.startswith("local")
    on_loopback = {
        "spark.driver.host": _LOOPBACK,
        "spark.driver.bindAddress": _LOOPBACK,
        "spark.executorEnv.PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        # workers have this machine's cores, and Java's better compiler takes more of them than it saves here
        "spark.driver.extraJavaOptions": _QUICK_START,
        "spark.executor.extraJavaOptions": _QUICK_START,
    }
    builder = SparkSession.builder.config(
        map={**_SETTINGS, **(on_loopback if local else {}), **(settings or {})}
    )
    if master:
        builder = builder.master(master)
    with contextlib.ExitStack() as leaving:
        if not submitted:
            leaving.enter_context(_environment(java_home(), local=local))
        made = _started(builder, master)
        leaving.callback(_stop, made)
        if not local:
            folder = leaving.enter_context(temporary_folder())
            package = Path(__file__).parents[1]
            packed = shutil.make_archive(f"{folder}/parley", "zip", package.parent, package.name)
            made.sparkContext.addPyFile(packed)
        yield made


def java_home() -> Path:
    """Return the home of a Java runtime that Spark runs on: of JAVA_HOME, else of `java` on PATH.

    Raises UsageError where there is none, or it is too old.
    """

    def missing(what: str) -> UsageError:
        package = f"openjdk-{JAVA}-jre-headless"
        remedy = f"install Java {JAVA} (Debian: `{package}`), or name its folder in JAVA_HOME"
        return UsageError(f"Spark needs Java {JAVA}, and {what}", remedy)

    named, found = os.environ.get("JAVA_HOME"), shutil.which("java")
    if not (named or found):
        raise missing("there is no `java` on PATH")
    program = Path(named) / "bin" / "java" if named else Path(found or "").resolve()
    try:
        done = subprocess.run([program, "-version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise missing(f"{program} does not run: {error}")
    version = re.search(r'version "(?:1\.)?(\d+)', done.stderr)
    if version is None or int(version[1]) < JAVA:
        said = done.stderr.partition("\n")[0]
        raise missing(f"{program} is {said}")
    return program.parents[1]


@contextlib.contextmanager
def _environment(java: Path, *, local: bool) -> Iterator[None]:
    """Set what Spark's own programs read."""
    import pyspark

    wanted = {
        "JAVA_HOME": str(java),
        # separate worker processes find Spark's programs by it
        "SPARK_HOME": os.environ.get("SPARK_HOME", str(Path(pyspark.__file__).parent)),
        "PYSPARK_PYTHON": os.environ.get("PYSPARK_PYTHON", sys.executable),
    }
    if local:
        wanted["SPARK_LOCAL_IP"] = _LOOPBACK
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _started(builder: Any, master: str | None) -> Any:  # noqa: ANN401 - pyspark is not there for everybody
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        return builder.getOrCreate()
    except (Py4JJavaError, PySparkException) as error:
        said = str(getattr(error, "java_exception", error)).partition("\n")[0]
        raise UsageError(
            f"Spark does not start on {master or 'the master of spark-submit'}: {said}",
            "look whether the master's address is right and its cluster up",
        )


def _stop(made: Any) -> None:  # noqa: ANN401 - pyspark is not there for everybody
    """Stop a session; what its workers on this machine wrote beside Spark's programs goes."""
    application = made.sparkContext.applicationId
    made.stop()
    shutil.rmtree(Path(os.environ.get("SPARK_HOME", ".")) / "work" / application, ignore_errors=True)


@dataclass(frozen=True)
class OnSpark:
    """A cluster, or this machine through Spark. session: a SparkSession.

    Each task is a partition, so a lost worker costs only the tasks it had under way. Results come to the
    driver: they should be small; what is large is written where the tasks run.
    """

    session: Any

    def preload(self, *modules: str) -> OnSpark:
        """Return the engine."""
        return self

    def later(self, work: Callable[[], Result]) -> Callable[[], Result]:
        """Return `work`."""
        return work

    def importing(self, load: Callable[[], object], module: str) -> contextlib.AbstractContextManager[None]:
        """Do nothing: workers call the library."""
        return contextlib.nullcontext()

    def map(self, work: Callable[[Task], Result], tasks: Iterable[Task], what: str = "") -> Iterator[Result]:
        """Yield `work(task)` for each task, in their order; a few tasks for each core are under way at once.

        A worker process is sent `work` once, and keeps what a `Prepared` prepares for all tasks it is given.
        Raises the DataFaults, UsageError or OSError of the first task that has one; other errors, which are
        defects, are Spark's.
        """
        context = self.session.sparkContext
        given, number = map(pickle.dumps, tasks), _TASKS_EACH * context.defaultParallelism
        shared = context.broadcast(work)
        parts = iter(lambda: [*islice(given, number)], [])
        with contextlib.ExitStack() as leaving:
            leaving.callback(shared.destroy)
            jobs = several_at_once(partial(_collected, context, shared), parts, _JOBS)
            for done in leaving.enter_context(contextlib.closing(jobs)):
                done.reverse()
                while done:  # each is gone when the next is made
                    result = pickle.loads(done.pop())  # noqa: S301 - pickled by our own workers a moment ago
                    if isinstance(result, _Error):
                        raise result.error
                    yield result

    def pairs(
        self, keys: Callable[[Rowed], Keys], tasks: Sequence[Rowed], what: str = ""
    ) -> tuple[Rows, Rows]:
        """Return each pair of rows that have a key in common.

        The keys of many rows are joined on the cluster; those of a few here, as a query takes seconds to
        plan and compile. Raises as `map` does.
        """
        if sum(map(len, tasks)) <= _JOINED_HERE:
            from parley.runtime import columns

            return columns.pairs(self.map(keys, tasks), sum(map(len, tasks)))
        import numpy as np
        from pyspark.errors import PySparkException
        from pyspark.sql import functions as f

        begins = accumulate((len(task) for task in tasks[:-1]), initial=0)
        rows = [(n, bytearray(pickle.dumps(task))) for n, task in zip(begins, tasks, strict=True)]
        parallel = self.session.sparkContext.parallelize(rows, len(rows))
        given = self.session.createDataFrame(parallel, "number long, task binary")
        keyed = given.mapInArrow(partial(_keyed, keys), "row long, key long")
        parted = keyed.repartition(len(tasks), "key")  # as many as the rows came in
        joined = parted.groupBy("key").agg(f.sort_array(f.collect_list("row")).alias("rows"))
        lower = joined.where(f.size("rows") > 1).select("rows", f.posexplode("rows").alias("place", "first"))
        later = f.slice("rows", f.col("place") + 2, f.size("rows"))  # places count from 0, slices from 1
        both = lower.select("first", f.explode(later).alias("second")).distinct()
        try:
            found = both.toArrow()
        except PySparkException:
            list(self.map(partial(_tried, keys), tasks))  # raises what a worker found, if that is a fault
            raise
        first, second = (found[name].to_numpy() for name in ("first", "second"))
        order = np.lexsort((second, first))
        return first[order], second[order]


@dataclass(frozen=True)
class _Error:
    """The result of a task that cannot be done."""

    error: DataFaults | UsageError | OSError


def _collected(context: Any, work: Any, tasks: list[bytes]) -> list[bytes]:  # noqa: ANN401 - pyspark, an extra
    """Return the results of some tasks, a partition each; tasks and results are pickled."""
    done: list[bytes] = context.parallelize(tasks, len(tasks)).map(partial(_call, work)).collect()
    return done


def _call(work: Any, task: bytes) -> bytes:  # noqa: ANN401 - a broadcast of pyspark, an extra
    """Do a task in a worker; task and result are pickled."""
    try:
        result = work.value(pickle.loads(task))  # noqa: S301 - pickled by our own driver
    except (DataFaults, UsageError, OSError) as error:  # reported as on cores; Spark would wrap it
        result = _Error(error)
    return pickle.dumps(result)


def _tried(work: Callable[[Any], object], task: Any) -> None:  # noqa: ANN401 - whatever the work is for
    """Do a task for its errors alone."""
    work(task)


def _keyed(keys: Callable[[Any], Keys], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the keys of a partition's rows; a task's number is that of its first row."""
    import numpy as np
    import pyarrow as pa

    for batch in batches:
        for begin, task in zip(batch["number"].to_pylist(), batch["task"].to_pylist(), strict=True):
            made = keys(pickle.loads(task))  # noqa: S301 - pickled by our own driver
            rows = np.repeat(np.arange(begin, begin + len(made)), made.shape[1])
            yield pa.record_batch({"row": rows, "key": made.reshape(-1).view(np.int64)})
