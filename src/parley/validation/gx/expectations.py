"""Parley's own expectations, known to Great Expectations once this module is imported.

Importing it costs the import of Great Expectations, seconds: only what judges does. Each expectation is a
multicolumn map expectation with one condition over whole columns. A condition takes the columns in the order
in which the expectation names them, and returns True for each row that is as expected. What is expected in a
particular suite is said by the `description` there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from parley.runtime.lazy_imports import deferred, hidden
from parley.values.quantity import is_quantity
from parley.values.timex3 import is_timex3

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read once, when the library is imported: nobody is told of it

# altair and scipy.stats are for one expectation's plot and its divergence: 40 % of the import; the engines of
# pyspark (20 %) and sqlalchemy are not used
with deferred("altair", "scipy.stats"), hidden("pyspark", "sqlalchemy"):
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.expectations.expectation import MulticolumnMapExpectation
    from great_expectations.expectations.metrics.map_metric_provider import (
        MulticolumnMapMetricProvider,
        multicolumn_condition_partial,
    )

if TYPE_CHECKING:
    import pandas as pd


# ---- conditions --------------------------------------------------------------------------------------------


def fits_label(columns: pd.DataFrame, *, legal: Mapping[str, Sequence[str]]) -> pd.Series[bool]:
    """Expect the second column to hold what `legal` allows for the label in the first, or nothing.

    A label that `legal` does not name allows anything.
    """
    label, value = columns.iloc[:, 0], columns.iloc[:, 1]
    expected = value.isna() | ~label.isin(list(legal))
    for name, values in legal.items():
        expected |= (label == name) & value.isin(list(values))
    return expected.astype(bool)


def absent_on(columns: pd.DataFrame, *, labels: Sequence[str]) -> pd.Series[bool]:
    """Expect nothing in the second column if the label in the first is one of `labels`."""
    return (columns.iloc[:, 1].isna() | ~columns.iloc[:, 0].isin(list(labels))).astype(bool)


def present_on(
    columns: pd.DataFrame, *, labels: Sequence[str], when: Mapping[str, Sequence[str]]
) -> pd.Series[bool]:
    """Expect something in the second column if the label in the first is one of `labels`.

    when: another column → values; it is expected only of rows with one of the values in one of the columns.
    Empty: of all rows.
    """
    asked = columns.iloc[:, 0].isin(list(labels))
    if when:
        meant = columns.iloc[:, 0].isna()
        for name, values in when.items():
            meant |= columns[name].isin(list(values))
        asked &= meant
    return (columns.iloc[:, 1].notna() | ~asked).astype(bool)


def timex3_on(columns: pd.DataFrame, *, labels: Sequence[str]) -> pd.Series[bool]:
    """Expect a TIMEX3 value, or nothing, in the second column if the label is one of `labels`."""
    return _parses_on(columns, labels, is_timex3)


def quantity_on(columns: pd.DataFrame, *, labels: Sequence[str]) -> pd.Series[bool]:
    """Expect a number and a unit, or nothing, in the second column if the label is one of `labels`."""
    return _parses_on(columns, labels, is_quantity)


def _parses_on(
    columns: pd.DataFrame, labels: Sequence[str], parses: Callable[[str], bool]
) -> pd.Series[bool]:
    label, value = columns.iloc[:, 0], columns.iloc[:, 1]
    asked = label.isin(list(labels)) & value.notna()
    wrong = [v for v in value[asked].unique() if not parses(v)]  # values repeat: each is parsed once
    return (~(asked & value.isin(wrong))).astype(bool)


def both_present(columns: pd.DataFrame) -> pd.Series[bool]:
    """Expect something in the second column if there is something in the first."""
    return (columns.iloc[:, 0].isna() | columns.iloc[:, 1].notna()).astype(bool)


def differ(columns: pd.DataFrame) -> pd.Series[bool]:
    """Expect the two columns to differ."""
    return (columns.iloc[:, 0] != columns.iloc[:, 1]).astype(bool)


def same_on(columns: pd.DataFrame, *, labels: Sequence[str]) -> pd.Series[bool]:
    """Expect the second and third column to be equal if the label is one of `labels`."""
    first, second = columns.iloc[:, 1], columns.iloc[:, 2]
    unknown = first.isna() | second.isna()
    return (unknown | (first == second) | ~columns.iloc[:, 0].isin(list(labels))).astype(bool)


def counted_on(columns: pd.DataFrame, *, labels: Sequence[str]) -> pd.Series[bool]:
    """Expect a count of one or more in the second column if the label is one of `labels`.

    A third column, if there is one, excuses the rows in which it holds anything.
    """
    asked = columns.iloc[:, 0].isin(list(labels))
    if columns.shape[1] > 2:
        asked &= columns.iloc[:, 2].isna()
    return ((columns.iloc[:, 1] > 0) | ~asked).astype(bool)


# ---- expectations, named in suites by their class: expect_column_pair_to_fit_label -------------------------


def _metric(condition: Callable[..., pd.Series[bool]], *keys: str) -> str:
    """Register the map metric of a condition and return its name. keys: the condition's own arguments."""

    def pandas(cls: type, column_list: pd.DataFrame, **kwargs: object) -> pd.Series[bool]:
        return condition(column_list, **{key: kwargs[key] for key in keys})

    name = f"multicolumn_values.{condition.__name__}"
    type(
        f"Metric_{name}",
        (MulticolumnMapMetricProvider,),
        {
            "condition_metric_name": name,
            "condition_value_keys": keys,
            "_pandas": multicolumn_condition_partial(engine=PandasExecutionEngine)(pandas),
        },
    )
    return name


class _RowExpectation(MulticolumnMapExpectation):  # type: ignore[misc] # untyped library
    """Something expected of several columns of a row; empty cells are judged too."""

    ignore_row_if: str = "never"
    args_keys: ClassVar[tuple[str, ...]] = ("column_list",)


class _LabelsExpectation(_RowExpectation):
    """Something expected of rows of some labels."""

    labels: list[str]
    success_keys: ClassVar[tuple[str, ...]] = ("mostly", "labels")
    args_keys = ("column_list", "labels")


class ExpectColumnPairToFitLabel(_RowExpectation):
    """Expect the second column to hold a value that is legal for the label in the first."""

    legal: dict[str, list[str]]
    map_metric = _metric(fits_label, "legal")
    success_keys = ("mostly", "legal")
    args_keys = ("column_list", "legal")


class ExpectValueToBeAbsentOnLabels(_LabelsExpectation):
    """Expect nothing in the second column on some labels."""

    map_metric = _metric(absent_on, "labels")


class ExpectValueToBePresentOnLabels(_LabelsExpectation):
    """Expect something in the second column on some labels, always or under a condition."""

    when: dict[str, list[str]]
    map_metric = _metric(present_on, "labels", "when")
    success_keys = ("mostly", "labels", "when")


class ExpectTimex3OnLabels(_LabelsExpectation):
    """Expect TIMEX3 values on some labels."""

    map_metric = _metric(timex3_on, "labels")


class ExpectQuantityOnLabels(_LabelsExpectation):
    """Expect a number and a unit on some labels."""

    map_metric = _metric(quantity_on, "labels")


class ExpectSecondColumnWhereFirst(_RowExpectation):
    """Expect something in the second column if there is something in the first."""

    map_metric = _metric(both_present)


class ExpectColumnPairToDiffer(_RowExpectation):
    """Expect two columns to differ."""

    map_metric = _metric(differ)


class ExpectEndsToShareLabel(_LabelsExpectation):
    """Expect both ends of some relations to have the same label."""

    map_metric = _metric(same_on, "labels")


class ExpectRelationOfSpans(_LabelsExpectation):
    """Expect spans of some labels to be the head of a relation, or excused."""

    map_metric = _metric(counted_on, "labels")
