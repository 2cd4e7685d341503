"""Symmetric relations as clusters: spans tied together, whichever pairs were drawn.

Three mentions of one thing can be tied by two links in three ways. As relations those disagree; as clusters,
the connected components of the links, they are the same. B³ compares clusters on matched spans that at
least one annotator tied to another.
"""

from __future__ import annotations

import numpy as np

from parley.agreement.measures.joint import Joint
from parley.agreement.measures.matching import Matching
from parley.agreement.measures.sides import Ints, Side


def cluster_joint(first: Side, second: Side, matching: Matching, relation: int, base: int) -> Joint:
    """Return the clusters in which each matched span stands.

    relation: index of a symmetric relation. base: added to cluster numbers, which are rows of spans, so that
    those of several batches do not meet.
    """
    tied_a, cluster_a = components(first, relation)
    tied_b, cluster_b = components(second, relation)
    rows_a, rows_b = matching.pairs
    kept = tied_a[rows_a] | tied_b[rows_b]
    rows_a, rows_b = rows_a[kept], rows_b[kept]
    return Joint.of(first.doc[rows_a], cluster_a[rows_a] + base, cluster_b[rows_b] + base)


def components(side: Side, relation: int) -> tuple[Ints, Ints]:
    """Return for each span whether it is tied to another, and the first row of its cluster."""
    chosen = side.relation_label == relation
    head, tail = side.head[chosen], side.tail[chosen]
    tied = np.zeros(side.doc.size, dtype=bool)
    tied[head] = tied[tail] = True
    root = np.arange(side.doc.size)
    while True:  # each round halves the longest chain: hook both ends to the lower root, then jump
        low = np.minimum(root[head], root[tail])
        before = root.copy()
        np.minimum.at(root, before[head], low)
        np.minimum.at(root, before[tail], low)
        root = root[root]
        if np.array_equal(root, before):
            return tied, root
