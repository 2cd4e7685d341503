"""Bounds of a value, the same for times and quantities: at least, at most, about, or from one to another.

bounded = [ bound ] value | value ".." value
bound   = "~" | ">" | "<" | ">=" | "<="
"""

from __future__ import annotations

import re
from typing import NamedTuple

_BOUNDED = re.compile(r"(?P<bound>[<>]=?|~)?(?P<low>.+?)(?:\.\.(?P<high>.+))?", re.DOTALL)


class BoundedValue(NamedTuple):
    """What is bounded. bound: "", "~", "<", ">", "<=" or ">="; low: the value; high: "" or a range's end."""

    bound: str
    low: str
    high: str


def bounded(value: str) -> BoundedValue:
    """Return a value without its bound, or both ends of a range.

    Raises ValueError if a range has a bound.

    >>> bounded(">=P30D"), bounded("2..3")
    (BoundedValue(bound='>=', low='P30D', high=''), BoundedValue(bound='', low='2', high='3'))
    """
    match = _BOUNDED.fullmatch(value)
    bound, low, high = (match[name] or "" for name in ("bound", "low", "high")) if match else ("", value, "")
    if bound and high:
        raise ValueError(f"a range has no bound besides: {low}..{high}")
    return BoundedValue(bound, low, high)
