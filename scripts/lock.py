"""Solve the lock files again: requirements*.lock from pyproject.toml and requirements-label-studio.in.

The locks hold for every supported Python and system (universal), with a hash for every file, and name no
package index. Run it after changing a dependency, then `make check`. It needs the network.

Exit status: 0 done, 2 the requirements have no solution.
"""

import re
import subprocess
from pathlib import Path

from parley.cli import main as cli
from parley.faults import UsageError
from parley.runtime.files import write_whole

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = ["--universal", "--python-version=3.11", "--generate-hashes", "--no-header", "--no-annotate",
           "--no-emit-index-url", "--quiet"]  # fmt: skip


def solve(*arguments: str) -> str:
    command = [ROOT / ".uv/bin/uv", "pip", "compile", *OPTIONS, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UsageError(done.stderr.strip(), "loosen the requirement it names in pyproject.toml")
    return done.stdout


def main() -> None:
    write_whole(ROOT / "requirements.lock", solve("pyproject.toml", "--extra=dev").encode())
    with_spark = solve("pyproject.toml", "--extra=spark", "--constraints=requirements.lock")
    spark = [
        part for part in re.split(r"(?m)^(?=\S)", with_spark) if part.startswith(("pyspark==", "py4j=="))
    ]
    write_whole(ROOT / "requirements-spark.lock", "".join(spark).encode())
    write_whole(ROOT / "requirements-label-studio.lock", solve("requirements-label-studio.in").encode())
    print("solved requirements.lock, requirements-spark.lock, requirements-label-studio.lock")


if __name__ == "__main__":
    cli.parser(__doc__, __file__).parse_args()
    cli.run(main)
