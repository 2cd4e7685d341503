"""Whole processes, timed from outside: wall seconds and peak memory as the system accounts for them."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A command ended with a status that is not 0."""


@dataclass(frozen=True)
class Run:
    """What one process took. seconds: wall. peak_mb: of the largest of its processes, 10^6 bytes."""

    seconds: float
    peak_mb: float
    printed: str


def measure(command: list[str], cwd: Path) -> Run:
    """Run a command to its end and return what it took.

    Raises Failed, with what it printed, if it ends with another status than 0.
    """
    with tempfile.TemporaryFile() as out:
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=_environment(), stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        printed = out.read().decode(errors="replace")
    if process.returncode:
        raise Failed(f"{' '.join(command)} ended with {process.returncode}:\n{printed[-2000:]}")
    return Run(seconds, usage.ru_maxrss * 1024 / 1e6, printed)


def _environment() -> dict[str, str]:
    """Return this environment without what would make every process compile its libraries anew."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
