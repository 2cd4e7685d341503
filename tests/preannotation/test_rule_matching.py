"""Anchors: looking only where a pattern can match finds what looking everywhere finds."""

import random

import pytest

from parley.preannotation.matching import Anchors


def matcher_of(nlp, pattern):
    from spacy.matcher import Matcher

    matcher = Matcher(nlp.vocab)
    matcher.add("x", [pattern])
    return matcher


PATTERNS = [
    [{"LOWER": "a"}, {"LOWER": {"IN": ["b", "c"]}}],
    [{"LOWER": {"IN": ["a", "b"]}, "OP": "?"}, {"ORTH": "C"}],
    [{"LOWER": "a"}, {"IS_DIGIT": True, "OP": "+"}, {"TEXT": "b"}],
    [{"lower": "a"}, {"IS_DIGIT": True, "OP": "?"}, {"IS_TITLE": True}, {"orth": "b"}],
    [{"LOWER": "a", "OP": "!"}, {"LOWER": "b"}],
    [{"IS_DIGIT": True, "OP": "*"}, {"LOWER": "c", "OP": "+"}],
    [{"IS_DIGIT": True}, {"LOWER": "a", "OP": "*"}],
    [{"LOWER": "a", "OP": "{2}"}, {"LOWER": "b"}],
    [{"IS_DIGIT": True}, {"TEXT": {"REGEX": "^[ab]$"}}],
    [{"LOWER": {"NOT_IN": ["a"]}}, {"LOWER": {"IN": ["c"]}, "IS_TITLE": True}],
]


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_nothing_is_missed_or_found_twice(pattern):
    """In texts full of near misses, at their beginning and end too."""
    import spacy

    nlp, make = spacy.blank("en"), random.Random(1)  # noqa: S311 - no secret
    matcher, anchors = matcher_of(nlp, pattern), Anchors.of(pattern)
    found = 0
    for _ in range(300):
        doc = nlp(" ".join(make.choices("abcABC12x", k=make.randint(0, 14))))
        places = [
            [token.i for token in doc if getattr(token, f"{attribute.lower()}_") in words]
            for attribute, words in anchors.words
        ]
        seen = []
        for low, high in anchors.windows(places, len(doc)):
            seen += [(low + start, low + end) for _, start, end in matcher(doc[low:high])]
        everywhere = [(start, end) for _, start, end in matcher(doc)] if len(doc) else []
        assert sorted(seen) == sorted(everywhere)
        found += len(seen)
    assert found >= 10


def test_only_what_every_match_holds_is_an_anchor():
    """Not an optional token, not a word that must not be there; of several the rarest in the text counts."""
    assert Anchors.of(PATTERNS[6]) == Anchors((), None)
    assert Anchors.of(PATTERNS[4]) == Anchors((("LOWER", frozenset("b")),), 1)
    both = Anchors.of(PATTERNS[0])
    assert both.windows([[1, 5, 9], [6]], 20) == [(5, 8)]
    assert both.windows([[1, 5, 9], []], 20) == []
    assert both.windows([[1, 2, 9], [0, 3, 9, 19]], 20) == [(0, 4), (8, 11)]
