"""Validate a corpus: read it, lay out its tables, let the checkpoint judge them, name every fault."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from parley.faults import DataFaults, Fault
from parley.model.ontology import read_ontology
from parley.model.paths import CorpusPaths
from parley.runtime.engine import cores
from parley.validation.batches import SPANS_PER_BATCH, Batch, Laid, batches, lay_out
from parley.validation.checkpoint import build_data_docs, run_checkpoint
from parley.validation.consistency import gold_faults, near_duplicate_faults, release_faults
from parley.validation.judge import Unasked
from parley.validation.label_files import RELEASE, gather
from parley.validation.project import TABLES_FOLDER
from parley.validation.published import published_batch
from parley.validation.suite_files import derived_files
from parley.validation.verdicts import faults


@dataclass(frozen=True)
class Report:
    """What validation found.

    counts: rows judged, by table. docs: address of Data Docs, "" if not built. unasked: what could not be
    judged, as something needed for it is not there.
    """

    faults: tuple[Fault, ...]
    counts: dict[str, int]
    docs: str = ""
    unasked: tuple[Unasked, ...] = ()


def validate(corpus: CorpusPaths) -> list[Fault]:
    """Return every fault of a corpus, sorted; none means that it may be published."""
    return list(report(corpus).faults)


def report(
    corpus: CorpusPaths,
    *,
    release: bool = True,
    docs: bool = False,
    workers: int | None = None,
    spark: Any = None,  # noqa: ANN401 - pyspark is not there for everybody
) -> Report:
    """Validate a corpus.

    release: what is published too, where anything is. docs: build Data Docs. workers: processes, else one a
    core. spark: a session of Spark, whose engine then judges; Data Docs are of the pandas engine's results.
    """
    try:
        ontology = read_ontology(corpus.ontology)
    except DataFaults as malformed:  # nothing can be judged without it
        return Report(tuple(malformed.faults), {})
    gathered = gather(corpus)
    found = [*gathered.faults, *stale(corpus)]
    manifest = corpus.relative(corpus.manifest)
    counts: dict[str, int] = {}
    pages = ""
    if gathered.readable and not any(f.code.startswith(("derived", "expectations")) for f in found):
        found += gold_faults(corpus)
        found += near_duplicate_faults(gathered.documents, manifest)
        cut = batches(gathered, ontology, manifest)
        published: list[Batch] = []
        if release and (corpus.dataset / "data").is_dir():
            damaged = release_faults(corpus)
            found += damaged
            if not any(f.code == "release-damaged" for f in damaged):
                try:
                    published.append(published_batch(corpus, gathered, ontology))
                except Exception as error:  # whatever stops load_dataset stops a reader
                    here = corpus.relative(corpus.dataset)
                    what = f"load_dataset cannot read it: {type(error).__name__}: {error}"
                    found.append(Fault("release-damaged", here, what, here))
        _clear(corpus)
        laid = lay_out(chain(cut, published), corpus.root / TABLES_FOLDER)
        counts = _counts(laid)
        # starting further processes costs an import of Great Expectations, more than a small batch does
        large = sum(batch.counts["spans"] for batch in laid) > SPANS_PER_BATCH
        if spark is None:
            unmet = run_checkpoint(corpus, laid, workers=workers or (cores() if large else 1))
        else:
            from parley.validation.on_spark import judge_laid

            unmet = judge_laid(spark, corpus, laid)
        found += faults(unmet, laid)
        pages = build_data_docs(corpus) if docs else ""
    return Report(tuple(DataFaults(found).faults), counts, pages)


def stale(corpus: CorpusPaths) -> list[Fault]:
    """Return a fault for each file of validation/ that is not what the ontology gives."""
    try:
        derived = derived_files(corpus)
    except DataFaults as found:
        return found.faults
    return [
        Fault(
            "derived-stale",
            corpus.relative(path),
            "differs from what the ontology gives",
            corpus.relative(path),
        )
        for path, data in derived.items()
        if not path.is_file() or path.read_bytes() != data
    ]


def _counts(laid: Sequence[Laid]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for batch in laid:
        published = "published " if batch.name.startswith(RELEASE) else ""
        for name, rows in batch.counts.items():
            if rows or not published:
                counts[published + name] = counts.get(published + name, 0) + rows
    return counts


def _clear(corpus: CorpusPaths) -> None:
    """Remove the tables and results of an earlier run; they are scratch."""
    for name in ("validation", "data-docs"):
        shutil.rmtree(corpus.build / name, ignore_errors=True)
