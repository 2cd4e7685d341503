"""Publishing on Spark's workers beside the same on this machine's processes, and the driver's memory."""

from __future__ import annotations

import shutil
import sys
from functools import partial
from pathlib import Path

from case import Case
from labelled import write_labelled
from results import Group

LARGE = 5  # times the size of the compared input: of the rows that run once


def cases(bench: Path, number: int) -> list[Case]:
    """Return the cases. number: of articles."""
    found = []
    for size, workers, processes in ((number, (1, 2), (2,)), (number * LARGE, (2,), (2,))):
        corpus = bench / f"{size}.corpus"
        make = partial(_unpublished, corpus, size)
        rounds, large = (sys.maxsize, "") if size == number else (1, " large")
        words = ("--no-validate", "--root", str(corpus))
        for n in workers:
            title = f"Spark, {n} worker{'s' * (n > 1)} of one core"
            command = (sys.executable, "benchmarks/spark_ways.py", "publish", str(n), *words)
            name = f"spark {n}{large}"
            found.append(Case(name, title, "all", command, size, n, rounds, own=True, make=make))
        for n in processes:
            command = (sys.executable, "scripts/publish.py", *words, "--processes", str(n))
            name = f"local {n}{large}"
            found.append(Case(name, f"{n} processes", "all", command, size, n, rounds, make=make))
    return found


def section(group: Group, _: Path) -> list[str]:
    """Return the group's part of RESULTS.md."""
    lines = [
        "## Publishing on Spark",
        "",
        "The articles of *Publishing*; workers are `local-cluster[N,1,1024]`, the session's start is",
        "counted. Memory is that of the driver's own process; of processes, that of the largest.",
        "",
        "| articles | on | seconds (all runs) | ms an article | peak MB |",
        "| ---: | --- | ---: | ---: | ---: |",
    ]
    for row in group.rows:
        spread = " ".join(f"{figure.seconds:.1f}" for figure in row.figures)
        each = row.seconds / row.number * 1000
        seconds = f"**{row.seconds:.1f}** ({spread})"
        lines.append(f"| {row.number:,} | {row.title} | {seconds} | {each:.1f} | {row.peak_mb:,.0f} |")
    return lines


def _unpublished(corpus: Path, size: int) -> None:
    """Make a corpus, or take away what the row before this one published of it."""
    write_labelled(corpus, size)
    shutil.rmtree(corpus / "dataset", ignore_errors=True)
