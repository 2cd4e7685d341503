"""The value of a quantity: how much, and of what.

    value     = [ bound ] number [ ".." number ] " " unit { " " unit }
    bound     = "~" | ">" | "<" | ">=" | "<="
    number    = digits [ "." digits ], or X alone where the text leaves it open, as in TIMEX3's PXD
    unit      = anything without blanks that begins with a letter, a currency sign, % or °

`40 aircraft`, `~2500000 km2` (2.5 million is written out), `2..3 week`, `>=1000 person`, `30 %`, `X person`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_QUANTITY = re.compile(
    r"(?P<bound>[<>]=?|~)?(?P<low>X|\d+(?:\.\d+)?)(?:\.\.(?P<high>\d+(?:\.\d+)?))?"
    r" (?P<unit>(?:[^\W\d_]|[%°$€£₽₴])\S*)"
    r"(?P<more>(?: \S+)*)"
)


@dataclass(frozen=True)
class Quantity:
    """A parsed quantity. bound: "", "~", "<", ">", "<=" or ">="; low: None where the text leaves it open."""

    bound: str
    low: Decimal | None
    high: Decimal | None
    unit: str


def parse_quantity(value: str) -> Quantity:
    """Return the quantity that a value writes.

    Raises ValueError saying what is wrong with it.
    """
    match = _QUANTITY.fullmatch(value)
    if match is None:
        raise ValueError("a quantity is a number, a space and a unit: `40 aircraft`, `~2..3 week`")
    low = None if match["low"] == "X" else Decimal(match["low"])
    high = Decimal(match["high"]) if match["high"] else None
    if low is None and (high is not None or match["bound"]):
        raise ValueError("an open number X has no bound and no range")
    if low is not None and high is not None and high <= low:
        raise ValueError(f"the range {low}..{high} does not rise")
    return Quantity(match["bound"] or "", low, high, match["unit"] + match["more"])


def is_quantity(value: str) -> bool:
    """Say whether a value is a quantity."""
    try:
        parse_quantity(value)
    except ValueError:
        return False
    return True
