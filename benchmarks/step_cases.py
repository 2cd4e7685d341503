"""The other steps at size: pre-annotation, agreement, near duplicates, the difference of two releases.

Inputs are made up from a seed and kept in build/bench. Each step stands beside what people script today for
that, as far as there is something.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cases import OURS, Case
from step_ways import WAYS

ARTICLES = (1_000, 10_000, 100_000)
LABELLED = (1_000, 5_000, 20_000)  # articles, by two annotators each
ROOT = Path(__file__).parents[1]
_ANNOTATORS = ("one", "two")


def cases(bench: Path, number: int) -> list[Case]:
    """Return the cases up to a number of articles, their inputs made.

    The name of a case begins with its step.
    """
    found = []
    for size in (size for size in ARTICLES if size <= number):
        corpus = _made("articles", bench / f"corpus-{size}", size)
        found += _step("tasks", size, ("scripts/make_tasks.py", "--root", corpus), corpus)
        command = ("benchmarks/step_ways.py", "near-duplicates", str(size))
        found += _step("near-duplicates", size, command, str(size))
    for size in (size for size in LABELLED if size <= number):
        corpus = _made("articles", bench / f"labelled-{size}", size, *_ANNOTATORS)
        command = ("scripts/measure_agreement.py", "--root", corpus, "--annotators", ",".join(_ANNOTATORS))
        found += _step("agreement", size, command, corpus)
        releases = _made("versions", bench / f"versions-{size}", size)
        command = ("scripts/diff_versions.py", f"{releases}/before", f"{releases}/after")
        found += _step("difference", size, command, releases, many=False)
    return found


def _made(script: str, folder: Path, size: int, *more: str) -> str:
    """Make an input in a process of its own: else its memory would count as that of what is measured."""
    subprocess.run(
        [sys.executable, f"benchmarks/{script}.py", str(folder), str(size), *more], check=True, cwd=ROOT
    )
    return str(folder)


def _step(step: str, size: int, command: tuple[str, ...], given: str, *, many: bool = True) -> list[Case]:
    """Return a step's cases at a size: ours on one process and on two where it can, and the other ways."""
    found = []
    for processes in (1, 2) if many else (1,):
        own = (sys.executable, *command, *(("--processes", str(processes)) if many else ()))
        title = f"**Parley**, {processes} process{'es' if processes > 1 else ''}"
        found.append(Case(f"{step} {OURS} {size} {processes}", title, "all", own, size, processes))
    for name, way in WAYS.items():
        if way.step == step and size <= way.largest:
            other = (sys.executable, "benchmarks/step_ways.py", name, given)
            found.append(Case(f"{step} {name} {size}", way.title, way.keeps, other, size, rounds=1))
    return found
