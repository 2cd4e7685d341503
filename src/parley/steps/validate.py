"""Validate a corpus with its release, or the tables of an export: sources of batches, one judge, one report.

What cannot be a row of a table (an unreadable file, a stale gold file, near-duplicate texts in two events) is
found by the station that reads it, and is in the same report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from parley.corpus.batches import Batches, StoredBatch
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, UsageError
from parley.model.batch import Batch
from parley.model.ontology import Ontology, read_ontology
from parley.runtime.engine import Cores, Engine, cores, engine, preload
from parley.validation.facts import Reference, facts
from parley.validation.judge import Skipped, Source, judge_all
from parley.validation.project import derived_suites, read_suites
from parley.validation.report import Report

Value = TypeVar("Value")


@dataclass(frozen=True)
class Options:
    """What a call of the command asks for.

    root: of the corpus. tables: a folder of an export's tables, to be judged instead of the corpus. ontology:
    a file to judge them by without a corpus. engine: `local` or `spark`. master: Spark's, None for its
    default. processes: at most so many, None for one a core. release: judge dataset/ too, if there is one.
    docs: build Data Docs.
    """

    root: Path
    tables: Path | None = None
    ontology: Path | None = None
    engine: str = "local"
    master: str | None = None
    processes: int | None = None
    release: bool = True
    docs: bool = False


def report(options: Options) -> Report:
    """Return the report that options ask for.

    Raises UsageError if they exclude each other, DataFaults if tables have nothing to be judged by.
    """
    if options.ontology and not options.tables:
        raise UsageError("a corpus is judged by its own ontology", "leave out --ontology, or add --tables")
    if options.ontology and not options.ontology.is_file():
        raise UsageError(f"there is no ontology {options.ontology}", "name the file with --ontology")
    if options.docs and options.tables:
        raise UsageError("Data Docs are made of a corpus", "leave out --docs, or --tables")
    corpus = None if options.ontology else Corpus.at(options.root)
    processes = options.processes
    if options.engine == "local" and (processes or cores()) > 1:
        preload("parley.validation.gx.expectations")  # while this process reads
        processes = processes or (None if options.tables else cores())
    with engine(options.engine, options.master, processes) as chosen:
        if options.tables:
            return validate_tables(options.tables, options.ontology or Corpus.at(options.root), chosen)
        assert corpus is not None  # noqa: S101 - there is no ontology without tables
        return validate(corpus, chosen, release=options.release, docs=options.docs)


def validate(
    corpus: Corpus, engine: Engine | None = None, *, release: bool = True, docs: bool = False
) -> Report:
    """Return all that is wrong with a corpus; no fault means that it may be published.

    release: judge what is published too, if anything is. docs: build Data Docs.
    """
    engine = engine or Cores()
    reading = _Reading()
    ontology = reading.value(lambda: corpus.ontology)
    annotators = reading.value(lambda: {a.name: a.kind for a in corpus.annotators.values()})
    entities = reading.value(lambda: {e.id: e.type for e in corpus.entities.values()})
    manifest = reading.value(lambda: corpus.manifest)
    suites = reading.value(lambda: read_suites(corpus.paths, corpus.ontology))
    batches = reading.value(lambda: corpus.batches(engine))
    reading.faults += [*(manifest.faults if manifest else ()), *(batches.faults if batches else ())]
    seeds_are_sound = batches and manifest and not manifest.faults and not _of_seeds(batches.faults)
    published = release and (corpus.paths.dataset / "data").is_dir()
    sources: list[Sequence[Source]] = []
    if batches and suites and ontology:
        sources.append(_corpus_batches(batches))
    else:
        reading.skip("ontology, suites or manifest", "labels")
    if batches and seeds_are_sound:
        from parley.adjudication.gold import gold_faults

        reading.faults += [*gold_faults(corpus), *_near_duplicate_faults(corpus, batches, engine)]
        if published:
            sources.append(_release_batches(corpus, engine, reading))
    else:
        reading.skip(
            "sound seeds", "gold-stale", "split-leak-text", *(["release-damaged"] if published else [])
        )
    if not seeds_are_sound and suites:
        suites = {name: expected for name, expected in suites.items() if name != "documents"}
        reading.skip("sound seeds", "manifest-malformed")
    reference = Reference(annotators, entities)
    pages, counts = "", {}
    if sources and ontology and suites:
        verdict = judge_all(engine, sources, ontology, suites, reference)
        reading.faults += verdict.all_faults()
        reading.skipped |= verdict.skipped
        counts = dict(verdict.counts)
        if "documents" in suites and batches:  # each once
            counts["documents"] = sum(stored.load_table("documents").num_rows for stored in batches)
        if docs:
            from parley.validation.gx.data_docs import build_data_docs

            pages = build_data_docs(corpus.paths, _fact_tables(sources, reference, ontology))
    return reading.report(counts, pages)


def validate_tables(folder: Path, judged_by: Corpus | Path, engine: Engine | None = None) -> Report:
    """Return all that is wrong with the tables of an export.

    judged_by: a corpus, with what it has of articles, annotators and entities; or an ontology alone.
    Raises UsageError if a table is missing, damaged or of another ontology; DataFaults if the corpus cannot
    judge: a file of it cannot be read, or its suites are not what its ontology gives.
    """
    from parley.label_studio.export.table_batches import MISSING, open_tables

    ontology, suites, reference, documents = None, None, None, None
    if isinstance(judged_by, Path):
        ontology = read_ontology(judged_by)
        suites = derived_suites(ontology)
        reference = Reference(texts=False, missing=MISSING)
    else:
        reading, paths = _Reading(), judged_by.paths
        ontology = judged_by.ontology
        suites = reading.value(lambda: read_suites(paths, judged_by.ontology))
        if paths.manifest.is_file():
            documents = reading.value(lambda: judged_by.documents)
        annotators = entities = None
        if paths.annotators.is_file():
            annotators = reading.value(lambda: {a.name: a.kind for a in judged_by.annotators.values()})
        if paths.entities.is_file():
            entities = reading.value(lambda: {e.id: e.type for e in judged_by.entities.values()})
        if reading.faults:
            raise DataFaults(reading.faults)
        reference = Reference(annotators, entities, texts=documents is not None, missing=MISSING)
    tables = open_tables(folder, ontology)
    of_labels = {name: expected for name, expected in (suites or {}).items() if name != "documents"}
    verdict = judge_all(engine or Cores(), [tables.batches(documents)], ontology, of_labels, reference)
    faults = DataFaults([*tables.faults(), *verdict.all_faults()]).faults
    return Report(tuple(faults), tables.counts, tuple(sorted(verdict.skipped)))


class _Reading:
    """Faults and skipped checks, while a corpus is read as far as it can be."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.skipped: set[Skipped] = set()

    def value(self, read: Callable[[], Value]) -> Value | None:
        """Return what can be read; if it has faults they are kept, and it is None."""
        try:
            return read()
        except DataFaults as found:
            self.faults += found.faults
            return None

    def skip(self, missing: str, *checks: str) -> None:
        self.skipped |= {Skipped(missing, check) for check in checks}

    def report(self, counts: dict[str, int], docs: str) -> Report:
        return Report(tuple(DataFaults(self.faults).faults), counts, tuple(sorted(self.skipped)), docs)


@dataclass(frozen=True)
class _CorpusBatch:
    """A batch as it is judged. others: batches with further articles that its label files say they are about.

    Layers of articles that cannot be read are left out: nothing can be said of these.
    """

    stored: StoredBatch
    others: tuple[StoredBatch, ...]

    def load(self) -> Batch:
        batch = self.stored.load()
        names = pc.unique(batch.layers["doc_id"])
        tables = [batch.documents]
        for other in self.others:
            documents = other.load_table("documents")
            tables.append(documents.filter(pc.is_in(documents["doc_id"], value_set=names)))
        batch = replace(batch, documents=pa.concat_tables(tables))
        listed = {name for stored in (self.stored, *self.others) for name in stored.doc_ids}
        faulty = listed - {*batch.documents["doc_id"].to_pylist()}
        if not faulty.intersection(names.to_pylist()):
            return batch
        return batch.of_layers([name not in faulty for name in batch.layers["doc_id"].to_pylist()])


def _corpus_batches(batches: Batches) -> list[_CorpusBatch]:
    homes = {doc_id: stored for stored in batches for doc_id in stored.doc_ids}
    found = []
    for stored in batches:
        names = pc.unique(stored.load_table("layers")["doc_id"]).to_pylist()
        others = {homes[name].number: homes[name] for name in names if name in homes}
        others.pop(stored.number, None)
        found.append(_CorpusBatch(stored, tuple(others.values())))
    return found


def _of_seeds(faults: Iterable[Fault]) -> bool:
    return any(fault.code != "labels-unreadable" for fault in faults)


def _near_duplicate_faults(corpus: Corpus, batches: Batches, engine: Engine) -> Iterator[Fault]:
    """Yield a fault for each pair of near-duplicate texts that the splits could part.

    Splits keep the articles of one event together; near duplicates have to be of one event, so that no split
    has what another was trained on.
    """
    events: dict[str, str] = {}
    for stored in batches:
        names, some = (stored.load_table("documents")[column].to_pylist() for column in ("doc_id", "event"))
        events |= dict(zip(names, some, strict=True))
    for first, second, _ in corpus.near_duplicates(engine):
        if events[first] != events[second] or not events[first]:
            what = (
                f"its text is nearly that of {second}, its event {events[first]!r} is not {events[second]!r}"
            )
            yield Fault("split-leak-text", first, what, corpus.paths.relative(corpus.paths.manifest))


def _release_batches(corpus: Corpus, engine: Engine, reading: _Reading) -> Sequence[Source]:
    """Return what is published as batches, none if it cannot be loaded; keep the faults of its files."""
    from parley.release.batches import published_batches
    from parley.release.data.loading import loading_faults
    from parley.release.verify import verify

    faults = verify(corpus, engine)
    if faults and not _damaged(faults):  # else it is what the corpus gives, which was loaded when published
        faults += loading_faults(corpus.paths.dataset, ("documents", "spans", "relations"))
    reading.faults += faults
    if _damaged(faults):
        reading.skip("a release that can be loaded", "published labels")
        return ()
    return published_batches(corpus.paths.dataset, corpus.ontology)


def _damaged(faults: Iterable[Fault]) -> bool:
    return any(fault.code == "release-damaged" for fault in faults)


def _fact_tables(
    sources: Iterable[Sequence[Source]], reference: Reference, ontology: Ontology
) -> Iterator[tuple[str, dict[str, pa.Table]]]:
    for number, source in enumerate(source for some in sources for source in some):
        yield f"batch-{number:05d}", facts(source.load(), reference, ontology)
