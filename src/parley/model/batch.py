"""The batch: some whole documents and the layers on them, as four Arrow tables.

Every step at size is a function of a batch. A batch comes from a corpus folder, from the tables of an export
or from a release, and never needs another batch: ids, references and duplicates do not reach across
documents. Single spans and relations are structs (`model.labels`) only where people's files are read or
written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.documents import Document
from parley.model.labels import Layer, Relation, Span
from parley.model.ontology import Ontology

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

_MADE = [  # how gold was made: empty elsewhere
    pa.field("sources", pa.list_(pa.string())),
    pa.field("decision", pa.string()),
    pa.field("reason", pa.string()),
]

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

    documents: DOCUMENT_SCHEMA, a row an article. layers: LAYER_SCHEMA, perhaps with further columns of its
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
        files = list(layers)
        spans = _span_table([f.layer for f in files], ontology)
        relations = _relation_table([f.layer for f in files])
        return cls(_document_table(documents), _layer_table(files), spans, with_rows(relations, spans))

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
        attributes = [
            name for name in self.spans.column_names if name not in _FIXED and name != "other_attributes"
        ]
        spans, relations = (_by_layer(table) for table in (self.spans, self.relations))
        for number, row in enumerate(self.layers.to_pylist()):
            layer = Layer(
                row["doc_id"],
                row["text_sha256"],
                row["annotator"],
                row["ontology"],
                row["updated"],
                row["lead_time_s"],
                tuple(
                    Span(
                        s["id"],
                        s["start"],
                        s["end"],
                        s["text"],
                        s["label"],
                        {name: s[name] for name in attributes if s[name] is not None}
                        | {name: "" for name in (s["other_attributes"] or "").split(", ") if name},
                        *_made(s),
                    )
                    for s in spans.get(number, ())
                ),
                tuple(
                    Relation(r["id"], r["label"], r["head"], r["tail"], *_made(r))
                    for r in relations.get(number, ())
                ),
            )
            names = ("origin", "file", "file_sha256", "canonical_sha256")
            yield LayerFile(layer, *(row[name] or "" for name in names))

    def _with_layers(self, documents: pa.Table, keep: pa.BooleanArray | Sequence[bool]) -> Batch:
        flags = np.asarray(keep, bool)
        numbers = (np.cumsum(flags) - 1).astype(np.int32)
        spans, relations = (
            table.filter(pa.array(flags[_numbers(table["layer"])])) for table in (self.spans, self.relations)
        )
        spans, relations = (
            table.set_column(
                0, table.schema.field(0), pa.array(numbers[_numbers(table["layer"])], pa.int32())
            )
            for table in (spans, relations)
        )
        return Batch(documents, self.layers.filter(pa.array(flags)), spans, with_rows(relations, spans))


def merged(batches: Sequence[Batch]) -> Batch:
    """Return batches as one, in their order. There is at least one; their documents differ."""
    first = np.cumsum([0, *(b.layers.num_rows for b in batches)])
    tables: dict[str, list[pa.Table]] = {"spans": [], "relations": []}
    for before, batch in zip(first.tolist(), batches, strict=False):
        for name, parts in tables.items():
            table: pa.Table = getattr(batch, name)
            shifted = pc.add(table["layer"], pa.scalar(before, pa.int32()))
            parts.append(table.set_column(0, table.schema.field(0), shifted))
    spans, relations = (pa.concat_tables(parts).combine_chunks() for parts in tables.values())
    return Batch(
        pa.concat_tables([b.documents for b in batches]).combine_chunks(),
        pa.concat_tables([b.layers for b in batches]).combine_chunks(),
        spans,
        with_rows(relations, spans),
    )


def with_rows(relations: pa.Table, spans: pa.Table) -> pa.Table:
    """Return relations with the rows of their heads and tails among the spans of the same layer.

    Null where the layer has no span of that id; the first where it has several.
    """
    ids = span_keys(spans["layer"], spans["id"])
    for end in ("head", "tail"):
        rows = pc.index_in(span_keys(relations["layer"], relations[end]), value_set=ids)
        place = relations.schema.get_field_index(f"{end}_row")
        relations = relations.set_column(place, relations.schema.field(place), rows)
    return relations


def span_keys(layer: pa.ChunkedArray, ids: pa.ChunkedArray) -> pa.Array:
    """Return ids of spans made unique over layers."""
    keys = pc.binary_join_element_wise(pc.cast(layer, pa.string()), ids, "/")
    return keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys


_FIXED = frozenset({"layer", "id", "label", "start", "end", "text", "sources", "decision", "reason"})


def _document_table(documents: Iterable[Document]) -> pa.Table:
    rows = list(documents)
    columns = {name: [getattr(d, name) for d in rows] for name in _DOCUMENT_COLUMNS}
    return pa.table(columns, schema=DOCUMENT_SCHEMA)


def _layer_table(files: Sequence[LayerFile]) -> pa.Table:
    columns: dict[str, list[object]] = {}
    for name in LAYER_SCHEMA.names:
        of_file = [getattr(f, name) or None if hasattr(f, name) else getattr(f.layer, name) for f in files]
        columns[name] = of_file
    return pa.table(columns, schema=LAYER_SCHEMA)


def _span_table(layers: Sequence[Layer], ontology: Ontology) -> pa.Table:
    spans = [span for layer in layers for span in layer.spans]
    known = frozenset(ontology.attribute_names)
    columns: dict[str, object] = {"layer": _layer_numbers([len(layer.spans) for layer in layers])}
    for name in ("id", "label", "start", "end", "text"):
        columns[name] = [getattr(span, name) for span in spans]
    for name in ontology.attribute_names:
        columns[name] = [span.attributes.get(name) for span in spans]
    columns["other_attributes"] = [", ".join(sorted(s.attributes.keys() - known)) or None for s in spans]
    return pa.table(columns | _made_columns(spans), schema=span_schema(ontology))


def _relation_table(layers: Sequence[Layer]) -> pa.Table:
    relations = [relation for layer in layers for relation in layer.relations]
    columns: dict[str, object] = {"layer": _layer_numbers([len(layer.relations) for layer in layers])}
    for name in ("id", "label", "head", "tail"):
        columns[name] = [getattr(relation, name) for relation in relations]
    columns |= dict.fromkeys(("head_row", "tail_row"), pa.nulls(len(relations), pa.int32()))
    return pa.table(columns | _made_columns(relations), schema=RELATION_SCHEMA)


def _layer_numbers(sizes: Sequence[int]) -> npt.NDArray[np.int32]:
    return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)


def _made_columns(labels: Sequence[Span | Relation]) -> dict[str, object]:
    return {
        "sources": [label.sources or None for label in labels],
        "decision": [label.decision or None for label in labels],
        "reason": [label.reason or None for label in labels],
    }


def _made(row: Mapping[str, Any]) -> tuple[tuple[str, ...], str, str]:
    return tuple(row["sources"] or ()), row["decision"] or "", row["reason"] or ""


def _by_layer(table: pa.Table) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        found.setdefault(row["layer"], []).append(row)
    return found


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[np.int32]:
    numbers: npt.NDArray[np.int32] = column.to_numpy()
    return numbers
