"""What was measured: the rows of results.json, and their plots."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from case import Case


class Figure(msgspec.Struct):
    """One run. seconds: wall, of the whole process. peak_mb: of its largest process."""

    seconds: float
    peak_mb: float


class Row(msgspec.Struct):
    """All runs of one case; see `Case`. date: the day of them, YYYY-MM-DD."""

    name: str
    title: str
    keeps: str
    number: int
    processes: int
    figures: list[Figure]
    date: str

    @property
    def seconds(self) -> float:
        """Return the median."""
        return statistics.median(figure.seconds for figure in self.figures)

    @property
    def peak_mb(self) -> float:
        """Return the largest."""
        return max(figure.peak_mb for figure in self.figures)


class Group(msgspec.Struct):
    """Rows of the same kind of input. machine: that of the newest of them."""

    machine: dict[str, str]
    rows: list[Row]


def by_day(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows by their day, the newest first: only rows of one day are compared."""
    found: dict[str, list[Row]] = {}
    for one in sorted(rows, key=lambda row: row.date, reverse=True):
        found.setdefault(one.date, []).append(one)
    return found


def row(case: Case, figures: list[Figure], today: str) -> Row:
    rounded = [Figure(round(figure.seconds, 6), round(figure.peak_mb, 1)) for figure in figures]
    return Row(case.name, case.title, case.keeps, case.number, case.processes, rounded, today)


def merged(cases: list[Case], runs: dict[str, list[Figure]], before: Group | None, today: str) -> list[Row]:
    """Return the rows of a group: those measured now, and of the others those measured before."""
    known = {one.name: one for one in (before.rows if before else ())}
    fresh = {case.name: row(case, runs[case.name], today) for case in cases if runs.get(case.name)}
    return [found for case in cases if (found := fresh.get(case.name) or known.get(case.name))]


def read(path: Path) -> dict[str, Group]:
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Group]) if path.is_file() else {}


def write(path: Path, groups: dict[str, Group]) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(groups), indent=1) + b"\n")


def times(row: Row, base: Row | None) -> str:
    """Return how many times the seconds of a row are those of another; nothing if that is of another day."""
    return f"{row.seconds / base.seconds:.1f}" if base and base.date == row.date else ""


def by_size(head: str, kinds: dict[str, list[Row]], digits: int) -> list[str]:
    """Return a table of rows by title, with a column for each size. digits: of the seconds."""
    numbers = sorted({row.number for rows in kinds.values() for row in rows})
    lines = [
        f"| {head} | " + " | ".join(f"{number:,} tasks" for number in numbers) + " |",
        "| --- |" + " ---: |" * len(numbers),
    ]
    for title, rows in kinds.items():
        cells = {row.number: f"{row.seconds:.{digits}f} s, {row.peak_mb:,.0f} MB" for row in rows}
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

    from parley.agreement.plots import PALE, encode, style

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
