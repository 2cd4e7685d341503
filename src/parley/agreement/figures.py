"""Every figure of agreement, for every pair of annotators and over all pairs.

Of each batch only counts by document are kept, so memory grows with the number of documents and not with the
labels. Figures are then functions of sums over documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from parley.agreement.measures import attributes, clusters, intervals, relations, spans, unitizing
from parley.agreement.measures.contingency import Contingency, value_figures
from parley.agreement.measures.labels import Floats, Ints
from parley.agreement.pairs import Annotators, PairCounts, pair_faults, pairs
from parley.faults import check
from parley.model.batch import Batch
from parley.model.ontology import Ontology

DRAWS, SEED, CONFIDENCE, DIGITS = 1000, 20250325, 0.95, 4

Figures = dict[str, Any]
Leaves = dict[tuple[str, ...], Any]  # of a tree of figures, by path


def measure(batches: Iterable[Batch], ontology: Ontology, *, draws: int = DRAWS, seed: int = SEED) -> Figures:
    """Return all figures of agreement between the annotators of batches, ready for JSON.

    All layers of a document are in one batch. draws: of the bootstrap; 0 for no intervals. Raises DataFaults
    for layers that are unfit to be compared. For what comes back see `figures`.

        corpus = Corpus.at(Path("."))
        measured = measure(corpus.batches(gold=False).load(), corpus.ontology)
        measured["overall"]["figures"]["spans"]["exact"]["micro"]["f1"]
        # {"value": 0.9278, "low": 0.8989, "high": 0.9583}
    """
    counts: dict[Annotators, list[PairCounts]] = {}
    for batch in batches:
        check(pair_faults(batch, ontology))
        for pair in pairs(batch, ontology):
            counts.setdefault(pair.annotators, []).append(PairCounts.of(pair, ontology))
    return figures(counts, ontology, draws=draws, seed=seed)


def figures(
    counts: Mapping[Annotators, Sequence[PairCounts]], ontology: Ontology, *, draws: int, seed: int
) -> Figures:
    """Return the figures of counts, with bootstrap intervals from draws that all pairs share.

    `pairs`: for every two annotators with documents in common, their figures; `overall`: the mean of each
    figure over the pairs that define it. A measure is {"value", "low", "high"}, rounded to 4 digits, None
    for 0/0; a count is a whole number (over pairs: their sum).
    """
    merged = {names: PairCounts.merged(counts[names]) for names in sorted(counts)}
    documents = sorted({doc_id for pair in merged.values() for doc_id in pair.doc_ids})
    rank = {doc_id: number for number, doc_id in enumerate(documents)}
    place = {names: np.array([rank[d] for d in pair.doc_ids]) for names, pair in merged.items()}
    trees = [_pair_figures(pair, ontology, np.ones((1, len(pair.doc_ids)))) for pair in merged.values()]
    values = [_leaves(tree) for tree in trees]
    branches = _branches(trees[0]) if trees else {}
    drawn: list[dict[tuple[str, ...], list[Floats]]] = [{} for _ in merged]
    width = max((len(t.first) for pair in merged.values() for t in pair.tables.values()), default=1)
    for weights in intervals.weights(len(documents), draws, seed, width) if merged else ():
        for kept, (names, pair) in zip(drawn, merged.items(), strict=True):
            for path, leaf in _leaves(_pair_figures(pair, ontology, weights[:, place[names]])).items():
                if leaf.dtype.kind == "f":
                    kept.setdefault(path, []).append(leaf)
    draws_of = [{path: np.concatenate(parts) for path, parts in kept.items()} for kept in drawn]
    matrices = [_confusion(pair, ontology) for pair in merged.values()]
    return {
        "bootstrap": {"draws": draws, "seed": seed, "confidence": CONFIDENCE, "of": "articles"},
        "documents": len(documents),
        "labels": list(ontology.span_names) if merged else [],
        "pairs": [
            {
                "annotators": list(names),
                "documents": len(pair.doc_ids),
                "confusion": matrix.tolist(),
                "figures": _nested(branches, value, draw),
            }
            for (names, pair), value, draw, matrix in zip(
                merged.items(), values, draws_of, matrices, strict=True
            )
        ],
        "overall": {
            "confusion": sum(matrices[1:], start=matrices[0]).tolist() if matrices else [],
            "figures": _nested(branches, _mean(values), _mean(draws_of)),
        },
    }


def _pair_figures(pair: PairCounts, ontology: Ontology, weights: Floats) -> Figures:
    """Return the tree of a pair's figures on weighted documents; leaves are (draws,), counts are integers."""
    # integers below 2**53: the products are exact, so no library's order of adding shows
    sums = {name: weights @ count.astype(float) for name, count in pair.counts.items()}

    def table(name: str) -> tuple[Contingency, Floats]:
        return pair.tables[name], pair.tables[name].sums(weights)

    ends = relations.relation_figures(sums, ontology)
    for name in ("exact", "relaxed"):
        ends[name]["pairs"] = relations.pair_figures(*table(f"pairs.{name}"))
    symmetric = [r.name for r in ontology.relations if r.symmetric]
    return {
        "spans": spans.span_figures(sums, ontology)
        | {
            "alpha": unitizing.unitizing_figures(sums, ontology),
            "label": spans.label_figures(*table("labels")),
        },
        "attributes": {
            name: value_figures(*table(f"attribute.{name}")) for name in attributes.attribute_names(ontology)
        },
        "linking": clusters.linking_figures(*table("linking")),
        "relations": ends
        | {"clusters": {n: clusters.cluster_figures(*table(f"clusters.{n}")) for n in symmetric}},
    }


def _confusion(pair: PairCounts, ontology: Ontology) -> Ints:
    """Return the label confusion at equal offsets over all documents."""
    table = pair.tables["labels"]
    return spans.confusion(table, table.sums(np.ones((1, len(pair.doc_ids)))), len(ontology.spans))


def _leaves(tree: Figures, path: tuple[str, ...] = ()) -> Leaves:
    """Return the leaves of a tree by path."""
    found: Leaves = {}
    for name, branch in tree.items():
        found |= _leaves(branch, (*path, name)) if isinstance(branch, dict) else {(*path, name): branch}
    return found


def _branches(tree: Figures) -> Figures:
    """Return a tree without its leaves; branches that have none under this ontology are among them."""
    return {name: _branches(branch) for name, branch in tree.items() if isinstance(branch, dict)}


def _mean(trees: Sequence[Leaves]) -> Leaves:
    """Return the mean of each measure over the trees that define it, and the sum of each count."""
    found: Leaves = {}
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


def _nested(branches: Figures, values: Leaves, drawn: Leaves) -> Figures:
    """Return leaves as a tree of counts and of {"value", "low", "high"}. drawn: the measures on each draw."""
    tree = _branches(branches)
    for path, (value, *_) in values.items():
        branch = tree
        for name in path[:-1]:
            branch = branch.setdefault(name, {})
        if value.dtype.kind != "f":
            branch[path[-1]] = int(value)
            continue
        interval = intervals.interval(drawn[path], CONFIDENCE) if path in drawn else None
        low, high = (interval or (None, None)) if not np.isnan(value) else (None, None)
        branch[path[-1]] = {
            "value": None if np.isnan(value) else _rounded(float(value)),
            "low": _rounded(low),
            "high": _rounded(high),
        }
    return tree


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS) + 0.0  # no -0.0
