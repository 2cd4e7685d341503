"""Whole processes, timed from outside: wall seconds and peak memory as the system accounts for them."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A command ended with a status that is not 0."""


@dataclass(frozen=True)
class Run:
    """What one command took. seconds: wall. peak_mb: of the largest of its processes, 10^6 bytes."""

    seconds: float
    peak_mb: float
    printed: str


def measure(command: list[str], folder: Path) -> Run:
    """Run a command in a checkout to its end, on the checkout's own source; return what it took.

    Raises Failed, with what it printed, if it ends with another status than 0.
    """
    with tempfile.TemporaryFile() as out:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(folder),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        with _Watch(process.pid) as watch:
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        printed = out.read().decode(errors="replace")
    if process.returncode:
        raise Failed(f"{' '.join(command)} ended with {process.returncode}:\n{printed[-2000:]}")
    return Run(seconds, max(usage.ru_maxrss, watch.peak_kb) * 1024 / 1e6, printed)


def _environment(folder: Path) -> dict[str, str]:
    """Return this environment without what would make every process compile its libraries anew."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPATH": str(folder / "src")}


class _Watch:
    """Looks at the peaks of all processes of a session: the system tells of a command's own children alone.

    A process that does not live for two looks, a fifth of a second, is not seen.
    """

    def __init__(self, session: int) -> None:
        self.peak_kb = 0
        self._session = session
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    session = int((folder / "stat").read_text().rpartition(")")[2].split()[3])
                    peak = re.search(r"VmHWM:\s+(\d+)", (folder / "status").read_text())
                except OSError:  # it has ended meanwhile
                    continue
                if session == self._session and peak:
                    self.peak_kb = max(self.peak_kb, int(peak[1]))
