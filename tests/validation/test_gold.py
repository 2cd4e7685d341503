"""Gold: every label says whose it is and how it was decided."""

import json

import pytest

from parley.corpus.corpus import Corpus
from parley.model.labels import decode_layer, encode_layer
from parley.runtime.files import write_whole
from parley.steps.derive import derive
from parley.steps.validate import validate as judge


@pytest.fixture
def adjudicated(harbour, monkeypatch):
    """Return a corpus with a gold file made from the layers of one annotator; nothing rebuilds it."""
    monkeypatch.setattr("parley.steps.validate.gold_faults", lambda corpus: [])
    derive(harbour)
    for path in sorted((harbour.labels / "ada").glob("*.json")):
        gold = json.loads(path.read_bytes()) | {"annotator": "cy"}
        for label in gold["spans"] + gold["relations"]:
            label |= {"sources": ["ada"], "decision": "kept", "reason": "boundary"}
        write(harbour.gold / path.name, gold)
    return harbour


def write(path, labels):
    write_whole(path, encode_layer(decode_layer(json.dumps(labels).encode())))


def validate(corpus):
    return list(judge(Corpus(corpus)).faults)


def damage(corpus, kind, **changes):
    path = sorted(corpus.gold.glob("*.json"))[0]
    gold = json.loads(path.read_bytes())
    gold[kind][0] |= changes
    write(path, gold)
    return gold[kind][0]["id"]


def test_good_gold_has_no_fault(adjudicated):
    assert validate(adjudicated) == []


@pytest.mark.parametrize("kind", ["spans", "relations"])
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sources": []}, "gold-unsourced"),
        ({"sources": ["ada", "mallory"]}, "gold-unsourced"),
        ({"decision": "guessed"}, "gold-decision"),
        ({"decision": ""}, "gold-decision"),
        ({"reason": "because"}, "gold-decision"),
    ],
)
def test_a_gold_label_says_whose_it_is_and_how_it_was_decided(adjudicated, kind, changes, code):
    label = damage(adjudicated, kind, **changes)
    found = validate(adjudicated)
    assert {f.code for f in found} == {code}
    assert all(label in f.place and f.file.startswith("annotation/gold/") for f in found)


def test_a_label_added_in_adjudication_needs_no_source(adjudicated):
    damage(adjudicated, "spans", sources=[], decision="added")
    assert validate(adjudicated) == []


def test_a_layer_that_decides_like_gold_is_refused(adjudicated):
    path = sorted(adjudicated.labels.glob("bo/*.json"))[0]
    layer = json.loads(path.read_bytes())
    layer["spans"][0]["decision"] = "kept"
    write(path, layer)
    assert {f.code for f in validate(adjudicated)} == {"gold-decision"}
