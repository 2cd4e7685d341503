"""A step on Spark's workers on this machine; prints whole seconds and the peak of the driver's own process.

  python benchmarks/spark_ways.py STEP WORKERS [--profile] ARGUMENT...

The rest are arguments of `parley STEP`. A worker is a process with one core and 1 GB. `--profile` also prints
what each pass over the workers sends, gets back and takes.
"""

from __future__ import annotations

import json
import pickle
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any


def profile() -> None:
    """Have each pass over the workers, and the start of the session, say what it took."""
    import parley.runtime.spark as on_spark

    passed, started = on_spark.OnSpark.map, on_spark._started

    def map_told(
        engine: Any, work: Callable[[Any], Any], tasks: Iterable[Any], what: str = ""
    ) -> Iterator[Any]:
        tasks = list(tasks)
        sent = len(pickle.dumps(work)), sum(len(pickle.dumps(task)) for task in tasks)
        begin = time.perf_counter()
        done = list(passed(engine, work, tasks, what))
        seconds = time.perf_counter() - begin
        back = sum(len(pickle.dumps(one)) for one in done)
        _say(what, seconds, f"{len(tasks)} tasks, bytes: {sent[0]:,} of work, {sent[1]:,} out, {back:,} back")
        yield from done

    def start_told(*given: Any) -> Any:
        begin = time.perf_counter()
        made = started(*given)
        _say("session", time.perf_counter() - begin, "")
        return made

    on_spark.OnSpark.map, on_spark._started = map_told, start_told


def _say(what: str, seconds: float, more: str) -> None:
    print(f"  {what:<24}{seconds:8.2f} s  {more}", file=sys.stderr)


def main() -> None:
    begin = time.perf_counter()
    step, workers, *words = sys.argv[1:]
    from parley.cli.main import main as parley

    if "--profile" in words:
        words.remove("--profile")
        profile()
    try:
        parley([step, "--engine", "spark", "--master", f"local-cluster[{workers},1,1024]", *words])
    except SystemExit as ended:
        if ended.code:
            raise
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
    print(json.dumps({"seconds": time.perf_counter() - begin, "peak_mb": peak}))


if __name__ == "__main__":
    main()
