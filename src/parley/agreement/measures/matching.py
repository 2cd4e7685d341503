"""Which span of one annotator corresponds to which span of the other.

Two spans of one label are an *exact* pair if their offsets are equal. The *relaxed* matching pairs spans of
one label that share at least one code point, one to one: of all overlapping pairs the one with the largest
overlap over union (Jaccard) is taken first, and its two spans are out. So every exact pair is a relaxed pair,
no span is counted twice however many spans it covers, and the matching is maximal: no two overlapping spans
of a label are both left alone. MUC scoring aligns key and response one to one too (Chinchor & Sundheim 1993).
The agr of Wiebe, Wilson & Cardie (2005), in which one long span may correspond to many short ones, is not
used, as it grows when an annotator lumps spans together.

Cost: O((n + k) log(n + k)) for n spans and k overlapping pairs of one label. If at most d spans of a label
and annotator cover one place, k ≤ 2dn: O(n log n) for any fixed depth of nesting.

If labels do not matter only the number of pairs does, and the *blind* matching is a largest one: it never has
fewer pairs than any matching that asks for more.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from parley.agreement.measures.labels import Ints, Spans, joint_codes


@dataclass(frozen=True)
class Matching:
    """A one-to-one matching of spans.

    forth: for each span of the first annotator the row of its partner, -1 if it has none; back: the same for
    each span of the second.
    """

    forth: Ints
    back: Ints

    @property
    def pairs(self) -> tuple[Ints, Ints]:
        """Rows of the matched spans, of the first and of the second annotator."""
        first = np.flatnonzero(self.forth >= 0)
        return first, self.forth[first]


def exact(first: Spans, second: Spans) -> Matching:
    """Match spans of equal label and offsets."""
    a, b = joint_codes(
        (first.doc, first.label, first.start, first.end), (second.doc, second.label, second.start, second.end)
    )
    _, rows_a, rows_b = np.intersect1d(a, b, return_indices=True)
    return _matching(len(a), len(b), rows_a, rows_b)


def relaxed(first: Spans, second: Spans) -> Matching:
    """Match overlapping spans of equal label one to one, the largest overlap over union first.

    A span 0:10 of the first and spans 0:3 and 4:10 of the second give the one pair 0:10, 4:10.
    """
    groups = joint_codes((first.doc, first.label), (second.doc, second.label))
    a, b = overlapping(first, second, *groups)
    low, high = np.maximum(first.start[a], second.start[b]), np.minimum(first.end[a], second.end[b])
    left, right = np.minimum(first.start[a], second.start[b]), np.maximum(first.end[a], second.end[b])
    share = (high - low) / (right - left)
    # Ties are broken by what does not change if the two annotators change places: the measure is symmetric.
    order = np.lexsort((right, high, low, left, -share))
    forth, back = [-1] * first.doc.size, [-1] * second.doc.size
    for i, j in zip(a[order].tolist(), b[order].tolist(), strict=True):
        if forth[i] < 0 and back[j] < 0:
            forth[i], back[j] = j, i
    return Matching(np.array(forth, dtype=np.int64), np.array(back, dtype=np.int64))


def blind(first: Spans, second: Spans) -> Matching:
    """Match as many overlapping spans as can be, one to one, whatever their labels.

    Spans are taken by their end. The one that ends first, if still free, gets of the free spans of the other
    annotator that it overlaps the one that ends first. That is a largest matching: all spans it could get
    contain its last code point, so another partner of the one it gets overlaps whatever else it could have
    got, and the two can be exchanged. O(n log n).
    """
    reach = 1 + max(int(first.end.max(initial=0)), int(second.end.max(initial=0)))
    rows = [np.flatnonzero(one.end > one.start) for one in (first, second)]
    of = [0] * len(rows[0]) + [1] * len(rows[1])  # whose span it is
    start, end = (
        np.concatenate(
            [
                one.doc[own] * reach + getattr(one, edge)[own]
                for one, own in zip((first, second), rows, strict=True)
            ]
        ).tolist()
        for edge in ("start", "end")
    )
    row = np.concatenate(rows).tolist()
    by_start = sorted(range(len(row)), key=start.__getitem__)
    begun: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])  # heaps of (end, span)
    free, next_start, taken = [True] * len(row), 0, []
    for span in sorted(range(len(row)), key=end.__getitem__):
        while next_start < len(row) and start[by_start[next_start]] < end[span]:
            other = by_start[next_start]
            heapq.heappush(begun[of[other]], (end[other], other))
            next_start += 1
        if not free[span]:
            continue
        free[span] = False
        candidates = begun[1 - of[span]]
        while candidates and not free[candidates[0][1]]:
            heapq.heappop(candidates)
        if candidates:
            partner = heapq.heappop(candidates)[1]
            free[partner] = False
            taken.append((span, partner) if of[span] == 0 else (partner, span))
    pairs = np.array([(row[i], row[j]) for i, j in taken], dtype=np.int64).reshape(-1, 2)
    return _matching(first.doc.size, second.doc.size, pairs[:, 0], pairs[:, 1])


def overlapping(first: Spans, second: Spans, group_a: Ints, group_b: Ints) -> tuple[Ints, Ints]:
    """Return the rows of every pair of spans that are of one group and share a code point.

    group_a, group_b: a number a span; only spans of one number are compared.
    """
    reach = 1 + max(int(first.end.max(initial=0)), int(second.end.max(initial=0)))
    start_a, start_b = group_a * reach + first.start, group_b * reach + second.start
    end_a, end_b = group_a * reach + first.end, group_b * reach + second.end
    # Either b begins inside a, or a begins after b's beginning and inside b: both are runs of sorted starts.
    into_a, found_b = _inside(start_a, end_a, start_b)
    into_b, found_a = _inside(start_b + 1, end_b, start_a)
    a, b = np.concatenate([into_a, found_a]), np.concatenate([found_b, into_b])
    sound = np.minimum(end_a[a], end_b[b]) > np.maximum(start_a[a], start_b[b])  # not so for empty spans
    return a[sound], b[sound]


def _inside(low: Ints, high: Ints, points: Ints) -> tuple[Ints, Ints]:
    """Return all pairs (interval, point) with low ≤ point < high."""
    order = np.argsort(points, kind="stable")
    begin, end = np.searchsorted(points[order], low), np.searchsorted(points[order], high)
    size = np.maximum(end - begin, 0)
    interval = np.repeat(np.arange(len(low)), size)
    within = np.arange(len(interval)) - np.repeat(np.cumsum(size) - size, size)
    return interval, order[np.repeat(begin, size) + within]


def _matching(size_a: int, size_b: int, rows_a: Ints, rows_b: Ints) -> Matching:
    forth, back = np.full(size_a, -1, dtype=np.int64), np.full(size_b, -1, dtype=np.int64)
    forth[rows_a], back[rows_b] = rows_b, rows_a
    return Matching(forth, back)


def align(key_a: Ints, value_a: Ints, key_b: Ints, value_b: Ints) -> tuple[Ints, Ints, Ints]:
    """Pair the values that two annotators gave to the same keys: (key, first value, second), -1 for none.

    A key may have several values of one annotator: equal values are paired first, the rest in order of value,
    and what is left over is paired with none.
    """
    both_a, both_b = joint_codes((key_a, value_a), (key_b, value_b))
    _, same_a, same_b = np.intersect1d(both_a, both_b, return_indices=True)
    rest_a, rest_b = np.delete(np.arange(len(key_a)), same_a), np.delete(np.arange(len(key_b)), same_b)
    rest_a, rank_a = _ranked(rest_a, key_a, value_a)
    rest_b, rank_b = _ranked(rest_b, key_b, value_b)
    place_a, place_b = joint_codes((key_a[rest_a], rank_a), (key_b[rest_b], rank_b))
    _, other_a, other_b = np.intersect1d(place_a, place_b, return_indices=True)
    alone_a, alone_b = np.delete(rest_a, other_a), np.delete(rest_b, other_b)
    other_a, other_b = rest_a[other_a], rest_b[other_b]
    none_a, none_b = np.full(len(alone_a), -1), np.full(len(alone_b), -1)
    return (
        np.concatenate([key_a[same_a], key_a[other_a], key_a[alone_a], key_b[alone_b]]),
        np.concatenate([value_a[same_a], value_a[other_a], value_a[alone_a], none_b]),
        np.concatenate([value_b[same_b], value_b[other_b], none_a, value_b[alone_b]]),
    )


def _ranked(rows: Ints, key: Ints, value: Ints) -> tuple[Ints, Ints]:
    """Return rows sorted by key and value, and the place of each within its key."""
    rows = rows[np.lexsort((value[rows], key[rows]))]
    _, first, size = np.unique(key[rows], return_index=True, return_counts=True)
    return rows, np.arange(len(rows)) - np.repeat(first, size)
