"""Facts put beside each label what it must agree with; they judge nothing."""

import pytest

from parley.corpus.corpus import Corpus
from parley.model.batch import GOLD, LABELS, Batch, LayerFile
from parley.model.labels import Layer, Relation, Span, make_span
from parley.validation.facts import Reference, facts

REFERENCE = Reference({"ada": "human"}, {"ship_sea_gull": "SHIP"})


@pytest.fixture
def corpus(harbour):
    return Corpus(harbour)


def facts_of(corpus, *spans, relations=(), origin=LABELS, doc_id="h0_collision", reference=REFERENCE):
    document = corpus.documents["h0_collision"]
    layer = Layer(doc_id, document.text_sha256, "ada", "harbour 0.3", "", None, spans, tuple(relations))
    batch = Batch.of([document], [LayerFile(layer, origin, "a.json", "1", "2")], corpus.ontology)
    return {name: table.to_pylist() for name, table in facts(batch, reference, corpus.ontology).items()}


def test_a_layer_has_its_expected_file_its_text_and_the_kind_of_its_annotator(corpus):
    (layer,) = facts_of(corpus)["layers"]
    assert layer["expected_file"] == "annotation/labels/ada/h0_collision.json"
    assert layer["document_sha256"] == corpus.documents["h0_collision"].text_sha256
    assert (layer["annotator_kind"], layer["id"], layer["kind"]) == ("human", "a.json", "labels")
    (layer,) = facts_of(corpus, origin=GOLD, doc_id="h9")["layers"]
    assert layer["expected_file"] == "annotation/gold/h9.json"
    assert layer["document_sha256"] is None


def test_a_span_has_the_text_at_its_offsets_and_what_it_cuts(corpus):
    text = corpus.documents["h0_collision"].text
    wrong = Span("x", 10, 16, "Gull", "SHIP", {"naming": "name", "entity": "ship_sea_gull", "ghost": "x"})
    outside = make_span(text, "SHIP", 10, 18)
    one, two, three = facts_of(corpus, wrong, outside, Span("y", 5, 10**7, "z", "SHIP", {}))["spans"]
    assert (one["found"], one["length"], one["boundary"]) == ("Sea Gu", len(text), "word")
    assert (one["derived_id"], one["surface"], one["other_attributes"]) == ("SHIP-10-16", "Gull", "ghost")
    assert one["entity__type"] == "SHIP"
    assert (two["found"], two["boundary"], two["entity__type"]) == ("Sea Gull", "clean", None)
    assert (three["found"], three["boundary"]) == (None, None)


def test_a_span_counts_the_relations_that_are_expected_of_it(corpus):
    text = corpus.documents["h0_collision"].text
    said, ship = make_span(text, "SAYING", 149, 190), make_span(text, "SHIP", 10, 18)
    drawn = [Relation(f"r{n}", "source", head, ship.id) for n, head in enumerate((said.id, said.id, "gone"))]
    rows = facts_of(corpus, said, ship, relations=drawn)["spans"]
    assert [row["source__count"] for row in rows] == [2, 0]


def test_a_span_counts_the_relations_that_should_reach_it_and_names_the_labels_it_excludes(corpus):
    text = corpus.documents["h0_collision"].text
    said, verb = make_span(text, "SAYING", 149, 190), make_span(text, "SPEECH", 139, 143)
    cargo, amount, port, ship = (
        make_span(text, name, 10, 18) for name in ("CARGO", "AMOUNT", "PORT", "SHIP")
    )
    drawn = [Relation("r", "verb", said.id, verb.id), Relation("s", "verb", said.id, "gone")]
    rows = facts_of(corpus, verb, cargo, said, amount, port, ship, relations=drawn)["spans"]
    assert [row["verb__reached"] for row in rows] == [1, 0, 0, 0, 0, 0]
    excluded = [row["excluded_by"] for row in rows]
    assert excluded == [None, None, None, None, "CARGO, AMOUNT", "CARGO, AMOUNT, PORT"]
    assert {row["by_rules"] for row in rows} == {None}
    rules = Reference({"ada": "rules"}, {})
    assert {row["by_rules"] for row in facts_of(corpus, verb, reference=rules)["spans"]} == {"rules"}


def test_a_relation_has_the_labels_of_its_ends_and_its_canonical_direction(corpus):
    text = corpus.documents["h0_collision"].text
    first, second = make_span(text, "SHIP", 10, 18), make_span(text, "SHIP", 271, 279)
    drawn = [
        Relation("a", "same", first.id, second.id),
        Relation("b", "same", second.id, first.id),
        Relation("c", "belongs_to", first.id, second.id),
        Relation("d", "same", first.id, "gone"),
    ]
    rows = facts_of(corpus, first, second, relations=drawn)["relations"]
    assert [(row["first"], row["second"]) for row in rows] == [
        (second.id, first.id),
        (second.id, first.id),
        (first.id, second.id),
        (first.id, "gone"),
    ]
    assert [row["tail_label"] for row in rows] == ["SHIP", "SHIP", "SHIP", None]
    assert rows[0]["surface"] == "Sea Gull → Sea Gull"
    assert rows[3]["derived_id"] == f"{first.id}.same.gone"


@pytest.mark.parametrize(("sources", "known"), [((), None), (("ada",), "ada"), (("ada", "mallory"), None)])
def test_sources_are_known_if_all_of_them_are_annotators(corpus, sources, known):
    span = Span("x", 10, 18, "Sea Gull", "SHIP", {}, sources, "kept")
    (row,) = facts_of(corpus, span, origin=GOLD)["spans"]
    assert (row["sources"], row["known_sources"], row["decision"]) == (
        ", ".join(sources) or None,
        known,
        "kept",
    )


def test_columns_that_cannot_be_computed_are_named_with_what_is_missing(corpus):
    missing = Reference(texts=False, missing={"file": "label files"}).missing_columns(corpus.ontology)
    assert missing["found"] == "texts"
    assert missing["annotator_kind"] == "annotators"
    assert missing["entity__type"] == "entities"
    assert missing["file"] == "label files"
    assert REFERENCE.missing_columns(corpus.ontology) == {}


@pytest.mark.parametrize(
    ("ships", "kind"),
    [
        ('["ship_sea_gull"]', "SHIP"),
        ('["ship_sea_gull","wharf"]', "PORT"),  # the first that does not fit
        ('["nowhere","ship_sea_gull"]', None),
        ("ship_sea_gull", "SHIP"),  # no array: what is wrong with it is its form
    ],
)
def test_of_several_entities_the_one_that_does_not_fit_is_looked_at(corpus, ships, kind):
    text = corpus.documents["h0_collision"].text
    crew = make_span(text, "CREW", 244, 263, {"ships": ships})
    reference = Reference({"ada": "human"}, {"ship_sea_gull": "SHIP", "wharf": "PORT"})
    (row,) = facts_of(corpus, crew, reference=reference)["spans"]
    assert row["ships__type"] == kind
