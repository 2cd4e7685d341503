"""Figures: every number said of an event instance, with who says it, and which exclude each other."""

import pytest

from made_up_schemes import between, made_up, values
from parley.model.annotators import Annotator
from parley.model.batch import LABELS, Batch, LayerFile
from parley.model.documents import Document
from parley.model.entities import Entity
from parley.model.labels import Layer, make_relation, make_span
from parley.release.data.configs import tables
from parley.release.data.figures import LISTED, compared
from parley.release.data.schema import configs
from parley.release.data.sentences import Sentences
from parley.release.inputs import Inputs
from parley.release.splits import Placement

TEXT = "strike hit 40 planes and 7 bases"


ONTOLOGY = made_up(
    "toy",
    [{"name": name} for name in ("ACT", "THING", "N", "LOSS", "SAID", "WHO")],
    [
        {"name": "entity", "labels": ["ACT"], "kind": "entity", "types": ["STORY"]},
        {"name": "entity", "labels": ["LOSS"], "kind": "entity", "types": ["STORY"]},
        {"name": "fate", "labels": ["LOSS"], "kind": "choice", "value": values("sunk", "hit")},
        {"name": "mood", "labels": ["ACT"], "kind": "choice", "value": values("real", "unreal")},
        {"name": "view", "labels": ["SAID"], "kind": "choice", "value": values("yes", "no")},
        {"name": "value", "labels": ["N"], "kind": "quantity"},
    ],
    [
        between("to", ["ACT"], ["THING"]),
        between("count", ["THING", "LOSS"], ["N"]),
        between("by", ["SAID"], ["WHO"]),
    ],
    statements={"content": ["SAID"], "source": ["by"], "stance": "view"},
    figures={
        "instance": ["entity"],
        "through": ["to"],
        "count": ["count"],
        "quantity": "value",
        "modality": "mood",
        "sorts": ["fate"],
        "compared": {"mood": ["real"], "view": ["yes"]},
    },
)


@pytest.fixture
def ontology():
    return ONTOLOGY


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


def figures(ontology, *layers):
    """Return the rows of layers, each of an article."""
    documents = [Document(x.doc_id, TEXT, "", "", "", "talks", "en", "", "", "0", (), ()) for x in layers]
    batch = Batch.of(documents, [LayerFile(x, LABELS) for x in layers], ontology)
    known, sentences = configs(ontology), Sentences.of(batch)
    inputs = Inputs(
        "ada",
        ontology,
        ENTITIES,
        {"ada": Annotator("ada", "human", "")},
        {x.doc_id: Placement("train", 0, "talks") for x in layers},
    )
    made = tables(batch, batch, sentences, inputs, known)["figures"]
    return compared([made], known["figures"]).to_pylist()


def excludes(ontology, *layers):
    """Return for each figure the articles whose figure it excludes."""
    return {
        row["doc_id"]: [one.split("/")[0] for one in row["excludes"]] for row in figures(ontology, *layers)
    }


def test_every_number_of_an_event_instance_is_told(ontology):
    """With its value taken apart, its way and its spans; alone in its article or not."""
    (row,) = figures(ontology, layer("a", "~40 plane"))
    assert {name: row[name] for name in ("instance", "instance_name", "role", "value", "unit", "bound")} == {
        "instance": "raid",
        "instance_name": "The raid",
        "role": "to",
        "value": "~40",
        "unit": "plane",
        "bound": "~",
    }
    assert (row["low"], row["high"], row["is_part"], row["excludes"]) == (35, 45, False, [])
    assert (row["quantity_id"], row["counted_id"], row["mention_id"]) == ("N-11-13", "THING-14-20", "ACT-0-6")
    assert (row["sentence"], row["sentence_id"], row["event"], row["sources"]) == (TEXT, 0, "talks", [])


@pytest.mark.parametrize("other", [("41 ship", "raid"), ("41 plane", "none"), ("about forty", "raid")])
def test_figures_of_other_things_exclude_nothing(ontology, other):
    """Of another unit, of no event instance, or no number at all."""
    assert not excludes(ontology, layer("a", "2 plane"), layer("b", *other))["a"]


def loss(doc_id, value, fate):
    lost = make_span(TEXT, "LOSS", 14, 20, {"entity": "raid", "fate": fate})
    number = make_span(TEXT, "N", 11, 13, {"value": value})
    return Layer(
        doc_id, "0", "ada", "toy 1", "", None, (lost, number), (make_relation("count", lost, number),)
    )


def test_what_happened_to_the_counted_is_part_of_what_is_counted(ontology):
    """Two sunk and forty hit can both be true; two sunk and three sunk cannot."""
    assert excludes(ontology, loss("a", "2 plane", "sunk"), loss("b", "40 plane", "hit")) == {
        "a": [],
        "b": [],
    }
    told = excludes(ontology, loss("a", "2 plane", "sunk"), loss("b", "3 plane", "sunk"))
    assert told == {"a": ["b"], "b": ["a"]}


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [
        ("~40 plane", "41 plane", False),
        (">=20000 plane", ">=2000 plane", False),
        ("2..3 plane", "3 plane", False),
        (">5 plane", "6 plane", False),
        ("2 plane", "3 plane", True),
        ("~40 plane", "60 plane", True),
        (">=20 plane", "<20 plane", True),
        (">20 plane", "20 plane", True),
        (">=20 plane", "<=20 plane", False),
        ("<0.5 plane", "0 plane", False),
    ],
)
def test_figures_that_can_both_be_true_exclude_nothing(ontology, first, second, apart):
    """Only where no number satisfies both does each exclude the other."""
    told = excludes(ontology, layer("a", first), layer("b", second))
    assert told == ({"a": ["b"], "b": ["a"]} if apart else {"a": [], "b": []})


def test_a_count_of_some_does_not_exclude_a_count_of_all(ontology):
    """Two leaders along with a third are three; where the part alone is more than another's all, it does."""
    some = layer("b", "2 plane", beside=True)
    assert excludes(ontology, layer("a", "3 plane"), some) == {"a": [], "b": []}
    more = layer("b", "4 plane", beside=True)
    assert excludes(ontology, layer("a", "3 plane"), more) == {"a": ["b"], "b": ["a"]}


def test_figures_for_different_roles_exclude_nothing(ontology):
    """What the act hit and how many acts there were are two things: both figures can be true."""
    act = make_span(TEXT, "ACT", 0, 6, {"entity": "raid"})
    number = make_span(TEXT, "N", 11, 13, {"value": "7 plane"})
    direct = Layer("b", "0", "ada", "toy 1", "", None, (act, number), (make_relation("count", act, number),))
    assert excludes(ontology, layer("a", "2 plane"), direct) == {"a": [], "b": []}


def said(doc_id, value, *, view="yes", mood="real"):
    """Return a layer with a figure that somebody says, and takes to be so or not."""
    plain = layer(doc_id, value)
    act = make_span(TEXT, "ACT", 0, 6, {"entity": "raid", "mood": mood})
    content = make_span(TEXT, "SAID", 7, 20, {"view": view})
    who = make_span(TEXT, "WHO", 21, 24)
    spans = (act, *plain.spans[1:], content, who)
    relations = (*plain.relations, make_relation("by", content, who))
    return Layer(doc_id, "0", "ada", "toy 1", "", None, spans, relations)


def test_who_says_a_figure_is_told_with_it(ontology):
    row = figures(ontology, said("a", "2 plane"))[0]
    assert (row["statement_id"], row["stance"], row["modality"]) == ("SAID-7-20", "yes", "real")
    assert [(one["text"], one["relation"], one["via"]) for one in row["sources"]] == [("and", "by", "none")]


@pytest.mark.parametrize("unsaid", [{"view": "no"}, {"mood": "unreal"}])
def test_what_is_denied_excludes_nothing(ontology, unsaid):
    """Who denies that two were hit does not say how many were."""
    assert excludes(ontology, said("a", "2 plane"), said("b", "3 plane"))["a"] == ["b"]
    assert excludes(ontology, said("a", "2 plane"), said("b", "3 plane", **unsaid)) == {"a": [], "b": []}


def test_what_is_compared_does_not_grow_with_its_square(ontology):
    """Of thousands of articles on one event, a figure names some that it excludes, and how many."""
    layers = [layer(f"a{number}", f"{number % 2} plane") for number in range(4 * LISTED)]
    for row in figures(ontology, *layers):
        assert (len(row["excludes"]), row["excludes_number"]) == (LISTED, 2 * LISTED)
        assert row["id"] not in row["excludes"]
