"""Numbers and strings as bytes: what crosses from one process to another, and becomes columns there.

It needs neither numpy nor pyarrow, so a process that only reads does not wait for them.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Sequence

MARK = "\0"  # between strings that are encoded together

Strings = bytes | list[bytes]


def integers(values: Sequence[int]) -> bytes:
    """Return integers as 32 bits each, in this machine's order; raises struct.error where one needs more."""
    return struct.pack(f"={len(values)}i", *values)


def strings(values: Sequence[str]) -> Strings:
    """Return strings in UTF-8 with a mark between; where one of them holds a mark, each by itself."""
    together = MARK.join(values).encode()
    if together.count(0) == max(0, len(values) - 1):
        return together
    return [value.encode() for value in values]


class Texts:
    """Strings that are gathered one behind the other in UTF-8, as a column holds them.

    data: all of them. ends: the byte at which each ends, behind a 0.
    """

    def __init__(self) -> None:
        self.data = bytearray()
        self.ends = array("i", [0])

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, row: int) -> str:
        return self.data[self.ends[row] : self.ends[row + 1]].decode()

    def __iter__(self) -> Iterator[str]:
        return map(self.__getitem__, range(len(self)))

    def append(self, text: str) -> None:
        """Add a string; raises OverflowError where all have 2 GiB or more."""
        self.data += text.encode()
        self.ends.append(len(self.data))

    def cut(self, size: int) -> None:
        """Keep the first strings only."""
        del self.ends[size + 1 :]
        del self.data[self.ends[-1] :]
