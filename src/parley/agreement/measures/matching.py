"""Which span of one annotator answers to which span of the other.

Two spans of one label are an *exact* pair where their offsets are equal. The *relaxed* matching pairs spans
of one label that share at least one code point, one to one: of all overlapping pairs the one with the
largest overlap over union (Jaccard) is taken first, and its two spans are out. So every exact pair is a
relaxed pair, no span is counted twice however many spans it covers, and the matching is maximal: no two
overlapping spans of a label are both left alone. One to one is how MUC scoring aligns key and response
(Chinchor & Sundheim 1993); the agr of Wiebe, Wilson & Cardie (2005), where one long span may answer to many
short ones, is not used, as it grows when an annotator lumps spans together.

Cost: O((n + k) log(n + k)) for n spans and k overlapping pairs of one label. Where at most d spans of a label
and annotator cover one place, k ≤ 2dn: O(n log n) for any fixed depth of nesting.

Without regard to labels only the number of pairs matters, and the *blind* matching is a largest one: never
fewer pairs than any matching that asks for more.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from parley.agreement.measures.sides import Ints, Side, joint_codes


@dataclass(frozen=True)
class Matching:
    """A one-to-one matching of spans.

    forth: for each span of the first side the row of its partner in the second, -1 where it has none;
    back: the same from the second side.
    """

    forth: Ints
    back: Ints

    @property
    def pairs(self) -> tuple[Ints, Ints]:
        """Rows of the matched spans, of the first and of the second side."""
        first = np.flatnonzero(self.forth >= 0)
        return first, self.forth[first]


def exact(first: Side, second: Side) -> Matching:
    """Match spans of equal label and offsets."""
    a, b = joint_codes(
        (first.doc, first.label, first.start, first.end), (second.doc, second.label, second.start, second.end)
    )
    _, rows_a, rows_b = np.intersect1d(a, b, return_indices=True)
    return _matching(len(a), len(b), rows_a, rows_b)


def relaxed(first: Side, second: Side) -> Matching:
    """Match overlapping spans of equal label one to one, the largest overlap over union first."""
    groups = joint_codes((first.doc, first.label), (second.doc, second.label))
    a, b = overlapping(first, second, *groups)
    low, high = np.maximum(first.start[a], second.start[b]), np.minimum(first.end[a], second.end[b])
    left, right = np.minimum(first.start[a], second.start[b]), np.maximum(first.end[a], second.end[b])
    share = (high - low) / (right - left)
    # Ties are broken by what does not change when the two sides change places: the measure is symmetric.
    order = np.lexsort((right, high, low, left, -share))
    return _greedy(first.doc.size, second.doc.size, a[order], b[order])


def blind(first: Side, second: Side) -> Matching:
    """Match as many overlapping spans as can be, one to one, whatever their labels.

    Spans are taken by their end. The one that ends first, if still free, gets of the free spans of the other
    side that it meets the one that ends first. That is a largest matching: all spans it could be given hold
    its last code point, so another partner of the one it gets overlaps whatever else it could have got, and
    the two can be exchanged. O(n log n).
    """
    reach = 1 + max(int(first.end.max(initial=0)), int(second.end.max(initial=0)))
    sides, starts, ends, rows = [], [], [], []
    for number, side in enumerate((first, second)):
        real = np.flatnonzero(side.end > side.start)
        sides.append(np.full(len(real), number))
        starts.append(side.doc[real] * reach + side.start[real])
        ends.append(side.doc[real] * reach + side.end[real])
        rows.append(real)
    side_of, start, end, row = (np.concatenate(parts).tolist() for parts in (sides, starts, ends, rows))
    by_start = sorted(range(len(row)), key=start.__getitem__)
    waiting: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    free, begun, taken = [True] * len(row), 0, []
    for span in sorted(range(len(row)), key=end.__getitem__):
        while begun < len(row) and start[by_start[begun]] < end[span]:
            other = by_start[begun]
            heapq.heappush(waiting[side_of[other]], (end[other], other))
            begun += 1
        if not free[span]:
            continue
        free[span] = False
        candidates = waiting[1 - side_of[span]]
        while candidates and not free[candidates[0][1]]:
            heapq.heappop(candidates)
        if candidates:
            partner = heapq.heappop(candidates)[1]
            free[partner] = False
            taken.append((span, partner) if side_of[span] == 0 else (partner, span))
    pairs = np.array([(row[i], row[j]) for i, j in taken], dtype=np.int64).reshape(-1, 2)
    return _matching(first.doc.size, second.doc.size, pairs[:, 0], pairs[:, 1])


def overlapping(first: Side, second: Side, group_a: Ints, group_b: Ints) -> tuple[Ints, Ints]:
    """Return the rows of every pair of spans that lie in one group and share a code point.

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


def _greedy(size_a: int, size_b: int, a: Ints, b: Ints) -> Matching:
    """Take the pairs in order, each if both its spans are still free."""
    forth, back = [-1] * size_a, [-1] * size_b
    for i, j in zip(a.tolist(), b.tolist(), strict=True):
        if forth[i] < 0 and back[j] < 0:
            forth[i], back[j] = j, i
    return Matching(np.array(forth, dtype=np.int64), np.array(back, dtype=np.int64))


def _matching(size_a: int, size_b: int, rows_a: Ints, rows_b: Ints) -> Matching:
    forth, back = np.full(size_a, -1, dtype=np.int64), np.full(size_b, -1, dtype=np.int64)
    forth[rows_a], back[rows_b] = rows_b, rows_a
    return Matching(forth, back)


def align(key_a: Ints, value_a: Ints, key_b: Ints, value_b: Ints) -> tuple[Ints, Ints, Ints]:
    """Pair what two annotators said of the same places: (key, first value, second value), -1 for nothing.

    A place may carry several values of one annotator: equal values are paired first, the rest in order of
    value, and what is left over stands against nothing.
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
