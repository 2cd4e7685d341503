"""What two annotators said of the same things: agreement beyond chance, and clusters.

A `Joint` counts, for each document, how often the first annotator gave one value where the second gave
another. It is sparse: values may be the thousands of ids of entities.csv. Sums over documents, weighted for
the bootstrap, are taken first, and every measure here is a function of such sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from parley.agreement.measures.sides import Flags, Floats, Ints

NOTHING = -1  # the value of an annotator who gave none


@dataclass(frozen=True)
class Joint:
    """Counts of value pairs by document.

    doc, pair, times: a row a document and pair of values. first, second: the two values of each pair; equal
    numbers are equal values.
    """

    doc: Ints
    pair: Ints
    times: Ints
    first: Ints
    second: Ints

    @classmethod
    def of(cls, doc: Ints, first: Ints, second: Ints, times: Ints | None = None) -> Joint:
        """Return the counts of items given one by one, or with how often each occurs."""
        low = min(NOTHING, int(first.min(initial=0)), int(second.min(initial=0)))
        width = 1 - low + max(int(first.max(initial=0)), int(second.max(initial=0)))
        values, pair = np.unique((first - low) * width + second - low, return_inverse=True)
        number = max(len(values), 1)
        rows, row = np.unique(doc * number + pair.reshape(-1), return_inverse=True)
        sums = np.bincount(row.reshape(-1), weights=times, minlength=len(rows)).astype(np.int64)
        return cls(rows // number, rows % number, sums, values // width + low, values % width + low)

    @classmethod
    def together(cls, parts: Sequence[Joint]) -> Joint:
        """Return the counts of several batches as one."""
        return cls.of(
            np.concatenate([p.doc for p in parts]),
            np.concatenate([p.first[p.pair] for p in parts]),
            np.concatenate([p.second[p.pair] for p in parts]),
            np.concatenate([p.times for p in parts]),
        )

    def after(self, documents: int) -> Joint:
        """Return the counts with so many documents before theirs."""
        return replace(self, doc=self.doc + documents)

    def renumbered(self, numbers: Ints) -> Joint:
        """Return the counts with other numbers for the values. numbers: old → new; NOTHING stays."""
        table = np.append(numbers, NOTHING)  # NOTHING is -1: the last
        return replace(self, first=table[self.first], second=table[self.second])

    def where(self, kept: Flags) -> Joint:
        """Return the counts of the pairs of values that are kept; a flag a pair."""
        rows = kept[self.pair]
        place = np.cumsum(kept) - 1
        return Joint(
            self.doc[rows], place[self.pair[rows]], self.times[rows], self.first[kept], self.second[kept]
        )

    def sums(self, weights: Floats) -> Floats:
        """Return how often each pair of values occurs, (draws, pairs).

        weights: how often each document is drawn, (draws, documents).
        """
        sums = np.zeros((len(weights), len(self.first)))
        for draw, weight in enumerate(weights):
            sums[draw] = np.bincount(self.pair, self.times * weight[self.doc], minlength=len(self.first))
        return sums


def ratio(part: Floats, whole: Floats) -> Floats:
    """Return part / whole, NaN where the whole is nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def agreement(joint: Joint, sums: Floats) -> Floats:
    """Return the share of items given equal values, (draws,); NaN where there are no items."""
    return ratio(sums[:, joint.first == joint.second].sum(axis=1), sums.sum(axis=1))


def kappa(joint: Joint, sums: Floats) -> Floats:
    """Return Cohen's kappa, (draws,): (observed - expected) / (1 - expected) agreement (Cohen 1960).

    NaN where there are no items, and where both annotators gave all items one and the same value: then
    agreement by chance is certain and kappa is 0/0.
    """
    all_items = sums.sum(axis=1)
    same = sums[:, joint.first == joint.second].sum(axis=1)
    values_a, sums_a = _margin(joint.first, sums)
    values_b, sums_b = _margin(joint.second, sums)
    _, place_a, place_b = np.intersect1d(values_a, values_b, return_indices=True)
    chance = (sums_a[:, place_a] * sums_b[:, place_b]).sum(axis=1)
    return kappa_from_margins(same, chance, all_items)


def binary_kappa(both: Floats, first: Floats, second: Floats, items: Floats) -> Floats:
    """Return Cohen's kappa of a yes/no decision on `items` from its yes counts: both, first's, second's."""
    same = items - first - second + 2 * both
    chance = first * second + (items - first) * (items - second)
    return kappa_from_margins(same, chance, items)


def kappa_from_margins(same: Floats, chance: Floats, items: Floats) -> Floats:
    """Return kappa of `same` equal among `items`, with `chance` the sum of products of margins."""
    return ratio(same * items - chance, items * items - chance)


def b_cubed(joint: Joint, sums: Floats) -> tuple[Floats, Floats, Floats]:
    """Return B³ precision, recall and F1, (draws,), of the second's clusters held against the first's.

    Bagga & Baldwin (1998): a mention's precision is the share of its cluster in the second's eyes that is in
    its cluster in the first's; recall the other way round; both averaged over mentions. Items are mentions,
    values are cluster names, equal or not: only who stands with whom counts.
    """
    items = sums.sum(axis=1)
    inside = sums * sums
    precision = ratio(_ratio_sum(inside, _spread(joint.second, sums)), items)
    recall = ratio(_ratio_sum(inside, _spread(joint.first, sums)), items)
    return precision, recall, ratio(2 * precision * recall, precision + recall)


def _ratio_sum(part: Floats, whole: Floats) -> Floats:
    """Return the sum over the last axis of part / whole, where nothing of nothing is nothing."""
    sums: Floats = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0).sum(axis=1)
    return sums


def _margin(values: Ints, sums: Floats) -> tuple[Ints, Floats]:
    """Return the distinct values and the sums of each, (draws, values)."""
    distinct, place = np.unique(values, return_inverse=True)
    if not len(distinct):
        return distinct, sums
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(distinct)))
    return distinct, np.add.reduceat(sums[:, order], starts, axis=1)


def _spread(values: Ints, sums: Floats) -> Floats:
    """Return for each pair of values the sum of all pairs that share its value, (draws, pairs)."""
    distinct, margins = _margin(values, sums)
    return margins[:, np.searchsorted(distinct, values)]
