"""Conflicts: figures for one event instance that differ between articles, and which exclude each other."""

import pytest

from parley.model.batch import LABELS, Batch, LayerFile
from parley.model.documents import Document
from parley.model.entities import Entity
from parley.model.labels import Layer, make_relation, make_span
from parley.model.ontology import read_ontology
from parley.release.data.counts import conflicts, figures
from parley.release.data.sentences import Sentences

TEXT = "strike hit 40 planes and 7 bases"


@pytest.fixture
def ontology(tmp_path):
    path = tmp_path / "ontology.toml"
    path.write_text(
        """
name = "toy"
version = "1"
group = [{ name = "g", title = "G" }]
span = [
  { name = "ACT", title = "a", group = "g", color = "#000000", definition = "." },
  { name = "THING", title = "t", group = "g", color = "#111111", definition = "." },
  { name = "N", title = "n", group = "g", color = "#222222", definition = "." },
  { name = "LOSS", title = "l", group = "g", color = "#333333", definition = "." },
]
attribute = [
  { name = "entity", title = "e", labels = ["ACT"], kind = "entity", types = ["STORY"], definition = "." },
  { name = "entity", title = "e", labels = ["LOSS"], kind = "entity", types = ["STORY"], definition = "." },
  { name = "fate", title = "f", labels = ["LOSS"], kind = "choice", definition = ".", value = [
    { name = "sunk", definition = "." }, { name = "hit", definition = "." } ] },
  { name = "value", title = "v", labels = ["N"], kind = "quantity", definition = "." },
]
relation = [
  { name = "to", title = "to", head = ["ACT"], tail = ["THING"], definition = "." },
  { name = "count", title = "count", head = ["THING", "LOSS"], tail = ["N"], definition = "." },
]
""",
        encoding="utf-8",
    )
    return read_ontology(path)


def layer(doc_id, value, entity="raid", *, beside=False):
    """Return a layer with a figure. beside: whether another thing has the same role."""
    act = make_span(TEXT, "ACT", 0, 6, {"entity": entity})
    thing = make_span(TEXT, "THING", 14, 20)
    number = make_span(TEXT, "N", 11, 13, {"value": value})
    other = make_span(TEXT, "THING", 27, 32)
    relations = [make_relation("to", act, thing), make_relation("count", thing, number)]
    relations += [make_relation("to", act, other)] if beside else []
    return Layer(doc_id, "0", "ada", "toy 1", "", None, (act, thing, number, other), tuple(relations))


ENTITIES = {"raid": Entity("raid", "STORY", "The raid", (), "", "")}


def conflicts_of(ontology, layers):
    documents = [Document(x.doc_id, TEXT, "", "", "", "talks", "en", "", "", "0", (), ()) for x in layers]
    batch = Batch.of(documents, [LayerFile(x, LABELS) for x in layers], ontology)
    return conflicts(figures(batch, Sentences.of(batch), ENTITIES, ontology))


def found(ontology, *layers):
    made = conflicts_of(ontology, layers)
    assert {(f.event, f.sentence, f.quantity) for f in made} <= {("talks", TEXT, "40")}
    return [(f.doc_id, f.role, f.value, f.unit) for f in made]


def excluded(ontology, *layers):
    return {(f.doc_id, f.value): f.excluded for f in conflicts_of(ontology, layers)}


def test_two_articles_that_differ_are_told(ontology):
    """The way of relations and both figures are told."""
    assert found(ontology, layer("a", "~40 plane"), layer("b", "41 plane")) == [
        ("a", "to.count", "~40", "plane"),
        ("b", "to.count", "41", "plane"),
    ]


@pytest.mark.parametrize(
    "others", [[("b", "~40 plane", "raid")], [("b", "41 ship", "raid")], [("b", "41 plane", "none")], []]
)
def test_agreement_is_none(ontology, others):
    """The same figure, another unit, another event instance or a single article are no conflict."""
    assert found(ontology, layer("a", "~40 plane"), *(layer(*other) for other in others)) == []


def loss(doc_id, value, fate):
    lost = make_span(TEXT, "LOSS", 14, 20, {"entity": "raid", "fate": fate})
    number = make_span(TEXT, "N", 11, 13, {"value": value})
    return Layer(
        doc_id, "0", "ada", "toy 1", "", None, (lost, number), (make_relation("count", lost, number),)
    )


def test_what_happened_to_the_counted_is_part_of_what_is_counted(ontology):
    """Two sunk and forty hit are no conflict; two sunk and three sunk are."""
    assert found(ontology, loss("a", "2 plane", "sunk"), loss("b", "40 plane", "hit")) == []
    assert found(ontology, loss("a", "2 plane", "sunk"), loss("b", "3 plane", "sunk")) == [
        ("a", "count", "2", "plane"),
        ("b", "count", "3", "plane"),
    ]


@pytest.mark.parametrize(
    ("first", "second", "excludes"),
    [
        ("~40 plane", "41 plane", False),
        (">=20000 plane", ">=2000 plane", False),
        ("2..3 plane", "3 plane", False),
        (">5 plane", "6 plane", False),
        ("2 plane", "3 plane", True),
        ("~40 plane", "60 plane", True),
        (">=20 plane", "<20 plane", True),
    ],
)
def test_figures_that_can_both_be_true_exclude_nothing(ontology, first, second, excludes):
    """They differ and are told; only where no number satisfies both is each excluded by the other."""
    made = excluded(ontology, layer("a", first), layer("b", second))
    assert made == {("a", first.split()[0]): excludes, ("b", second.split()[0]): excludes}


def test_a_count_of_some_does_not_exclude_a_count_of_all(ontology):
    """Two leaders along with a third are three; where the part alone is more than another's all, it does."""
    assert excluded(ontology, layer("a", "3 plane"), layer("b", "2 plane", beside=True)) == {
        ("a", "3"): False,
        ("b", "2"): False,
    }
    assert all(excluded(ontology, layer("a", "3 plane"), layer("b", "4 plane", beside=True)).values())


def test_an_article_does_not_exclude_its_own_figure(ontology):
    """Of two figures in one article, the one that another article gives too stands."""
    made = excluded(ontology, layer("a", "2 plane"), layer("a", "5 plane"), layer("b", "2 plane"))
    assert made == {("a", "2"): False, ("a", "5"): True, ("b", "2"): True}


def test_figures_for_different_roles_exclude_nothing(ontology):
    """What the act hit and how many acts there were are two things: both figures can be true."""
    act = make_span(TEXT, "ACT", 0, 6, {"entity": "raid"})
    number = make_span(TEXT, "N", 11, 13, {"value": "7 plane"})
    direct = Layer("b", "0", "ada", "toy 1", "", None, (act, number), (make_relation("count", act, number),))
    made = excluded(ontology, layer("a", "2 plane"), direct)
    assert made == {("a", "2"): False, ("b", "7"): False}
