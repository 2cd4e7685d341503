"""Sentences as a release has them: which one holds a position, and its tokens' BIO tags."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence

from parley.model.labels import Span
from parley.values.languages import Sentence


def containing(found: Sequence[Sentence], position: int) -> int:
    """Return the index of the sentence in which a position stands, -1 where it stands in none."""
    index = bisect.bisect_right([s.start for s in found], position) - 1
    return index if index >= 0 and position < found[index].end else -1


def surrounding(found: Sequence[Sentence], position: int) -> Sentence | None:
    """Return the sentence in which a position stands, if any."""
    index = containing(found, position)
    return found[index] if index >= 0 else None


def bio_tags(sentence: Sentence, spans: Iterable[Span]) -> list[str]:
    """Return a BIO tag for each token of a sentence.

    Of nested and overlapping spans the longest counts, of equally long ones the first. A token belongs to a
    span if they share a character, so a span that cuts a token in two takes the whole token.
    """
    tags = ["O"] * len(sentence.tokens)
    ends = [s + len(t) for s, t in zip(sentence.token_starts, sentence.tokens, strict=True)]
    for span in sorted(spans, key=lambda s: (s.start - s.end, s.start, s.label)):
        first = bisect.bisect_right(ends, span.start)
        last = bisect.bisect_left(sentence.token_starts, span.end)
        if first < last and all(tag == "O" for tag in tags[first:last]):
            tags[first:last] = [f"B-{span.label}"] + [f"I-{span.label}"] * (last - first - 1)
    return tags
