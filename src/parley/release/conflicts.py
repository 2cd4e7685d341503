"""Conflicting reports: one happening, told in several articles with different figures.

A happening is a row of entities.csv of a type that spans of another label point at: not who is mentioned but
what is told. The spans that carry its id lead over relations to quantities: an attack to what it hit, what it
hit to its number. Figures of one happening, unit and kind that differ between articles are a conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from parley.entities import Entity
from parley.labels import Layer, Span
from parley.ontology import Ontology

_LONGEST_WAY = 2  # relations from the happening to the figure


@dataclass(frozen=True)
class Figure:
    """A figure for a happening.

    role: the labels of the relations that lead to it, `recipient.count`. kind: what sort of thing is counted,
    the choices made for a counted span that is itself the happening's (`killed`); else "". event, sentence:
    of its article, and in it, where somebody has looked them up.
    """

    entity: str
    role: str
    unit: str
    kind: str
    doc_id: str
    value: str
    quantity: Span
    counted: str
    event: str = ""
    sentence: str = ""


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
                        yield Figure(entity, role, unit, kind, layer.doc_id, number, end, counted)


def conflicts(found: Iterable[Figure]) -> list[Figure]:
    """Return the figures that contradict one from another article, each article's figure once."""
    groups: dict[tuple[str, str, str], dict[tuple[str, str], Figure]] = {}
    for figure in found:
        group = groups.setdefault((figure.entity, figure.unit, figure.kind), {})
        group.setdefault((figure.doc_id, figure.value), figure)
    contradicting: list[Figure] = []
    for key in sorted(groups):
        given = list(groups[key].values())
        by_document: dict[str, set[str]] = {}
        for figure in given:
            by_document.setdefault(figure.doc_id, set()).add(figure.value)
        if len({frozenset(values) for values in by_document.values()}) > 1:
            contradicting += sorted(given, key=lambda f: (f.role, f.doc_id, f.quantity.start))
    return contradicting


def _is_happening(entity: Entity, ontology: Ontology) -> bool:
    labels = [label for a in ontology.attributes if entity.type in a.types for label in a.labels]
    return bool(labels)


def _ways(
    start: str, tails: dict[str, list[tuple[str, str]]], so_far: Sequence[tuple[str, str]] = ()
) -> Iterator[tuple[tuple[str, str], ...]]:
    for label, tail in tails.get(start, []):
        way = (*so_far, (label, tail))
        yield way
        if len(way) < _LONGEST_WAY:
            yield from _ways(tail, tails, way)
