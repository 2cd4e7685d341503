"""Who a mention is: rows of entities.csv, found for each span of some articles, and the way they were found.

The way, in this order: `row`, the span names one row; `group`, it names several, the group's members;
`coref`, it names none, but a mention of the same does; `affiliation`, nobody of these does, but it or a
mention of the same belongs to somebody that resolves, perhaps by further such steps: then the rows are of
whom it belongs to, not of itself; `none`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import Batch
from parley.model.ontology import Ontology
from parley.runtime.columns import ranges
from parley.runtime.lazy_imports import UNUSED_BY_SCIPY, deferred
from parley.values.several import members

WAYS = ("row", "group", "coref", "affiliation", "none")
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ResolvedMentions:
    """Whom each span means.

    entities: a list of ids a span, sorted. ways: of WAYS, by number. things: a number a span, the same for
    mentions of one thing.
    """

    entities: pa.ListArray
    ways: Rows
    things: Rows

    @property
    def via(self) -> pa.Array:
        """The way of each span, by name."""
        return pa.array(WAYS, pa.string()).take(pa.array(self.ways))


def identities(ontology: Ontology, names: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the labels of which an attribute says who or what the span itself is, by attribute.

    An attribute with other types says something else of it: in which event persons came to harm.
    """
    return {
        name: tuple(
            label
            for a in ontology.attributes
            if a.name == name
            for label in a.labels
            if not a.types or label in a.types
        )
        for name in names
    }


def resolve(
    batch: Batch,
    entity: Mapping[str, Collection[str]],
    same: Collection[str] = (),
    affiliation: Collection[str] = (),
) -> ResolvedMentions:
    """Return whom the spans of a batch mean.

    entity: attributes that name rows, each with the labels of which it counts. same, affiliation: labels of
    relations, as in the ontology's Resolution.
    """
    size, label = batch.spans.num_rows, batch.spans["label"]
    named = []
    for name in sorted(entity):
        counts = pc.is_in(label, value_set=pa.array(list(entity[name]), pa.string()))
        named.append(named_entities(pc.if_else(counts, batch.spans[name], pa.scalar(None, pa.string()))))
    ids = pa.chunked_array([some for _, some in named], pa.string()).combine_chunks()
    order = pc.unique(ids).sort()
    rows = np.concatenate([np.empty(0, np.int64), *(some for some, _ in named)]).astype(np.int64)
    own = _distinct(rows, pc.index_in(ids, value_set=order).to_numpy(zero_copy_only=False))
    things = _things(batch, same)
    number = np.bincount(own[0], minlength=size)
    ways = np.select([number == 1, number > 1], [0, 1], 4)
    known = _distinct(things[own[0]], own[1])
    is_known = np.zeros(size, bool)
    is_known[known[0]] = True
    ways[(ways == 4) & is_known[things]] = 2
    heads, tails = (things[rows] for rows in ends(batch, affiliation)[:2])
    while True:
        new = ~is_known[heads] & is_known[tails]
        if not new.any():
            break
        link, edge = joined(tails[new], known[0])
        further = _distinct(heads[new][link], known[1][edge])
        known = tuple(np.concatenate(pair) for pair in zip(known, further, strict=True))
        is_known[further[0]] = True
    ways[(ways == 4) & is_known[things]] = 3
    without = np.flatnonzero(ways >= 2)
    span, edge = joined(things[without], known[0])
    rows, codes = np.append(own[0], without[span]), np.append(own[1], known[1][edge])
    turn = np.lexsort((codes, rows))
    return ResolvedMentions(lists(rows[turn], size, order.take(pa.array(codes[turn]))), ways, things)


def named_entities(column: pa.ChunkedArray) -> tuple[Rows, pa.Array]:
    """Return each entity that an attribute names, with its row; of several ids each."""
    rows, ids = np.flatnonzero(pc.is_valid(column).to_numpy()), column.drop_null().combine_chunks()
    if pc.any(pc.starts_with(ids, "[")).as_py():
        named = [members(value) for value in ids.to_pylist()]
        rows = np.repeat(rows, list(map(len, named)))
        ids = pa.array(list(chain(*named)), pa.string())
    return rows.astype(np.int64), ids


def ends(batch: Batch, labels: Collection[str]) -> tuple[Rows, Rows, pa.Array]:
    """Return heads and tails, as rows of spans, and labels of the relations with some labels.

    In the order of the heads, then the tails; relations whose ends are not there are left out.
    """
    table = batch.relations.select(["head_row", "tail_row", "label"])
    table = table.filter(pc.is_in(table["label"], value_set=pa.array(list(labels), pa.string()))).drop_null()
    head, tail = (table[name].to_numpy().astype(np.int64) for name in ("head_row", "tail_row"))
    order = np.lexsort((tail, head))
    return head[order], tail[order], table["label"].combine_chunks().take(pa.array(order))


def joined(left: Rows, right: Rows) -> tuple[Rows, Rows]:
    """Return the places of each pair of equal keys, in the order of `left`, then of `right`."""
    order = np.argsort(right, kind="stable")
    low, high = (np.searchsorted(right, left, side, order) for side in ("left", "right"))
    pair, place = ranges(low, high - low)
    return pair, order[place]


def lists(owners: Rows, size: int, values: pa.Array) -> pa.ListArray:
    """Return values as a list for each of `size` rows. owners: the row of each value, ascending."""
    offsets = np.searchsorted(owners, np.arange(size + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _things(batch: Batch, same: Collection[str]) -> Rows:
    with deferred(*UNUSED_BY_SCIPY):
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

    head, tail, _ = ends(batch, same)
    size = batch.spans.num_rows
    if not head.size:
        return np.arange(size)
    links = coo_array((np.ones(head.size), (head, tail)), shape=(size, size))
    things: Rows = connected_components(links, directed=False)[1].astype(np.int64)
    return things


def _distinct(rows: Rows, codes: Rows) -> tuple[Rows, ...]:
    """Return each pair of a row and a code once, sorted."""
    if not rows.size:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    pairs = np.unique(np.stack([rows, codes.astype(np.int64)], 1), axis=0)
    return pairs[:, 0], pairs[:, 1]
