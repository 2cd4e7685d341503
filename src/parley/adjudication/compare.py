"""What the layers of one document agree on, and what competes.

An *item* is one thing to decide. An agreed item has one candidate, which all annotators have. A disputed span
item has at most one span of each annotator: what each sees in one place. A disputed relation item has the
relations between the same two places that not everybody drew.

Spans are grouped greedily, the nearest first: spans of one label by overlap over union (as agreement is
measured), then spans of equal offsets under different labels, then spans of different labels that share at
least half of what they cover. Nested spans of different labels do not compete. `agreement.measures.matching`
pairs two annotators and one label; this groups any number of both.

Relations are compared between *places* (span items), not between span ids: two annotators who set another
boundary and draw the same relation agree on the relation.

Cost: O((n + k) log(n + k)) for n disputed spans and k overlapping pairs of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec

from parley.faults import check
from parley.model.labels import Layer, Relation, Span
from parley.model.ontology import Ontology
from parley.validation.layer_faults import differences

_SAME_PLACE = 0.5  # of what two spans of different labels cover, the share they must have in common

Ends = tuple[str, str]  # ids of head and tail


@dataclass(frozen=True)
class SpanCandidate:
    """A span as some annotators have it. who: their names, sorted."""

    span: Span
    who: tuple[str, ...]


@dataclass(frozen=True)
class RelationCandidate:
    """A relation between two places as some annotators drew it.

    head, tail: ids of span items. drawn: (annotator, relation of the layer), sorted by annotator.
    """

    label: str
    head: str
    tail: str
    drawn: tuple[tuple[str, Relation], ...]

    @property
    def who(self) -> tuple[str, ...]:
        """Names of the annotators, sorted."""
        return tuple(name for name, _ in self.drawn)

    @property
    def ends(self) -> Ends:
        """Head and tail."""
        return self.head, self.tail

    def __str__(self) -> str:
        return f"{self.label} {self.head} → {self.tail}"


@dataclass(frozen=True)
class SpanItem:
    """One place; offsets are code points that its candidates cover together.

    id: that of the span if it is agreed, else derived from offsets and candidates.
    """

    id: str
    candidates: tuple[SpanCandidate, ...]
    agreed: bool
    start: int
    end: int


@dataclass(frozen=True)
class RelationItem:
    """The relations between two places; offsets are code points that both places cover together."""

    id: str
    candidates: tuple[RelationCandidate, ...]
    agreed: bool
    start: int
    end: int

    @property
    def places(self) -> frozenset[str]:
        """The two span items that all candidates connect."""
        return frozenset(self.candidates[0].ends)


Item = SpanItem | RelationItem


@dataclass(frozen=True)
class Comparison:
    """The layers of one document side by side: items in text order, annotators by name."""

    doc_id: str
    text_sha256: str
    ontology: str
    annotators: tuple[str, ...]
    spans: tuple[SpanItem, ...]
    relations: tuple[RelationItem, ...]

    @cached_property
    def span_item(self) -> dict[str, SpanItem]:
        """Span item by id."""
        return {item.id: item for item in self.spans}

    @cached_property
    def relation_item(self) -> dict[str, RelationItem]:
        """Relation item by id."""
        return {item.id: item for item in self.relations}

    @property
    def disputed(self) -> tuple[Item, ...]:
        """The items that need a decision: spans first, then relations."""
        items: tuple[Item, ...] = (*self.spans, *self.relations)
        return tuple(item for item in items if not item.agreed)


def compare(layers: Sequence[Layer], ontology: Ontology) -> Comparison:
    """Return the comparison of two or more layers of one document.

    layers: each sound by itself (`parley.validation.layer_faults`). Raises DataFaults for one of another text
    or ontology revision than the first.
    """
    layers = sorted(layers, key=lambda layer: layer.annotator)
    check(differences(layers))
    first, annotators = layers[0], tuple(layer.annotator for layer in layers)
    spans = _span_items(layers)
    relations = _relation_items(layers, spans, ontology)
    return Comparison(first.doc_id, first.text_sha256, first.ontology, annotators, spans, relations)


# ---- what differs: the reason of a decision if the lead names none ----------------------------------------


def about(item: Item) -> str:
    """Return what an item is about: `agreed`, or the code of what differs."""
    if item.agreed:
        return "agreed"
    if isinstance(item, RelationItem):
        return relation_reason(item.candidates[0], item.candidates[1:], alone="missed")
    first, *others = (candidate.span for candidate in item.candidates)
    return span_reason(first, others, alone="missed")


def span_reason(span: Span, others: Iterable[Span], *, alone: str) -> str:
    """Return the reason for a span decided against `others`; `alone` if nothing differs."""
    others = list(others)
    if any(span.label != other.label for other in others):
        return "type"
    if any((span.start, span.end) != (other.start, other.end) for other in others):
        return "boundary"
    return "attribute" if any(span.attributes != other.attributes for other in others) else alone


def relation_reason(candidate: RelationCandidate, others: Iterable[RelationCandidate], *, alone: str) -> str:
    """Return the reason for a relation decided against `others`; `alone` if there are none."""
    found = {relation_difference(candidate.label, candidate.ends, o.label, o.ends) for o in others}
    return next((code for code in ("direction", "type", "endpoint") if code in found), alone)


def relation_difference(label: str, ends: Ends, other: str, other_ends: Ends) -> str:
    """Return the code of what differs between two relations, "" if nothing does."""
    if label != other:
        return "type"
    if ends == other_ends:
        return ""
    return "direction" if ends == other_ends[::-1] else "endpoint"


# ---- spans -----------------------------------------------------------------------------------------------


def overlap(a: Span, b: Span) -> float:
    """Return the share of what two spans cover that both cover (Jaccard), 0 if they do not overlap."""
    shared = min(a.end, b.end) - max(a.start, b.start)
    return shared / (max(a.end, b.end) - min(a.start, b.start)) if shared > 0 else 0.0


def distance(a: Span, b: Span) -> tuple[int, float] | None:
    """Return how far two spans are from being one, less is nearer; None if they do not compete."""
    share = overlap(a, b)
    if not share:
        return None
    if a.label == b.label:
        return 0, -share
    if (a.start, a.end) == (b.start, b.end):
        return 1, -share
    return (2, -share) if share >= _SAME_PLACE else None


def _span_items(layers: Sequence[Layer]) -> tuple[SpanItem, ...]:
    who: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[Span, list[str]]] = {}
    for layer in layers:
        for span in layer.spans:
            key = span.id, tuple(_sorted(span))
            who.setdefault(key, (span, []))[1].append(layer.annotator)
    candidates = [SpanCandidate(span, tuple(names)) for span, names in who.values()]
    candidates.sort(key=lambda c: (c.span.start, -c.span.end, c.span.label, _sorted(c.span), c.who))
    agreed = [c for c in candidates if len(c.who) == len(layers)]
    items = [SpanItem(c.span.id, (c,), True, c.span.start, c.span.end) for c in agreed]
    for group in _groups([c for c in candidates if len(c.who) < len(layers)]):
        start, end = min(c.span.start for c in group), max(c.span.end for c in group)
        content = [[c.span.id, _sorted(c.span), c.who] for c in group]
        name = f"s{start}-{end}-{_digest(layers[0].doc_id, content)}"
        items.append(SpanItem(name, tuple(group), False, start, end))
    return tuple(sorted(items, key=_item_order))


def _sorted(span: Span) -> list[tuple[str, str]]:
    return sorted(span.attributes.items())


def _item_order(item: SpanItem) -> tuple[int, int, str]:
    return item.start, -item.end, item.id


def _digest(doc_id: str, content: object) -> str:
    """Return six hexadecimal digits: with the offsets they tell a changed item from the one decided."""
    return hashlib.sha256(msgspec.json.encode([doc_id, content])).hexdigest()[:6]


def _groups(candidates: list[SpanCandidate]) -> Iterator[list[SpanCandidate]]:
    """Group candidates, sorted by start, that compete: at most one of each annotator in a group."""
    pairs: list[tuple[tuple[int, float], int, int]] = []
    earlier: list[int] = []
    for j, candidate in enumerate(candidates):
        earlier = [i for i in earlier if candidates[i].span.end > candidate.span.start]
        for i in earlier:
            near = distance(candidates[i].span, candidate.span)
            if near is not None:
                pairs.append((near, i, j))
        earlier.append(j)
    group = [[i] for i in range(len(candidates))]  # of each candidate; one list for all members
    for _, i, j in sorted(pairs):
        names = [{who for k in group[n] for who in candidates[k].who} for n in (i, j)]
        if names[0].isdisjoint(names[1]):
            group[i] += group[j]
            for k in group[j]:
                group[k] = group[i]
    return ([candidates[k] for k in sorted(own)] for i, own in enumerate(group) if i == min(own))


# ---- relations ---------------------------------------------------------------------------------------------


def _relation_items(
    layers: Sequence[Layer], spans: Sequence[SpanItem], ontology: Ontology
) -> tuple[RelationItem, ...]:
    place_of = {(who, c.span.id): item for item in spans for c in item.candidates for who in c.who}
    place = {item.id: item for item in spans}
    drawn: dict[tuple[str, str, str], list[tuple[str, Relation]]] = {}
    for layer in layers:
        for relation in layer.relations:
            head, tail = (place_of[layer.annotator, end] for end in (relation.head, relation.tail))
            if ontology.relation_by_name[relation.label].symmetric:
                tail, head = sorted((head, tail), key=_item_order)
            drawn.setdefault((relation.label, head.id, tail.id), []).append((layer.annotator, relation))
    groups: dict[tuple[str, str, str], list[RelationCandidate]] = {}
    for key, by in drawn.items():
        c = RelationCandidate(*key, tuple(by))
        agreed = f"{c.head}.{c.label}.{c.tail}" if len(by) == len(layers) else ""
        first, second = sorted((place[c.head], place[c.tail]), key=_item_order)
        groups.setdefault((first.id, second.id, agreed), []).append(c)
    items = []
    for (one, other, agreed), group in groups.items():
        start, end = place[one].start, max(place[one].end, place[other].end)
        group.sort(key=lambda c: (c.head != one, c.label, c.who))
        content = [[c.label, c.head, c.tail, c.who] for c in group]
        name = agreed or f"r{start}-{end}-{_digest(layers[0].doc_id, content)}"
        items.append(RelationItem(name, tuple(group), bool(agreed), start, end))
    return tuple(sorted(items, key=lambda i: (i.start, i.end, i.id)))
