"""Derived files: what the ontology and the entities give, kept in version control and checked for drift."""

from __future__ import annotations

from pathlib import Path

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault
from parley.label_studio.screen import label_config
from parley.model.ontology_tables import ontology_blocks
from parley.model.paths import CorpusPaths
from parley.runtime.files import write_whole
from parley.runtime.markdown import fill
from parley.validation.project import derived_files as project_files
from parley.validation.project import differs
from parley.validation.project import stale as stale_file


def derive(paths: CorpusPaths) -> list[Path]:
    """Write the derived files that differ; return their paths."""
    written = {path: data for path, data in derived_files(paths).items() if differs(paths, path, data)}
    for path, data in written.items():
        write_whole(path, data)
    return list(written)


def stale(paths: CorpusPaths) -> list[Fault]:
    """Return a fault for each derived file that is not what its source gives."""
    return [
        stale_file(paths, path) for path, data in derived_files(paths).items() if differs(paths, path, data)
    ]


def derived_files(paths: CorpusPaths) -> dict[Path, bytes]:
    """Return every derived file of a corpus with the bytes it must have.

    Raises DataFaults if one of their sources cannot be read.
    """
    corpus = Corpus(paths)
    return {
        paths.label_config: _label_config(corpus),
        paths.guidelines: _guidelines(corpus)[1],
        **project_files(paths, corpus.ontology),
    }


def label_config_faults(corpus: Corpus) -> list[Fault]:
    """Return a fault if the committed labelling screen is not what ontology and entities give."""
    path = corpus.paths.label_config
    return [stale_file(corpus.paths, path)] if differs(corpus.paths, path, _label_config(corpus)) else []


def guidelines_faults(corpus: Corpus) -> list[Fault]:
    """Return a fault if the tables in the guidelines are not what the ontology gives."""
    there, expected = _guidelines(corpus)
    return [stale_file(corpus.paths, corpus.paths.guidelines)] if there != expected else []


def _label_config(corpus: Corpus) -> bytes:
    return label_config(corpus.ontology, corpus.entities).encode()


def _guidelines(corpus: Corpus) -> tuple[bytes, bytes]:
    """Return the guidelines as they are and as they must be."""
    path = corpus.paths.guidelines
    file, data = corpus.paths.relative(path), corpus.read(path, "guidelines-malformed")
    try:
        filled = fill(data.decode(), ontology_blocks(corpus.ontology), file).encode()
    except UnicodeDecodeError as error:
        raise DataFaults([Fault("guidelines-malformed", file, str(error), file)])
    if not data.strip():
        raise DataFaults([Fault("guidelines-malformed", file, "it is empty", file)])
    return data, filled
