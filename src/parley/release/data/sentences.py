"""Sentences and tokens of articles, with their offsets.

spaCy's blank English pipeline (no model): its tokenizer, and its rule-based sentence boundaries within the
paragraphs of the text. Offsets are code points into the document's text.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from parley.model.documents import Document
from parley.model.labels import Span


@dataclass(frozen=True)
class Sentence:
    """A sentence. start: in the document; tokens with their starts, in the document too."""

    start: int
    text: str
    tokens: tuple[str, ...]
    token_starts: tuple[int, ...]

    @property
    def end(self) -> int:
        """The end in the document, half-open."""
        return self.start + len(self.text)


def sentences(documents: Iterable[Document]) -> Iterator[list[Sentence]]:
    """Yield the sentences of each document; a sentence never crosses a paragraph."""
    texts = [list(_paragraphs(document.text)) for document in documents]
    parsed = _pipeline().pipe(paragraph for paragraphs in texts for _, paragraph in paragraphs)
    for paragraphs in texts:
        found: list[Sentence] = []
        for start, paragraph in paragraphs:
            for sentence in _closed(list(next(parsed).sents)):
                kept = [token for token in sentence if not token.is_space]
                if kept:
                    begin, end = kept[0].idx, kept[-1].idx + len(kept[-1])
                    found.append(
                        Sentence(
                            start + begin,
                            paragraph[begin:end],
                            tuple(token.text for token in kept),
                            tuple(start + token.idx for token in kept),
                        )
                    )
        yield found


@cache
def _pipeline() -> Any:  # noqa: ANN401 - untyped library
    """Return the pipeline; to make it takes as long as to run it over a hundred articles."""
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer", config={"punct_chars": [".", "!", "?"]})
    return nlp


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield start, line
        start += len(line) + 1


def _closed(parts: list) -> Iterator[list]:  # type: ignore[type-arg]
    """Join a part that begins with a closing quotation mark, or in lower case, to the one before it."""
    joined: list[list] = []  # type: ignore[type-arg]
    for part in parts:
        tokens = list(part)
        if joined and (tokens[0].text[0] in "”’\"'" or tokens[0].text[0].islower()):
            joined[-1].extend(tokens)
        else:
            joined.append(tokens)
    yield from joined


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
