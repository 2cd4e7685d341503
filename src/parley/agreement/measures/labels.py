"""One annotator's labels on some documents, as columns of numbers: what every measure works on.

Spans and relations become words again only if two annotators disagree and a person wants to read how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import Batch
from parley.model.ontology import Ontology

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_ROOM = 2**62  # products below this cannot overflow an int64


@dataclass(frozen=True)
class Spans:
    """Spans, a row each: the index of the document, the index of the label in the ontology, code points."""

    doc: Ints
    label: Ints
    start: Ints
    end: Ints


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
    index = {doc_id: number for number, doc_id in enumerate(doc_ids)}
    columns = (batch.layers[name].to_pylist() for name in ("annotator", "doc_id"))
    doc = np.array([index.get(d, -1) if a == annotator else -1 for a, d in zip(*columns, strict=True)])
    span_doc, relation_doc = (doc[_ints(table["layer"])] for table in (batch.spans, batch.relations))
    row = np.cumsum(span_doc >= 0) - 1  # among the annotator's own
    spans, relations = (
        table.filter(pa.array(of >= 0))
        for table, of in ((batch.spans, span_doc), (batch.relations, relation_doc))
    )
    return Labels(
        span_doc[span_doc >= 0],
        _indices(spans["label"], ontology.span_names),
        _ints(spans["start"]),
        _ints(spans["end"]),
        relation_doc[relation_doc >= 0],
        _indices(relations["label"], ontology.relation_names),
        row[_ints(relations["head_row"])],
        row[_ints(relations["tail_row"])],
        spans,
    )


def joint_codes(first: Sequence[Ints], second: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Return a number for each row such that rows of both annotators have equal numbers if they are equal.

    first, second: the same columns of the two, none negative. The numbers sort as the rows do.
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

    row, column: of each item; without `column` all items are in the first. weight: added instead of 1.
    """
    place = row * width if column is None else row * width + column
    sums = np.bincount(place, weights=weight, minlength=rows * width)
    return sums.astype(np.int64).reshape(rows, width)


def _mixed(columns: Sequence[Ints], bounds: Sequence[int]) -> Ints:
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column, bound in zip(columns, bounds, strict=True):
        code = code * bound + column
    return code


def _indices(values: pa.ChunkedArray, names: Sequence[str]) -> Ints:
    return _ints(pc.index_in(values, value_set=pa.array(names, pa.string())))


def _ints(values: pa.ChunkedArray) -> Ints:
    numbers: Ints = values.to_numpy().astype(np.int64)
    return numbers
