"""What the figures of a release are computed from: counts over its documents. Those of two batches add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from parley.model.documents import Document
from parley.model.labels import Layer
from parley.release.batches import Batch, Scheme
from parley.release.data.conflicts import Figure, figures
from parley.release.data.sentences import surrounding
from parley.release.data.splits import SPLITS
from parley.release.source import makers

SHOWN = 12  # articles whose labels are counted one by one, the first by doc_id


@dataclass
class Tally:
    """Counts over documents.

    outlets: documents by publisher. spans, relations: published labels by split, then label. shown: labels of
    single articles, spans and relations. values: of attributes, by label, name and value. layers: by
    annotator. depths: documents by their number of layers. leads: whose name stands on published layers.
    makers: who made their labels. decisions: published labels by what adjudication did. mentions, mentioned:
    spans that point at an entity, and documents that have one. figures: what articles tell of happenings.
    """

    documents: int = 0
    outlets: Counter[str] = field(default_factory=Counter)
    spans: dict[str, Counter[str]] = field(default_factory=lambda: {split: Counter() for split in SPLITS})
    relations: dict[str, Counter[str]] = field(default_factory=lambda: {split: Counter() for split in SPLITS})
    shown: dict[str, tuple[Counter[str], Counter[str]]] = field(default_factory=dict)
    values: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    layers: Counter[str] = field(default_factory=Counter)
    depths: Counter[int] = field(default_factory=Counter)
    leads: set[str] = field(default_factory=set)
    makers: set[str] = field(default_factory=set)
    decisions: Counter[str] = field(default_factory=Counter)
    mentions: Counter[str] = field(default_factory=Counter)
    mentioned: Counter[str] = field(default_factory=Counter)
    figures: list[Figure] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add the counts over other documents."""
        self.documents += other.documents
        for split in SPLITS:
            self.spans[split].update(other.spans[split])
            self.relations[split].update(other.relations[split])
        shown = self.shown | other.shown
        self.shown = {doc_id: shown[doc_id] for doc_id in sorted(shown)[:SHOWN]}
        for name in ("outlets", "values", "layers", "depths", "decisions", "mentions", "mentioned"):
            getattr(self, name).update(getattr(other, name))
        self.leads |= other.leads
        self.makers |= other.makers
        self.figures += other.figures


def tally(batch: Batch, scheme: Scheme) -> Tally:
    """Count a batch."""
    made = Tally(documents=len(batch.documents))
    for document, layer in zip(batch.documents, batch.published, strict=True):
        _count_labels(made, document, layer, batch.placement[document.doc_id].split)
    made.shown = {doc_id: made.shown[doc_id] for doc_id in sorted(made.shown)[:SHOWN]}
    _count_values(made, batch.published, scheme)
    layers = Counter(layer.doc_id for layer in batch.layers)
    made.depths.update(layers[document.doc_id] for document in batch.documents)
    made.layers.update(layer.annotator for layer in batch.layers)
    made.figures.extend(_figures(batch, scheme))
    return made


def _count_labels(made: Tally, document: Document, layer: Layer, split: str) -> None:
    made.outlets[document.publisher] += 1
    spans, relations = Counter(s.label for s in layer.spans), Counter(r.label for r in layer.relations)
    made.spans[split].update(spans)
    made.relations[split].update(relations)
    made.shown[document.doc_id] = spans, relations
    made.decisions.update(span.decision for span in layer.spans)
    made.decisions.update(relation.decision for relation in layer.relations)
    made.leads.add(layer.annotator)
    made.makers |= makers(layer)


def _count_values(made: Tally, published: Iterable[Layer], scheme: Scheme) -> None:
    attributes = scheme.ontology.attributes
    of = {label: {a.name for a in attributes if label in a.labels} for label in scheme.ontology.span_names}
    entities = {a.name for a in attributes if a.kind == "entity"}
    for layer in published:
        here: set[str] = set()
        for span in layer.spans:
            given = span.attributes
            made.values.update((span.label, name, given[name]) for name in of[span.label] if name in given)
            about = {value for name, value in given.items() if name in entities}
            made.mentions.update(about)
            here |= about
        made.mentioned.update(here)


def _figures(batch: Batch, scheme: Scheme) -> Iterable[Figure]:
    """Yield the figures that articles give for happenings, each with its article's event and sentence."""
    number = {document.doc_id: index for index, document in enumerate(batch.documents)}
    for figure in figures(batch.published, scheme.entities, scheme.ontology):
        index = number[figure.doc_id]
        sentence = surrounding(batch.sentences[index], figure.quantity.start)
        yield replace(figure, event=batch.documents[index].event, sentence=sentence.text if sentence else "")
