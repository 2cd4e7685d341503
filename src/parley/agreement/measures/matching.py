"""Labels as columns of numbers, and which span of one annotator corresponds to which span of the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import Batch
from parley.model.ontology import Ontology
from parley.runtime.lazy_imports import UNUSED_BY_SCIPY, deferred

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NOTHING = -1  # the row of no partner, the value of an annotator who gave none
_ROOM = 2**62  # products below this cannot overflow an int64


@dataclass(frozen=True)
class Spans:
    """Spans, a row each: the index of the document, the index of the label in the ontology, code points."""

    doc: Ints
    label: Ints
    start: Ints
    end: Ints

    def take(self, rows: Ints | Flags) -> Spans:
        """Return some of the spans."""
        return Spans(self.doc[rows], self.label[rows], self.start[rows], self.end[rows])


@dataclass(frozen=True)
class Labels(Spans):
    """Spans and relations of one annotator.

    relation_doc, relation_label, head, tail: a row a relation; head and tail are rows of the spans. table:
    the same spans as the batch has them, for ids, texts and attributes.
    """

    relation_doc: Ints
    relation_label: Ints
    head: Ints
    tail: Ints
    table: pa.Table


def labels_of(batch: Batch, annotator: str, doc_ids: Sequence[str], ontology: Ontology) -> Labels:
    """Return an annotator's labels on documents of a batch; a document's index is that in `doc_ids`.

    The layers are sound (`parley.validation.layer_faults`).
    """
    names, documents = (batch.layers[column] for column in ("annotator", "doc_id"))
    chosen = pa.array(doc_ids, pa.string())
    own = batch.of_layers(pc.and_(pc.equal(names, annotator), pc.is_in(documents, value_set=chosen)))
    doc = _indices(own.layers["doc_id"], doc_ids)
    spans, relations = own.spans, own.relations
    return Labels(
        doc[_ints(spans["layer"])],
        _indices(spans["label"], ontology.span_names),
        _ints(spans["start"]),
        _ints(spans["end"]),
        doc[_ints(relations["layer"])],
        _indices(relations["label"], ontology.relation_names),
        _ints(relations["head_row"]),
        _ints(relations["tail_row"]),
        spans,
    )


def joint_codes(first: Sequence[Ints], second: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Return a number for each row such that rows of both annotators have equal numbers if they are equal.

    first, second: the same columns of the two, none negative. The numbers sort as the rows do.
    """
    bounds = [
        1 + max(int(a.max(initial=0)), int(b.max(initial=0))) for a, b in zip(first, second, strict=True)
    ]
    if math.prod(bounds) < _ROOM:
        return np.ravel_multi_index(first, bounds), np.ravel_multi_index(second, bounds)
    rows = np.concatenate([np.stack(first, axis=1), np.stack(second, axis=1)])
    codes = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return codes[: len(first[0])], codes[len(first[0]) :]


def count(rows: int, width: int, row: Ints, column: Ints | None = None, weight: Ints | None = None) -> Ints:
    """Return how often each column occurs in each row, (rows, width).

    row, column: of each item; without `column` all items are in the first. weight: added instead of 1.
    """
    place = row * width if column is None else row * width + column
    sums = np.bincount(place, weights=weight, minlength=rows * width)
    return sums.astype(np.int64).reshape(rows, width)


def small(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return whole numbers in as few bytes as they need; shares as they are."""
    if numbers.dtype.kind == "f":
        return numbers
    least, most = (np.min_scalar_type(int(end(initial=0))) for end in (numbers.min, numbers.max))
    return numbers.astype(np.result_type(least, most))


@dataclass(frozen=True)
class Matching:
    """A one-to-one matching of spans.

    forth: for each span of the first annotator the row of its partner, NOTHING if it has none; back: the same
    for each span of the second.
    """

    forth: Ints
    back: Ints

    @classmethod
    def of(cls, first: Spans, second: Spans, rows_a: Ints, rows_b: Ints) -> Matching:
        """Return the matching of rows of the first with rows of the second."""
        forth, back = (np.full(len(spans.doc), NOTHING, dtype=np.int64) for spans in (first, second))
        forth[rows_a], back[rows_b] = rows_b, rows_a
        return cls(forth, back)

    @property
    def pairs(self) -> tuple[Ints, Ints]:
        """Rows of the matched spans, of the first and of the second annotator."""
        first = np.flatnonzero(self.forth >= 0)
        return first, self.forth[first]


def exact(first: Spans, second: Spans) -> Matching:
    """Match spans of equal label and offsets."""
    codes = joint_codes(
        (first.doc, first.label, first.start, first.end), (second.doc, second.label, second.start, second.end)
    )
    _, rows_a, rows_b = np.intersect1d(*codes, return_indices=True)
    return Matching.of(first, second, rows_a, rows_b)


def relaxed(first: Spans, second: Spans) -> Matching:
    """Match overlapping spans of equal label one to one, the largest overlap over union (Jaccard) first.

    A span 0:10 of the first and spans 0:3 and 4:10 of the second give the one pair 0:10, 4:10. So every exact
    pair is a relaxed pair, no span is counted twice however many spans it covers, and no two overlapping
    spans of a label are both left alone; MUC scoring aligns one to one too (Chinchor & Sundheim 1993). The
    agr of Wiebe, Wilson & Cardie (2005) is not used, as it grows if an annotator lumps spans together.
    O(n log n) for n spans, if their nesting has a fixed depth.
    """
    groups = joint_codes((first.doc, first.label), (second.doc, second.label))
    a, b = overlapping(first, second, *groups)
    low, high = np.maximum(first.start[a], second.start[b]), np.minimum(first.end[a], second.end[b])
    left, right = np.minimum(first.start[a], second.start[b]), np.maximum(first.end[a], second.end[b])
    share = (high - low) / (right - left)
    # Ties are broken by what does not change if the two annotators change places: the measure is symmetric.
    order = np.lexsort((right, high, low, left, -share))
    forth, back = [NOTHING] * first.doc.size, [NOTHING] * second.doc.size
    for i, j in zip(a[order].tolist(), b[order].tolist(), strict=True):
        if forth[i] < 0 and back[j] < 0:
            forth[i], back[j] = j, i
    return Matching(np.array(forth, dtype=np.int64), np.array(back, dtype=np.int64))


def blind(first: Spans, second: Spans) -> Matching:
    """Match as many overlapping spans as can be, one to one, whatever their labels (Hopcroft & Karp 1973)."""
    with deferred(*UNUSED_BY_SCIPY):
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import maximum_bipartite_matching

    a, b = overlapping(first, second, first.doc, second.doc)
    overlaps = csr_array((np.ones(a.size), (a, b)), shape=(first.doc.size, second.doc.size))
    partner = maximum_bipartite_matching(overlaps, perm_type="column").astype(np.int64)
    rows = np.flatnonzero(partner >= 0)
    return Matching.of(first, second, rows, partner[rows])


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


def align(key_a: Ints, value_a: Ints, key_b: Ints, value_b: Ints) -> tuple[Ints, Ints]:
    """Pair the items of two annotators that have one key: (rows of the first, of the second).

    A key may have several items of one annotator: those of equal value are paired first, the rest in order of
    value, and what is left over is paired with NOTHING.
    """
    _, same_a, same_b = np.intersect1d(*joint_codes((key_a, value_a), (key_b, value_b)), return_indices=True)
    rest_a, rank_a = _ranked(np.delete(np.arange(len(key_a)), same_a), key_a, value_a)
    rest_b, rank_b = _ranked(np.delete(np.arange(len(key_b)), same_b), key_b, value_b)
    codes = joint_codes((key_a[rest_a], rank_a), (key_b[rest_b], rank_b))
    _, other_a, other_b = np.intersect1d(*codes, return_indices=True)
    alone_a, alone_b = np.delete(rest_a, other_a), np.delete(rest_b, other_b)
    return (
        np.concatenate([same_a, rest_a[other_a], alone_a, np.full(len(alone_b), NOTHING)]),
        np.concatenate([same_b, rest_b[other_b], np.full(len(alone_a), NOTHING), alone_b]),
    )


def among(values: Ints, others: Ints) -> Flags:
    """Say which values are among others: `numpy.isin` takes three times as long."""
    known = np.append(np.sort(others), _ROOM)  # a value more, that no other one reaches
    found: Flags = known[np.searchsorted(known[:-1], values)] == values
    return found


def given(values: Ints, rows: Ints) -> Ints:
    """Return the values of rows; the row NOTHING has the value NOTHING."""
    return np.append(values, NOTHING)[rows]


def _ranked(rows: Ints, key: Ints, value: Ints) -> tuple[Ints, Ints]:
    """Return rows sorted by key and value, and the place of each within its key."""
    rows = rows[np.lexsort((value[rows], key[rows]))]
    _, first, size = np.unique(key[rows], return_index=True, return_counts=True)
    return rows, np.arange(len(rows)) - np.repeat(first, size)


def _indices(values: pa.ChunkedArray, names: Sequence[str]) -> Ints:
    return _ints(pc.index_in(values, value_set=pa.array(names, pa.string())))


def _ints(values: pa.ChunkedArray) -> Ints:
    numbers: Ints = values.to_numpy().astype(np.int64)
    return numbers
