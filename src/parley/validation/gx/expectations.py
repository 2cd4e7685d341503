"""Parley's own expectations, known to Great Expectations once this module is imported.

Importing it costs the import of Great Expectations, seconds: only what judges does. Each expectation is a
multicolumn map expectation with one condition over whole columns, empty cells included: a function of the
columns, in the order in which the expectation names them, that is True for each row that is as expected.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, TypeAlias

from parley.runtime.lazy_imports import deferred, hidden
from parley.values.legal import LEGAL

# read once, when the library is imported: nothing is sent to its makers
os.environ["GX_ANALYTICS_ENABLED"] = "false"

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

    Flags: TypeAlias = pd.Series[bool]
    Column: TypeAlias = pd.Series[str]
    Condition: TypeAlias = Callable[..., Flags]


def _expectation(**arguments: object) -> Callable[[Condition], Condition]:
    """Register a condition as the expectation of its name. arguments: the types of its own, by name."""

    def register(condition: Condition) -> Condition:
        def pandas(cls: type, column_list: pd.DataFrame, **kwargs: object) -> Flags:
            columns = (column for _, column in column_list.items())
            return condition(*columns, **{name: kwargs[name] for name in arguments}).astype(bool)

        name, keys = f"multicolumn_values.{condition.__name__.removeprefix('expect_')}", tuple(arguments)
        metric = {
            "condition_metric_name": name,
            "condition_value_keys": keys,
            "_pandas": multicolumn_condition_partial(engine=PandasExecutionEngine)(pandas),
        }
        type(f"Metric_{name}", (MulticolumnMapMetricProvider,), metric)
        kind = {
            "__module__": __name__,
            "__doc__": condition.__doc__,
            "__annotations__": {"ignore_row_if": str, **arguments},
            "ignore_row_if": "never",
            "map_metric": name,
            "success_keys": ("mostly", *keys),
            "args_keys": ("column_list", *keys),
        }
        camel = condition.__name__.title().replace("_", "")
        type(MulticolumnMapExpectation)(camel, (MulticolumnMapExpectation,), kind)
        return condition

    return register


@_expectation(legal=dict[str, list[str]])
def expect_column_pair_to_fit_label(
    label: Column, value: Column, *, legal: Mapping[str, Sequence[str]]
) -> Flags:
    """Expect a value that is legal for the label, or none. A label that is not in `legal` allows anything."""
    expected = value.isna() | ~label.isin(list(legal))
    for name, values in legal.items():
        expected |= (label == name) & value.isin(list(values))
    return expected


@_expectation(labels=list[str])
def expect_value_to_be_absent_on_labels(label: Column, value: Column, *, labels: Sequence[str]) -> Flags:
    """Expect no value on some labels."""
    return value.isna() | ~label.isin(list(labels))


@_expectation(labels=list[str], when=dict[str, list[str]])
def expect_value_to_be_present_on_labels(
    label: Column, value: Column, *others: Column, labels: Sequence[str], when: Mapping[str, Sequence[str]]
) -> Flags:
    """Expect a value on some labels.

    when: another column → values; it is expected only of rows with one of the values in one of the columns.
    Empty: of all rows.
    """
    asked = label.isin(list(labels))
    if when:
        by_name = {column.name: column for column in (label, value, *others)}
        asked &= reduce(or_, (by_name[name].isin(list(values)) for name, values in when.items()))
    return value.notna() | ~asked


def _legal_on_labels(kind: str) -> Condition:
    def condition(label: Column, value: Column, *, labels: Sequence[str]) -> Flags:
        asked = label.isin(list(labels)) & value.notna()
        wrong = [v for v in value[asked].unique() if not LEGAL[kind](v)]  # values repeat: each is parsed once
        return ~(asked & value.isin(wrong))

    condition.__name__ = f"expect_{kind}_on_labels"
    condition.__doc__ = f"Expect a legal value of the kind {kind}, or none, on some labels."
    return condition


for _kind in LEGAL:
    _expectation(labels=list[str])(_legal_on_labels(_kind))


@_expectation()
def expect_second_column_where_first(first: Column, second: Column) -> Flags:
    """Expect something in the second column if there is something in the first."""
    return first.isna() | second.notna()


@_expectation()
def expect_column_pair_to_differ(first: Column, second: Column) -> Flags:
    """Expect the two columns to differ."""
    return first != second


@_expectation(labels=list[str])
def expect_ends_to_share_label(label: Column, head: Column, tail: Column, *, labels: Sequence[str]) -> Flags:
    """Expect both ends of some relations to have the same label."""
    return head.isna() | tail.isna() | (head == tail) | ~label.isin(list(labels))


@_expectation(labels=list[str])
def expect_relation_of_spans(
    label: Column, count: pd.Series[int], *excuse: Column, labels: Sequence[str]
) -> Flags:
    """Expect spans of some labels to be the head of a relation, or to hold anything in the excuse."""
    asked = label.isin(list(labels))
    for column in excuse:
        asked &= column.isna()
    return (count > 0) | ~asked
