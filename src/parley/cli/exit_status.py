"""How a call of Parley ends: its exit status, and what is printed with it. The one place for both.

| status | meaning |
| --- | --- |
| 0 | done |
| 1 | the data has faults, each printed with its place and remedy |
| 2 | the call or its surroundings are wrong: cause and remedy |
| 70 | a defect of Parley: the traceback, and a request for a report |
| 130 | interrupted |
| 141 | the reader of the output is gone |
"""

from __future__ import annotations

import io
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from types import FrameType

from parley import faults
from parley.runtime.counts import counted
from parley.runtime.memory import prepare_process

DONE, FAULTY, MISUSED, DEFECT, INTERRUPTED, UNREAD = 0, 1, 2, 70, 130, 141
DISTRIBUTION = "parley-corpus"

# Modules whose distribution has another name.
_DISTRIBUTIONS = {
    "cassis": "dkpro-cassis",
    "yaml": "pyyaml",
    "markdown_it": "markdown-it-py",
    "py4j": "pyspark",
    "sklearn": "scikit-learn",
}


def finish(step: Callable[[], int | None]) -> None:
    """Run a step and end the process with its exit status.

    Data faults are printed in full (as GitHub annotations too if GITHUB_ACTIONS is set), a misuse as cause
    and remedy. Nothing that was written is lost in any case: files are replaced when they are complete.
    """
    prepare_process()
    if isinstance(sys.stdout, io.TextIOWrapper):  # what its encoding lacks is shown as an escape
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with signals_interrupt():
            status = step() or DONE
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit) as end:
        # `| head` closed our output: nobody knows what the step would have found. rich exits with 1 then.
        if isinstance(end, SystemExit) and not isinstance(end.__context__, BrokenPipeError):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        status = UNREAD
    except KeyboardInterrupt:
        _say("stopped")
        status = INTERRUPTED
    except Exception as error:
        status = _report(error)
    sys.exit(status)


@contextmanager
def signals_interrupt() -> Iterator[None]:
    """Make a request to terminate, or a closed terminal, end like Ctrl-C: nothing unfinished is left."""

    def interrupt(sign: int, _frame: FrameType | None) -> None:
        signal.signal(sign, signal.SIG_IGN)  # what is unfinished is being removed
        raise KeyboardInterrupt

    before = {sign: signal.signal(sign, interrupt) for sign in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def print_faults(found: list[faults.Fault]) -> None:
    """Print faults to stderr, and as workflow commands to stdout under GitHub Actions."""
    _say("\n".join(faults.as_text(found)))
    _say(counted(len(found), "fault"))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print(*faults.as_github(found, Path.cwd()), sep="\n")  # noqa: T201 - read by the workflow runner


def extra_of(module: str) -> str | None:
    """Return the extra that installs a module, "" if the base does, None if Parley does not use it.

    An extra named after the work comes before `all` and `dev`, which only repeat others.
    """
    top = module.partition(".")[0]
    wanted = _DISTRIBUTIONS.get(top, top.replace("_", "-")).lower()
    extras = []
    for requirement in metadata.requires(DISTRIBUTION) or []:
        name = re.match(r"[\w.-]+", requirement)
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", requirement)
        if name and name[0].lower().replace("_", "-").replace(".", "-") == wanted:
            extras.append(extra[1] if extra else "")
    return min(extras, key=lambda extra: (extra in {"all", "dev"}, extra), default=None)


def _report(error: Exception) -> int:
    """Print what went wrong and return the exit status."""
    if isinstance(error, faults.DataFaults):
        print_faults(error.faults)
        return FAULTY
    surroundings = _surroundings(error)
    if surroundings:
        _say(f"error: {surroundings}")
        return MISUSED
    traceback.print_exception(error)
    _say(
        f"This is a defect of Parley {metadata.version(DISTRIBUTION)}, not of your data. Please report it "
        "with the lines above and the command that you typed."
    )
    return DEFECT


def _surroundings(error: Exception) -> faults.UsageError | None:
    """Return an error as one of the call or its surroundings, None if it is a defect of Parley."""
    if isinstance(error, faults.UsageError):
        return error
    if isinstance(error, ModuleNotFoundError) and error.name:
        extra = extra_of(error.name)
        if extra is not None:
            package = f"{DISTRIBUTION}[{extra}]" if extra else DISTRIBUTION
            return faults.UsageError(
                f"this step needs the package {error.name}, which is not installed",
                f"run `pip install '{package}'`",
            )
    of_machine = faults.machine_error(error)
    if of_machine is None and isinstance(error, OSError):
        remedy = "look at the file, folder or address named, and repeat"
        return faults.UsageError(str(error) or type(error).__name__, remedy)
    return of_machine


def _say(message: str) -> None:
    print(message, file=sys.stderr)  # noqa: T201 - the command line is the interface here
