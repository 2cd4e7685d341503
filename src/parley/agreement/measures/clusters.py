"""Mentions of one thing as clusters: by the links of a symmetric relation, or by the entity they name.

Three mentions of one thing can be linked in three ways by two links. As relations those disagree; as
clusters, the connected components of the links, they are the same. B³ compares clusters on matched spans that
at least one annotator linked to another. Two rows of entities.csv for one thing are forgiven too if they are
used consistently.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parley.agreement.measures.contingency import NOTHING, Contingency, agreement, margin, ratio
from parley.agreement.measures.labels import Floats, Ints, Labels
from parley.agreement.measures.matching import Matching


def cluster_table(first: Labels, second: Labels, matching: Matching, relation: int) -> Contingency:
    """Return the clusters of each matched span; a cluster's number is the row of its first span.

    relation: index of a symmetric relation.
    """
    linked_a, cluster_a = components(first, relation)
    linked_b, cluster_b = components(second, relation)
    rows_a, rows_b = matching.pairs
    kept = linked_a[rows_a] | linked_b[rows_b]
    rows_a, rows_b = rows_a[kept], rows_b[kept]
    return Contingency.of(first.doc[rows_a], cluster_a[rows_a], cluster_b[rows_b])


def components(labels: Labels, relation: int) -> tuple[Ints, Ints]:
    """Return for each span whether it is linked to another, and the first row of its cluster."""
    chosen = labels.relation_label == relation
    head, tail = labels.head[chosen], labels.tail[chosen]
    linked = np.zeros(labels.doc.size, dtype=bool)
    linked[head] = linked[tail] = True
    root = np.arange(labels.doc.size)
    while True:  # each round halves the longest chain: hook both ends to the lower root, then jump
        low = np.minimum(root[head], root[tail])
        before = root.copy()
        np.minimum.at(root, before[head], low)
        np.minimum.at(root, before[tail], low)
        root = root[root]
        if np.array_equal(root, before):
            return linked, root


def linking_figures(table: Contingency, sums: Floats) -> dict[str, Any]:
    """Return the share of equal ids, and B³, over matched mentions whose entity both annotators name."""
    both = (table.first != NOTHING) & (table.second != NOTHING)
    table, sums = table.where(both), sums[:, both]
    return {"same": agreement(table, sums), "b_cubed": cluster_figures(table, sums)}


def cluster_figures(table: Contingency, sums: Floats) -> dict[str, Any]:
    """Return the number of mentions and their B³, the first annotator's clusters as the key."""
    precision, recall, f1 = b_cubed(table, sums)
    return {"items": sums.sum(axis=1).astype(np.int64), "precision": precision, "recall": recall, "f1": f1}


def b_cubed(table: Contingency, sums: Floats) -> tuple[Floats, Floats, Floats]:
    """Return B³ precision, recall and F1, (draws,), of the second's clusters compared with the first's.

    Bagga & Baldwin (1998): a mention's precision is the share of its cluster by the second that is in its
    cluster by the first; recall the other way round; both averaged over mentions. Items are mentions, values
    are names of clusters, equal or not: only which mentions are together counts.
    """
    items = sums.sum(axis=1)
    inside = sums * sums
    precision = ratio(_ratio_sum(inside, _spread(table.second, sums)), items)
    recall = ratio(_ratio_sum(inside, _spread(table.first, sums)), items)
    return precision, recall, ratio(2 * precision * recall, precision + recall)


def _ratio_sum(part: Floats, whole: Floats) -> Floats:
    """Return the sum over the last axis of part / whole, 0 for 0/0."""
    sums: Floats = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0).sum(axis=1)
    return sums


def _spread(values: Ints, sums: Floats) -> Floats:
    """Return for each pair of values the sum of all pairs that share its value, (draws, pairs)."""
    distinct, margins = margin(values, sums)
    return margins[:, np.searchsorted(distinct, values)]
