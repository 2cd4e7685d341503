"""What a group of rows has to reach, and whether it did: ratios, but for the figures a person waits for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from results import Group, Row


@dataclass(frozen=True)
class Aim:
    """A figure with its bound, or with none. measured: of the rows by name; raises KeyError where one lacks.

    unit: stands behind both figures.
    """

    title: str
    measured: Callable[[dict[str, Row]], float]
    at_least: float | None = None
    below: float | None = None
    unit: str = "×"

    def line(self, rows: dict[str, Row]) -> str:
        """Return the aim as a row of a table: the figure of the medians, and that of each round by itself."""
        bound = ""
        if self.at_least is not None:
            bound = f"≥ {self.at_least:g} {self.unit}"
        elif self.below is not None:
            bound = f"< {self.below:g} {self.unit}"
        try:
            figure = self.measured(rows)
        except KeyError:
            return f"| {self.title} | {bound} | | | not measured |"
        each = [self.measured(one) for one in _rounds(rows)]
        spread = f"{min(each):.2f} to {max(each):.2f}"
        said = "yes" if self._met(figure) else "**no**"
        if len({self._met(one) for one in each}) > 1:
            said += ", by the medians; not in every round"
        if not bound:
            said = "to compare"
        return f"| {self.title} | {bound} | {figure:.2f} {self.unit} | {spread} | {said} |"

    def _met(self, figure: float) -> bool:
        return figure >= (self.at_least or 0) and (self.below is None or figure < self.below)


def table(name: str, group: Group) -> list[str]:
    """Return the aims of a group as Markdown; nothing where it has none."""
    aims = AIMS.get(name)
    if not aims:
        return []
    rows = {row.name: row for row in group.rows}
    head = ["", "| aim | bound | measured | round by round | met |", "| --- | ---: | ---: | ---: | --- |"]
    return [*head, *(aim.line(rows) for aim in aims)]


def _rounds(rows: dict[str, Row]) -> list[dict[str, Row]]:
    """Return the rows with the figure of one round each; what was run less often has its last one."""
    most = max(len(row.figures) for row in rows.values())
    return [
        {
            name: msgspec.structs.replace(row, figures=[row.figures[min(number, len(row.figures) - 1)]])
            for name, row in rows.items()
        }
        for number in range(most)
    ]


def _ratio(one: str, other: str) -> Callable[[dict[str, Row]], float]:
    """Return how many times the seconds of `other` those of `one` are; names without the size in them."""
    return lambda rows: _of(rows, one).seconds / _of(rows, other).seconds


def _of(rows: dict[str, Row], name: str) -> Row:
    """Return a row by its name; `array 2` is Parley's of the largest array on two processes."""
    if name in rows:
        return rows[name]
    form, _, processes = name.partition(" ")
    ours = [row for row in rows.values() if _is_ours(row) and row.name.split()[1] == form]
    found = [row for row in ours if str(row.processes) == processes]
    if not found:
        raise KeyError(name)
    return max(found, key=lambda row: row.number)


def _is_ours(row: Row) -> bool:
    return row.name.startswith("parley ")


def _largest_peak(rows: dict[str, Row]) -> float:
    return max(row.peak_mb for row in rows.values() if _is_ours(row))


def _growth(rows: dict[str, Row]) -> float:
    """Return the percents peak memory grows by from 20,000 tasks to the most, on 1 or 2 processes."""
    worst = 0.0
    for processes in (1, 2):
        most = _of(rows, f"array {processes}")
        worst = max(worst, most.peak_mb / rows[f"parley array 20000 {processes}"].peak_mb - 1)
    return worst * 100


AIMS: dict[str, list[Aim]] = {
    "export": [
        Aim("two processes beside the SDK's JSON_MIN", _ratio("sdk-json-min", "array 2"), at_least=15),
        Aim("one process beside the SDK's JSON_MIN", _ratio("sdk-json-min", "array 1"), at_least=8),
        Aim(
            "two processes beside `load_dataset` on the array",
            _ratio("datasets-array", "array 2"),
            at_least=50,
        ),
        Aim("one process beside the limit", _ratio("array 1", "limit"), below=2.3),
        Aim("from one process to two", _ratio("array 1", "array 2"), at_least=1.7),
        Aim(
            "what this machine gives to two: the limit twice, at once",
            lambda rows: 2 / _ratio("limit-twice", "limit")(rows),
        ),
        Aim("1,000 tasks, whole process", lambda rows: rows["parley small"].seconds, below=0.8, unit="s"),
        Aim("peak memory of a process", _largest_peak, below=300, unit="MB"),
    ],
    "growth": [
        Aim("peak memory of a process", _largest_peak, below=300, unit="MB"),
        Aim("peak memory from 20,000 tasks to the most", _growth, below=5, unit="% more"),
    ],
    "reading": [
        Aim(
            f"first row of a streaming read of `{config}`",
            lambda rows, name=f"first-row {config}": rows[name].seconds,
            below=0.2,
            unit="s",
        )
        for config in ("documents", "spans")
    ],
    "corpus": [
        Aim(
            f"{step}, {keeps}, beside 01e8f11",
            _ratio(f"{step} now {keeps}", f"{step} 01e8f11 {keeps}"),
            below=below,
        )
        for step in ("validate", "dataset")
        for keeps, below in (("all", 0.6), ("without imports", 0.34))
    ],
}
