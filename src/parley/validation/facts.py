"""Facts about labels, as columns: what the suites are about.

Each row of a batch gets what it must agree with beside it: the text at its offsets, the labels of a
relation's ends, the type of the entity it names. Facts are computed for whole columns at once and never
judge. Label files, gold, an export and a release have the same facts.

Common to all tables: `row` (its number), `kind` (the layer's origin: labels, gold, export or release),
`doc_id`, `annotator`, `id` and `surface`: enough to find any row again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import GOLD, RELEASE, Batch
from parley.model.ontology import Ontology
from parley.values.boundaries import cuts

TABLES = ("documents", "layers", "spans", "relations")
INDEX = ("doc_id", "annotator", "id", "surface", "row")  # how a row is named in Data Docs
SEPARATOR = "__"  # in the names of columns made from an attribute's or a relation's name


@dataclass(frozen=True)
class Reference:
    """What labels must agree with besides their texts; None if it is missing or cannot be read.

    annotators: kind by name. entities: type by id. texts: whether the batches have the documents that their
    layers are about. missing: further columns that the batches cannot have, and what would give them.
    """

    annotators: Mapping[str, str] | None = None
    entities: Mapping[str, str] | None = None
    texts: bool = True
    missing: Mapping[str, str] = field(default_factory=dict)

    def missing_columns(self, ontology: Ontology) -> dict[str, str]:
        """Return the columns of facts that cannot be computed, with what is missing for them."""
        missing = dict(self.missing)
        if not self.texts:
            missing |= dict.fromkeys(("document_sha256", "length", "found", "boundary"), "texts")
        if self.annotators is None:
            missing |= dict.fromkeys(("annotator_kind", "known_sources"), "annotators")
        if self.entities is None:
            missing |= {entity_type_column(a.name): "entities" for a in ontology.attributes}
        return missing


def entity_type_column(attribute: str) -> str:
    """Return the name of the column with the type of the entity that an attribute names."""
    return f"{attribute}{SEPARATOR}type"


def count_column(relation: str) -> str:
    """Return the name of the column with how many relations of a kind leave a span."""
    return f"{relation}{SEPARATOR}count"


def facts(batch: Batch, reference: Reference, ontology: Ontology) -> dict[str, pa.Table]:
    """Return the tables that suites are about, by name: TABLES."""
    return {
        "documents": _document_facts(batch),
        "layers": _layer_facts(batch, reference),
        "spans": _span_facts(batch, reference, ontology),
        "relations": _relation_facts(batch, reference, ontology),
    }


def _document_facts(batch: Batch) -> pa.Table:
    documents, size = batch.documents, batch.documents.num_rows
    layers = _lookup(documents["doc_id"], batch.layers["doc_id"])  # one of each article: any has its kind
    return pa.table(
        {
            "row": np.arange(size),
            "kind": batch.layers["origin"].take(layers),
            **{name: documents[name] for name in documents.column_names},
            "annotator": pa.array([""] * size, pa.string()),
            "id": documents["doc_id"],
            "surface": documents["title"],
            "length": pc.utf8_length(documents["text"]),
        }
    )


def _layer_facts(batch: Batch, reference: Reference) -> pa.Table:
    """Return what each layer says of itself beside what is so; what is published has no file of its own."""
    layers = batch.layers.filter(pc.not_equal(batch.layers["origin"], RELEASE))
    size = layers.num_rows
    names = ("file", "file_sha256", "canonical_sha256", "text_sha256", "ontology", "updated", "lead_time_s")
    in_gold = pc.binary_join_element_wise("annotation/gold/", layers["doc_id"], ".json", "")
    in_labels = pc.binary_join_element_wise(
        "annotation/labels/", layers["annotator"], "/", layers["doc_id"], ".json", ""
    )
    return pa.table(
        {
            "row": np.arange(size),
            "kind": layers["origin"],
            "doc_id": layers["doc_id"],
            "annotator": layers["annotator"],
            "id": pc.coalesce(layers["file"], layers["annotator"]),
            "surface": pa.array([""] * size, pa.string()),
            "expected_file": pc.if_else(pc.equal(layers["origin"], GOLD), in_gold, in_labels),
            **{name: layers[name] for name in names},
            "document_sha256": batch.documents["text_sha256"].take(
                _lookup(layers["doc_id"], batch.documents["doc_id"])
            ),
            "annotator_kind": _mapped(layers["annotator"], reference.annotators or {}),
        }
    )


def _span_facts(batch: Batch, reference: Reference, ontology: Ontology) -> pa.Table:
    spans = batch.spans
    columns = _label_columns(batch, spans, reference)
    # whole columns of 64 bits are compared at once by Great Expectations, others value by value
    columns |= {name: spans[name].cast(pa.int64()) for name in ("start", "end")}
    columns |= {"surface": spans["text"], **_text_facts(batch)}
    offsets = [spans[name].cast(pa.string()) for name in ("start", "end")]
    columns["derived_id"] = pc.binary_join_element_wise(spans["label"], *offsets, "-")
    for name in dict.fromkeys(a.name for a in ontology.attributes if a.kind == "entity"):
        columns[entity_type_column(name)] = _mapped(spans[name], reference.entities or {})
    relations = batch.relations.filter(pc.is_valid(batch.relations["head_row"]))
    for name in (relation.name for relation in ontology.relations if relation.expected_of):
        rows = relations.filter(pc.equal(relations["label"], name))["head_row"].to_numpy()
        columns[count_column(name)] = pa.array(np.bincount(rows, minlength=spans.num_rows).astype(np.int64))
    return pa.table(columns)


def _relation_facts(batch: Batch, reference: Reference, ontology: Ontology) -> pa.Table:
    """Return relations with their facts.

    `first` and `second` are the ends in canonical direction: as they are, or, for a symmetric relation, the
    later span first.
    """
    spans, relations = batch.spans, batch.relations
    head, tail = _whole(relations["head_row"]), _whole(relations["tail_row"])
    first, second = relations["head"], relations["tail"]
    symmetric = [relation.name for relation in ontology.relations if relation.symmetric]
    if symmetric:
        wanted = pc.is_in(relations["label"], value_set=pa.array(symmetric, pa.string()))
        turned = pc.fill_null(pc.and_(_whole(wanted), _before(spans, head, tail)), False)
        first, second = pc.if_else(turned, second, first), pc.if_else(turned, first, second)
    surfaces = [
        pc.coalesce(spans["text"].take(rows), relations[end])
        for end, rows in (("head", head), ("tail", tail))
    ]
    return pa.table(
        {
            **_label_columns(batch, relations, reference),
            "surface": pc.binary_join_element_wise(*surfaces, " → "),
            "head_label": spans["label"].take(head),
            "tail_label": spans["label"].take(tail),
            "first": first,
            "second": second,
            "derived_id": pc.binary_join_element_wise(
                relations["head"], relations["label"], relations["tail"], "."
            ),
        }
    )


def _label_columns(batch: Batch, table: pa.Table, reference: Reference) -> dict[str, pa.ChunkedArray]:
    """Return the columns of labels, those of their layers, and what gold says of its making."""
    layer = table["layer"]
    sources = pc.binary_join(table["sources"], ", ")
    return {
        **{name: table[name] for name in table.column_names if name != "text"},
        "row": pa.array(np.arange(table.num_rows)),
        "kind": batch.layers["origin"].take(layer),
        **{name: batch.layers[name].take(layer) for name in ("doc_id", "annotator")},
        "sources": sources,
        "known_sources": _all_known(sources, reference.annotators or {}),
    }


def _all_known(sources: pa.ChunkedArray, annotators: Mapping[str, str]) -> pa.Array:
    """Return joined names if all of them are annotators, else null."""
    distinct = [joined for joined in pc.unique(sources).to_pylist() if joined]
    known = {joined: joined for joined in distinct if annotators.keys() >= {*joined.split(", ")}}
    return _mapped(sources, known)


def _text_facts(batch: Batch) -> dict[str, pa.Array]:
    """Return the length of each span's document, the text at its offsets and what its boundaries cut.

    Null if the text is not in the batch, or withheld.
    """
    spans, texts = batch.spans, batch.documents["text"].to_pylist()
    documents = _lookup(batch.layers["doc_id"], batch.documents["doc_id"]).take(_whole(spans["layer"]))
    lengths = pa.array([len(text) if text else None for text in texts], pa.int64())
    length = lengths.take(documents)
    starts, ends = spans["start"].to_numpy(), spans["end"].to_numpy()
    inside = (starts >= 0) & (starts <= ends) & (ends <= pc.fill_null(length, -1).to_numpy())
    numbers = documents.to_numpy(zero_copy_only=False)
    # a plain loop over slices: measured faster than numpy's gather for surfaces of a few words
    found = [
        texts[int(number)][start:end] if ok else None
        for number, start, end, ok in zip(
            numbers.tolist(), starts.tolist(), ends.tolist(), inside.tolist(), strict=True
        )
    ]
    rows = np.flatnonzero(inside)
    boundary = np.full(spans.num_rows, None, dtype=object)
    boundary[rows] = cuts(
        [text or "" for text in texts],
        numbers[rows].astype(np.int64),
        starts[rows].astype(np.int64),
        ends[rows].astype(np.int64),
    )
    return {
        "length": length,
        "found": pa.array(found, pa.string()),
        "boundary": pa.array(boundary, pa.string()),
    }


def _before(spans: pa.Table, head: pa.Array, tail: pa.Array) -> pa.Array:
    """Say whether heads are before tails in text order: start, longer first, label. Null if one is null."""
    start, end, label = (
        [spans[name].take(rows) for rows in (head, tail)] for name in ("start", "end", "label")
    )
    same_start, same_end = pc.equal(*start), pc.equal(*end)
    later = pc.and_(same_end, pc.less(*label))
    return _whole(pc.or_(pc.less(*start), pc.and_(same_start, pc.or_(pc.greater(*end), later))))


def _mapped(values: pa.ChunkedArray, known: Mapping[str, str]) -> pa.Array:
    """Return what a mapping has for each value, null if nothing."""
    return pa.array(list(known.values()), pa.string()).take(_lookup(values, list(known)))


def _lookup(values: pa.ChunkedArray, among: pa.ChunkedArray | Sequence[str]) -> pa.Array:
    """Return the place of each value in `among`, null if it is not there."""
    known = pa.array(among, pa.string()) if isinstance(among, list) else _whole(among)
    return _whole(pc.index_in(values, value_set=known))


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
