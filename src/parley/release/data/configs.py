"""The rows of every config of a release, as Arrow tables that carry their `datasets` features.

`tables` is a pure function of a batch of whole documents: one machine and a cluster call the same one, and
which documents are in a batch makes no difference to any row. Tables are computed a column at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import Batch
from parley.release.data.counts import Counts, conflicts
from parley.release.data.schema import SPLIT_CONFIGS, Column, Config
from parley.release.data.sentences import Sentences
from parley.release.inputs import Inputs
from parley.values.several import members

Columns = dict[str, Any]  # a list or an Arrow array each


def tables(
    published: Batch, annotated: Batch, sentences: Sentences, inputs: Inputs, configs: Mapping[str, Config]
) -> dict[str, pa.Table]:
    """Return the rows of some documents by config: those configs whose rows each belong to a document.

    published: one layer a document, in the documents' order. annotated: the same documents with the layers of
    every annotator, in their order. sentences: of these documents. configs: as `schema.configs` returns them.
    """
    labels = published.spans, published.relations
    spans, relations = (_labels(published, table) for table in labels)
    numbers = np.arange(published.layers.num_rows + 1)
    begins = [np.searchsorted(table["layer"].to_numpy(), numbers).astype(np.int32) for table in labels]
    head, tail = (relations[name].to_numpy() for name in ("head_row", "tail_row"))
    first = begins[0][relations["layer"].to_numpy()]
    starts = spans["start"].to_numpy()
    sentence_rows = sentences.containing(spans["layer"].to_numpy(), starts)
    begin_of_sentence = np.append(sentences.starts, 0)[sentence_rows]
    sentence = sentences.texts.take(pa.array(sentence_rows % len(sentences.texts)))
    documents = configs["documents"]
    found: dict[str, Columns] = {
        "documents": {
            **_columns(published.documents),
            "annotator": published.layers["annotator"],
            "spans": _nested(documents, "spans", spans, begins[0]),
            "relations": _nested(
                documents, "relations", relations | {"head": head - first, "tail": tail - first}, begins[1]
            ),
        },
        "spans": spans
        | {
            "sentence": sentence,
            "sentence_start": pa.array(np.where(sentence_rows < 0, starts, begin_of_sentence)),
        },
        "relations": relations
        | {
            f"{end}_{name}": spans[name].take(pa.array(rows))
            for end, rows in (("head", head), ("tail", tail))
            for name in ("label", "text")
        }
        | {
            "sentence": sentence.take(pa.array(head)),
            "same_sentence": pa.array(sentence_rows[head] == sentence_rows[tail]),
        },
        "sentences": {
            "doc_id": published.documents["doc_id"].take(pa.array(sentences.text_rows)),
            "sentence_id": [number for some in sentences.of_article for number in range(len(some))],
            "start": pa.array(sentences.starts),
            "text": sentences.texts[:-1],
            "tokens": [one.tokens for one in sentences.flat],
            "token_starts": [one.token_starts for one in sentences.flat],
            "tags": sentences.tags,
        },
        "annotations": _annotations(annotated, inputs),
    }
    folds = {name: inputs.placement[name].fold for name in published.documents["doc_id"].to_pylist()}
    kinds = {name: annotator.kind for name, annotator in inputs.annotators.items()}
    for columns in found.values():
        columns["fold"] = _looked_up(columns["doc_id"], folds, pa.int32())
        if "annotator" in columns:
            columns["annotator_kind"] = _looked_up(columns["annotator"], kinds, pa.string())
    return {config: _table(found[config], configs[config]) for config in SPLIT_CONFIGS}


def whole_tables(counts: Counts, inputs: Inputs, configs: Mapping[str, Config]) -> dict[str, pa.Table]:
    """Return the configs about the corpus as a whole, without those that have no rows."""
    entities = inputs.entities.values()
    differing = conflicts(counts.figures)
    found: dict[str, Columns] = {
        "entities": {
            **{name: [getattr(e, name) for e in entities] for name in ("id", "type", "name", "aliases")},
            **{name: [getattr(e, name) for e in entities] for name in ("wikidata", "note")},
            "mentions": [counts.mentions[e.id] for e in entities],
            "documents": [counts.mentioned[e.id] for e in entities],
        },
        "conflicts": {
            **{
                column.name: [getattr(figure, column.name, None) for figure in differing]
                for column in configs["conflicts"].columns
            },
            "name": [inputs.entities[figure.entity].name for figure in differing],
        },
    }
    made = {config: _table(columns, configs[config]) for config, columns in found.items()}
    return {config: table for config, table in made.items() if table.num_rows}


def _labels(batch: Batch, table: pa.Table) -> Columns:
    """Return what spans or relations have in every config, a row each."""
    layer = table["layer"]
    who = batch.layers["annotator"].take(layer)
    alone = pa.ListArray.from_arrays(np.arange(len(who) + 1, dtype=np.int32), who.combine_chunks())
    sources = table["sources"].combine_chunks()
    return _columns(table) | {
        "doc_id": batch.layers["doc_id"].take(layer),
        "annotator": who,
        "sources": pc.coalesce(sources, alone) if sources.null_count else sources,
        "decision": pc.fill_null(table["decision"], ""),
        "reason": pc.fill_null(table["reason"], ""),
    }


def _annotations(batch: Batch, inputs: Inputs) -> Columns:
    """Return every annotator's labels: of each layer its spans, then its relations."""
    spans, relations = batch.spans, batch.relations
    names = [*inputs.ontology.attribute_names, "layer", "id", "label", "start", "end", "text"]
    both = pa.concat_tables(
        [spans.select(names), relations.select(["layer", "id", "label", "head", "tail"])],
        promote_options="default",
    )
    kinds = np.repeat(np.array(["span", "relation"]), [spans.num_rows, relations.num_rows])
    both = both.append_column("kind", pa.array(kinds, pa.string()))
    both = both.take(pa.array(np.argsort(both["layer"].to_numpy(), kind="stable")))
    return _columns(both) | {name: batch.layers[name].take(both["layer"]) for name in ("doc_id", "annotator")}


def _columns(table: pa.Table) -> Columns:
    return {name: table[name] for name in table.column_names}


def _looked_up(names: Any, known: Mapping[str, Any], kind: pa.DataType) -> pa.Array:  # noqa: ANN401 - as `_array`
    """Return for each name what is known by it."""
    rows = pc.index_in(names, value_set=pa.array(list(known), pa.string()))
    return pa.array(list(known.values()), kind).take(rows)


def _table(columns: Columns, config: Config) -> pa.Table:
    schema = config.arrow
    arrays = [
        _array(columns[column.name], column, field.type)
        for column, field in zip(config.columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _nested(config: Config, name: str, columns: Columns, begins: npt.NDArray[np.int32]) -> pa.Array:
    """Return flat columns as a list of structs for each layer. begins: of the layers' rows, and their end."""
    kind = config.arrow.field(name).type
    fields = list(kind.value_type)
    (parts,) = (column.parts for column in config.columns if column.name == name)
    arrays = [_array(columns[part.name], part, f.type) for part, f in zip(parts, fields, strict=True)]
    values = pa.StructArray.from_arrays(arrays, fields=fields)
    return pa.ListArray.from_arrays(pa.array(begins), values, type=kind)


def _array(values: Any, column: Column, kind: pa.DataType) -> pa.Array:  # noqa: ANN401 - a list or a column
    """Return a column as its type; names of classes become their integers."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if column.attribute and column.is_list:
        values = [None if value is None else members(value) for value in values.to_pylist()]
    elif column.classes and column.is_list:
        code = {name: number for number, name in enumerate(column.classes)}
        values = [[code[name] for name in some] for some in values]
    elif column.classes:
        values = pc.index_in(values, value_set=pa.array(column.classes, pa.string()))
    if isinstance(values, pa.Array):
        return values if values.type == kind else values.cast(kind)
    return pa.array(values, kind)
