"""Conflicting reports: several articles give different figures for one event instance.

An event instance is a row of entities.csv whose type is among the `types` of an attribute, so that spans of
another label point at it. The spans that have its id lead over relations to quantities: an attack to what it
hit, what it hit to its number. Figures of one event instance, unit and kind that differ between articles are
a conflict.

Figures that differ can all be true: `~40` and `41`, `>=2000` and `>=20000`. A figure is excluded if another
article gives one for the same role, and no number satisfies both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import Batch
from parley.model.entities import Entity
from parley.model.ontology import Ontology
from parley.release.data.sentences import Sentences
from parley.values.quantity import ANY, Interval, parse_quantity

_LONGEST_PATH = 2  # relations from the event instance to the figure

Step = tuple[str, int]  # label of a relation, row of its tail


@dataclass(frozen=True)
class Figure:
    """A figure that an article gives for an event instance.

    role: the labels of the relations that lead to it, `recipient.count`. kind: what sort of thing is counted,
    the choices made for a counted span that itself points at the event instance (`killed`); else "".
    quantity, counted: words. start: of the quantity. is_part: whether other spans have the role too (the two
    leaders, along with a third), so that the figure is not of all. event, sentence: that it is in.
    """

    entity: str
    role: str
    unit: str
    kind: str
    doc_id: str
    value: str
    quantity: str
    start: int
    counted: str
    is_part: bool
    event: str
    sentence: str

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


def figures(
    published: Batch, sentences: Sentences, entities: Mapping[str, Entity], ontology: Ontology
) -> Iterator[Figure]:
    """Yield every figure that an article gives for an event instance.

    published: one layer a document, in the documents' order. sentences: of these documents.
    """
    types = {t for a in ontology.attributes if a.labels for t in a.types}
    instances = pa.array([e.id for e in entities.values() if e.type in types], pa.string())
    spans = published.spans
    pointing = {
        a.name: pc.is_in(spans[a.name], value_set=instances).to_numpy()
        for a in ontology.attributes
        if a.kind == "entity"
    }
    rows = sorted({int(row) for some in pointing.values() for row in np.flatnonzero(some)})
    if not rows:
        return
    amounts = sorted(
        (label, a.name) for a in ontology.attributes if a.kind == "quantity" for label in a.labels
    )
    choices = sorted({a.name for a in ontology.attributes if a.kind == "choice"})
    columns = {name: spans[name].to_pylist() for name in spans.column_names}
    tails: dict[int, list[Step]] = {}
    relations = (published.relations[name].to_pylist() for name in ("head_row", "label", "tail_row"))
    for head, label, tail in zip(*relations, strict=True):
        tails.setdefault(head, []).append((label, tail))
    doc_ids, events = (published.documents[name].to_pylist() for name in ("doc_id", "event"))
    for row in rows:
        for entity in sorted({columns[name][row] for name, some in pointing.items() if some[row]}):
            for path in _paths(row, tails):
                end = path[-1][1]
                values = [columns[name][end] for label, name in amounts if label == columns["label"][end]]
                value = next((value or "" for value in values), "")
                if not value:
                    continue
                before = path[-2][1] if len(path) > 1 else row
                given = [columns[name][row] for name in choices if before == row]
                number, _, unit = value.partition(" ")
                document, start = columns["layer"][end], columns["start"][end]
                here = sentences.containing(np.array([document]), np.array([start]))[0]
                yield Figure(
                    entity,
                    ".".join(label for label, _ in path),
                    unit,
                    " ".join(choice for choice in given if choice is not None),
                    doc_ids[document],
                    number,
                    columns["text"][end],
                    start,
                    columns["text"][before],
                    _is_part(row, path, tails),
                    events[document],
                    sentences.texts[int(here)].as_py(),
                )


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
            ordered = sorted(given, key=lambda f: (f.role, f.doc_id, f.start))
            differing += map(Conflict, ordered, _excluded(ordered))
    return differing


def _excluded(figures: Sequence[Figure]) -> list[bool]:
    """Say of each figure of one event instance, unit and kind whether another article excludes it."""
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


def _is_part(start: int, path: Sequence[Step], tails: Mapping[int, list[Step]]) -> bool:
    """Say whether a span on the path to a figure is one of several that its head leads to by one relation."""
    heads = [start, *(tail for _, tail in path)]
    steps = list(zip(heads, (label for label, _ in path), strict=False))[:-1]  # the last leads to the figure
    return any(sum(label == other for other, _ in tails[head]) > 1 for head, label in steps)


def _paths(
    start: int, tails: Mapping[int, list[Step]], before: Sequence[Step] = ()
) -> Iterator[tuple[Step, ...]]:
    for step in tails.get(start, []):
        path = (*before, step)
        yield path
        if len(path) < _LONGEST_PATH:
            yield from _paths(step[1], tails, path)
