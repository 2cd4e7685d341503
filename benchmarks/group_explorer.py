"""The explorer: what it takes to write it, and what a reader waits for, at three sizes."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from case import Case, plural
from explored import write_explored, write_explorer
from results import Group, Row

SIZES = (2_000, 20_000, 40_000)  # articles; the last have 2.4 million spans
VIEWS = ("first view", "search", "article")


def cases(bench: Path, _: int) -> list[Case]:
    """Return the group's cases."""
    return [*(_written(bench, size, count) for size in SIZES for count in (1, 2)), *_waits(bench)]


def _written(bench: Path, number: int, processes: int) -> Case:
    release = bench / f"{number}.explored"
    command = (sys.executable, "scripts/explore.py", str(release), "--out", "{out}/page")
    command += ("--processes", str(processes))
    title = f"{processes} {plural(processes)}"
    rounds = 1 if number > SIZES[0] else sys.maxsize
    make = partial(write_explored, bench, number)
    return Case(f"explore {number} {title}", title, "all", command, number, processes, rounds, make=make)


def _waits(bench: Path) -> list[Case]:
    found = []
    for number in SIZES:
        for view in VIEWS:
            command = (sys.executable, "benchmarks/explored.py", view, str(bench / f"{number}.explorer"))
            make = partial(write_explorer, bench, number)
            found.append(Case(f"{view} {number}", view, "all", command, number, own=True, make=make))
    return found


def section(group: Group, folder: Path) -> list[str]:
    """Return the group's part of RESULTS.md."""
    written = [row for row in group.rows if row.title not in VIEWS]
    waited = [row for row in group.rows if row.title in VIEWS]
    table = [
        "| articles | on | seconds (all runs) | ms an article | peak MB of the process |",
        "| ---: | --- | ---: | ---: | ---: |",
        *(_line(row) for row in written),
        "",
    ]
    return [
        "## The explorer",
        "",
        "Articles of 400 words with 60 spans; the whole page, written from a release.",
        "",
        *(table if written else ()),
        "What a reader waits for in Chromium, over HTTP on this machine: the first view, from its address; a",
        "search for a label and a word in all articles, until the exact count and the first results are",
        "there; an article that was not loaded.",
        "",
        "| articles | view | seconds (all runs) |",
        "| ---: | --- | ---: |",
        *(f"| {row.number:,} | {row.title} | **{row.seconds:.2f}** ({_spread(row)}) |" for row in waited),
    ]


def _spread(row: Row) -> str:
    return " ".join(f"{figure.seconds:.2f}" for figure in row.figures)


def _line(row: Row) -> str:
    peak = f"{row.peak_mb:,.0f}" if row.processes == 1 else ""  # of others the system tells the first only
    each = row.seconds / row.number * 1000
    return f"| {row.number:,} | {row.title} | **{row.seconds:.1f}** ({_spread(row)}) | {each:.1f} | {peak} |"
