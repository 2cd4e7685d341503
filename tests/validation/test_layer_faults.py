"""No figure and no decision comes of a label file that does not fit its article or itself."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from parley.adjudication.compare import open_adjudication
from parley.agreement.study import measure_corpus
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.model.batch import EXPORT, LABELS, Batch, LayerFile
from parley.model.labels import (
    Layer,
    Relation,
    Span,
    decode_layer,
    layer_path,
    relation_id,
    span_id,
    write_layer,
)
from parley.model.ontology_file import read_ontology
from parley.model.paths import CorpusPaths
from parley.validation.facts import Reference
from parley.validation.judge import judge
from parley.validation.layer_faults import layer_faults
from parley.validation.project import derived_suites

DOC = "h4_storm"
replace = msgspec.structs.replace


def first_span(layer: Layer, **changes: object) -> Layer:
    return replace(layer, spans=(replace(layer.spans[0], **changes), *layer.spans[1:]))


def first_relation(layer: Layer, **changes: object) -> Layer:
    return replace(layer, relations=(replace(layer.relations[0], **changes), *layer.relations[1:]))


def moved(layer: Layer, start: int, end: int) -> Layer:
    """Return the layer with its last span elsewhere, its id fitting, its relations gone."""
    span = layer.spans[-1]
    kept = tuple(r for r in layer.relations if span.id not in (r.head, r.tail))
    elsewhere = replace(span, id=span_id(span.label, start, end), start=start, end=end)
    return replace(layer, spans=(*layer.spans[:-1], elsewhere), relations=kept)


def turned(layer: Layer) -> Relation:
    """Return the layer's symmetric relation, the other way round."""
    same = next(r for r in layer.relations if r.label == "same")
    return Relation(relation_id(same.tail, "same", same.head), "same", same.tail, same.head)


CHANGES: list[tuple[Callable[[Layer], Layer], set[str]]] = [
    (lambda x: replace(x, annotator="ada"), {"labels-misplaced"}),
    (lambda x: replace(x, doc_id="h0_collision"), {"labels-misplaced"}),
    (lambda x: replace(x, text_sha256="0" * 64), {"text-mismatch"}),
    (lambda x: moved(x, 5_000, 5_003), {"span-outside"}),
    (lambda x: moved(x, -3, 3), {"span-outside"}),
    (lambda x: moved(x, 7, 7), {"span-empty", "span-surface"}),
    (lambda x: first_span(x, text="other words"), {"span-surface"}),
    (lambda x: replace(x, spans=(*x.spans, x.spans[0])), {"span-duplicate"}),
    (lambda x: replace(x, spans=(*x.spans, replace(x.spans[0], id="x"))), {"span-id", "span-duplicate"}),
    (lambda x: first_span(x, label="BOAT"), {"span-label", "span-id"}),
    (lambda x: first_span(x, attributes={"gone": "by"}), {"attribute-unknown"}),
    (lambda x: replace(x, spans=x.spans[1:]), {"relation-dangling"}),
    (lambda x: replace(x, relations=(*x.relations, x.relations[0])), {"relation-duplicate"}),
    (lambda x: first_relation(x, label="owns"), {"relation-label", "relation-id"}),
    (lambda x: first_relation(x, id="x"), {"relation-id"}),
    (
        lambda x: replace(x, relations=(*x.relations, turned(x))),
        {"relation-order", "relation-duplicate"},
    ),
]


@pytest.mark.parametrize(("change", "codes"), CHANGES)
def test_agreement_and_adjudication_refuse_the_same_faults(
    harbour: CorpusPaths, change: Callable[[Layer], Layer], codes: set[str]
) -> None:
    """Each under the code that validation gives it, in its file; nothing is measured or listed."""
    path = layer_path(harbour, "bo", DOC)
    write_layer(path, change(decode_layer(path.read_bytes())))
    for step in (measure_corpus, open_adjudication):
        with pytest.raises(DataFaults) as refused:
            step(Corpus(harbour))
        assert {f.code for f in refused.value.faults} == codes
        assert {f.file for f in refused.value.faults} == {"annotation/labels/bo/h4_storm.json"}
    assert not harbour.agreement.exists()
    assert not [*harbour.build.rglob("*")]


@pytest.mark.parametrize(("change", "codes"), CHANGES)
def test_the_library_finds_the_same(
    harbour: CorpusPaths, change: Callable[[Layer], Layer], codes: set[str]
) -> None:
    """The expectations are those of the suites, whoever checks them."""
    corpus, path = Corpus(harbour), layer_path(harbour, "bo", DOC)
    file = LayerFile(change(decode_layer(path.read_bytes())), LABELS, harbour.relative(path))
    batch = Batch.of(corpus.documents.values(), [file], corpus.ontology)
    verdict = judge(batch, corpus.ontology, derived_suites(corpus.ontology), Reference())
    assert codes <= {fault.code for fault in verdict.all_faults()}


def test_the_place_of_a_label_names_whose_it_is_and_what_it_says(harbour: CorpusPaths) -> None:
    """A maintainer finds the line from the place alone."""
    path = layer_path(harbour, "bo", DOC)
    span = decode_layer(path.read_bytes()).spans[0]
    write_layer(path, first_span(decode_layer(path.read_bytes()), text="other words"))
    with pytest.raises(DataFaults) as refused:
        open_adjudication(Corpus(harbour))
    (fault,) = refused.value.faults
    assert fault.place == f'{fault.file} > {span.id} "other words" {span.start}:{span.end}'
    assert fault.message == f"the text there is {span.text!r}"


def test_layers_of_an_article_made_with_two_revisions_are_not_compared(harbour: CorpusPaths) -> None:
    """What differs then is the scheme; layers of one article alone need be of one revision."""
    for doc_id, who in ((DOC, ["bo"]), ("h2_spill", ["ada", "bo"])):
        for path in (layer_path(harbour, name, doc_id) for name in who):
            write_layer(path, replace(decode_layer(path.read_bytes()), ontology="harbour 0.1"))
    for step in (measure_corpus, open_adjudication):
        with pytest.raises(DataFaults) as refused:
            step(Corpus(harbour))
        assert [(f.code, f.place) for f in refused.value.faults] == [("layers-differ", "bo > h4_storm")]


def test_labels_of_an_article_that_is_not_there_are_named(harbour: CorpusPaths) -> None:
    """Also where one annotator alone has them."""
    path = layer_path(harbour, "bo", DOC)
    write_layer(path.with_name("h9.json"), replace(decode_layer(path.read_bytes()), doc_id="h9"))
    with pytest.raises(DataFaults) as refused:
        open_adjudication(Corpus(harbour))
    assert [(f.code, f.place) for f in refused.value.faults] == [
        ("document-unknown", "annotation/labels/bo/h9.json")
    ]


def test_sound_layers_have_no_faults(harbour: CorpusPaths) -> None:
    """Crossing, nested and empty layers among them."""
    documents, ontology = list(Corpus(harbour).documents.values()), read_ontology(harbour.ontology)
    files = []
    for document in documents:
        path = layer_path(harbour, "ada", document.doc_id)
        layer = decode_layer(path.read_bytes())
        none: tuple[Span, ...] = ()
        for one in (layer, replace(layer, spans=none, relations=())):
            files.append(LayerFile(one, LABELS, harbour.relative(path)))
    assert layer_faults(Batch.of(documents, files, ontology), ontology) == {}


def test_faults_are_told_by_layer_and_each_span_and_relation_once(harbour: CorpusPaths) -> None:
    """Also of a batch without files, as an export's is: the place is then annotator and article."""
    documents, ontology = list(Corpus(harbour).documents.values()), read_ontology(harbour.ontology)
    layers = [decode_layer(layer_path(harbour, name, DOC).read_bytes()) for name in ("ada", "bo")]
    layers[1] = first_relation(first_span(layers[1], attributes={"gone": "by"}), id="x")
    found = layer_faults(Batch.of(documents, [LayerFile(x, EXPORT) for x in layers], ontology), ontology)
    span = layers[1].spans[0]
    assert {number: [(f.code, f.place, f.message) for f in faults] for number, faults in found.items()} == {
        1: [
            (
                "attribute-unknown",
                f'bo > {DOC} > {span.id} "{span.text}" {span.start}:{span.end}',
                "there is no attribute gone",
            ),
            ("relation-id", f"bo > {DOC} > x", f"the id should be {layers[0].relations[0].id}"),
        ]
    }
