"""What an export lost: articles as they were, compared with what a reader of the files finds again.

Nothing here trusts an exporter's own count. Everything that an article has is of a kind and a label, and is
found again or lost: in = out + lost. What is found and was never there is a defect of the exporter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from parley.exchange.articles import Article
from parley.model.labels import Relation, Span, document_span, with_document
from parley.model.ontology import DOCUMENT
from parley.runtime.counts import counted
from parley.values.segmentation import sentences

KINDS = {  # kind → one of it. origins: the sources, decision and reason of a label
    "articles": "article",
    "spans": "span",
    "relations": "relation",
    "attributes": "attribute value",
    "origins": "label origin",
    "metadata": "article fact",
    "text": "character",
}
INSIDE, ACROSS, OVERLAP = (
    "with an end inside a token",
    "over several sentences",
    "nested in another or overlapping with it",
)
NO_LABEL, NO_PLACE = "of a label that is lost", "without a place in the format"
_WINDOW = 500  # code points that a format may leave out at one place
_REPLACED = "\ufffd"  # what formats put where they cannot hold a character

Place = tuple[str, int, int]  # label, start, end
Thing = tuple[str, str, Any]  # kind, label, and what tells it from others of the label


@dataclass
class Account:
    """What went in and came out, by kind and label, and how that was which is lost.

    changed: what a reader finds that was never there.
    """

    given: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    changed: Counter[Thing] = field(default_factory=Counter)

    def add(self, other: Account) -> None:
        """Add what another account counts."""
        self.given.update(other.given)
        self.found.update(other.found)
        self.lost.update(other.lost)
        self.changed.update(other.changed)

    def of(self, kind: str, label: str | None = None) -> tuple[int, int, int]:
        """Return how many of a kind, or of one of its labels, went in, came out and were lost."""
        given, found, lost = (
            sum(n for key, n in counts.items() if key[0] == kind and label in (None, key[1]))
            for counts in (self.given, self.found, self.lost)
        )
        return given, found, lost

    def lose(self, kind: str, label: str, why: str) -> None:
        """Count what is lost of a label. kind: of KINDS."""
        self.lost[kind, label, why] += 1

    def lose_span(self, span: Span, why: str) -> None:
        """Count a span as lost, and its attribute values with it."""
        for kind, label in (("spans", span.label), *(("attributes", name) for name in span.attributes)):
            self.lose(kind, label, why)

    def lose_article(self, article: Article, why: str) -> None:
        """Count an article as lost, and all its labels with it."""
        self.lose("articles", "articles", why)
        for span in article.spans:
            self.lose_span(span, why)
        for name in article.document.attributes if article.document else ():
            self.lose("attributes", name, why)
        for relation in article.relations:
            self.lose("relations", relation.label, why)

    def lose_origins(self, article: Article, why: str) -> None:
        """Count how an article's labels were decided as there, and as lost."""
        labels: list[Span | Relation] = [*with_document(article.spans, article.document), *article.relations]
        for label in labels:
            for name, _ in _origins(label):
                self.given["origins", name] += 1
                self.lose("origins", name, why)

    def settle(self) -> None:
        """Count as found what is not lost: in = out + lost."""
        self.found = Counter(self.given)
        for (kind, label, _), number in self.lost.items():
            self.found[kind, label] -= number

    def labels(self, kind: str) -> list[str]:
        """Return the labels of a kind, sorted."""
        return sorted(label for of, label in self.given if of == kind)

    def reasons(self, kind: str, label: str | None = None) -> dict[str, int]:
        """Return how many of a kind, or of one of its labels, are lost, by how they were."""
        how: Counter[str] = Counter()
        for (of, own, why), number in sorted(self.lost.items()):
            if of == kind and label in (None, own):
                how[why] += number
        return dict(how)

    def as_json(self) -> dict[str, object]:
        """Return each kind with its labels: how many in, out and lost, and how those were that are lost."""
        return {
            kind: self._row(kind) | {"labels": {label: self._row(kind, label) for label in self.labels(kind)}}
            for kind in KINDS
        }

    def as_line(self) -> str:
        """Return what is lost in words, `312 of 742 spans, all 410 relations`; "nothing"."""
        parts = []
        for kind, one in KINDS.items():
            given, _, lost = self.of(kind)
            if lost:
                parts.append(("all " if lost == given else f"{lost:,} of ") + counted(given, one))
        return ", ".join(parts) or "nothing"

    def _row(self, kind: str, label: str | None = None) -> dict[str, object]:
        counts = dict(zip(("in", "out", "lost"), self.of(kind, label), strict=True))
        return counts | {"lost_are": self.reasons(kind, label)}


def compared(before: Article, after: Article | None) -> Account:
    """Return the account of one article. after: what a reader of its export finds, None if nothing."""
    places = aligned(before.text, after.text) if after else []
    read = zip(places, after.text if after else "", strict=True)
    kept = sum(at >= 0 and before.text[at] == character for at, character in read)
    given = Counter(_things(before, range(len(before.text))))
    found = Counter(_things(after, places)) if after else Counter()
    account = Account(
        Counter({("text", "characters"): len(before.text)}),
        Counter({("text", "characters"): kept}),
        changed=Counter({t: n for t, n in (found - given).items() if t[0] != "metadata"}),
    )
    facts = _Facts(before)
    for thing, number in given.items():
        kind, label, _ = thing
        same = min(number, found[thing])
        account.given[kind, label] += number
        account.found[kind, label] += same
        if number > same:
            account.lost[kind, label, facts.of(thing, found)] += number - same
    account.lost += Counter({("text", "characters", NO_PLACE): len(before.text) - kept})
    return account


def aligned(before: str, after: str) -> Sequence[int]:
    """Return where each character of a text read back is in the text as it was, -1 if it is not there.

    Formats leave characters out, put white space between tokens, or U+FFFD for a character they cannot hold;
    they do not change the order. The place of a U+FFFD is that of the character it is for.

    >>> aligned("a, b", "a , b")
    [0, -1, 1, 2, 3]
    """
    if before == after:
        return range(len(before))
    found: list[int] = []
    place = 0
    for character in after:
        at = -1
        if before.startswith(character, place):
            at = place
        elif character == _REPLACED and place < len(before):
            at = place
            while found and found[-1] < 0 and at < len(before) - 1 and before[at].isspace():
                at += 1  # white space before it was not the same
        elif not character.isspace():
            at = before.find(character, place, place + _WINDOW)
        found.append(at)
        place = at + 1 if at >= 0 else place
    return found


def _things(article: Article, places: Sequence[int]) -> Iterator[Thing]:
    """Yield all that an article has. places: of its characters in the text that it is compared in."""
    yield "articles", "articles", None
    facts = {"doc_id": article.doc_id, **article.metadata}
    yield from (("metadata", name, value) for name, value in facts.items() if value)
    where: dict[str, Place] = {}
    if article.document:
        of, document = (DOCUMENT, 0, 0), document_span(article.document)
        yield from (("attributes", name, (of, value)) for name, value in document.attributes.items())
        yield from (("origins", name, (of, value)) for name, value in _origins(document))
    for span in article.spans:
        start, end = (places[at] if at < len(places) else -1 for at in (span.start, span.end - 1))
        where[span.id] = place = span.label, start, end + 1
        yield "spans", span.label, place
        yield from (("attributes", name, (place, value)) for name, value in span.attributes.items())
        yield from (("origins", name, (place, value)) for name, value in _origins(span))
    for relation in article.relations:
        key = relation.label, where.get(relation.head), where.get(relation.tail)
        yield "relations", relation.label, key
        yield from (("origins", name, (key, value)) for name, value in _origins(relation))


def _origins(label: Span | Relation) -> Iterator[tuple[str, str]]:
    """Yield how a label was decided: each of its sources, its decision and its reason."""
    yield from (("sources", name) for name in label.sources)
    yield from ((name, value) for name in ("decision", "reason") if (value := getattr(label, name)))


class _Facts:
    """What may have stopped a format from holding a label of an article."""

    def __init__(self, article: Article) -> None:
        self._article = article

    @cached_property
    def _tokens(self) -> tuple[set[int], list[tuple[int, int]]]:
        """Where tokens begin and end, and the sentences."""
        found = sentences(self._article.text, self._article.metadata.get("language", ""))
        bounds = {
            at for s in found for a, t in zip(s.token_starts, s.tokens, strict=True) for at in (a, a + len(t))
        }
        return bounds, [(s.start, s.end) for s in found]

    @cached_property
    def _overlapping(self) -> set[Place]:
        spans = sorted((s.start, s.end, s.label) for s in self._article.spans)
        found: set[Place] = set()
        for row, (start, end, label) in enumerate(spans):
            for other in spans[row + 1 :]:
                if other[0] >= end:
                    break
                found |= {(label, start, end), (other[2], other[0], other[1])}
        return found

    def of(self, thing: Thing, found: Mapping[Thing, int]) -> str:
        """Say how a lost thing was. found: what is there still."""
        kind, _, key = thing
        if kind == "spans":
            return self._of_span(key)
        if kind == "relations":
            return self._of_relation(key, found)
        if kind in ("attributes", "origins") and key[0][0] == DOCUMENT:
            return NO_PLACE
        if kind in ("attributes", "origins"):
            of, name = ("spans", "relations")[isinstance(key[0][1], tuple)], key[0][0]
            return NO_PLACE if found.get((of, name, key[0])) else NO_LABEL
        return NO_PLACE

    def _of_span(self, place: Place) -> str:
        bounds, lines = self._tokens
        _, start, end = place
        if not {start, end} <= bounds:
            return INSIDE
        if not any(a <= start and end <= b for a, b in lines):
            return ACROSS
        return OVERLAP if place in self._overlapping else NO_PLACE

    def _of_relation(self, key: tuple[str, Place | None, Place | None], found: Mapping[Thing, int]) -> str:
        _, head, tail = key
        if head is None or tail is None or not all(found.get(("spans", end[0], end)) for end in (head, tail)):
            return NO_LABEL
        inside = [(a, b) for a, b in self._tokens[1] if a <= head[1] < b]
        return NO_PLACE if any(a <= tail[1] < b for a, b in inside) else ACROSS
