"""Memory: when the garbage collector runs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
