"""Sentences as a release has them: which of them a position is in, and the BIO tags of its tokens."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import Batch
from parley.values.segmentation import Sentence, sentences

Rows = npt.NDArray[np.int64]
Tagged = tuple[int, int, str]  # start, end, label


class Sentences:
    """The sentences of some articles, each a text and its language, and what their tokens are tagged with.

    tagged: the spans to tag, each its article by number, start, end and label. of_article: of each. flat: all
    sentences. text_rows: the article of each, by number. starts: where each starts in its article. texts:
    their words, as a column, with "" at the end.
    Raises UsageError as `parley.values.segmentation.sentences`.
    """

    def __init__(
        self, articles: Iterable[tuple[str, str]], tagged: Iterable[tuple[int, int, int, str]] = ()
    ) -> None:
        self.of_article = [sentences(text, language) for text, language in articles]
        self.flat = [sentence for some in self.of_article for sentence in some]
        self.text_rows = np.repeat(np.arange(len(self.of_article)), [len(some) for some in self.of_article])
        self.starts = np.array([sentence.start for sentence in self.flat], np.int64)
        self.texts = pa.array([*(sentence.text for sentence in self.flat), ""], pa.string())
        self._ends = np.array([*(sentence.end for sentence in self.flat), 0], np.int64)
        self._keys = _keys(self.text_rows, self.starts)
        self._tagged = tuple(tagged)

    @classmethod
    def of(cls, published: Batch, labels: Sequence[str] = ()) -> Sentences:
        """Return the sentences of a batch's documents. labels: of the spans that tokens are tagged with."""
        articles = (published.documents[name].to_pylist() for name in ("text", "language"))
        spans = published.spans.filter(pc.is_in(published.spans["label"], pa.array(labels, pa.string())))
        tagged = (spans[name].to_pylist() for name in ("layer", "start", "end", "label"))
        return cls(zip(*articles, strict=True), zip(*tagged, strict=True))

    def containing(self, text_rows: Rows, positions: Rows) -> Rows:
        """Return the row in `flat` of the sentence that has each position, -1 if none has it.

        text_rows: the article of each position, by number.
        """
        rows = np.searchsorted(self._keys, _keys(text_rows, positions), "right") - 1
        inside = (rows >= 0) & (positions < self._ends[rows])
        inside[inside] = self.text_rows[rows[inside]] == text_rows[inside]
        return np.where(inside, rows, -1)

    @cached_property
    def tags(self) -> list[list[str]]:
        """The BIO tags of each sentence."""
        of_sentence: list[list[Tagged]] = [[] for _ in self.flat]
        for span, first, last in self._placed:
            for row in range(first, last + 1):
                of_sentence[row].append(span)
        return [bio_tags(*pair) for pair in zip(self.flat, of_sentence, strict=True)]

    @cached_property
    def not_in_tags(self) -> Counter[str]:
        """How many spans cannot be read from the tags as they are, by the reason why not."""
        read = [set(_read(*pair)) for pair in zip(self.flat, self.tags, strict=True)]
        found: Counter[str] = Counter()
        for (start, end, label), first, last in self._placed:
            if first <= last and (start, end, label) in read[first]:
                continue
            whole = first <= last and start in self.flat[first].token_starts and end in _ends(self.flat[last])
            if not whole:
                found["with an end inside a token"] += 1
            elif first != last:
                found["over several sentences"] += 1
            else:
                found["nested in another or overlapping with it"] += 1
        return found

    @cached_property
    def _placed(self) -> list[tuple[Tagged, int, int]]:
        """Each tagged span with the first and the last sentence that it shares a character with."""
        columns = [[span[i] for span in self._tagged] for i in range(3)]
        texts, starts, ends = (np.array(column, np.int64) for column in columns)
        first = np.searchsorted(self._keys, _keys(texts, starts), "right") - 1
        before = (first < 0) | (np.append(self.text_rows, -1)[first] != texts) | (self._ends[first] <= starts)
        last = np.searchsorted(self._keys, _keys(texts, ends), "left") - 1
        spans = [span[1:] for span in self._tagged]
        return list(zip(spans, (first + before).tolist(), last.tolist(), strict=True))


def _keys(text_rows: Rows, positions: Rows) -> Rows:
    """Return numbers that sort by article, then by position."""
    return (text_rows.astype(np.int64) << 32) + positions


def bio_tags(sentence: Sentence, spans: Iterable[Tagged]) -> list[str]:
    """Return a BIO tag for each token of a sentence. spans: start, end and label.

    Of nested and overlapping spans the longest counts, of equally long ones the first. A token belongs to a
    span if they share a character, so a span that cuts a token in two takes the whole token.
    """
    tags = ["O"] * len(sentence.tokens)
    ends = _ends(sentence)
    for start, end, label in sorted(spans, key=lambda s: (s[0] - s[1], s[0], s[2])):
        first = bisect.bisect_right(ends, start)
        last = bisect.bisect_left(sentence.token_starts, end)
        if first < last and set(tags[first:last]) == {"O"}:
            tags[first:last] = [f"B-{label}"] + [f"I-{label}"] * (last - first - 1)
    return tags


def _read(sentence: Sentence, tags: Sequence[str]) -> Iterator[Tagged]:
    """Yield the spans that a reader of the tags finds."""
    ends = _ends(sentence)
    for first, tag in enumerate(tags):
        if tag.startswith("B-"):
            last = first
            while tags[last + 1 : last + 2] == [f"I-{tag[2:]}"]:
                last += 1
            yield sentence.token_starts[first], ends[last], tag[2:]


def _ends(sentence: Sentence) -> list[int]:
    return [s + len(t) for s, t in zip(sentence.token_starts, sentence.tokens, strict=True)]
