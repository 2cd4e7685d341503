"""Every disagreement of the harbour layers is listed once, the worst first."""

from checkout import HARBOUR
from parley.agreement.disagreements import KINDS, disagreements
from parley.agreement.figures import pairs
from parley.corpus.corpus import Corpus
from parley.model.paths import CorpusPaths

# the list of tests/harbour/README.md; a span that one lacks takes its relations with it (kind end)
BY_HAND = [
    ("label", "h1_inquiry"),
    ("entity", "h1_inquiry"),
    ("direction", "h1_inquiry"),
    ("relation", "h3_explosion"),
    ("attribute", "h3_explosion"),
    ("attribute", "h3_explosion"),
    ("attribute", "h4_storm"),
    ("span", "h1_inquiry"),
    ("span", "h2_spill"),
    ("span", "h4_storm"),
    ("span", "h4_storm"),
    ("link", "h0_collision"),
    ("link", "h3_explosion"),
    ("link", "h4_storm"),
    ("boundary", "h0_collision"),
    ("boundary", "h2_spill"),
    ("boundary", "h3_explosion"),
    ("boundary", "h4_storm"),
    ("end", "h1_inquiry"),
    ("end", "h1_inquiry"),
    ("end", "h4_storm"),
]


def found(links):
    corpus = Corpus(CorpusPaths(HARBOUR))
    (batch,) = corpus.batches(annotators=("ada", "bo"), gold=False).load()
    return batch.texts, disagreements(pairs(batch, corpus.ontology), batch.texts, corpus.ontology, links)


def test_the_list_is_that_made_by_hand():
    _, records = found({})
    assert [(d.kind, d.doc_id) for d in records] == BY_HAND
    kinds = [kind for kind in KINDS if kind != "document"]  # the harbour says nothing of whole articles
    assert list(dict.fromkeys(kind for kind, _ in BY_HAND)) == kinds


def test_each_entry_says_what_each_one_has_and_quotes_the_text():
    texts, records = found({"h1_inquiry/bo": "http://127.0.0.1/7"})
    label, entity = records[0], records[1]
    assert label.text == "port authority"
    assert [v.labels for v in label.versions] == [("PORT-79-93",), ("FIRM-79-93",)]
    assert label.severity == 1
    assert label.before.endswith("The ")
    assert label.after.startswith(" said")
    assert [v.says for v in entity.versions] == ["ship_mon_express", "ship_halcyon"]
    assert [v.url for v in label.versions] == ["", "http://127.0.0.1/7"]
    for record in records:
        text = texts[record.doc_id]
        assert record.text == text[record.start : record.end]
        assert any(v.says for v in record.versions)
