"""Agreement on what is said of whole articles: the share of equal values, kappa, and each disagreement."""

from __future__ import annotations

import pytest

from made_up_schemes import SMALL, WHOLE
from parley.agreement.compared import layer_digests
from parley.agreement.disagreements import KINDS, disagreements
from parley.agreement.figures import measure, pairs
from parley.agreement.report import differences_in_counts, markdown
from parley.model.batch import LABELS, Batch, LayerFile
from parley.model.documents import Document
from parley.model.labels import DocumentLabel, Layer, make_span, sha256_text

TEXT = "Umerov spoke."
# 50 articles: 20 times news and news, 5 news and ticker, 10 ticker and news, 15 ticker and ticker
SAID = (
    [("news", "news")] * 20
    + [("news", "ticker")] * 5
    + [("ticker", "news")] * 10
    + [("ticker", "ticker")] * 15
)


def batch_of(said, ontology=WHOLE) -> Batch:
    """Return articles with what two annotators say of each, None for nothing."""
    documents, layers = [], []
    for number, values in enumerate(said):
        name = f"d{number:02}"
        documents.append(Document(name, TEXT, "", "", "", "", "", "", "", "", (), ()))
        for who, genre in zip(("ada", "bo"), values, strict=True):
            label = DocumentLabel({"genre": genre}) if genre else None
            known = (name, sha256_text(TEXT), who, ontology.revision, "", None)
            layer = Layer(*known, (make_span(TEXT, ontology.span_names[0], 0, 6),), (), label)
            layers.append(LayerFile(layer, LABELS, f"annotation/labels/{who}/{name}.json"))
    return Batch.of(documents, layers, ontology)


def test_kappa_of_a_table_by_hand():
    """Observed 0.7, expected 0.5, kappa 0.4, as in Cohen's paper; what nobody says is not a disagreement."""
    found = measure([batch_of(SAID[:25]), batch_of(SAID[25:])], WHOLE, draws=20)
    document = found["overall"]["figures"]["document"]
    assert document["genre"]["items"] == 50
    assert document["genre"]["agreement"]["value"] == pytest.approx(0.7)
    assert document["genre"]["kappa"]["value"] == pytest.approx(0.4)
    assert document["genre"]["kappa"]["low"] < 0.4 < document["genre"]["kappa"]["high"]
    assert document["thesis"]["agreement"]["value"] == 1
    last = {"figures": found, "annotators": ["ada", "bo"], "round": "1", "date": "", "ontology": "whole 1"}
    assert "15 of 250 attribute values of whole articles differ" in list(differences_in_counts(last))
    page = markdown([last])
    assert "Attributes of the document" in page
    assert "| genre | 50 | 0.700" in " ".join(page.split())


def test_each_article_on_which_they_differ_is_listed():
    """With what each says; an article has no place in its text."""
    batch = batch_of([("news", "news"), ("news", "ticker"), ("news", None)])
    rows = disagreements(pairs(batch, WHOLE), batch.texts, WHOLE, {}).to_pylist()
    severity = list(KINDS).index("document") + 1
    assert [(r["severity"], r["doc_id"], r["what"], r["start"], r["end"]) for r in rows] == [
        (severity, "d01", "genre", 0, 0),
        (severity, "d02", "genre", 0, 0),
    ]
    assert [(r["first_says"], r["second_says"]) for r in rows] == [("news", "ticker"), ("news", "")]


def test_another_word_on_an_article_makes_what_was_measured_stale():
    """A layer's digest is of all that it says."""
    one, other = (layer_digests(batch_of([("news", genre)]), WHOLE) for genre in ("news", "ticker"))
    assert one["ada"] == other["ada"]
    assert one["bo"] != other["bo"]


def test_a_scheme_without_has_no_such_figures():
    """So that what was measured before is the same."""
    found = measure([batch_of([(None, None)] * 2, SMALL)], SMALL, draws=0)
    assert "document" not in found["overall"]["figures"]
