"""The ways to judge the label tables of an export, each a process of its own.

`same-suite` is Great Expectations as one would call it: its pandas engine on whole tables, asked by the
suites that `scripts/validate.py --tables` asks, of the same facts. The others ask twelve ordinary
expectations of the tables as they are, with its engines or by hand.

  python benchmarks/judges.py WAY --tables FOLDER --ontology FILE [--apart [--processes N]]

`--apart`: the imports come first and are not counted, in the other processes either. `parley` is ours with
that, `imports` what it imports and nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parley.runtime.engine import Cores

os.environ["GX_ANALYTICS_ENABLED"] = "false"

TWELVE = "12 ordinary expectations"
BLANK_EDGE = r"^\s|\s$"


@dataclass(frozen=True)
class Judge:
    """A way, and what it asks. needs: a library that the lock files do not bring."""

    run: Callable[[Path, Path], None]
    title: str
    asks: str
    needs: str = ""
    prepare: Callable[[int], object] = lambda _: None

    @property
    def there(self) -> bool:
        """Whether what it needs is installed."""
        return not self.needs or find_spec(self.needs) is not None


def imported(processes: int) -> Cores:
    """Import what judges, here and in the process that others are forked from; return the engine."""
    import pandas  # noqa: F401 - it is imported with the first table else

    from parley.runtime.engine import Cores
    from parley.steps.validate import SHARED
    from parley.validation.gx.library import load

    load()
    for module in SHARED:  # as the step does
        import_module(module)
    engine = Cores(processes).preload(*SHARED)
    list(engine.map(str, range(4 * processes)))  # returns when the others are there
    return engine


def parley(tables: Path, ontology: Path, processes: int) -> None:
    """Judge by Parley's suites, as `scripts/validate.py` does."""
    from parley.runtime.engine import Cores
    from parley.steps.validate import validate_tables

    assert not validate_tables(tables, ontology, Cores(processes)).faults


def nothing(tables: Path, ontology: Path) -> None:
    """Do nothing but import what judges."""
    imported(1)


def same_suite(tables: Path, ontology: Path) -> None:
    """Judge whole tables by the suites of the ontology with the pandas engine, as the library is used."""
    import great_expectations
    import pandas as pd
    import pyarrow as pa

    from parley.label_studio.export import table_batches
    from parley.model.ontology_file import read_ontology
    from parley.validation.facts import Reference, facts
    from parley.validation.gx import expectations  # noqa: F401 - registers Parley's own
    from parley.validation.gx.library import columns_of
    from parley.validation.project import derived_suites

    table_batches.ROWS_PER_BATCH = 1 << 60
    read = read_ontology(ontology)
    reference = Reference(texts=False, missing=table_batches.MISSING)
    (batch,) = table_batches.open_tables(tables, read).batches()
    whole = facts(batch.load(), reference, read)
    missing = reference.missing_columns(read)
    source = great_expectations.get_context(mode="ephemeral").data_sources.add_pandas("whole")
    strings = {pa.string(): pd.StringDtype(na_value=float("nan"))}
    for name, expected in derived_suites(read).items():
        asked = [one for one in expected if not missing.keys() & {*columns_of(one["kwargs"])}]
        if name == "documents":
            continue
        suite = great_expectations.ExpectationSuite(name=name, expectations=asked)
        rows = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
        frame = rows.get_batch({"dataframe": whole[name].to_pandas(types_mapper=strings.get)})
        index = {"result_format": "COMPLETE", "unexpected_index_column_names": ["row"]}
        assert frame.validate(suite, result_format=index).success


def pandas(tables: Path, ontology: Path) -> None:
    import great_expectations

    source = great_expectations.get_context(mode="ephemeral").data_sources.add_pandas_filesystem(
        "files", base_directory=tables
    )
    for name, suite in _twelve(ontology).items():
        batches = source.add_parquet_asset(name).add_batch_definition_path("all", path=f"{name}.parquet")
        assert batches.get_batch().validate(suite).success


def sqlite(tables: Path, ontology: Path) -> None:
    import great_expectations
    import pyarrow.parquet as pq
    import sqlalchemy

    database = Path.cwd() / "build" / "bench" / "judges.sqlite"
    database.unlink(missing_ok=True)
    engine = sqlalchemy.create_engine(f"sqlite:///{database}")
    for name in ("spans", "relations"):
        pq.read_table(tables / f"{name}.parquet").to_pandas().to_sql(
            name, engine, index=False, chunksize=20_000
        )
    source = great_expectations.get_context(mode="ephemeral").data_sources.add_sqlite(
        "database", connection_string=f"sqlite:///{database}"
    )
    for name, suite in _twelve(ontology).items():
        batches = source.add_table_asset(name, table_name=name).add_batch_definition_whole_table("all")
        assert batches.get_batch().validate(suite).success
    database.unlink()


def spark(tables: Path, ontology: Path) -> None:
    from parley.runtime.spark import session

    with session("local[2]") as started:
        import great_expectations

        source = great_expectations.get_context(mode="ephemeral").data_sources.add_spark("spark")
        for name, suite in _twelve(ontology).items():
            whole = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
            frame = started.read.parquet(str(tables / f"{name}.parquet"))
            assert whole.get_batch({"dataframe": frame}).validate(suite).success


def duckdb(tables: Path, ontology: Path) -> None:
    import duckdb as database

    spans, relations = (f"'{tables / name}.parquet'" for name in ("spans", "relations"))
    of_spans, of_relations = _labels(ontology)
    unique = "select count(*) from (select 1 from {} group by {} having count(*) > 1)"
    bad_span = (
        f"doc_id is null or annotator is null or id is null or label not in {of_spans} or start < 0"
        f" or \"end\" <= start or length(text) < 1 or regexp_matches(text, '{BLANK_EDGE}')"
    )
    bad_relation = f"label not in {of_relations} or head is null or tail is null"
    wrong = [
        f"select count(*) from {spans} where {bad_span}",  # noqa: S608 - files and labels of our own
        f"select count(*) from {relations} where {bad_relation}",  # noqa: S608 - as above
        unique.format(spans, 'doc_id, annotator, label, start, "end"'),
        unique.format(relations, "doc_id, annotator, label, head, tail"),
    ]
    assert [database.sql(query).fetchall() for query in wrong] == [[(0,)]] * len(wrong)


def polars(tables: Path, ontology: Path) -> None:
    import polars as pl

    of_spans, of_relations = (list(labels) for labels in _labels(ontology))
    spans, relations = (pl.scan_parquet(tables / f"{name}.parquet") for name in ("spans", "relations"))
    text = pl.col("text")
    bad_spans = (
        pl.any_horizontal(pl.col("doc_id", "annotator", "id").is_null())
        | ~pl.col("label").is_in(of_spans)
        | (pl.col("start") < 0)
        | (pl.col("end") <= pl.col("start"))
        | (text.str.len_chars() < 1)
        | text.str.contains(BLANK_EDGE)
    )
    bad_relations = ~pl.col("label").is_in(of_relations) | pl.col("head").is_null() | pl.col("tail").is_null()
    found = pl.collect_all(
        [
            spans.select(bad_spans.sum()),
            relations.select(bad_relations.sum()),
            spans.select(pl.len() - pl.struct("doc_id", "annotator", "label", "start", "end").n_unique()),
            relations.select(pl.len() - pl.struct("doc_id", "annotator", "label", "head", "tail").n_unique()),
        ]
    )
    assert [frame.item() for frame in found] == [0] * len(found)


def _labels(ontology: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from parley.model.ontology_file import read_ontology

    read = read_ontology(ontology)
    return read.span_names, read.relation_names


def _twelve(ontology: Path) -> dict[str, Any]:
    """Return twelve expectations of the library's own, on two tables."""
    from great_expectations import ExpectationSuite
    from great_expectations import expectations as gxe

    of_spans, of_relations = _labels(ontology)
    return {
        "spans": ExpectationSuite(
            name="spans",
            expectations=[
                *(gxe.ExpectColumnValuesToNotBeNull(column=name) for name in ("doc_id", "annotator", "id")),
                gxe.ExpectColumnValuesToBeInSet(column="label", value_set=list(of_spans)),
                gxe.ExpectColumnValuesToBeBetween(column="start", min_value=0),
                gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="end", column_B="start"),
                gxe.ExpectColumnValueLengthsToBeBetween(column="text", min_value=1),
                gxe.ExpectColumnValuesToNotMatchRegex(column="text", regex=BLANK_EDGE),
                gxe.ExpectCompoundColumnsToBeUnique(
                    column_list=["doc_id", "annotator", "label", "start", "end"]
                ),
            ],
        ),
        "relations": ExpectationSuite(
            name="relations",
            expectations=[
                gxe.ExpectColumnValuesToBeInSet(column="label", value_set=list(of_relations)),
                gxe.ExpectColumnValuesToNotBeNull(column="head"),
                gxe.ExpectCompoundColumnsToBeUnique(
                    column_list=["doc_id", "annotator", "label", "head", "tail"]
                ),
            ],
        ),
    }


JUDGES = {
    "same-suite": Judge(same_suite, "Great Expectations, pandas engine, whole tables", "the same suites"),
    "pandas": Judge(pandas, "Great Expectations, pandas engine", TWELVE),
    "sqlite": Judge(sqlite, "Great Expectations, SQL engine on SQLite", TWELVE, needs="sqlalchemy"),
    "spark": Judge(spark, "Great Expectations, Spark engine, local[2]", TWELVE, needs="pyspark"),
    "duckdb": Judge(duckdb, "by hand in duckdb", TWELVE, prepare=lambda _: import_module("duckdb")),
    "polars": Judge(polars, "by hand in polars", TWELVE),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("way", choices=[*JUDGES, "parley", "imports"])
    for name in ("tables", "ontology"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--apart", action="store_true")
    parser.add_argument("--processes", type=int, default=1, metavar="N")
    args = parser.parse_args()
    ours = Judge(partial(parley, processes=args.processes), "", "", prepare=imported)
    judge = {**JUDGES, "parley": ours, "imports": Judge(nothing, "", "")}[args.way]
    if args.apart:
        judge.prepare(args.processes)
    begin = time.perf_counter()
    judge.run(args.tables, args.ontology)
    print(json.dumps({"seconds": time.perf_counter() - begin}))


if __name__ == "__main__":
    main()
