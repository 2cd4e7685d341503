"""Publishing made-up corpora: how time and memory grow with them, what a second publish takes, other ways."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from case import ROOT, Case
from labelled import change_one, write_labelled
from results import Group, Row, plot

COMPARED = 2_000  # articles
LARGE, LARGEST, SHORT = 20_000, 100_000, 1_000
GROWTH = (500, COMPARED, 8_000, LARGE, LARGEST)
BEFORE = "01e8f11"  # the commit that publishing is compared with
_MASTER = "local[2]"
_IN_ROUNDS = (SHORT, COMPARED, LARGE)  # sizes that are measured in every round
_SPARK = ("--engine", "spark", "--master", _MASTER)


def cases(bench: Path, number: int) -> list[Case]:
    """Return the group's cases. number: of articles that 01e8f11, a change and two processes are measured on.

    The largest corpus is five times that.
    """
    found = [_case(bench, size, 1) for size in (*GROWTH[:3], number, 5 * number)]
    found += [_case(bench, COMPARED, 2), _case(bench, COMPARED, 2, f"Spark, {_MASTER}", _SPARK)]
    found += [_case(bench, number, 2), _case(bench, SHORT, 1)]
    corpus = bench / f"{number}.corpus"
    command = (sys.executable, "benchmarks/revision.py", BEFORE, *_publish(corpus), "--processes", "1")
    make = partial(_unpublished, corpus, number)
    title = f"Parley at {BEFORE}, 1 process"
    found.append(Case(f"publish {number} {BEFORE}", title, "all", command, number, own=True, make=make))
    title = "one article changed since, 1 process"
    make = partial(_changed, bench / f"{number}.changed.corpus", number)
    command = (sys.executable, *_publish(bench / f"{number}.changed.corpus"), "--processes", "1")
    found.append(Case(f"publish {number} changed", title, "all", command, number, make=make))
    corpus = bench / f"{SHORT}.corpus"
    command = (sys.executable, "benchmarks/publish_ways.py", str(corpus), "{out}")
    make = partial(_unpublished, corpus, SHORT)
    title = "`Dataset.from_generator`, `to_parquet`"
    found.append(Case(f"publish {SHORT} from_generator", title, "four tables", command, SHORT, make=make))
    return list({case.name: case for case in found}.values())


def _case(bench: Path, number: int, processes: int, how: str = "", options: tuple[str, ...] = ()) -> Case:
    how = how or ("1 process" if processes == 1 else f"{processes} processes")
    corpus = bench / f"{number}.corpus"
    command = (sys.executable, *_publish(corpus), *(options or ("--processes", str(processes))))
    rounds = sys.maxsize if number in _IN_ROUNDS else 1
    make = partial(_unpublished, corpus, number)
    return Case(f"publish {number} {how}", how, "all", command, number, processes, rounds, make=make)


def _publish(corpus: Path) -> tuple[str, ...]:
    return "scripts/publish.py", "--no-validate", "--root", str(corpus)


def _unpublished(corpus: Path, number: int) -> None:
    """Make a corpus of which nothing was published yet: of an earlier publish parts would be taken over."""
    write_labelled(corpus, number)
    for folder in ("dataset", "build"):
        shutil.rmtree(corpus / folder, ignore_errors=True)


def _changed(corpus: Path, number: int) -> None:
    """Make a corpus that was published before one of its articles was labelled otherwise."""
    write_labelled(corpus, number)
    if not (corpus / "dataset").is_dir():
        subprocess.run([sys.executable, *_publish(corpus)], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    change_one(corpus)


def section(group: Group, folder: Path) -> list[str]:
    """Return the group's part of RESULTS.md."""
    one = {row.number: row for row in group.rows if row.title == "1 process"}
    path = folder / "figures" / "publish_memory.svg"
    plot({"1 process": list(one.values())}, lambda row: row.peak_mb, "peak MB", path, "articles")
    return [
        "## Publishing",
        "",
        "Articles of 400 words, two annotators with 60 spans and 35 relations each; nothing validated; read,",
        "placed, written as Parquet, described, hashed, loaded with `load_dataset`, put in place. *One",
        "article changed since*: shards of the last release that have not changed are taken over.",
        "`Dataset.from_generator` gives documents, spans, relations and the annotators' labels, without",
        "sentences, splits, hashes and checks.",
        "",
        "| articles | on | seconds (all runs) | ms an article | peak MB of a process |",
        "| ---: | --- | ---: | ---: | ---: |",
        *map(_line, sorted(group.rows, key=lambda row: (row.number, row.processes))),
        "",
        "![Peak memory against articles, both logarithmic](figures/publish_memory.svg)",
    ]


def _line(row: Row) -> str:
    spread = " ".join(f"{figure.seconds:.1f}" for figure in row.figures)
    each = row.seconds / row.number * 1000
    return (
        f"| {row.number:,} | {row.title} | **{row.seconds:.1f}** ({spread}) | {each:.1f} "
        f"| {row.peak_mb:,.0f} |"
    )
