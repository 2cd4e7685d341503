"""The gold of the five articles: complete, and every label of it accounted for."""

from pathlib import Path

import pytest

from parley.adjudication.gold import gold_faults
from parley.adjudication.ledger import decode_ledger
from parley.corpus.corpus import Corpus
from parley.model.labels import decode_layer
from parley.model.ontology import read_ontology
from parley.model.paths import CorpusPaths
from parley.values.segmentation import sentences

CORPUS = CorpusPaths(Path(__file__).resolve().parents[2])
ONTOLOGY = read_ontology(CORPUS.ontology)
DOCUMENTS = Corpus(CORPUS).documents
GOLD = {doc_id: decode_layer((CORPUS.gold / f"{doc_id}.json").read_bytes()) for doc_id in DOCUMENTS}

every_article = pytest.mark.parametrize("doc_id", list(DOCUMENTS))


def test_no_label_and_no_relation_is_empty():
    """All twelve span labels and all fourteen relations occur."""
    spans = {span.label for layer in GOLD.values() for span in layer.spans}
    relations = {relation.label for layer in GOLD.values() for relation in layer.relations}
    assert (spans, relations) == (set(ONTOLOGY.span_names), set(ONTOLOGY.relation_names))


@every_article
def test_no_sentence_is_without_labels(doc_id):
    """Whatever a sentence tells, somebody or something in it is labelled."""
    found = sentences(DOCUMENTS[doc_id].text, DOCUMENTS[doc_id].language)
    spans = GOLD[doc_id].spans
    bare = [s.text for s in found if not any(s.start <= x.start < s.end for x in spans)]
    assert bare == []


@every_article
def test_what_rules_find_is_there(doc_id):
    """Each name, time, quantity, quotation and cue that the rules know is labelled, with the same entity."""
    rules = decode_layer((CORPUS.labels / "rules" / f"{doc_id}.json").read_bytes())
    gold = GOLD[doc_id].spans
    lost = [
        (one.id, one.text)
        for one in rules.spans
        if not any(
            x.start <= one.start
            and one.end <= x.end
            and x.label == one.label
            and one.attributes.get("entity") in (None, x.attributes.get("entity"))
            for x in gold
        )
    ]
    assert lost == []


def test_every_label_comes_from_somewhere():
    """Each gold label has a row of the ledger that made it, and gold is what layers and ledger give."""
    made = {(row.doc_id, row.gold_id) for row in decode_ledger(CORPUS.ledger.read_bytes()) if row.gold_id}
    labels = {
        (doc_id, label.id) for doc_id, layer in GOLD.items() for label in (*layer.spans, *layer.relations)
    }
    assert labels == made
    assert gold_faults(Corpus(CORPUS)) == []
