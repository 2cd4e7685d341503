"""Counts in words: a number with its noun, one article and two articles."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun.

    plural: "" adds an s.

    >>> counted(1, "article"), counted(1200, "entity", "entities")
    ('1 article', '1,200 entities')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
