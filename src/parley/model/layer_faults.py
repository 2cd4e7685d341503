"""What makes a label file unfit to be shown or compared: asked before a push, agreement and adjudication.

Validation asks the same and more of whole tables at once (`parley.validation.suites`); here a layer is looked
at as it is read, in one pass over its labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from parley.faults import Fault
from parley.model.documents import Document
from parley.model.labels import Layer, Span, make_relation, span_id
from parley.model.ontology import Ontology
from parley.model.paths import CorpusPaths


def layer_faults(
    corpus: CorpusPaths, path: Path, layer: Layer, documents: Mapping[str, Document], ontology: Ontology
) -> Iterator[Fault]:
    """Yield what is wrong with a label file: its place, its document and text, its spans and relations.

    documents: by doc_id. Of a misplaced file, and of one made on another text, no more than that is said.
    """
    file = corpus.relative(path)
    if (layer.annotator, layer.doc_id) != (path.parent.name, path.stem):
        says = f"it says {layer.annotator} and {layer.doc_id}"
        yield Fault("labels-misplaced", file, says, file)
    elif layer.doc_id not in documents:
        yield Fault("document-unknown", file, f"no document {layer.doc_id!r}", file)
    elif layer.text_sha256 != documents[layer.doc_id].text_sha256:
        yield Fault("text-mismatch", file, "text_sha256 is not that of the cleaned article", file)
    else:
        for code, place, what in _span_faults(layer, documents[layer.doc_id].text, ontology):
            yield Fault(code, f"{file} > {place}", what, file)
        for code, place, what in _relation_faults(layer, ontology):
            yield Fault(code, f"{file} > {place}", what, file)


def differences(layers: Sequence[Layer]) -> Iterator[Fault]:
    """Yield why layers cannot be held against the first: of another document, text or ontology revision."""
    first = layers[0]
    for layer in layers:
        place = f"{layer.annotator} > {layer.doc_id}"
        if layer.text_sha256 != first.text_sha256 or layer.doc_id != first.doc_id:
            yield Fault("text-mismatch", place, f"{first.annotator} labelled another text of {first.doc_id}")
        if layer.ontology != first.ontology:
            what = f"it was made with {layer.ontology}, the layer of {first.annotator} with {first.ontology}"
            yield Fault("layers-differ", place, what)


def _span_faults(layer: Layer, text: str, ontology: Ontology) -> Iterator[tuple[str, str, str]]:
    """Yield code, place and message."""
    length, known = len(text), ontology.attributes_of
    taken: set[str] = set()
    for span in layer.spans:
        start, end = span.start, span.end
        if start < 0 or end > length:
            yield "span-outside", _place(span), f"the text has {length} code points"
        elif start >= end:
            yield "span-empty", _place(span), f"it runs from {start} to {end}"
        elif text[start:end] != span.text:
            yield "span-surface", _place(span), f"the text there is {text[start:end]!r}"
        if span.label not in known:
            yield "span-label", _place(span), f"there is no label {span.label!r}"
        elif not span.attributes.keys() <= known[span.label].keys():
            strange = ", ".join(sorted(span.attributes.keys() - known[span.label].keys()))
            yield "attribute-unknown", _place(span), f"{span.label} has no {strange}"
        derived = span_id(span.label, start, end)
        if span.id != derived:
            yield "span-id", _place(span), f"the id should be {derived}"
        if derived in taken:
            yield "span-duplicate", _place(span), "it is given twice"
        taken.add(derived)


def _relation_faults(layer: Layer, ontology: Ontology) -> Iterator[tuple[str, str, str]]:
    """Yield code, place and message."""
    spans, known = layer.span_by_id, ontology.relation_by_name
    taken: set[str] = set()
    for relation in layer.relations:
        name = relation.id
        head, tail = spans.get(relation.head), spans.get(relation.tail)
        if head is None or tail is None:
            gone = relation.head if head is None else relation.tail
            yield "relation-dangling", name, f"{gone} is no span of this layer"
        elif relation.label not in known:
            yield "relation-label", name, f"there is no relation {relation.label!r}"
        else:
            derived = make_relation(relation.label, head, tail, symmetric=known[relation.label].symmetric)
            if derived.head != relation.head:
                yield "relation-order", name, "it runs from the earlier span to the later"
            elif derived.id != name:
                yield "relation-id", name, f"the id should be {derived.id}"
            if derived.id in taken:
                yield "relation-duplicate", name, "it is given twice"
            taken.add(derived.id)


def _place(span: Span) -> str:
    return f'{span.id} "{span.text}" {span.start}:{span.end}'
