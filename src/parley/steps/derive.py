"""Derived files: what the ontology and the entities give, kept in version control and checked for drift."""

from __future__ import annotations

from pathlib import Path

from parley.corpus.corpus import Corpus
from parley.faults import Fault
from parley.label_studio.screen import label_config
from parley.model.ontology import ontology_blocks
from parley.model.paths import CorpusPaths
from parley.runtime.files import write_whole
from parley.runtime.markdown import fill
from parley.validation.project import derived_files as project_files


def derive(paths: CorpusPaths) -> list[Path]:
    """Write the derived files that differ; return their paths."""
    written = _differing(paths)
    for path, data in written.items():
        write_whole(path, data)
    return list(written)


def stale(paths: CorpusPaths) -> list[Fault]:
    """Return a fault for each derived file that is not what its source gives."""
    names = [paths.relative(path) for path in _differing(paths)]
    return [Fault("derived-stale", name, "differs from what the ontology gives", name) for name in names]


def derived_files(paths: CorpusPaths) -> dict[Path, bytes]:
    """Return every derived file of a corpus with the bytes it must have."""
    corpus = Corpus(paths)
    guidelines = paths.guidelines.read_text(encoding="utf-8")
    return {
        paths.label_config: label_config(corpus.ontology, corpus.entities).encode(),
        paths.guidelines: fill(
            guidelines, ontology_blocks(corpus.ontology), paths.relative(paths.guidelines)
        ).encode(),
        **project_files(paths, corpus.ontology),
    }


def _differing(paths: CorpusPaths) -> dict[Path, bytes]:
    derived = derived_files(paths).items()
    return {path: data for path, data in derived if not path.is_file() or path.read_bytes() != data}
