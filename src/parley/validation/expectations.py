"""Parley's own expectations, known to Great Expectations once this module is imported.

Importing it costs the import of Great Expectations, seconds: only what runs a checkpoint does. Each
expectation is a multicolumn map expectation whose condition stands in parley.validation.conditions; what it
asks in a particular suite is said by its `description` there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from parley.runtime.lazy_imports import deferred, hidden
from parley.validation import conditions

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read once, when the library is imported: nobody is told of it

# altair and scipy.stats are for one expectation's plot and its divergence: 40 % of the import; pyspark is
# 20 %, and there already where its engine is asked for; the engine of sqlalchemy is asked for by nobody
with deferred("altair", "scipy.stats"), hidden("pyspark", "sqlalchemy"):
    from great_expectations.execution_engine import PandasExecutionEngine, SparkDFExecutionEngine
    from great_expectations.expectations.expectation import MulticolumnMapExpectation
    from great_expectations.expectations.metrics.map_metric_provider import (
        MulticolumnMapMetricProvider,
        multicolumn_condition_partial,
    )

if TYPE_CHECKING:
    import pandas as pd


def _metric(name: str, keys: tuple[str, ...], condition: Callable[..., pd.Series[bool]]) -> str:
    """Register the map metric of a condition on both engines and return its name."""

    def pandas(cls: type, column_list: pd.DataFrame, **kwargs: object) -> pd.Series[bool]:
        return condition(column_list, **{key: kwargs[key] for key in keys})

    def spark(cls: type, column_list: Any, **kwargs: object) -> Any:  # noqa: ANN401 - Spark is an extra
        import pandas as pd
        from pyspark.sql import functions

        columns, asked = list(column_list.columns), {key: kwargs[key] for key in keys}

        def judge(*series):  # type: ignore[no-untyped-def] # noqa: ANN002, ANN202 - Spark looks at them
            return condition(pd.concat(series, axis=1, keys=columns), **asked)

        judge.__annotations__ = {"series": pd.Series, "return": pd.Series}  # it takes no pd.Series[bool]
        return functions.pandas_udf(judge, "boolean")(*(functions.col(column) for column in columns))

    type(
        f"Metric_{name}",
        (MulticolumnMapMetricProvider,),
        {
            "condition_metric_name": name,
            "condition_value_keys": keys,
            "_pandas": multicolumn_condition_partial(engine=PandasExecutionEngine)(pandas),
            "_spark": multicolumn_condition_partial(engine=SparkDFExecutionEngine)(spark),
        },
    )
    return name


class _RowExpectation(MulticolumnMapExpectation):  # type: ignore[misc] # untyped library
    """A question to several columns of a row; empty cells are part of the question."""

    ignore_row_if: str = "never"


class ExpectColumnPairToFitLabel(_RowExpectation):
    """Expect the second column to hold a value that is legal beside the label in the first."""

    legal: dict[str, list[str]]
    map_metric = _metric("multicolumn_values.fits_label", ("legal",), conditions.fits_label)
    success_keys = ("mostly", "legal")
    args_keys = ("column_list", "legal")


class ExpectValueToBeAbsentOnLabels(_RowExpectation):
    """Expect nothing in the second column beside some labels."""

    labels: list[str]
    map_metric = _metric("multicolumn_values.absent_on", ("labels",), conditions.absent_on)
    success_keys = ("mostly", "labels")
    args_keys = ("column_list", "labels")


class ExpectValueToBePresentOnLabels(_RowExpectation):
    """Expect something in the second column beside some labels, always or under a condition."""

    labels: list[str]
    when: dict[str, list[str]]
    map_metric = _metric("multicolumn_values.present_on", ("labels", "when"), conditions.present_on)
    success_keys = ("mostly", "labels", "when")
    args_keys = ("column_list", "labels", "when")


class ExpectTimex3OnLabels(_RowExpectation):
    """Expect TIMEX3 values beside some labels."""

    labels: list[str]
    map_metric = _metric("multicolumn_values.timex3_on", ("labels",), conditions.timex3_on)
    success_keys = ("mostly", "labels")
    args_keys = ("column_list", "labels")


class ExpectQuantityOnLabels(_RowExpectation):
    """Expect a number and a unit beside some labels."""

    labels: list[str]
    map_metric = _metric("multicolumn_values.quantity_on", ("labels",), conditions.quantity_on)
    success_keys = ("mostly", "labels")
    args_keys = ("column_list", "labels")


class ExpectSecondColumnWhereFirst(_RowExpectation):
    """Expect something in the second column wherever there is something in the first."""

    map_metric = _metric("multicolumn_values.both_present", (), conditions.both_present)
    args_keys = ("column_list",)


class ExpectColumnPairToDiffer(_RowExpectation):
    """Expect two columns to differ."""

    map_metric = _metric("multicolumn_values.differ", (), conditions.differ)
    args_keys = ("column_list",)


class ExpectEndsToShareLabel(_RowExpectation):
    """Expect both ends of some relations to have the same label."""

    labels: list[str]
    map_metric = _metric("multicolumn_values.same_where", ("labels",), conditions.same_where)
    success_keys = ("mostly", "labels")
    args_keys = ("column_list", "labels")


class ExpectRelationOfSpans(_RowExpectation):
    """Expect spans of some labels to be the head of a relation, or excused."""

    labels: list[str]
    map_metric = _metric("multicolumn_values.counted_on", ("labels",), conditions.counted_on)
    success_keys = ("mostly", "labels")
    args_keys = ("column_list", "labels")
