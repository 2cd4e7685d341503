"""Fact tables checked by suites with Great Expectations' pandas engine, in memory.

The library is asked first only whether an expectation is met; then, of those that are not, which rows are at
fault.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa

Expectation = dict[str, Any]  # as a suite has it in JSON

MALFORMED = "expectations-malformed"


@dataclass(frozen=True)
class Failure:
    """An expectation that a table does not meet.

    says: a template over the columns of a row. rows: numbers of the rows at fault, none if it is expected of
    the table as a whole. more: how many rows at fault are not among them. error: why it could not be checked
    at all, else "".
    """

    table: str
    fault: str
    says: str
    rows: tuple[int, ...] = ()
    more: int = 0
    error: str = ""


@lru_cache
def load() -> Any:  # noqa: ANN401 - untyped library
    """Import Great Expectations with Parley's own expectations and return it."""
    import parley.validation.gx.expectations  # noqa: F401, I001 - first: registers ours and shortens the import

    import great_expectations

    # it logs an expectation that it drops with a traceback; we return it as a fault
    logging.getLogger("great_expectations.core.expectation_suite").disabled = True
    gc.freeze()  # else every collection looks through all that the library has made, a million objects
    return great_expectations


def failures(
    tables: Mapping[str, pa.Table], suites: Mapping[str, Sequence[Expectation]], most: int
) -> list[Failure]:
    """Return what tables do not meet of their suites, both by name.

    most: rows named of an expectation; the others are counted.
    """
    library = load()
    source = _source(library)
    found: list[Failure] = []
    with _no_waste():
        for name, expectations in suites.items():
            try:
                suite = library.ExpectationSuite(name=name, expectations=list(expectations))
            except (ValueError, KeyError) as error:  # arguments that the expectation does not have
                what = " ".join(str(error).split())
                found.append(Failure(name, MALFORMED, "it cannot be loaded", error=what))
                continue
            found += _dropped(expectations, suite)
            if suite.expectations:
                found += _unmet(source, suite, tables[name], most)
    return found


def _unmet(source: Any, suite: Any, table: pa.Table, most: int) -> Iterator[Failure]:  # noqa: ANN401 - untyped library
    import pandas as pd

    strings = {pa.string(): pd.StringDtype(na_value=float("nan"))}  # Arrow's own memory: nothing is copied
    batches = source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("all rows")
    batch = batches.get_batch({"dataframe": table.to_pandas(types_mapper=strings.get)})
    result = batch.validate(suite, result_format="BOOLEAN_ONLY")
    bad = {one.expectation_config.id for one in result.results if not one.success}
    if bad:
        suite.expectations = [one for one in suite.expectations if one.id in bad]
        result = batch.validate(suite, result_format=_rows_by_number(most))
        yield from (_failure(suite.name, one) for one in result.results if not one.success)


def is_of_rows(expectation: Expectation) -> bool:
    """Say whether an expectation is of rows, so that it can be checked of some documents at a time.

    One that nobody knows is: checking it says so.
    """
    load()
    from great_expectations.exceptions import ExpectationNotFoundError
    from great_expectations.expectations import expectation as kinds
    from great_expectations.expectations.registry import get_expectation_impl

    try:
        kind = get_expectation_impl(expectation["type"])
    except ExpectationNotFoundError:
        return True
    of_rows = kinds.ColumnMapExpectation, kinds.ColumnPairMapExpectation, kinds.MulticolumnMapExpectation
    if not issubclass(kind, of_rows):
        return False
    within = {"layer", "doc_id"} & {*columns_of(expectation["kwargs"])}
    return "unique" not in expectation["type"] or bool(within)


def columns_of(kwargs: Mapping[str, Any]) -> list[str]:
    """Return the columns that an expectation with such arguments reads."""
    single = [kwargs[name] for name in ("column", "column_A", "column_B") if name in kwargs]
    return [*single, *kwargs.get("column_list", ())]


def _source(library: Any) -> Any:  # noqa: ANN401 - untyped library
    """Return a data source, of a context that is kept nowhere and shows no progress of its own.

    A new one for each batch: it keeps the tables that it was given.
    """
    from great_expectations.data_context.types import base

    stores = base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False)  # else a folder is left in /tmp
    config = base.DataContextConfig(store_backend_defaults=stores, progress_bars={"globally": False})
    return library.get_context(mode="ephemeral", project_config=config).data_sources.add_pandas("memory")


def _dropped(expectations: Iterable[Expectation], suite: Any) -> Iterator[Failure]:  # noqa: ANN401 - untyped library
    """Yield what the library left out of a suite: a type it does not know is logged and forgotten."""
    loaded = {expectation.id for expectation in suite.expectations}
    for one in expectations:
        if one["id"] not in loaded:
            what = f"there is no {one['type']!r}"
            yield Failure(suite.name, MALFORMED, one["description"], error=what)


def _rows_by_number(most: int) -> dict[str, Any]:
    """Return the library's result format that names rows by their `row`."""
    return {
        "result_format": "SUMMARY",
        "unexpected_index_column_names": ["row"],
        "return_unexpected_index_query": False,
        "partial_unexpected_count": most,
    }


def _failure(table: str, result: Any) -> Failure:  # noqa: ANN401 - untyped library
    """Return what a result of the library says, in its format SUMMARY with the index `row`."""
    config, details = result.expectation_config, result.result
    meta = config.meta or {}
    indices = details.get("partial_unexpected_index_list") or ()
    rows = tuple(sorted({int(index["row"]) for index in indices}))
    error = _error(result.exception_info)
    return Failure(
        table,
        MALFORMED if error else meta.get("fault", "expectation-failed"),
        meta.get("says", config.description or config.type),
        rows,
        max(0, details.get("unexpected_count", 0) - len(rows)) if rows else 0,
        error,
    )


def _error(info: dict[str, Any]) -> str:
    """Return what was raised instead of a verdict: of the expectation, or of one of its metrics, by id."""
    places = [info, *(part for part in info.values() if isinstance(part, dict))]
    return next((str(part["exception_message"]) for part in places if part.get("raised_exception")), "")


@contextmanager
def _no_waste() -> Iterator[None]:
    """Keep the library from two things that take half its time on a small table and a third on a large one.

    Its pandas engine hashes every value of a table it is given; an expectation builds its configuration anew
    each of the hundred times that it is looked at, though nothing of it changes meanwhile.
    """
    from great_expectations.execution_engine import pandas_execution_engine as engine
    from great_expectations.expectations.expectation import Expectation as Kind

    threshold, configuration = engine.HASH_THRESHOLD, Kind.configuration
    known: dict[int, tuple[Any, Any]] = {}  # by id, with the expectation: an id is given again else

    def kept(expectation: Any) -> Any:  # noqa: ANN401 - untyped library
        if id(expectation) not in known:
            known[id(expectation)] = expectation, configuration.fget(expectation)
        return known[id(expectation)][1]

    engine.HASH_THRESHOLD = 0  # bytes of the largest table that it takes a fingerprint of
    Kind.configuration = property(kept)
    try:
        yield
    finally:
        engine.HASH_THRESHOLD, Kind.configuration = threshold, configuration
