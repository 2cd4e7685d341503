"""The gold of the articles: complete, and every label of it accounted for, whatever the labels are."""

from pathlib import Path

from parley.adjudication.gold import gold_faults, read_ledger
from parley.corpus.corpus import Corpus
from parley.model.labels import decode_layer, layer_path
from parley.model.paths import CorpusPaths
from parley.values.segmentation import sentences

CORPUS = Corpus(CorpusPaths(Path(__file__).resolve().parents[2]))
GOLD = {
    doc_id: decode_layer((CORPUS.paths.gold / f"{doc_id}.json").read_bytes()) for doc_id in CORPUS.documents
}
FEW = 0.05  # of what may be an exception


def test_the_card_names_what_no_article_has():
    """No span label is empty; a relation that no article has is named on the card."""
    ontology = CORPUS.ontology
    spans = {span.label for layer in GOLD.values() for span in layer.spans}
    relations = {relation.label for layer in GOLD.values() for relation in layer.relations}
    assert spans == {*ontology.span_names}
    card = (CORPUS.paths.dataset / "README.md").read_text(encoding="utf-8")
    _, _, told = card.partition("No article of this version has a relation ")
    empty = {name for name in ontology.relation_names if f"`{name}`" in told.partition("\n")[0]}
    assert {*ontology.relation_names} - relations == empty


def test_hardly_a_sentence_is_without_labels():
    """Whatever a sentence tells, somebody or something in it is labelled."""
    bare, number = [], 0
    for doc_id, layer in GOLD.items():
        document = CORPUS.documents[doc_id]
        for s in sentences(document.text, document.language):
            number += 1
            if not any(s.start <= x.start < s.end for x in layer.spans):
                bare.append((doc_id, s.text))
    assert len(bare) <= FEW * number, bare


def test_names_that_the_rules_find_are_there():
    """Each name of the list of entities is labelled where it occurs, with a row."""
    lost, number = [], 0
    for doc_id, layer in GOLD.items():
        rules = decode_layer(layer_path(CORPUS.paths, "rules", doc_id).read_bytes())
        for one in rules.spans:
            if "entity" not in one.attributes:
                continue
            number += 1
            if not any(
                x.start <= one.start and one.end <= x.end and x.attributes.get("entity") for x in layer.spans
            ):
                lost.append((doc_id, one.id, one.text))
    assert number
    assert len(lost) <= FEW * number, lost


def test_every_label_comes_from_somewhere():
    """Each gold label has a row of the ledger that made it, and gold is what layers and ledger give."""
    made = {(row.doc_id, row.gold_id) for row in read_ledger(CORPUS) if row.gold_id}
    labels = {
        (doc_id, label.id) for doc_id, layer in GOLD.items() for label in (*layer.spans, *layer.relations)
    }
    assert labels == made
    assert gold_faults(CORPUS) == []
