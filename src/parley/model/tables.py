"""Labels as columns: the flat Arrow tables that every later step reads.

One row a span, one row a relation, with the ids of label files. The tables are the same whether they come
from label files or straight from a Label Studio export.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from parley.model.documents import Document
from parley.model.labels import Layer
from parley.model.ontology import Ontology


def document_schema() -> pa.Schema:
    """Return the schema of the documents table."""
    names = (
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
    return pa.schema([pa.field(name, pa.string(), nullable=False) for name in names])


def span_schema(ontology: Ontology) -> pa.Schema:
    """Return the schema of a span table: offsets in code points, a string column an attribute."""
    return pa.schema(
        [
            pa.field("doc_id", pa.string(), nullable=False),
            pa.field("annotator", pa.string(), nullable=False),
            pa.field("id", pa.string(), nullable=False),
            pa.field("label", pa.string(), nullable=False),
            pa.field("start", pa.int32(), nullable=False),
            pa.field("end", pa.int32(), nullable=False),
            pa.field("text", pa.string(), nullable=False),
            *(pa.field(name, pa.string()) for name in ontology.attribute_names),
        ]
    )


RELATION_SCHEMA = pa.schema(
    [
        pa.field(name, pa.string(), nullable=False)
        for name in ("doc_id", "annotator", "id", "label", "head", "tail")
    ]
)


def document_table(documents: Iterable[Document]) -> pa.Table:
    """Return the documents as a table, in the order given."""
    rows = list(documents)
    schema = document_schema()
    return pa.table({name: [getattr(d, name) for d in rows] for name in schema.names}, schema=schema)


def span_table(layers: Iterable[Layer], ontology: Ontology) -> pa.Table:
    """Return the spans of layers as a table, in the order given.

    An attribute that the ontology does not know has no column: label files are checked for those before.
    """
    rows = [(layer, span) for layer in layers for span in layer.spans]
    schema = span_schema(ontology)
    columns: dict[str, list[object]] = {
        "doc_id": [layer.doc_id for layer, _ in rows],
        "annotator": [layer.annotator for layer, _ in rows],
    }
    for name in ("id", "label", "start", "end", "text"):
        columns[name] = [getattr(span, name) for _, span in rows]
    for name in ontology.attribute_names:
        columns[name] = [span.attributes.get(name) for _, span in rows]
    return pa.table(columns, schema=schema)


def relation_table(layers: Iterable[Layer]) -> pa.Table:
    """Return the relations of layers as a table, in the order given."""
    rows = [(layer, relation) for layer in layers for relation in layer.relations]
    columns: dict[str, list[str]] = {
        "doc_id": [layer.doc_id for layer, _ in rows],
        "annotator": [layer.annotator for layer, _ in rows],
    }
    for name in ("id", "label", "head", "tail"):
        columns[name] = [getattr(relation, name) for _, relation in rows]
    return pa.table(columns, schema=RELATION_SCHEMA)
