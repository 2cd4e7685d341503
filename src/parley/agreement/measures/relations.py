"""Agreement on relations: end to end, and taken apart.

A relation can be missed because an end was not marked, because the two ends were not linked, because they
were linked as something else, or the wrong way round. With the spans of two annotators matched one to one
(agreement.measures.matching; `exact`: equal label and offsets, `relaxed`: equal label and an overlap), each
relation of either annotator is checked, in this order:

    found      do both its ends have a partner in the other's layer?
    linked     if so: did the other link the two partners at all, with any relation either way?
    typed      if so: with this relation, either way?
    directed   if so: in this direction? (a symmetric relation has none and always passes)

Each share is of the relations of *both* annotators that passed the one before, so that

    found × linked × typed × directed = 2·both / (first + second) = end-to-end F1

holds exactly, for each relation and over all: the F1 is taken apart without a rest. End to end, `exact` is
the strict criterion of Taillé et al. (2020): boundaries and labels of both ends, relation and direction.

Kappa on matched ends asks what F1 cannot: is the choice of relation better than chance? The item is an
unordered pair of matched spans, its value the relation with its direction, or none. Three universes:

    candidates   every pair of matched spans of one document that the ontology lets some relation join
    either       the pairs that at least one annotator linked
    both         the pairs that both annotators linked

The headline is `candidates`: it is the decision that annotators make, every pair can have any value, and
both margins are what they are. In `either` the cell none/none is empty by construction, so that chance
agreement is put wrong and kappa too low, even below zero: it is reported as the strictest reading. `both` is
agreement on the relation alone, given that there is one. Each relation's own kappa is a yes or no on the
ordered pairs (unordered if symmetric) that the ontology lets it join. A pair that was joined against the
ontology is a candidate too: it was decided on.

A symmetric relation counts as it was drawn: two annotators who link three spans by different pairs disagree
here though their clusters are one; `measures.clusters` compares those.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parley.agreement.measures.contingency import NOTHING, Contingency, binary_kappa, ratio, value_figures
from parley.agreement.measures.labels import Flags, Floats, Ints, Labels, count
from parley.agreement.measures.matching import Matching, align
from parley.agreement.measures.spans import scores
from parley.model.ontology import Ontology, RelationLabel

STEPS = ("found", "linked", "typed", "directed")


class MatchedRelations:
    """One annotator's relations between matched spans.

    A row a relation: doc, label, found (both ends have a partner), pair (a number for the unordered pair of
    matched spans, rows of the first annotator; NOTHING if not found) and value (relation and direction).
    """

    def __init__(self, labels: Labels, head: Ints, tail: Ints, size: int, ontology: Ontology) -> None:
        symmetric = np.array([r.symmetric for r in ontology.relations], dtype=bool)
        self.doc, self.label = labels.relation_doc, labels.relation_label
        self.found = (head >= 0) & (tail >= 0)
        low, high = np.minimum(head, tail), np.maximum(head, tail)
        forward = (head <= tail) | symmetric[self.label]
        self.pair = np.where(self.found, low * size + high, NOTHING)
        self.value = self.label * 2 + forward
        self.typed = np.where(self.found, self.pair * len(symmetric) + self.label, NOTHING)
        self.directed = np.where(self.found, self.typed * 2 + forward, NOTHING)

    def passes(self, other: MatchedRelations) -> dict[str, Ints]:
        """Return the rows that pass each step when compared with the other's relations."""
        flags = {
            "found": self.found,
            "linked": self.found & np.isin(self.pair, other.pair[other.found]),
            "typed": self.found & np.isin(self.typed, other.typed[other.found]),
            "directed": self.found & np.isin(self.directed, other.directed[other.found]),
        }
        return {step: np.flatnonzero(flag) for step, flag in flags.items()}


def relation_counts(
    first: Labels, second: Labels, matching: Matching, ontology: Ontology, *, name: str, docs: int
) -> tuple[dict[str, Ints], Contingency]:
    """Return counts by document and relation, (docs, relations), and the values of candidate pairs.

    name: of the matching, part of every key.
    """
    width = len(ontology.relations)
    a, b = matched_relations(first, second, matching, ontology)
    counts = {
        "relations.first": count(docs, width, a.doc, a.label),
        "relations.second": count(docs, width, b.doc, b.label),
    }
    passed_a, passed_b = a.passes(b), b.passes(a)
    for step in STEPS:
        for annotator, own, rows in (("first", a, passed_a[step]), ("second", b, passed_b[step])):
            counts[f"relations.{name}.{step}.{annotator}"] = count(
                docs, width, own.doc[rows], own.label[rows]
            )
    rows, _ = matching.pairs
    matched = count(docs, len(ontology.spans), first.doc[rows], first.label[rows])
    to_join = np.array([_pairs_to_join(matched, r, ontology) for r in ontology.relations], dtype=np.int64)
    illegal = _illegal_pairs((first, a), (second, b), docs, ontology)
    counts[f"relations.{name}.candidates"] = to_join.reshape(width, docs).T + illegal
    return counts, _pair_table(first, a, b, matched, ontology)


def relation_figures(sums: dict[str, Floats], ontology: Ontology) -> dict[str, Any]:
    """Return end-to-end scores, the steps and each relation's kappa from sums of `relation_counts`."""
    figures: dict[str, Any] = {}
    first, second = sums["relations.first"], sums["relations.second"]
    for name in ("exact", "relaxed"):
        of_first = {s: sums[f"relations.{name}.{s}.first"] for s in STEPS}
        of_second = {s: sums[f"relations.{name}.{s}.second"] for s in STEPS}
        candidates = sums[f"relations.{name}.candidates"]
        both = of_first["directed"]
        micro = {s: (of_first[s] + of_second[s]).sum(axis=1) for s in STEPS}
        labels = {}
        for i, relation in enumerate(ontology.relation_names):
            passed = {s: of_first[s][:, i] + of_second[s][:, i] for s in STEPS}
            labels[relation] = {
                **scores(first[:, i], second[:, i], both[:, i]),
                "steps": _steps(first[:, i] + second[:, i], passed),
                "candidates": candidates[:, i].astype(np.int64),
                "kappa": binary_kappa(
                    both[:, i], of_first["found"][:, i], of_second["found"][:, i], candidates[:, i]
                ),
            }
        figures[name] = {
            "micro": {
                **scores(first.sum(axis=1), second.sum(axis=1), both.sum(axis=1)),
                "steps": _steps((first + second).sum(axis=1), micro),
            },
            "labels": labels,
        }
    return figures


def pair_figures(table: Contingency, sums: Floats) -> dict[str, Any]:
    """Return agreement and kappa on matched pairs in the three universes."""
    given_a, given_b = table.first != NOTHING, table.second != NOTHING
    universes = {
        "candidates": np.ones(len(table.first), dtype=bool),
        "either": given_a | given_b,
        "both": given_a & given_b,
    }
    return {name: value_figures(table.where(kept), sums[:, kept]) for name, kept in universes.items()}


def matched_relations(
    first: Labels, second: Labels, matching: Matching, ontology: Ontology
) -> tuple[MatchedRelations, MatchedRelations]:
    """Return both annotators' relations in terms of the first's spans."""
    size = max(first.doc.size, 1)
    head = np.where(matching.forth[first.head] >= 0, first.head, NOTHING)
    tail = np.where(matching.forth[first.tail] >= 0, first.tail, NOTHING)
    a = MatchedRelations(first, head, tail, size, ontology)
    b = MatchedRelations(second, matching.back[second.head], matching.back[second.tail], size, ontology)
    return a, b


def _steps(relations: Floats, passed: dict[str, Floats]) -> dict[str, Any]:
    """Return the share that passes each step of those that passed the one before."""
    before, shares = relations, {}
    for step in STEPS:
        shares[step] = {"of": before.astype(np.int64), "share": ratio(passed[step], before)}
        before = passed[step]
    return shares


def _pair_table(
    first: Labels, a: MatchedRelations, b: MatchedRelations, matched: Ints, ontology: Ontology
) -> Contingency:
    """Return the values both annotators gave each candidate pair, also those without any relation."""
    key, value_a, value_b = align(a.pair[a.found], a.value[a.found], b.pair[b.found], b.value[b.found])
    size = max(first.doc.size, 1)
    doc = first.doc[key // size] if key.size else key
    linked = np.unique(key)
    low, high = linked // size, linked % size
    admitted = _admitted(ontology)
    if linked.size:
        linked = linked[(low != high) & (admitted[first.label[low], first.label[high]] > 0)]
    docs = len(matched)
    all_pairs = (matched @ admitted * matched).sum(axis=1) - (matched * np.diag(admitted)).sum(axis=1)
    joined = count(docs, 1, first.doc[linked // size] if linked.size else linked)[:, 0]
    nothing = np.full(docs, NOTHING)
    return Contingency.of(
        np.concatenate([doc, np.arange(docs)]),
        np.concatenate([value_a, nothing]),
        np.concatenate([value_b, nothing]),
        np.concatenate([np.ones(len(doc), dtype=np.int64), all_pairs // 2 - joined]),
    )


def _illegal_pairs(
    one: tuple[Labels, MatchedRelations],
    other: tuple[Labels, MatchedRelations],
    docs: int,
    ontology: Ontology,
) -> Ints:
    """Return how many pairs of matched spans somebody joined against the ontology, (docs, relations)."""
    legal = _legal(ontology)
    joined, doc, label = [], [], []
    for labels, own in (one, other):
        fits = legal[labels.relation_label, labels.label[labels.head], labels.label[labels.tail]]
        rows = own.found & ~(fits & (labels.head != labels.tail))
        joined.append(own.directed[rows])
        doc.append(own.doc[rows])
        label.append(own.label[rows])
    _, once = np.unique(np.concatenate(joined), return_index=True)
    return count(docs, len(ontology.relations), np.concatenate(doc)[once], np.concatenate(label)[once])


def _legal(ontology: Ontology) -> Flags:
    """Say which labels each relation may join, (relations, labels of heads, labels of tails)."""
    names = ontology.span_names
    legal = [
        [[h in r.head and t in r.tail and (h == t or not r.same_label) for t in names] for h in names]
        for r in ontology.relations
    ]
    return np.array(legal, dtype=bool).reshape(-1, len(names), len(names))


def _admitted(ontology: Ontology) -> Ints:
    """Return 1 if some relation may join two labels, one way or the other, (labels, labels)."""
    either: Flags = np.logical_or.reduce(_legal(ontology), axis=0)
    return (either | either.T).astype(np.int64)


def _pairs_to_join(matched: Ints, relation: RelationLabel, ontology: Ontology) -> Ints:
    """Return how many pairs of distinct matched spans a relation may join, (docs,)."""
    head = np.array([n in relation.head for n in ontology.span_names], dtype=np.int64)
    tail = np.array([n in relation.tail for n in ontology.span_names], dtype=np.int64)
    if relation.same_label:
        pairs = (matched * (matched - 1)) @ (head * tail)
    else:
        pairs = (matched @ head) * (matched @ tail) - matched @ (head * tail)
    return pairs // 2 if relation.symmetric else pairs
