"""Values: what TIMEX3 and quantities allow, and nothing else."""

from decimal import Decimal

import pytest

from parley.values.number import is_number, spelled
from parley.values.quantity import Interval, Quantity, is_quantity, parse_quantity
from parley.values.several import is_array, is_several, members, several
from parley.values.timex3 import is_timex3, parse_timex3


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("2025-06-02", "date"),
        ("2025-06", "date"),
        ("2025", "date"),
        ("202", "date"),
        ("19", "date"),
        ("BC0490", "date"),
        ("2025-W23", "date"),
        ("2025-W23-1", "date"),
        ("2025-W23-WE", "date"),
        ("2025-SU", "date"),
        ("2025-Q2", "date"),
        ("2025-H1", "date"),
        ("XXXX-06-02", "date"),
        ("XXXX-02-29", "date"),
        ("2024-02-29", "date"),
        ("XXXX-WXX-1", "date"),
        ("2025-06-02T14:30", "time"),
        ("2025-06-02T24:00", "time"),
        ("2025-06-02T14:30:15Z", "time"),
        ("2025-06-02T14:30+03:00", "time"),
        ("2025-06-02TEV", "time"),
        ("XXXX-WXX-1T10:00", "time"),
        ("XXXX-XX-XXT00:00", "time"),
        ("P3D", "duration"),
        ("P1Y6M", "duration"),
        ("PT30M", "duration"),
        ("P1DT12H", "duration"),
        ("PT1H40M", "duration"),
        ("P0.5Y", "duration"),
        ("PXD", "duration"),
        ("P2WE", "duration"),
        ("P5DE", "duration"),
        ("PT1NI", "duration"),
        ("PRESENT_REF", "reference"),
        ("XXXX-XX-XXTNI", "time"),
        (">=P30D", "duration"),
        ("<=PT3H", "duration"),
        ("~P50D", "duration"),
        ("<2025-06-02T14:30", "time"),
        (">2025-SU", "date"),
        ("P2D..P3D", "duration"),
        ("P0.5Y..P1Y", "duration"),
        ("P90M..P2Y", "duration"),
        ("2025-08-15..2025-08-17", "date"),
        ("2025-08-15..2025-08-17TMO", "time"),
        ("2025-SP..2025-FA", "date"),
        ("BC0490..BC0480", "date"),
    ],
)
def test_a_timex3_value_is_known_for_what_it_is(value, kind):
    assert parse_timex3(value) == kind


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "2025-13",
        "2025-6-2",
        "2025-06-31",
        "2025-02-29",
        "2025-W54",
        "2025-W23-8",
        "2025-XX-32",
        "2025-06T14:30",  # no clock without a day
        "T14:30",
        "2025-06-02T25:00",
        "2025-06-02T24:01",
        "2025-06-02T14:60",
        "2025-06-02T",
        "2025-06-02T14:30+15:00",
        "P",
        "PT",
        "P1DT",
        "P3",
        "P3D1Y",
        "P1H30M",
        "3D",
        "~",
        "~~P3D",
        "P3D~",
        ">=PRESENT_REF",
        "PAST_REF..PRESENT_REF",
        "2025-06-02..PRESENT_REF",
        "~P2D..P3D",
        "P3D..",
        "..P3D",
        "P2D..P3D..P4D",
        "P3D..P2D",
        "P1Y6M..P1Y5M",
        "2025-08-17..2025-08-15",
        "XXXX-XX-XX..XXXX-XX-XX",
        "2025-08-15..P3D",
        "2025-06-02/2025-06-03",
        "PRESENT",
        "2025-06-02 ",
        "2025-06-02\n",
        "２０２５",
    ],
)
def test_what_is_no_timex3_value_is_refused(value):
    assert not is_timex3(value)


def test_a_quantity_is_bound_number_and_unit():
    assert parse_quantity(">=1000 person") == Quantity(">=", Decimal(1000), None, "person")
    assert parse_quantity("2..3 vessel") == Quantity("", Decimal(2), Decimal(3), "vessel")
    assert parse_quantity("~1.5 tonnes").low == Decimal("1.5")
    assert parse_quantity("7000000000 USD").unit == "USD"


@pytest.mark.parametrize(
    ("value", "low", "high", "is_open"),
    [
        ("9 person", "9", "9", False),
        ("2..3 vessel", "2", "3", False),
        (">=1000 person", "1000", None, False),
        (">1000 person", "1000", None, True),
        ("<=3 vessel", "0", "3", False),
        ("<3 vessel", "0", "3", True),
        ("~40 aircraft", "35", "45", False),
        ("~1000 person", "500", "1500", False),
        ("~41 aircraft", "36.9", "45.1", False),
        ("~1.25 tonne", "1.125", "1.375", False),
        ("~0 person", "0", "0.5", False),
    ],
)
def test_a_quantity_allows_an_interval(value, low, high, is_open):
    """`~` allows what rounds to the number, and at least a tenth; nothing is below 0."""
    expected = Interval(Decimal(low), None if high is None else Decimal(high), is_open)
    assert parse_quantity(value).interval == expected


@pytest.mark.parametrize(
    ("one", "other", "excludes"),
    [
        ("3 a", "3 a", False),
        ("3 a", "2 a", True),
        (">=3 a", "3 a", False),
        (">3 a", "3 a", True),
        (">3 a", "<=3 a", True),
        ("<3 a", "3 a", True),
        ("<3 a", ">=3 a", True),
        ("<=3 a", ">=3 a", False),
        (">=3 a", ">=9 a", False),
        ("<3 a", "<9 a", False),
        ("2..5 a", "5..9 a", False),
        ("2..4 a", "5..9 a", True),
    ],
)
def test_intervals_exclude_each_other_where_they_do_not_meet(one, other, excludes):
    """Whichever is asked first; an open bound meets nothing at its bound."""
    first, second = parse_quantity(one).interval, parse_quantity(other).interval
    assert first.excludes(second) == second.excludes(first) == excludes


@pytest.mark.parametrize(
    "value",
    ["", "40", "person", "1,000 person", "40  person", "40 Person", "40 EURO", "3..2 person", "2..2 person",
     "~2..3 person", "~ person", "2.. person", "..3 person", "1..2..3 person",
     "=4 person", "4 person ", "4 person\n", "four person", "-4 person", "４ person"],
)  # fmt: skip
def test_what_is_no_quantity_is_refused(value):
    assert not is_quantity(value)


@pytest.mark.parametrize("value", ["0", "-3", "12.5", "0.001", "999999999999999", "-0.5"])
def test_a_number_has_one_spelling(value):
    """And is the same number as a float, which it is published as."""
    assert is_number(value)
    assert spelled(value) == spelled(float(value)) == value


@pytest.mark.parametrize(
    "value", ["", "-0", "00", "1.50", ".5", "5.", "1e3", "+1", "1,000", "NaN", "１", "1234567890123456"]
)
def test_what_is_no_number_or_spelled_otherwise_is_refused(value):
    assert not is_number(value)


def test_several_ids_are_one_value_whatever_their_order():
    assert several(["ukr", "rus", "ukr"]) == several(["rus", "ukr"]) == '["rus","ukr"]'
    assert members(several(["rus", "ukr"])) == ["rus", "ukr"]
    assert members("rus") == ["rus"]


@pytest.mark.parametrize(
    "value", ["rus", "[]", '["ukr","rus"]', '["rus","rus"]', '["rus", "ukr"]', "[1]", '["rus"']
)
def test_several_ids_in_another_form_are_refused(value):
    assert not is_several(value)
    assert is_array(value) == (value in ('["ukr","rus"]', '["rus","rus"]'))
