"""What two annotators said of the same items: agreement, and agreement beyond chance.

A contingency table counts, for each document, how often the first annotator gave one value and the second
another. It is sparse: values may be the thousands of ids of entities.csv. Its sums over documents, weighted
for the bootstrap, are a crosstab, and every measure is a function of such sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.agreement.measures.matching import (
    NOTHING,
    Flags,
    Floats,
    Ints,
    given,
    joint_codes,
    small,
)
from parley.runtime.lazy_imports import UNUSED_BY_SCIPY, deferred

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True)
class Contingency:
    """Counts by document: a row a document and pair of values, equal numbers are equal values.

    values: what the numbers mean, if they are not those of the ontology.
    """

    doc: Ints
    first: Ints
    second: Ints
    times: Ints
    values: Sequence[str] = ()

    @classmethod
    def of(cls, doc: Ints, first: Ints, second: Ints, times: Ints | None = None) -> Contingency:
        """Return the counts of items given one by one, or with how often each occurs."""
        none = np.zeros(0, np.int64)  # one number a row: numpy sorts rows of three many times slower
        codes, _ = joint_codes((doc, first - NOTHING, second - NOTHING), (none, none, none))
        _, rows, row = np.unique(codes, return_index=True, return_inverse=True)
        sums = np.bincount(row, times, minlength=len(rows)).astype(np.int64)
        return cls(doc[rows], first[rows], second[rows], sums)

    @classmethod
    def of_values(cls, doc: Ints, first: Sequence[pa.Array], second: Sequence[pa.Array]) -> Contingency:
        """Return the counts of items given one by one, with values as strings, null for NOTHING."""
        encoded = pa.chunked_array([*first, *second], pa.string()).combine_chunks().dictionary_encode()
        numbers = pc.fill_null(encoded.indices, NOTHING).to_numpy(zero_copy_only=False).astype(np.int64)
        return replace(cls.of(doc, *np.split(numbers, 2)), values=encoded.dictionary.to_pylist())

    @classmethod
    def merged(cls, tables: Sequence[Contingency], documents: Sequence[int]) -> Contingency:
        """Return tables of different documents as one. documents: how many come before those of each."""
        known: dict[str, int] = {}
        columns = []
        for table, before in zip(tables, documents, strict=True):
            first, second = table.first, table.second
            if table.values:
                numbers = np.array([known.setdefault(value, len(known)) for value in table.values])
                first, second = given(numbers, first), given(numbers, second)
            columns.append((table.doc.astype(np.int32) + np.int32(before), first, second, table.times))
        doc, first, second, times = map(np.concatenate, zip(*columns, strict=True))
        return cls(doc, first, second, times, list(known)).small()

    def small(self) -> Contingency:
        """Return the same counts in as few bytes as they need: this is what is kept of a batch."""
        doc, first, second, times = map(small, (self.doc, self.first, self.second, self.times))
        return Contingency(doc, first, second, times, self.values)

    @cached_property
    def pairs(self) -> tuple[Ints, csr_array]:
        """The first row of each pair of values, and how often it occurs in documents, (pairs, documents)."""
        with deferred(*UNUSED_BY_SCIPY):
            from scipy.sparse import csr_array

        none = np.zeros(0, np.int64)
        values = (column.astype(np.int64) - NOTHING for column in (self.first, self.second))
        codes, _ = joint_codes((*values,), (none, none))
        _, rows, pair = np.unique(codes, return_index=True, return_inverse=True)
        shape = len(rows), 1 + int(self.doc.astype(np.int64).max(initial=-1))
        return rows, csr_array((self.times.astype(float), (pair, self.doc)), shape=shape)

    def crosstab(self, weights: Floats) -> Crosstab:
        """Return the sums over documents. weights: how often each is drawn, (draws, documents).

        Quicker if the weights of a document are beside each other in memory.
        """
        rows, by_pair = self.pairs
        sums = by_pair @ weights.T[: by_pair.shape[1]]
        first, second = (column[rows].astype(np.int64) for column in (self.first, self.second))
        return Crosstab(first, second, np.ascontiguousarray(sums.T))


@dataclass(frozen=True)
class Crosstab:
    """How often both annotators gave each pair of values, in each draw of documents: (draws, pairs)."""

    first: Ints
    second: Ints
    sums: Floats

    @property
    def items(self) -> Floats:
        """The number of items, (draws,)."""
        items: Floats = self.sums.sum(axis=1)
        return items

    def where(self, kept: Flags) -> Crosstab:
        """Return some pairs of values. kept: a flag a pair."""
        return Crosstab(self.first[kept], self.second[kept], self.sums[:, kept])

    def of_both(self) -> Crosstab:
        """Return the items to which both annotators gave a value."""
        return self.where((self.first != NOTHING) & (self.second != NOTHING))


def value_figures(table: Crosstab) -> dict[str, Any]:
    """Return the number of items, their agreement and kappa, (draws,)."""
    return {"items": table.items.astype(np.int64), "agreement": agreement(table), "kappa": kappa(table)}


def ratio(part: Floats, whole: Floats) -> Floats:
    """Return part / whole, NaN if the whole is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def agreement(table: Crosstab) -> Floats:
    """Return the share of items with equal values, (draws,); NaN if there are no items."""
    return ratio(table.where(table.first == table.second).items, table.items)


def kappa(table: Crosstab) -> Floats:
    """Return Cohen's kappa, (draws,): (observed - expected) / (1 - expected) agreement (Cohen 1960).

    NaN if there are no items, or both annotators gave all items one and the same value: then agreement by
    chance is certain and kappa is 0/0. 20 times yes and yes, 5 yes and no, 10 no and yes, 15 no and no:
    observed 0.7, expected 0.5, kappa 0.4.
    """
    values_a, sums_a = margin(table.first, table.sums)
    values_b, sums_b = margin(table.second, table.sums)
    _, place_a, place_b = np.intersect1d(values_a, values_b, return_indices=True)
    chance = (sums_a[:, place_a] * sums_b[:, place_b]).sum(axis=1)
    same, items = table.where(table.first == table.second).items, table.items
    return ratio(same * items - chance, items * items - chance)


def binary_kappa(both: Floats, first: Floats, second: Floats, items: Floats) -> Floats:
    """Return Cohen's kappa of a yes/no decision on `items` from its yes counts: both, first's, second's."""
    same = items - first - second + 2 * both
    chance = first * second + (items - first) * (items - second)
    return ratio(same * items - chance, items * items - chance)


def margin(values: Ints, sums: Floats) -> tuple[Ints, Floats]:
    """Return the distinct values of one annotator and the sums of each, (draws, values)."""
    order = np.argsort(values, kind="stable")
    distinct, starts = np.unique(values[order], return_index=True)
    return distinct, np.add.reduceat(sums[:, order], starts, axis=1)
