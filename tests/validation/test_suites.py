"""Suites: each expectation reads well and names a fault, and follows the settings of the ontology."""

import msgspec
import pytest

from parley.corpus.corpus import Corpus
from parley.faults import KINDS
from parley.model.labels import decode_layer, in_order, make_span, write_layer
from parley.model.ontology_file import read_ontology
from parley.steps.derive import derive
from parley.steps.validate import validate
from parley.validation.suites import suites
from parley.values.segmentation import CLEAN, WORD, cut_at


def test_every_expectation_reads_well_and_names_a_fault(harbour):
    for expected in suites(read_ontology(harbour.ontology)).values():
        for expectation in expected:
            assert expectation["meta"]["fault"] in KINDS
            assert expectation["description"].endswith(".")
            assert "$" not in expectation["description"]  # Data Docs would take it for a variable


@pytest.mark.parametrize(
    ("setting", "faulty"),
    [
        ("", ["PORT", "SHIP"]),
        ("inside_words = true", []),
        ("[[span]]", ["PORT"]),  # SHIP, the first label
    ],
)
def test_a_corpus_or_a_label_may_allow_spans_that_end_inside_words(harbour, setting, faulty):
    """Its suites follow; characters are never cut."""
    text = harbour.ontology.read_text(encoding="utf-8")
    if setting == "[[span]]":
        setting, text = "", text.replace(setting, f"{setting}\ninside_words = true", 1)
    harbour.ontology.write_text(f"{setting}\n{text}", encoding="utf-8")
    corpus = Corpus(harbour)
    file = next(corpus.batches()[0].load().structs())
    text = corpus.documents[file.layer.doc_id].text
    at = next(i for i in range(len(text)) if cut_at(text, i) == WORD)
    end = next(i for i in range(at + 1, len(text)) if cut_at(text, i) == CLEAN)
    more = [make_span(text, label, at, end) for label in ("SHIP", "PORT")]
    layer = msgspec.structs.replace(file.layer, spans=(*file.layer.spans, *more))
    write_layer(harbour.root / file.file, in_order(layer))
    derive(harbour)
    found = [fault.place for fault in validate(Corpus(harbour)).faults if fault.code == "span-cut-word"]
    assert [label for label in ("PORT", "SHIP") if any(f"{label}-{at}-{end}" in x for x in found)] == faulty


@pytest.mark.parametrize(
    ("label", "attribute", "value", "code"),
    [
        ("CREW", "ships", '["ship_sea_gull","ship_mon_express"]', "attribute-value"),  # not sorted
        ("CREW", "ships", "ship_sea_gull", "attribute-value"),
        ("CREW", "ships", '["ship_mary_celeste"]', "entity-unknown"),
        ("CREW", "ships", '["port_velden","ship_sea_gull"]', "entity-type"),
        ("SHIP", "entity", '["ship_sea_gull"]', "entity-unknown"),  # it names one row
        ("INCIDENT", "speed", "12,5", "attribute-value"),
        ("SPEECH", "manner", " over the radio", "attribute-value"),
    ],
)
def test_several_rows_numbers_and_words_are_judged(harbour, label, attribute, value, code):
    file = harbour.labels / "ada" / "h0_collision.json"
    layer = decode_layer(file.read_bytes())
    first = next(span for span in layer.spans if span.label == label)
    changed = msgspec.structs.replace(first, attributes={**first.attributes, attribute: value})
    spans = tuple(changed if span is first else span for span in layer.spans)
    write_layer(file, msgspec.structs.replace(layer, spans=spans))
    derive(harbour)
    found = {(fault.code, changed.id in fault.place) for fault in validate(Corpus(harbour)).faults}
    assert found == {(code, True)}
