"""Lists of numbers and strings as bytes: what crosses from one process to another, and becomes columns there.

It needs neither numpy nor pyarrow, so a process that only reads does not wait for them.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

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
