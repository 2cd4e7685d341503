"""Quotes: where words that somebody quotes occur in a text, paragraph by paragraph."""

from __future__ import annotations

import difflib
import re
from typing import NamedTuple

from parley.values.segmentation import CLEAN, WORD, cut_at, words


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


def occurrences(quote: str, text: str, *, inside_words: bool = False) -> list[int]:
    """Return the code points at which a quote starts in a text, whole words only: "he" is not in "the".

    Words and characters are those of `values.segmentation`. inside_words: the quote may cut words, but no
    characters.
    """
    allowed = {CLEAN, WORD} if inside_words else {CLEAN}
    starts = [match.start() for match in re.finditer(f"(?={re.escape(quote)})", text)]
    return [at for at in starts if {cut_at(text, at), cut_at(text, at + len(quote))} <= allowed]


def closest(quote: str, text: str) -> str:
    """Return a hint that names the piece of a text most like a quote, "" if nothing is like it."""
    pieces = [text[start : start + len(quote)] for start, _ in words(text) if not text[start].isspace()]
    match = difflib.get_close_matches(quote, pieces, n=1, cutoff=0.6)
    return f"; the closest is {match[0]!r}" if match else ""
