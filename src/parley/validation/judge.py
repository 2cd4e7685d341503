"""The judge: a function of a batch that says what the suites find wrong with it and where; and its report.

Label files, gold, exports and releases are sources of batches; the judge knows no other difference between
them than where a fault is to be looked for. Keys, references and duplicates never reach across documents, so
the batches of a corpus together are what one look at all of it would be.
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from parley.faults import Fault, visible
from parley.model.batch import EXPORT, RELEASE, Batch
from parley.model.ontology import Ontology
from parley.runtime.engine import Cores, Engine, Prepared
from parley.runtime.markdown import table as markdown_table
from parley.validation.facts import Reference, facts
from parley.validation.gx.library import Failure, columns_of, failures, is_of_rows, load
from parley.validation.kinds import one_of_each_kind
from parley.validation.suites import Expectation
from parley.validation.waivers import counted

LIBRARY = "parley.validation.gx.expectations"  # what judges, as `engine.preload` takes it
MOST_ROWS = 1000  # named of one expectation; the others are counted
_TOGETHER = 32  # batches in one call of the library, at most: it costs more than a batch
_SHARES = 4  # groups of batches are a multiple of it where it is not known how many processes share them

Suites = Mapping[str, Sequence[Expectation]]  # by table
_Key = tuple[str, str, str]  # table, fault code and message of an expectation


class Source(Protocol):
    """What gives one batch. It is pickled if other processes or Spark take part."""

    def load(self) -> Batch:
        """Return the batch."""


@dataclass(frozen=True, order=True)
class Skipped:
    """A check that was not made, and what is missing for it."""

    missing: str
    fault: str
    description: str = ""


@dataclass
class Verdict:
    """What was found in batches.

    counts: rows by table. faults: at most MOST_ROWS of an expectation. more: the number of the others.
    skipped: checks that were not made.
    """

    counts: Counter[str] = field(default_factory=Counter)
    faults: dict[_Key, list[Fault]] = field(default_factory=dict)
    more: Counter[_Key] = field(default_factory=Counter)
    skipped: set[Skipped] = field(default_factory=set)

    def add(self, other: Verdict) -> None:
        """Add the verdict on further batches."""
        self.counts.update(other.counts)
        self.skipped |= other.skipped
        self.more.update(other.more)
        for key, faults in other.faults.items():
            named = self.faults.setdefault(key, [])
            room = MOST_ROWS - len(named)
            named += faults[:room]
            self.more[key] += len(faults[room:])

    def all_faults(self) -> Iterator[Fault]:
        """Yield the named faults, and one for those of an expectation that are only counted."""
        for faults in self.faults.values():
            yield from faults
        for (table, code, _), more in self.more.items():
            if more:
                yield Fault(code, table, f"{more:,} rows more like those named", f"{table}.parquet")


@dataclass(frozen=True)
class Report:
    """What validation found.

    faults: sorted. counts: rows judged, by table. skipped: checks that were not made, and what is missing for
    them. docs: address of Data Docs, "" if not built. waived: faults that are accepted, with the reason.
    """

    faults: tuple[Fault, ...]
    counts: dict[str, int] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    docs: str = ""
    waived: tuple[tuple[Fault, str], ...] = ()

    def lines(self) -> list[str]:
        """Return what was judged, skipped and waived, each with the reason, and where Data Docs are."""
        docs = f"Data Docs: {self.docs or 'not built'}"
        return [f"judged: {self._judged}", *self._skipped, *self.waived_lines(), docs]

    def waived_lines(self) -> list[str]:
        """Return how many faults of each code are accepted, and why."""
        return [f"waived: {n} {code}: {visible(reason)}" for code, n, reason in counted(self.waived)]

    def markdown(self) -> str:
        """Render what was judged, what was skipped, and a table of the faults."""
        found = "Nothing is wrong."
        if self.faults:
            rows = [(f"`{f.code}`", f.place, f.message, f.remedy) for f in self.faults]
            found = markdown_table(("fault", "place", "what", "what to do"), rows)
            if address := next((f.address for f in self.faults if f.address), ""):
                found += f"\n\nIn the explorer's page a label is at its address, as `index.html{address}`."
        parts = ["## Validation", f"Judged: {self._judged}.", *self._skipped, found]
        if self.waived:
            rows = [(f"`{f.code}`", f.place, f.message, reason) for f, reason in self.waived]
            parts += ["Waived:", markdown_table(("fault", "place", "what", "reason"), rows)]
        return "\n\n".join(parts) + "\n"

    def append_summary(self) -> None:
        """Append the report to the summary of the run, if GitHub Actions keeps one."""
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary:
            with Path(summary).open("a", encoding="utf-8") as out:
                out.write("\n" + self.markdown())

    @property
    def _judged(self) -> str:
        return ", ".join(f"{rows} {name}" for name, rows in self.counts.items()) or "nothing"

    @property
    def _skipped(self) -> list[str]:
        """A line for each thing that is missing, with the faults that were not looked for."""
        return [
            f"skipped, missing: {missing} ({', '.join(sorted({one.fault for one in group}))})"
            for missing, group in groupby(sorted(self.skipped), key=lambda one: one.missing)
        ]


def judge(
    batch: Batch, ontology: Ontology, suites: Suites, reference: Reference, *, whole: bool = True
) -> Verdict:
    """Judge a batch by suites, with Great Expectations' pandas engine in memory.

    reference: what labels must agree with; what is missing of it is skipped, and the verdict says so. whole:
    the batch is all that its source has; else expectations of tables as a whole are skipped.

    >>> verdict = judge(batch, ontology, derived_suites(ontology), Reference(annotators, entities))
    >>> [fault.place for fault in verdict.all_faults()]
    ['002_26941f31262b2c1a > PER-63-69 "Umerow" 63:69']
    """
    asked, skipped = _applicable(suites, reference.missing_columns(ontology), whole=whole)
    tables = facts(batch, reference, ontology)
    verdict = Verdict(_rows(batch, tables, suites), skipped=skipped)
    files = batch.layers["file"].to_pylist()
    for one in failures({name: tables[name] for name in asked}, asked, MOST_ROWS):
        key = one.table, one.fault, one.says
        verdict.faults.setdefault(key, []).extend(_faults(one, tables[one.table], files))
        verdict.more[key] += one.more
    return verdict


def judge_together(
    sources: Sequence[Source], ontology: Ontology, suites: Suites, reference: Reference
) -> Verdict:
    """Judge some batches by what is expected of rows, as `judge` would each of them.

    One row of each kind is judged, of all batches in one call of the library. Only if a suite does not accept
    these are the batches judged by it one by one, all their rows.
    """
    asked, skipped = _applicable(suites, reference.missing_columns(ontology), whole=False)
    verdict = Verdict(skipped=skipped)
    kinds: dict[int, dict[str, list[pa.Table]]] = {}
    times: Counter[str] = Counter()  # how often an article was there: a corpus and its release have the same
    layers = 0
    for source in sources:
        batch = source.load()
        tables = facts(batch, reference, ontology)
        verdict.counts.update(_rows(batch, tables, suites))
        articles = batch.documents["doc_id"].to_pylist()
        again = max((times[doc_id] for doc_id in articles), default=0)
        times.update(articles)
        for name, expectations in asked.items():
            some = one_of_each_kind(tables[name], expectations)
            if "layer" in some.column_names:  # so that no layer is that of another batch
                layer = pc.add(some["layer"], pa.scalar(layers, pa.int32()))
                some = some.set_column(some.schema.get_field_index("layer"), "layer", layer)
            kinds.setdefault(again if name == "documents" else 0, {}).setdefault(name, []).append(some)
        layers += batch.layers.num_rows
    unmet = set()
    for distinct in kinds.values():
        together = {n: pa.concat_tables(some, promote_options="permissive") for n, some in distinct.items()}
        unmet |= {one.table for one in failures(together, {n: asked[n] for n in together}, MOST_ROWS)}
    if unmet:
        of_unmet = {name: expectations for name, expectations in suites.items() if name in unmet}
        for source in sources:
            one = judge(source.load(), ontology, of_unmet, reference, whole=False)
            verdict.add(replace(one, counts=Counter()))
    return verdict


def judge_all(
    engine: Engine,
    sources: Iterable[Sequence[Source]],
    ontology: Ontology,
    suites: Suites,
    reference: Reference,
) -> Verdict:
    """Judge batches over an engine. sources: each the batches of a corpus, an export or a release.

    Sources of one batch are judged in one call of the library, which has a cost of its own.
    """
    shares = (isinstance(engine, Cores) and engine.processes) or _SHARES
    given = [some for some in sources if some]
    single = [some[0] for some in given if len(some) == 1]
    tasks: list[tuple[Sequence[Source], bool]] = [(single, True)] if single else []
    tasks += [(group, False) for some in given if len(some) > 1 for group in _groups(some, shares)]
    verdict = Verdict()
    function: Prepared[Any, Verdict] = Prepared(partial(_prepare, ontology, suites, reference), LIBRARY)
    for one in engine.map(function, tasks, "judging"):
        verdict.add(one)
    return verdict


def _prepare(
    ontology: Ontology, suites: Suites, reference: Reference
) -> Callable[[tuple[Sequence[Source], bool]], Verdict]:
    """Load the library; return the function of batches and of whether each is all that its source has."""
    load()
    of_rows = all(is_of_rows(one) for expectations in suites.values() for one in expectations)

    def judged(task: tuple[Sequence[Source], bool]) -> Verdict:
        sources, whole = task
        if whole and (len(sources) == 1 or not of_rows):
            verdict = Verdict()
            for source in sources:
                verdict.add(judge(source.load(), ontology, suites, reference))
        else:
            verdict = judge_together(sources, ontology, suites, reference)
        gc.collect()  # the library's objects point at each other, and at the tables
        return verdict

    return judged


def _groups(sources: Sequence[Source], shares: int) -> Iterator[Sequence[Source]]:
    """Yield neighbouring batches of a source that has several, as many groups as `shares` or a multiple."""
    groups = -(-len(sources) // (_TOGETHER * shares)) * shares
    size = -(-len(sources) // groups)
    for begin in range(0, len(sources), size):
        yield sources[begin : begin + size]


def _rows(batch: Batch, tables: Mapping[str, pa.Table], suites: Suites) -> Counter[str]:
    """Return how many rows of a batch are judged, by table."""
    published = "published " if RELEASE in pc.unique(batch.layers["origin"]).to_pylist() else ""
    rows = {f"{published}{name}": tables[name].num_rows for name in suites}
    return Counter({name: n for name, n in rows.items() if n or not published})


def _applicable(
    suites: Suites, missing: Mapping[str, str], *, whole: bool
) -> tuple[dict[str, list[Expectation]], set[Skipped]]:
    """Return the expectations that can be checked, by table, and those that cannot. missing: by column."""
    asked: dict[str, list[Expectation]] = {name: [] for name in suites}
    skipped = set()
    for name, expectations in suites.items():
        for one in expectations:
            lacks = dict.fromkeys(missing[c] for c in columns_of(one["kwargs"]) if c in missing)
            if not whole and not is_of_rows(one):
                lacks["all documents at once"] = None
            if lacks:
                code = one["meta"].get("fault", "expectation-failed")
                skipped.add(Skipped(", ".join(lacks), code, one["description"]))
            else:
                asked[name].append(one)
    return asked, skipped


def _faults(failure: Failure, table: pa.Table, files: Sequence[str]) -> Iterator[Fault]:
    """Yield a fault for each row that does not meet an expectation. files: of the layers."""
    suite = f"validation/expectations/{failure.table}.json"
    if failure.error:
        yield Fault(failure.fault, f"{suite} > {failure.says.format_map(_Columns())}", failure.error, suite)
    elif not failure.rows:  # expected of the table as a whole
        yield Fault(failure.fault, failure.table, failure.says.format_map(_Columns()), suite)
    for row in table.take(pa.array(failure.rows, pa.int64())).to_pylist():
        place, file = _place(failure.table, row, files, failure.at)
        yield Fault(failure.fault, place, failure.says.format_map(_Columns(row)), file)


class _Columns(dict[str, Any]):
    """The columns of a row, as they are put into a message; a name in braces that is not a column stays."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def _place(table: str, row: Mapping[str, Any], files: Sequence[str], at: str = "") -> tuple[str, str]:
    """Return the place of a row of facts, and the file in which to look for it.

    files: of the layers. at: what of a layer it is about.
    """
    origin = row["kind"]
    if table == "documents":
        return row["doc_id"], "dataset" if origin == RELEASE else "seeds/manifest.csv"
    layer = f"{row['doc_id']} > {row['annotator']}" if origin == EXPORT else row["doc_id"]
    if table == "layers" and at:
        return f"{layer} > {at}", "annotations.parquet" if origin == EXPORT else row["file"]
    if table == "layers":
        return (layer, "annotations.parquet") if origin == EXPORT else (row["file"], row["file"])
    file = {EXPORT: f"{table}.parquet", RELEASE: "dataset"}.get(origin) or files[row["layer"]]
    extent = f" {row['start']}:{row['end']}" if table == "spans" else ""
    return f'{layer} > {row["id"]} "{row["surface"]}"{extent}', file
