"""spaCy: what spaCy alone finds in a DocBin."""

import pytest
import spacy
from exchanged import articles, sources, spans_of
from spacy.tokens import DocBin

from parley.release.data.schema import tagged_labels


@pytest.mark.parametrize("name", ["gold", "pilot", "harbour", "hard"])
def test_spacy_finds_texts_spans_entities_and_relations(name, exported):
    """Nothing of Parley is asked: texts are whole, spans and relations those that are given."""
    source = sources()[name]
    out, account = exported(name, "spacy")
    vocabulary = spacy.blank("en").vocab
    docs = [doc for p in out.glob("*.spacy") for doc in DocBin().from_disk(p).get_docs(vocabulary)]
    given = articles(source)
    assert {doc.user_data["article"]["doc_id"]: doc.text for doc in docs} == {
        n: a.text for n, a in given.items()
    }
    spans = relations = 0
    for doc in docs:
        one = given[doc.user_data["article"]["doc_id"]]
        group = doc.spans["sc"]
        found = {(s.label_, s.start_char, s.end_char) for s in group}
        assert found <= spans_of(one)
        by_id = {s.id: s for s in one.spans}
        for words, own in zip(group, doc.user_data["spans"], strict=True):
            assert by_id[words.id_].text == words.text
            assert own["attributes"] == by_id[words.id_].attributes
        arcs = {(r["label"], group[r["head"]].id_, group[r["tail"]].id_) for r in doc.user_data["relations"]}
        assert arcs <= {(r.label, r.head, r.tail) for r in one.relations}
        tagged = [s for s in group if s.label_ in tagged_labels(source.ontology)]
        assert {(e.label_, e.start, e.end) for e in doc.ents} == {
            (s.label_, s.start, s.end) for s in spacy.util.filter_spans(tagged)
        }
        spans, relations = spans + len(found), relations + len(arcs)
    assert (spans, relations) == (account.of("spans")[1], account.of("relations")[1])
    assert spans > 0


def test_only_spans_that_cut_a_token_are_lost(exported):
    """Nested and crossing spans, relations over sentences, emoji and many ids are all held."""
    _, account = exported("hard", "spacy")
    assert {how for (kind, _, how) in account.lost if kind == "spans"} == {"with an end inside a token"}
    assert not account.of("text")[2]
    assert not account.of("metadata")[2]
