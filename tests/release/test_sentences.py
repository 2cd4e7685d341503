"""Sentences of a release: which one holds a position, tags of the longest span."""

from parley.model.labels import make_span
from parley.release.data.sentences import bio_tags, containing
from parley.values.languages import Sentence, sentences


def test_a_position_finds_its_sentence():
    """Between sentences and behind the last there is none."""
    found = sentences("One.  Two.", "en")
    assert [containing(found, i) for i in (0, 3, 4, 6, 9, 10)] == [0, 0, -1, 1, 1, -1]


def test_the_longest_span_gives_the_tags():
    """Nested spans give way; a token that a span cuts is taken whole."""
    text = "Port Velden Pilots met"
    sentence = Sentence(0, text, ("Port", "Velden", "Pilots", "met"), (0, 5, 12, 19))
    spans = [make_span(text, "PORT", 0, 11), make_span(text, "FIRM", 0, 18), make_span(text, "X", 20, 21)]
    assert bio_tags(sentence, spans) == ["B-FIRM", "I-FIRM", "I-FIRM", "B-X"]
