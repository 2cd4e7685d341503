"""Publishing made-up corpora: on one machine, through Spark, and how time and memory grow with the corpus."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from case import Case
from labelled import write_labelled
from results import Group, Row, plot

COMPARED = 2_000  # articles
GROWTH = (500, 2_000, 8_000, 20_000)
_MASTER = "local[2]"


def cases(bench: Path, _: int) -> list[Case]:
    """Return the group's cases."""
    compared = [
        _case(bench, COMPARED, "2 processes", ("--processes", "2"), 2),
        _case(bench, COMPARED, f"Spark, {_MASTER}", ("--engine", "spark", "--master", _MASTER), 2),
    ]
    growth = [_case(bench, number, "1 process", ("--processes", "1"), 1) for number in GROWTH]
    return [growth[GROWTH.index(COMPARED)], *compared, *(one for one in growth if one.number != COMPARED)]


def _case(bench: Path, number: int, how: str, options: tuple[str, ...], processes: int) -> Case:
    corpus = bench / f"{number}.corpus"
    command = (sys.executable, "scripts/publish.py", "--no-validate", "--root", str(corpus), *options)
    rounds = 1 if number > COMPARED else sys.maxsize
    make = partial(write_labelled, corpus, number)
    return Case(f"publish {number} {how}", how, "all", command, number, processes, rounds, make=make)


def section(group: Group, folder: Path) -> list[str]:
    """Return the group's part of RESULTS.md."""
    one = {row.number: row for row in group.rows if row.processes == 1}
    others = [row for row in group.rows if row.processes != 1]
    path = folder / "figures" / "publish_memory.svg"
    plot({"1 process": list(one.values())}, lambda row: row.peak_mb, "peak MB", path, "articles")
    return [
        "## Publishing",
        "",
        "Articles of 400 words, two annotators with 60 spans and 35 relations each; nothing validated; read,",
        "placed, written as Parquet, described, hashed, loaded with `load_dataset`, put in place.",
        "",
        "| articles | on | seconds (all runs) | ms an article | peak MB of the process |",
        "| ---: | --- | ---: | ---: | ---: |",
        *(_line(row) for row in [one[COMPARED], *others]),
        *(_line(row) for number, row in sorted(one.items()) if number != COMPARED),
        "",
        "![Peak memory against articles, both logarithmic](figures/publish_memory.svg)",
    ]


def _line(row: Row) -> str:
    spread = " ".join(f"{figure.seconds:.1f}" for figure in row.figures)
    peak = f"{row.peak_mb:,.0f}" if row.processes == 1 else ""  # of others the system tells the first only
    each = row.seconds / row.number * 1000
    return f"| {row.number:,} | {row.title} | **{row.seconds:.1f}** ({spread}) | {each:.1f} | {peak} |"
