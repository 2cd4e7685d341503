"""Every figure of agreement, for every pair of annotators and over all pairs.

Labels come in batches of whole documents; of each batch only counts by document are kept, so memory grows
with the number of documents and not with the labels. Figures are then functions of sums over documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, groupby, islice
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parley.agreement.measures import attributes, clusters, relations, spans, unitizing
from parley.agreement.measures import intervals as bootstrap
from parley.agreement.measures.joint import Joint
from parley.agreement.measures.matching import Matching, blind, exact, relaxed
from parley.agreement.measures.sides import Floats, Ints, Side, side
from parley.model.labels import Layer
from parley.model.ontology import Ontology
from parley.model.tables import relation_table, span_table

DRAWS, SEED, CONFIDENCE, DIGITS = 1000, 20250325, 0.95, 4
BATCH = 256  # documents

Figures = dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """Labels of whole documents: all labels of all annotators on a document stand in one batch.

    doc_ids: annotator → the documents that annotator labelled, be it with nothing. lengths: of their texts,
    code points. spans, relations: tables as parley.model.tables makes them.
    """

    doc_ids: Mapping[str, Sequence[str]]
    lengths: Mapping[str, int]
    spans: pa.Table
    relations: pa.Table


@dataclass(frozen=True)
class Pairing:
    """Two annotators' labels on the documents of a batch that both labelled, matched."""

    doc_ids: tuple[str, ...]
    first: Side
    second: Side
    exact: Matching
    relaxed: Matching


@dataclass
class Tally:
    """Counts of one pair of annotators by document, gathered over batches."""

    ontology: Ontology
    doc_ids: list[str] = field(default_factory=list)
    counts: dict[str, list[npt.NDArray[np.unsignedinteger]]] = field(default_factory=dict)
    joints: dict[str, list[Joint]] = field(default_factory=dict)
    vocabularies: dict[str, attributes.Vocabulary] = field(default_factory=dict)
    spans_seen: int = 0

    def add(self, pairing: Pairing, lengths: Mapping[str, int]) -> None:
        """Count a batch."""
        ontology, docs, labels = self.ontology, len(pairing.doc_ids), len(self.ontology.spans)
        first, second = pairing.first, pairing.second
        matchings = {"exact": pairing.exact, "relaxed": pairing.relaxed}
        text = np.array([lengths[d] for d in pairing.doc_ids], dtype=np.int64)
        counts = spans.span_counts(first, second, matchings, blind(first, second), docs=docs, labels=labels)
        counts |= unitizing.unitizing_counts(first, second, text, labels)
        joints = {"labels": spans.label_joint(first, second)}
        for name, matching in matchings.items():
            more, joints[f"pairs.{name}"] = relations.relation_counts(
                first, second, matching, ontology, name=name, docs=docs
            )
            counts |= more
        named = zip(attributes.attribute_names(ontology), ontology.attributes, strict=True)
        groups = {f"attribute.{name}": [attribute] for name, attribute in named}
        groups["linking"] = [a for a in ontology.attributes if a.kind == "entity"]
        for name, group in groups.items():
            values = self.vocabularies.setdefault(name, attributes.Vocabulary())
            joints[name] = attributes.attribute_joint(
                first, second, pairing.relaxed, group, values=values, ontology=ontology
            )
        for number, relation in enumerate(ontology.relations):
            if relation.symmetric:
                joints[f"clusters.{relation.name}"] = clusters.cluster_joint(
                    first, second, pairing.relaxed, number, self.spans_seen
                )
        self._keep(pairing.doc_ids, counts, joints)
        self.spans_seen += first.doc.size + second.doc.size

    def merge(self, later: Tally) -> None:
        """Take in the counts of other documents, counted apart: as if they had been added here."""
        before = len(self.doc_ids)
        self.doc_ids.extend(later.doc_ids)
        for name, parts in later.counts.items():
            self.counts.setdefault(name, []).extend(parts)
        for name, joints in later.joints.items():
            numbers = None
            if name in later.vocabularies:
                known = self.vocabularies.setdefault(name, attributes.Vocabulary())
                numbers = known.numbers(later.vocabularies[name])
            elif name.startswith("clusters."):
                numbers = np.arange(self.spans_seen, self.spans_seen + later.spans_seen)
            own = joints if numbers is None else [joint.renumbered(numbers) for joint in joints]
            self.joints.setdefault(name, []).extend(joint.after(before) for joint in own)
        self.spans_seen += later.spans_seen

    def _keep(self, doc_ids: Sequence[str], counts: dict[str, Ints], joints: dict[str, Joint]) -> None:
        before = len(self.doc_ids)
        self.doc_ids.extend(doc_ids)
        for name, count in counts.items():
            # mostly one byte a count: this is the memory that stays, and grows with the documents
            small = np.min_scalar_type(int(count.max(initial=0)))
            self.counts.setdefault(name, []).append(count.astype(small))
        for name, joint in joints.items():
            self.joints.setdefault(name, []).append(joint.after(before))


class Sums:
    """The counts of a tally, whole: sums over documents for any weights, and the figures of those."""

    def __init__(self, tally: Tally) -> None:
        self.ontology, self.doc_ids = tally.ontology, tally.doc_ids
        self._counts = {name: np.concatenate(parts) for name, parts in sorted(tally.counts.items())}
        self._joints = {name: Joint.together(parts) for name, parts in sorted(tally.joints.items())}

    @property
    def width(self) -> int:
        """The most numbers that one draw needs at once."""
        return max(len(j.first) for j in self._joints.values())

    def confusion(self) -> Ints:
        """Return the label confusion at equal offsets over all documents."""
        joint = self._joints["labels"]
        every = np.ones((1, len(self.doc_ids)))
        return spans.confusion(joint, joint.sums(every), len(self.ontology.spans))

    def figures(self, weights: Floats) -> Figures:
        """Return the tree of figures on weighted documents; leaves are (draws,), counts are whole numbers."""
        ontology = self.ontology
        # whole numbers below 2**53: the products are exact, so no library's order of adding shows
        sums = {name: weights @ count.astype(float) for name, count in self._counts.items()}

        def joint(name: str) -> tuple[Joint, Floats]:
            found = self._joints[name]
            return found, found.sums(weights)

        ends = relations.relation_figures(sums, ontology)
        for name in ("exact", "relaxed"):
            ends[name]["pairs"] = relations.pair_figures(*joint(f"pairs.{name}"))
        symmetric = [r.name for r in ontology.relations if r.symmetric]
        return {
            "spans": spans.span_figures(sums, ontology)
            | {
                "alpha": unitizing.unitizing_figures(sums, ontology),
                "label": spans.label_figures(*joint("labels")),
            },
            "attributes": {
                name: attributes.attribute_figures(*joint(f"attribute.{name}"))
                for name in attributes.attribute_names(ontology)
            },
            "linking": attributes.linking_figures(*joint("linking")),
            "relations": ends
            | {"clusters": {n: attributes.cluster_figures(*joint(f"clusters.{n}")) for n in symmetric}},
        }


def measure(
    layers: Iterable[Layer],
    ontology: Ontology,
    lengths: Mapping[str, int],
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Figures:
    """Return all figures of agreement between the annotators of `layers`, ready for JSON.

    lengths: of each document's text, code points. draws: of the bootstrap; 0 for no intervals. See
    `measure_batches` for what comes back.
    """
    by_document = sorted(layers, key=lambda layer: (layer.doc_id, layer.annotator))
    return measure_batches(layer_batches(by_document, ontology, lengths), ontology, draws=draws, seed=seed)


def measure_batches(
    batches: Iterable[Batch], ontology: Ontology, *, draws: int = DRAWS, seed: int = SEED
) -> Figures:
    """Return all figures of agreement of batches of labels, ready for JSON.

    `pairs`: for every two annotators with documents in common, their figures; `overall`: the mean of each
    figure over the pairs that define it. A measure is {"value", "low", "high"}, rounded to 4 digits, None
    where it is 0/0; a count is a whole number (over pairs: their sum).
    """
    tallies: dict[tuple[str, str], Tally] = {}
    for batch in batches:
        for names, pairing in pairings(batch, ontology):
            tallies.setdefault(names, Tally(ontology)).add(pairing, batch.lengths)
    return figures_of(tallies, draws, seed)


def layer_batches(layers: Iterable[Layer], ontology: Ontology, lengths: Mapping[str, int]) -> Iterator[Batch]:
    """Yield layers as batches; layers of one document must follow one another."""
    documents = (list(group) for _, group in groupby(layers, key=lambda layer: layer.doc_id))
    while group := list(islice(documents, BATCH)):
        flat = [layer for document in group for layer in document]
        doc_ids: dict[str, list[str]] = {}
        for layer in flat:
            doc_ids.setdefault(layer.annotator, []).append(layer.doc_id)
        yield Batch(doc_ids, lengths, span_table(flat, ontology), relation_table(flat))


def pairings(batch: Batch, ontology: Ontology) -> Iterator[tuple[tuple[str, str], Pairing]]:
    """Yield every two annotators of a batch, by name, with the documents both labelled."""
    for a, b in combinations(sorted(batch.doc_ids), 2):
        shared = tuple(sorted(set(batch.doc_ids[a]) & set(batch.doc_ids[b])))
        if shared:
            first, second = (side(batch.spans, batch.relations, n, shared, ontology) for n in (a, b))
            yield (a, b), Pairing(shared, first, second, exact(first, second), relaxed(first, second))


def figures_of(tallies: Mapping[tuple[str, str], Tally], draws: int, seed: int) -> Figures:
    """Return the figures of tallies, with bootstrap intervals from draws shared by all pairs."""
    pairs = {names: Sums(tallies[names]) for names in sorted(tallies)}
    documents = sorted({d for sums in pairs.values() for d in sums.doc_ids})
    rank = {d: i for i, d in enumerate(documents)}
    place = {names: np.array([rank[d] for d in sums.doc_ids]) for names, sums in pairs.items()}
    trees = [s.figures(np.ones((1, len(s.doc_ids)))) for s in pairs.values()]
    point = [_leaves(tree) for tree in trees]
    bare = _bare(trees[0]) if trees else {}
    drawn: list[dict[tuple[str, ...], list[Floats]]] = [{} for _ in pairs]
    width = max((sums.width for sums in pairs.values()), default=1)
    for weight in bootstrap.weights(len(documents), draws, seed, width) if pairs else ():
        for kept, (names, sums) in zip(drawn, pairs.items(), strict=True):
            for path, values in _leaves(sums.figures(weight[:, place[names]])).items():
                if values.dtype.kind == "f":
                    kept.setdefault(path, []).append(values)
    draws_of = [{path: np.concatenate(parts) for path, parts in kept.items()} for kept in drawn]
    labels = next(iter(pairs.values())).ontology.span_names if pairs else ()
    matrices = [sums.confusion() for sums in pairs.values()]
    return {
        "bootstrap": {"draws": draws, "seed": seed, "confidence": CONFIDENCE, "of": "articles"},
        "documents": len(documents),
        "labels": list(labels),
        "pairs": [
            {
                "annotators": list(names),
                "documents": len(sums.doc_ids),
                "confusion": matrix.tolist(),
                "figures": _nested(bare, one, many),
            }
            for (names, sums), one, many, matrix in zip(pairs.items(), point, draws_of, matrices, strict=True)
        ],
        "overall": {
            "confusion": sum(matrices[1:], start=matrices[0]).tolist() if matrices else [],
            "figures": _nested(bare, _mean(point), _mean(draws_of)),
        },
    }


def _leaves(tree: Figures, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Return the leaves of a tree by path."""
    found: dict[tuple[str, ...], Any] = {}
    for name, branch in tree.items():
        found |= _leaves(branch, (*path, name)) if isinstance(branch, dict) else {(*path, name): branch}
    return found


def _mean(trees: Sequence[Mapping[tuple[str, ...], Any]]) -> dict[tuple[str, ...], Any]:
    """Return the mean of each measure over the trees that define it, and the sum of each count."""
    found: dict[tuple[str, ...], Any] = {}
    for path in trees[0] if trees else ():
        values = np.stack([tree[path] for tree in trees])
        if values.dtype.kind != "f":
            found[path] = values.sum(axis=0)
            continue
        defined = ~np.isnan(values)
        number = defined.sum(axis=0)
        total = np.where(defined, values, 0).sum(axis=0)
        found[path] = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return found


def _bare(tree: Figures) -> Figures:
    """Return the branches of a tree without their leaves: those too that have none under this ontology."""
    return {name: _bare(branch) for name, branch in tree.items() if isinstance(branch, dict)}


def _nested(
    bare: Figures, point: Mapping[tuple[str, ...], Any], drawn: Mapping[tuple[str, ...], Any]
) -> Figures:
    """Return leaves as a tree of whole numbers and {"value", "low", "high"}. bare: its branches."""
    tree = _bare(bare)
    for path, values in point.items():
        branch = tree
        for name in path[:-1]:
            branch = branch.setdefault(name, {})
        value = values[0]
        if values.dtype.kind != "f":
            branch[path[-1]] = int(value)
            continue
        low, high = (bootstrap.interval(drawn[path], CONFIDENCE) if path in drawn else None) or (None, None)
        defined = not np.isnan(value)
        branch[path[-1]] = {
            "value": _rounded(float(value)) if defined else None,
            "low": _rounded(low) if defined else None,
            "high": _rounded(high) if defined else None,
        }
    return tree


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS) + 0.0  # no -0.0
