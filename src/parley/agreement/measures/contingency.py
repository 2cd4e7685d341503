"""What two annotators said of the same items: agreement, and agreement beyond chance.

A contingency table counts, for each document, how often the first annotator gave one value and the second
another. It is sparse: values may be the thousands of ids of entities.csv. Sums over documents, weighted for
the bootstrap, are taken first, and every measure is a function of such sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parley.agreement.measures.labels import Flags, Floats, Ints

NOTHING = -1  # the value of an annotator who gave none


@dataclass(frozen=True)
class Contingency:
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
    def of(cls, doc: Ints, first: Ints, second: Ints, times: Ints | None = None) -> Contingency:
        """Return the counts of items given one by one, or with how often each occurs."""
        low = min(NOTHING, int(first.min(initial=0)), int(second.min(initial=0)))
        width = 1 - low + max(int(first.max(initial=0)), int(second.max(initial=0)))
        values, pair = np.unique((first - low) * width + second - low, return_inverse=True)
        number = max(len(values), 1)
        rows, row = np.unique(doc * number + pair.reshape(-1), return_inverse=True)
        sums = np.bincount(row.reshape(-1), weights=times, minlength=len(rows)).astype(np.int64)
        return cls(rows // number, rows % number, sums, values // width + low, values % width + low)

    @classmethod
    def merged(cls, tables: Sequence[Contingency], documents: Sequence[int]) -> Contingency:
        """Return tables of different documents as one. documents: how many come before those of each."""
        return cls.of(
            np.concatenate([t.doc + before for t, before in zip(tables, documents, strict=True)]),
            np.concatenate([t.first[t.pair] for t in tables]),
            np.concatenate([t.second[t.pair] for t in tables]),
            np.concatenate([t.times for t in tables]),
        )

    def renumbered(self, numbers: Ints) -> Contingency:
        """Return the counts with other numbers for the values. numbers: old → new; NOTHING stays."""
        table = np.append(numbers, NOTHING)  # NOTHING is -1: the last
        return replace(self, first=table[self.first], second=table[self.second])

    def where(self, kept: Flags) -> Contingency:
        """Return the counts of some pairs of values. kept: a flag a pair."""
        rows = kept[self.pair]
        place = np.cumsum(kept) - 1
        return Contingency(
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


def value_figures(table: Contingency, sums: Floats) -> dict[str, Any]:
    """Return the number of items, their agreement and kappa, (draws,)."""
    return {
        "items": sums.sum(axis=1).astype(np.int64),
        "agreement": agreement(table, sums),
        "kappa": kappa(table, sums),
    }


def ratio(part: Floats, whole: Floats) -> Floats:
    """Return part / whole, NaN if the whole is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def agreement(table: Contingency, sums: Floats) -> Floats:
    """Return the share of items with equal values, (draws,); NaN if there are no items."""
    return ratio(sums[:, table.first == table.second].sum(axis=1), sums.sum(axis=1))


def kappa(table: Contingency, sums: Floats) -> Floats:
    """Return Cohen's kappa, (draws,): (observed - expected) / (1 - expected) agreement (Cohen 1960).

    NaN if there are no items, or both annotators gave all items one and the same value: then agreement by
    chance is certain and kappa is 0/0. 20 times yes and yes, 5 yes and no, 10 no and yes, 15 no and no:
    observed 0.7, expected 0.5, kappa 0.4.
    """
    all_items = sums.sum(axis=1)
    same = sums[:, table.first == table.second].sum(axis=1)
    values_a, sums_a = margin(table.first, sums)
    values_b, sums_b = margin(table.second, sums)
    _, place_a, place_b = np.intersect1d(values_a, values_b, return_indices=True)
    chance = (sums_a[:, place_a] * sums_b[:, place_b]).sum(axis=1)
    return ratio(same * all_items - chance, all_items * all_items - chance)


def binary_kappa(both: Floats, first: Floats, second: Floats, items: Floats) -> Floats:
    """Return Cohen's kappa of a yes/no decision on `items` from its yes counts: both, first's, second's."""
    same = items - first - second + 2 * both
    chance = first * second + (items - first) * (items - second)
    return ratio(same * items - chance, items * items - chance)


def margin(values: Ints, sums: Floats) -> tuple[Ints, Floats]:
    """Return the distinct values of one annotator and the sums of each, (draws, values)."""
    distinct, place = np.unique(values, return_inverse=True)
    if not len(distinct):
        return distinct, sums
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(distinct)))
    return distinct, np.add.reduceat(sums[:, order], starts, axis=1)
