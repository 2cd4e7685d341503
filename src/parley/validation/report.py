"""What validation found: lines for people, and Markdown for the summary of a run under GitHub Actions."""

from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path

from parley.runtime.markdown import table
from parley.validation.corpus_report import Report


def as_lines(report: Report) -> list[str]:
    """Return what was judged, what was not asked and for want of what, and where Data Docs are."""
    judged = ", ".join(f"{rows} {name}" for name, rows in report.counts.items()) or "nothing"
    docs = f"Data Docs: {report.docs}" if report.docs else "Data Docs: not built"
    return [f"judged: {judged}", *_unasked(report), docs]


def as_markdown(report: Report) -> str:
    """Render a report: what was judged, and a table of the faults."""
    judged = ", ".join(f"{rows} {name}" for name, rows in report.counts.items()) or "nothing: see the faults"
    parts = ["## Validation", f"Judged: {judged}.", *_unasked(report)]
    if report.faults:
        rows = [(f"`{f.code}`", f.place, f.message, f.remedy) for f in report.faults]
        parts.append(table(("fault", "place", "what", "what to do"), rows))
    else:
        parts.append("Nothing is wrong.")
    return "\n\n".join(parts) + "\n"


def append_summary(report: Report) -> None:
    """Append a report to the summary of the run, where GitHub Actions keeps one."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8") as out:
            out.write("\n" + as_markdown(report))


def _unasked(report: Report) -> list[str]:
    """Return a line for each thing that was not there, with the kinds of fault that were not looked for."""
    return [
        f"not asked, for want of {lacks}: {', '.join(dict.fromkeys(sorted(one.fault for one in group)))}"
        for lacks, group in groupby(sorted(report.unasked), key=lambda one: one.lacks)
    ]
