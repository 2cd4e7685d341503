"""What validation found, as Markdown: the summary of a run under GitHub Actions."""

from __future__ import annotations

import os
from pathlib import Path

from parley.blocks import table
from parley.validation.validating import Report


def as_markdown(report: Report) -> str:
    """Render a report: what was judged, and a table of the faults."""
    judged = ", ".join(f"{rows} {name}" for name, rows in report.counts.items()) or "nothing: see the faults"
    parts = ["## Validation", f"Judged: {judged}."]
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
