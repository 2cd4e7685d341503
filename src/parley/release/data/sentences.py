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
from parley.runtime.columns import integers, strings
from parley.values.segmentation import Sentence, segments

Rows = npt.NDArray[np.int64]
Tagged = tuple[int, int, str]  # start, end, label


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
        self._tagged = tuple(tagged)

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
        _, *runs = zip(*self._runs, strict=True) if self._runs else ((), (), (), ())
        first, last = (np.array(side, np.int64) for side in runs[:2])
        labels = pa.array(runs[2], pa.string()).dictionary_encode()
        tag = 2 * labels.indices.to_numpy().astype(np.int32)
        found = np.zeros(self._begins[-1], np.int32)
        inside = np.zeros(found.size + 1, np.int32)
        np.add.at(inside, first, tag + 2)
        np.add.at(inside, last, -tag - 2)
        found[:] = np.cumsum(inside[:-1])
        found[first] -= 1
        known = ["O", *(f"{part}-{label}" for label in labels.dictionary.to_pylist() for part in "BI")]
        return pa.ListArray.from_arrays(integers(self._begins), strings(known).take(integers(found)))

    @cached_property
    def not_in_tags(self) -> Counter[str]:
        """How many spans cannot be read from the tags as they are, by the reason why not."""
        starts, ends = self._token_starts, self._token_ends
        read = {(row, starts[first], ends[last - 1], label) for row, first, last, label in self._runs}
        unread = [
            (span, first, last)
            for span, first, last in self._placed
            if not (first <= last and (first, span[0], span[1], span[2]) in read)
        ]
        of_token = np.repeat(np.arange(len(self)), np.diff(self._begins))
        begins, stops = (_keys(of_token, np.array(some, np.int64)) for some in (starts, ends))
        found: Counter[str] = Counter()
        for (start, end, _), first, last in unread:
            if not (first <= last and _has(begins, first, start) and _has(stops, last, end)):
                found["with an end inside a token"] += 1
            elif first != last:
                found["over several sentences"] += 1
            else:
                found["nested in another or overlapping with it"] += 1
        return found

    @cached_property
    def _begins(self) -> npt.NDArray[np.int32]:
        """The number of each sentence's first token, and that of all tokens."""
        offsets: npt.NDArray[np.int32] = self.tokens.offsets.to_numpy()
        begins: npt.NDArray[np.int32] = offsets - offsets[0]
        return begins

    @cached_property
    def _token_starts(self) -> list[int]:
        found: list[int] = self.token_starts.flatten().to_numpy().tolist()
        return found

    @cached_property
    def _token_ends(self) -> list[int]:
        lengths = pc.utf8_length(self.tokens.flatten())
        found: list[int] = (self.token_starts.flatten().to_numpy() + lengths.to_numpy()).tolist()
        return found

    @cached_property
    def _runs(self) -> list[tuple[int, int, int, str]]:
        """The tagged runs of tokens: sentence, first token and the end, and the label."""
        of_sentence: dict[int, list[Tagged]] = {}
        for span, first, last in self._placed:
            for row in range(first, last + 1):
                of_sentence.setdefault(row, []).append(span)
        begins = self._begins.tolist()
        return [
            (row, first, last, label)
            for row, spans in of_sentence.items()
            for first, last, label in _runs(
                self._token_starts, self._token_ends, spans, begins[row], begins[row + 1]
            )
        ]

    @cached_property
    def _placed(self) -> list[tuple[Tagged, int, int]]:
        """Each tagged span with the first and the last sentence that it shares a character with."""
        columns = [[span[i] for span in self._tagged] for i in range(3)]
        first, last = self.touched(*(np.array(column, np.int64) for column in columns))
        spans = [span[1:] for span in self._tagged]
        return list(zip(spans, first.tolist(), last.tolist(), strict=True))


def _keys(text_rows: Rows, positions: Rows) -> Rows:
    """Return numbers that sort by article, then by position."""
    return (text_rows.astype(np.int64) << 32) + positions


def _has(keys: Rows, row: int, position: int) -> bool:
    """Say whether sorted keys have that of a row and a position."""
    at = int(np.searchsorted(keys, (row << 32) + position))
    return at < len(keys) and int(keys[at]) == (row << 32) + position


def bio_tags(sentence: Sentence, spans: Iterable[Tagged]) -> list[str]:
    """Return a BIO tag for each token of a sentence. spans: start, end and label.

    Of nested and overlapping spans the longest counts, of equally long ones the first. A token belongs to a
    span if they share a character, so a span that cuts a token in two takes the whole token.
    """
    starts = sentence.token_starts
    ends = [start + len(token) for start, token in zip(starts, sentence.tokens, strict=True)]
    tags = ["O"] * len(ends)
    for first, last, label in _runs(starts, ends, spans, 0, len(ends)):
        tags[first:last] = [f"B-{label}"] + [f"I-{label}"] * (last - first - 1)
    return tags


def _runs(
    starts: Sequence[int], ends: Sequence[int], spans: Iterable[Tagged], low: int, high: int
) -> Iterator[tuple[int, int, str]]:
    """Yield the run of tokens of each span that is tagged, see `bio_tags`: the first, the end, the label.

    starts, ends: of tokens, of which those from `low` before `high` are of the sentence.
    """
    free = bytearray(b"\1" * (high - low))
    for start, end, label in sorted(spans, key=lambda s: (s[0] - s[1], s[0], s[2])):
        first = bisect.bisect_right(ends, start, low, high)
        last = bisect.bisect_left(starts, end, low, high)
        if first < last and all(free[first - low : last - low]):
            free[first - low : last - low] = bytes(last - first)
            yield first, last, label
