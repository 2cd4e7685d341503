"""The label tables of an export, judged: every way there is."""

from __future__ import annotations

import sys
from pathlib import Path

from case import OURS, Case, plural
from exports import write_export
from group_export import tables_of
from judges import JUDGES
from results import Group, times


def cases(bench: Path, number: int) -> list[Case]:
    """Return the cases, their tables made. number: of tasks."""
    tables = tables_of(bench, write_export(bench / f"{number}.json", number, lines=False))
    given = ("--tables", str(tables), "--ontology", str(bench / "ontology.toml"))
    ours = (sys.executable, "scripts/validate.py", *given, "--processes")
    judges = (sys.executable, "benchmarks/judges.py")
    return [
        *(
            Case(f"{OURS} {n}", f"**Parley**, {n} {plural(n)}", "its suites", (*ours, str(n)), number, n)
            for n in (1, 2)
        ),
        *(
            Case(
                name,
                judge.title,
                judge.asks,
                (*judges, name, *given),
                number,
                rounds=1 if name in {"sqlite", "spark"} else sys.maxsize,  # a minute and more each
            )
            for name, judge in JUDGES.items()
            if judge.there
        ),
        *(
            Case(
                f"{OURS} apart {n}",
                f"**Parley**, {n} {plural(n)}, imports apart",
                "its suites",
                (*judges, "parley", *given, "--apart", "--processes", str(n)),
                number,
                n,
                own=True,
            )
            for n in (1, 2)
        ),
        Case(
            "duckdb apart",
            "by hand in duckdb, imports apart",
            JUDGES["duckdb"].asks,
            (*judges, "duckdb", *given, "--apart"),
            number,
            own=True,
        ),
        Case("imports", "what Parley imports to judge", "nothing", (*judges, "imports", *given), number),
    ]


def section(group: Group, _: Path) -> list[str]:
    """Return the table of all ways."""
    rows = {row.name: row for row in group.rows}
    one, two = rows.get("parley 1"), rows.get("parley 2")
    number = max(row.number for row in group.rows)
    lines = [
        "## The label tables of an export, judged",
        "",
        f"{number:,} tasks: {number * 120:,} spans, {number * 70:,} relations. Whole processes:",
        "the import of Great Expectations, some seconds, is in all but those by hand. *Imports apart*: they",
        "came first and are not counted.",
        "",
        "| way | seconds (all runs) | peak MB a process | × Parley on 1 process | × on 2 | asks |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for row in group.rows:
        spread = " ".join(f"{figure.seconds:.2f}" for figure in row.figures)
        lines.append(
            f"| {row.title} | **{row.seconds:.2f}** ({spread}) | {row.peak_mb:,.0f} | {times(row, one)} |"
            f" {times(row, two)} | {row.keeps} |"
        )
    return lines
