"""What is legal as the value of an attribute, by its kind."""

from __future__ import annotations

from collections.abc import Callable

from parley.values.number import is_number
from parley.values.quantity import is_quantity
from parley.values.several import is_several
from parley.values.timex3 import is_timex3

LEGAL: dict[str, Callable[[str], bool]] = {
    "timex3": is_timex3,
    "quantity": is_quantity,
    "text": lambda value: bool(value) and value.isprintable() and value == value.strip(),
    "number": is_number,
    "ids": is_several,  # of an entity that names several rows
}
