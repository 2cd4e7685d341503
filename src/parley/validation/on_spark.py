"""Judge by the same suites with Great Expectations' Spark engine, on one machine or a cluster.

Label files are judged as they are laid out; label tables become facts on the workers, part by part, by the
functions that make them on one machine. What is judged is read by the workers: on a cluster it has to be on a
file system that all of them see.
"""

from __future__ import annotations

import pickle
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.ontology import Ontology
from parley.model.paths import CorpusPaths
from parley.runtime import columns
from parley.validation.batches import Laid
from parley.validation.checkpoint import Unmet, load
from parley.validation.judge import MOST_ROWS, Suites, judge_frames, new_context, read_suites
from parley.validation.label_tables import LabelTables, Part
from parley.validation.part_reading import PartReader
from parley.validation.project import TABLES

_PART = 32  # of a row's number on Spark the bits above these are its part's number

Session = Any  # pyspark's SparkSession; it is not there for everybody


def judge_laid(spark: Session, corpus: CorpusPaths, laid: Sequence[Laid]) -> list[Unmet]:
    """Judge the tables of a corpus, as laid out; return what they do not meet, in a fixed order."""
    suites = read_suites(corpus, TABLES)
    unmet = []
    for batch in laid:
        frames = {name: spark.read.parquet((batch.folder / f"{name}.parquet").as_uri()) for name in TABLES}
        unmet += judge_frames(_source(), frames.__getitem__, suites, batch.name).unmet
        for frame in frames.values():
            frame.unpersist()  # the library keeps in memory what it judges
    return unmet


def judge_parts(
    spark: Session, tables: LabelTables, parts: Sequence[Part], suites: Suites, types: Mapping[str, str]
) -> dict[str, list[Unmet]]:
    """Judge label tables as one; return what they do not meet by part, rows counted within it.

    types: of entities, by id.
    """
    numbered = [(number, pickle.dumps(part)) for number, part in enumerate(parts)]
    queue = spark.createDataFrame(numbered, "number long, part binary").repartition(len(parts), "number")
    frames: dict[str, Any] = {}

    def frame(name: str) -> Any:  # noqa: ANN401 - Spark is an extra
        facts = partial(_facts, name, tables.folder.resolve(), tables.ontology, types)
        schema = facts(0, parts[0].empty()).schema
        frames[name] = queue.mapInArrow(partial(_batches, facts), _spark_schema(schema))
        return frames[name]

    try:
        verdict = judge_frames(_source(), frame, suites, "tables", most=MOST_ROWS)
    finally:
        for made in frames.values():
            made.unpersist()
    return _by_part(verdict.unmet, parts)


def _source() -> Any:  # noqa: ANN401 - untyped library
    """Return a data source of the library's Spark engine, which takes the session that is active."""
    library = load()
    from great_expectations.compatibility import pyspark

    if not pyspark.pyspark:
        raise RuntimeError("Great Expectations was imported before pyspark: open the Spark session first")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of an argument of its own that it always sets
        return new_context(library).data_sources.add_spark("spark")


def _facts(  # noqa: PLR0917 - in the order in which they are known
    table: str, folder: Path, ontology: Ontology, types: Mapping[str, str], number: int, part: Part
) -> pa.Table:
    """Return the facts of a part, for one table, with row numbers that are unique over parts."""
    facts = PartReader(folder, ontology, types).read(part)[table]
    rows = columns.integers(np.arange(facts.num_rows, dtype=np.int32)).cast(pa.int64())
    offset = pa.scalar(number << _PART, pa.int64())
    return facts.set_column(facts.column_names.index("row"), "row", pc.add(rows, offset))


def _batches(
    facts: Callable[[int, Part], pa.Table], queue: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Yield the facts of the parts in a partition of the queue."""
    for batch in queue:
        for row in batch.to_pylist():
            part: Part = pickle.loads(row["part"])  # noqa: S301 - of our own making, in judge_parts
            yield from facts(row["number"], part).to_batches()


def _spark_schema(schema: pa.Schema) -> Any:  # noqa: ANN401 - Spark is an extra
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(pa.schema([field.with_nullable(True) for field in schema]))


def _by_part(unmet: Iterable[Unmet], parts: Sequence[Part]) -> dict[str, list[Unmet]]:
    """Part what all tables do not meet by where its rows are; what has no rows is of the first part."""
    found: dict[str, list[Unmet]] = defaultdict(list)
    for one in unmet:
        rows: dict[int, list[int]] = defaultdict(list)
        for row in one.rows:
            rows[row >> _PART].append(row & ((1 << _PART) - 1))
        for number, own in rows.items() or [(0, [])]:
            more = one.more if number == min(rows, default=0) else 0
            name = parts[number].name
            found[name].append(replace(one, batch=name, rows=tuple(own), more=more))
    return found
