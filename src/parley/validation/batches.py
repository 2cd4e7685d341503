"""The tables of one batch: whole label layers, some hundred thousand spans, with the facts about them.

Keys, references and duplicates never reach across label layers, so a batch can be judged alone, on any
core or machine, and a corpus is as its batches are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from parley.model.documents import Document
from parley.model.labels import Relation, Span
from parley.model.ontology import Ontology
from parley.model.tables import document_table, relation_table, span_table
from parley.validation.facts import document_facts, relation_facts, span_facts
from parley.validation.label_files import Gathered, LayerFile

SPANS_PER_BATCH = 200_000  # ~100 MB of columns while it is judged


@dataclass(frozen=True)
class Batch:
    """What one run of the checkpoint judges: tables by name, the file of each layer, and of the documents."""

    name: str
    tables: Mapping[str, pa.Table]
    files: Sequence[str]
    documents_file: str


@dataclass(frozen=True)
class Laid:
    """A batch whose tables stand in a folder, `<table>.parquet`; counts: rows by table."""

    name: str
    folder: Path
    files: Sequence[str]
    documents_file: str
    counts: Mapping[str, int]


def batches(gathered: Gathered, ontology: Ontology, documents_file: str) -> Iterator[Batch]:
    """Cut what was gathered into batches; documents stand in the first alone, which there always is."""
    for number, layers in enumerate(_cut(gathered.layers)):
        documents = gathered.documents if number == 0 else ()
        tables = _tables(documents, layers, gathered, ontology)
        yield Batch(f"labels-{number:05d}", tables, [f.file for f in layers], documents_file)


def lay_out(batches: Iterable[Batch], folder: Path) -> list[Laid]:
    """Write the tables of batches, one batch in memory at a time.

    The first stands in `folder` itself, where the committed project looks, further ones in folders beside it.
    """
    laid = []
    for number, batch in enumerate(batches):
        home = folder if number == 0 else folder.with_name(f"{folder.name}-{batch.name}")
        home.mkdir(parents=True, exist_ok=True)
        for name, table in batch.tables.items():
            pq.write_table(table, home / f"{name}.parquet", compression="zstd")
        counts = {name: table.num_rows for name, table in batch.tables.items()}
        laid.append(Laid(batch.name, home, batch.files, batch.documents_file, counts))
    return laid


def _cut(layers: Sequence[LayerFile]) -> Iterator[list[LayerFile]]:
    held: list[LayerFile] = []
    size = 0
    for layer in layers:
        if held and size + len(layer.layer.spans) > SPANS_PER_BATCH:
            yield held
            held, size = [], 0
        held.append(layer)
        size += len(layer.layer.spans)
    yield held


def _tables(
    documents: Iterable[Document], files: Sequence[LayerFile], gathered: Gathered, ontology: Ontology
) -> dict[str, pa.Table]:
    layers = [f.layer for f in files]
    known = frozenset(gathered.annotators)
    spans = _with_origin(span_table(layers, ontology), files, [x.spans for x in layers], known)
    attributes = frozenset(ontology.attribute_names)
    other = [
        ", ".join(sorted(span.attributes.keys() - attributes)) or None for x in layers for span in x.spans
    ]
    spans = spans.append_column("other_attributes", pa.array(other, pa.string()))
    relations = _with_origin(relation_table(layers), files, [x.relations for x in layers], known)
    texts = {d.doc_id: d.text for d in gathered.documents}
    return {
        "documents": document_facts(document_table(documents)),
        "layers": layer_facts(files, gathered),
        "spans": span_facts(spans, relations, texts, gathered.entity_types, ontology),
        "relations": relation_facts(relations, spans, ontology),
    }


def layer_facts(files: Sequence[LayerFile], gathered: Gathered) -> pa.Table:
    """Return a row for each label file: what it says of itself, beside what is so."""
    documents = {d.doc_id: d.text_sha256 for d in gathered.documents}
    kinds = {name: annotator.kind for name, annotator in gathered.annotators.items()}
    rows = {
        "row": pa.array(np.arange(len(files))),
        "kind": [f.kind for f in files],
        "doc_id": [f.layer.doc_id for f in files],
        "annotator": [f.layer.annotator for f in files],
        "id": [f.file for f in files],
        "surface": ["" for _ in files],
        "file": [f.file for f in files],
        "expected_file": [f.expected_file for f in files],
        "file_sha256": [f.file_sha256 for f in files],
        "canonical_sha256": [f.canonical_sha256 for f in files],
        "text_sha256": [f.layer.text_sha256 for f in files],
        "document_sha256": [documents.get(f.layer.doc_id) for f in files],
        "annotator_kind": [kinds.get(f.layer.annotator) for f in files],
        "ontology": [f.layer.ontology for f in files],
        "updated": [f.layer.updated for f in files],
    }
    columns = {n: v if n == "row" else pa.array(v, pa.string()) for n, v in rows.items()}
    columns["lead_time_s"] = pa.array([f.layer.lead_time_s for f in files], pa.float64())
    return pa.table(columns)


def _with_origin(
    table: pa.Table,
    files: Sequence[LayerFile],
    labels: Sequence[Sequence[Span] | Sequence[Relation]],
    annotators: frozenset[str],
) -> pa.Table:
    """Add to a label table the layer and kind of each row, and what gold says of its making."""
    sizes = [len(rows) for rows in labels]
    rows = [label for layer in labels for label in layer]
    joined = [", ".join(r.sources) or None for r in rows]
    columns: dict[str, pa.Array] = {
        "layer": pa.array(np.repeat(np.arange(len(files), dtype=np.int32), sizes)),
        "kind": pa.array(np.repeat(np.array([f.kind for f in files], dtype=object), sizes), pa.string()),
        "sources": pa.array(joined, pa.string()),
        "known_sources": pa.array(
            [
                said if annotators.issuperset(r.sources) else None
                for said, r in zip(joined, rows, strict=True)
            ],
            pa.string(),
        ),
        "decision": pa.array([r.decision or None for r in rows], pa.string()),
        "reason": pa.array([r.reason or None for r in rows], pa.string()),
    }
    for name, column in columns.items():
        table = table.append_column(name, column)
    return table
