"""What words are worth: numbers, dates, templates."""

import pytest

from parley.preannotation.rules import date_fields, fill, number

NUMBERS = {"two": "2", "million": "1000000", "billion": "1000000000", "inf": "Infinity"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["1,000"], "1000"),
        (["1000"], "1000"),
        (["Two"], "2"),
        (["7", "billion"], "7000000000"),
        (["1.2", "million"], "1200000"),
        (["1.50"], "1.5"),
        (["first"], None),
        ([], None),
        (["inf"], None),
    ],
)
def test_numbers_are_written_out(words, expected):
    """Digits without separators, magnitudes multiplied; what is no number is none."""
    assert number(words, NUMBERS) == expected


@pytest.mark.parametrize(
    ("weekday", "expected"),
    [("2", "2025-06-03"), ("1", "2025-06-02"), ("7", "2025-06-01"), ("3", "2025-05-28")],
)
def test_a_weekday_is_the_last_one_up_to_publication(weekday, expected):
    """The day of publication itself counts."""
    assert date_fields("2025-06-03T08:08", {"weekday": weekday})["past_weekday"] == expected


@pytest.mark.parametrize(
    ("published", "month", "expected"),
    [
        ("2025-06-03", "5", "2025-05"),
        ("2025-06-03", "9", "2025-09"),
        ("2025-01-10", "12", "2024-12"),
        ("2025-12-10", "1", "2026-01"),
    ],
)
def test_a_month_is_the_nearest_one(published, month, expected):
    """Over the turn of the year too."""
    assert date_fields(published, {"month": month})["near_month"] == expected


def test_weeks_are_those_of_iso_8601():
    """The first days of a year may lie in the last week of the year before."""
    fields = date_fields("2027-01-01", {})
    assert (fields["this_week"], fields["last_week"]) == ("2026-W53", "2026-W52")
    assert (fields["last_day"], fields["next_day"], fields["this_month"]) == (
        "2026-12-31",
        "2027-01-02",
        "2027-01",
    )


def test_without_a_date_nothing_is_resolved():
    """No clock is used instead."""
    assert date_fields("", {"weekday": "1", "month": "5"}) == {}


def test_a_template_is_filled_or_not_at_all():
    """An unknown field leaves no half-filled value."""
    assert fill("{year}-{month:0>2}", {"year": "2025", "month": "6"}) == "2025-06"
    assert fill("{year}-{month}", {"year": "2025"}) is None
