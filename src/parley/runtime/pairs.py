"""Pairs of rows that share a key: the join of near duplicates, on one machine."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]


def pairs(keys: Keys) -> tuple[Rows, Rows]:
    """Return each pair of rows that share a key, once: the lower rows ascending, and the higher ones.

    keys: (rows, keys of each). O(n log n) for n rows and the pairs found.
    """
    found = np.empty(0, np.int64)
    for band in keys.T:
        order = np.argsort(band, kind="stable")
        ordered = band[order]
        parts, left, apart = [found], np.arange(len(order)), 1
        # Equal keys are in runs: if the key `apart` places on is equal, so are those between.
        while (left := left[: np.searchsorted(left, len(order) - apart)]).size:
            left = left[ordered[left] == ordered[left + apart]]
            parts.append(order[left] * len(order) + order[left + apart])  # stable: the lower row is first
            apart += 1
        found = np.unique(np.concatenate(parts))
    return found // max(len(keys), 1), found % max(len(keys), 1)


def stacked(parts: Iterable[Keys], rows: int) -> Keys:
    """Return the keys of batches as one array of `rows` rows; each batch is dropped once it is copied."""
    found, begin = np.empty((0, 0), np.uint64), 0
    for part in parts:
        if not begin:
            found = np.empty((rows, part.shape[1]), np.uint64)
        found[begin : begin + len(part)] = part
        begin += len(part)
    return found
