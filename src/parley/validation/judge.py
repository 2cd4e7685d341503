"""Judge tables in memory: the verdict is Great Expectations' own, its work no more than is looked at.

First it is asked only whether an expectation is met; then, of those that are not, which rows are at fault. It
takes no fingerprint of data that nobody keeps.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from parley.model.paths import CorpusPaths
from parley.validation.checkpoint import Unmet, dropped, load, to_unmet, unloadable
from parley.validation.suites import Expectation

MOST_ROWS = 1000  # named of one expectation and part; the others are counted

Suites = Mapping[str, Sequence[Expectation]]  # by table


@dataclass(frozen=True, order=True)
class Unasked:
    """An expectation that cannot be asked of some tables. lacks: what it would need."""

    lacks: str
    table: str
    fault: str
    description: str


@dataclass(frozen=True)
class Verdict:
    """What tables do not meet, and what they were not asked."""

    unmet: list[Unmet]
    unasked: list[Unasked]


def read_suites(corpus: CorpusPaths, tables: Iterable[str]) -> dict[str, list[Expectation]]:
    """Return the expectations of a corpus, those written by hand too, by table."""
    folder = corpus.validation / "expectations"
    return {name: json.loads((folder / f"{name}.json").read_bytes())["expectations"] for name in tables}


def askable(suites: Suites, unknown: Mapping[str, str]) -> tuple[dict[str, list[Expectation]], list[Unasked]]:
    """Part the expectations that can be asked of tables from those that read what the tables cannot have.

    unknown: column → what it would need.
    """
    asked: dict[str, list[Expectation]] = {name: [] for name in suites}
    unasked = []
    for name, expectations in suites.items():
        for expectation in expectations:
            lacks = dict.fromkeys(unknown[c] for c in columns_of(expectation["kwargs"]) if c in unknown)
            if lacks:
                unasked.append(
                    _unasked(name, expectation["meta"], expectation["description"], ", ".join(lacks))
                )
            else:
                asked[name].append(expectation)
    return asked, unasked


def columns_of(kwargs: Mapping[str, Any]) -> list[str]:
    """Return the columns that an expectation with such arguments reads."""
    single = [kwargs[name] for name in ("column", "column_A", "column_B") if name in kwargs]
    return [*single, *kwargs.get("column_list", ())]


def judge(tables: Mapping[str, pa.Table], suites: Suites, part: str, *, alone: bool = True) -> Verdict:
    """Judge the tables of a part with Great Expectations' pandas engine.

    alone: the part is all there is; else what is asked of a table as a whole is not asked of it.
    """
    library = load()  # first: it is imported without what it seldom uses
    import pandas as pd

    strings = {pa.string(): pd.StringDtype(na_value=float("nan"))}  # Arrow's own memory: nothing is copied

    def frame(name: str) -> Any:  # noqa: ANN401 - Arrow has no types
        return tables[name].to_pandas(types_mapper=strings.get)

    with _no_fingerprints():
        source = new_context(library).data_sources.add_pandas("memory")
        return judge_frames(source, frame, suites, part, alone=alone, most=MOST_ROWS)


def new_context(library: Any) -> Any:  # noqa: ANN401 - untyped library
    """Return a context of Great Expectations that is kept nowhere and shows no progress of its own."""
    from great_expectations.data_context.types import base

    stores = base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False)  # else a folder is left in /tmp
    config = base.DataContextConfig(store_backend_defaults=stores, progress_bars={"globally": False})
    return library.get_context(mode="ephemeral", project_config=config)


def judge_frames(
    source: Any,  # noqa: ANN401 - untyped library
    frame: Callable[[str], Any],
    suites: Suites,
    part: str,
    *,
    alone: bool = True,
    most: int | None = None,
) -> Verdict:
    """Judge the data frames of a data source, of either engine.

    frame: gives that of a table. alone: as for `judge`. most: rows named of an expectation, else all.
    """
    from great_expectations import ExpectationSuite

    verdict = Verdict([], [])
    for name, asked in suites.items():
        try:
            suite = ExpectationSuite(name=name, expectations=list(asked))
        except (ValueError, KeyError) as error:  # arguments that the expectation does not have
            verdict.unmet.append(unloadable(part, name, error))
            continue
        verdict.unmet.extend(dropped(asked, suite, part))
        if not alone:
            whole = [one for one in suite.expectations if _looks_past_layers(one)]
            verdict.unasked.extend(
                _unasked(name, one.meta or {}, one.description, "the table in one piece") for one in whole
            )
            suite.expectations = [one for one in suite.expectations if one not in whole]
        if not suite.expectations:
            continue
        batches = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all rows")
        batch = batches.get_batch({"dataframe": frame(name)})
        result = batch.validate(suite, result_format="BOOLEAN_ONLY")
        bad = {one.expectation_config.id for one in result.results if not one.success}
        if bad:
            suite.expectations = [one for one in suite.expectations if one.id in bad]
            result = batch.validate(suite, result_format=_rows(most))
            verdict.unmet.extend(to_unmet(part, name, one) for one in result.results if not one.success)
    return verdict


def _rows(most: int | None) -> dict[str, Any]:
    """Return the library's result format that names rows by their `row`."""
    limit = {"result_format": "COMPLETE"} if most is None else {"partial_unexpected_count": most}
    return {
        "result_format": "SUMMARY",
        "unexpected_index_column_names": ["row"],
        "return_unexpected_index_query": False,
        **limit,
    }


def _looks_past_layers(expectation: Any) -> bool:  # noqa: ANN401 - untyped library
    """Say whether an expectation is of a table as a whole, so that its layers cannot be judged apart."""
    from great_expectations.expectations import expectation as kinds

    of_rows = kinds.ColumnMapExpectation, kinds.ColumnPairMapExpectation, kinds.MulticolumnMapExpectation
    if not isinstance(expectation, of_rows):
        return True
    kwargs = expectation.configuration.kwargs
    return "unique" in expectation.expectation_type and "layer" not in columns_of(kwargs)


def _unasked(table: str, meta: Mapping[str, Any], description: str | None, lacks: str) -> Unasked:
    return Unasked(lacks, table, meta.get("fault", "expectation-failed"), description or "")


@contextmanager
def _no_fingerprints() -> Iterator[None]:
    """Keep the pandas engine from hashing every value of a table it is given: a third of its time."""
    from great_expectations.execution_engine import pandas_execution_engine as engine

    threshold = engine.HASH_THRESHOLD
    engine.HASH_THRESHOLD = 0  # bytes of the largest table that it takes a fingerprint of
    try:
        yield
    finally:
        engine.HASH_THRESHOLD = threshold
