"""The value of a quantity: how much, and of what.

    value     = ( [ bound ] number | number ".." number ) " " unit
    bound     = "~" | ">" | "<" | ">=" | "<="
    number    = digits [ "." digits ]
    unit      = a lower-case word in the singular, or a currency of ISO 4217

`9 person`, `>=1000 person`, `~40 aircraft`, `2..3 vessel`, `7000000000 USD`. Digits have no separators.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_QUANTITY = re.compile(
    rf"(?:(?P<bound>[<>]=?|~)?(?P<number>{_NUMBER})|(?P<low>{_NUMBER})\.\.(?P<high>{_NUMBER}))"
    r" (?P<unit>[a-z]+|[A-Z]{3})"
)


@dataclass(frozen=True)
class Quantity:
    """A parsed quantity. bound: "", "~", "<", ">", "<=" or ">="; high: None where it is no range."""

    bound: str
    low: Decimal
    high: Decimal | None
    unit: str


def parse_quantity(value: str) -> Quantity:
    """Return the quantity that a value writes.

    Raises ValueError saying what is wrong with it.
    """
    match = _QUANTITY.fullmatch(value)
    if match is None:
        raise ValueError("a quantity is a number, a blank and a unit: `~40 aircraft`, `7000000000 USD`")
    low = Decimal(match["number"] or match["low"])
    high = Decimal(match["high"]) if match["high"] else None
    if high is not None and high <= low:
        raise ValueError(f"the range {low}..{high} does not rise")
    return Quantity(match["bound"] or "", low, high, match["unit"])


def is_quantity(value: str) -> bool:
    """Say whether a value is a quantity."""
    try:
        parse_quantity(value)
    except ValueError:
        return False
    return True
