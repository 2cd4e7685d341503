"""What the page is made of: words, postings, colours, guidelines, raw pages."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from parley.explorer.article import raw_pieces
from parley.explorer.guidelines import about, sections
from parley.explorer.shards import digits, script, steps, words
from parley.model.colours import DARK, LIGHT, contrast, readable
from parley.model.documents import Document, Segment


@given(st.text())
def test_a_shard_is_one_line_that_nothing_in_it_ends(text):
    made = script("name", {"text": text}).decode()
    assert made.count("\n") == 1
    assert "<" not in made and "\u2028" not in made and "\u2029" not in made


def test_words_are_found_without_accents_capitals_or_blanks_between_them():
    assert words("Élysée’s CEASEFIRE, 2025") == ["elysee", "s", "ceasefire", "2025"]
    assert words("停火 now") == ["停", "火", "now"]


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_any_colour_can_be_read_on_both_grounds(colour):
    found = readable(colour)
    assert contrast(found.light, LIGHT) >= 4.5 and contrast(found.dark, DARK) >= 4.5


def test_a_colour_that_is_none_is_grey():
    assert readable("url(x)") == readable("")


def test_guidelines_are_blocks_of_text_and_sections_know_their_names():
    text = "# All\n\nOne.\n\n## Spans\n\n### SHIP, CREW\n\n"
    text += "- a **b** <i>c</i>\n\n| x | y |\n| - | - |\n| `1` | 2 |\n"
    found = sections(text)
    assert [one["title"] for one in found] == ["All", "Spans", "SHIP, CREW"]
    assert found[0]["blocks"] == ["One."]
    assert found[2]["blocks"] == [
        ["ul", [[["p", ["a ", ["b", "b"], " <i>c</i>"]]]]],
        ["table", [["x", "y"], [[["c", "1"]], "2"]]],
    ]
    assert about(found, {"SHIP", "CREW", "All"}) == {"SHIP": [2], "CREW": [2]}


@given(st.lists(st.integers(0, 2**32 - 1)))
def test_small_numbers_are_one_character_and_large_ones_at_most_seven(numbers):
    assert len(digits(numbers)) == sum(max(1, -(-number.bit_length() // 5)) for number in numbers)
    assert steps(sorted(numbers)) == digits(b - a for a, b in pairwise([0, *sorted(numbers)]))


def test_a_raw_page_is_what_its_pieces_give():
    raw, text = "HEAD\nOne two\nthree\nFOOT", "One two three"
    segments = Segment(5, 12, 0), Segment(12, 13, 7), Segment(13, 18, 8)
    pieces = raw_pieces(Document("d", text, *[""] * 8, segments, ()), raw)
    assert "".join(one if isinstance(one, str) else text[slice(*one)] for one in pieces) == raw
    assert sum(len(one) for one in pieces if isinstance(one, str)) == len(raw) - len("One two") - len("three")
