"""What validation found: lines for people, and Markdown for the summary of a run under GitHub Actions."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from parley.faults import Fault
from parley.runtime.markdown import table
from parley.validation.judge import Skipped


@dataclass(frozen=True)
class Report:
    """What validation found.

    faults: sorted. counts: rows judged, by table. skipped: checks that were not made, and what is missing for
    them. docs: address of Data Docs, "" if not built.
    """

    faults: tuple[Fault, ...]
    counts: dict[str, int] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    docs: str = ""


def as_lines(report: Report) -> list[str]:
    """Return what was judged, what was skipped and why, and where Data Docs are."""
    docs = f"Data Docs: {report.docs}" if report.docs else "Data Docs: not built"
    return [f"judged: {_judged(report)}", *_skipped(report), docs]


def as_markdown(report: Report) -> str:
    """Render a report: what was judged, what was skipped, and a table of the faults."""
    parts = ["## Validation", f"Judged: {_judged(report)}.", *_skipped(report)]
    if report.faults:
        rows = [(f"`{f.code}`", f.place, f.message, f.remedy) for f in report.faults]
        parts.append(table(("fault", "place", "what", "what to do"), rows))
    else:
        parts.append("Nothing is wrong.")
    return "\n\n".join(parts) + "\n"


def append_summary(report: Report) -> None:
    """Append a report to the summary of the run, if GitHub Actions keeps one."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8") as out:
            out.write("\n" + as_markdown(report))


def _judged(report: Report) -> str:
    return ", ".join(f"{rows} {name}" for name, rows in report.counts.items()) or "nothing"


def _skipped(report: Report) -> list[str]:
    """Return a line for each thing that is missing, with the faults that were not looked for."""
    return [
        f"skipped, missing: {missing} ({', '.join(sorted({one.fault for one in group}))})"
        for missing, group in groupby(sorted(report.skipped), key=lambda one: one.missing)
    ]
