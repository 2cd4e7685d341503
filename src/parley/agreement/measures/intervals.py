"""Percentile intervals by drawing articles anew.

Efron & Tibshirani (1993): as many articles as there are get drawn with replacement, over and over, and each
figure is computed on each draw; the interval is the middle 95 % of them. Articles are drawn, not labels,
as labels of one article are not independent. All measures are functions of sums over articles, so a draw
costs a weighted sum. A draw in which a figure is undefined (0/0) says nothing about it and is left out of its
interval. With few articles intervals are rough, and too narrow if anything: five articles can be drawn in 126
ways only.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parley.agreement.measures.labels import Floats

_CELLS = 2_000_000  # numbers held at once for a chunk of draws


def weights(documents: int, draws: int, seed: int, width: int = 1) -> Iterator[Floats]:
    """Yield how often each document is drawn, (some draws, documents), until `draws` are done.

    seed: equal seeds give equal draws on every machine. width: numbers that one draw needs, which bounds
    how many draws are yielded at once.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    at_once = max(1, min(draws, _CELLS // max(documents, width, 1)))
    for begin in range(0, draws, at_once):
        rows = min(at_once, draws - begin)
        drawn = generator.integers(0, documents, size=(rows, documents))
        place = drawn + documents * np.arange(rows)[:, None]
        yield np.bincount(place.ravel(), minlength=rows * documents).reshape(rows, documents).astype(float)


def interval(values: Floats, confidence: float = 0.95) -> tuple[float, float] | None:
    """Return the percentile interval of a figure over draws, None if no draw defines it."""
    defined = values[~np.isnan(values)]
    if not defined.size:
        return None
    tail = (1 - confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)
