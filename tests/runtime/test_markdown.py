"""Generated blocks: only what stands between the markers changes."""

import pytest

from parley.faults import DataFaults
from parley.runtime.markdown import fill, inline, table

PAGE = """by hand
<!-- generated: a -->
old
<!-- end generated -->
by hand too
<!-- generated: b-2 -->
<!-- end generated -->
"""


def test_only_the_body_of_a_block_changes():
    """What is written by hand stays, byte for byte."""
    filled = fill(PAGE, {"a": "new", "b-2": "x"}, "page.md")
    assert filled.startswith("by hand\n<!-- generated: a -->\n\nnew\n\n<!-- end generated -->\nby hand too\n")
    assert "old" not in filled


def test_filling_twice_changes_nothing():
    """The check for drift compares bytes, so filling is idempotent."""
    once = fill(PAGE, {"a": "new", "b-2": "x"}, "page.md")
    assert fill(once, {"a": "new", "b-2": "x"}, "page.md") == once


DAMAGED = {
    "no end": (
        PAGE.replace("<!-- end generated -->\nby hand too", "by hand too"),
        "line 5",
        "inside block 'a'",
    ),
    "no end at all": ("by hand\n<!-- generated: a -->\n", "line 2", "has no end"),
    "no beginning": (PAGE.replace("<!-- generated: a -->\n", ""), "line 3", "no beginning"),
    "nested": (
        "<!-- generated: a -->\n<!-- generated: b-2 -->\n<!-- end generated -->\n",
        "line 2",
        "inside",
    ),
    "repeated": (PAGE + PAGE, "line 9", "given twice"),
    "unknown": (PAGE.replace("b-2", "c"), "line 6", "no block 'c', only a, b-2"),
    "misspelt": (PAGE.replace("<!-- end generated", "<!-- end  generated", 1), "line 4", "neither"),
    "with words behind it": (PAGE.replace("a -->", "a --> see below", 1), "line 2", "neither"),
    "spelt with a capital": (PAGE.replace("<!-- generated", "<!-- Generated", 1), "line 2", "neither"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_wrong_marks_are_refused_with_their_line(name):
    """What is written by hand between them would be lost."""
    page, place, what = DAMAGED[name]
    with pytest.raises(DataFaults) as refused:
        fill(page, {"a": "new", "b-2": "x"}, "page.md")
    assert any(
        f.code == "block-malformed" and f.place == f"page.md > {place}" and what in f.message
        for f in refused.value.faults
    ), refused.value


def test_columns_of_numbers_are_aligned_to_the_right_and_words_are_not():
    """Also with an interval, and where one is missing; the first column is the rows' name."""
    rows = [["1", "0.98 [0.91, 1.00]", "PER", ""], ["2", "–", "12", "1,200"]]
    assert table(["a", "b", "c", "d"], rows, numbers=True).splitlines()[1] == "| --- | ---: | --- | ---: |"


def test_a_cell_cannot_break_its_table():
    """Vertical bars and line breaks in a cell are made harmless."""
    assert table(["x"], [["a|b\nc"]]) == "| x |\n| --- |\n| a\\|b c |"


def test_a_password_is_hidden_whatever_the_text_begins_with():
    """Words alone are returned as they are, unless they are the header of a request."""
    for before in ("", "12 ", "see "):
        assert inline(f"{before}Authorization: Bearer abc") == f"{before}Authorization: Bearer …"
