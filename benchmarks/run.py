"""Measure Parley beside what people script today, in one run on one machine; write benchmarks/RESULTS.md.

Every figure is a whole process, started anew, one after the other in rounds; what is compared is the ratio of
medians, as the machine's own speed cancels in it. Exports are made up from a seed and kept in build/bench.

  make bench                                         all of it, half an hour or more
  python benchmarks/run.py --groups export --tasks 2000 --rounds 1     a look, in a minute
  python benchmarks/run.py --groups export --only 'parley*' 'limit*'   some rows again; the others stay
  python benchmarks/run.py --render                  RESULTS.md again from results.json

Exit status: 0 done, 1 a command failed, 2 wrong call.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

import cases
import results
from measure import Failed, measure
from rich.progress import track

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("--groups", nargs="+", choices=cases.GROUPS, default=list(cases.GROUPS), metavar="GROUP",
                    help=f"of {', '.join(cases.GROUPS)}; default: all")  # fmt: skip
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
    "--render", action="store_true", help="measure nothing; write RESULTS.md from results.json"
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


def main() -> int:
    args = parser.parse_args()
    if not args.render:
        measured = results.read(HERE / "results.json")
        for group in args.groups:
            found = cases.of(group, ROOT, args.tasks)
            chosen = [case for case in found if any(fnmatch(case.name, pattern) for pattern in args.only)]
            runs: dict[str, list[results.Figure]] = {case.name: [] for case in chosen}
            steps = [
                (number, case) for number in range(args.rounds) for case in chosen if number < case.rounds
            ]
            for _, case in track(steps, f"measuring {group}"):
                with case.prepared() as command:
                    try:
                        run = measure(command, ROOT)
                    except Failed as error:
                        print(error, file=sys.stderr)
                        return 1
                figure = results.Figure(case.seconds(run), run.peak_mb)
                runs[case.name].append(figure)
                print(f"  {case.name:<28}{figure.seconds:9.2f} s {figure.peak_mb:9.0f} MB", file=sys.stderr)
            measured[group] = results.Group(
                machine=machine(),
                date=datetime.now(UTC).date().isoformat(),
                rows=results.merged(found, runs, measured.get(group)),
            )
            results.write(HERE / "results.json", measured)
    results.render(HERE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
