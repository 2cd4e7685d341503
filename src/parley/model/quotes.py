"""Quotes: where words that somebody quotes occur in a text, paragraph by paragraph."""

from __future__ import annotations

import difflib
import re
from typing import NamedTuple


class Paragraph(NamedTuple):
    """A paragraph of a text. number: from 1; start: its first code point."""

    number: int
    start: int
    text: str


def paragraphs(text: str) -> list[Paragraph]:
    """Return the paragraphs of a text, numbered from 1: its lines that are not blank."""
    found: list[Paragraph] = []
    start = 0
    for line in text.split("\n"):
        if line.strip():
            found.append(Paragraph(len(found) + 1, start, line))
        start += len(line) + 1
    return found


def occurrences(quote: str, text: str) -> list[int]:
    """Return the code points at which a quote starts in a text, whole words only: "he" is not in "the"."""
    before = r"(?<!\w)" if re.match(r"\w", quote) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", quote) else ""
    pattern = re.compile(f"(?={before}{re.escape(quote)}{after})")
    return [match.start() for match in pattern.finditer(text)]


def closest(quote: str, text: str) -> str:
    """Return a hint that names the piece of a text most like a quote, "" if nothing is like it."""
    starts = [match.start() for match in re.finditer(r"\b\w|[^\w\s]", text)]  # quotes begin with a word
    pieces = [text[start : start + len(quote)] for start in starts]
    match = difflib.get_close_matches(quote, pieces, n=1, cutoff=0.6)
    return f"; the closest is {match[0]!r}" if match else ""
