"""What label tables are judged by: a corpus with all that it knows, or an ontology alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parley.faults import DataFaults
from parley.model.annotators import read_annotators
from parley.model.entities import read_entities
from parley.model.ontology import Ontology, read_ontology
from parley.model.paths import CorpusPaths
from parley.seeds.manifest import read_documents
from parley.validation.corpus_report import stale
from parley.validation.judge import Suites, read_suites
from parley.validation.label_tables import Beside
from parley.validation.suite_files import derived_suites

TABLES = ("layers", "spans", "relations")


@dataclass(frozen=True)
class Terms:
    """What tables are judged by. beside: what their labels must agree with."""

    ontology: Ontology
    suites: Suites
    beside: Beside


def terms_of(corpus: CorpusPaths) -> Terms:
    """Return what a corpus judges tables by: its suites, and its articles, annotators and entities if any.

    Raises DataFaults where one of them cannot be read or its suites are not what its ontology gives.
    """
    ontology = read_ontology(corpus.ontology)
    faults = stale(corpus)
    read: dict[str, Any] = {}
    for name, file, reader in (
        ("documents", corpus.manifest, lambda: {d.doc_id: d for d in read_documents(corpus)}),
        ("annotators", corpus.annotators, lambda: read_annotators(corpus)),
        ("entity_types", corpus.entities, lambda: {e.id: e.type for e in read_entities(corpus).values()}),
    ):
        if file.is_file():
            try:
                read[name] = reader()
            except DataFaults as found:
                faults += found.faults
    if faults:
        raise DataFaults(faults)
    return Terms(ontology, read_suites(corpus, TABLES), Beside(**read))


def terms_of_ontology(path: Path) -> Terms:
    """Return what an ontology alone judges tables by.

    Raises DataFaults where it cannot be read.
    """
    ontology = read_ontology(path)
    suites = derived_suites(ontology)
    return Terms(ontology, {name: suites[name] for name in TABLES}, Beside())
