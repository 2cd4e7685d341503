"""One annotator's labels on a batch of documents, as columns of numbers.

Everything that measures agreement works on these columns for many documents at once; spans and relations
become Python objects again only where two annotators disagree and a person wants to read how.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.faults import Fault, check
from parley.model.ontology import Ontology

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_ROOM = 2**62  # products below this cannot overflow an int64


@dataclass(frozen=True)
class Side:
    """One annotator's labels on a batch of documents.

    doc, label, start, end: a row a span; the document's index in the batch, the label's index in the
    ontology, code points. relation_doc, relation_label, head, tail: a row a relation; head and tail are rows
    of the spans. spans: the same spans as an Arrow table, for ids, texts and attributes.
    """

    doc: Ints
    label: Ints
    start: Ints
    end: Ints
    relation_doc: Ints
    relation_label: Ints
    head: Ints
    tail: Ints
    spans: pa.Table


def side(
    spans: pa.Table, relations: pa.Table, annotator: str, doc_ids: Sequence[str], ontology: Ontology
) -> Side:
    """Return the columns of one annotator's labels on `doc_ids`.

    spans, relations: tables as parley.model.tables makes them; rows of other annotators and documents are
    left out. Raises DataFaults for a label the ontology lacks and for a relation whose end is no span.
    """
    own_spans, span_doc = _own(spans, annotator, doc_ids)
    own_relations, relation_doc = _own(relations, annotator, doc_ids)
    label = _index(own_spans["label"], ontology.span_names)
    relation_label = _index(own_relations["label"], ontology.relation_names)
    ids = _keyed(own_spans["doc_id"], own_spans["id"])
    head = _index(_keyed(own_relations["doc_id"], own_relations["head"]), ids)
    tail = _index(_keyed(own_relations["doc_id"], own_relations["tail"]), ids)
    check(
        [
            *_faults("span-label", own_spans, label < 0, "label"),
            *_faults("relation-label", own_relations, relation_label < 0, "label"),
            *_faults("relation-dangling", own_relations, head < 0, "head"),
            *_faults("relation-dangling", own_relations, tail < 0, "tail"),
        ]
    )
    return Side(
        span_doc,
        label,
        _numbers(own_spans["start"]),
        _numbers(own_spans["end"]),
        relation_doc,
        relation_label,
        head,
        tail,
        own_spans,
    )


def joint_codes(first: Sequence[Ints], second: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Return one number a row such that rows of both sides are equal where all their columns are.

    first, second: the same columns of two sides, none negative. The numbers sort as the rows do.
    """
    bounds = [
        1 + max(int(a.max(initial=0)), int(b.max(initial=0))) for a, b in zip(first, second, strict=True)
    ]
    room = 1
    for bound in bounds:
        room *= bound
    if room < _ROOM:
        return _mixed(first, bounds), _mixed(second, bounds)
    rows = np.concatenate([np.stack(first, axis=1), np.stack(second, axis=1)])
    codes = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return codes[: len(first[0])], codes[len(first[0]) :]


def count(rows: int, width: int, row: Ints, column: Ints | None = None, weight: Ints | None = None) -> Ints:
    """Return how often each column occurs in each row, (rows, width).

    row, column: an item each; without `column` all items stand in the first. weight: added instead of 1.
    """
    place = row * width if column is None else row * width + column
    sums = np.bincount(place, weights=weight, minlength=rows * width)
    return sums.astype(np.int64).reshape(rows, width)


def _mixed(columns: Sequence[Ints], bounds: Sequence[int]) -> Ints:
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column, bound in zip(columns, bounds, strict=True):
        code = code * bound + column
    return code


def _own(table: pa.Table, annotator: str, doc_ids: Sequence[str]) -> tuple[pa.Table, Ints]:
    table = table.filter(pc.equal(table["annotator"], annotator))
    doc = _index(table["doc_id"], doc_ids)
    if (doc < 0).any():
        table = table.filter(pa.array(doc >= 0))
    return table, doc[doc >= 0]


def _index(values: pa.ChunkedArray, names: Sequence[str] | pa.ChunkedArray) -> Ints:
    """Return the place of each value among `names`, -1 where it is not among them."""
    known = names if isinstance(names, pa.ChunkedArray) else pa.chunked_array([list(names)], pa.string())
    return _numbers(pc.fill_null(pc.index_in(values, value_set=known.combine_chunks()), -1))


def _keyed(doc_ids: pa.ChunkedArray, ids: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(doc_ids, ids, "\x1f")


def _numbers(values: pa.ChunkedArray) -> Ints:
    numbers: Ints = values.to_numpy().astype(np.int64)
    return numbers


def _faults(code: str, table: pa.Table, wrong: Flags, column: str) -> list[Fault]:
    rows: list[Mapping[str, str]] = table.filter(pa.array(wrong)).to_pylist() if wrong.any() else []
    return [
        Fault(code, f"{r['annotator']} > {r['doc_id']} > {r['id']}", f"{column} is {r[column]!r}")
        for r in rows
    ]
