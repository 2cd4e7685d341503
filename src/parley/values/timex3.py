"""The value of a time expression, as TimeML writes it, with the bound that TimeML keeps beside it.

After the TIMEX3 tag of TimeML 1.2.1 (Saurí et al., 2006) and ISO 24617-1:2012, whose values come from TIDES
(Ferro et al., 2005) and so from ISO 8601:

    date      2025-06-02  2025-06  2025  202 (a decade)  20 (a century)  BC0490
              2025-W23  2025-W23-1  2025-W23-WE  2025-SU  2025-Q2  2025-H1
              XXXX-06-02  2025-XX  XXXX-WXX-1 (what the text leaves open is X)
    time      a full date or week day, then T14:30  T14  T14:30:15  T24:00  T14:30Z  T14:30+03:00
              or a part of the day: TMO morning, TMI midday, TAF afternoon, TEV evening, TNI night,
              TDT working hours; of a day that is not known XXXX-XX-XXTNI
    duration  P3D  P2W  P1Y6M  PT30M  P1DT12H  P0.5Y  PXD (some days)  P2WE  P1SU  P2Q  P1H  P5DE  P3CE
              P1ML  PT1NI
    reference PAST_REF  PRESENT_REF  FUTURE_REF

A bound is before any of them but a reference. TimeML writes it as the attribute `mod`:

              of a date or time     of a duration
    <         BEFORE                LESS_THAN
    <=        ON_OR_BEFORE          EQUAL_OR_LESS
    >         AFTER                 MORE_THAN
    >=        ON_OR_AFTER           EQUAL_OR_MORE
    ~         APPROX                APPROX

A range is two dates or times, or two durations: `2025-08-15..2025-08-17`, `P2D..P3D`. TimeML has none of
lengths; of dates it is a duration with `beginPoint` and `endPoint`. START, MID and END of `mod` are not taken
over.
"""

from __future__ import annotations

import calendar
import re
from decimal import Decimal
from typing import Literal

from parley.values.bounds import bounded

Kind = Literal["date", "time", "duration", "reference"]

_REFERENCE = re.compile(r"(PAST|PRESENT|FUTURE)_REF")
_DATE = re.compile(
    r"(?P<era>BC)?(?P<year>[\dX]{4})"
    r"(?:-(?:"
    r"(?P<month>[\dX]{2})(?:-(?P<day>[\dX]{2}))?"
    r"|W(?P<week>[\dX]{2})(?:-(?P<weekday>[1-7X]|WE))?"
    r"|(?P<season>SP|SU|FA|WI)|Q(?P<quarter>[1-4X])|H(?P<half>[12X])"
    r"))?",
    re.ASCII,
)
_DECADE_OR_CENTURY = re.compile(r"(?:BC)?[\dX]{2,3}", re.ASCII)
_CLOCK = re.compile(
    r"(?:(?P<part>MO|MI|AF|EV|NI|DT)"
    r"|(?P<hour>[\dX]{2})(?::(?P<minute>[\dX]{2})(?::(?P<second>[\dX]{2})(?:\.\d+)?)?)?)"
    r"(?P<zone>Z|[+-](?P<zone_hour>\d\d)(?::(?P<zone_minute>\d\d))?)?",
    re.ASCII,
)
_NUMBER = r"[\dX]+(?:\.\d+)?"
_SHAPE = re.compile(r"\d+(?:\.\d+)?", re.ASCII)  # two values of one shape can be compared, number by number
# ISO 8601's units in falling order, each at most once, or one of those that TIDES adds. TIDES lets these be
# mixed; nobody does, and `P1H30M` is a forgotten T, not half a year and thirty months.
_CALENDAR = re.compile(
    "".join(f"(?:{_NUMBER}{unit})?" for unit in "YMWD") + rf"|{_NUMBER}(?:ML|CE|DE|SP|SU|FA|WI|H|Q|WE)",
    re.ASCII,
)
_HOURS = re.compile(
    "".join(f"(?:{_NUMBER}{unit})?" for unit in "HMS") + rf"|{_NUMBER}(?:MO|MI|AF|EV|NI|DT)", re.ASCII
)


def parse_timex3(value: str) -> Kind:
    """Return what kind of time a TIMEX3 value is, of a range its later end.

    Raises ValueError with what is wrong with it.
    """
    bound, low, high = bounded(value)
    kind = _kind(low)
    if kind == "reference" and (bound or high):
        raise ValueError(f"{low} has no bound")
    if not high:
        return kind
    other = _kind(high)
    if other == "reference" or (kind == "duration") != (other == "duration"):
        raise ValueError("a range has two dates or times, or two durations: P2D..P3D")
    if _SHAPE.sub("0", low) == _SHAPE.sub("0", high) and not low.startswith("BC"):
        numbers = [[Decimal(number) for number in _SHAPE.findall(end)] for end in (low, high)]
        if numbers[1] <= numbers[0]:
            raise ValueError(f"the range {value} does not rise")
    return other


def _kind(value: str) -> Kind:
    if _REFERENCE.fullmatch(value):
        return "reference"
    if value.startswith("P"):
        _check_duration(value)
        return "duration"
    day, joined, clock = value.partition("T")
    if not joined:
        if not _DECADE_OR_CENTURY.fullmatch(day):
            _check_date(day)
        return "date"
    full = _check_date(day)
    if not (full["day"] or full["weekday"]):
        raise ValueError("a time of day comes after a full date or week day: 2025-06-02T14:30")
    _check_clock(clock)
    return "time"


def is_timex3(value: str) -> bool:
    """Say whether a value is one of TIMEX3."""
    try:
        parse_timex3(value)
    except ValueError:
        return False
    return True


def _check_date(value: str) -> dict[str, str]:
    match = _DATE.fullmatch(value)
    if match is None:
        raise ValueError("neither a date (2025-06-02, 2025-W23, 2025-SU) nor a duration (P3D)")
    parts = match.groupdict(default="")
    year, month, day, week = parts["year"], parts["month"], parts["day"], parts["week"]
    if month.isdigit() and not 1 <= int(month) <= 12:
        raise ValueError(f"there is no month {month}")
    if day.isdigit():
        # a year left open may be a leap year, a month left open may have 31 days
        leap = int(year) if year.isdigit() else 2000
        last = calendar.monthrange(max(1, leap), int(month))[1] if month.isdigit() else 31
        if not 1 <= int(day) <= last:
            raise ValueError(f"there is no day {day} in {year}-{month}")
    if week.isdigit() and not 1 <= int(week) <= 53:
        raise ValueError(f"there is no week {week}")
    return parts


def _check_clock(value: str) -> None:
    match = _CLOCK.fullmatch(value)
    if match is None:
        raise ValueError("a time of day is T14:30, T14:30Z, T14:30+03:00 or TMO, TMI, TAF, TEV, TNI, TDT")
    for name, last in (("hour", 24), ("minute", 59), ("second", 60), ("zone_hour", 14), ("zone_minute", 59)):
        part = match[name] or ""
        if part.isdigit() and int(part) > last:
            raise ValueError(f"there is no {name.replace('_', ' ')} {part}")
    if match["hour"] == "24" and (match["minute"] or "00") + (match["second"] or "00") != "0000":
        raise ValueError("past 24:00 is the next day")


def _check_duration(value: str) -> None:
    days, joined, hours = value[1:].partition("T")
    if not (days or joined) or (joined and not hours):
        raise ValueError("a duration has an amount: P3D, PT30M, PXD")
    if not _CALENDAR.fullmatch(days) or not _HOURS.fullmatch(hours):
        raise ValueError(
            "a duration is P and amounts with units Y M W D, WE, Q, H, DE, CE, T before H M S: P1Y6M, PT30M"
        )
