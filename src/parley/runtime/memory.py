"""The memory of a process: when Python looks for garbage, and what the allocators keep for the next batch."""

from __future__ import annotations

import ctypes
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_SELDOM = 100_000  # new objects after which it looks; Python's own number is some hundred
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # parameters of glibc's mallopt
_KEPT = 1 << 30  # bytes


def prepare_process() -> None:
    """Have a process look for garbage seldom, and keep the memory that it frees; before it imports Arrow.

    To import libraries takes a tenth less time then. Columns of some MB, which are made and dropped batch by
    batch, are in memory that it has already: else the allocators give each back to the kernel, and a fifth
    of the time of an agreement goes into getting it again, page by page.
    """
    gc.set_threshold(_SELDOM)
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # the C library's
    with suppress(OSError, TypeError, AttributeError):  # where that is not glibc
        allocator = ctypes.CDLL(None)
        allocator.mallopt(_MMAP_THRESHOLD, _KEPT)
        allocator.mallopt(_TRIM_THRESHOLD, _KEPT)


def use_close_pool() -> None:
    """Have Arrow allocate by jemalloc in this process, if it can.

    Of tables that are made and dropped by the hundred megabytes it keeps a fifth less than the C library,
    for a twentieth more of the time.
    """
    import pyarrow as pa

    if "jemalloc" in pa.supported_memory_backends():
        pa.set_memory_pool(pa.jemalloc_memory_pool())


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
