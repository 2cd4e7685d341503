"""Where published labels come from: gold, or one annotator's layer published as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parley.annotators import Annotator, read_annotators
from parley.corpus import Corpus
from parley.documents import Document
from parley.faults import UsageError
from parley.labels import Layer, layer_path, layer_paths, read_layers
from parley.release.settings import Settings


@dataclass(frozen=True)
class Source:
    """The labels of a release.

    published: one layer a document, in the documents' order. layers: every annotator's, for the config
    `annotations`. annotators: by name.
    """

    published: tuple[Layer, ...]
    layers: tuple[Layer, ...]
    annotators: dict[str, Annotator]
    is_gold: bool

    @property
    def makers(self) -> list[Annotator]:
        """Return who made the published labels: the layers' annotators, for gold those it was made from."""
        names = {layer.annotator for layer in self.published}
        for layer in self.published:
            for span in layer.spans:
                names.update(span.sources)
            for relation in layer.relations:
                names.update(relation.sources)
        return [a for name, a in self.annotators.items() if name in names]


def read_source(corpus: Corpus, settings: Settings, documents: Sequence[Document]) -> Source:
    """Read the labels that a release publishes.

    Raises UsageError where an article has none, or a version from 1.0 has not been made by people.
    """
    annotators = read_annotators(corpus)
    is_gold = settings.labels == "gold"
    paths = [
        corpus.gold / f"{d.doc_id}.json" if is_gold else layer_path(corpus, settings.labels, d.doc_id)
        for d in documents
    ]
    missing = [corpus.relative(path) for path in paths if not path.is_file()]
    if missing:
        raise UsageError(
            f"there are no labels to publish in {', '.join(missing)}",
            "adjudicate them (`make adjudicate`), or name another source with `labels` in release.toml",
        )
    source = Source(
        tuple(read_layers(corpus, paths)),
        tuple(read_layers(corpus, layer_paths(corpus))),
        annotators,
        is_gold,
    )
    _refuse_unearned_version(settings, source)
    return source


def _refuse_unearned_version(settings: Settings, source: Source) -> None:
    if settings.version_parts[0] == 0:
        return
    lead = {layer.annotator for layer in source.published}
    humans = {a.name for a in source.makers if a.kind == "human"}
    leads = {name for name in lead if source.annotators[name].kind == "human"}
    if not (source.is_gold and len(humans - lead) >= 2 and leads == lead):
        raise UsageError(
            f"version {settings.version} needs gold made by at least two people and adjudicated by one",
            "publish it as 0.x until people have labelled and adjudicated it",
        )
