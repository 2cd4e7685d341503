"""The groups of rows: commands that do the same thing to the same input. RESULTS.md has a section each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aims
import group_corpus
import group_explorer
import group_export
import group_line
import group_publish
import group_reading
import group_spark
import group_steps
import group_validation
import results
import scale
from case import ROOT, Case
from results import Group

from parley.runtime.counts import counted


@dataclass(frozen=True)
class RowGroup:
    """A group. cases: of a folder for inputs and the size of the compared input; section: of RESULTS.md."""

    cases: Callable[[Path, int], list[Case]]
    section: Callable[[Group, Path], list[str]]


GROUPS = {
    "corpus": RowGroup(group_corpus.cases, group_corpus.section),
    "export": RowGroup(group_export.compared_cases, group_export.compared_section),
    "explorer": RowGroup(group_explorer.cases, group_explorer.section),
    "growth": RowGroup(group_export.growth_cases, group_export.growth_section),
    "line": RowGroup(group_line.cases, group_line.section),
    "publish": RowGroup(group_publish.cases, group_publish.section),
    "reading": RowGroup(group_reading.cases, group_reading.section),
    "spark": RowGroup(group_spark.cases, group_spark.section),
    "steps": RowGroup(group_steps.cases, group_steps.section),
    "validation": RowGroup(group_validation.cases, group_validation.section),
}


def _days(group: Group) -> str:
    """Return when the rows were measured, and how many on each day if not all on one."""
    days = results.by_day(group.rows)
    if len(days) == 1:
        return next(iter(days))
    each = ", ".join(f"{day} ({counted(len(rows), 'row')})" for day, rows in days.items())
    return f"{each}; `results.json` has the day of each, and rows of two days are not compared"


def render(folder: Path) -> None:
    """Write RESULTS.md, the plots and SCALE.md from results.json."""
    measured = results.read(folder / "results.json")
    lines = [
        "# What it costs",
        "",
        "Written by `make bench` from `results.json`; every figure is a whole process, started anew. Compare",
        "the ratios: seconds are of one machine and one day.",
    ]
    for name, group in measured.items():
        on = ", ".join(f"{key} {value}" for key, value in group.machine.items())
        lines += [
            "",
            *GROUPS[name].section(group, folder),
            *aims.table(name, group),
            "",
            f"Measured on {_days(group)}. Machine: {on}.",
        ]
    (folder / "RESULTS.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    paper = scale.report(measured, ROOT / "dataset")
    (folder / "SCALE.md").write_text(paper, encoding="utf-8")
