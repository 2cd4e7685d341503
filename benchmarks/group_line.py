"""The whole line at size: an export → tables → judged → label files → validated → published → loaded.

Each station is the command that its users call, a process of its own, on all cores; its input is what the
stations before it left in build/bench. Two sizes tell whether memory grows.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path

from case import ROOT, Case
from exports import write_export
from labelled import write_labelled
from results import Group, Row, by_size, plot

SIZES = (1, 5)  # times the size of the compared input: 20,000 and 100,000 tasks
_PEOPLE = ("--annotator", "1=one", "--annotator", "2=two")


@dataclass(frozen=True)
class Line:
    """The files of the line at one size. corpus: with articles, its label files come from the export."""

    export: Path
    tables: Path
    corpus: Path

    @property
    def labels(self) -> Path:
        """Return the folder of the label files."""
        return self.corpus / "annotation" / "labels"

    @property
    def dataset(self) -> Path:
        """Return the folder of the release."""
        return self.corpus / "dataset"


@dataclass(frozen=True)
class Station:
    """A station. command: what follows the interpreter; writes: what it leaves, which is made anew."""

    name: str
    title: str
    command: Callable[[Line], tuple[str, ...]]
    writes: Callable[[Line], Path] | None = None


STATIONS = (
    Station(
        "tables",
        "export → tables: `parley convert`",
        lambda line: (
            "scripts/convert.py",
            str(line.export),
            "--out",
            str(line.tables),
            *_of(line),
            *_PEOPLE,
        ),
        lambda line: line.tables,
    ),
    Station(
        "judged",
        "tables judged: `parley validate --tables`",
        lambda line: ("scripts/validate.py", "--tables", str(line.tables), *_of(line)),
    ),
    Station(
        "labels",
        "export → label files, judged: `parley pull --export`",
        lambda line: ("scripts/pull.py", "--export", str(line.export), *_PEOPLE, *_of(line)),
        lambda line: line.labels,
    ),
    Station("validated", "corpus: `parley validate`", lambda line: ("scripts/validate.py", *_of(line))),
    Station(
        "published",
        "release: `parley publish --no-validate`",
        lambda line: ("scripts/publish.py", "--no-validate", *_of(line)),
        lambda line: line.dataset,
    ),
    Station("loaded", "`load_dataset`: `parley load`", lambda line: ("scripts/load.py", *_of(line))),
)


def cases(bench: Path, number: int) -> list[Case]:
    """Return the stations at each size, in their order. number: of tasks at the smaller."""
    found = []
    for size in (number * times for times in SIZES):
        line = Line(bench / f"line-{size}.json", bench / f"line-{size}.tables", bench / f"line-{size}.corpus")
        for station in STATIONS:
            make = partial(_before, line, station, size)
            command = (sys.executable, *station.command(line))
            rounds = 1 if size != number else sys.maxsize
            name = f"line {station.name} {size}"
            found.append(Case(name, station.title, "all", command, size, 0, rounds, make=make))
    return found


def section(group: Group, folder: Path) -> list[str]:
    """Return the table of stations and their plots."""
    kinds: dict[str, list[Row]] = {}
    for row in group.rows:
        kinds.setdefault(row.title, []).append(row)
    plot(kinds, lambda row: row.seconds, "seconds", folder / "figures" / "line_seconds.svg")
    plot(kinds, lambda row: row.peak_mb, "peak MB of a process", folder / "figures" / "line_memory.svg")
    numbers = sorted({row.number for row in group.rows})
    lines = [
        "## The whole line, from an export to what a reader loads",
        "",
        "Tasks with two annotations of 60 spans and 35 relations each; every station is a command on all",
        "cores: its seconds, and the peak of its largest process.",
        "",
        *by_size("station", kinds, 1),
    ]
    own = {number: [row for row in group.rows if row.number == number] for number in numbers}
    whole = [
        f"**{sum(row.seconds for row in rows):.1f} s, {max(row.peak_mb for row in rows):,.0f} MB**"
        for rows in own.values()
    ]
    return [
        *lines,
        f"| **all of it** | {' | '.join(whole)} |",
        "",
        "![Seconds of each station against tasks, both logarithmic](figures/line_seconds.svg)",
        "![Peak memory of each station against tasks, both logarithmic](figures/line_memory.svg)",
    ]


def _of(line: Line) -> tuple[str, str]:
    return "--root", str(line.corpus)


def _before(line: Line, station: Station, size: int) -> None:
    """Make what a station begins with, by the stations before it; what it leaves itself is not there."""
    write_export(line.export, size, lines=False, wrapped=True)
    if not line.corpus.is_dir():
        write_labelled(line.corpus, size, labels=False)
        _run("scripts/derive.py", *_of(line))
    for one in takewhile(lambda one: one != station, STATIONS):
        if one.writes and not one.writes(line).exists():
            _run(*one.command(line))
    if station.writes:
        shutil.rmtree(station.writes(line), ignore_errors=True)


def _run(*command: str) -> None:
    subprocess.run([sys.executable, *command], check=True, cwd=ROOT)
