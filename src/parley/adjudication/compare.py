"""What the layers of one document agree on, and what competes.

An *item* is one thing to decide. An agreed item has one candidate, which every annotator holds. A disputed
span item holds at most one span of each annotator: what each sees in one place. A disputed relation item
holds the relations between the same two places that not everybody drew.

Spans are grouped one to one, greedily: first spans of one label by overlap over union (as agreement is
measured: `agreement.measures.matching`), then spans of equal offsets under different labels, then spans of
different labels that share at least half of what they cover. Nested spans of different labels do not compete.

Relations are compared between *places* (span items), not between span ids: where two annotators set another
boundary and draw the same relation, they agree on the relation.

Cost: O((n + k) log(n + k)) for n disputed spans and k overlapping pairs of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec

from parley.faults import check
from parley.model.labels import Layer, Relation, Span
from parley.model.layer_faults import differences
from parley.model.ontology import Ontology

_SAME_PLACE = 0.5  # of what two spans of different labels cover, the share they must have in common


@dataclass(frozen=True)
class SpanCandidate:
    """A span as some annotators hold it. who: sorted names."""

    span: Span
    who: tuple[str, ...]


@dataclass(frozen=True)
class RelationCandidate:
    """A relation between two places as some annotators hold it.

    head, tail: ids of span items. held: (annotator, relation of the layer), sorted by annotator.
    """

    label: str
    head: str
    tail: str
    held: tuple[tuple[str, Relation], ...]

    @property
    def who(self) -> tuple[str, ...]:
        """Sorted names."""
        return tuple(name for name, _ in self.held)


@dataclass(frozen=True)
class SpanItem:
    """One place. id: the span's own where agreed, else derived from offsets and candidates."""

    id: str
    candidates: tuple[SpanCandidate, ...]
    agreed: bool

    @property
    def start(self) -> int:
        """Where the first candidate begins, in code points."""
        return min(c.span.start for c in self.candidates)

    @property
    def end(self) -> int:
        """Where the last candidate ends, in code points."""
        return max(c.span.end for c in self.candidates)


@dataclass(frozen=True)
class RelationItem:
    """The relations between two places. start, end: code points that both places cover together."""

    id: str
    candidates: tuple[RelationCandidate, ...]
    agreed: bool
    start: int
    end: int


@dataclass(frozen=True)
class Comparison:
    """The layers of one document side by side. Items stand in text order, annotators by name."""

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

    @cached_property
    def place_of(self) -> dict[tuple[str, str], str]:
        """Span item by annotator and span id."""
        return {(who, c.span.id): item.id for item in self.spans for c in item.candidates for who in c.who}

    @property
    def disputed(self) -> tuple[SpanItem | RelationItem, ...]:
        """Return the items that need a decision: spans first, then relations."""
        every: tuple[SpanItem | RelationItem, ...] = (*self.spans, *self.relations)
        return tuple(item for item in every if not item.agreed)


def compare(layers: Sequence[Layer], ontology: Ontology) -> Comparison:
    """Return the comparison of two or more layers of one document.

    layers: each sound by itself (`parley.model.layer_faults`). Raises DataFaults for one of another text or
    ontology revision than the first.
    """
    layers = sorted(layers, key=lambda layer: layer.annotator)
    check(differences(layers))
    annotators = tuple(layer.annotator for layer in layers)
    spans = _span_items(layers)
    place_of = {(who, c.span.id): item for item in spans for c in item.candidates for who in c.who}
    relations = _relation_items(layers, place_of, ontology)
    first = layers[0]
    return Comparison(first.doc_id, first.text_sha256, first.ontology, annotators, spans, relations)


# ---- spans -----------------------------------------------------------------------------------------------


def span_order(span: Span) -> tuple[int, int, str, list[tuple[str, str]]]:
    """Return what spans are sorted by: text order, longer first, then label and attributes."""
    return span.start, -span.end, span.label, sorted(span.attributes.items())


def overlap(a: Span, b: Span) -> float:
    """Return the share of what two spans cover that both cover (Jaccard), 0 where they do not overlap."""
    shared = min(a.end, b.end) - max(a.start, b.start)
    return max(0, shared) / (max(a.end, b.end) - min(a.start, b.start)) if shared > 0 else 0.0


def closeness(a: Span, b: Span) -> tuple[int, float] | None:
    """Return how near two spans are to being one, less is nearer; None where they do not compete."""
    share = overlap(a, b)
    if not share:
        return None
    if a.label == b.label:
        return 0, -share
    if (a.start, a.end) == (b.start, b.end):
        return 1, -share
    return (2, -share) if share >= _SAME_PLACE else None


def _span_items(layers: Sequence[Layer]) -> tuple[SpanItem, ...]:
    held: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[Span, list[str]]] = {}
    for layer in layers:
        for span in layer.spans:
            key = span.id, tuple(sorted(span.attributes.items()))
            held.setdefault(key, (span, []))[1].append(layer.annotator)
    agreed, disputed = [], []
    for span, who in held.values():
        candidate = SpanCandidate(span, tuple(who))
        if len(who) == len(layers):
            agreed.append(SpanItem(span.id, (candidate,), agreed=True))
        else:
            disputed.append(candidate)
    disputed.sort(key=lambda c: (span_order(c.span), c.who))
    items = [*agreed, *(_span_item(layers[0].doc_id, group) for group in _groups(disputed))]
    return tuple(sorted(items, key=lambda i: (i.start, -i.end, i.id)))


def _span_item(doc_id: str, group: list[SpanCandidate]) -> SpanItem:
    says = [[c.span.id, sorted(c.span.attributes.items()), c.who] for c in group]
    start, end = min(c.span.start for c in group), max(c.span.end for c in group)
    return SpanItem(f"s{start}-{end}-{_digest([doc_id, says])}", tuple(group), agreed=False)


def _digest(content: object) -> str:
    """Return six hexadecimal digits: beside the offsets they tell a changed item from the one decided."""
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:6]


def _groups(candidates: list[SpanCandidate]) -> list[list[SpanCandidate]]:
    """Group sorted candidates that compete, at most one of each annotator in a group."""
    pairs = sorted(
        (near, i, j)
        for i, j in _overlapping(candidates)
        if (near := closeness(candidates[i].span, candidates[j].span)) is not None
    )
    group = list(range(len(candidates)))
    members = [[i] for i in group]
    names = [set(c.who) for c in candidates]
    for _, i, j in pairs:
        a, b = sorted((group[i], group[j]))
        if a != b and names[a].isdisjoint(names[b]):
            names[a] |= names[b]
            for member in members[b]:
                group[member] = a
            members[a] += members[b]
            members[b] = []
    return [[candidates[i] for i in sorted(m)] for m in members if m]


def _overlapping(candidates: list[SpanCandidate]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of candidates, sorted by start, that share a code point."""
    open_ones: list[int] = []
    for j, candidate in enumerate(candidates):
        open_ones = [i for i in open_ones if candidates[i].span.end > candidate.span.start]
        for i in open_ones:
            yield i, j
        open_ones.append(j)


# ---- relations ---------------------------------------------------------------------------------------------


def _relation_items(
    layers: Sequence[Layer], place_of: dict[tuple[str, str], SpanItem], ontology: Ontology
) -> tuple[RelationItem, ...]:
    held: dict[tuple[str, str, str], list[tuple[str, Relation]]] = {}
    place: dict[str, SpanItem] = {}
    for layer in layers:
        for relation in layer.relations:
            head, tail = (place_of[layer.annotator, end] for end in (relation.head, relation.tail))
            if ontology.relation_by_name[relation.label].symmetric:
                tail, head = sorted((head, tail), key=_place_order)
            place[head.id], place[tail.id] = head, tail
            held.setdefault((relation.label, head.id, tail.id), []).append((layer.annotator, relation))
    found = [RelationCandidate(*key, tuple(who)) for key, who in held.items()]
    items, disputed = [], dict[tuple[str, str], list[RelationCandidate]]()
    for c in found:
        a, b = sorted((place[c.head], place[c.tail]), key=_place_order)
        if len(c.held) == len(layers):
            name = f"{c.head}.{c.label}.{c.tail}"
            items.append(RelationItem(name, (c,), agreed=True, start=a.start, end=max(a.end, b.end)))
        else:
            disputed.setdefault((a.id, b.id), []).append(c)
    for (one, other), group in disputed.items():
        group.sort(key=lambda c: (c.head != one, c.label, c.who))
        says = [[c.label, c.head, c.tail, c.who] for c in group]
        start, end = place[one].start, max(place[one].end, place[other].end)
        name = f"r{start}-{end}-{_digest([layers[0].doc_id, says])}"
        items.append(RelationItem(name, tuple(group), agreed=False, start=start, end=end))
    return tuple(sorted(items, key=lambda i: (i.start, i.end, i.id)))


def _place_order(item: SpanItem) -> tuple[int, int, str]:
    return item.start, -item.end, item.id
