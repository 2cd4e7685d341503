"""Every disagreement of two annotators, worst first.

Worst is what cannot both be right, then what one annotator has and the other has not, then what differs in
degree, last what only follows from something above:

    label          the same offsets under two labels
    entity         one mention, two entities
    direction      the same relation between the same two spans, in opposite directions
    relation       the same two spans, another relation
    attribute      matched spans, another value
    span           a span of one, of which the other has nothing with that label or those offsets
    link           a relation between spans that both have, of one only
    boundary       spans of one label that overlap, with other offsets
    end            a relation of one, of which the other lacks an end

Within a kind, disagreements are in the order of document and offset; those of several pairs are together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from parley.agreement.measures.attributes import bearers
from parley.agreement.measures.labels import Ints, Labels, joint_codes
from parley.agreement.measures.matching import align
from parley.agreement.measures.relations import MatchedRelations, matched_relations
from parley.agreement.pairs import Annotators, Pair
from parley.model.ontology import Ontology

KINDS = {
    "label": "Same text, two labels",
    "entity": "Same mention, two entities",
    "direction": "Same relation, opposite direction",
    "relation": "Same two spans, another relation",
    "attribute": "Same span, another attribute value",
    "span": "Span of one annotator only",
    "link": "Relation of one annotator only, between spans both have",
    "boundary": "Same label, other boundaries",
    "end": "Relation with an end the other lacks",
}
CONTEXT = 60  # code points shown on either side


@dataclass(frozen=True)
class Version:
    """What one annotator has: in words, "" for nothing, and the ids of the labels."""

    says: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Disagreement:
    """What two annotators label differently.

    kind: a key of KINDS. start, end: code points of the text in question. versions: of the two annotators.
    """

    kind: str
    doc_id: str
    annotators: Annotators
    start: int
    end: int
    what: str
    versions: tuple[Version, Version]

    @property
    def severity(self) -> int:
        """Rank of the kind; 1 is worst."""
        return list(KINDS).index(self.kind) + 1

    def record(self, text: str, links: Mapping[str, str]) -> dict[str, Any]:
        """Return the disagreement for JSON, with its text and the text around it.

        links: annotator → address of the document's task in Label Studio, if known.
        """
        return {
            "kind": self.kind,
            "severity": self.severity,
            "doc_id": self.doc_id,
            "start": self.start,
            "end": self.end,
            "text": text[self.start : self.end],
            "before": text[max(0, self.start - CONTEXT) : self.start],
            "after": text[self.end : self.end + CONTEXT],
            "what": self.what,
            "versions": [
                {"annotator": name, "says": version.says, "labels": list(version.labels)}
                | ({"url": links[name]} if name in links else {})
                for name, version in zip(self.annotators, self.versions, strict=True)
            ],
        }


def disagreements(pair: Pair, ontology: Ontology) -> list[Disagreement]:
    """Return all disagreements of two annotators on the documents of a batch, on their relaxed matching."""
    words = _Words(pair.first, ontology), _Words(pair.second, ontology)
    found = (
        *_of_spans(pair, words),
        *_of_attributes(pair, ontology, words),
        *_of_relations(pair, ontology, words),
    )
    return [
        Disagreement(kind, pair.doc_ids[doc], pair.annotators, start, end, what, versions)
        for kind, doc, start, end, what, versions in found
    ]


def worst_first(found: Iterable[Disagreement], doc_ids: Iterable[str]) -> list[Disagreement]:
    """Return disagreements by kind, then by document and offset, those of one place pair by pair.

    doc_ids: in the order that the documents are to have.
    """
    place = {doc_id: number for number, doc_id in enumerate(doc_ids)}

    def order(d: Disagreement) -> tuple[object, ...]:
        says = tuple(version.says for version in d.versions)
        return d.severity, place[d.doc_id], d.start, d.end, d.annotators, says, d.what

    return sorted(found, key=order)


class _Words:
    """One annotator's labels in words, row by row; row -1 is none."""

    def __init__(self, labels: Labels, ontology: Ontology) -> None:
        self.ids, self.texts = (labels.table[name].to_pylist() for name in ("id", "text"))
        self.label = [ontology.span_names[number] for number in labels.label.tolist()]
        self.name = [ontology.relation_names[number] for number in labels.relation_label.tolist()]
        self.doc, self.start, self.end = labels.doc.tolist(), labels.start.tolist(), labels.end.tolist()
        self.ends = list(zip(labels.head.tolist(), labels.tail.tolist(), strict=True))

    def span(self, row: int) -> Version:
        if row < 0:
            return Version()
        says = f"{self.label[row]} “{self.texts[row]}” {self.start[row]}:{self.end[row]}"
        return Version(says, (self.ids[row],))

    def relation(self, row: int) -> Version:
        if row < 0:
            return Version()
        (head, tail), name = self.ends[row], self.name[row]
        says = f"{name}: {self.span(head).says} → {self.span(tail).says}"
        return Version(says, (f"{self.ids[head]}.{name}.{self.ids[tail]}",))

    def place(self, rows: Sequence[int]) -> tuple[int, int, int]:
        """Return the document of spans, and the offsets that they cover together."""
        return self.doc[rows[0]], min(self.start[row] for row in rows), max(self.end[row] for row in rows)


_Both = tuple[_Words, _Words]
_Found = Iterator[tuple[str, int, int, int, str, tuple[Version, Version]]]  # kind, document, offsets, what


def _of_spans(pair: Pair, words: _Both) -> _Found:
    """Yield spans with another label, other boundaries or no partner."""
    first, second = pair.first, pair.second
    a, b = words
    rows_a, rows_b = pair.relaxed.pairs
    other = (first.start[rows_a] != second.start[rows_b]) | (first.end[rows_a] != second.end[rows_b])
    for i, j in zip(rows_a[other].tolist(), rows_b[other].tolist(), strict=True):
        doc, start, end = a.place([i])
        start, end = min(start, b.start[j]), max(end, b.end[j])
        yield "boundary", doc, start, end, a.label[i], (a.span(i), b.span(j))
    alone = (np.flatnonzero(partner < 0) for partner in (pair.relaxed.forth, pair.relaxed.back))
    for i, j in _at_equal_offsets(first, second, *alone):
        place = a.place([i]) if i >= 0 else b.place([j])
        yield "label" if i >= 0 and j >= 0 else "span", *place, "", (a.span(i), b.span(j))


def _of_attributes(pair: Pair, ontology: Ontology, words: _Both) -> _Found:
    """Yield matched spans with another attribute value."""
    a, b = words
    for attribute in ontology.attributes:
        rows_a, rows_b = pair.relaxed.pairs
        kept = bearers(pair.first, rows_a, attribute, ontology)
        rows_a, rows_b = rows_a[kept], rows_b[kept]
        values = (
            labels.table[attribute.name].take(pa.array(rows)).to_pylist()
            for labels, rows in ((pair.first, rows_a), (pair.second, rows_b))
        )
        for i, j, one, other in zip(rows_a.tolist(), rows_b.tolist(), *values, strict=True):
            if one != other:
                kind = "entity" if attribute.kind == "entity" and one and other else "attribute"
                versions = Version(one or "", (a.ids[i],)), Version(other or "", (b.ids[j],))
                yield kind, *a.place([i]), f"{attribute.name} of {a.label[i]}", versions


def _of_relations(pair: Pair, ontology: Ontology, words: _Both) -> _Found:
    """Yield relations that the other annotator lacks, has otherwise or the other way round."""
    a, b = matched_relations(pair.first, pair.second, pair.relaxed, ontology)
    found = [("end", row, -1) for row in np.flatnonzero(~a.found).tolist()]
    found += [("end", -1, row) for row in np.flatnonzero(~b.found).tolist()]
    row_a, row_b = _rows(a), _rows(b)
    aligned = align(a.pair[a.found], a.value[a.found], b.pair[b.found], b.value[b.found])
    for key, value, other in zip(*(column.tolist() for column in aligned), strict=True):
        if value != other:
            kind = "direction" if value // 2 == other // 2 else "relation"
            i, j = row_a.get((key, value), -1), row_b.get((key, other), -1)
            found.append((kind if i >= 0 and j >= 0 else "link", i, j))
    for kind, i, j in found:
        place = words[0].place(words[0].ends[i]) if i >= 0 else words[1].place(words[1].ends[j])
        yield kind, *place, "", (words[0].relation(i), words[1].relation(j))


def _at_equal_offsets(first: Labels, second: Labels, rows_a: Ints, rows_b: Ints) -> Iterator[tuple[int, int]]:
    """Yield the given rows in pairs of equal offsets; -1 for none."""
    place_a, place_b = joint_codes(
        (first.doc[rows_a], first.start[rows_a], first.end[rows_a]),
        (second.doc[rows_b], second.start[rows_b], second.end[rows_b]),
    )
    labels_a, labels_b = first.label[rows_a], second.label[rows_b]
    row_a, row_b = (
        dict(zip(zip(place.tolist(), label.tolist(), strict=True), rows.tolist(), strict=True))
        for place, label, rows in ((place_a, labels_a, rows_a), (place_b, labels_b, rows_b))
    )
    aligned = (column.tolist() for column in align(place_a, labels_a, place_b, labels_b))
    for place, label_a, label_b in zip(*aligned, strict=True):
        yield row_a.get((place, label_a), -1), row_b.get((place, label_b), -1)


def _rows(relations: MatchedRelations) -> dict[tuple[int, int], int]:
    """Return the row of a relation by its pair of spans and its value."""
    rows = np.flatnonzero(relations.found)
    keys = zip(relations.pair[rows].tolist(), relations.value[rows].tolist(), strict=True)
    return dict(zip(keys, rows.tolist(), strict=True))
