"""What every script does the same: --root, progress on a terminal, faults and exit status.

Exit status 0: done. 1: the data has faults. 2: the call or its surroundings are wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from parley import faults

DONE, FAULTY, MISUSED = 0, 1, 2
UNHEARD = 141  # as a shell says of a program whose reader has gone

# numpy's linear algebra starts a thread a core when it is imported. It is given no more than the draws of
# agreement's bootstrap times counts of a few columns: at 20,000 articles about 1 s in all, and two threads
# took no less.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def parser(doc: str, script: str, *, root: bool = True) -> argparse.ArgumentParser:
    """Return a parser that teaches: the script's docstring as its help, and --root.

    doc: the script's `__doc__`. script: its `__file__`; the checkout above it is the default root. root:
    whether the script works on a corpus folder.
    """
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    if not root:
        return made
    made.add_argument(
        "--root",
        type=Path,
        default=Path(script).resolve().parents[1],
        metavar="FOLDER",
        help="corpus folder that holds seeds/, annotation/, validation/, dataset/ (default: this checkout)",
    )
    return made


def run(step: Callable[[], int | None]) -> None:
    """Run one step and leave the process with its exit status.

    Data faults are printed in full (as GitHub annotations too where GITHUB_ACTIONS is set), a misuse as
    cause and remedy. Anything else is a defect of Parley and keeps its traceback.
    """
    try:
        status = step() or DONE
    except faults.DataFaults as found:
        print_faults(found.faults)
        status = FAULTY
    except faults.UsageError as misuse:
        print(f"error: {misuse}", file=sys.stderr)  # noqa: T201 - the command line is the interface here
        status = MISUSED
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)  # noqa: T201 - the command line is the interface here
        status = 130
    except BrokenPipeError:  # `| head` closed our output: what the step would have found nobody knows
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = UNHEARD
    sys.exit(status)


def print_faults(found: list[faults.Fault]) -> None:
    """Print faults to stderr, and as workflow commands to stdout under GitHub Actions."""
    for line in faults.as_text(found):
        print(line, file=sys.stderr)  # noqa: T201 - the command line is the interface here
    print(f"{len(found)} fault{'s' if len(found) != 1 else ''}", file=sys.stderr)  # noqa: T201
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in faults.as_github(found):
            print(line)  # noqa: T201 - read by the workflow runner
