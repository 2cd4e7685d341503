"""Validate a corpus with its release, or the tables of an export: sources of batches, one judge, one report.

What cannot be a row of a table (an unreadable file, a stale gold file, near-duplicate texts in two events) is
found by the module that reads it, and is in the same report.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from parley.adjudication.gold import gold_faults
from parley.agreement.report import read_rounds
from parley.agreement.study import agreement_faults
from parley.corpus.batches import Batches, StoredBatch, load_articles
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, UsageError, as_text, check
from parley.model.batch import Batch, merged
from parley.model.ontology_file import read_ontology
from parley.preannotation.rules import read_rules
from parley.release.inputs import FILE as SETTINGS
from parley.release.inputs import read_settings
from parley.release.versions.history import damage
from parley.runtime.engine import Cores, Engine
from parley.steps.derive import guidelines_faults, label_config_faults
from parley.validation.expectation import Expectation
from parley.validation.facts import Reference, facts
from parley.validation.folder import folder_faults
from parley.validation.judge import Report, Skipped, Source, Verdict, judge_all
from parley.validation.project import derived_suites, read_suites
from parley.validation.waivers import Waiver, read_waivers, waive

Value = TypeVar("Value")

# what the processes that share an export's tables import; pandas comes with the first array of Arrow's
SHARED = ("pandas", "parley.label_studio.export.table_batches", "parley.validation.judge")
_JUDGED = 4  # batches of a corpus in one call of the library, which has a cost of its own


def validate(
    corpus: Corpus, engine: Engine | None = None, *, release: bool = True, docs: bool = False
) -> Report:
    """Return all that is wrong with a corpus; no fault means that it may be published.

    release: judge what is published too, if anything is. docs: build Data Docs.
    """
    return Validation(corpus, engine or Cores(), release=release, docs=docs).report()


def validate_tables(folder: Path, judged_by: Corpus | Path, engine: Engine | None = None) -> Report:
    """Return all that is wrong with the tables of an export.

    judged_by: a corpus, with what it has of articles, annotators, entities and waivers; or an ontology alone.
    Raises UsageError if a table is missing, damaged or of another ontology; DataFaults if the corpus cannot
    judge: a file of it cannot be read, or its suites are not what its ontology gives.
    """
    from parley.label_studio.export.table_batches import MISSING, open_tables

    engine = (engine or Cores()).preload(*SHARED)
    articles: Sequence[StoredBatch] | None = None
    waivers: tuple[Waiver, ...] = ()
    if isinstance(judged_by, Path):
        ontology = read_ontology(judged_by)
        suites = derived_suites(ontology)
        reference = Reference(texts=False, missing=MISSING)
    else:
        reading, ontology = _Reading(judged_by), judged_by.ontology
        suites = reading.suites() or {}
        if judged_by.paths.manifest.is_file():
            articles = reading.value(lambda c: c.sound_articles)
        annotators = reading.annotators() if judged_by.paths.annotators.is_file() else None
        entities = reading.entities() if judged_by.paths.entities.is_file() else None
        waivers = reading.value(lambda c: c.derived(read_waivers)) or ()
        check(reading.faults)
        reference = Reference(annotators, entities, texts=articles is not None, missing=MISSING)
    tables = open_tables(folder, ontology)
    of_labels = {name: expected for name, expected in suites.items() if name != "documents"}
    verdict = judge_all(engine, [tables.batches(articles or ())], ontology, of_labels, reference)
    faults = DataFaults([*tables.faults(), *verdict.all_faults()]).faults
    found = waive(faults, waivers)  # one that waives nothing is of labels that are not here
    skipped = tuple(sorted(verdict.skipped))
    return Report(found.faults, tables.counts, skipped, waived=found.accepted)


class _Reading:
    """A corpus that is read as far as it can be: what is wrong with it, and the checks that are skipped."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.faults: list[Fault] = []
        self.skipped: set[Skipped] = set()

    def value(self, read: Callable[[Corpus], Value]) -> Value | None:
        """Return what can be read; if it has faults they are kept, and it is None."""
        try:
            return read(self.corpus)
        except DataFaults as found:
            self.faults += found.faults
            return None

    def suites(self) -> dict[str, list[Expectation]] | None:
        """Return what labels are judged by: if expectations by hand cannot be read, without them."""
        try:
            suites, stale = read_suites(self.corpus.paths, self.corpus.ontology)
        except DataFaults as found:
            self.faults += found.faults
            if any(fault.code != "expectations-malformed" for fault in found.faults):
                return None
            self.skip("sound expectations by hand", "derived-stale", "expectation-failed")
            return derived_suites(self.corpus.ontology)
        self.faults += stale
        return suites

    def annotators(self) -> dict[str, str] | None:
        return self.value(lambda c: {one.name: str(one.kind) for one in c.annotators.values()})

    def entities(self) -> dict[str, str] | None:
        return self.value(lambda c: {one.id: one.type for one in c.entities.values()})

    def skip(self, missing: str, *checks: str) -> None:
        self.skipped |= {Skipped(missing, check) for check in checks}


class Validation(_Reading):
    """A corpus that is read, and judged meanwhile if other processes do most of it; then its report.

    release: judge what is published too, if anything is. docs: build Data Docs.
    """

    def __init__(self, corpus: Corpus, engine: Engine, *, release: bool, docs: bool = False) -> None:
        super().__init__(corpus)
        self._engine, self._docs = engine, docs
        self._sources: tuple[Sequence[Source], ...] = ()
        self._verdict: Callable[[], Verdict] = Verdict
        release = release and os.path.lexists(corpus.paths.dataset)
        self._beside_labels()
        self._ontology, self._suites = self.value(lambda c: c.ontology), self.suites()
        self._reference = Reference(self.annotators(), self.entities())
        try:
            manifest = self.value(lambda c: c.manifest)
        except UsageError as error:  # there are no articles, or too much: what else is wrong is said too
            found = as_text(DataFaults(self.faults).faults)
            raise UsageError(error.cause, error.remedy, [line for two in found for line in two.split("\n")])
        self._batches = self.value(lambda c: c.batches(engine))
        unread = [*(manifest.faults if manifest else ())]
        unread += self._batches.faults if self._batches else ()
        self.faults += unread
        if not (self._batches and manifest and all(f.code == "labels-unreadable" for f in unread)):
            self._leave_aside(release=release)
            self._judge(_corpus_batches(self._batches or ()))
            return
        labels = _corpus_batches(self._batches)
        self._judge(labels, _release_batches(corpus) if release else ())
        self._gold()
        self.faults += _near_duplicate_faults(corpus, self._batches, engine)
        self.value(lambda c: check(c.derived(agreement_faults)))
        if release and not self._release_is_sound():
            self._judge(labels)

    def report(self) -> Report:
        """Return all that is wrong, when all is judged."""
        if not (self._batches and self._ontology and self._suites):
            self.skip("sound ontology or manifest", "labels")
            return self._report({})
        verdict = self._verdict()
        self.faults += verdict.all_faults()
        self.skipped |= verdict.skipped
        counts = dict(verdict.counts)
        if "documents" in self._suites:  # each once
            counts["documents"] = sum(stored.load_table("documents").num_rows for stored in self._batches)
        if not self._docs:
            return self._report(counts)
        if any(fault.file.startswith("validation/") for fault in self.faults):
            self.skip("a sound project in validation/", "Data Docs")
            return self._report(counts)
        from parley.validation.gx.library import build_data_docs

        batches = (
            (f"{part}-{number:05d}", facts(source.load(), self._reference, self._ontology))
            for part, some in zip(("labels", "release"), self._sources, strict=False)
            for number, source in enumerate(some)
        )
        return self._report(counts, build_data_docs(self.corpus.paths, batches))

    def _report(self, counts: dict[str, int], docs: str = "") -> Report:
        waivers = self.value(lambda c: c.derived(read_waivers)) or ()
        found = waive(DataFaults(self.faults).faults, waivers)
        unused = () if self.skipped else found.unused  # what was not looked for may be there
        faults = DataFaults([*found.faults, *unused]).faults
        return Report(tuple(faults), counts, tuple(sorted(self.skipped)), docs, found.accepted)

    def _judge(self, *sources: Sequence[Source]) -> None:
        """Begin to judge sources, and nothing else, if anything can be judged."""
        if self._batches and self._ontology and self._suites:
            work = partial(judge_all, self._engine, sources, self._ontology, self._suites, self._reference)
            self._sources = sources
            self._verdict = work if self._batches.scratch else self._engine.later(work)

    def _leave_aside(self, *, release: bool) -> None:
        """Skip what needs sound articles; of a release, look at its files alone."""
        self.value(lambda c: c.derived(read_rounds))
        checks = ("labels of faulty articles", "gold", "agreement", "near duplicates")
        self.skip("sound seeds", "manifest-malformed", *checks, *(("release",) if release else ()))
        self._suites = self._suites and {name: e for name, e in self._suites.items() if name != "documents"}
        self.faults += damage(self.corpus.paths.dataset) if release else ()

    def _beside_labels(self) -> None:
        """Look at the folder, at settings, screen and guidelines, and at the rules that propose."""
        self.faults += folder_faults(self.corpus.paths)
        if os.path.lexists(self.corpus.paths.root / SETTINGS):  # also before anything is published
            self.value(read_settings)
        for faults_of in (label_config_faults, guidelines_faults):
            found = self.value(faults_of)
            self.faults += found or ()
            if found is None:
                self.skip("sound ontology, entities and guidelines", "derived-stale")
        if os.path.lexists(self.corpus.paths.preannotation):
            rules = self.value(lambda c: c.derived(read_rules))
            if not rules and all(fault.code != "preannotation-malformed" for fault in self.faults):
                self.skip("sound ontology, entities and annotators", "preannotation-malformed")

    def _gold(self) -> None:
        """Look at gold and ledger."""
        found = gold_faults(self.corpus)
        self.faults += found
        if any(fault.code == "ledger-malformed" for fault in found):
            self.skip("a sound ledger", "gold-stale")

    def _release_is_sound(self) -> bool:
        """Keep the faults of the published files; say whether their labels can be judged."""
        from parley.release.data.files import loading_faults
        from parley.release.verify import verify

        faults, compared = verify(self.corpus, self._engine)
        if not compared:
            self.skip("labels that a release can be made of", "release against corpus")
        unreadable = {"release-damaged", "release-link"}
        if faults and unreadable.isdisjoint(f.code for f in faults):  # else it is as publishing loaded it
            faults += loading_faults(self.corpus.paths.dataset, ("documents", "spans", "relations"))
        self.faults += faults
        sound = unreadable.isdisjoint(fault.code for fault in faults)
        if not sound:
            self.skip("a release that can be loaded", "published labels")
        return sound


@dataclass(frozen=True)
class _CorpusBatch:
    """Neighbouring batches as they are judged, in one call of the library.

    others: batches with further articles that their label files say they are about. Layers of articles that
    cannot be read are left out: nothing can be said of these.
    """

    stored: tuple[StoredBatch, ...]
    others: tuple[StoredBatch, ...]

    def load(self) -> Batch:
        batch = merged([one.load() for one in self.stored])
        names = pc.unique(batch.layers["doc_id"])
        documents = pa.concat_tables([batch.documents, load_articles(self.others, names)])
        batch = replace(batch, documents=documents)
        listed = {name for stored in (*self.stored, *self.others) for name in stored.doc_ids}
        faulty = listed - {*batch.documents["doc_id"].to_pylist()}
        if not faulty.intersection(names.to_pylist()):
            return batch
        return batch.of_layers([name not in faulty for name in batch.layers["doc_id"].to_pylist()])


def _corpus_batches(batches: Sequence[StoredBatch]) -> list[_CorpusBatch]:
    groups = (tuple(batches[begin : begin + _JUDGED]) for begin in range(0, len(batches), _JUDGED))
    return [_CorpusBatch(some, _others(some, batches)) for some in groups]


def _others(some: Sequence[StoredBatch], batches: Sequence[StoredBatch]) -> tuple[StoredBatch, ...]:
    """Return the batches that have articles which label files of some others say they are about."""
    names = {name for one in some for name in one.load_table("layers")["doc_id"].unique().to_pylist()}
    names -= {doc_id for one in some for doc_id in one.doc_ids}
    return tuple(one for one in batches if not names.isdisjoint(one.doc_ids)) if names else ()


def _near_duplicate_faults(corpus: Corpus, batches: Batches, engine: Engine) -> Iterator[Fault]:
    """Yield a fault for each pair of near-duplicate texts that the splits could part.

    Splits keep the articles of one event together; near duplicates have to be of one event, so that no split
    has what another was trained on.
    """
    pairs = corpus.near_duplicates(engine)
    alike = pa.array({name for first, second, _ in pairs for name in (first, second)}, pa.string())
    found = load_articles(batches if pairs else (), alike)
    events = dict(zip(found["doc_id"].to_pylist(), found["event"].to_pylist(), strict=True))
    for first, second, _ in pairs:
        here, there = events[first], events[second]
        if here != there or not here:
            what = f"its text is nearly that of {second}, its event {here!r} is not {there!r}"
            yield Fault("split-leak-text", first, what, corpus.paths.relative(corpus.paths.manifest))


def _release_batches(corpus: Corpus) -> Sequence[Source]:
    """Return what is published as batches, none if a file cannot be read: verifying names it."""
    from parley.release.data.files import published_batches

    try:
        return published_batches(corpus.paths.dataset, corpus.ontology)
    except DataFaults:
        return ()
