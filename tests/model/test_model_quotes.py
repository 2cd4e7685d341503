"""A quote is found where its words are, and nowhere else."""

import pytest

from parley.model.quotes import closest, occurrences, paragraphs

TEXT = "He said the 🚢 sank.\n \nThe crew, he said, was safe; he wept."


def test_paragraphs_are_the_lines_that_are_not_blank():
    """They are numbered from 1, and each start counts code points of the whole text."""
    found = paragraphs(TEXT)
    assert [p.number for p in found] == [1, 2]
    assert [TEXT[p.start : p.start + len(p.text)] for p in found] == [p.text for p in found]
    assert paragraphs(" \n\n") == []


@pytest.mark.parametrize(
    ("quote", "starts"),
    [("he", [TEXT.index("he said,"), TEXT.index("he wept")]), ("🚢", [12]), ("sank.\n", [14]), ("HE", [])],
)
def test_a_quote_is_found_as_whole_words(quote, starts):
    """`he` is not found in `the`; a quote without a word at its edge is found as it is."""
    assert occurrences(quote, TEXT) == starts


@pytest.mark.parametrize(
    ("quote", "text", "whole", "inside"),
    [
        ("收购", "中国公司收购了德国港口", [4], [4]),
        ("हम", "हमने कहा, हम हैं", [10], [0, 10]),
        ("السلام", "السلام والسلام", [0], [0, 8]),
        ("Frieden", "Friedensplan, Frieden", [14], [0, 14]),
        ("Zoe", "Zoe\u0308 Zoe", [5], [5]),
        ("Iran", "l’Iran", [2], [2]),
    ],
)
def test_words_are_those_of_the_script(quote, text, whole, inside):
    """Found beside words that no space parts; inside words on request, inside characters never."""
    assert occurrences(quote, text) == whole
    assert occurrences(quote, text, inside_words=True) == inside


def test_occurrences_may_overlap():
    """A quote that begins inside another occurrence of itself is found there too."""
    assert occurrences("ha ha", "ha ha ha") == [0, 3]


def test_the_closest_piece_is_named():
    """A misspelt quote gets the piece of the text that is most like it, a strange one gets nothing."""
    assert closest("The crow", TEXT) == "; the closest is 'The crew'"
    assert closest("xyzzy", TEXT) == ""
    assert closest("收買", "中国公司收购了德国港口") == ""
    assert closest("公司收买了", "中国公司收购了德国港口") == "; the closest is '公司收购了'"
