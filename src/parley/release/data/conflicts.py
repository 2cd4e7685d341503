"""Conflicting reports: one happening, told in several articles with different figures.

A happening is a row of entities.csv of a type that spans of another label point at: not who is mentioned but
what is told. The spans that carry its id lead over relations to quantities: an attack to what it hit, what it
hit to its number. Figures of one happening, unit and kind that differ between articles are a conflict.

Figures that differ can all be true: `~40` and `41`, `>=2000` and `>=20000`. A figure is excluded where
another article gives one for the same role, and no number satisfies both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from parley.model.entities import Entity
from parley.model.labels import Layer, Span
from parley.model.ontology import Ontology
from parley.values.quantity import ANY, Interval, parse_quantity

_LONGEST_WAY = 2  # relations from the happening to the figure


@dataclass(frozen=True)
class Figure:
    """A figure for a happening.

    role: the labels of the relations that lead to it, `recipient.count`. kind: what sort of thing is counted,
    the choices made for a counted span that is itself the happening's (`killed`); else "". is_part: whether
    other spans have the role too (the two leaders, along with a third), so that the figure is not of all.
    event, sentence: of its article, and in it, where somebody has looked them up.
    """

    entity: str
    role: str
    unit: str
    kind: str
    doc_id: str
    value: str
    quantity: Span
    counted: str
    is_part: bool = False
    event: str = ""
    sentence: str = ""

    @property
    def allowed(self) -> Interval:
        """The numbers that it allows for the whole: of a part, all that are not less than its own."""
        try:
            own = parse_quantity(f"{self.value} {self.unit}").interval
        except ValueError:
            return ANY
        return Interval(own.low, None) if self.is_part else own


@dataclass(frozen=True)
class Conflict:
    """A figure of which another article gives a different one.

    excluded: whether another article's figure for the same role cannot be true along with it.
    """

    figure: Figure
    excluded: bool


def figures(layers: Iterable[Layer], entities: dict[str, Entity], ontology: Ontology) -> Iterator[Figure]:
    """Yield every figure that an article gives for a happening."""
    happenings = {e.id for e in entities.values() if _is_happening(e, ontology)}
    entity_names = [a.name for a in ontology.attributes if a.kind == "entity"]
    amounts = {(a.name, label) for a in ontology.attributes if a.kind == "quantity" for label in a.labels}
    choices = sorted({a.name for a in ontology.attributes if a.kind == "choice"})
    for layer in layers:
        spans = layer.span_by_id
        tails: dict[str, list[tuple[str, str]]] = {}
        for relation in layer.relations:
            tails.setdefault(relation.head, []).append((relation.label, relation.tail))
        for span in layer.spans:
            about = {span.attributes[n] for n in entity_names if span.attributes.get(n) in happenings}
            for entity in sorted(about):
                for way in _ways(span.id, tails):
                    end = spans[way[-1][1]]
                    value = next(
                        (end.attributes.get(n, "") for n, x in sorted(amounts) if x == end.label), ""
                    )
                    if value:
                        before = way[-2][1] if len(way) > 1 else span.id
                        role = ".".join(label for label, _ in way)
                        number, _, unit = value.partition(" ")
                        kind = ""
                        if before == span.id:
                            kind = " ".join(span.attributes[n] for n in choices if n in span.attributes)
                        counted = spans[before].text
                        part = _is_part(span.id, way, tails)
                        yield Figure(entity, role, unit, kind, layer.doc_id, number, end, counted, part)


def conflicts(found: Iterable[Figure]) -> list[Conflict]:
    """Return the figures that differ from one of another article, each article's figure once."""
    groups: dict[tuple[str, str, str], dict[tuple[str, str], Figure]] = {}
    for figure in found:
        group = groups.setdefault((figure.entity, figure.unit, figure.kind), {})
        group.setdefault((figure.doc_id, figure.value), figure)
    differing: list[Conflict] = []
    for key in sorted(groups):
        given = list(groups[key].values())
        by_document: dict[str, set[str]] = {}
        for figure in given:
            by_document.setdefault(figure.doc_id, set()).add(figure.value)
        if len({frozenset(values) for values in by_document.values()}) > 1:
            ordered = sorted(given, key=lambda f: (f.role, f.doc_id, f.quantity.start))
            differing += map(Conflict, ordered, _excluded(ordered))
    return differing


def _excluded(figures: Sequence[Figure]) -> list[bool]:
    """Say of each figure of one happening, unit and kind whether another article's figure excludes it."""
    articles: dict[tuple[str, Interval], set[str]] = {}
    for figure in figures:
        articles.setdefault((figure.role, figure.allowed), set()).add(figure.doc_id)
    rivals = {
        (role, allowed): [
            documents
            for (other_role, other), documents in articles.items()
            if other_role == role and other.excludes(allowed)
        ]
        for role, allowed in articles
    }
    return [any(len(d) > (f.doc_id in d) for d in rivals[f.role, f.allowed]) for f in figures]


def _is_happening(entity: Entity, ontology: Ontology) -> bool:
    labels = [label for a in ontology.attributes if entity.type in a.types for label in a.labels]
    return bool(labels)


def _is_part(start: str, way: Sequence[tuple[str, str]], tails: dict[str, list[tuple[str, str]]]) -> bool:
    """Say whether a span on the way to a figure is one of several that its head leads to by one relation."""
    heads = [start, *(tail for _, tail in way)]
    steps = list(zip(heads, (label for label, _ in way), strict=False))[:-1]  # the last leads to the figure
    return any(sum(label == other for other, _ in tails[head]) > 1 for head, label in steps)


def _ways(
    start: str, tails: dict[str, list[tuple[str, str]]], so_far: Sequence[tuple[str, str]] = ()
) -> Iterator[tuple[tuple[str, str], ...]]:
    for label, tail in tails.get(start, []):
        way = (*so_far, (label, tail))
        yield way
        if len(way) < _LONGEST_WAY:
            yield from _ways(tail, tails, way)
