"""Templates of attribute values, filled with numbers and with dates relative to the day of publication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

# What templates may use besides their rule's groups, if the day of publication is known.
DATE_FIELDS = frozenset((
    "past_weekday", "near_month", "last_day", "this_day", "next_day", "last_week", "this_week", "this_month",
    "this_year",
))  # fmt: skip
_HALF_YEAR = 6


def number(words: Sequence[str], numbers: Mapping[str, str]) -> str | None:
    """Return the number that words write: `7 billion` is 7000000000, `1,000` is 1000; None if they do not.

    numbers: word in lower case → number. Words that follow each other multiply.
    """
    product = Decimal(1)
    for word in words:
        try:
            product *= Decimal(numbers.get(word.casefold(), word.replace(",", "")))
        except InvalidOperation:
            return None
    if not words or not product.is_finite():
        return None
    plain = f"{product:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def date_fields(published: str, groups: Mapping[str, str]) -> dict[str, str]:
    """Return what the day of publication makes of a weekday, a month and of now; nothing if it is unknown.

    groups: `weekday` 1 to 7 as in ISO 8601, `month` 1 to 12. A weekday is the last one up to that day, since
    reports look back; a month is the nearest one, since they also look ahead.
    """
    if not published:
        return {}
    day = date.fromisoformat(published[:10])
    before = day - timedelta(weeks=1)
    fields = {
        "last_day": (day - timedelta(days=1)).isoformat(),
        "this_day": day.isoformat(),
        "next_day": (day + timedelta(days=1)).isoformat(),
        "this_month": f"{day:%Y-%m}",
        "this_year": f"{day:%Y}",
        "this_week": "{}-W{:02}".format(*day.isocalendar()),
        "last_week": "{}-W{:02}".format(*before.isocalendar()),
    }
    if "weekday" in groups:
        back = (day.isoweekday() - int(groups["weekday"])) % 7
        fields["past_weekday"] = (day - timedelta(days=back)).isoformat()
    if "month" in groups:
        away = int(groups["month"]) - day.month
        year = day.year + (away < -_HALF_YEAR) - (away > _HALF_YEAR)
        fields["near_month"] = f"{year}-{int(groups['month']):02}"
    return fields


def fill(template: str, fields: Mapping[str, str]) -> str | None:
    """Return a template with its fields put in; None if one of them is unknown."""
    try:
        return template.format_map(fields)
    except KeyError:
        return None
