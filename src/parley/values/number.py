"""The value of a number: one spelling each, `-3`, `0`, `12.5`.

At most 15 digits, so that it is the same number as a 64-bit float: that is how it is published.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?")
_DIGITS = 15


def is_number(value: str) -> bool:
    """Say whether a value is a number, spelled as one is here."""
    digits = value.lstrip("-0.").replace(".", "")
    return bool(_NUMBER.fullmatch(value)) and value != "-0" and len(digits) <= _DIGITS


def spelled_or_not(given: float | str) -> str:
    """Return a number as it is spelled here, or as it is if it cannot be: the judge names it.

    A truth value is `true` or `false`.
    """
    if isinstance(given, bool):
        return str(given).lower()
    try:
        return spelled(given)
    except ValueError:
        return str(given)


def spelled(value: str | float) -> str:
    """Return a number as it is spelled here; raises ValueError if it is none.

    >>> spelled(12.50), spelled("1e3"), spelled(-0.0)
    ('12.5', '1000', '0')
    """
    try:
        found = f"{Decimal(str(value)).normalize():f}"
    except InvalidOperation:
        found = ""
    found = "0" if found == "-0" else found
    if not is_number(found):
        raise ValueError(f"a number is written -3, 0 or 12.5, with {_DIGITS} digits at most")
    return found
