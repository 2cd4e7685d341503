"""A command to measure, prepared so that a row does not pay for the one before it."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from measure import Run

OURS = "parley"
ROOT = Path(__file__).parents[1]
_BLOCK = 1 << 24  # bytes
_LONGEST_NAME = 255  # bytes: longer parts of a command are not files


@dataclass(frozen=True)
class Case:
    """A command to measure. command: `{out}` in it is an empty folder. number: its input's size, in tasks.

    own: the command prints its seconds itself, as JSON, and the rest of the process is not counted; what it
    prints as `peak_mb` counts too. make: makes the input if it is missing. folder: where the command runs.
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
    folder: Path = ROOT

    @contextmanager
    def prepared(self) -> Iterator[list[str]]:
        """Yield the command with a folder for what it writes, removed afterwards; its inputs are in memory.

        Otherwise a row would pay for what the one before it pushed out of the system's page cache.
        """
        self.make()
        for part in self.command:
            _read_once(self.folder / part)
        bench = ROOT / "build" / "bench"
        bench.mkdir(parents=True, exist_ok=True)
        out = Path(tempfile.mkdtemp(prefix="out-", dir=bench))
        try:
            yield [part.replace("{out}", str(out)) for part in self.command]
        finally:
            shutil.rmtree(out)

    def counted(self, run: Run) -> tuple[float, float]:
        """Return the seconds and the peak in MB that count."""
        said = json.loads(run.printed.splitlines()[-1]) if self.own else {}
        return said.get("seconds", run.seconds), said.get("peak_mb", run.peak_mb)


def _read_once(path: Path) -> None:
    if len(path.name) < _LONGEST_NAME and path.is_file():
        with path.open("rb", buffering=0) as file:
            while file.read(_BLOCK):
                pass


def plural(processes: int | None) -> str:
    """Return the noun that follows a number of processes."""
    return "process" if processes == 1 else "processes"
