"""Planted errors: labels changed for the worse, in ways that are known, to see how many an auditor finds."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from parley.faults import UsageError
from parley.model.documents import Document
from parley.model.entities import Entity
from parley.model.labels import Layer, Relation, Span, make_relation, make_span
from parley.model.ontology import Ontology
from parley.values.segmentation import words
from parley.values.several import members, several

LABEL, EXTENT, VALUE, ENTITY = "wrong label", "wrong extent", "wrong value", "wrong entity"
NAME, DIRECTION, END, INVENTED = "wrong relation", "wrong direction", "wrong end", "not in the labels"

Changed = Span | Relation


@dataclass(frozen=True)
class PlantedError:
    """An error in place of a label. label: the id of what it is in place of."""

    kind: str
    label: str
    shown: Changed


def plant(
    layers: Sequence[Layer],
    documents: Mapping[str, Document],
    ontology: Ontology,
    entities: Mapping[str, Entity],
    *,
    errors: int,
    seed: int,
) -> dict[str, dict[str, PlantedError]]:
    """Return errors to show in place of labels, by article and label, spread over both and over their kinds.

    Raises UsageError if the labels have no place for so many.
    """
    articles = {x.doc_id: _Article(x, documents[x.doc_id], ontology, entities, seed) for x in layers}
    planted: dict[str, dict[str, PlantedError]] = {name: {} for name in articles}
    kinds, turn = list(_KINDS), 0
    while kinds and sum(map(len, planted.values())) < errors:
        kind = kinds[turn % len(kinds)]
        by_share = sorted(articles, key=lambda name: (len(planted[name]) / articles[name].size, name))
        found = next((p for n in by_share for p in articles[n].next(kind, planted[n])), None)
        if found is None:
            kinds.remove(kind)
            continue
        name, error = found
        planted[name][error.label] = error
        turn += 1
    number = sum(map(len, planted.values()))
    if number < errors:
        raise UsageError(
            f"there is room for {number} errors among these labels, not for {errors}",
            f"ask for fewer: --errors {number}",
        )
    return planted


@dataclass
class _Article:
    """The labels of an article, and which of them can be made wrong."""

    layer: Layer
    document: Document
    ontology: Ontology
    entities: Mapping[str, Entity]
    seed: int
    spans: dict[str, Span] = field(init=False)
    drawn: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.drawn = random.Random(f"{self.seed}\n{self.layer.doc_id}")  # noqa: S311 - nothing secret
        self.spans = {span.id: span for span in self.layer.spans}
        self._ends = {end for r in self.layer.relations for end in (r.head, r.tail)}
        self._relations = {relation.id for relation in self.layer.relations}
        self._linked = {(r.head, r.tail) for r in self.layer.relations}
        self._orders: dict[str, list[Changed]] = {}

    @property
    def size(self) -> int:
        """How many labels there are, at least one."""
        return max(1, len(self.layer.spans) + len(self.layer.relations))

    def next(self, kind: str, used: Mapping[str, PlantedError]) -> Iterator[tuple[str, PlantedError]]:
        """Yield the next error of a kind, if there is one. used: what is planted already."""
        if kind not in self._orders:
            self._orders[kind] = self._order(kind)
        order = self._orders[kind]
        shown = {planted.shown.id for planted in used.values()}
        while order:
            label = order.pop()
            changed = _KINDS[kind](self, label) if label.id not in used else None
            if changed is not None and changed.id not in shown:
                yield self.layer.doc_id, PlantedError(kind, label.id, changed)

    def _order(self, kind: str) -> list[Changed]:
        """Return the labels that may become an error of a kind, the first to be taken last.

        Taken last is what would betray itself: another extent of a span whose words its relations show, a
        direction that the ontology forbids.
        """
        some: list[Changed] = [*(self.layer.relations if kind in _OF_RELATIONS else self.layer.spans)]
        self.drawn.shuffle(some)
        if kind == INVENTED:
            return [one for one in some if one.id not in self._ends]
        return sorted(some, key=lambda one: self._is_hidden(kind, one))

    def _is_hidden(self, kind: str, label: Changed) -> bool:
        if kind == DIRECTION and isinstance(label, Relation):
            return self._made(label.label, self.spans[label.tail], self.spans[label.head]) is not None
        return kind == EXTENT and label.id not in self._ends

    def wrong_label(self, span: Span) -> Span | None:
        """Return a span with another label, and the attributes that both have."""
        there = {(s.start, s.end, s.label) for s in self.layer.spans}
        free = [n for n in self.ontology.span_names if (span.start, span.end, n) not in there]
        if not free:
            return None
        label = self.drawn.choice(free)
        legal = self.ontology.attributes_of[label]
        kept = {n: v for n, v in span.attributes.items() if n in legal}
        return make_span(self.document.text, label, span.start, span.end, kept)

    def wrong_extent(self, span: Span) -> Span | None:
        """Return a span with a word less or more at one edge."""
        text = self.document.text
        first = text.rfind("\n", 0, span.start) + 1
        last = text.find("\n", span.end)
        line = text[first : last if last >= 0 else len(text)]
        found = [(first + a, first + b) for a, b in words(line) if any(map(str.isalnum, line[a:b]))]
        inside = [(a, b) for a, b in found if span.start <= a and b <= span.end]
        extents = []
        if len(inside) > 1:
            extents += [(inside[1][0], span.end), (span.start, inside[-2][1])]
        extents += [(a, span.end) for a, b in found if b <= span.start][-1:]
        extents += [(span.start, b) for a, b in found if a >= span.end][:1]
        self.drawn.shuffle(extents)
        made = (make_span(text, span.label, *extent, dict(span.attributes)) for extent in extents)
        return next((one for one in made if one.id not in self.spans), None)

    def wrong_value(self, span: Span) -> Span | None:
        """Return a span with another value of a choice."""
        legal = self.ontology.attributes_of[span.label]
        names = sorted(n for n in span.attributes if n in legal and len(legal[n].values) > 1)
        if not names:
            return None
        name = self.drawn.choice(names)
        value = self.drawn.choice([v for v in legal[name].values if v != span.attributes[name]])
        return make_span(
            self.document.text, span.label, span.start, span.end, {**span.attributes, name: value}
        )

    def wrong_entity(self, span: Span) -> Span | None:
        """Return a span that names another row of a legal type; one of several rows is another then."""
        legal = self.ontology.attributes_of[span.label]
        names = sorted(n for n in span.attributes if n in legal and legal[n].kind == "entity")
        if not names:
            return None
        name = self.drawn.choice(names)
        rows = members(span.attributes[name])
        types = legal[name].types or (span.label,)
        others = [e.id for e in self.entities.values() if e.type in types and e.id not in rows]
        if not others:
            return None
        other = self.drawn.choice(others)
        value = several([*rows[1:], other]) if legal[name].several else other
        return make_span(
            self.document.text, span.label, span.start, span.end, {**span.attributes, name: value}
        )

    def wrong_relation(self, relation: Relation) -> Relation | None:
        """Return another relation that the ends may have."""
        head, tail = self.spans[relation.head], self.spans[relation.tail]
        return self._free(
            self._made(name, head, tail) for name in self._drawn_names() if name != relation.label
        )

    def wrong_direction(self, relation: Relation) -> Relation | None:
        """Return the relation the other way round."""
        if self.ontology.relation_by_name[relation.label].symmetric:
            return None
        return self._free(
            [make_relation(relation.label, self.spans[relation.tail], self.spans[relation.head])]
        )

    def wrong_end(self, relation: Relation) -> Relation | None:
        """Return the relation to the nearest span with the label of its tail that means something else."""
        head, tail = self.spans[relation.head], self.spans[relation.tail]
        entities = {n for n, a in self.ontology.attributes_of[tail.label].items() if a.kind == "entity"}

        def means(span: Span) -> object:
            named = {span.attributes[n] for n in entities if n in span.attributes}
            return named or span.text.casefold()

        others = [
            one
            for one in sorted(self.layer.spans, key=lambda s: (abs(s.start - tail.start), s.id))
            if one.label == tail.label and one.id != head.id and means(one) != means(tail)
            if (head.id, one.id) not in self._linked and (one.id, head.id) not in self._linked
        ]
        return self._free(self._made(relation.label, head, one) for one in others)

    def invented(self, span: Span) -> Span | None:
        """Return a label on a word of the article that has none, in capitals or not as the label's own."""
        text = self.document.text
        free = [
            (a, b)
            for a, b in words(text)
            if any(map(str.isalpha, text[a:b])) and b - a >= _LETTERS
            if not any(s.start < b and a < s.end for s in self.layer.spans if s.end - s.start < _LONG)
        ]
        if not free:
            return None
        alike = [place for place in free if text[place[0]].isupper() == span.text[0].isupper()]
        start, end = self.drawn.choice(alike or free)
        return make_span(text, span.label, start, end, dict(span.attributes))

    def _drawn_names(self) -> list[str]:
        names = [*self.ontology.relation_names]
        self.drawn.shuffle(names)
        return names

    def _made(self, name: str, head: Span, tail: Span) -> Relation | None:
        """Return a relation of two spans, None if the ontology does not let it join them."""
        one = self.ontology.relation_by_name[name]
        legal = head.label in one.head and tail.label in one.tail
        if not legal or (one.same_label and head.label != tail.label):
            return None
        return make_relation(name, head, tail, symmetric=one.symmetric)

    def _free(self, some: Iterator[Relation | None] | list[Relation]) -> Relation | None:
        return next((one for one in some if one is not None and one.id not in self._relations), None)


_LETTERS = 4  # of a word that is labelled though nothing is there
_LONG = 60  # code points: what a longer span covers has labels of its own
_OF_RELATIONS = (NAME, DIRECTION, END)
_KINDS: dict[str, Callable[..., Changed | None]] = {
    LABEL: _Article.wrong_label,
    NAME: _Article.wrong_relation,
    EXTENT: _Article.wrong_extent,
    DIRECTION: _Article.wrong_direction,
    VALUE: _Article.wrong_value,
    END: _Article.wrong_end,
    ENTITY: _Article.wrong_entity,
    INVENTED: _Article.invented,
}
