"""What is measured: groups of commands that do the same thing to the same input."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exports import ONTOLOGY, write_export
from measure import Run
from ways import WAYS

GROUPS = ("export", "growth", "publish", "steps")
GROWTH = (1_000, 3_000, 10_000, 30_000, 100_000, 200_000)
LARGEST_OTHER = 10_000  # past it the others take minutes, and add nothing to their line

OURS = "parley"


@dataclass(frozen=True)
class Case:
    """A command to measure. command: `{out}` in it is an empty folder. number: its input's size, in tasks.

    own: the command prints its seconds itself, as JSON, and the rest of the process is not counted.
    """

    name: str
    title: str
    keeps: str
    command: tuple[str, ...]
    number: int
    processes: int = 1
    rounds: int = sys.maxsize
    own: bool = False

    @contextmanager
    def prepared(self) -> Iterator[list[str]]:
        """Give the command with a folder for what it writes, which goes afterwards."""
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


def of(group: str, root: Path, number: int) -> list[Case]:
    """Return a group's cases, their inputs made. number: the size of the compared input, in tasks."""
    from publishing_cases import cases as publish
    from step_cases import cases as steps

    makers = {"export": _export, "growth": _growth, "publish": publish, "steps": steps}
    return makers[group](root / "build" / "bench", number)


def _export(bench: Path, number: int) -> list[Case]:
    """One export to Parquet, every way."""
    array = write_export(bench / f"{number}.json", number, lines=False)
    lines = write_export(bench / f"{number}.jsonl", number, lines=True)
    ours = _ours(bench, array, 2)
    tables = bench / f"{number}.tables"
    if not tables.exists():
        subprocess.run([part.replace("{out}", str(tables)) for part in ours.command], check=True)
    given = ("--array", str(array), "--lines", str(lines), "--tables", str(tables), "--out", "{out}")
    return [
        _ours(bench, array, 1),
        ours,
        _ours(bench, lines, 1),
        *(
            Case(
                name,
                way.title,
                way.keeps,
                (sys.executable, "benchmarks/ways.py", name, *given),
                number,
                own=name == "limit",
            )
            for name, way in WAYS.items()
        ),
    ]


def _growth(bench: Path, _: int) -> list[Case]:
    """How cost grows with the export."""
    found = []
    for number in GROWTH:
        array = write_export(bench / f"{number}.json", number, lines=False)
        found += [_ours(bench, array, processes) for processes in (1, 2)]
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
                )
                for name, way in WAYS.items()
                if name in {"sdk-json-min", "pandas", "datasets-array"}
            ]
    return found


def _ours(bench: Path, export: Path, processes: int) -> Case:
    ontology = bench / "ontology.toml"
    ontology.write_text(ONTOLOGY)
    command = (
        sys.executable, "scripts/convert_export.py", str(export), "--out", "{out}",
        "--ontology", str(ontology), "--processes", str(processes),
    )  # fmt: skip
    form = "lines" if export.suffix == ".jsonl" else "array"
    plural = "process" if processes == 1 else "processes"
    return Case(
        f"{OURS} {form} {export.stem} {processes}",
        f"**Parley**, {form}, {processes} {plural}",
        "all",
        command,
        int(export.stem),
        processes,
    )
