"""Sentences as a release has them: which of them a position is in, and the BIO tags of its tokens."""

from __future__ import annotations

import bisect
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parley.values.languages import Sentence, sentences

Rows = npt.NDArray[np.int64]


class Sentences:
    """The sentences of some articles, each a text and its language.

    flat: all of them. of_text: how many each article has. text_rows: the article of each, by number. starts:
    where each starts in its article. texts: their words, as a column, with "" at the end.
    Raises UsageError as `parley.values.languages.sentences`.
    """

    def __init__(self, articles: Iterable[tuple[str, str]]) -> None:
        each = [sentences(text, language) for text, language in articles]
        self.flat = [sentence for some in each for sentence in some]
        self.of_text = [len(some) for some in each]
        self.text_rows = np.repeat(np.arange(len(each)), self.of_text)
        self.starts = np.array([sentence.start for sentence in self.flat], np.int64)
        self.texts = pa.array([*(sentence.text for sentence in self.flat), ""], pa.string())
        self._ends = np.array([*(sentence.end for sentence in self.flat), 0], np.int64)
        self._keys = _keys(self.text_rows, self.starts)

    @classmethod
    def of(cls, documents: pa.Table) -> Sentences:
        """Return the sentences of the documents of a batch."""
        columns = (documents[name].to_pylist() for name in ("text", "language"))
        return cls(zip(*columns, strict=True))

    def containing(self, text_rows: Rows, positions: Rows) -> Rows:
        """Return the row in `flat` of the sentence that has each position, -1 if none has it.

        text_rows: the article of each position, by number.
        """
        rows = np.searchsorted(self._keys, _keys(text_rows, positions), "right") - 1
        inside = (rows >= 0) & (positions < self._ends[rows])
        inside[inside] = self.text_rows[rows[inside]] == text_rows[inside]
        return np.where(inside, rows, -1)


def _keys(text_rows: Rows, positions: Rows) -> Rows:
    """Return numbers that sort by article, then by position."""
    return (text_rows.astype(np.int64) << 32) + positions


def bio_tags(sentence: Sentence, spans: Iterable[tuple[int, int, str]]) -> list[str]:
    """Return a BIO tag for each token of a sentence. spans: start, end and label.

    Of nested and overlapping spans the longest counts, of equally long ones the first. A token belongs to a
    span if they share a character, so a span that cuts a token in two takes the whole token.
    """
    tags = ["O"] * len(sentence.tokens)
    ends = [s + len(t) for s, t in zip(sentence.token_starts, sentence.tokens, strict=True)]
    for start, end, label in sorted(spans, key=lambda s: (s[0] - s[1], s[0], s[2])):
        first = bisect.bisect_right(ends, start)
        last = bisect.bisect_left(sentence.token_starts, end)
        if first < last and all(tag == "O" for tag in tags[first:last]):
            tags[first:last] = [f"B-{label}"] + [f"I-{label}"] * (last - first - 1)
    return tags
