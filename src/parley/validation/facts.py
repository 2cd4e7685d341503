"""Facts about labels, as columns: what Great Expectations judges.

Each row of a label table is put beside what it must agree with: the text at its offsets, the labels of a
relation's ends, the type of the entity it names. Facts are computed a batch at a time, whole columns at once,
from Arrow tables that hold whole label layers; they never judge. The same functions serve label files, gold,
a Label Studio export and a published dataset.

Common to all tables: `row` (its number), `layer` (number of the label file), `kind` (labels, gold or
release), `doc_id`, `annotator`, `id` and `surface`: enough to find any row again.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.ontology import Ontology
from parley.values.boundaries import cuts

INDEX = ("doc_id", "annotator", "id", "surface", "row")  # how a row is named in results
SEPARATOR = "__"  # in the names of columns made from an attribute's or a relation's name


def entity_type_column(attribute: str) -> str:
    """Return the name of the column with the type of the entity that an attribute names."""
    return f"{attribute}{SEPARATOR}type"


def count_column(relation: str) -> str:
    """Return the name of the column with how many relations of a kind leave a span."""
    return f"{relation}{SEPARATOR}count"


def document_facts(documents: pa.Table) -> pa.Table:
    """Return the documents table with the columns that name its rows."""
    size = documents.num_rows
    return pa.table(
        {
            "row": np.arange(size),
            **{name: documents[name] for name in documents.column_names},
            "annotator": pa.array([""] * size, pa.string()),
            "id": documents["doc_id"],
            "surface": documents["title"],
            "length": pc.utf8_length(documents["text"]),
        }
    )


def span_facts(
    spans: pa.Table,
    relations: pa.Table,
    texts: Mapping[str, str],
    entity_types: Mapping[str, str],
    ontology: Ontology,
) -> pa.Table:
    """Return the spans with the facts they are judged by.

    spans: schema of tables.span_schema with `layer` besides. relations: of the same layers. texts: by doc_id;
    a document that is not among them leaves `length` and `found` empty.
    """
    columns = {name: spans[name] for name in spans.column_names if name != "text"}
    # whole columns of 64 bits are compared at once by Great Expectations, others value by value
    columns |= {name: spans[name].cast(pa.int64()) for name in ("start", "end")}
    length, found, boundary = _text_facts(spans, texts)
    columns |= {
        "row": pa.array(np.arange(spans.num_rows)),
        "surface": spans["text"],
        "length": length,
        "found": found,
        "boundary": boundary,
        "derived_id": pc.binary_join_element_wise(
            spans["label"], spans["start"].cast(pa.string()), spans["end"].cast(pa.string()), "-"
        ),
    }
    known = pa.array(list(entity_types), pa.string())
    types = pa.array(list(entity_types.values()), pa.string())
    for name in dict.fromkeys(a.name for a in ontology.attributes if a.kind == "entity"):
        columns[entity_type_column(name)] = types.take(_lookup(spans[name], known))
    expected = [relation.name for relation in ontology.relations if relation.expected_of]
    if expected:
        head = _lookup(_keys(relations, "head"), _keys(spans, "id"))
        for name in expected:
            here = pc.and_(pc.equal(relations["label"], name), pc.is_valid(head))
            rows = head.filter(_whole(here)).to_numpy(zero_copy_only=False)
            columns[count_column(name)] = pa.array(
                np.bincount(rows, minlength=spans.num_rows).astype(np.int64)
            )
    return pa.table(columns)


def relation_facts(relations: pa.Table, spans: pa.Table, ontology: Ontology) -> pa.Table:
    """Return the relations with the facts they are judged by.

    relations: schema of tables.RELATION_SCHEMA with `layer` besides. spans: of the same layers. `first` and
    `second` are the ends in canonical direction: as they are, or, for a symmetric relation, the later span
    first.
    """
    ids = _keys(spans, "id")
    head, tail = _lookup(_keys(relations, "head"), ids), _lookup(_keys(relations, "tail"), ids)
    first, second = relations["head"], relations["tail"]
    symmetric = pa.array([r.name for r in ontology.relations if r.symmetric], pa.string())
    if len(symmetric):
        rank = pa.array(_text_order(spans))
        before = pc.less(rank.take(head), rank.take(tail))
        turned = pc.fill_null(pc.and_(pc.is_in(relations["label"], value_set=symmetric), before), False)
        first, second = pc.if_else(turned, second, first), pc.if_else(turned, first, second)
    surfaces = [
        pc.coalesce(_whole(spans["text"]).take(rows), _whole(relations[end]))
        for end, rows in (("head", head), ("tail", tail))
    ]
    return pa.table(
        {
            **{name: relations[name] for name in relations.column_names},
            "row": pa.array(np.arange(relations.num_rows)),
            "surface": pc.binary_join_element_wise(*surfaces, " → "),
            "head_label": _whole(spans["label"]).take(head),
            "tail_label": _whole(spans["label"]).take(tail),
            "first": first,
            "second": second,
            "derived_id": pc.binary_join_element_wise(
                relations["head"], relations["label"], relations["tail"], "."
            ),
        }
    )


def _text_facts(spans: pa.Table, texts: Mapping[str, str]) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return the length of each span's document, the text at its offsets and what its boundaries cut."""
    if not texts:
        size = spans.num_rows
        return pa.nulls(size, pa.int64()), pa.nulls(size, pa.string()), pa.nulls(size, pa.string())
    names = pc.unique(spans["doc_id"]).to_pylist()
    documents = [texts.get(name) for name in names]
    lengths = pa.array([None if text is None else len(text) for text in documents], pa.int64())
    document = _lookup(spans["doc_id"], pa.array(names, pa.string()))
    length = lengths.take(document)
    starts, ends = spans["start"].to_numpy(), spans["end"].to_numpy()
    sizes = pc.fill_null(length, -1).to_numpy()
    inside = (starts >= 0) & (starts <= ends) & (ends <= sizes)
    numbers = document.to_numpy(zero_copy_only=False)
    # a plain loop over slices: measured faster than numpy's gather for surfaces of a few words
    found = [
        documents[number][start:end] if ok else None
        for number, start, end, ok in zip(
            numbers.tolist(), starts.tolist(), ends.tolist(), inside.tolist(), strict=True
        )
    ]
    rows = np.flatnonzero(inside)
    boundary = np.full(spans.num_rows, None, dtype=object)
    boundary[rows] = cuts(
        [text or "" for text in documents],
        numbers[rows].astype(np.int64),
        starts[rows].astype(np.int64),
        ends[rows].astype(np.int64),
    )
    return length, pa.array(found, pa.string()), pa.array(boundary, pa.string())


def _text_order(spans: pa.Table) -> npt.NDArray[np.int64]:
    """Return the rank of each span in text order: start, longer first, label."""
    labels = _whole(spans["label"]).dictionary_encode()
    names = labels.dictionary.to_pylist()
    alphabet = np.argsort(np.argsort(np.array(names, dtype=object))) if names else np.empty(0, np.int64)
    label = alphabet[labels.indices.to_numpy()]
    rank = np.empty(spans.num_rows, dtype=np.int64)
    rank[np.lexsort((label, -spans["end"].to_numpy(), spans["start"].to_numpy()))] = np.arange(len(rank))
    return rank


def _keys(table: pa.Table, column: str) -> pa.Array:
    """Return span ids made unique over layers."""
    return _whole(pc.binary_join_element_wise(table["layer"].cast(pa.string()), table[column], "/"))


def _lookup(values: pa.Array, among: pa.Array) -> pa.Array:
    """Return where each value stands in `among`, null where it does not."""
    return _whole(pc.index_in(values, value_set=_whole(among)))


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
