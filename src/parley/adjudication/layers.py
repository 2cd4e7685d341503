"""Whose layers take part, read once and compared article by article; and who decides between them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from parley.adjudication.compare import Comparison, compare
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, UsageError, check
from parley.model.annotators import choose_annotators
from parley.model.labels import Layer
from parley.validation.layer_faults import layer_faults

Layers = dict[str, dict[str, Layer | Fault]]  # by doc_id and annotator; a fault is a file that is unreadable


@dataclass(frozen=True)
class Adjudication:
    """What is adjudicated of a corpus: the articles labelled twice. comparisons: by doc_id."""

    corpus: Corpus
    layers: Layers
    comparisons: dict[str, Comparison]


def open_adjudication(corpus: Corpus, annotators: Sequence[str] = ()) -> Adjudication:
    """Return the layers of a corpus side by side.

    annotators: whose layers take part; none means all humans with labels if there are two or more, else all
    with labels that are not rules. Raises UsageError if no article has two layers, or somebody named has
    none; DataFaults for layers that cannot be read or are unfit to be compared.
    """
    names = _participants(corpus, annotators)
    layers, faults = read_layers(corpus, names), _faults(corpus, names)
    documents = corpus.documents
    wrong: list[Fault] = []
    comparisons: dict[str, Comparison] = {}
    for doc_id, own in sorted(layers.items()):
        if len(own) < 2 and doc_id in documents:
            continue
        try:
            check(layer for layer in own.values() if isinstance(layer, Fault))
            check(faults.get(doc_id, ()))
            sound = [layer for layer in own.values() if isinstance(layer, Layer)]
            comparisons[doc_id] = compare(sound, corpus.ontology)
        except DataFaults as found:
            wrong += found.faults
    check(wrong)
    if not comparisons:
        raise UsageError(
            f"no article is labelled by two of {', '.join(names) or 'the annotators'}",
            "let two annotators label the same article, or name others with --annotators",
        )
    return Adjudication(corpus, layers, comparisons)


def _faults(corpus: Corpus, annotators: Collection[str]) -> dict[str, list[Fault]]:
    """Return what is wrong with the layers of some annotators, by article as the file's name has it."""
    found: dict[str, list[Fault]] = {}
    for batch in corpus.batches(annotators=annotators, gold=False).load():
        files = batch.layers["file"].to_pylist()
        for row, faults in layer_faults(batch, corpus.ontology).items():
            found.setdefault(PurePosixPath(files[row]).stem, []).extend(faults)
    return found


def read_layers(corpus: Corpus, annotators: Collection[str] | None = None) -> Layers:
    """Return the layers of some annotators, None for all, each under the folder and name of its file."""
    batches = corpus.batches(annotators=annotators, gold=False)
    files: list[tuple[str, Layer | Fault]] = [
        (fault.file, fault) for fault in batches.faults if fault.code == "labels-unreadable"
    ]
    files += [(found.file, found.layer) for batch in batches.load() for found in batch.structs()]
    layers: Layers = {}
    for file, layer in sorted(files, key=lambda pair: pair[0]):
        path = PurePosixPath(file)
        layers.setdefault(path.stem, {})[path.parent.name] = layer
    return layers


def choose_lead(adjudication: Adjudication, lead: str = "") -> str:
    """Return who adjudicates: the one named, else the only human whose labels are not compared.

    Raises UsageError if that is nobody, more than one, or one of those whose labels are compared.
    """
    listed = adjudication.corpus.annotators
    compared = {name for c in adjudication.comparisons.values() for name in c.annotators}
    free = [a.name for a in listed.values() if a.kind == "human" and a.name not in compared]
    if lead and lead not in listed:
        raise UsageError(f"annotators.csv does not list {lead!r}", "add a row for the lead")
    if lead in compared:
        raise UsageError(
            f"{lead} would adjudicate labels of their own", "name somebody else with --lead, or the layers"
        )
    if not lead and len(free) != 1:
        raise UsageError(
            f"cannot tell who the lead is: {', '.join(free) or 'no human'} is free to adjudicate",
            "name the lead with --lead",
        )
    return lead or free[0]


def _participants(corpus: Corpus, names: Sequence[str]) -> list[str]:
    with_labels = {path.parent.name for path in corpus.paths.labels.glob("*/*.json")}
    chosen = choose_annotators(corpus.annotators, names, with_labels=with_labels)
    if len(chosen) < 2 and not names:
        chosen = choose_annotators(corpus.annotators, kinds=("human", "model"), with_labels=with_labels)
    return [annotator.name for annotator in chosen]
