"""Generated blocks: only what stands between the markers changes."""

import pytest

from parley.runtime.markdown import fill, names, table

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
    filled = fill(PAGE, {"a": "new", "b-2": "x"})
    assert filled.startswith("by hand\n<!-- generated: a -->\n\nnew\n\n<!-- end generated -->\nby hand too\n")
    assert "old" not in filled


def test_filling_twice_changes_nothing():
    """The check for drift compares bytes, so filling is idempotent."""
    once = fill(PAGE, {"a": "new", "b-2": "x"})
    assert fill(once, {"a": "new", "b-2": "x"}) == once


def test_a_block_nobody_fills_is_an_error():
    """A misspelt block name is seen, not left empty."""
    with pytest.raises(KeyError, match="b-2"):
        fill(PAGE, {"a": "new"})
    assert names(PAGE) == ["a", "b-2"]


def test_a_cell_cannot_break_its_table():
    """Vertical bars and line breaks in a cell are made harmless."""
    assert table(["x"], [["a|b\nc"]]) == "| x |\n| --- |\n| a\\|b c |"
