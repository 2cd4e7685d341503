"""Derived files: what the ontology and the entities give, kept in version control and checked for drift."""

from __future__ import annotations

from pathlib import Path

from parley.faults import Fault
from parley.label_studio.screen.config import label_config
from parley.model.entities import read_entities
from parley.model.ontology import read_ontology
from parley.model.ontology_tables import ontology_blocks
from parley.model.paths import CorpusPaths
from parley.runtime.files import write_whole
from parley.runtime.markdown import fill
from parley.validation.suite_files import derived_files as suite_files


def derived_files(corpus: CorpusPaths) -> dict[Path, bytes]:
    """Return every derived file of a corpus with the bytes it must have."""
    ontology = read_ontology(corpus.ontology)
    guidelines = fill(
        corpus.guidelines.read_text(encoding="utf-8"),
        ontology_blocks(ontology),
        corpus.relative(corpus.guidelines),
    )
    return {
        corpus.label_config: label_config(ontology, read_entities(corpus)).encode(),
        corpus.guidelines: guidelines.encode(),
        **suite_files(corpus),
    }


def derive(corpus: CorpusPaths) -> list[Path]:
    """Write the derived files that differ; return their paths."""
    written = []
    for path, data in derived_files(corpus).items():
        if not path.is_file() or path.read_bytes() != data:
            write_whole(path, data)
            written.append(path)
    return written


def stale(corpus: CorpusPaths) -> list[Fault]:
    """Return a fault for each derived file that is not what its source gives."""
    return [
        Fault(
            "derived-stale",
            corpus.relative(path),
            "differs from what the ontology gives",
            corpus.relative(path),
        )
        for path, data in derived_files(corpus).items()
        if not path.is_file() or path.read_bytes() != data
    ]
