"""Steps on the corpus of this checkout, as they are and as they were at another commit, in one sitting.

Each way is a process of its own, on a copy of its own checkout. `without imports` is the same process without
the time that Python takes to import other libraries, as `-X importtime` has it; nothing else runs beside it.

  python benchmarks/group_corpus.py validate                         now
  python benchmarks/group_corpus.py validate --at 01e8f11            then
  python benchmarks/group_corpus.py validate --without-imports       the process without its imports
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from functools import partial
from pathlib import Path

from case import ROOT, Case
from results import Group

BEFORE = "01e8f11"  # the last commit before the house was rebuilt
STEPS = {"validate": ("validate.py",), "dataset": ("dataset.py", "make_dataset.py")}  # and as it was called
_FOLDERS = ("src", "scripts", "seeds", "annotation", "validation", "dataset")
_FILES = ("release.toml", "DATASHEET.md", "CITATION.cff", ".zenodo.json")
_IMPORT = re.compile(r"^import time: +(\d+) \| +\d+ \| +([\w.]+)", re.MULTILINE)


def cases(bench: Path, number: int) -> list[Case]:
    """Return the group's cases: each step, now and before, whole and without imports."""
    found = []
    for step in STEPS:
        for at, title in (("", "**Parley**"), (BEFORE, f"Parley at {BEFORE}")):
            for options in ((), ("--without-imports",)):
                named = ("--at", at) if at else ()
                command = (sys.executable, "benchmarks/group_corpus.py", step, *named, *options)
                keeps = "without imports" if options else "all"
                found.append(Case(f"{step} {at or 'now'} {keeps}", title, keeps, command, 5, own=True))
    told = (sys.executable, "scripts/tasks.py", "--help")
    return [*found, Case("help", "`parley tasks --help`", "all", told, 0)]


def section(group: Group, folder: Path) -> list[str]:
    """Return the group's part of RESULTS.md."""
    rows = {row.name: row for row in group.rows}
    lines = [
        f"## The steps of a small corpus, beside {BEFORE}",
        "",
        "The five articles of this checkout, one after the other. *Without imports*: without the time that",
        "Python takes to import other libraries, on one core: one process.",
        "",
        f"| step | seconds (all runs) | at {BEFORE} | of it |",
        "| --- | ---: | ---: | ---: |",
    ]
    for step in STEPS:
        for keeps in ("all", "without imports"):
            now, before = (rows.get(f"{step} {at} {keeps}") for at in ("now", BEFORE))
            if now is None or before is None:
                continue
            runs = [" ".join(f"{figure.seconds:.2f}" for figure in row.figures) for row in (now, before)]
            title = step if keeps == "all" else f"{step}, without imports"
            lines.append(
                f"| {title} | **{now.seconds:.2f}** ({runs[0]}) | {before.seconds:.2f} ({runs[1]}) |"
                f" {now.seconds / before.seconds:.0%} |"
            )
    if told := rows.get("help"):
        runs = " ".join(f"{figure.seconds:.2f}" for figure in told.figures)
        lines.append(f"| {told.title} | **{told.seconds:.2f}** ({runs}) | | |")
    return lines


def import_seconds(log: str) -> float:
    """Return the seconds of imports in a log of `-X importtime`, without those of Parley itself."""
    own = ("parley", "__main__")
    return sum(int(spent) for spent, name in _IMPORT.findall(log) if name.split(".")[0] not in own) / 1e6


def copied(at: str, folder: Path) -> None:
    """Copy what a step needs of this checkout into a folder. at: a commit, "" for the files as they are."""
    if at:
        archive = subprocess.run(["git", "archive", at], cwd=ROOT, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        return
    for name in _FOLDERS:
        shutil.copytree(ROOT / name, folder / name)
    for name in _FILES:
        shutil.copy(ROOT / name, folder)


def seconds(step: str, folder: Path, *, without_imports: bool) -> float:
    """Run a step in a copy of a checkout; return its wall seconds. Raises RuntimeError if it fails."""
    script = next(path for name in STEPS[step] if (path := folder / "scripts" / name).is_file())
    command = [sys.executable, *(["-X", "importtime"] if without_imports else []), str(script)]
    core = {min(os.sched_getaffinity(0))} if without_imports else os.sched_getaffinity(0)
    begin = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=partial(os.sched_setaffinity, 0, core),
    )
    spent = time.perf_counter() - begin
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return spent - import_seconds(done.stderr) if without_imports else spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--at", default="", metavar="COMMIT", help="default: the files as they are")
    parser.add_argument("--without-imports", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copied(args.at, Path(folder))
        subprocess.run([sys.executable, "-m", "compileall", "-q", f"{folder}/src"], check=True)
        spent = seconds(args.step, Path(folder), without_imports=args.without_imports)
    print(json.dumps({"seconds": spent}))


if __name__ == "__main__":
    main()
