"""Validate label tables of any size, as an export is converted to, by the suites that judge label files.

Parts of whole layers are judged over the cores, in the memory of one part each. What needs more than labels
(texts, listed annotators, entities) is judged where the corpus has it; where it has not, the report says what
was not asked. Offsets were held against the texts when the export was converted.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from parley.faults import DataFaults, Fault
from parley.model.ontology import Ontology
from parley.runtime.engine import cores, pool, preload
from parley.runtime.progress import bar
from parley.validation.checkpoint import Unmet, load
from parley.validation.corpus_report import Report
from parley.validation.judge import MOST_ROWS, Suites, Unasked, askable, judge
from parley.validation.label_tables import LabelTables, Part, open_tables
from parley.validation.part_reading import PartReader
from parley.validation.terms import Terms
from parley.validation.verdicts import label_place, unmet_faults

PARTS_A_PROCESS = 3  # fewer are judged sooner than another process is ready
_STRETCH = 8  # parts that a process judges at most, one after the other: neighbours share a row group


def report_tables(
    folder: Path,
    terms: Terms,
    *,
    processes: int | None = None,
    spark: Any = None,  # noqa: ANN401 - pyspark is not there for everybody
) -> Report:
    """Validate a folder of label tables.

    processes: at most so many, else one a core; never more than pay. spark: a session of Spark, whose engine
    then judges on its workers.
    Raises UsageError where a table is missing, damaged or of another ontology.
    """
    most = processes or cores()
    if most > 1 and spark is None:
        preload("parley.validation.expectations")  # while the tables are opened
    tables = open_tables(folder, terms.ontology)
    suites, unasked = askable(terms.suites, terms.beside.unknown(terms.ontology))
    parts = tables.parts(terms.beside)
    gathered = Gathered()
    for found in (
        _judged(tables, parts, terms, suites, most)
        if spark is None
        else _judged_on_spark(spark, tables, parts, terms, suites)
    ):
        gathered.add(found)
    faults = [*tables.faults(), *gathered.faults()]
    return Report(
        tuple(DataFaults(faults).faults),
        tables.counts,
        unasked=tuple(sorted({*unasked, *gathered.unasked})),
    )


@dataclass
class Found:
    """What a process found. faults: by table, code and message of the expectation; more: not named."""

    faults: dict[tuple[str, str, str], list[Fault]] = field(default_factory=dict)
    more: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    unasked: set[Unasked] = field(default_factory=set)


class Gathered:
    """What all processes found, in the order of the tables; of an expectation no more rows than are read."""

    def __init__(self) -> None:
        self._found = Found()

    @property
    def unasked(self) -> set[Unasked]:
        """What was not asked."""
        return self._found.unasked

    def add(self, found: Found) -> None:
        """Take over what one process found."""
        self._found.unasked |= found.unasked
        self._found.more += found.more
        for asked, faults in found.faults.items():
            named = self._found.faults.setdefault(asked, [])
            room = MOST_ROWS - len(named)
            named += faults[:room]
            self._found.more[asked] += len(faults[room:])

    def faults(self) -> list[Fault]:
        """Return the named faults, and one for those that are counted alone."""
        faults = [fault for named in self._found.faults.values() for fault in named]
        for (table, code, _), more in self._found.more.items():
            if more:
                faults.append(
                    Fault(
                        code, f"{table}.parquet", f"{more:,} rows more like those named", f"{table}.parquet"
                    )
                )
        return faults


@dataclass(frozen=True)
class Stretch:
    """Neighbouring parts for one process, and all it needs to judge them."""

    folder: Path
    ontology: Ontology
    entity_types: Mapping[str, str]
    suites: Suites
    parts: Sequence[Part]
    alone: bool


def _stretches(
    tables: LabelTables, parts: Sequence[Part], terms: Terms, suites: Suites, workers: int
) -> Iterator[Stretch]:
    """Cut parts into stretches, as many for each process and of one length, so that none is left waiting."""
    rounds = -(-len(parts) // (workers * _STRETCH))
    borders = np.linspace(0, len(parts), rounds * workers + 1).astype(int).tolist()
    types = terms.beside.entity_types or {}
    for first, end in pairwise(borders):
        own = parts[first:end]
        yield Stretch(tables.folder, terms.ontology, types, suites, own, alone=len(parts) == 1)


def _judged_on_spark(
    spark: Any,  # noqa: ANN401 - pyspark is not there for everybody
    tables: LabelTables,
    parts: Sequence[Part],
    terms: Terms,
    suites: Suites,
) -> Iterator[Found]:
    """Judge all parts as one; then read again those in which something is wrong, to name it."""
    from parley.validation.on_spark import judge_parts

    types = terms.beside.entity_types or {}
    unmet = judge_parts(spark, tables, parts, suites, types)
    reader = PartReader(tables.folder, tables.ontology, types)
    for part in parts:
        if part.name in unmet:
            found = Found()
            _name(unmet[part.name], reader.read(part), found)
            yield found


def _judged(
    tables: LabelTables, parts: Sequence[Part], terms: Terms, suites: Suites, most: int
) -> Iterator[Found]:
    processes = max(1, min(most, len(parts) // PARTS_A_PROCESS))
    stretches = list(_stretches(tables, parts, terms, suites, processes))
    if processes < 2:
        _settle()
        try:
            for stretch in bar(stretches, "judging"):
                yield judge_stretch(stretch)
        finally:
            gc.unfreeze()
        return
    with pool(processes, initializer=_settle) as judges:  # what cannot be read ends the call, not the queue
        for future in bar([judges.submit(judge_stretch, stretch) for stretch in stretches], "judging"):
            yield future.result()


def _settle() -> None:
    """Load what judges, and keep the garbage collector from looking through all of it after every part.

    Once, before the first part: what is frozen later may hold tables, which would then stay.
    """
    load()
    gc.freeze()


def judge_stretch(stretch: Stretch) -> Found:
    """Judge parts one after the other."""
    reader = PartReader(stretch.folder, stretch.ontology, stretch.entity_types)
    found = Found()
    for part in stretch.parts:
        _judge_part(reader, part, stretch, found)
        gc.collect()  # the library's objects point at each other, and at the tables
    return found


def _judge_part(reader: PartReader, part: Part, stretch: Stretch, found: Found) -> None:
    tables = reader.read(part)
    verdict = judge(tables, stretch.suites, part.name, alone=stretch.alone)
    found.unasked.update(verdict.unasked)
    _name(verdict.unmet, tables, found)


def _name(unmet: Iterable[Unmet], tables: Mapping[str, pa.Table], found: Found) -> None:
    """Add the faults of what the tables of a part do not meet."""
    for one in unmet:
        asked = one.table, one.fault, one.says
        named = unmet_faults(one, partial(tables.__getitem__, one.table), partial(_place, one.table))
        found.faults.setdefault(asked, []).extend(named)
        found.more[asked] += one.more


def _place(table: str, row: Mapping[str, Any]) -> tuple[str, str]:
    layer = f"{row['doc_id']} > {row['annotator']}"
    if table == "layers":
        return layer, "annotations.parquet"
    return f"{layer} > {label_place(table, row)}", f"{table}.parquet"
