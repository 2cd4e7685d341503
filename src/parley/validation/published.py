"""The published dataset as a batch: what `load_dataset` returns, judged by the suites that judge labels."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.ontology import Ontology
from parley.model.paths import CorpusPaths
from parley.model.tables import RELATION_SCHEMA, document_schema, span_schema
from parley.validation.batches import Batch, layer_facts
from parley.validation.facts import document_facts, relation_facts, span_facts
from parley.validation.label_files import RELEASE, Gathered

CONFIGS = ("documents", "spans", "relations")


def published_batch(corpus: CorpusPaths, gathered: Gathered, ontology: Ontology) -> Batch:
    """Return the documents, spans and relations of dataset/ with the facts they are judged by.

    A withheld text leaves the facts that need it empty. Raises what `load_dataset` raises where it cannot
    read the dataset; parley.release.verify says why.
    """
    documents, spans, relations = load(corpus, CONFIGS)
    documents = _conform(documents, document_schema())
    names = pc.unique(documents["doc_id"])
    spans = _with_layer(_conform(spans, span_schema(ontology)), names)
    relations = _with_layer(_conform(relations, RELATION_SCHEMA), names)
    texts = {
        name: text
        for name, text in zip(documents["doc_id"].to_pylist(), documents["text"].to_pylist(), strict=True)
        if text
    }
    tables = {
        "documents": document_facts(documents),
        "layers": layer_facts((), gathered),
        "spans": span_facts(spans, relations, texts, gathered.entity_types, ontology),
        "relations": relation_facts(relations, spans, ontology),
    }
    here = corpus.relative(corpus.dataset)
    return Batch("release-00000", tables, [here] * len(names), here)


def load(corpus: CorpusPaths, configs: Sequence[str]) -> list[pa.Table]:
    """Return configs of the published dataset, all splits, as `load_dataset` gives them to a reader.

    ClassLabels are returned as their names; `split` says where a row stands.
    """
    import datasets

    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as cache:  # an own cache: what is there is read, not what once was
        return [
            pa.concat_tables(
                [_plain(rows, split) for split, rows in _load(datasets, corpus, config, cache).items()]
            )
            for config in configs
        ]


def _load(datasets: Any, corpus: CorpusPaths, config: str, cache: str) -> dict[str, Any]:  # noqa: ANN401 - untyped
    found: dict[str, Any] = datasets.load_dataset(
        str(corpus.dataset), config, cache_dir=cache, keep_in_memory=True
    )
    return found


def _plain(rows: Any, split: str) -> pa.Table:  # noqa: ANN401 - untyped library
    table = rows.with_format("arrow")[:]
    columns = {}
    for name, feature in rows.features.items():
        column = table[name]
        if type(feature).__name__ == "ClassLabel":
            column = pa.array(feature.names, pa.string()).take(pc.cast(column, pa.int64()).combine_chunks())
        columns[name] = column
    return pa.table(columns | {"split": pa.array([split] * table.num_rows, pa.string())})


def _conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return the columns of a schema that a table has, the others empty."""
    size = table.num_rows
    columns = {
        field.name: pc.cast(table[field.name], field.type)
        if field.name in table.column_names
        else pa.nulls(size, field.type)
        for field in schema
    }
    return pa.table(columns)


def _with_layer(table: pa.Table, documents: pa.Array) -> pa.Table:
    """Add what label files have and a release has not: the number of the layer, here of the article."""
    size = table.num_rows
    layer = pc.fill_null(pc.index_in(table["doc_id"], value_set=documents), -1).cast(pa.int32())
    table = table.append_column("layer", layer)
    table = table.append_column("kind", pa.array(np.full(size, RELEASE, dtype=object), pa.string()))
    for name in ("sources", "known_sources", "decision", "reason", "other_attributes"):
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(size, pa.string()))
    return table
