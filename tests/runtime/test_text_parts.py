"""Parts of texts that are cut many at once are what each is by itself."""

import msgspec
import numpy as np
import pytest

from parley.runtime.columns import strings
from parley.runtime.markdown import inline
from parley.runtime.markdown_parts import inlines
from parley.runtime.text_parts import Characters

TEXTS = (
    "Two ships\nleft - 12. May",
    "Two  ships \n and more ",
    "",
    " ",
    "é—“x” \U0001f6a2 漢字",
    "١- ٢",
    'a|b "left" \\ \t\x01\x7f',
    "x\u00a0y\u200e\u2028z",
    "a\0b",
    "# no heading",
    "- x <b> [a](b) `c` @d",
    "Authorization: Basic x y",
    "AUTHORIZATION: x",
)


@pytest.fixture(params=[TEXTS, *([text] for text in TEXTS), []])
def parts(request):
    """Texts, and every part of each: its text, and where it is among all."""
    column = strings(["before", *request.param]).slice(1)
    whole = Characters.of(column)
    found = [
        (text[start:end], first + start, first + end)
        for text, first in zip(request.param, whole.begins.tolist(), strict=False)
        for start in range(len(text) + 1)
        for end in range(start, len(text) + 1)
    ]
    return (
        whole,
        [text for text, *_ in found],
        *np.array([place for _, *place in found], int).reshape(-1, 2).T,
    )


def test_parts_are_cut_by_code_points(parts):
    whole, expected, begin, end = parts
    assert whole.cut(begin, end).to_pylist() == expected


def test_parts_are_cut_of_json(parts):
    whole, expected, begin, end = parts
    encoded = [msgspec.json.encode(text).decode()[1:-1] for text in expected]
    assert whole.cut_json(begin, end).to_pylist() == encoded


def test_parts_are_lines_of_markdown(parts):
    """Also where the text has what is changed, or a part begins with what only begins a block."""
    whole, expected, begin, end = parts
    assert inlines(whole, begin, end).to_pylist() == [inline(text) for text in expected]
