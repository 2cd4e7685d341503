"""What is measured: groups of commands that do the same thing to the same input."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from exports import ONTOLOGY, write_export
from judges import JUDGES
from measure import Run
from ways import WAYS

GROUPS = ("export", "growth", "publish", "reading", "steps", "validation")
GROWTH = (1_000, 5_000, 20_000, 100_000, 200_000)
SMALL = 1_000  # tasks that a person waits for
LARGEST_OTHER = 5_000  # past it the others take minutes, and add nothing to their line

OURS = "parley"
_BLOCK = 1 << 24  # bytes
_LONGEST_NAME = 255  # bytes: longer parts of a command are no files

# runs a script as if the scanner were not there
_UNCOMPILED = """
import runpy, sys
from parley.label_studio.export import results
results.COMPILED = False
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@dataclass(frozen=True)
class Case:
    """A command to measure. command: `{out}` in it is an empty folder. number: its input's size, in tasks.

    own: the command prints its seconds itself, as JSON, and the rest of the process is not counted. make:
    makes the input, where it is not there.
    """

    name: str
    title: str
    keeps: str
    command: tuple[str, ...]
    number: int
    processes: int = 1
    rounds: int = sys.maxsize
    own: bool = False
    make: Callable[[], object] = bool

    @contextmanager
    def prepared(self) -> Iterator[list[str]]:
        """Give the command with a folder for what it writes, which goes afterwards; its inputs are in memory.

        Else a row would pay for what the one before it pushed out of the system's page cache.
        """
        self.make()
        for part in self.command:
            _read_once(Path(part))
        bench = Path("build/bench").resolve()
        bench.mkdir(parents=True, exist_ok=True)
        out = Path(tempfile.mkdtemp(prefix="out-", dir=bench))
        try:
            yield [part.replace("{out}", str(out)) for part in self.command]
        finally:
            shutil.rmtree(out)

    def seconds(self, run: Run) -> float:
        """Return the seconds that count."""
        if not self.own:
            return run.seconds
        seconds: float = json.loads(run.printed.splitlines()[-1])["seconds"]
        return seconds


def _read_once(path: Path) -> None:
    if len(path.name) < _LONGEST_NAME and path.is_file():
        with path.open("rb", buffering=0) as file:
            while file.read(_BLOCK):
                pass


def of(group: str, root: Path, number: int) -> list[Case]:
    """Return a group's cases, their inputs made. number: the size of the compared input, in tasks."""
    from publishing_cases import cases as publish
    from reading_cases import cases as reading
    from step_cases import cases as steps

    makers = {
        "export": _export,
        "growth": _growth,
        "publish": publish,
        "reading": reading,
        "steps": steps,
        "validation": _validation,
    }
    return makers[group](root / "build" / "bench", number)


def _export(bench: Path, number: int) -> list[Case]:
    """One export to Parquet, every way."""
    array = write_export(bench / f"{number}.json", number, lines=False)
    lines = write_export(bench / f"{number}.jsonl", number, lines=True)
    ours = _ours(bench, array, 2)
    tables = _tables(bench, array)
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
                (sys.executable, "benchmarks/ways.py", name, *given),
                number,
                own=name.startswith("limit"),
            )
            for name, way in WAYS.items()
        ),
    ]


def _validation(bench: Path, number: int) -> list[Case]:
    """Judge the label tables of one export, every way there is."""
    tables = _tables(bench, write_export(bench / f"{number}.json", number, lines=False))
    given = ("--tables", str(tables), "--ontology", str(bench / "ontology.toml"))
    ours = (sys.executable, "scripts/validate.py", *given, "--processes")
    return [
        *(
            Case(f"{OURS} {n}", f"**Parley**, {n} {_plural(n)}", "its suites", (*ours, str(n)), number, n)
            for n in (1, 2)
        ),
        *(
            Case(
                name,
                judge.title,
                judge.asks,
                (sys.executable, "benchmarks/judges.py", name, *given),
                number,
                rounds=1 if name in {"sqlite", "spark"} else sys.maxsize,  # a minute and more each
            )
            for name, judge in JUDGES.items()
            if judge.there
        ),
    ]


def _tables(bench: Path, export: Path) -> Path:
    """Return the folder of tables that an export is converted to; one that is there is kept."""
    tables = export.with_suffix(".tables")
    if not tables.exists():
        command = _ours(bench, export, 2).command
        subprocess.run([part.replace("{out}", str(tables)) for part in command], check=True)
    return tables


def _growth(bench: Path, _: int) -> list[Case]:
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
                    (sys.executable, "benchmarks/ways.py", name, *given),
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
        f"**Parley**, {form}, {processes} {_plural(processes)}",
        "all",
        command,
        int(export.stem),
        processes or 0,
    )


def _plural(processes: int) -> str:
    return "process" if processes == 1 else "processes"
