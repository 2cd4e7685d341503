"""How much of a file is read, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO


@contextmanager
def reading(file: BinaryIO, size: int, what: str) -> Iterator[BinaryIO]:
    """Yield a file of `size` bytes; show on stderr how much of it is read, where stderr is a terminal."""
    if not sys.stderr.isatty():
        yield file
        return
    from rich.console import Console
    from rich.progress import wrap_file

    with wrap_file(file, size, description=what, console=Console(stderr=True), transient=True) as shown:
        yield shown
