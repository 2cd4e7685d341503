"""When Python's garbage collector looks at the objects of a process."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = 100_000  # new objects after which it looks; Python's own number is some hundred


def collect_seldom() -> None:
    """Have it look seldom in this process: to import libraries takes a tenth less time."""
    gc.set_threshold(_SELDOM)


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Do without the garbage collector for a batch of labels.

    It would look at each of a million objects again and again, none of them in a cycle: two thirds of the
    time that Python takes to turn label files into columns.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
