"""The batch: some whole documents and the layers on them, as four Arrow tables.

Every step at size is a function of a batch, of a corpus folder, an export or a release. No batch needs
another: ids, references and duplicates do not reach across documents. Spans and relations are structs
(`model.labels`) only where people's files are read or written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.documents import Document
from parley.model.labels import DocumentLabel, Layer, Made, Relation, Span
from parley.model.ontology import Ontology
from parley.model.ontology_file import RESERVED_OF_DOCUMENT
from parley.runtime.columns import integers, placed, sparse_strings, strings

LABELS, GOLD, EXPORT, RELEASE = "labels", "gold", "export", "release"  # the origins of a layer

_DOCUMENT_COLUMNS = (
    "doc_id",
    "text",
    "title",
    "publisher",
    "published",
    "event",
    "language",
    "rights",
    "text_sha256",
    "seed_sha256",
)

DOCUMENT_SCHEMA = pa.schema([pa.field(name, pa.string(), nullable=False) for name in _DOCUMENT_COLUMNS])

LAYER_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("annotator", pa.string(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),  # LABELS, GOLD, EXPORT or RELEASE
        pa.field("text_sha256", pa.string()),  # of the text that was labelled
        pa.field("ontology", pa.string()),  # its revision
        pa.field("updated", pa.string()),  # ISO 8601 in UTC, or ""
        pa.field("lead_time_s", pa.float64()),
        pa.field("file", pa.string()),  # relative to the corpus folder
        pa.field("file_sha256", pa.string()),
        pa.field("canonical_sha256", pa.string()),  # of the same labels as Parley writes them
    ]
)

_MADE = pa.schema(  # how gold was made: empty elsewhere
    {"sources": pa.list_(pa.string()), "decision": pa.string(), "reason": pa.string()}
)

# columns of spans that are not attributes
_FIXED = {"layer", "id", "label", "start", "end", "text", "other_attributes", *_MADE.names}

RELATION_SCHEMA = pa.schema(
    [
        pa.field("layer", pa.int32(), nullable=False),  # row of layers
        pa.field("id", pa.string(), nullable=False),
        pa.field("label", pa.string(), nullable=False),
        pa.field("head", pa.string(), nullable=False),  # ids of spans
        pa.field("tail", pa.string(), nullable=False),
        pa.field("head_row", pa.int32()),  # rows of spans; null if the layer has no such span
        pa.field("tail_row", pa.int32()),
        *_MADE,
    ]
)


def layer_schema(ontology: Ontology, schema: pa.Schema = LAYER_SCHEMA) -> pa.Schema:
    """Return the schema of a batch's layers: of what is said of the document a string column an attribute.

    Those and how gold was made are there only if the ontology has such attributes. schema: of all others.
    """
    if not ontology.document_attributes:
        return schema
    names = (*ontology.of_document, "other_attributes")
    return pa.schema([*schema, *(pa.field(name, pa.string()) for name in names), *_MADE])


def span_schema(ontology: Ontology) -> pa.Schema:
    """Return the schema of a batch's spans: offsets in code points, a string column an attribute."""
    return pa.schema(
        [
            pa.field("layer", pa.int32(), nullable=False),  # row of layers
            pa.field("id", pa.string(), nullable=False),
            pa.field("label", pa.string(), nullable=False),
            pa.field("start", pa.int32(), nullable=False),
            pa.field("end", pa.int32(), nullable=False),
            pa.field("text", pa.string(), nullable=False),
            *(pa.field(name, pa.string()) for name in ontology.attribute_names),
            pa.field("other_attributes", pa.string()),  # names of those that the ontology does not have
            *_MADE,
        ]
    )


@dataclass(frozen=True)
class LayerFile:
    """A layer as a file held it. file: relative to the corpus folder; the digests are hexadecimal SHA-256."""

    layer: Layer
    origin: str
    file: str = ""
    file_sha256: str = ""
    canonical_sha256: str = ""


@dataclass(frozen=True)
class Batch:
    """Whole documents and layers on them.

    documents: DOCUMENT_SCHEMA, a row an article. layers: `layer_schema`, perhaps with further columns of its
    source; a layer may be of a document that is not in the batch, if a file says so. spans: `span_schema`,
    relations: RELATION_SCHEMA, both in the order of their layers.
    """

    documents: pa.Table
    layers: pa.Table
    spans: pa.Table
    relations: pa.Table

    @classmethod
    def of(cls, documents: Iterable[Document], layers: Iterable[LayerFile], ontology: Ontology) -> Batch:
        """Return documents and layers as a batch, in the order given."""
        articles, files = list(documents), list(layers)
        rows = [
            msgspec.structs.asdict(f.layer)
            | {k: v or None for k, v in vars(f).items()}
            | _document_columns(f.layer.document, ontology)
            for f in files
        ]
        spans = _span_table([f.layer.spans for f in files], ontology)
        relations = _label_columns([f.layer.relations for f in files], Relation)
        relations["head_row"] = relations["tail_row"] = pa.nulls(len(relations["id"]), pa.int32())
        return cls(
            pa.table(
                {name: strings([getattr(a, name) for a in articles]) for name in DOCUMENT_SCHEMA.names},
                schema=DOCUMENT_SCHEMA,
            ),
            pa.Table.from_pylist(rows, schema=layer_schema(ontology)),
            spans,
            with_rows(pa.table(relations, schema=RELATION_SCHEMA), spans),
        )

    @cached_property
    def texts(self) -> dict[str, str]:
        """Text by doc_id."""
        names, texts = (self.documents[name].to_pylist() for name in ("doc_id", "text"))
        return dict(zip(names, texts, strict=True))

    def of_documents(self, doc_ids: Iterable[str]) -> Batch:
        """Return some of the documents, in the batch's order, with their layers."""
        wanted = pa.array(list(doc_ids), pa.string())
        documents = self.documents.filter(pc.is_in(self.documents["doc_id"], value_set=wanted))
        return self._with_layers(documents, pc.is_in(self.layers["doc_id"], value_set=wanted))

    def of_layers(self, keep: pa.BooleanArray | pa.ChunkedArray | Sequence[bool]) -> Batch:
        """Return all documents with some of the layers. keep: a flag a row of `layers`."""
        return self._with_layers(self.documents, keep)

    def of_origin(self, origin: str) -> Batch:
        """Return all documents with the layers of an origin."""
        return self.of_layers(pc.equal(self.layers["origin"], origin))

    def structs(self) -> Iterator[LayerFile]:
        """Yield each layer as structs, for people's files. Attributes that the ontology lacks are empty."""
        attributes = [name for name in self.spans.column_names if name not in _FIXED]
        of_document = [name for name in self.layers.column_names if name not in RESERVED_OF_DOCUMENT]
        spans: dict[int, list[Span]] = {}
        for row in self.spans.to_pylist():
            own = _attributes(row, attributes)
            span = Span(row["id"], row["start"], row["end"], row["text"], row["label"], own, *_made(row))
            spans.setdefault(row["layer"], []).append(span)
        relations: dict[int, list[Relation]] = {}
        for row in self.relations.to_pylist():
            relation = Relation(row["id"], row["label"], row["head"], row["tail"], *_made(row))
            relations.setdefault(row["layer"], []).append(relation)
        for number, row in enumerate(self.layers.to_pylist()):
            layer = Layer(
                **{name: row[name] for name in Layer.__struct_fields__[:6]},
                spans=tuple(spans.get(number, ())),
                relations=tuple(relations.get(number, ())),
                document=_document(row, of_document),
            )
            names = ("origin", "file", "file_sha256", "canonical_sha256")
            yield LayerFile(layer, *(row[name] or "" for name in names))

    def _with_layers(self, documents: pa.Table, keep: pa.BooleanArray | Sequence[bool]) -> Batch:
        flags = np.asarray(keep, bool)
        if flags.all():
            return Batch(documents, self.layers, self.spans, self.relations)
        of_layer, spans = _kept(self.spans, flags)
        _, relations = _kept(self.relations, flags)
        for end in ("head_row", "tail_row"):  # its span is in the same layer
            rows = pc.take(of_layer, relations[end])
            place = relations.schema.get_field_index(end)
            relations = relations.set_column(place, relations.schema.field(place), rows)
        return Batch(documents, self.layers.filter(pa.array(flags)), spans, relations)


def _kept(table: pa.Table, flags: npt.NDArray[np.bool_]) -> tuple[pa.Array, pa.Table]:
    """Return the spans or relations of some layers, after the new row of each; of those left out any row.

    flags: whether a layer is kept.
    """
    layers = table["layer"].to_numpy()
    kept = flags[layers]
    numbers = np.cumsum(flags, dtype=np.int32) - np.int32(1)
    rows = integers(np.cumsum(kept, dtype=np.int32) - np.int32(1))
    return rows, _numbered(table.filter(pa.array(kept)), integers(numbers[layers[kept]]))


def merged(batches: Sequence[Batch]) -> Batch:
    """Return batches as one, in their order. There is at least one; their documents differ."""
    if len(batches) == 1:
        return batches[0]
    places = {  # of the first row of each batch
        name: np.cumsum([0, *(getattr(batch, name).num_rows for batch in batches)]).tolist()
        for name in ("layers", "spans")
    }

    def joined(name: str, **numbered: str) -> pa.Table:
        tables = [getattr(batch, name) for batch in batches]
        for column, of in numbered.items():
            tables = [_moved(table, column, first) for table, first in zip(tables, places[of], strict=False)]
        return pa.concat_tables(tables).combine_chunks()

    return Batch(
        joined("documents"),
        joined("layers"),
        joined("spans", layer="layers"),
        joined("relations", layer="layers", head_row="spans", tail_row="spans"),
    )


def _moved(table: pa.Table, column: str, by: int) -> pa.Table:
    """Return a table whose numbers of rows of another table, in a column, are so much higher."""
    place = table.schema.get_field_index(column)
    moved = pc.add(table[column], pa.scalar(by, pa.int32()))
    return table.set_column(place, table.schema.field(place), moved)


def with_rows(relations: pa.Table, spans: pa.Table) -> pa.Table:
    """Return relations with the rows of their heads and tails among the spans of the same layer.

    Null where the layer has no span of that id; the first where it has several.
    """
    named = [
        (spans["layer"], spans["id"]),
        *((relations["layer"], relations[end]) for end in ("head", "tail")),
    ]
    ids = pa.chunked_array([chunk for _, column in named for chunk in column.chunks], pa.string())
    encoded = ids.combine_chunks().dictionary_encode()  # numbers are looked up in half the time of strings
    layers = np.concatenate([layer.to_numpy().astype(np.int64) for layer, _ in named])
    keys = pa.array(layers * len(encoded.dictionary) + encoded.indices.to_numpy())
    found = pc.index_in(keys[spans.num_rows :], value_set=keys[: spans.num_rows])
    for number, end in enumerate(("head", "tail")):
        rows = found.slice(number * relations.num_rows, relations.num_rows)
        place = relations.schema.get_field_index(f"{end}_row")
        relations = relations.set_column(place, relations.schema.field(place), rows)
    return relations


def _numbered(table: pa.Table, layer: pa.Array | pa.ChunkedArray) -> pa.Table:
    """Return spans or relations with other numbers of their layers."""
    return table.set_column(0, table.schema.field(0), layer)


def _span_table(by_layer: Sequence[Sequence[Span]], ontology: Ontology) -> pa.Table:
    columns = _label_columns(by_layer, Span)
    attributes = columns.pop("attributes")
    size, known = len(attributes), ontology.attribute_names
    rows = np.repeat(np.arange(size, dtype=np.int32), [*map(len, attributes)])
    names = strings([*chain.from_iterable(attributes)])
    values = strings([*chain.from_iterable(map(dict.values, attributes))])
    kinds = pc.fill_null(pc.index_in(names, value_set=strings(known)), len(known)).to_numpy()
    for number, name in enumerate(known):
        own = np.flatnonzero(kinds == number)
        columns[name] = placed(values.take(integers(own)), rows[own], size)
    others = {
        row: ", ".join(sorted(attributes[row].keys() - known)) for row in rows[kinds == len(known)].tolist()
    }
    columns["other_attributes"] = sparse_strings(others, size)
    return pa.table(columns, schema=span_schema(ontology))


def _label_columns(
    by_layer: Sequence[Sequence[Span | Relation]], kind: type[Span | Relation]
) -> dict[str, Any]:
    """Return a column a field of spans or relations, and the row of their layer; attributes as they are."""
    labels = [label for own in by_layer for label in own]
    layers = np.repeat(np.arange(len(by_layer), dtype=np.int32), [len(own) for own in by_layer])
    columns: dict[str, Any] = {"layer": integers(layers)}
    for name in kind.__struct_fields__:
        values = [*map(attrgetter(name), labels)]
        if name in _MADE.names:  # empty but in gold
            made = _MADE.field(name).type
            filled = [value or None for value in values] if any(values) else None
            columns[name] = pa.array(filled, made) if filled else pa.nulls(len(labels), made)
        elif name in {"start", "end"}:
            columns[name] = integers(values)
        else:
            columns[name] = values if name == "attributes" else strings(values)
    return columns


def _document_columns(document: DocumentLabel | None, ontology: Ontology) -> dict[str, Any]:
    """Return what is said of a document as the columns of a layer have it."""
    if document is None:
        return {}
    others = sorted(document.attributes.keys() - ontology.of_document.keys())
    made = {name: getattr(document, name) or None for name in _MADE.names}
    return {**document.attributes, **made, "other_attributes": ", ".join(others) or None}


def _document(row: Mapping[str, Any], names: Sequence[str]) -> DocumentLabel | None:
    own = _attributes(row, names)
    return DocumentLabel(own, *_made(row)) if own else None


def _attributes(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    own = {name: row[name] for name in names if row[name] is not None}
    return own | {name: "" for name in (row.get("other_attributes") or "").split(", ") if name}


def _made(row: Mapping[str, Any]) -> Made:
    return tuple(row["sources"] or ()), row["decision"] or "", row["reason"] or ""
