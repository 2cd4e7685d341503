"""Facts about labels, as columns: what the suites are about.

Each row of a batch gets what it must agree with: the text at its offsets, the labels of a relation's ends,
the type of the entity it names. Facts never judge; label files, gold, an export and a release have the same.

Common to all tables: `row` (its number), `kind` (the layer's origin: labels, gold, export or release),
`doc_id`, `annotator`, `id` and `surface`: enough to find any row again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import GOLD, RELEASE, Batch
from parley.model.entities import PROPOSED, is_proposed
from parley.model.ontology import DOCUMENT, Ontology
from parley.runtime.columns import concatenated, repeated
from parley.values.segmentation import cuts
from parley.values.several import members

TABLES = ("documents", "layers", "spans", "relations")
INDEX = ("doc_id", "annotator", "id", "surface", "row")  # how a row is named in Data Docs
SEPARATOR = "__"  # in the names of columns made from an attribute's or a relation's name

_Column: TypeAlias = "pa.Array | pa.ChunkedArray"
_Ends: TypeAlias = "tuple[_Column, _Column]"  # of heads and of tails
_Columns: TypeAlias = dict[str, Callable[[], _Column]]  # each is computed when it is asked for


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
            missing |= dict.fromkeys(("annotator_kind", "by_rules", "known_sources"), "annotators")
        if self.entities is None:
            missing |= {
                column(a.name): "entities"
                for a in ontology.attributes
                for column in (entity_type_column, known_entity_column)
            }
        return missing


def entity_type_column(attribute: str) -> str:
    """Return the name of the column with the type of the entity that an attribute names."""
    return f"{attribute}{SEPARATOR}type"


def known_entity_column(attribute: str) -> str:
    """Return the name of the column that has something if an attribute names a row, or proposes one."""
    return f"{attribute}{SEPARATOR}known"


def count_column(relation: str, end: str = "head") -> str:
    """Return the name of the column with how many relations of a kind have a span as an end."""
    return f"{relation}{SEPARATOR}{'count' if end == 'head' else 'reached'}"


def facts(
    batch: Batch, reference: Reference, ontology: Ontology, asked: Collection[str] | None = None
) -> dict[str, pa.Table]:
    """Return the tables that suites are about, by name: TABLES.

    asked: the columns that are asked for, of any table; no other is computed but `row`. None for all.
    """
    tables = {
        "documents": (batch.documents.num_rows, _document_facts(batch)),
        "layers": _layer_facts(batch, reference, ontology),
        "spans": (batch.spans.num_rows, _span_facts(batch, reference, ontology)),
        "relations": (batch.relations.num_rows, _relation_facts(batch, reference, ontology)),
    }
    return {
        name: pa.table(
            {"row": np.arange(size)}
            | {name: column() for name, column in columns.items() if asked is None or name in asked}
        )
        for name, (size, columns) in tables.items()
    }


def _of_table(table: pa.Table, names: Iterable[str]) -> _Columns:
    return {name: partial(table.column, name) for name in names}


def _document_facts(batch: Batch) -> _Columns:
    documents, size = batch.documents, batch.documents.num_rows

    def kind() -> _Column:  # any of its layers has its kind
        layers = pc.index_in(documents["doc_id"], value_set=batch.layers["doc_id"])
        return batch.layers["origin"].take(layers)

    return {
        "kind": kind,
        **_of_table(documents, documents.column_names),
        "annotator": lambda: repeated([""], [size]),
        "id": lambda: documents["doc_id"],
        "surface": lambda: documents["title"],
        "length": lambda: pc.utf8_length(documents["text"]),
    }


def _layer_facts(batch: Batch, reference: Reference, ontology: Ontology) -> tuple[int, _Columns]:
    """Return what each layer says of itself and what is so; what is published has no file of its own."""
    layers = batch.layers.filter(pc.not_equal(batch.layers["origin"], RELEASE))
    size = layers.num_rows
    names = ("file", "file_sha256", "canonical_sha256", "text_sha256", "ontology", "updated", "lead_time_s")

    def expected_file() -> _Column:
        home = pc.binary_join_element_wise("annotation/labels/", layers["annotator"], "/", "")
        home = pc.if_else(pc.equal(layers["origin"], GOLD), "annotation/gold/", home)
        return pc.binary_join_element_wise(home, layers["doc_id"], ".json", "")

    def document_sha256() -> _Column:
        documents = pc.index_in(layers["doc_id"], value_set=batch.documents["doc_id"])
        return batch.documents["text_sha256"].take(documents)

    def known_ontology() -> _Column:
        revisions = pc.unique(layers["ontology"]).to_pylist()
        return _mapped(layers["ontology"], {one: one for one in revisions if one and ontology.knows(one)})

    return size, {
        "kind": lambda: layers["origin"],
        **_of_table(layers, ("doc_id", "annotator")),
        "id": lambda: pc.coalesce(layers["file"], layers["annotator"]),
        "surface": lambda: repeated([""], [size]),
        "expected_file": expected_file,
        **_of_table(layers, names),
        "document_sha256": document_sha256,
        "known_ontology": known_ontology,
        "annotator_kind": lambda: _mapped(layers["annotator"], reference.annotators or {}),
        **(_said_of_documents(layers, reference, ontology) if ontology.document_attributes else {}),
    }


def _said_of_documents(layers: pa.Table, reference: Reference, ontology: Ontology) -> _Columns:
    """Return what layers say of their documents as of spans; `said` is null for nothing."""
    names = (*ontology.of_document, "other_attributes")
    label = repeated([DOCUMENT], [layers.num_rows])

    def said() -> _Column:
        anything = pc.coalesce(*(layers[name] for name in names))
        return pc.if_else(pc.is_valid(anything), label, pa.scalar(None, pa.string()))

    return {
        "label": lambda: label,
        **_of_table(layers, names),
        "said": said,
        **_gold_columns(layers, reference),
        **_of_table(layers, ("decision", "reason")),
    }


def _span_facts(batch: Batch, reference: Reference, ontology: Ontology) -> _Columns:
    spans, text = batch.spans, _Texts(batch)
    columns = _label_columns(batch, spans, reference)
    # whole columns of 64 bits are compared at once by Great Expectations, others value by value
    columns |= {name: partial(spans[name].cast, pa.int64()) for name in ("start", "end")}
    columns |= {
        "surface": lambda: spans["text"],
        "edges": lambda: _edges(spans["text"]),
        "length": text.length,
        "found": text.found,
        "boundary": text.boundary,
        "derived_id": lambda: _concatenated(spans["label"], "-", spans["start"], "-", spans["end"]),
    }
    for name in dict.fromkeys(a.name for a in ontology.attributes if a.kind == "entity"):
        kind = cache(partial(_entity_types, spans, name, reference.entities or {}, ontology))
        columns[entity_type_column(name)] = kind
        columns[known_entity_column(name)] = partial(_known_entities, spans[name], kind)
    for relation in ontology.relations:
        for end, expected in (("head", relation.expected_of), ("tail", relation.expected_at)):
            if expected:
                columns[count_column(relation.name, end)] = partial(_counts, batch, relation.name, end)
    if ontology.same_words is not None:
        columns["excluded_by"] = partial(_excluding, spans, ontology.same_words)
    rules = {name: kind for name, kind in (reference.annotators or {}).items() if kind == "rules"}
    return {**columns, "by_rules": lambda: _mapped(columns["annotator"](), rules)}


def _edges(texts: pa.ChunkedArray) -> _Column:
    """Return the first and the last character of each text."""
    edges = (pc.utf8_slice_codeunits(texts, *place) for place in ((0, 1), (-1, None)))
    return pc.binary_join_element_wise(*edges, "")


def _known_entities(names: pa.ChunkedArray, kind: Callable[[], _Column]) -> _Column:
    """Return the name where it is only proposed, else the type that the entity has."""
    return pc.if_else(pc.fill_null(is_proposed(names), False), names, kind())


def _counts(batch: Batch, relation: str, end: str) -> _Column:
    """Return how many relations of a name have each span as an end."""
    own = batch.relations.filter(pc.equal(batch.relations["label"], relation))
    rows = pc.drop_null(own[f"{end}_row"]).to_numpy()
    return pa.array(np.bincount(rows, minlength=batch.spans.num_rows).astype(np.int64))


def _concatenated(*parts: _Column | str) -> _Column:
    arrays = [part.combine_chunks() if isinstance(part, pa.ChunkedArray) else part for part in parts]
    size = next(len(part) for part in arrays if not isinstance(part, str))
    return concatenated(arrays, size)


def _excluding(spans: pa.Table, allowed: Iterable[tuple[str, str]]) -> pa.Array:
    """Return, for each span, the labels that its layer has before it on the same words and may not have."""
    legal = {frozenset(pair) for pair in allowed}
    places = [spans[name].to_numpy() for name in ("layer", "start", "end")]
    order = np.lexsort(places)
    same = np.logical_and.reduce([np.diff(column[order]) == 0 for column in places])
    labels, excluding = spans["label"], np.full(spans.num_rows, None, dtype=object)
    before: list[str] = []
    last = -1
    for place in np.flatnonzero(same).tolist():  # few spans share their words with another
        row, own = (labels[int(order[place + n])].as_py() for n in (0, 1))
        before = [*before, row] if place == last + 1 and before else [row]
        wrong = [one for one in before if one != own and frozenset((one, own)) not in legal]
        excluding[order[place + 1]] = ", ".join(wrong) or None
        last = place
    return pa.array(excluding, pa.string())


def _entity_types(
    spans: pa.Table, name: str, types: Mapping[str, str], ontology: Ontology
) -> pa.ChunkedArray:
    """Return the type of the entity that an attribute names, null if there is none such.

    Of several: null if one is missing, else the first type that the label does not allow, else any of them.
    """
    found = _mapped(spans[name], types)
    of_several = {
        x: a.types or (x,) for a in ontology.attributes if a.name == name and a.several for x in a.labels
    }
    if not of_several:
        return found
    values = found.to_pylist()
    asked = pc.and_(
        pc.is_in(spans["label"], value_set=pa.array(list(of_several), pa.string())), pc.is_valid(spans[name])
    )
    for row in np.flatnonzero(asked.to_numpy()).tolist():
        own = [types.get(x) for x in members(spans[name][row].as_py()) if not x.startswith(PROPOSED)]
        legal = of_several[spans["label"][row].as_py()]
        values[row] = (
            None if None in own else next((one for one in own if one not in legal), (own or [None])[0])
        )
    return pa.chunked_array([pa.array(values, pa.string())])


def _relation_facts(batch: Batch, reference: Reference, ontology: Ontology) -> _Columns:
    """Return relations with their facts.

    `first` and `second` are the ends in canonical direction: as they are, or, for a symmetric relation, the
    later span first.
    """
    relations, spans = batch.relations, batch.spans

    def of_ends(name: str) -> tuple[_Column, _Column]:
        return spans[name].take(relations["head_row"]), spans[name].take(relations["tail_row"])

    @cache
    def turned() -> _Column:
        symmetric = pa.array([one.name for one in ontology.relations if one.symmetric], pa.string())
        some = pc.is_in(relations["label"], value_set=symmetric)
        if not pc.any(some).as_py():
            return some
        return pc.fill_null(pc.and_(some, _is_before(*map(of_ends, ("start", "end", "label")))), False)

    def surface() -> _Column:
        texts = zip(of_ends("text"), ("head", "tail"), strict=True)
        return pc.binary_join_element_wise(*(pc.coalesce(text, relations[end]) for text, end in texts), " → ")

    return {
        **_label_columns(batch, relations, reference),
        "surface": surface,
        "head_label": lambda: of_ends("label")[0],
        "tail_label": lambda: of_ends("label")[1],
        "first": lambda: pc.if_else(turned(), relations["tail"], relations["head"]),
        "second": lambda: pc.if_else(turned(), relations["head"], relations["tail"]),
        "derived_id": lambda: _concatenated(
            relations["head"], ".", relations["label"], ".", relations["tail"]
        ),
    }


def _is_before(start: _Ends, end: _Ends, label: _Ends) -> _Column:
    """Say whether heads are before tails: start, longer first, label. Null if one is missing."""
    longer = pc.or_(pc.greater(*end), pc.and_(pc.equal(*end), pc.less(*label)))
    return pc.or_(pc.less(*start), pc.and_(pc.equal(*start), longer))


def _label_columns(batch: Batch, table: pa.Table, reference: Reference) -> _Columns:
    """Return the columns of labels, those of their layers, and what gold says of its making."""
    layers, layer = batch.layers, table["layer"]
    return {
        **_of_table(table, (name for name in table.column_names if name != "text")),
        "kind": lambda: layers["origin"].take(layer),
        "doc_id": lambda: layers["doc_id"].take(layer),
        "annotator": lambda: layers["annotator"].take(layer),
        **_gold_columns(table, reference),
    }


def _gold_columns(table: pa.Table, reference: Reference) -> _Columns:
    """Return whose labels gold is made of, joined, and the same if all of them are known."""

    @cache
    def sources() -> _Column:
        return pc.binary_join(table["sources"], ", ")

    def known_sources() -> _Column:
        annotators = (reference.annotators or {}).keys()
        distinct = [joined for joined in pc.unique(sources()).to_pylist() if joined]
        known = {joined: joined for joined in distinct if annotators >= {*joined.split(", ")}}
        return _mapped(sources(), known)

    return {"sources": sources, "known_sources": known_sources}


class _Texts:
    """The spans of a batch beside the texts of their documents; null if a text is missing, or withheld."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def length(self) -> _Column:
        """Return the length of each span's document."""
        return self._lengths.take(self._documents)

    def found(self) -> _Column:
        """Return the text at each span's offsets."""
        # a plain loop over slices: measured faster than numpy's gather for surfaces of a few words
        rows = zip(*(column.tolist() for column in (*self._places, self._inside)), strict=True)
        texts = self._texts
        found = [texts[number][start:end] if ok else None for number, start, end, ok in rows]
        return pa.array(found, pa.string())

    def boundary(self) -> _Column:
        """Return what each span's boundaries cut."""
        boundary = np.full(self._batch.spans.num_rows, None, dtype=object)
        if self._texts:
            offsets = (column[self._inside].astype(np.int64) for column in self._places)
            boundary[self._inside] = cuts([text or "" for text in self._texts], *offsets)
        return pa.array(boundary, pa.string())

    @cached_property
    def _texts(self) -> list[str | None]:
        texts: list[str | None] = self._batch.documents["text"].to_pylist()
        return texts

    @cached_property
    def _documents(self) -> _Column:
        batch = self._batch
        rows = pc.index_in(batch.layers["doc_id"], value_set=batch.documents["doc_id"])
        return rows.take(batch.spans["layer"])

    @cached_property
    def _lengths(self) -> pa.Array:
        return pa.array([len(text) if text else None for text in self._texts], pa.int64())

    @cached_property
    def _places(self) -> tuple[npt.NDArray[np.int64], ...]:
        """Row of the document, -1 if it is missing, start and end of each span."""
        spans = self._batch.spans
        documents = pc.fill_null(self._documents, -1).to_numpy()
        return documents, spans["start"].to_numpy(), spans["end"].to_numpy()

    @cached_property
    def _inside(self) -> npt.NDArray[np.bool_]:
        """Whether each span is inside of its document's text."""
        _, starts, ends = self._places
        lengths = pc.fill_null(self.length(), -1).to_numpy()
        return np.asarray((starts >= 0) & (starts <= ends) & (ends <= lengths))


def _mapped(values: pa.ChunkedArray, known: Mapping[str, str]) -> pa.ChunkedArray:
    """Return what a mapping has for each value, null if nothing."""
    keys, mapped = (pa.array(list(column), pa.string()) for column in (known, known.values()))
    return mapped.take(pc.index_in(values, value_set=keys))
