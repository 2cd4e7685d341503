"""Sentences as a release has them: which of them a position is in, and the BIO tags of its tokens."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import Batch
from parley.runtime.columns import integers, ranges, strings
from parley.values.segmentation import Sentence, segments

Rows = npt.NDArray[np.int64]
Tagged = tuple[int, int, str]  # start, end, label

_HALF = 32  # bits of a key that are the position


class Sentences:
    """The sentences of some articles, and what their tokens are tagged with.

    text_rows: the article of each, by number. starts: where each starts in its article. texts: their words,
    with "" at the end. tokens, token_starts: a list each; the starts are in the article. numbers: of each in
    its article, from 0, with 0 at the end.
    """

    def __init__(
        self, text_rows: Rows, table: pa.Table, tagged: Iterable[tuple[int, int, int, str]] = ()
    ) -> None:
        """Make them of a table with the columns start, text, tokens, token_starts.

        tagged: the spans to tag, each its article by number, start, end and label.
        """
        names = ("start", "text", "tokens", "token_starts")
        starts, texts, self.tokens, self.token_starts = (table[name].combine_chunks() for name in names)
        self.text_rows, self.starts = text_rows, starts.to_numpy().astype(np.int64)
        self.texts = pa.concat_arrays([texts, strings([""])])
        turn = np.arange(text_rows.size) - np.searchsorted(text_rows, text_rows)
        self.numbers = np.append(turn, 0).astype(np.int32)
        self._ends = np.append(self.starts, 0) + pc.utf8_length(self.texts).to_numpy()
        self._keys = _keys(self.text_rows, self.starts)
        self._tagged = [*zip(*tagged, strict=True)] or [()] * 4  # columns

    def __len__(self) -> int:
        """Return the number of sentences."""
        return len(self.text_rows)

    @classmethod
    def cut(
        cls, articles: Iterable[tuple[str, str]], tagged: Iterable[tuple[int, int, int, str]] = ()
    ) -> Sentences:
        """Return the sentences of articles, each a text and its language.

        Raises UsageError as `parley.values.segmentation.segments`.
        """
        found = segments(articles)
        offsets = found.firsts.astype(np.int32)
        columns = {
            "start": integers(found.starts),
            "text": strings(found.texts),
            "tokens": pa.ListArray.from_arrays(offsets, strings(found.tokens)),
            "token_starts": pa.ListArray.from_arrays(offsets, integers(found.token_starts)),
        }
        return cls(found.text_rows, pa.table(columns), tagged)

    @classmethod
    def of(cls, published: Batch, labels: Sequence[str] = (), known: pa.Table | None = None) -> Sentences:
        """Return the sentences of a batch's documents.

        labels: of the spans that tokens are tagged with. known: these sentences as they were published.
        """
        spans = published.spans.filter(pc.is_in(published.spans["label"], pa.array(labels, pa.string())))
        tagged = (spans[name].to_pylist() for name in ("layer", "start", "end", "label"))
        if known is None:
            articles = (published.documents[name].to_pylist() for name in ("text", "language"))
            return cls.cut(zip(*articles, strict=True), zip(*tagged, strict=True))
        article = pc.index_in(known["doc_id"], value_set=published.documents["doc_id"].combine_chunks())
        return cls(article.to_numpy(), known, zip(*tagged, strict=True))

    @cached_property
    def of_article(self) -> dict[int, list[Sentence]]:
        """The sentences of each article that has some, by number, as objects."""
        columns = [column.to_pylist() for column in (self.texts[:-1], self.tokens, self.token_starts)]
        found: dict[int, list[Sentence]] = {}
        for article, start, text, tokens, starts in zip(
            self.text_rows.tolist(), self.starts.tolist(), *columns, strict=True
        ):
            found.setdefault(article, []).append(Sentence(start, text, tuple(tokens), tuple(starts)))
        return found

    def containing(self, text_rows: Rows, positions: Rows) -> Rows:
        """Return the row in `flat` of the sentence that has each position, -1 if none has it.

        text_rows: the article of each position, by number.
        """
        rows = np.searchsorted(self._keys, _keys(text_rows, positions), "right") - 1
        inside = (rows >= 0) & (positions < self._ends[rows])
        inside[inside] = self.text_rows[rows[inside]] == text_rows[inside]
        return np.where(inside, rows, -1)

    def touched(self, text_rows: Rows, starts: Rows, ends: Rows) -> tuple[Rows, Rows]:
        """Return the first and the last row in `flat` that each passage shares a character with.

        The last is before the first if there is none. text_rows: the article of each, by number.
        """
        first = np.searchsorted(self._keys, _keys(text_rows, starts), "right") - 1
        is_of = np.append(self.text_rows, -1)[first] == text_rows
        before = (first < 0) | ~is_of | (self._ends[first] <= starts)
        last = np.searchsorted(self._keys, _keys(text_rows, ends), "left") - 1
        return first + before, last

    @cached_property
    def tags(self) -> pa.ListArray:
        """The BIO tags of each sentence, a list each."""
        span, first, last = self._runs
        tag = 2 * self._spans.labels[span].astype(np.int32)
        found = np.zeros(self._begins[-1], np.int32)
        inside = np.zeros(found.size + 1, np.int32)
        np.add.at(inside, first, tag + 2)
        np.add.at(inside, last, -tag - 2)
        found[:] = np.cumsum(inside[:-1])
        found[first] -= 1
        known = ["O", *(f"{part}-{label}" for label in self._labels for part in "BI")]
        return pa.ListArray.from_arrays(integers(self._begins), strings(known).take(integers(found)))

    @cached_property
    def not_in_tags(self) -> Counter[str]:
        """How many spans cannot be read from the tags as they are, by the reason why not."""
        spans, (span, first, last) = self._spans, self._runs
        begins, stops = self._token_keys
        runs = begins[first] >> _HALF, begins[first], stops[last - 1], spans.labels[span]
        read = set(zip(*(column.tolist() for column in runs), strict=True))
        begin, stop = _keys(spans.first, spans.start), _keys(spans.last, spans.end)
        wanted = spans.first, begin, stop, spans.labels
        keys = zip(*(column.tolist() for column in wanted), strict=True)
        unread = np.array([key not in read for key in keys], bool)
        is_of_tokens = _has(begins, begin) & _has(stops, stop) & (spans.first <= spans.last)
        found = {
            "with an end inside a token": ~is_of_tokens,
            "over several sentences": is_of_tokens & (spans.first != spans.last),
            "nested in another or overlapping with it": is_of_tokens & (spans.first == spans.last),
        }
        return Counter({why: n for why, some in found.items() if (n := np.count_nonzero(some & unread))})

    @cached_property
    def _begins(self) -> npt.NDArray[np.int32]:
        """The number of each sentence's first token, and that of all tokens."""
        offsets: npt.NDArray[np.int32] = self.tokens.offsets.to_numpy()
        begins: npt.NDArray[np.int32] = offsets - offsets[0]
        return begins

    @cached_property
    def _token_keys(self) -> tuple[Rows, Rows]:
        """Where tokens start and end, as keys of their sentences' numbers: ascending."""
        of_token = np.repeat(np.arange(len(self)), np.diff(self._begins))
        starts = self.token_starts.flatten().to_numpy()
        lengths = pc.utf8_length(self.tokens.flatten()).to_numpy()
        return _keys(of_token, starts), _keys(of_token, starts + lengths)

    @cached_property
    def _labels(self) -> list[str]:
        """The labels that tokens are tagged with."""
        return sorted(set(self._tagged[3]))

    @cached_property
    def _spans(self) -> _Spans:
        rows, start, end = (np.array(column, np.int64) for column in self._tagged[:3])
        number = {label: n for n, label in enumerate(self._labels)}
        labels = np.array([*map(number.__getitem__, self._tagged[3])], np.int64)
        return _Spans(start, end, labels, *self.touched(rows, start, end))

    @cached_property
    def _runs(self) -> tuple[Rows, Rows, Rows]:
        """The tagged runs of tokens: the span of each by number, its first token and the end."""
        spans, (begins, stops) = self._spans, self._token_keys
        span, row = ranges(spans.first, (spans.last - spans.first + 1).clip(min=0))
        start, end = spans.start[span], spans.end[span]
        order = np.lexsort((spans.labels[span], start, start - end))
        first = np.searchsorted(stops, _keys(row, start), "right")[order]
        last = np.searchsorted(begins, _keys(row, end), "left")[order]
        kept = _apart(zip(first.tolist(), last.tolist(), strict=True), begins.size)
        return span[order][kept], first[kept], last[kept]


class _Spans(NamedTuple):
    """The spans to tag. labels: by number. first, last: sentences that they share a character with."""

    start: Rows
    end: Rows
    labels: Rows
    first: Rows
    last: Rows


def _keys(text_rows: Rows, positions: Rows) -> Rows:
    """Return numbers that sort by article, then by position."""
    return (text_rows.astype(np.int64) << _HALF) + positions


def _has(keys: Rows, wanted: Rows) -> npt.NDArray[np.bool_]:
    """Say which keys are among sorted ones."""
    found: npt.NDArray[np.bool_] = np.append(keys, -1)[np.searchsorted(keys, wanted)] == wanted
    return found


def bio_tags(sentence: Sentence, spans: Iterable[Tagged]) -> list[str]:
    """Return a BIO tag for each token of a sentence. spans: start, end and label.

    Of nested and overlapping spans the longest counts, of equally long ones the first. A token belongs to a
    span if they share a character, so a span that cuts a token in two takes the whole token.
    """
    starts = sentence.token_starts
    ends = [start + len(token) for start, token in zip(starts, sentence.tokens, strict=True)]
    ordered = sorted(spans, key=lambda span: (span[0] - span[1], span[0], span[2]))
    runs = [(bisect.bisect_right(ends, start), bisect.bisect_left(starts, end)) for start, end, _ in ordered]
    tags = ["O"] * len(ends)
    for number in _apart(runs, len(ends)):
        (first, last), label = runs[number], ordered[number][2]
        tags[first:last] = [f"B-{label}"] + [f"I-{label}"] * (last - first - 1)
    return tags


def _apart(runs: Iterable[tuple[int, int]], tokens: int) -> list[int]:
    """Return which runs of tokens have some, and none that an earlier one has, by number.

    runs: the first token and the end of each. tokens: how many there are.
    """
    taken = bytearray(tokens)
    found = []
    for number, (first, last) in enumerate(runs):
        if first < last and taken.find(1, first, last) < 0:
            taken[first:last] = b"\1" * (last - first)
            found.append(number)
    return found
