"""An export of Label Studio to Parquet: beside the other ways, and how its cost grows."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from case import OURS, Case, plural
from export_ways import WAYS
from exports import ONTOLOGY, write_export
from results import Group, Row, by_size, plot, times

GROWTH = (1_000, 5_000, 20_000, 100_000, 200_000)
SMALL = 1_000  # tasks that a person waits for
LARGEST_OTHER = 5_000  # above it the others take minutes, and add nothing to their line

# runs a script as if the scanner were not there
_UNCOMPILED = """
import runpy, sys
from parley.label_studio.export import compiled
compiled.COMPILED = False
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def compared_cases(bench: Path, number: int) -> list[Case]:
    """One export to Parquet, every way."""
    array = write_export(bench / f"{number}.json", number, lines=False)
    lines = write_export(bench / f"{number}.jsonl", number, lines=True)
    ours = _ours(bench, array, 2)
    tables = tables_of(bench, array)
    given = ("--array", str(array), "--lines", str(lines), "--tables", str(tables), "--out", "{out}")
    alone = _ours(bench, array, 1)
    small = _ours(bench, write_export(bench / f"{SMALL}.json", SMALL, lines=False), None)
    return [
        alone,
        ours,
        _ours(bench, lines, 1),
        replace(
            alone,
            name=f"{OURS} uncompiled",
            title="**Parley**, array, 1 process, where no compiler was",
            command=(sys.executable, "-c", _UNCOMPILED, *alone.command[1:]),
        ),
        replace(small, name=f"{OURS} small", title=f"**Parley**, array of {SMALL:,} tasks, as it comes"),
        *(
            Case(
                name,
                way.title,
                way.keeps,
                (sys.executable, "benchmarks/export_ways.py", name, *given),
                number,
                own=name.startswith("limit"),
            )
            for name, way in WAYS.items()
        ),
    ]


def tables_of(bench: Path, export: Path) -> Path:
    """Return the folder of tables that an export is converted to; an existing one is kept."""
    tables = export.with_suffix(".tables")
    if not tables.exists():
        command = _ours(bench, export, 2).command
        subprocess.run([part.replace("{out}", str(tables)) for part in command], check=True)
    return tables


def growth_cases(bench: Path, _: int) -> list[Case]:
    """How cost grows with the export."""
    found = []
    for number in GROWTH:
        array = bench / f"{number}.json"
        make = partial(write_export, array, number, lines=False)
        found += [replace(_ours(bench, array, processes), make=make) for processes in (1, 2)]
        if number <= LARGEST_OTHER:
            given = ("--array", str(array), "--lines", str(array), "--tables", str(bench), "--out", "{out}")
            found += [
                Case(
                    f"{name} {number}",
                    way.title,
                    way.keeps,
                    (sys.executable, "benchmarks/export_ways.py", name, *given),
                    number,
                    rounds=1,
                    make=make,
                )
                for name, way in WAYS.items()
                if name in {"sdk-json-min", "pandas", "datasets-array"}
            ]
    return found


def _ours(bench: Path, export: Path, processes: int | None) -> Case:
    ontology = bench / "ontology.toml"
    ontology.write_text(ONTOLOGY)
    command = (
        sys.executable, "scripts/convert.py", str(export), "--out", "{out}",
        "--ontology", str(ontology), *(("--processes", str(processes)) if processes else ()),
    )  # fmt: skip
    form = "lines" if export.suffix == ".jsonl" else "array"
    return Case(
        f"{OURS} {form} {export.stem} {processes}",
        f"**Parley**, {form}, {processes} {plural(processes)}",
        "all",
        command,
        int(export.stem),
        processes or 0,
    )


def compared_section(group: Group, _: Path) -> list[str]:
    """Return the table of all ways."""
    number = max(row.number for row in group.rows)
    rows = [row for row in group.rows if row.number == number]
    named = {row.name: row for row in rows}
    one, two = (named.get(f"{OURS} array {number} {processes}") for processes in (1, 2))
    lines = [
        "## An export of Label Studio to Parquet, every offset checked",
        "",
        f"{number:,} tasks with two annotations of 60 spans and 35 relations each"
        f" ({number * 120:,} spans, {number * 70:,} relations).",
        "",
        "| way | seconds (all runs) | peak MB a process | × Parley on 1 process | × on 2 | × limit | keeps |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for row in rows:
        spread = " ".join(f"{figure.seconds:.2f}" for figure in row.figures)
        lines.append(
            f"| {row.title} | **{row.seconds:.2f}** ({spread}) | {row.peak_mb:,.0f} | {times(row, one)} |"
            f" {times(row, two)} | {times(row, named.get('limit'))} | {row.keeps} |"
        )
    return lines


def growth_section(group: Group, folder: Path) -> list[str]:
    """Return the plots and the table of sizes."""
    kinds: dict[str, list[Row]] = {}
    for row in group.rows:
        kinds.setdefault(row.title, []).append(row)
    plot(kinds, lambda row: row.seconds, "seconds", folder / "figures" / "growth_seconds.svg")
    plot(kinds, lambda row: row.peak_mb, "peak MB of a process", folder / "figures" / "growth_memory.svg")
    return [
        "## How the cost of an export grows",
        "",
        "![Seconds against tasks, both logarithmic](figures/growth_seconds.svg)",
        "![Peak memory against tasks, both logarithmic](figures/growth_memory.svg)",
        "",
        *by_size("way", kinds, 2),
    ]
