"""A limit on the time of work whose length a hand-kept file decides: regular expressions that backtrack."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from parley.faults import UsageError


@contextmanager
def time_limit(seconds: float, what: Callable[[], str]) -> Iterator[None]:
    """End work that takes more than some seconds of the processor, in the midst of a match too.

    what: returns what is at work, for the message. `re` looks for signals while it matches. There is no limit
    in a thread but the first one, and on a system without timers (Windows). Raises UsageError.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        raise UsageError(
            f"{what()} takes more than the limit of {seconds:g} seconds",
            "write a pattern that repeats no repetition, as `(a+)+` does, or raise the limit: "
            f"PARLEY_LIMIT=seconds={6 * seconds:g}",
        )

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 1)  # again, if a library keeps the first to itself
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
