"""Layers that wait in a file: a mapping, in order, of the layers as they were given."""

import gc
import pickle

import pytest

from parley.model.labels import Layer, encode_layer, make_span
from parley.model.waiting_layers import WaitingLayers

TEXT = "Rain fell on the harbour."


def layer(annotator: str, doc_id: str, words: str = "Rain") -> Layer:
    start = TEXT.index(words)
    span = make_span(TEXT, "PLACE", start, start + len(words))
    return Layer(doc_id, "0" * 64, annotator, "scheme 1", "", None, (span,), ())


def test_layers_come_back_as_they_were_in_order():
    """By annotator and article, whatever the order they came in; of two of one article the later counts."""
    layers = WaitingLayers({"b": 0, "a": 1, "c": 2})
    for one in (layer("bo", "b"), layer("ada", "c"), layer("ada", "a"), layer("ada", "c", "harbour")):
        layers.add(one)
    assert dict(layers) == {
        ("ada", "a"): layer("ada", "a"),
        ("ada", "c"): layer("ada", "c", "harbour"),
        ("bo", "b"): layer("bo", "b"),
    }
    assert list(layers) == sorted(layers)
    assert len(layers) == len(dict(layers))


def test_a_layer_that_is_dropped_or_was_never_there_is_missing():
    """For an annotator without layers, too, and for no article of the corpus."""
    layers = WaitingLayers({"a": 0, "b": 1})
    layers.add(layer("ada", "a"))
    layers.add(layer("ada", "b"))
    layers.drop(("ada", "a"))
    assert list(layers) == [("ada", "b")]
    for key in (("ada", "a"), ("bo", "a"), ("ada", "z"), "ada"):
        assert key not in layers
        with pytest.raises(KeyError):
            layers[key]


def test_some_layers_are_read_by_another_process_and_the_file_is_gone_with_all():
    """What it is given is where they are; those that were replaced or dropped are not read."""
    layers = WaitingLayers({"a": 0, "b": 1})
    for one in (layer("bo", "a"), layer("ada", "b"), layer("ada", "a"), layer("ada", "b", "harbour")):
        layers.add(one)
    assert layers.encoded(("bo", "a")) == encode_layer(layer("bo", "a"))
    some = pickle.loads(pickle.dumps(layers.some([("ada", "b"), ("bo", "a")])))  # noqa: S301 - made above
    assert some.load() == [layer("ada", "b", "harbour"), layer("bo", "a")]
    layers.drop(("bo", "a"))
    assert layers.annotators == ("ada",)
    assert (layers.number_of("ada"), layers.number_of("bo"), layers.number_of("cy")) == (2, 0, 0)
    assert some.file.is_file()
    del layers
    gc.collect()
    assert not some.file.parent.exists()
