"""Great Expectations: fact tables checked by suites in memory, and the committed project run for Data Docs.

The library is asked first only whether an expectation is met; then, of those that are not, which rows are at
fault. The verdict is the judge's; the checkpoint is run for its pages only.
"""

from __future__ import annotations

import gc
import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from parley.model.paths import CorpusPaths, Limits
from parley.runtime.time_limit import time_limit
from parley.validation.expectation import Expectation
from parley.validation.kinds import WITHIN
from parley.validation.project import CHECKPOINT, SOURCE, TABLES_FOLDER

_MALFORMED = "expectations-malformed"

_PATTERNS = 6  # that a suite may take the time of: those by hand, and all else that it expects


@dataclass(frozen=True)
class Failure:
    """An expectation that a table does not meet.

    says: a template over the columns of a row. rows: numbers of the rows at fault, none if it is expected of
    the table as a whole. more: how many rows at fault are not among them. error: why it could not be checked
    at all, else "". at: what of a row it is about, "" for the row as such. id: of the expectation, "" if
    none of the table's can be loaded.
    """

    table: str
    fault: str
    says: str
    rows: tuple[int, ...] = ()
    more: int = 0
    error: str = ""
    at: str = ""
    id: str = ""


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
) -> Iterator[Failure]:
    """Yield what tables do not meet of their suites, both by name.

    most: rows named of an expectation; the others are counted. 0: it is only said which are not met.
    """
    library = load()
    most_seconds = _PATTERNS * Limits.of(os.environ).seconds
    source = _context(library).data_sources.add_pandas("memory")  # a new one each time: it keeps its tables
    with _no_waste():
        for name, expectations in suites.items():
            try:
                suite = library.ExpectationSuite(name=name, expectations=list(expectations))
            except (ValueError, KeyError) as error:  # arguments that the expectation does not have
                what = " ".join(str(error).split())
                yield Failure(name, _MALFORMED, "it cannot be loaded", error=what)
                continue
            loaded = {expectation.id for expectation in suite.expectations}
            for one in expectations:
                if one["id"] not in loaded:  # a type that the library does not know: it logs and forgets it
                    what = f"there is no {one['type']!r}"
                    yield Failure(name, _MALFORMED, one["description"], error=what, id=one["id"])
            if loaded:
                with time_limit(most_seconds, partial("what {}.json expects".format, name)):
                    unmet = list(_unmet(source, suite, tables[name], most))
                yield from unmet


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
    return "unique" not in expectation["type"] or not WITHIN.isdisjoint(columns_of(expectation["kwargs"]))


def columns_of(kwargs: Mapping[str, Any]) -> list[str]:
    """Return the columns that an expectation with such arguments reads."""
    single = [kwargs[name] for name in ("column", "column_A", "column_B") if name in kwargs]
    return [*single, *kwargs.get("column_list", ())]


def build_data_docs(paths: CorpusPaths, batches: Iterable[tuple[str, Mapping[str, pa.Table]]]) -> str:
    """Write fact tables below build/, run the checkpoint on them; return the address of the first page.

    batches: a name and the tables of each, one batch in memory at a time. The first is written to the folder
    that the committed project reads, further ones to folders beside it. What an earlier run wrote is removed.
    """
    import pyarrow.parquet as pq

    paths.refuse_link(paths.build)
    for name in ("validation", "data-docs"):
        shutil.rmtree(paths.build / name, ignore_errors=True)
    folder = paths.root / TABLES_FOLDER
    context: Any = None
    for name, tables in batches:
        place = folder.with_name(f"{folder.name}-{name}") if context else folder
        place.mkdir(parents=True)
        for table, rows in tables.items():
            pq.write_table(rows, place / f"{table}.parquet", compression="zstd")
        context = _project(paths, place)
        from great_expectations.core.run_identifier import RunIdentifier

        context.checkpoints.get(CHECKPOINT).run(run_id=RunIdentifier(run_name=name))
    pages: dict[str, str] = context.build_data_docs()
    return next(iter(pages.values()))


def _context(library: Any) -> Any:  # noqa: ANN401 - untyped library
    """Return a context that is kept nowhere and shows no progress of its own."""
    from great_expectations.data_context.types import base

    stores = base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False)  # else a folder is left in /tmp
    config = base.DataContextConfig(store_backend_defaults=stores, progress_bars={"globally": False})
    context = library.get_context(mode="ephemeral", project_config=config)
    # it writes itself as YAML for each table it is given, a fifth of its time, though nobody will read it
    context._save_project_config = lambda *_, **__: None
    return context


def _project(paths: CorpusPaths, tables: Path) -> Any:  # noqa: ANN401 - untyped library
    """Return the project in validation/ as a context, for the tables in a folder.

    A file context takes a data source's relative folder from the working directory and may write into the
    project; so the same configuration is opened as an ephemeral context with absolute folders.
    """
    library = load()
    import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own
    from great_expectations.data_context.types.base import DataContextConfig

    config = yaml.safe_load(paths.read(paths.validation / "great_expectations.yml"))
    for part in (*config["stores"].values(), *config["data_docs_sites"].values()):
        backend = part["store_backend"]
        backend["base_directory"] = str((paths.validation / backend["base_directory"]).resolve())
    source = config.pop("fluent_datasources")[SOURCE]
    context = library.get_context(mode="ephemeral", project_config=DataContextConfig(**config))
    files = context.data_sources.add_pandas_filesystem(SOURCE, base_directory=tables)
    for name, asset in source["assets"].items():
        added = files.add_parquet_asset(name)
        for batch in asset["batch_definitions"]:
            added.add_batch_definition_path(batch, path=f"{name}.parquet")
    return context


def _unmet(source: Any, suite: Any, table: pa.Table, most: int) -> Iterator[Failure]:  # noqa: ANN401 - untyped library
    import pandas as pd

    strings = {pa.string(): pd.StringDtype(na_value=float("nan"))}  # Arrow's own memory: nothing is copied
    batches = source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("all rows")
    batch = batches.get_batch({"dataframe": table.to_pandas(types_mapper=strings.get)})
    result = batch.validate(suite, result_format="BOOLEAN_ONLY")
    bad = {one.expectation_config.id for one in result.results if not one.success}
    if bad and most:
        suite.expectations = [one for one in suite.expectations if one.id in bad]
        rows_by_number = {
            "result_format": "SUMMARY",
            "unexpected_index_column_names": ["row"],
            "return_unexpected_index_query": False,
            "partial_unexpected_count": most,
        }
        result = batch.validate(suite, result_format=rows_by_number)
    yield from (_failure(suite.name, one) for one in result.results if not one.success)


def _failure(table: str, result: Any) -> Failure:  # noqa: ANN401 - untyped library
    config, details, info = result.expectation_config, result.result, result.exception_info
    # what was raised instead of a verdict: of the expectation, or of one of its metrics, by id
    places = [info, *(part for part in info.values() if isinstance(part, dict))]
    error = next((str(part["exception_message"]) for part in places if part.get("raised_exception")), "")
    meta = config.meta or {}
    rows = sorted({int(index["row"]) for index in details.get("partial_unexpected_index_list") or ()})
    return Failure(
        table,
        _MALFORMED if error else meta.get("fault", "expectation-failed"),
        meta.get("says", config.description or config.type),
        tuple(rows),
        max(0, details.get("unexpected_count", 0) - len(rows)) if rows else 0,
        error,
        meta.get("at", ""),
        config.id,
    )


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
