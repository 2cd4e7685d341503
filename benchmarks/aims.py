"""What a group of rows has to reach, and whether it did: ratios, but for the figures a person waits for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import msgspec
from group_export import GROWTH
from results import Group, Row, by_day


@dataclass(frozen=True)
class Aim:
    """A figure with its bound, or with none. measured: of rows by name; raises KeyError if one is missing.

    unit: printed after both figures.
    """

    title: str
    measured: Callable[[dict[str, Row]], float]
    at_least: float | None = None
    below: float | None = None
    unit: str = "×"

    def line(self, group: Group) -> str:
        """Return the aim as a row of a table, of the newest day that has all its rows.

        It has the figure of the medians, and that of each round by itself.
        """
        bound = ""
        if self.at_least is not None:
            bound = f"≥ {self.at_least:g} {self.unit}"
        elif self.below is not None:
            bound = f"< {self.below:g} {self.unit}"
        newest = self._newest(group)
        if newest is None:
            return f"| {self.title} | {bound} | | | not measured | |"
        day, rows = newest
        figure = self.measured(rows)
        each = [self.measured(one) for one in _rounds(rows)]
        spread = f"{min(each):.2f} to {max(each):.2f}"
        said = "yes" if self._met(figure) else "**no**"
        if len({self._met(one) for one in each}) > 1:
            said += ", by the medians; not in every round"
        if not bound:
            said = "to compare"
        return f"| {self.title} | {bound} | {figure:.2f} {self.unit} | {spread} | {said} | {day} |"

    def _newest(self, group: Group) -> tuple[str, dict[str, Row]] | None:
        """Return the newest day that has all the aim's rows, and its rows by name."""
        for day, found in by_day(group.rows).items():
            rows = {row.name: row for row in found}
            with suppress(KeyError):
                self.measured(rows)
                return day, rows
        return None

    def _met(self, figure: float) -> bool:
        return figure >= (self.at_least or 0) and (self.below is None or figure < self.below)


def table(name: str, group: Group) -> list[str]:
    """Return the aims of a group as Markdown; nothing if it has none."""
    aims = AIMS.get(name)
    if not aims:
        return []
    head = [
        "",
        "| aim | bound | measured | round by round | met | measured on |",
        "| --- | ---: | ---: | ---: | --- | --- |",
    ]
    return [*head, *(aim.line(group) for aim in aims)]


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


def _largest_peak(*sizes: int) -> Callable[[dict[str, Row]], float]:
    """Return the largest peak of Parley on an array of these sizes, on 1 and 2 processes."""
    names = [f"parley array {size} {processes}" for size in sizes for processes in (1, 2)]
    return lambda rows: max(rows[name].peak_mb for name in names)


def _growth(rows: dict[str, Row]) -> float:
    """Return the percents peak memory grows by from 20,000 tasks to the most, on 1 or 2 processes."""
    worst = 0.0
    for processes in (1, 2):
        most = _of(rows, f"array {processes}")
        worst = max(worst, most.peak_mb / rows[f"parley array 20000 {processes}"].peak_mb - 1)
    return worst * 100


def _above(row: str, base: str) -> Callable[[dict[str, Row]], float]:
    """Return by how many MB the peak of one row is above another's."""
    return lambda rows: rows[row].peak_mb - rows[base].peak_mb


def _of_memory(one: str, other: str) -> Callable[[dict[str, Row]], float]:
    """Return how many times the peak of `other` that of `one` is."""
    return lambda rows: rows[one].peak_mb / rows[other].peak_mb


def _more_memory(one: str, other: str) -> Callable[[dict[str, Row]], float]:
    """Return by how many percent the peak of one row is above another's."""
    return lambda rows: (rows[one].peak_mb / rows[other].peak_mb - 1) * 100


def _most_more_memory(rows: dict[str, Row]) -> float:
    """Return the percents by which the peak of that way grows most from the smallest to the largest row."""
    ways: dict[str, list[Row]] = {}
    for row in rows.values():
        ways.setdefault(row.title, []).append(row)
    ordered = [sorted(some, key=lambda row: row.number) for some in ways.values()]
    if not all(len(some) > 1 for some in ordered):
        raise KeyError("a way of one size")
    return max(some[-1].peak_mb / some[0].peak_mb - 1 for some in ordered) * 100


AIMS: dict[str, list[Aim]] = {
    "line": [Aim("peak memory of the station that grows most", _most_more_memory, below=10, unit="% more")],
    "spark": [
        Aim("from one worker to two", _ratio("spark 1", "spark 2"), at_least=1.6),
        Aim(
            "two workers beside two processes, five times the articles",
            _ratio("spark 2 large", "local 2 large"),
            below=1.3,
        ),
        Aim(
            "memory of the driver's process, five times the articles",
            _more_memory("spark 2 large", "spark 2"),
            below=10,
            unit="% more",
        ),
    ],
    "publish": [
        Aim(
            "20,000 articles, one process, beside 01e8f11",
            _ratio("publish 20000 1 process", "publish 20000 01e8f11"),
            below=0.45,
        ),
        Aim(
            "20,000 articles, from one process to two",
            _ratio("publish 20000 1 process", "publish 20000 2 processes"),
            at_least=1.7,
        ),
        Aim(
            "1,000 articles beside `Dataset.from_generator` and `to_parquet`",
            _ratio("publish 1000 1 process", "publish 1000 from_generator"),
            below=1,
        ),
        Aim(
            "one of 20,000 articles changed, beside all of them",
            _ratio("publish 20000 changed", "publish 20000 1 process"),
        ),
        Aim(
            "peak memory of a process, 100,000 articles",
            lambda rows: rows["publish 100000 1 process"].peak_mb,
            below=500,
            unit="MB",
        ),
        Aim(
            "peak memory from 20,000 articles to 100,000",
            _more_memory("publish 100000 1 process", "publish 20000 1 process"),
            below=10,
            unit="% more",
        ),
    ],
    "validation": [
        Aim(
            "one process beside duckdb by hand, imports apart",
            _ratio("parley apart 1", "duckdb apart"),
            below=3,
        ),
        Aim(
            "from one process to two, imports apart", _ratio("parley apart 1", "parley apart 2"), at_least=1.6
        ),
        Aim("peak memory above its imports", _above("parley 1", "imports"), below=200, unit="MB"),
    ],
    "steps": [
        Aim(
            "agreement on 20,000 articles, one process, beside nervaluate's spans",
            _ratio("agreement parley 20000 1", "agreement nervaluate 20000"),
            below=1,
        ),
        Aim(
            "agreement, from one process to two",
            _ratio("agreement parley 20000 1", "agreement parley 20000 2"),
            at_least=1.7,
        ),
        Aim(
            "difference of 20,000 articles beside a pandas merge",
            _ratio("difference parley 20000 1", "difference pandas 20000"),
            below=1,
        ),
        Aim(
            "difference, memory beside a pandas merge",
            _of_memory("difference parley 20000 1", "difference pandas 20000"),
            below=0.5,
        ),
        Aim(
            "pre-annotation of 10,000 articles, 01e8f11 beside it",
            _ratio("tasks 01e8f11 10000", "tasks parley 10000 1"),
            at_least=2,
        ),
        Aim(
            "of pre-annotation, what spaCy's tokenizer and matchers alone take",
            _ratio("tasks matchers 10000", "tasks parley 10000 1"),
        ),
    ],
    "export": [
        Aim("two processes beside the SDK's JSON_MIN", _ratio("sdk-json-min", "array 2"), at_least=15),
        Aim("one process beside the SDK's JSON_MIN", _ratio("sdk-json-min", "array 1"), at_least=8),
        Aim(
            "two processes beside `load_dataset` on the array",
            _ratio("datasets-array", "array 2"),
            at_least=50,
        ),
        Aim("two processes beside duckdb on all cores", _ratio("duckdb", "array 2"), at_least=3),
        Aim("one process beside the limit", _ratio("array 1", "limit"), below=2.3),
        Aim("from one process to two", _ratio("array 1", "array 2"), at_least=1.7),
        Aim(
            "what this machine gives to two: the limit twice, at once",
            lambda rows: 2 / _ratio("limit-twice", "limit")(rows),
        ),
        Aim("1,000 tasks, whole process", lambda rows: rows["parley small"].seconds, below=0.8, unit="s"),
        Aim("peak memory of a process", _largest_peak(20_000), below=300, unit="MB"),
    ],
    "growth": [
        Aim("peak memory of a process", _largest_peak(*GROWTH), below=300, unit="MB"),
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
    "explorer": [
        Aim(
            f"{view} of {number:,} articles",
            lambda rows, name=f"{view} {number}": rows[name].seconds,
            below=below,
            unit="s",
        )
        for number in (20_000, 40_000)
        for view, below in (("first view", 1.5), ("search", 1), ("article", 0.3))
    ],
    "corpus": [
        Aim(
            f"{step}, {keeps}, beside 01e8f11",
            _ratio(f"{step} now {keeps}", f"{step} 01e8f11 {keeps}"),
            below=below,
        )
        for step in ("validate", "dataset")
        for keeps, below in (("all", 0.6), ("without imports", 0.34))
    ]
    + [Aim("`--help` of a step", lambda rows: rows["help"].seconds, below=0.35, unit="s")],
}
