"""Layers on the small made-up scheme, for the tests of agreement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import strategies as st

from parley.agreement import measure
from parley.agreement.measures.matching import Labels, labels_of
from parley.model.batch import EXPORT, Batch, LayerFile
from parley.model.documents import Document
from parley.model.labels import Layer, Span, make_relation, make_span, sha256_text
from parley.model.ontology import Ontology

TEXT = "Ann met Bo in Rome, said Cy; they left on Monday at noon, tired."
LABELS = ("A", "B", "C")


def layer(
    annotator: str,
    spans: Iterable[tuple],
    relations: Iterable[tuple[str, int, int]] = (),
    doc_id: str = "d",
    text: str = TEXT,
) -> Layer:
    """Return a layer of spans (label, start, end[, attributes]) and relations (label, head, tail)."""
    made: list[Span] = [make_span(text, s[0], s[1], s[2], s[3] if len(s) > 3 else None) for s in spans]
    drawn = [make_relation(n, made[h], made[t], symmetric=n == "same") for n, h, t in relations]
    return Layer(doc_id, sha256_text(text), annotator, "small 1", "", None, tuple(made), tuple(drawn))


def batch_of(layers: Iterable[Layer], ontology: Ontology, texts: Mapping[str, str] | str = TEXT) -> Batch:
    """Return layers with their documents. texts: by doc_id, or one for all."""
    layers = list(layers)
    names = dict.fromkeys(layer.doc_id for layer in layers)
    given = dict.fromkeys(names, texts) if isinstance(texts, str) else texts
    documents = [
        Document(
            doc_id=name, text=given[name], title="", publisher="", published="", event="", language="en",
            rights="", file="", seed_sha256="", segments=(), cuts=(),
        )
        for name in names
    ]  # fmt: skip
    return Batch.of(documents, [LayerFile(layer, EXPORT) for layer in layers], ontology)


def measured(layers: Iterable[Layer], ontology: Ontology, texts=TEXT, **options) -> dict:
    """Return all figures of the layers. options: as of `measure`."""
    return measure([batch_of(layers, ontology, texts)], ontology, **options)


def two_annotators(first: Layer, second: Layer, ontology: Ontology) -> tuple[Labels, Labels]:
    batch = batch_of([first, second], ontology)
    return tuple(labels_of(batch, x.annotator, [first.doc_id], ontology) for x in (first, second))


@st.composite
def layers(draw, annotator: str, doc_id: str = "d") -> Layer:
    """Draw a layer with nested, crossing and equal offsets, legal relations and attributes."""
    places = st.tuples(st.sampled_from(LABELS), st.integers(0, 24), st.integers(1, 9))
    spans = [
        (label, start, start + length)
        for label, start, length in draw(st.lists(places, unique=True, max_size=9))
    ]
    with_attributes = []
    for label, start, end in spans:
        attributes = {}
        if label in "AB" and draw(st.booleans()):
            attributes["who"] = draw(st.sampled_from(["x", "y", "z"]))
        if label in "AC" and draw(st.booleans()):
            attributes["mood"] = draw(st.sampled_from(["good", "bad"]))
        with_attributes.append((label, start, end, attributes))
    legal = [
        (name, h, t)
        for h in range(len(spans))
        for t in range(len(spans))
        if h != t
        for name, ok in (
            ("knows", spans[h][0] == "A" and spans[t][0] in "AB"),
            ("sees", spans[h][0] in "AB" and spans[t][0] in "AC"),
            ("same", spans[h][0] == spans[t][0] != "C" and h < t),
        )
        if ok
    ]
    relations = draw(st.lists(st.sampled_from(legal), unique=True, max_size=8)) if legal else []
    return layer(annotator, with_attributes, relations, doc_id)


def pair_of_layers(doc_id: str = "d"):
    """Draw two annotators' layers that share much: the second is another draw with some of the first."""

    @st.composite
    def pair(draw) -> tuple[Layer, Layer]:
        a, b = draw(layers("a", doc_id)), draw(layers("b", doc_id))
        kept = draw(st.lists(st.sampled_from(a.spans), unique_by=lambda s: s.id)) if a.spans else []
        ids = {s.id for s in kept}
        spans = {s.id: s for s in (*b.spans, *kept)}
        relations = {r.id: r for r in (*b.relations, *a.relations) if {r.head, r.tail} <= set(spans)}
        relations = {i: r for i, r in relations.items() if r in b.relations or {r.head, r.tail} <= ids}
        return a, Layer(
            doc_id, a.text_sha256, "b", "small 1", "", None, tuple(spans.values()), tuple(relations.values())
        )

    return pair()
