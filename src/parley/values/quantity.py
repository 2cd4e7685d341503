"""The value of a quantity: how much, and of what.

    value     = bounded " " unit                  (`values.bounds`: a number with a bound, or a range)
    number    = digits [ "." digits ]
    unit      = a lower-case word in the singular, or a currency of ISO 4217

`9 person`, `>=1000 person`, `~40 aircraft`, `2..3 vessel`, `7000000000 USD`. Digits have no separators.

What numbers a quantity allows is an interval. `~` allows whatever rounds to the number at its last digit that
is not 0, and at least a tenth of it either way: `~40` allows 35 to 45, `~41` 36.9 to 45.1. It is wide on
purpose: two intervals that do not meet exclude each other, which must not be said wrongly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from parley.values.bounds import bounded

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_UNIT = re.compile(r"[a-z]+|[A-Z]{3}")


@dataclass(frozen=True)
class Quantity:
    """A parsed quantity. bound: "", "~", "<", ">", "<=" or ">="; high: None if it is not a range."""

    bound: str
    low: Decimal
    high: Decimal | None
    unit: str

    @property
    def interval(self) -> Interval:
        """The numbers that it allows; none is below 0."""
        if self.high is not None:
            return Interval(self.low, self.high)
        if self.bound == "~":
            last_digit = int(self.low.normalize().as_tuple().exponent)
            reach = max(Decimal(5).scaleb(last_digit - 1), self.low / 10)
            return Interval(max(self.low - reach, Decimal(0)), self.low + reach)
        if self.bound in (">", ">="):
            return Interval(self.low, None, is_open=self.bound == ">")
        if self.bound in ("<", "<="):
            return Interval(Decimal(0), self.low, is_open=self.bound == "<")
        return Interval(self.low, self.low)


@dataclass(frozen=True)
class Interval:
    """The numbers from low to high. high: None if they have no end. is_open: the bound is not among them.

    The bound of an open interval is high, if it has one, else low.
    """

    low: Decimal
    high: Decimal | None
    is_open: bool = False

    def excludes(self, other: Interval) -> bool:
        """Say whether no number is in both."""
        return self._is_below(other) or other._is_below(self)

    def _is_below(self, other: Interval) -> bool:
        if self.high is None:
            return False
        meets = self.is_open or (other.is_open and other.high is None)
        return self.high <= other.low if meets else self.high < other.low


def parse_quantity(value: str) -> Quantity:
    """Return the quantity that a value writes. Raises ValueError with what is wrong with it."""
    amount, _, unit = value.rpartition(" ")
    bound, *ends = bounded(amount)
    numbers = [Decimal(end) for end in ends if end and _NUMBER.fullmatch(end)]
    if len(numbers) < sum(map(bool, ends)) or not numbers or not _UNIT.fullmatch(unit):
        raise ValueError("a quantity is a number, a blank and a unit: `~40 aircraft`, `7000000000 USD`")
    if numbers[1:] and numbers[1] <= numbers[0]:
        raise ValueError(f"the range {amount} does not rise")
    return Quantity(bound, numbers[0], numbers[1] if numbers[1:] else None, unit)


def is_quantity(value: str) -> bool:
    """Say whether a value is a quantity."""
    try:
        parse_quantity(value)
    except ValueError:
        return False
    return True
