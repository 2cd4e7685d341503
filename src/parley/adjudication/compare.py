"""Layers of several annotators side by side: whose take part, what they agree on, what competes.

An *item* is one thing to decide. An agreed one has one candidate, which all annotators have. A disputed span
item has at most one span of each annotator, what each sees in one place; a disputed relation item the
relations between the same two places (span items, whatever their boundaries) that not everybody drew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

import msgspec

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, UsageError, check
from parley.model.annotators import Kind, check_listed, choose_annotators
from parley.model.labels import Layer, Relation, Span, with_document
from parley.model.ontology import Ontology
from parley.validation.layer_faults import differences, layer_faults

_SAME_PLACE = 0.5  # of what two spans of different labels cover, the share they must have in common

Ends = tuple[str, str]  # ids of head and tail
_Key = tuple[int, int, str, tuple[tuple[str, str], ...]]  # what a span says, in text order
Layers = dict[str, dict[str, Layer | Fault]]  # by doc_id and annotator; a fault is a file that is unreadable


@dataclass(frozen=True)
class SpanCandidate:
    """A span as some annotators have it; one without words is the whole document."""

    span: Span
    who: tuple[str, ...]

    @property
    def drawn(self) -> tuple[tuple[str, Span], ...]:
        """As of a relation."""
        return tuple((name, self.span) for name in self.who)

    def __str__(self) -> str:
        said = (f"{name}={value}" for name, value in sorted(self.span.attributes.items()))
        return " ".join([in_words(self.span.id, self.span), *said])


@dataclass(frozen=True)
class RelationCandidate:
    """A relation between two places, ids of span items, as some annotators drew it."""

    label: str
    head: str
    tail: str
    drawn: tuple[tuple[str, Relation], ...]  # annotator and relation of the layer, by annotator

    @property
    def who(self) -> tuple[str, ...]:
        """The annotators, by name."""
        return tuple(name for name, _ in self.drawn)

    @property
    def ends(self) -> Ends:
        """Head and tail."""
        return self.head, self.tail

    def __str__(self) -> str:
        return f"{self.label} {self.head} → {self.tail}"


@dataclass(frozen=True)
class SpanItem:
    """One place; offsets are code points that its candidates cover together."""

    id: str  # of the span if it is agreed, else derived from offsets and candidates
    candidates: tuple[SpanCandidate, ...]
    agreed: bool
    start: int
    end: int


@dataclass(frozen=True)
class RelationItem:
    """The relations between two places; offsets are of what both cover together."""

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


@dataclass(frozen=True)
class Adjudication:
    """What is adjudicated of a corpus: comparisons of the articles labelled twice, by doc_id."""

    corpus: Corpus
    layers: Layers
    comparisons: dict[str, Comparison]


def open_adjudication(corpus: Corpus, annotators: Sequence[str] = ()) -> Adjudication:
    """Return the layers of a corpus side by side.

    annotators: whose layers take part; none means all humans with labels if there are two or more, else all
    with labels that are not rules; without those who are only compared with gold. Raises UsageError if no
    article has two layers, or somebody named has none; DataFaults for layers that cannot be read or are unfit
    to be compared.
    """
    with_labels = {path.parent.name for path in corpus.paths.labels.glob("*/*.json")}
    chosen = choose_annotators(corpus.annotators, annotators, with_labels=with_labels, compared=False)
    if len(chosen) < 2 and not annotators:
        kinds: tuple[Kind, ...] = ("human", "model")
        chosen = choose_annotators(corpus.annotators, kinds=kinds, with_labels=with_labels, compared=False)
    names = [annotator.name for annotator in chosen]
    faults, layers = unfit_layers(corpus, names), read_layers(corpus, names)
    wrong: list[Fault] = []
    comparisons: dict[str, Comparison] = {}
    for doc_id, own in sorted(layers.items()):
        if len(own) < 2 and doc_id in corpus.documents:
            continue
        try:
            check(layer for layer in own.values() if isinstance(layer, Fault))
            check(faults.get(doc_id, ()))
            sound = [layer for layer in own.values() if isinstance(layer, Layer)]
            comparisons[doc_id] = compare(sound, corpus.ontology)
        except DataFaults as error:
            wrong += error.faults
    check(wrong)
    if not comparisons:
        raise UsageError(
            f"no article is labelled by two of {', '.join(names) or 'the annotators'}",
            "let two annotators label the same article, or name others with --annotators",
        )
    return Adjudication(corpus, layers, comparisons)


def unfit_layers(corpus: Corpus, annotators: Collection[str] | None = None) -> dict[str, list[Fault]]:
    """Return why layers of some annotators, None for all, cannot be compared, by article."""
    faults: dict[str, list[Fault]] = {}  # by article as the file's name has it
    for batch in corpus.batches(annotators=annotators, gold=False).load():
        files = batch.layers["file"].to_pylist()
        for row, found in layer_faults(batch, corpus.ontology).items():
            faults.setdefault(PurePosixPath(files[row]).stem, []).extend(found)
    return faults


def read_layers(
    corpus: Corpus, annotators: Collection[str] | None = None, doc_ids: Collection[str] | None = None
) -> Layers:
    """Return the layers of some annotators on some articles, None for all.

    Each is under the folder and name of its file.
    """
    batches = corpus.batches(annotators=annotators, gold=False)
    files: dict[str, Layer | Fault] = {
        fault.file: fault for fault in batches.faults if fault.code == "labels-unreadable"
    }
    for batch in batches.load():
        some = batch
        if doc_ids is not None:
            named = [PurePosixPath(file).stem in doc_ids for file in batch.layers["file"].to_pylist()]
            some = batch.of_layers(named)
        files |= {found.file: found.layer for found in some.structs()}
    layers: Layers = {}
    for file in sorted(files):
        path = PurePosixPath(file)
        layers.setdefault(path.stem, {})[path.parent.name] = files[file]
    return layers


def choose_lead(adjudication: Adjudication, lead: str = "") -> str:
    """Return who adjudicates: the one named, else the only human whose labels are not compared.

    Raises UsageError if that is nobody, more than one, or one of those whose labels are compared.
    """
    listed = adjudication.corpus.annotators
    compared = {name for c in adjudication.comparisons.values() for name in c.annotators}
    free = [a.name for a in listed.values() if a.kind == "human" and a.name not in compared]
    check_listed([lead] * bool(lead), listed)
    if lead in compared:
        raise UsageError(
            f"{lead} would adjudicate labels of their own", "name somebody else with --lead, or the layers"
        )
    if not lead and len(free) != 1:
        who = ", ".join(free) or "no human"
        raise UsageError(
            f"cannot tell who the lead is: {who} is free to adjudicate", "name the lead with --lead"
        )
    return lead or free[0]


def compare(layers: Sequence[Layer], ontology: Ontology) -> Comparison:
    """Return the comparison of two or more layers of one document.

    layers: each sound by itself (`parley.validation.layer_faults`). Raises DataFaults for one of another text
    or ontology revision than the first.
    """
    layers = sorted(layers, key=lambda layer: layer.annotator)
    check(differences(layers))
    spans, one = _span_items(layers), layers[0]
    relations = _relation_items(layers, spans, ontology)
    annotators = tuple(layer.annotator for layer in layers)
    return Comparison(one.doc_id, one.text_sha256, one.ontology, annotators, spans, relations)


def in_words(name: str, span: Span) -> str:
    """Return what a span is called with its words, if it has any."""
    return f"{name} “{span.text}”" if span.text else name


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


def overlap(a: Span, b: Span) -> float:
    """Return the share of what two spans cover that both cover (Jaccard), 0 if they do not overlap.

    What two annotators say of the document has the same extent, none.
    """
    if (a.start, a.end) == (b.start, b.end):
        return 1.0
    shared = min(a.end, b.end) - max(a.start, b.start)
    return shared / (max(a.end, b.end) - min(a.start, b.start)) if shared > 0 else 0.0


def distance(a: Span, b: Span) -> tuple[int, float] | None:
    """Return how far two spans are from being one, less is nearer; None if they do not compete.

    Nearest are spans of one label by overlap over union (as agreement is measured), then spans of equal
    offsets, then those that share half of what they cover: nested ones of different labels do not compete.
    """
    share = overlap(a, b)
    if not share:
        return None
    if a.label == b.label:
        return 0, -share
    if (a.start, a.end) == (b.start, b.end):
        return 1, -share
    return (2, -share) if share >= _SAME_PLACE else None


def _span_items(layers: Sequence[Layer]) -> tuple[SpanItem, ...]:
    who: dict[_Key, tuple[Span, list[str]]] = {}
    for layer in layers:
        for span in with_document(layer.spans, layer.document):
            who.setdefault(_key(span), (span, []))[1].append(layer.annotator)
    candidates = [SpanCandidate(span, tuple(names)) for _, (span, names) in sorted(who.items())]
    items = [
        SpanItem(c.span.id, (c,), True, c.span.start, c.span.end)
        for c in candidates
        if len(c.who) == len(layers)
    ]
    for group in _groups([c for c in candidates if len(c.who) < len(layers)]):
        start, end = min(c.span.start for c in group), max(c.span.end for c in group)
        content = [[c.span.id, sorted(c.span.attributes.items()), c.who] for c in group]
        name = f"s{start}-{end}-{_digest(layers[0].doc_id, content)}"
        items.append(SpanItem(name, tuple(group), False, start, end))
    return tuple(sorted(items, key=in_text_order))


def _key(span: Span) -> _Key:
    return span.start, -span.end, span.label, tuple(sorted(span.attributes.items()))


def in_text_order(item: SpanItem) -> tuple[int, int, str]:
    """Return what items are sorted by."""
    return item.start, -item.end, item.id


def _digest(doc_id: str, content: object) -> str:
    """Return six hexadecimal digits: with the offsets they tell a changed item from the one decided."""
    return hashlib.sha256(msgspec.json.encode([doc_id, content])).hexdigest()[:6]


def _groups(candidates: list[SpanCandidate]) -> Iterator[list[SpanCandidate]]:
    """Group candidates, sorted by start, that compete: at most one of each annotator in a group.

    Greedily, the nearest first, in O((n + k) log(n + k)) for n candidates and k overlapping pairs.
    `agreement.measures.matching` pairs two annotators and one label; this groups any number of both.
    """
    pairs: list[tuple[tuple[int, float], int, int]] = []
    earlier: list[int] = []
    for j, candidate in enumerate(candidates):
        earlier = [i for i in earlier if candidates[i].span.end >= candidate.span.start]
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
                tail, head = sorted((head, tail), key=in_text_order)
            drawn.setdefault((relation.label, head.id, tail.id), []).append((layer.annotator, relation))
    groups: dict[tuple[str, str, str], list[RelationCandidate]] = {}
    for key, by in drawn.items():
        c = RelationCandidate(*key, tuple(by))
        agreed = f"{c.head}.{c.label}.{c.tail}" if len(by) == len(layers) else ""
        first, second = sorted((place[c.head], place[c.tail]), key=in_text_order)
        groups.setdefault((first.id, second.id, agreed), []).append(c)
    items = []
    for (one, other, agreed), group in groups.items():
        start, end = place[one].start, max(place[one].end, place[other].end)
        group.sort(key=lambda c: (c.head != one, c.label, c.who))
        content = [[c.label, c.head, c.tail, c.who] for c in group]
        name = agreed or f"r{start}-{end}-{_digest(layers[0].doc_id, content)}"
        items.append(RelationItem(name, tuple(group), bool(agreed), start, end))
    return tuple(sorted(items, key=lambda i: (i.start, i.end, i.id)))
