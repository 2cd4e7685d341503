"""One expectation, in the form of Great Expectations.

It carries a `description` (what Data Docs show) and, in its `meta`, the fault code of the rows it does not
expect and `says`, a message with columns of such a row in braces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Expectation = dict[str, Any]


def expect(fault: str, description: str, says: str, asked: tuple[str, dict[str, Any]]) -> Expectation:
    """Return one expectation. says: str.format over the columns of a row. asked: type and arguments."""
    kind, kwargs = asked
    meta = {"fault": fault, "says": says}
    return {"type": kind, "kwargs": kwargs, "meta": meta, "description": description}


def rule(asks: str, *columns: str, **kwargs: object) -> tuple[str, dict[str, Any]]:
    """Return type and arguments of an expectation. asks: its type without `expect_`."""
    named: dict[str, object] = {"column_list": list(columns)}
    if asks.startswith("column_pair_values"):
        named = {"column_A": columns[0], "column_B": columns[1]}
    elif asks.startswith("column_values"):
        named = {"column": columns[0]}
    return f"expect_{asks}", named | kwargs


def any_of(names: Sequence[str]) -> str:
    """Return names as a choice: `A, B or C`."""
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
