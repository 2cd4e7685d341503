"""Cleaning by rules: every cut reported, every offset traceable."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.model.documents import Document
from parley.seeds.cleaning import Rule, Rules, clean
from raw_ranges import raw_ranges

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def rules(*made):
    return Rules(
        rule=tuple(msgspec.convert({"name": f"r{i}", "reason": "x", **m}, Rule) for i, m in enumerate(made))
    )


def document(raw, some_rules):
    cleaned = clean(raw, some_rules, "d")
    empty = dict.fromkeys(
        ("title", "publisher", "published", "event", "language", "rights", "file", "seed_sha256"), ""
    )
    return Document("d", cleaned.text, **empty, segments=cleaned.segments, cuts=cleaned.cuts)


WRAP = {"kind": "unwrap", "paragraph_end": "[.!?]$"}


def test_a_dropped_line_takes_its_break_along():
    """Full lines only, with any line end, also the last one without a break."""
    cleaned = clean(
        "Share\r\nShare it\nx Share\nShare", rules({"kind": "drop-line", "pattern": "Share"}), "d"
    )
    assert cleaned.text == "Share it\nx Share\n"
    assert [c.text for c in cleaned.cuts] == ["Share\r\n", "Share"]


def test_a_tail_is_cut_from_its_first_mark():
    """From the first matching line to the end, later marks included."""
    assert clean("a\nMore\nb\nMore\nc", rules({"kind": "drop-tail", "pattern": "More"}), "d").text == "a\n"


def test_a_headline_is_taken_with_its_repetitions_right_below():
    """The same words further down are text."""
    cleaned = clean("\nBig  news\n\nBig  news\nBody\nBig  news\n", rules({"kind": "headline"}), "d")
    assert cleaned.metadata == {"title": "Big  news"}
    assert cleaned.text.split() == ["Body", "Big", "news"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("one\ntwo.\nThree", "one two.\nThree"),
        ("one \t\r\n  two", "one two"),
        ("one\n\ntwo", "one\n\ntwo"),
        ("one  two", "one  two"),
        ("\none\n", "\none\n"),
    ],
)
def test_a_wrap_becomes_one_space_and_nothing_else_is_touched(raw, expected):
    """Breaks after a sentence, blank lines and double spaces stay."""
    assert clean(raw, rules(WRAP), "d").text == expected


def test_a_wrap_over_a_cut_line_is_one_space():
    """What a rule cut between two lines does not leave a second space; offsets still lead back."""
    made = document("one\nAD\ntwo", rules({"kind": "drop-line", "pattern": "AD"}, WRAP))
    assert made.text == "one two"
    assert raw_ranges(made, "one\nAD\ntwo")[3:] == [(3, 4), (7, 8), (8, 9), (9, 10)]
    made = document("one \nAD\n two", rules({"kind": "drop-line", "pattern": "AD"}, WRAP))
    assert made.text == "one two"
    assert raw_ranges(made, "one \nAD\n two")[3:] == [(3, 5), (9, 10), (10, 11), (11, 12)]


def test_rules_see_what_earlier_ones_left():
    r"""`\Z` is the end of what is left, not of the raw text."""
    made = rules(
        {"kind": "drop-tail", "pattern": "Form"},
        {"kind": "metadata", "field": "publisher", "pattern": r" – (?P<value>Wire)\s*\Z"},
    )
    cleaned = clean("It ended. – Wire\n\nForm\nfields", made, "d")
    assert cleaned.text == "It ended."
    assert cleaned.metadata == {"publisher": "Wire"}


def test_a_rule_for_other_documents_does_nothing():
    """`docs` limits a rule."""
    made = rules({"kind": "drop-line", "pattern": "x", "docs": ["other"]})
    assert clean("x\n", made, "d").text == "x\n"
    assert clean("x\n", made, "other").text == ""


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("3 June 2025", "2025-06-03"),
        ("3 June 2025, 12:05 a.m.", "2025-06-03T00:05"),
        ("3 June 2025, 12:05 p.m.", "2025-06-03T12:05"),
        ("3 June 2025, 8:08 p.m.", "2025-06-03T20:08"),
    ],
)
def test_dates_are_read_into_iso(raw, expected):
    """Midnight and noon are the two that go wrong."""
    pattern = (
        r"(?P<day>\d+) (?P<month>\w+) (?P<year>\d+)(, (?P<hour>\d+):(?P<minute>\d+) (?P<half>[ap])\.m\.)?"
    )
    made = rules({"kind": "metadata", "field": "published", "pattern": pattern})
    assert clean(raw, Rules(made.rule, MONTHS), "d").metadata == {"published": expected}


def test_a_date_that_is_none_is_a_fault():
    """30 February is named, not published."""
    pattern = r"(?P<day>\d+) (?P<month>\w+) (?P<year>\d+)"
    made = rules({"kind": "metadata", "field": "published", "pattern": pattern})
    with pytest.raises(DataFaults) as found:
        clean("30 February 2025", Rules(made.rule, MONTHS), "d")
    assert found.value.faults[0].code == "cleaning-malformed"
    assert "30 February 2025" in found.value.faults[0].message


def test_trim_takes_white_space_and_a_byte_order_mark():
    """Inside, both stay."""
    assert clean("\ufeff\r\n a \ufeff b\t\n", rules({"kind": "trim"}), "d").text == "a \ufeff b"


def test_an_empty_article_is_no_error_here():
    """Reading says what is wrong with it."""
    assert clean("", rules({"kind": "trim"}, {"kind": "headline"}, WRAP), "d") == ("", (), (), {})


EVERYTHING = rules(
    {"kind": "drop-line", "pattern": "ad+"},
    {"kind": "drop-tail", "pattern": "end"},
    {"kind": "metadata", "field": "publisher", "pattern": "(?P<value>by b)"},
    {"kind": "headline"},
    WRAP,
    {"kind": "trim"},
)
LINES = st.lists(
    st.sampled_from(["ad", "end", "by b", "a b.", "b", "", " ", "é 🚢", "ב", "a\t"]), max_size=12
)


@given(lines=LINES, breaks=st.sampled_from(["\n", "\r\n", " \n"]))
def test_segments_and_cuts_tile_any_raw_text(lines, breaks):
    """Whatever the rules do, each raw character is kept or in the list of cuts, and leads back."""
    raw = breaks.join(lines)
    made = document(raw, EVERYTHING)
    tiles = sorted(
        [(s.raw_start, s.raw_end) for s in made.segments] + [(c.raw_start, c.raw_end) for c in made.cuts]
    )
    assert [t[0] for t in tiles] == [0, *(t[1] for t in tiles[:-1])][: len(tiles)]
    assert (tiles[-1][1] if tiles else 0) == len(raw)
    assert all(raw[c.raw_start : c.raw_end] == c.text for c in made.cuts)
    for character, (start, end) in zip(made.text, raw_ranges(made, raw), strict=True):
        assert raw[start:end] == character or (character == " " and re.fullmatch(r"\s+", raw[start:end]))


def test_offsets_lead_back_to_the_raw_seed(harbour):
    """Every word of every cleaned text is found in its raw file at the offsets given."""
    for made in Corpus(harbour).documents.values():
        raw = (harbour.seeds / made.file).read_bytes().decode()
        ranges = raw_ranges(made, raw)
        for word in re.finditer(r"\S+", made.text):
            assert raw[ranges[word.start()][0] : ranges[word.end() - 1][1]] == word[0]
