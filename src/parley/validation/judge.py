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
from parley.runtime.engine import Engine, Prepared
from parley.runtime.markdown import table as markdown_table
from parley.runtime.memory import use_close_pool
from parley.validation.expectation import Expectation
from parley.validation.facts import Reference, facts
from parley.validation.gx.library import Failure, columns_of, failures, is_of_rows, load
from parley.validation.kinds import one_of_each_kind
from parley.validation.waivers import counted

LIBRARY = "parley.validation.gx.expectations"  # what judges, as `engine.preload` takes it
MOST_ROWS = 1000  # named of one expectation; the others are counted
_TOGETHER = 5  # batches that a process reduces after each other: neighbours share what is read of a file

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


def judge_all(
    engine: Engine,
    sources: Iterable[Sequence[Source]],
    ontology: Ontology,
    suites: Suites,
    reference: Reference,
) -> Verdict:
    """Judge batches as `verdicts` does; return one verdict that names MOST_ROWS of an expectation."""
    verdict = Verdict()
    for one in verdicts(engine, sources, ontology, suites, reference):
        verdict.add(one)
    return verdict


def verdicts(
    engine: Engine,
    sources: Iterable[Sequence[Source]],
    ontology: Ontology,
    suites: Suites,
    reference: Reference,
    *,
    whole: bool = True,
) -> Iterator[Verdict]:
    """Judge batches over an engine; yield what was counted and skipped, then what is wrong with each batch.

    sources: each the batches of a corpus, an export or a release. whole: as for `judge`.

    The engine's processes reduce batches to one row of each kind, and one call of the library judges these
    rows of all batches. Only what they do not meet, or what is not of kinds of rows, is judged of all rows,
    batch by batch.
    """
    given = [some for some in sources if some]
    asked, skipped = _applicable(suites, reference.missing_columns(ontology), whole=whole)
    kinds = _Reduced()
    groups = [some[n : n + _TOGETHER] for some in given for n in range(0, len(some), _TOGETHER)]
    with engine.importing(load, LIBRARY):
        for some in engine.map(partial(_reduced, ontology, asked, reference), groups, "judging"):
            kinds.add(some)
    yield Verdict(kinds.counts, skipped=skipped)
    known = {name: [one for one in some if one["id"] not in kinds.open] for name, some in asked.items()}
    of_kinds: Prepared[list[dict[str, pa.Table]], set[str]] = Prepared(partial(_of_kinds, known), LIBRARY)
    for unmet in engine.map(of_kinds, [kinds.tables()] if kinds.rows else []):
        kinds.open |= unmet
    left = {name: [one for one in some if one["id"] in kinds.open] for name, some in asked.items()}
    left = {name: some for name, some in left.items() if some}
    if left:
        of_rows: Prepared[Any, Verdict] = Prepared(partial(_of_rows, ontology, left, reference), LIBRARY)
        every = [(source, len(some) == 1) for some in given for source in some]
        yield from engine.map(of_rows, every, "judging")


@dataclass
class _Reduced:
    """Batches reduced to one row of each kind.

    counts: rows of the whole batches, by table. rows: what is left of each table of each batch, with its
    name. layers: how many the batches have. open: ids of expectations that are to be judged of all rows.
    """

    counts: Counter[str] = field(default_factory=Counter)
    rows: list[tuple[str, pa.Table]] = field(default_factory=list)
    layers: int = 0
    open: set[str] = field(default_factory=set)

    def add(self, other: _Reduced) -> None:
        """Add further batches; their layers are numbered on."""
        for name, rows in other.rows:
            place = rows.schema.get_field_index("layer")
            layers = [pc.add(rows["layer"], pa.scalar(self.layers, pa.int32()))] if place >= 0 else []
            self.rows.append((name, rows.set_column(place, "layer", layers[0]) if layers else rows))
        self.counts.update(other.counts)
        self.layers += other.layers
        self.open |= other.open

    def tables(self) -> list[dict[str, pa.Table]]:
        """Return all rows by table; an article that is there again, as of a release, is in a further one."""
        times: Counter[str] = Counter()
        found: dict[int, dict[str, list[pa.Table]]] = {}
        for name, rows in self.rows:
            of_articles = name == "documents" and "doc_id" in rows.column_names
            articles = {*rows["doc_id"].to_pylist()} if of_articles else set()
            again = max((times[doc_id] for doc_id in articles), default=0)
            times.update(articles)
            found.setdefault(again, {}).setdefault(name, []).append(rows)
        return [
            {name: pa.concat_tables(some, promote_options="permissive") for name, some in tables.items()}
            for tables in found.values()
        ]


def _reduced(ontology: Ontology, asked: Suites, reference: Reference, sources: Sequence[Source]) -> _Reduced:
    """Reduce batches to one row of each kind."""
    use_close_pool()
    columns = {name for some in asked.values() for one in some for name in columns_of(one["kwargs"])}
    found = _Reduced()
    for source in sources:
        batch = source.load()
        tables = facts(batch, reference, ontology, columns)
        one = _Reduced(_rows(batch, tables, asked), layers=batch.layers.num_rows)
        for name, expectations in asked.items():
            rows, others = one_of_each_kind(tables[name], expectations)
            one.rows.append((name, rows))
            one.open |= {other["id"] for other in others}
        found.add(one)
    return found


def _of_kinds(suites: Suites) -> Callable[[list[dict[str, pa.Table]]], set[str]]:
    """Load the library; return what gives the ids of expectations that tables do not meet."""
    load()

    def unmet(given: list[dict[str, pa.Table]]) -> set[str]:
        found = set()
        for tables in given:
            for one in failures(tables, {name: suites[name] for name in tables}, 0):
                found |= {one.id} if one.id else {each["id"] for each in suites[one.table]}
        return found

    return unmet


def _of_rows(
    ontology: Ontology, suites: Suites, reference: Reference
) -> Callable[[tuple[Source, bool]], Verdict]:
    """Load the library; return the judge of a batch and of whether it is all that its source has."""
    load()

    def judged(task: tuple[Source, bool]) -> Verdict:
        source, whole = task
        found = judge(source.load(), ontology, suites, reference, whole=whole)
        gc.collect()  # the library's objects point at each other, and at the tables
        return replace(found, counts=Counter())  # they were counted with the kinds

    return judged


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
