"""Solve the lock files of this checkout again; `--help` says more."""

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from parley.cli.main import run
from parley.faults import UsageError
from parley.runtime.files import write_whole

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = ["--universal", "--python-version=3.11", "--generate-hashes", "--no-header", "--no-annotate",
           "--no-emit-index-url", "--quiet"]  # fmt: skip
SERVER = "src/parley/label_studio/server/requirements"


def solve(pinned: Path, *arguments: str) -> bytes:
    """Return the lock of requirements, with the pins of a lock that still fit.

    Raises UsageError if they have no solution.
    """
    command = [ROOT / ".uv/bin/uv", "pip", "compile", *OPTIONS, "--output-file", pinned, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UsageError(done.stderr.strip(), "loosen the requirement it names in pyproject.toml")
    return pinned.read_bytes()


def lock(
    *, upgrade: Annotated[bool, Parameter(help="take the newest versions, also of what fits")] = False
) -> None:
    """Solve the lock files again, from pyproject.toml and the Label Studio server's requirements.in.

    Writes requirements.lock (all extras but Spark, and dev), requirements-spark.lock, and
    requirements.lock beside requirements.in. The locks are valid for every supported Python
    and system (universal), with a hash for every file, and name no package index. Run it
    after changing a dependency, then `make check`. It needs the network.

    Exit status: 0 done, 2 the requirements have no solution.
    """
    extras = ("--extra=dev", "--extra=corpus", "--extra=formats", "--extra=label-studio")
    calls = {
        "requirements.lock": ("pyproject.toml", *extras),
        "requirements-spark.lock": ("pyproject.toml", "--extra=spark", "--constraints=requirements.lock"),
        f"{SERVER}.lock": (f"{SERVER}.in",),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in calls.items():
            pinned = Path(folder) / "lock"
            pinned.write_bytes(b"" if upgrade else (ROOT / name).read_bytes())
            solved = solve(pinned, *arguments)
            if "spark" in name:  # the others are in requirements.lock
                parts = re.split(r"(?m)^(?=\S)", solved.decode())
                solved = "".join(p for p in parts if p.startswith(("pyspark==", "py4j=="))).encode()
            write_whole(ROOT / name, solved)
            print(f"solved {name}")


if __name__ == "__main__":
    run(lock)
