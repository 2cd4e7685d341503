"""The batches of a release: what its Parquet files say, with names for the integers of classes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import (
    DOCUMENT_SCHEMA,
    LABELS,
    LAYER_SCHEMA,
    RELATION_SCHEMA,
    RELEASE,
    Batch,
    span_schema,
    with_rows,
)
from parley.model.ontology import Ontology
from parley.release.data.loading import data_files, read_config, read_file

DOCUMENTS = 2_000  # articles, from which a batch takes no further files


@dataclass(frozen=True)
class PublishedBatch:
    """Articles of a release that have not been read. names: of their files in each config."""

    folder: Path
    ontology: Ontology
    names: frozenset[str]

    def load(self) -> Batch:
        """Return the batch, with a layer of origin RELEASE for each article.

        A label of an article that is not in its files gets a layer too. Columns that the release lacks are
        empty. Raises DataFaults naming a file that cannot be read.
        """
        return _published(self.folder, self.ontology, self.names)


def published_batches(folder: Path, ontology: Ontology) -> list[PublishedBatch]:
    """Return the batches of a release folder, unread but for the ids of their articles.

    Raises DataFaults naming a file that cannot be read.
    """
    found = []
    names: set[str] = set()
    rows = 0
    for _, path in data_files(folder, "documents"):
        names.add(path.name)
        rows += read_file(folder, path, ["doc_id"]).num_rows
        if rows >= DOCUMENTS:
            found.append(PublishedBatch(folder, ontology, frozenset(names)))
            names, rows = set(), 0
    if names:
        found.append(PublishedBatch(folder, ontology, frozenset(names)))
    return found


def batches(folder: Path, ontology: Ontology) -> Iterator[Batch]:
    """Yield the published labels of a release folder; raises as `PublishedBatch.load`."""
    return (stored.load() for stored in published_batches(folder, ontology))


def annotated(folder: Path, ontology: Ontology) -> Batch:
    """Return all articles of a release folder with each annotator's labels, from the config `annotations`.

    Raises as `batches`.
    """
    columns = ["doc_id", "annotator", "kind", "id", "label", "start", "end", "text", "head", "tail"]
    labels = read_config(folder, "annotations", [*columns, *ontology.attribute_names])
    key = pc.binary_join_element_wise(labels["doc_id"], labels["annotator"], "/").combine_chunks()
    distinct = pc.unique(key)
    owners = labels.select(["doc_id", "annotator"]).take(pc.index_in(distinct, value_set=key))
    labels = labels.append_column("layer", pc.index_in(key, value_set=distinct))
    sides = [labels.filter(pc.equal(labels["kind"], kind)) for kind in ("span", "relation")]
    documents = read_config(folder, "documents", DOCUMENT_SCHEMA.names)
    return _joined(documents, owners, LABELS, sides, ontology)


def _published(folder: Path, ontology: Ontology, names: Collection[str]) -> Batch:
    """Return the articles and labels in files of some names."""
    documents = read_config(folder, "documents", [*DOCUMENT_SCHEMA.names, "annotator"], names)
    made = ["sources", "decision", "reason"]
    columns = ["doc_id", "id", "label", "start", "end", "text", *ontology.attribute_names, *made]
    sides = [read_config(folder, "spans", columns, names)]
    sides.append(read_config(folder, "relations", ["doc_id", "id", "label", "head", "tail", *made], names))
    known = [table["doc_id"] for table in (documents, *sides)]
    distinct = pc.unique(
        pa.chunked_array([chunk for column in known for chunk in column.chunks], pa.string())
    )
    owners = documents.take(pc.index_in(distinct, value_set=documents["doc_id"].combine_chunks()))
    owners = owners.set_column(0, "doc_id", distinct)
    sides = [t.append_column("layer", pc.index_in(t["doc_id"], value_set=distinct)) for t in sides]
    return _joined(documents, owners, RELEASE, sides, ontology)


def _joined(
    documents: pa.Table, owners: pa.Table, origin: str, labels: Sequence[pa.Table], ontology: Ontology
) -> Batch:
    """Return a batch. owners: a row a layer. labels: spans and relations with the column `layer`."""
    origins = pa.array([origin] * owners.num_rows, pa.string())
    spans, relations = (
        _conform(table, schema)
        for table, schema in zip(labels, (span_schema(ontology), RELATION_SCHEMA), strict=True)
    )
    return Batch(
        _conform(documents, DOCUMENT_SCHEMA),
        _conform(owners.append_column("origin", origins), LAYER_SCHEMA),
        spans,
        with_rows(relations, spans),
    )


def _conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return the columns of a schema, empty if the table lacks them, in the order of layers if it has any."""
    if "layer" in table.column_names:
        table = table.take(pa.array(np.argsort(table["layer"].to_numpy(), kind="stable")))
    columns = [
        pc.cast(table[field.name], field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, names=schema.names).combine_chunks()
