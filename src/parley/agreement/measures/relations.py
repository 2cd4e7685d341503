"""Agreement on relations: end to end, and taken apart.

With the spans of two annotators matched one to one, each relation of either is checked, in this order:

    found      do both its ends have a partner in the other's layer?
    linked     if so: did the other link the two partners at all, with any relation either way?
    typed      if so: with this relation, either way?
    directed   if so: in this direction? (a symmetric relation has none and always passes)

Each share is of the relations of *both* annotators that passed the one before, so that

    found × linked × typed × directed = 2·both / (first + second) = end-to-end F1

holds exactly, for each relation and over all. On exact matches F1 is the strict criterion of Taillé et al.
(2020): boundaries and labels of both ends, relation and direction.

Kappa on matched ends asks whether the choice of relation is better than chance. The item is an unordered pair
of matched spans, its value the relation with its direction, or none, in three universes: `candidates`, every
pair of a document that the ontology lets some relation join, or that was joined against it; `either`, those
that at least one annotator linked; `both`, those that both linked. The first is the decision that annotators
make. In `either` the cell none/none is empty by construction, so that kappa is too low, even below zero: it
is the strictest reading. Each relation's own kappa is a yes or no on the ordered pairs (unordered if
symmetric) that the ontology lets it join.

A symmetric relation counts as it was drawn; `measures.attributes` compares the clusters that it makes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from parley.agreement.measures.contingency import Contingency, Crosstab, binary_kappa, ratio, value_figures
from parley.agreement.measures.matching import (
    NOTHING,
    Flags,
    Floats,
    Ints,
    Labels,
    Matching,
    align,
    among,
    count,
    given,
    joint_codes,
)
from parley.agreement.measures.spans import label_scores
from parley.model.ontology import Ontology

STEPS = ("found", "linked", "typed", "directed")


class MatchedRelations:
    """One annotator's relations between matched spans.

    A row a relation: doc, label, value (relation and direction) and found (both ends have a partner). If they
    have, a number each for the unordered pair of matched spans (rows of the first annotator), for that pair
    with the relation (typed), and for both with the direction (directed); else NOTHING.
    """

    def __init__(self, labels: Labels, head: Ints, tail: Ints, size: int, ontology: Ontology) -> None:
        symmetric = np.array([r.symmetric for r in ontology.relations], dtype=bool)
        self.doc, self.label = labels.relation_doc, labels.relation_label
        self.found = (head >= 0) & (tail >= 0)
        forward = (head <= tail) | symmetric[self.label]
        self.pair = np.where(self.found, np.minimum(head, tail) * size + np.maximum(head, tail), NOTHING)
        self.value = self.label * 2 + forward
        self.typed = np.where(self.found, self.pair * len(symmetric) + self.label, NOTHING)
        self.directed = np.where(self.found, self.typed * 2 + forward, NOTHING)

    def passed(self, other: MatchedRelations) -> dict[str, Flags]:
        """Say which relations pass each step when compared with the other's."""
        return {
            "found": self.found,
            "linked": self.found & among(self.pair, other.pair),
            "typed": self.found & among(self.typed, other.typed),
            "directed": self.found & among(self.directed, other.directed),
        }


def matched_relations(
    first: Labels, second: Labels, matching: Matching, ontology: Ontology
) -> tuple[MatchedRelations, MatchedRelations]:
    """Return both annotators' relations in terms of the first's spans."""
    size = max(first.doc.size, 1)
    head, tail = (np.where(matching.forth[end] >= 0, end, NOTHING) for end in (first.head, first.tail))
    a = MatchedRelations(first, head, tail, size, ontology)
    b = MatchedRelations(second, matching.back[second.head], matching.back[second.tail], size, ontology)
    return a, b


def on_equal_pairs(a: MatchedRelations, b: MatchedRelations) -> tuple[Ints, Ints]:
    """Return the rows of relations between matched spans in pairs that join the same two, one to one."""
    found_a, found_b = np.flatnonzero(a.found), np.flatnonzero(b.found)
    rows_a, rows_b = align(a.pair[found_a], a.value[found_a], b.pair[found_b], b.value[found_b])
    return given(found_a, rows_a), given(found_b, rows_b)


def relation_counts(
    first: Labels, second: Labels, matching: Matching, ontology: Ontology, *, name: str, docs: int
) -> tuple[dict[str, Ints], Contingency]:
    """Return counts by document and relation, (docs, relations), and the values of candidate pairs.

    name: of the matching, part of every key.
    """
    width = len(ontology.relations)
    a, b = matched_relations(first, second, matching, ontology)
    counts = {}
    for side, own, other in (("first", a, b), ("second", b, a)):
        counts[f"relations.{side}"] = count(docs, width, own.doc, own.label)
        for step, passed in own.passed(other).items():
            counts[f"relations.{name}.{step}.{side}"] = count(docs, width, own.doc[passed], own.label[passed])
    rows, _ = matching.pairs
    matched = count(docs, len(ontology.spans), first.doc[rows], first.label[rows])
    legal = _legal(ontology)
    pairs = _joinable(matched, legal)
    to_join = np.where([r.symmetric for r in ontology.relations], pairs // 2, pairs)
    counts[f"relations.{name}.candidates"] = to_join + _illegal_pairs(((first, a), (second, b)), docs, legal)
    return counts, _pair_table(first, a, b, matched, legal)


def relation_figures(
    sums: Mapping[str, Floats], pairs: Mapping[str, Crosstab], names: Sequence[str]
) -> dict[str, Any]:
    """Return end-to-end scores, the steps, each relation's kappa, and agreement on pairs of matched spans.

    sums, pairs: of `relation_counts`, the pairs by matching.
    """
    figures: dict[str, Any] = {}
    first, second = sums["relations.first"], sums["relations.second"]
    for matching, table in pairs.items():
        of_first, of_second = (
            {step: sums[f"relations.{matching}.{step}.{side}"] for step in STEPS}
            for side in ("first", "second")
        )
        passed = {step: of_first[step] + of_second[step] for step in STEPS}
        candidates, both = sums[f"relations.{matching}.candidates"], of_first["directed"]
        ends = figures[matching] = label_scores(first, second, both, names)
        totals = {step: number.sum(axis=1) for step, number in passed.items()}
        ends["micro"]["steps"] = _steps((first + second).sum(axis=1), totals)
        for i, name in enumerate(names):
            ends["labels"][name] |= {
                "steps": _steps((first + second)[:, i], {s: number[:, i] for s, number in passed.items()}),
                "candidates": candidates[:, i].astype(np.int64),
                "kappa": binary_kappa(
                    *(x[:, i] for x in (both, of_first["found"], of_second["found"], candidates))
                ),
            }
        ends["pairs"] = {
            "candidates": value_figures(table),
            "either": value_figures(table.where((table.first != NOTHING) | (table.second != NOTHING))),
            "both": value_figures(table.of_both()),
        }
    return figures


def _steps(relations: Floats, passed: Mapping[str, Floats]) -> dict[str, Any]:
    """Return the share that passes each step of those that passed the one before."""
    before, shares = relations, {}
    for step in STEPS:
        shares[step] = {"of": before.astype(np.int64), "share": ratio(passed[step], before)}
        before = passed[step]
    return shares


def _pair_table(
    first: Labels, a: MatchedRelations, b: MatchedRelations, matched: Ints, legal: Flags
) -> Contingency:
    """Return the values both annotators gave each candidate pair, also those without any relation."""
    rows_a, rows_b = on_equal_pairs(a, b)
    docs = len(matched)
    admitted: Flags = np.logical_or.reduce(legal, axis=0)
    admitted = admitted | admitted.T
    low, high = np.divmod(np.union1d(a.pair[a.found], b.pair[b.found]), max(first.doc.size, 1))
    joined = first.doc[low[(low != high) & admitted[first.label[low], first.label[high]]]]
    unjoined = _joinable(matched, admitted[None])[:, 0] // 2 - count(docs, 1, joined)[:, 0]
    nothing = np.full(docs, NOTHING)
    return Contingency.of(
        np.append(np.maximum(given(a.doc, rows_a), given(b.doc, rows_b)), np.arange(docs)),
        np.append(given(a.value, rows_a), nothing),
        np.append(given(b.value, rows_b), nothing),
        np.append(np.ones(len(rows_a), dtype=np.int64), unjoined),
    )


def _illegal_pairs(sides: Sequence[tuple[Labels, MatchedRelations]], docs: int, legal: Flags) -> Ints:
    """Return how many pairs of matched spans somebody joined against the ontology, (docs, relations)."""
    joined = []
    for labels, own in sides:
        fits = legal[labels.relation_label, labels.label[labels.head], labels.label[labels.tail]]
        rows = own.found & ~(fits & (labels.head != labels.tail))
        joined.append(np.stack([own.directed[rows], own.doc[rows], own.label[rows]]))
    pairs, doc, label = np.concatenate(joined, axis=1)
    none = np.zeros(0, np.int64)
    _, rows = np.unique(joint_codes((pairs, doc, label), (none, none, none))[0], return_index=True)
    return count(docs, len(legal), doc[rows], label[rows])


def _legal(ontology: Ontology) -> Flags:
    """Say which labels each relation may join, (relations, labels of heads, labels of tails)."""
    names = ontology.span_names
    legal = [
        [[h in r.head and t in r.tail and (h == t or not r.same_label) for t in names] for h in names]
        for r in ontology.relations
    ]
    return np.array(legal, dtype=bool).reshape(-1, len(names), len(names))


def _joinable(matched: Ints, legal: Flags) -> Ints:
    """Return how many ordered pairs of distinct matched spans each relation may join, (docs, relations).

    matched: how many matched spans each label has, (docs, labels).
    """
    pairs: Ints = np.einsum("dh,rht,dt->dr", matched, legal, matched)
    return pairs - matched @ np.diagonal(legal, axis1=1, axis2=2).T
