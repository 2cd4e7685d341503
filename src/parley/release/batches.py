"""A batch of a release: whole documents and all that is said of them, so that no batch needs another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from parley.faults import check
from parley.model.annotators import Annotator, read_annotators
from parley.model.documents import Document
from parley.model.entities import Entity, read_entities
from parley.model.labels import Layer, read_layers
from parley.model.ontology import Ontology, read_ontology
from parley.model.paths import CorpusPaths
from parley.release.data.splits import Placement
from parley.release.settings import Settings
from parley.release.source import label_paths, published_path
from parley.seeds.manifest import Listed, read_rows
from parley.seeds.rules import read_rules
from parley.values.languages import Sentence, sentences


@dataclass(frozen=True)
class Scheme:
    """What holds for every batch of a release. annotators: by name. is_gold: the labels were adjudicated."""

    ontology: Ontology
    entities: dict[str, Entity]
    annotators: dict[str, Annotator]
    is_gold: bool


@dataclass(frozen=True)
class Batch:
    """Whole documents in the release's order.

    published: one layer a document, in their order. layers: every annotator's, for the config `annotations`,
    document by document. placement: of these documents.
    """

    documents: tuple[Document, ...]
    published: tuple[Layer, ...]
    layers: tuple[Layer, ...]
    placement: Mapping[str, Placement]

    @cached_property
    def sentences(self) -> tuple[list[Sentence], ...]:
        """The sentences of each document."""
        return tuple(sentences(document.text, document.language) for document in self.documents)


def read_scheme(corpus: CorpusPaths, settings: Settings) -> Scheme:
    """Read what holds for every batch of a corpus' release."""
    return Scheme(
        read_ontology(corpus.ontology),
        read_entities(corpus),
        read_annotators(corpus),
        settings.labels == "gold",
    )


def read_batch(
    corpus: CorpusPaths, labels: str, listed: Sequence[Listed], placement: Mapping[str, Placement]
) -> Batch:
    """Read some rows of the manifest as a batch.

    labels: where the published layers come from, as in release.toml. Raises DataFaults where a seed or a
    label file is not as it should be.
    """
    documents, faults = read_rows(corpus, listed, read_rules(corpus))
    check(faults)
    names = [document.doc_id for document in documents]
    published = read_layers(corpus, [published_path(corpus, labels, name) for name in names])
    layers = read_layers(corpus, [path for name in names for path in label_paths(corpus, name)])
    return Batch(tuple(documents), tuple(published), tuple(layers), placement)
