"""How far long work is, on a terminal, and silence elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import BinaryIO, TypeVar

Item = TypeVar("Item")


def bar(items: Iterable[Item], what: str, total: int | None = None) -> Iterator[Item]:
    """Yield the items; show on stderr how far it is, where stderr is a terminal.

    total: how many there are, where `items` cannot tell.
    """
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    if total is None and isinstance(items, Sized):
        total = len(items)
    yield from track(items, what, total=total, console=Console(stderr=True), transient=True)


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
