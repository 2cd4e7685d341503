"""Validate a corpus: read it, lay out its tables, let the checkpoint judge them, name every fault."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass

from parley.corpus import Corpus
from parley.faults import DataFaults, Fault
from parley.ontology import read_ontology
from parley.validation.batches import Batch, batches
from parley.validation.checkpoint import build_data_docs, run_checkpoint
from parley.validation.gathering import gather
from parley.validation.suites import derived_files
from parley.validation.verdicts import faults


@dataclass(frozen=True)
class Report:
    """What validation found. counts: rows judged, by table. docs: address of Data Docs, "" if not built."""

    faults: tuple[Fault, ...]
    counts: dict[str, int]
    docs: str = ""


def validate(corpus: Corpus) -> list[Fault]:
    """Return every fault of a corpus, sorted; none means that it may be published."""
    return list(report(corpus).faults)


def report(corpus: Corpus, *, docs: bool = False, workers: int | None = None) -> Report:
    """Validate a corpus. docs: build Data Docs too. workers: processes, else one a core."""
    try:
        ontology = read_ontology(corpus.ontology)
    except DataFaults as malformed:  # nothing can be judged without it
        return Report(tuple(malformed.faults), {})
    gathered = gather(corpus)
    found = [*gathered.faults, *stale(corpus)]
    counts: dict[str, int] = {}
    pages = ""
    if gathered.readable and not any(f.code.startswith(("derived", "expectations")) for f in found):
        _clear(corpus)
        laid: dict[str, Batch] = {}
        for batch in batches(gathered, ontology):
            laid[batch.name] = batch
            for name, table in batch.tables.items():
                counts[name] = counts.get(name, 0) + table.num_rows
        unmet = run_checkpoint(corpus, laid.values(), workers=workers or os.cpu_count() or 1)
        found += faults(unmet, laid, corpus.relative(corpus.manifest))
        pages = build_data_docs(corpus) if docs else ""
    return Report(tuple(DataFaults(found).faults), counts, pages)


def stale(corpus: Corpus) -> list[Fault]:
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


def _clear(corpus: Corpus) -> None:
    """Remove the tables and results of an earlier run; they are scratch."""
    for name in ("validation", "data-docs"):
        shutil.rmtree(corpus.build / name, ignore_errors=True)
