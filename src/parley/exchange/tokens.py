"""What formats that count in tokens need: an article in tokens, sentences and clusters, and back.

Tokens and sentences are those of the release's config `sentences` (`values.segmentation`). A span whose ends
are not ends of tokens has no place in such a format.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from parley.exchange.articles import Article
from parley.faults import UsageError
from parley.model.labels import Span, make_relation, make_span
from parley.model.ontology import Ontology
from parley.runtime.files import decode_json
from parley.values.segmentation import sentences
from parley.values.several import sole

Range = tuple[int, int]  # numbers of the first and the last token, from 0


@dataclass(frozen=True)
class Tokens:
    """The tokens of a text. starts: in code points. firsts: number of the first token of each sentence."""

    words: tuple[str, ...]
    starts: tuple[int, ...]
    firsts: tuple[int, ...]

    @classmethod
    def of(cls, article: Article) -> Tokens:
        """Return the tokens of an article, by the rules of its language.

        Raises UsageError if they need a package that is not installed.
        """
        found = sentences(article.text, article.metadata.get("language", ""))
        firsts, number = [], 0
        for sentence in found:
            firsts.append(number)
            number += len(sentence.tokens)
        words = chain.from_iterable(sentence.tokens for sentence in found)
        starts = chain.from_iterable(sentence.token_starts for sentence in found)
        return cls(tuple(words), tuple(starts), tuple(firsts))

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """Where each token ends, half-open."""
        return tuple(start + len(word) for start, word in zip(self.starts, self.words, strict=True))

    @cached_property
    def _by_bound(self) -> tuple[dict[int, int], dict[int, int]]:
        starts, ends = ({at: n for n, at in enumerate(bounds)} for bounds in (self.starts, self.ends))
        return starts, ends

    def range(self, span: Span) -> Range | None:
        """Return the first and last token of a span; None if one of its ends is inside a token."""
        starts, ends = self._by_bound
        if span.start in starts and span.end in ends:
            return starts[span.start], ends[span.end]
        return None

    def sentence(self, place: Range) -> int | None:
        """Return the number of the sentence that has all the tokens; None if they are in several."""
        first, last = (bisect_right(self.firsts, token) - 1 for token in place)
        return first if first == last else None

    def lines(self) -> list[tuple[str, ...]]:
        """Return the tokens, sentence by sentence."""
        ends = (*self.firsts[1:], len(self.words))
        return (
            [self.words[first:end] for first, end in zip(self.firsts, ends, strict=True)]
            if self.words
            else []
        )

    def ranges(self, spans: Iterable[Span]) -> dict[str, Range]:
        """Return the range of each span that has one, by id."""
        found = ((span.id, self.range(span)) for span in spans)
        return {name: place for name, place in found if place}


def article_of(
    doc_id: str,
    lines: Sequence[Sequence[str]],
    spans: Iterable[tuple[int, int, str]],
    relations: Iterable[tuple[int, int, str]] = (),
) -> Article:
    """Return an article of what a format says in tokens.

    The text is made anew: a blank between tokens, a line a sentence. lines: the sentences. spans: first and
    last token, counted through the article, and label. relations: head and tail as numbers of spans, and
    label. A span outside the tokens is left out with its relations.
    """
    text = "\n".join(" ".join(words) for words in lines)
    starts, place = [], 0
    words = [word for line in lines for word in line]
    for word in words:
        starts.append(place)
        place += len(word) + 1
    made = [
        make_span(text, label, starts[first], starts[last] + len(words[last]))
        if 0 <= first <= last < len(words)
        else None
        for first, last, label in spans
    ]
    arcs = {}
    for head, tail, label in relations:
        ends = made[head], made[tail]
        if ends[0] and ends[1]:
            arc = make_relation(label, ends[0], ends[1])
            arcs[arc.id] = arc
    return Article(doc_id, text, tuple({s.id: s for s in made if s}.values()), tuple(arcs.values()))


def by_place(spans: Sequence[tuple[int, int, str]]) -> dict[Range, int]:
    """Return the number of the span at a place; of places that several spans share none.

    For formats whose relations name a place and no label.
    """
    times = Counter((first, last) for first, last, _ in spans)
    return {(first, last): n for n, (first, last, _) in enumerate(spans) if times[first, last] == 1}


def clusters(article: Article, ontology: Ontology) -> list[list[Span]]:
    """Return the spans of an article in clusters, in text order; one that nothing ties is a cluster alone.

    Tied are spans that point at one entity, and those that a symmetric relation of equal labels joins: what
    says "the same as" in an ontology.
    """
    root = {span.id: span.id for span in article.spans}

    def top(name: str) -> str:
        while root[name] != name:
            root[name] = name = root[root[name]]
        return name

    first: dict[tuple[str, str], str] = {}
    for span in article.spans:
        kinds = ontology.attributes_of.get(span.label, {})
        for name, value in span.attributes.items():
            row = sole(value) if name in kinds and kinds[name].kind == "entity" else ""
            if row:
                root[top(span.id)] = top(first.setdefault((name, row), span.id))
    same = {one.name for one in ontology.relations if one.symmetric and one.same_label}
    for relation, head, tail in article.ends():
        if relation.label in same:
            root[top(head.id)] = top(tail.id)
    found: dict[str, list[Span]] = defaultdict(list)
    for span in article.spans:
        found[top(span.id)].append(span)
    return list(found.values())


def json_lines(place: Path) -> Iterator[Any]:
    """Yield what each line of a file says as JSON. Raises UsageError naming a line that is none."""
    with place.open(encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield decode_json(line.encode())
                except ValueError as error:
                    raise UsageError(f"line {number} of {place} is not JSON: {error}", "look at that line")
