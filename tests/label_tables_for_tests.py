"""Label tables made of the second corpus' label files, as converting an export of them would give."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from parley.label_studio.export.findings import FINISHED
from parley.label_studio.export.tables import annotation_schema, label_schemas
from parley.model.batch import EXPORT, Batch, LayerFile
from parley.model.labels import Layer, decode_layer, layer_paths
from parley.model.ontology import Ontology
from parley.model.ontology_file import read_ontology
from parley.model.paths import CorpusPaths

Tables = dict[str, pa.Table]
COPIES = 40  # of each article in large tables


def layers_of(corpus: CorpusPaths, copies: int = 1) -> list[Layer]:
    """Return the layers of a corpus; further copies are of documents of their own."""
    made = [decode_layer(path.read_bytes()) for path in layer_paths(corpus)]
    return [
        msgspec.structs.replace(layer, doc_id=f"{layer.doc_id}.{copy}" if copy else layer.doc_id)
        for copy in range(copies)
        for layer in made
    ]


def tables_of(layers: Iterable[Layer], ontology: Ontology) -> Tables:
    layers = list(layers)
    rows = [
        {
            "doc_id": layer.doc_id,
            "annotator": layer.annotator,
            "task": number,
            "annotation": number,
            "state": FINISHED,
            "text_sha256": layer.text_sha256,
            "updated": layer.updated,
            "lead_time_s": layer.lead_time_s,
            "spans": len(layer.spans),
            "relations": len(layer.relations),
            **(layer.document.attributes if layer.document else {}),
        }
        for number, layer in enumerate(layers)
    ]
    batch = Batch.of([], [LayerFile(layer, EXPORT) for layer in layers], ontology)
    tables = {"annotations": pa.Table.from_pylist(rows, schema=annotation_schema(ontology))}
    for name, schema in label_schemas(ontology).items():
        table: pa.Table = getattr(batch, name)
        for column in ("doc_id", "annotator"):
            table = table.append_column(column, batch.layers[column].take(table["layer"]))
        tables[name] = table.select(schema.names).cast(schema)
    return tables


@pytest.fixture
def big(harbour: CorpusPaths, monkeypatch: pytest.MonkeyPatch) -> Tables:
    """Return tables of some thousand rows; they are cut into many batches."""
    monkeypatch.setattr("parley.label_studio.export.table_batches.ROWS_PER_BATCH", 3000)
    return tables_of(layers_of(harbour, COPIES), ontology_of(harbour))


def write(tables: Tables, folder: Path, rows_per_group: int = 700) -> Path:
    folder.mkdir(exist_ok=True)
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", row_group_size=rows_per_group)
    return folder


def change(table: pa.Table, row: int, **values: object) -> pa.Table:
    """Return a table with other values in a row; a negative row counts from the end."""
    row %= table.num_rows
    for name, value in values.items():
        here = pc.equal(pa.array(range(table.num_rows)), row)
        at = table.column_names.index(name)
        field = table.schema.field(name)
        table = table.set_column(at, field, pc.if_else(here, pa.scalar(value, field.type), table[name]))
    return table


def ontology_of(corpus: CorpusPaths) -> Ontology:
    return read_ontology(corpus.ontology)
