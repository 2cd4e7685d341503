"""Every disagreement of two annotators, worst first.

Worst is what cannot both be right, then what one saw and the other did not, then what differs in degree, last
what only follows from something above:

    label          the same stretch of text under two labels
    entity         one mention, two entities
    direction      the same relation between the same two spans, drawn opposite ways
    relation       the same two spans, another relation
    attribute      matched spans, another value
    span           a span that one has, where the other has nothing of that label and offsets
    link           a relation whose ends both have, that only one drew
    boundary       spans of one label that overlap, with other offsets
    end            a relation that one drew, of which the other lacks an end

Within a kind, disagreements stand in order of document and offset, those of several pairs side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from parley.agreement.measures.matching import Matching, align
from parley.agreement.measures.relations import Drawn, drawn
from parley.agreement.measures.sides import Ints, Side, joint_codes
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
class Disagreement:
    """One thing two annotators see differently.

    kind: a key of KINDS. start, end: code points of the text in question. first, second: what each says, in
    words, "" for nothing. first_ids, second_ids: the ids of the labels meant.
    """

    kind: str
    doc_id: str
    annotators: tuple[str, str]
    start: int
    end: int
    what: str
    first: str
    second: str
    first_ids: tuple[str, ...]
    second_ids: tuple[str, ...]

    @property
    def severity(self) -> int:
        """Rank of the kind; 1 is worst."""
        return list(KINDS).index(self.kind) + 1

    def record(self, text: str, links: Mapping[str, str]) -> dict[str, Any]:
        """Return the disagreement for JSON, with its text and the text around it.

        links: annotator → address of the document's task in Label Studio, where known.
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
                {"annotator": name, "says": says, "labels": list(ids)}
                | ({"url": links[name]} if name in links else {})
                for name, says, ids in zip(
                    self.annotators, (self.first, self.second), (self.first_ids, self.second_ids), strict=True
                )
            ],
        }


class _Layer:
    """One side's labels as words, read row by row where there is a disagreement."""

    def __init__(self, side: Side, ontology: Ontology) -> None:
        self.side, self.ontology = side, ontology
        self._ids, self._texts = side.spans["id"], side.spans["text"]

    def id(self, row: int) -> str:
        return str(self._ids[row].as_py())

    def text(self, row: int) -> str:
        return str(self._texts[row].as_py())

    def says(self, row: int) -> str:
        side = self.side
        label = self.ontology.span_names[side.label[row]]
        return f"{label} “{self.text(row)}” {side.start[row]}:{side.end[row]}"

    def value(self, row: int, attribute: str) -> str | None:
        value: str | None = self.side.spans[attribute][row].as_py()
        return value

    def relation(self, row: int) -> str:
        side = self.side
        name = self.ontology.relation_names[side.relation_label[row]]
        return f"{name}: {self.says(int(side.head[row]))} → {self.says(int(side.tail[row]))}"

    def relation_id(self, row: int) -> str:
        side = self.side
        name = self.ontology.relation_names[side.relation_label[row]]
        return f"{self.id(int(side.head[row]))}.{name}.{self.id(int(side.tail[row]))}"


def disagreements(
    first: Side,
    second: Side,
    matching: Matching,
    ontology: Ontology,
    *,
    doc_ids: tuple[str, ...],
    annotators: tuple[str, str],
) -> list[Disagreement]:
    """Return all disagreements of two annotators on the documents of a batch, worst first.

    matching: the relaxed matching of their spans.
    """
    found = _Finder(first, second, matching, ontology, doc_ids=doc_ids, annotators=annotators)
    every = [*found.spans(), *found.attributes(), *found.relations()]
    return worst_first(every)


def worst_first(found: Iterable[Disagreement]) -> list[Disagreement]:
    """Return disagreements by kind, then in order of document and offset; of one place pair by pair."""

    def order(d: Disagreement) -> tuple[object, ...]:
        return d.severity, d.doc_id, d.start, d.end, d.annotators, d.first, d.second, d.what

    return sorted(found, key=order)


class _Finder:
    def __init__(
        self,
        first: Side,
        second: Side,
        matching: Matching,
        ontology: Ontology,
        *,
        doc_ids: tuple[str, ...],
        annotators: tuple[str, str],
    ) -> None:
        self.first, self.second, self.matching, self.ontology = first, second, matching, ontology
        self.doc_ids, self.annotators = doc_ids, annotators
        self.a, self.b = _Layer(first, ontology), _Layer(second, ontology)

    def spans(self) -> Iterator[Disagreement]:
        """Yield spans with another label, other boundaries or no partner."""
        for i, j in zip(*(rows.tolist() for rows in self.matching.pairs), strict=True):
            if (self.first.start[i], self.first.end[i]) != (self.second.start[j], self.second.end[j]):
                yield self._on_spans("boundary", i, j, self.ontology.span_names[self.first.label[i]])
        alone_a = np.flatnonzero(self.matching.forth < 0)
        alone_b = np.flatnonzero(self.matching.back < 0)
        for i, j in zip(*_at_equal_offsets(self.first, self.second, alone_a, alone_b), strict=True):
            yield self._on_spans("label" if i >= 0 and j >= 0 else "span", i, j, "")

    def attributes(self) -> Iterator[Disagreement]:
        """Yield matched spans with another attribute value."""
        rows_a, rows_b = self.matching.pairs
        for attribute in self.ontology.attributes:
            kind = "entity" if attribute.kind == "entity" else "attribute"
            carries = np.isin(
                self.first.label[rows_a], [self.ontology.span_names.index(x) for x in attribute.labels]
            )
            for i, j in zip(rows_a[carries].tolist(), rows_b[carries].tolist(), strict=True):
                mine, other = self.a.value(i, attribute.name), self.b.value(j, attribute.name)
                if mine != other:
                    yield self._found(
                        kind if mine and other else "attribute",
                        int(self.first.doc[i]),
                        (int(self.first.start[i]), int(self.first.end[i])),
                        what=f"{attribute.name} of {self.ontology.span_names[self.first.label[i]]}",
                        says=(mine or "", other or ""),
                        ids=((self.a.id(i),), (self.b.id(j),)),
                    )

    def relations(self) -> Iterator[Disagreement]:
        """Yield relations that the other annotator lacks, has otherwise or the wrong way round."""
        mine, other = drawn(self.first, self.second, self.matching, self.ontology)
        for layer, side, own, first in (
            (self.a, self.first, mine, True),
            (self.b, self.second, other, False),
        ):
            for row in np.flatnonzero(~own.found).tolist():
                yield self._on_relation("end", layer, side, row, first=first)
        row_of_a, row_of_b = _rows(mine), _rows(other)
        aligned = align(
            mine.pair[mine.found], mine.value[mine.found], other.pair[other.found], other.value[other.found]
        )
        for pair, value, against in zip(*(column.tolist() for column in aligned), strict=True):
            if value == against:
                continue
            if value < 0:
                row = row_of_b[pair, against]
                yield self._on_relation("link", self.b, self.second, row, first=False)
            elif against < 0:
                yield self._on_relation("link", self.a, self.first, row_of_a[pair, value], first=True)
            else:
                i, j = row_of_a[pair, value], row_of_b[pair, against]
                yield self._found(
                    "direction" if value // 2 == against // 2 else "relation",
                    int(self.first.relation_doc[i]),
                    _extent(self.first, i),
                    what="",
                    says=(self.a.relation(i), self.b.relation(j)),
                    ids=((self.a.relation_id(i),), (self.b.relation_id(j),)),
                )

    def _on_spans(self, kind: str, i: int, j: int, what: str) -> Disagreement:
        side, row = (self.first, i) if i >= 0 else (self.second, j)
        start, end = int(side.start[row]), int(side.end[row])
        if i >= 0 and j >= 0:
            start = min(start, int(self.second.start[j]))
            end = max(end, int(self.second.end[j]))
        return self._found(
            kind,
            int(side.doc[row]),
            (start, end),
            what=what,
            says=(self.a.says(i) if i >= 0 else "", self.b.says(j) if j >= 0 else ""),
            ids=((self.a.id(i),) if i >= 0 else (), (self.b.id(j),) if j >= 0 else ()),
        )

    def _on_relation(self, kind: str, layer: _Layer, side: Side, row: int, *, first: bool) -> Disagreement:
        says, ids = layer.relation(row), (layer.relation_id(row),)
        return self._found(
            kind,
            int(side.relation_doc[row]),
            _extent(side, row),
            what="",
            says=(says, "") if first else ("", says),
            ids=(ids, ()) if first else ((), ids),
        )

    def _found(
        self,
        kind: str,
        doc: int,
        extent: tuple[int, int],
        *,
        what: str,
        says: tuple[str, str],
        ids: tuple[tuple[str, ...], tuple[str, ...]],
    ) -> Disagreement:
        return Disagreement(kind, self.doc_ids[doc], self.annotators, *extent, what, *says, *ids)


def _at_equal_offsets(first: Side, second: Side, rows_a: Ints, rows_b: Ints) -> tuple[list[int], list[int]]:
    """Pair the given rows that have equal offsets, -1 standing for none."""
    place_a, place_b = joint_codes(
        (first.doc[rows_a], first.start[rows_a], first.end[rows_a]),
        (second.doc[rows_b], second.start[rows_b], second.end[rows_b]),
    )
    labels_a, labels_b = first.label[rows_a], second.label[rows_b]
    row_a = dict(zip(zip(place_a.tolist(), labels_a.tolist(), strict=True), rows_a.tolist(), strict=True))
    row_b = dict(zip(zip(place_b.tolist(), labels_b.tolist(), strict=True), rows_b.tolist(), strict=True))
    place, label_a, label_b = (c.tolist() for c in align(place_a, labels_a, place_b, labels_b))
    return (
        [row_a.get(key, -1) for key in zip(place, label_a, strict=True)],
        [row_b.get(key, -1) for key in zip(place, label_b, strict=True)],
    )


def _rows(drawn: Drawn) -> dict[tuple[int, int], int]:
    """Return the row of a relation by its pair of spans and its value."""
    return {
        (int(drawn.pair[row]), int(drawn.value[row])): row for row in np.flatnonzero(drawn.found).tolist()
    }


def _extent(side: Side, row: int) -> tuple[int, int]:
    """Return the stretch of text from the first to the last of a relation's ends."""
    head, tail = int(side.head[row]), int(side.tail[row])
    return (
        int(min(side.start[head], side.start[tail])),
        int(max(side.end[head], side.end[tail])),
    )
