"""Rows of an earlier commit: the same commands on the same inputs, from a temporary checkout.

python benchmarks/revision.py COMMIT SCRIPT OPTION…     runs one and prints its seconds, as JSON
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from case import ROOT, Case
from measure import measure

# what a script, here and in an earlier commit, was called
_EARLIER_NAMES = {
    "scripts/agreement.py": "scripts/measure_agreement.py",
    "scripts/convert.py": "scripts/convert_export.py",
    "scripts/dataset.py": "scripts/make_dataset.py",
    "scripts/diff.py": "scripts/diff_versions.py",
    "scripts/tasks.py": "scripts/make_tasks.py",
}


@contextmanager
def checkout(revision: str) -> Iterator[Path]:
    """Yield a folder with the files of a commit, its scanner compiled; removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as temporary:
        folder = Path(temporary) / "checkout"
        _git("worktree", "add", "--quiet", "--detach", str(folder), revision)
        try:
            for scanner in folder.glob("src/**/*.pyx"):
                subprocess.run(
                    [sys.executable, "-m", "Cython.Build.Cythonize", "-q", "-i", str(scanner)], check=True
                )
            yield folder
        finally:
            _git("worktree", "remove", "--force", str(folder))


def case_at(case: Case, folder: Path) -> Case | None:
    """Return a case as an earlier commit runs it; None if it is not Parley's or there was no such script."""
    command = [
        _EARLIER_NAMES[part] if part in _EARLIER_NAMES and not (folder / part).is_file() else part
        for part in case.command
    ]
    script = command[1]
    ours = script.startswith("scripts/") or command[1:3] == ["benchmarks/step_ways.py", "near-duplicates"]
    if not ours or not (folder / script).is_file():
        return None
    return replace(case, command=tuple(command), folder=folder)


def _git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(ROOT), *arguments], check=True)


def main() -> None:
    revision, *command = sys.argv[1:]
    with checkout(revision) as folder:
        case = case_at(Case("", "", "", (sys.executable, *command), 0), folder)
        if case is None:
            sys.exit(f"{revision} has no {command[0]}")
        print(json.dumps({"seconds": measure(list(case.command), folder).seconds}))


if __name__ == "__main__":
    main()
