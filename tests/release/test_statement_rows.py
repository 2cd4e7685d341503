"""Statements and claims of the articles and of the pilot: every label is in them, with whom it means."""

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from checkout import CHECKOUT
from made_up_schemes import between, made_up
from parley.corpus.corpus import Corpus
from parley.model.batch import LABELS, Batch, LayerFile
from parley.model.documents import Document
from parley.model.labels import Layer, make_relation, make_span
from parley.model.paths import CorpusPaths
from parley.release.data.configs import tables
from parley.release.data.figures import compared
from parley.release.data.resolution import identities, resolve
from parley.release.data.schema import configs, tagged_labels
from parley.release.data.sentences import Sentences
from parley.release.inputs import Inputs, published
from parley.release.splits import Placement

CORPORA = {"articles": (CHECKOUT, "gold"), "pilot": (CHECKOUT / "annotation" / "pilot", "pilot-a")}


class Tables:
    """The tables of a corpus in the checkout, as rows. batch: of its published labels."""

    def __init__(self, root: Path, labels: str) -> None:
        corpus = Corpus(CorpusPaths(root))
        self.ontology, self.configs = corpus.ontology, configs(corpus.ontology)
        places = {row["doc_id"]: Placement("train", 0, row["event"]) for _, row in corpus.manifest.rows}
        inputs = Inputs(labels, corpus.ontology, corpus.entities, corpus.annotators, places)
        (stored,) = [one for one in corpus.batches() if one.doc_ids]
        batch = stored.load()
        self.batch = published(batch, labels)
        sentences = Sentences.of(self.batch, tagged_labels(corpus.ontology))
        self.tables = tables(self.batch, batch.of_origin(LABELS), sentences, inputs, self.configs)
        self.tables["figures"] = compared([self.tables["figures"]], self.configs["figures"])

    def rows(self, config: str) -> list[dict]:
        return self.tables[config].to_pylist()


@pytest.fixture(scope="module", params=CORPORA)
def scheme(request):
    return request.param, Tables(*CORPORA[request.param])


def parts(row):
    """Return the parts of a row: the structs of all its lists."""
    return [
        one for value in row.values() if isinstance(value, list) for one in value if isinstance(one, dict)
    ]


def test_every_label_of_a_statement_is_in_its_row(scheme):
    """No CONTENT, source or cue is lost, and none is told twice."""
    _, found = scheme
    spans, relations = found.batch.spans.to_pylist(), found.batch.relations.to_pylist()
    section, rows = found.ontology.statements, found.rows("statements")
    assert [row["id"] for row in rows] == [s["id"] for s in spans if s["label"] in section.content]
    labelled = Counter(
        (r["label"], r["tail"])
        for r in relations
        if r["label"] in (*section.source, *section.cue) and spans[r["head_row"]]["label"] in section.content
    )
    assert Counter((one["relation"], one["id"]) for row in rows for one in parts(row)) == labelled


def test_the_words_of_each_part_are_those_of_its_span(scheme):
    _, found = scheme
    words = {(row["doc_id"], row["id"]): row["text"] for row in found.rows("spans")}
    for config in ("statements", "claims", "figures"):
        for row in found.rows(config):
            for one in parts(row):
                assert words[row["doc_id"], one["id"]] == one["text"]


def test_a_denial_is_beside_the_words(scheme):
    _, found = scheme
    stance = found.ontology.statements.stance
    given = {(span["id"], span[stance]) for span in found.batch.spans.to_pylist() if span[stance]}
    assert {(row["id"], row["stance"]) for row in found.rows("statements")} == given
    assert "denied" in {row["stance"] for row in found.rows("statements")}


def test_claims_are_the_acts_that_the_ontology_names(scheme):
    """Each once, with its modality, and with no more actors than its own relations give."""
    _, found = scheme
    section, spans = found.ontology.claims, found.batch.spans.to_pylist()
    acts = [s for s in spans if s["label"] in section.act and s[section.type] in section.says]
    rows = found.rows("claims")
    assert [(r["id"], r["type"], r["modality"]) for r in rows] == [
        (s["id"], s[section.type], s[section.modality]) for s in acts
    ]
    relations = found.batch.relations.to_pylist()
    actors = Counter(spans[r["head_row"]]["id"] for r in relations if r["label"] in section.actor)
    assert all(len(row["actors"]) <= actors[row["id"]] for row in rows)
    assert all(row["says"] == section.says[row["type"]] for row in rows)


def test_one_side_that_agrees_is_one_side(scheme):
    """`sides` counts who does it, and only who does it: not whom it is addressed to."""
    _, found = scheme
    for row in found.rows("claims"):
        named = {one for actor in row["actors"] for one in actor["entities"]}
        unnamed = [actor for actor in row["actors"] if not actor["entities"]]
        assert len(named) <= row["sides"] <= len(named) + len(unnamed)
        assert bool(row["sides"]) == bool(row["actors"])
    assert any(row["type"] == "AGREE" and row["sides"] == 1 for row in found.rows("claims"))
    assert not any(word in row["says"] for row in found.rows("claims") for word in ("both", "each other"))


def test_conditions_say_how_and_of_what(scheme):
    _, found = scheme
    conditions = [(one, row) for row in found.rows("claims") for one in row["conditions"]]
    assert conditions
    for one, row in conditions:
        assert one["of"] in {row["id"], *(theme["id"] for theme in row["themes"])}
    relations = {one["relation"] for one, _ in conditions}
    assert relations <= {"if", "unless", "only_after"}


def test_no_column_hides_what_pandas_has(scheme):
    """`table.head` of a DataFrame is its first rows, in every config."""
    _, found = scheme
    for config, table in found.tables.items():
        assert not [name for name in table.column_names if hasattr(pd.DataFrame, name)], config


def test_what_is_missing_is_null_in_every_config(scheme):
    """No empty text anywhere, also within structs; a list that has nothing is empty."""
    _, found = scheme

    def empty(value):
        if isinstance(value, dict):
            return any(map(empty, value.values()))
        return any(map(empty, value)) if isinstance(value, list) else value == ""

    for config in found.tables:
        assert not any(empty(row) for row in found.rows(config)), config


def test_every_closed_value_has_its_integer_beside_it(scheme):
    """Label, tag and choice as text, and the number that it has in the ontology."""
    _, found = scheme
    seen = set()
    for name, config in found.configs.items():
        for column in config.columns:
            if column.classes and not column.is_list:
                text = column.name.removesuffix("_id")
                for row in found.rows(name):
                    number = row[column.name]
                    assert row[text] == (None if number is None else column.classes[number])
                    seen.add(text)
    assert {"label", "head_label", *(a.name for a in found.ontology.attributes if a.kind == "choice")} <= seen
    for row in found.rows("sentences"):
        names = next(c.classes for c in found.configs["sentences"].columns if c.name == "tag_ids")
        assert row["tags"] == [names[number] for number in row["tag_ids"]]


def test_each_span_is_in_the_sentences_that_it_touches(scheme):
    _, found = scheme
    ids = {(row["doc_id"], one) for row in found.rows("sentences") for one in row["span_ids"]}
    assert ids == {(row["doc_id"], row["id"]) for row in found.rows("spans")}
    for row in found.rows("sentences"):
        for one in row["span_ids"]:
            start, end = map(int, one.rsplit("-", 2)[1:])
            assert start < row["start"] + len(row["text"])
            assert end > row["start"]


def test_figures_of_the_pilot_that_cannot_both_be_true_name_each_other():
    """11 and 14 people killed, by two sources; the 297 of 300 that were freed exclude nothing."""
    figures = Tables(*CORPORA["pilot"]).rows("figures")
    told = {row["value"]: row["excludes"] for row in figures if row["excludes"]}
    assert told.keys() == {"11", "14"}
    assert told["11"] == [row["id"] for row in figures if row["excludes"] and row["value"] == "14"]


TEXT = "Ann Bob Cat Dan Eve Fay Gus"


@pytest.fixture
def resolved():
    """Return a function that resolves seven mentions: their ids, and relations between them by number."""
    ontology = made_up(
        "toy",
        [{"name": "P"}],
        [{"name": "who", "labels": ["P"], "kind": "entity", "several": True}],
        [between("same", "P", "P", symmetric=True), between("of", "P", "P")],
    )

    def resolving(ids, *relations):
        spans = [
            make_span(TEXT, "P", 4 * n, 4 * n + 3, {"who": ids[n]} if ids.get(n) else {}) for n in range(7)
        ]
        arcs = [make_relation(label, spans[a], spans[b]) for label, a, b in relations]
        layer = Layer("d", "0", "ada", "toy 1", "", None, tuple(spans), tuple(arcs))
        document = Document("d", TEXT, "", "", "", "talks", "en", "", "", "0", (), ())
        batch = Batch.of([document], [LayerFile(layer, LABELS)], ontology)
        found = resolve(batch, identities(ontology, ["who"]), ["same"], ["of"])
        return list(zip(found.via.to_pylist(), found.entities.to_pylist(), strict=True))

    return resolving


def test_whom_a_mention_means_is_found_in_order(resolved):
    """By its own row before that of a mention of the same, before that of whom it belongs to; and said so."""
    found = resolved(
        {0: '["a"]', 1: '["a","b"]', 6: '["g"]'},
        ("same", 2, 0),
        ("same", 3, 4),
        ("of", 4, 5),
        ("of", 5, 6),
        ("of", 0, 6),
    )
    assert found == [
        ("row", ["a"]),
        ("group", ["a", "b"]),
        ("coref", ["a"]),
        ("affiliation", ["g"]),
        ("affiliation", ["g"]),
        ("affiliation", ["g"]),
        ("row", ["g"]),
    ]


def test_a_circle_of_affiliations_resolves_nobody(resolved):
    assert resolved({}, ("of", 0, 1), ("of", 1, 2), ("of", 2, 0))[:3] == [("none", [])] * 3
