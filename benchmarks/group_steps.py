"""The other steps at size: pre-annotation, agreement, near duplicates, the difference of two releases.

Inputs are made up from a seed and kept in build/bench. Each step stands beside what people script today for
that, as far as there is something.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from case import OURS, ROOT, Case
from results import Group
from step_ways import WAYS

ARTICLES = (1_000, 10_000, 100_000)
LABELLED = (1_000, 5_000, 20_000)  # articles, by two annotators each
LONG = 100_000  # articles, from which a step takes minutes and runs once
BEFORE = "01e8f11"  # the commit that pre-annotation is compared with
_ANNOTATORS = ("one", "two")
_STEPS = {
    "tasks": "Articles cleaned and pre-annotated, as tasks",
    "agreement": "Agreement of two annotators, with every disagreement listed",
    "near-duplicates": "Near duplicates among texts of 400 words",
    "difference": "The difference of two releases, 120 spans an article",
}


def cases(bench: Path, number: int) -> list[Case]:
    """Return the cases up to a number of labelled articles, and up to five times as many without labels.

    The name of a case begins with its step.
    """
    found = []
    for size in (size for size in ARTICLES if size <= number * 5):
        corpus = str(bench / f"corpus-{size}-{BEFORE}")  # of a scheme that both know
        make = partial(_made, "articles", corpus, size, "--at", BEFORE)
        tasks = ("scripts/tasks.py", "--root", corpus)
        found += _step("tasks", size, tasks, corpus, make)
        if size < LONG:
            before = (sys.executable, "benchmarks/revision.py", BEFORE, *tasks, "--processes", "1")
            title = f"Parley at {BEFORE}, 1 process"
            found.append(Case(f"tasks {BEFORE} {size}", title, "all", before, size, own=True, make=make))
        command = ("benchmarks/step_ways.py", "near-duplicates", str(size))
        found += _step("near-duplicates", size, command, str(size))
    for size in (size for size in LABELLED if size <= number):
        corpus = str(bench / f"labelled-{size}")
        make = partial(_made, "articles", corpus, size, *_ANNOTATORS)
        command = ("scripts/agreement.py", "--root", corpus, "--annotators", ",".join(_ANNOTATORS))
        found += _step("agreement", size, command, corpus, make)
        releases = str(bench / f"versions-{size}")
        make = partial(_made, "versions", releases, size)
        command = ("scripts/diff.py", f"{releases}/before", f"{releases}/after")
        found += _step("difference", size, command, releases, make, many=False)
    return found


def _made(script: str, folder: str, size: int, *more: str) -> None:
    """Make an input in a process of its own: else its memory would count as that of what is measured."""
    subprocess.run(
        [sys.executable, f"benchmarks/{script}.py", folder, str(size), *more], check=True, cwd=ROOT
    )


def _step(
    step: str,
    size: int,
    command: tuple[str, ...],
    given: str,
    make: Callable[[], object] = bool,
    *,
    many: bool = True,
) -> list[Case]:
    """Return a step's cases at a size: ours on one process and on two where it can, and the other ways."""
    found = []
    rounds = 1 if size >= LONG else sys.maxsize
    for processes in (1, 2) if many else (1,):
        own = (sys.executable, *command, *(("--processes", str(processes)) if many else ()))
        title = f"**Parley**, {processes} process{'es' if processes > 1 else ''}"
        name = f"{step} {OURS} {size} {processes}"
        found.append(Case(name, title, "all", own, size, processes, rounds, make=make))
    for other_way, way in WAYS.items():
        if way.step == step and size <= way.largest:
            other = (sys.executable, "benchmarks/step_ways.py", other_way, given)
            name = f"{step} {other_way} {size}"
            found.append(Case(name, way.title, way.keeps, other, size, rounds=rounds, make=make))
    return found


def section(group: Group, _: Path) -> list[str]:
    """Return a table for each step, sizes side by side."""
    lines = [
        "## The other steps",
        "",
        "Seconds and peak memory; on two processes the memory is the main one's alone.",
    ]
    for step, title in _STEPS.items():
        rows = [row for row in group.rows if row.name.split()[0] == step]
        numbers = sorted({row.number for row in rows})
        titles = dict.fromkeys(row.title for row in rows)
        lines += ["", f"### {title}", ""]
        lines += ["| way | " + " | ".join(f"{n:,} articles" for n in numbers) + " | keeps |"]
        lines += ["| --- |" + " ---: |" * len(numbers) + " --- |"]
        for way in titles:
            own = {row.number: row for row in rows if row.title == way}
            cells = [f"{own[n].seconds:.1f} s, {own[n].peak_mb:,.0f} MB" if n in own else "" for n in numbers]
            keeps = next(iter(own.values())).keeps
            lines.append(f"| {way} | " + " | ".join(cells) + f" | {keeps} |")
    return lines
