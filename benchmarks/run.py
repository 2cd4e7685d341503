"""Measure Parley beside what people script today, in one run on one machine; write benchmarks/RESULTS.md.

Every figure is a whole process, started anew, one after the other in rounds; what is compared is the ratio of
medians, as the machine's own speed cancels in it. Exports are made up from a seed and kept in build/bench.

  make bench                                         all of it, half an hour or more
  python benchmarks/run.py --groups export --tasks 2000 --rounds 1     a look, in a minute
  python benchmarks/run.py --groups export --only 'parley*' 'limit*'   some rows again; the others stay
  python benchmarks/run.py --groups steps --only 'agreement parley*' --against 01e8f11
                                                     today's rows beside an earlier commit's, printed only
  python benchmarks/run.py --render                  RESULTS.md and SCALE.md again from results.json

Exit status: 0 done, 1 a command failed, 2 wrong call.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

import results
from case import ROOT, Case
from groups import GROUPS, render
from measure import Failed, measure
from revision import case_at, checkout
from rich.progress import track

HERE = Path(__file__).parent

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("--groups", nargs="+", choices=GROUPS, default=list(GROUPS), metavar="GROUP",
                    help=f"of {', '.join(GROUPS)}; default: all")  # fmt: skip
parser.add_argument("--tasks", type=int, default=20_000, metavar="N", help="size of the compared input")
parser.add_argument("--rounds", type=int, default=3, metavar="N", help="runs of each way; the median counts")
parser.add_argument(
    "--only",
    nargs="+",
    default=["*"],
    metavar="PATTERN",
    help="rows by name; the others stay as they are in results.json",
)
parser.add_argument(
    "--against", metavar="COMMIT", help="measure Parley's rows here and at a commit; write nothing"
)
parser.add_argument(
    "--render", action="store_true", help="measure nothing; write RESULTS.md and SCALE.md from results.json"
)


def machine() -> dict[str, str]:
    """Return what the figures were measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "processor": model,
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory:.0f} GB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
    }


def measured_runs(cases: Sequence[Case], rounds: int, title: str) -> dict[str, list[results.Figure]]:
    """Return the figures of cases by name, measured in rounds one after the other. Raises Failed."""
    runs: dict[str, list[results.Figure]] = {case.name: [] for case in cases}
    steps = [case for number in range(rounds) for case in cases if number < case.rounds]
    for case in track(steps, title):
        with case.prepared() as command:
            run = measure(command, case.folder)
        figure = results.Figure(*case.counted(run))
        runs[case.name].append(figure)
        print(f"  {case.name:<36}{figure.seconds:9.2f} s {figure.peak_mb:9.0f} MB", file=sys.stderr)
    return runs


def print_comparison(group: str, cases: Sequence[Case], rounds: int, revision: str) -> None:
    """Measure Parley's rows here and at an earlier commit in turns, and print the ratio of medians."""
    with checkout(revision) as folder:
        pairs = [
            (case, replace(before, name=f"{case.name} at {revision}"))
            for case in cases
            if (before := case_at(case, folder))
        ]
        runs = measured_runs([case for pair in pairs for case in pair], rounds, f"comparing {group}")
    for pair in pairs:
        now, before = (results.row(case, runs[case.name], "") for case in pair)
        seconds = f"{before.seconds:8.2f} s → {now.seconds:8.2f} s, {now.seconds / before.seconds:.2f}×"
        print(f"{now.name:<32} {seconds}; {before.peak_mb:6.0f} MB → {now.peak_mb:6.0f} MB")


def main() -> int:
    args = parser.parse_args()
    try:
        for group in () if args.render else args.groups:
            found = GROUPS[group].cases(ROOT / "build" / "bench", args.tasks)
            chosen = [case for case in found if any(fnmatch(case.name, pattern) for pattern in args.only)]
            if args.against:
                print_comparison(group, chosen, args.rounds, args.against)
                continue
            runs = measured_runs(chosen, args.rounds, f"measuring {group}")
            measured = results.read(HERE / "results.json")
            today = datetime.now(UTC).date().isoformat()
            rows = results.merged(found, runs, measured.get(group), today)
            measured[group] = results.Group(machine(), rows)
            results.write(HERE / "results.json", measured)
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    if not args.against:
        render(HERE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
