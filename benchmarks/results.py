"""results.json and what is made of it: RESULTS.md with its ratios, and the plots of how cost grows."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from pathlib import Path

import aims
import msgspec
import publishing_cases
import reading_cases
import step_cases
from cases import Case


class Figure(msgspec.Struct):
    """One run. seconds: wall, of the whole process. peak_mb: of its largest process."""

    seconds: float
    peak_mb: float


class Row(msgspec.Struct):
    """All runs of one case; see `Case`."""

    name: str
    title: str
    keeps: str
    number: int
    processes: int
    figures: list[Figure]

    @property
    def seconds(self) -> float:
        """Return the median."""
        return statistics.median(figure.seconds for figure in self.figures)

    @property
    def peak_mb(self) -> float:
        """Return the largest."""
        return max(figure.peak_mb for figure in self.figures)


class Group(msgspec.Struct):
    """The rows measured together, when, and on what."""

    machine: dict[str, str]
    date: str
    rows: list[Row]


def row(case: Case, figures: list[Figure]) -> Row:
    rounded = [Figure(round(figure.seconds, 6), round(figure.peak_mb, 1)) for figure in figures]
    return Row(case.name, case.title, case.keeps, case.number, case.processes, rounded)


def merged(cases: list[Case], runs: dict[str, list[Figure]], before: Group | None) -> list[Row]:
    """Return the rows of a group: those measured now, and of the others those measured before."""
    known = {row.name: row for row in before.rows} if before else {}
    fresh = {case.name: row(case, runs[case.name]) for case in cases if runs.get(case.name)}
    return [found for case in cases if (found := fresh.get(case.name) or known.get(case.name))]


def read(path: Path) -> dict[str, Group]:
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Group]) if path.is_file() else {}


def write(path: Path, groups: dict[str, Group]) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(groups), indent=1) + b"\n")


def render(folder: Path) -> None:
    """Write RESULTS.md and the plots from results.json."""
    groups = read(folder / "results.json")
    lines = [
        "# What it costs",
        "",
        "Written by `make bench` from `results.json`; every figure is a whole process, started anew. Compare",
        "the ratios: seconds are of one machine and one day.",
    ]
    for name, group in groups.items():
        section = _SECTIONS[name]
        on = ", ".join(f"{key} {value}" for key, value in group.machine.items())
        lines += [
            "",
            *section(group, folder),
            *aims.table(name, group),
            "",
            f"Measured {group.date} on: {on}.",
        ]
    (folder / "RESULTS.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _export(group: Group, folder: Path) -> list[str]:
    limit = next(row for row in group.rows if row.name == "limit")
    rows = [row for row in group.rows if row.number == limit.number]
    ours = {(row.name.split()[1], row.processes): row for row in rows if row.name.startswith("parley ")}
    one, two = ours["array", 1], ours["array", 2]
    lines = [
        "## An export of Label Studio to Parquet, every offset checked",
        "",
        f"{one.number:,} tasks with two annotations of 60 spans and 35 relations each"
        f" ({one.number * 120:,} spans, {one.number * 70:,} relations).",
        "",
        "| way | seconds (all runs) | peak MB a process | Parley on 1 process is | on 2 | × limit | keeps |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for row in rows:
        spread = " ".join(f"{figure.seconds:.2f}" for figure in row.figures)
        lines.append(
            f"| {row.title} | **{row.seconds:.2f}** ({spread}) | {row.peak_mb:,.0f} | {_times(row, one)} |"
            f" {_times(row, two)} | {row.seconds / limit.seconds:.1f} | {row.keeps} |"
        )
    return lines


def _times(other: Row, ours: Row) -> str:
    return f"{other.seconds / ours.seconds:.1f}× as fast"


def _growth(group: Group, folder: Path) -> list[str]:
    kinds: dict[str, list[Row]] = {}
    for row in group.rows:
        kinds.setdefault(row.title, []).append(row)
    plot(kinds, lambda row: row.seconds, "seconds", folder / "figures" / "growth_seconds.svg")
    plot(kinds, lambda row: row.peak_mb, "peak MB of a process", folder / "figures" / "growth_memory.svg")
    numbers = sorted({row.number for row in group.rows})
    lines = [
        "## How the cost of an export grows",
        "",
        "![Seconds against tasks, both logarithmic](figures/growth_seconds.svg)",
        "![Peak memory against tasks, both logarithmic](figures/growth_memory.svg)",
        "",
        "| way | " + " | ".join(f"{number:,} tasks" for number in numbers) + " |",
        "| --- |" + " ---: |" * len(numbers),
    ]
    for title, rows in kinds.items():
        cells = {row.number: f"{row.seconds:.2f} s, {row.peak_mb:,.0f} MB" for row in rows}
        lines.append(f"| {title} | " + " | ".join(cells.get(number, "") for number in numbers) + " |")
    return lines


def plot(
    kinds: dict[str, list[Row]],
    of: Callable[[Row], float],
    unit: str,
    path: Path,
    of_what: str = "tasks in the export",
) -> None:
    """Write a plot of a figure against the size of the input, both logarithmic; a line a kind."""
    from matplotlib.figure import Figure as Canvas
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    from parley.runtime.plotting import PALE, encode, style

    with style():
        figure = Canvas(figsize=(6.4, 3.6), layout="constrained")
        axes = figure.subplots()
        for number, (title, rows) in enumerate(kinds.items()):
            ours = title.startswith("**")
            ordered = sorted(rows, key=lambda row: row.number)
            axes.plot(
                [row.number for row in ordered],
                [of(row) for row in ordered],
                marker="osD^v<>"[number % 7],
                lw=2 if ours else 1,
                ls="-" if ours else "--",
                label=_plain(title),
            )
        axes.set_xscale("log")
        axes.set_yscale("log")
        for axis in (axes.xaxis, axes.yaxis):  # 200, not 2 × 10²
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
            axis.set_minor_formatter(NullFormatter())
        axes.margins(y=0.12)
        axes.set_xlabel(of_what)
        axes.set_ylabel(unit)
        axes.grid(color=PALE, lw=0.6)
        axes.legend(frameon=False, fontsize=8)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encode(figure, "svg"))


def _plain(title: Iterable[str]) -> str:
    return "".join(letter for letter in title if letter not in "*`")


def _validation(group: Group, folder: Path) -> list[str]:
    rows = {row.name: row for row in group.rows}
    one, two, same = rows["parley 1"], rows["parley 2"], rows["same-suite"]
    lines = [
        "## The label tables of an export, judged",
        "",
        f"{one.number:,} tasks: {one.number * 120:,} spans, {one.number * 70:,} relations. Whole processes:",
        "the import of Great Expectations, some seconds, is in all but the last two.",
        "",
        "| way | seconds (all runs) | peak MB a process | Parley on 1 process is | on 2 | asks |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for row in group.rows:
        spread = " ".join(f"{figure.seconds:.2f}" for figure in row.figures)
        lines.append(
            f"| {row.title} | **{row.seconds:.2f}** ({spread}) | {row.peak_mb:,.0f} | {_times(row, one)} |"
            f" {_times(row, two)} | {row.keeps} |"
        )
    time, memory = two.seconds / same.seconds, two.peak_mb / same.peak_mb
    told = f"{time:.2f} of the time and, a process, {memory:.2f} of the memory"
    return [*lines, "", f"Two processes take {told} of one call with the same suites on whole tables."]


_SECTIONS: dict[str, Callable[[Group, Path], list[str]]] = {
    "export": _export,
    "growth": _growth,
    "publish": publishing_cases.section,
    "reading": reading_cases.section,
    "steps": step_cases.section,
    "validation": _validation,
}
