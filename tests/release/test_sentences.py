"""Sentences and tags: offsets that hold, tags of the longest span."""

from hypothesis import given, settings
from hypothesis import strategies as st

from parley.model.documents import Document
from parley.model.labels import make_span
from parley.release.data.sentences import Sentence, bio_tags, containing, sentences


def split(text):
    (found,) = sentences([Document("d", text, "", "", "", "", "en", "", "d.txt", "0", (), ())])
    return found


@settings(max_examples=40, deadline=None)
@given(st.text("ab .!?“”\n\t🚢é", max_size=60))
def test_sentences_and_tokens_stand_where_they_say(text):
    """Every sentence and token is the text at its offset, and no word is lost."""
    found = split(text)
    for sentence in found:
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text == sentence.text.strip()
        for token, start in zip(sentence.tokens, sentence.token_starts, strict=True):
            assert text[start : start + len(token)] == token
    assert "".join("".join(s.tokens) for s in found) == "".join(text.split())


def test_a_closing_quotation_mark_stays_with_its_sentence():
    """A full stop inside a quotation does not leave the mark to the next sentence."""
    assert [s.text for s in split("“It ended.” He left. They won 7.5 points.")] == [
        "“It ended.”",
        "He left.",
        "They won 7.5 points.",
    ]


def test_a_position_finds_its_sentence():
    """Between sentences and behind the last there is none."""
    found = split("One.  Two.")
    assert [containing(found, i) for i in (0, 3, 4, 6, 9, 10)] == [0, 0, -1, 1, 1, -1]


def test_the_longest_span_gives_the_tags():
    """Nested spans give way; a token that a span cuts is taken whole."""
    text = "Port Velden Pilots met"
    sentence = Sentence(0, text, ("Port", "Velden", "Pilots", "met"), (0, 5, 12, 19))
    spans = [make_span(text, "PORT", 0, 11), make_span(text, "FIRM", 0, 18), make_span(text, "X", 20, 21)]
    assert bio_tags(sentence, spans) == ["B-FIRM", "I-FIRM", "I-FIRM", "B-X"]
