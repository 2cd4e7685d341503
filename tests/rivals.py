"""Two layers that differ in as many places as a test wants: every kind of disagreement, by turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from parley.corpus.corpus import Corpus
from parley.model.labels import (
    Layer,
    Relation,
    Span,
    decode_layer,
    in_order,
    layer_path,
    layer_paths,
    make_relation,
    make_span,
    write_layer,
)
from parley.model.ontology import Ontology

AnyLabel = TypeVar("AnyLabel", Span, Relation)


def labelled_pair(corpus: Corpus) -> tuple[str, str]:
    """Return the first two annotators, by name, that read each article themselves."""
    kinds = {name: annotator.kind for name, annotator in corpus.annotators.items()}
    names = sorted({path.parent.name for path in layer_paths(corpus.paths)})
    first, second, *_ = (
        name
        for name in names
        if kinds.get(name) != "rules"
        and all(layer_path(corpus.paths, name, doc_id).is_file() for doc_id in corpus.documents)
    )
    return first, second


def write_rivals(corpus: Corpus, doc_id: str, first: str, second: str, places: int = 20) -> None:
    """Write a layer of `second` on an article that differs from `first`'s in so many places.

    Raises ValueError for an article that has not enough labels.
    """
    base = decode_layer(layer_path(corpus.paths, first, doc_id).read_bytes())
    rival = _Rival(base, corpus.documents[doc_id].text, corpus.ontology)
    if rival.differ(places) < places:
        raise ValueError(f"{doc_id} has not the labels for {places} disagreements")
    for who, layer in ((first, rival.first), (second, rival.second)):
        path = layer_path(corpus.paths, who, doc_id)
        path.parent.mkdir(exist_ok=True)
        write_layer(path, in_order(msgspec.structs.replace(layer, annotator=who)))


class _Rival:
    def __init__(self, base: Layer, text: str, ontology: Ontology) -> None:
        self.text, self.ontology = text, ontology
        self.mine: dict[str, Span | None] = {span.id: span for span in base.spans}  # of the first, by base id
        self.other = dict(self.mine)
        self.relations = {r.id: r for r in base.relations}
        self.drawn: dict[str, Relation | None] = dict(self.relations)
        self.base = base
        self.ends = {end for r in base.relations for end in (r.head, r.tail)}

    def differ(self, places: int) -> int:
        """Make them differ, evenly over the text; return in how many places they do."""
        arrows = places * 2 // 5
        ways = [self.attribute, self.boundary, self.type, self.missed, self.added]
        done = self._spread(self.base.spans, places - arrows, ways)
        settled = [r for r in self.base.relations if self.other[r.head] == self.mine[r.head]]
        return done + self._spread(settled, arrows, [self.undrawn, self.renamed, self.turned])

    @staticmethod
    def _spread(labels: Sequence[AnyLabel], wanted: int, ways: list[Callable[[AnyLabel], bool]]) -> int:
        """Make labels differ, evenly spaced ones, the way that was used least first."""
        done = 0
        for number in range(wanted):
            piece = labels[number * len(labels) // wanted : (number + 1) * len(labels) // wanted]
            way = next((way for way in ways for label in piece if way(label)), None)
            if way:
                ways.append(ways.pop(ways.index(way)))
                done += 1
        return done

    # ---- ways in which a span differs

    def attribute(self, span: Span) -> bool:
        for name, value in span.attributes.items():
            others = [v for v in self.ontology.attributes_of[span.label][name].values if v != value]
            if others:
                attributes = {**span.attributes, name: others[0]}
                self.other[span.id] = msgspec.structs.replace(span, attributes=attributes)
                return True
        return False

    def boundary(self, span: Span) -> bool:
        start = span.start + span.text.find(" ") + 1
        if start == span.start or self.text[start : span.end] != self.text[start : span.end].strip():
            return False
        return self._becomes(span, span.label, start)

    def type(self, span: Span) -> bool:
        group = {s.name: s.group for s in self.ontology.spans}
        others = [
            name
            for name in self.ontology.span_names
            if group[name] == group[span.label] and name != span.label
        ]
        return bool(others) and span.id not in self.ends and self._becomes(span, others[0], span.start)

    def missed(self, span: Span) -> bool:
        if span.id in self.ends:
            return False
        self.other[span.id] = None
        return True

    def added(self, span: Span) -> bool:
        if span.id in self.ends:
            return False
        self.mine[span.id] = None
        return True

    def _becomes(self, span: Span, label: str, start: int) -> bool:
        own = self.ontology.attributes_of[span.label]
        if label != span.label and any(not own[name].values for name in span.attributes):
            return False  # a row or a text that fits this label alone
        attributes = {
            k: v for k, v in span.attributes.items() if label == span.label or k in self._choices(label, v)
        }
        for name, attribute in self.ontology.attributes_of[label].items():
            if attribute.required and attribute.values:
                attributes.setdefault(name, attribute.values[0])
        made = make_span(self.text, label, start, span.end, attributes)
        if any(made.id == one.id for one in self.base.spans):
            return False
        self.other[span.id] = made
        return True

    def _choices(self, label: str, value: str) -> set[str]:
        return {name for name, a in self.ontology.attributes_of[label].items() if value in a.values}

    # ---- and a relation

    def undrawn(self, relation: Relation) -> bool:
        self.drawn[relation.id] = None
        return True

    def renamed(self, relation: Relation) -> bool:
        labels = {end: end.rsplit("-", 2)[0] for end in (relation.head, relation.tail)}
        fitting = (
            r.name
            for r in self.ontology.relations
            if r.name != relation.label
            and not r.symmetric
            and labels[relation.head] in r.head
            and labels[relation.tail] in r.tail
        )
        return self._drawn(relation, next(fitting, ""), relation.head, relation.tail)

    def turned(self, relation: Relation) -> bool:
        label = self.ontology.relation_by_name[relation.label]
        head, tail = relation.head.rsplit("-", 2)[0], relation.tail.rsplit("-", 2)[0]
        fits = tail in label.head and head in label.tail and not label.symmetric
        return fits and self._drawn(relation, relation.label, relation.tail, relation.head)

    def _drawn(self, relation: Relation, label: str, head: str, tail: str) -> bool:
        taken = {(r.head, r.label, r.tail) for r in self.base.relations}
        if not label or (head, label, tail) in taken:
            return False
        self.drawn[relation.id] = msgspec.structs.replace(relation, label=label, head=head, tail=tail)
        return True

    # ---- the layers

    @property
    def first(self) -> Layer:
        return self._layer(self.mine, self.relations)

    @property
    def second(self) -> Layer:
        return self._layer(self.other, self.drawn)

    def _layer(
        self, spans: dict[str, Span | None], relations: dict[str, Relation] | dict[str, Relation | None]
    ) -> Layer:
        made = []
        for r in relations.values():
            head, tail = (spans[r.head], spans[r.tail]) if r else (None, None)
            if r and head and tail:
                symmetric = self.ontology.relation_by_name[r.label].symmetric
                made.append(make_relation(r.label, head, tail, symmetric=symmetric))
        there = tuple(span for span in spans.values() if span)
        return msgspec.structs.replace(self.base, spans=there, relations=tuple(made))
