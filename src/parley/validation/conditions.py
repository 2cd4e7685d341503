"""What Parley's own expectations ask of a row, over whole columns at once.

Each condition takes the columns in the order its expectation names them and returns True where a row is as
expected. They know pandas alone, so that both of Great Expectations' engines run the same code: its pandas
engine on the table, its Spark engine through a pandas UDF on Arrow batches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from parley.values.quantity import is_quantity
from parley.values.timex3 import is_timex3

if TYPE_CHECKING:
    import pandas as pd


def fits_label(columns: pd.DataFrame, *, legal: Mapping[str, Sequence[str]]) -> pd.Series[bool]:
    """Expect the second column to hold what `legal` allows beside the label in the first, or nothing.

    A label that `legal` does not name allows anything.
    """
    label, value = columns.iloc[:, 0], columns.iloc[:, 1]
    expected = value.isna() | ~label.isin(list(legal))
    for name, values in legal.items():
        expected |= (label == name) & value.isin(list(values))
    return expected.astype(bool)


def absent_on(columns: pd.DataFrame, *, labels: Sequence[str]) -> pd.Series[bool]:
    """Expect nothing in the second column where the label in the first is one of `labels`."""
    return (columns.iloc[:, 1].isna() | ~columns.iloc[:, 0].isin(list(labels))).astype(bool)


def present_on(
    columns: pd.DataFrame, *, labels: Sequence[str], when: Mapping[str, Sequence[str]]
) -> pd.Series[bool]:
    """Expect something in the second column where the label in the first is one of `labels`.

    when: another column → values; only rows with one of the values in one of the columns are asked. Empty:
    all rows are.
    """
    asked = columns.iloc[:, 0].isin(list(labels))
    if when:
        meant = columns.iloc[:, 0].isna()
        for name, values in when.items():
            meant |= columns[name].isin(list(values))
        asked &= meant
    return (columns.iloc[:, 1].notna() | ~asked).astype(bool)


def timex3_on(columns: pd.DataFrame, *, labels: Sequence[str]) -> pd.Series[bool]:
    """Expect a TIMEX3 value, or nothing, in the second column where the label is one of `labels`."""
    return _parses_on(columns, labels, is_timex3)


def quantity_on(columns: pd.DataFrame, *, labels: Sequence[str]) -> pd.Series[bool]:
    """Expect a number and a unit, or nothing, in the second column where the label is one of `labels`."""
    return _parses_on(columns, labels, is_quantity)


def _parses_on(
    columns: pd.DataFrame, labels: Sequence[str], parses: Callable[[str], bool]
) -> pd.Series[bool]:
    label, value = columns.iloc[:, 0], columns.iloc[:, 1]
    asked = label.isin(list(labels)) & value.notna()
    wrong = [v for v in value[asked].unique() if not parses(v)]  # values repeat: each is parsed once
    return (~(asked & value.isin(wrong))).astype(bool)


def both_present(columns: pd.DataFrame) -> pd.Series[bool]:
    """Expect something in the second column where there is something in the first."""
    return (columns.iloc[:, 0].isna() | columns.iloc[:, 1].notna()).astype(bool)


def differ(columns: pd.DataFrame) -> pd.Series[bool]:
    """Expect the two columns to differ."""
    return (columns.iloc[:, 0] != columns.iloc[:, 1]).astype(bool)


def same_where(columns: pd.DataFrame, *, labels: Sequence[str]) -> pd.Series[bool]:
    """Expect the second and third column to be equal where the label in the first is one of `labels`."""
    first, second = columns.iloc[:, 1], columns.iloc[:, 2]
    unknown = first.isna() | second.isna()
    return (unknown | (first == second) | ~columns.iloc[:, 0].isin(list(labels))).astype(bool)


def counted_on(columns: pd.DataFrame, *, labels: Sequence[str]) -> pd.Series[bool]:
    """Expect a count of one or more in the second column where the label is one of `labels`.

    A third column, where there is one, excuses the rows in which it holds anything.
    """
    asked = columns.iloc[:, 0].isin(list(labels))
    if columns.shape[1] > 2:
        asked &= columns.iloc[:, 2].isna()
    return ((columns.iloc[:, 1] > 0) | ~asked).astype(bool)
