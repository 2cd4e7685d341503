"""Sentences of a release: which of them a position is in, tags of the longest span."""

import numpy as np

from parley.release.data.sentences import Sentences, bio_tags
from parley.values.segmentation import Sentence


def test_a_position_finds_its_sentence():
    """Between sentences and after the last there is none; another text's sentence is not taken."""
    found = Sentences.cut([("One.  Two.", "en"), ("", "en"), (" Three.", "en")])
    places = [(0, 0), (0, 3), (0, 4), (0, 6), (0, 9), (0, 10), (1, 0), (2, 0), (2, 1), (2, 6), (2, 7)]
    rows = found.containing(*(np.array(side) for side in zip(*places, strict=True)))
    assert rows.tolist() == [0, 0, -1, 1, 1, -1, -1, -1, 2, 2, -1]
    assert found.texts.to_pylist() == ["One.", "Two.", "Three.", ""]
    assert Sentences.cut([]).containing(np.array([0]), np.array([0])).tolist() == [-1]


def test_the_longest_span_gives_the_tags():
    """Nested spans give way; a token that a span cuts is taken whole."""
    text = "Port Velden Pilots met"
    sentence = Sentence(0, text, ("Port", "Velden", "Pilots", "met"), (0, 5, 12, 19))
    spans = [(0, 11, "PORT"), (0, 18, "FIRM"), (20, 21, "X")]
    assert bio_tags(sentence, spans) == ["B-FIRM", "I-FIRM", "I-FIRM", "B-X"]


def test_spans_that_tags_cannot_hold_are_counted_by_why():
    """Nested, over two sentences, beginning or ending inside a token: none is lost in silence."""
    spans = [
        (0, 0, 18, "FIRM"),
        (0, 0, 11, "PORT"),  # nested
        (0, 19, 28, "X"),  # two sentences
        (0, 25, 28, "X"),  # the token is longer
        (1, 0, 3, "X"),
        (1, 0, 3, "Y"),  # the same place
        (1, 4, 7, "Y"),
    ]
    found = Sentences.cut([("Port Velden Pilots met. They won.", "en"), ("One two", "en")], spans)
    assert found.tags.to_pylist() == [
        ["B-FIRM", "I-FIRM", "I-FIRM", "B-X", "I-X"],
        ["B-X", "O", "O"],
        ["B-X", "B-Y"],
    ]
    assert found.not_in_tags == {
        "nested in another or overlapping with it": 2,
        "over several sentences": 1,
        "with an end inside a token": 1,
    }
