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
from parley.release.data.schema import METADATA, SPLIT_CONFIGS, Column, Config
from parley.release.data.sentences import Sentences
from parley.release.inputs import Inputs

Columns = dict[str, Any]  # a list or an Arrow array each
Schemas = Mapping[str, pa.Schema]
Rows = npt.NDArray[np.int64]


def tables(
    published: Batch, annotated: Batch, sentences: Sentences, inputs: Inputs, configs: Mapping[str, Config]
) -> dict[str, pa.Table]:
    """Return the rows of some documents by config: those configs whose rows each belong to a document.

    published: one layer a document, in the documents' order. annotated: the same documents with the layers of
    every annotator, in their order. sentences: of these documents. configs: as `schema.configs` returns them.
    """
    spans, relations = _labels(published, "spans"), _labels(published, "relations")
    first = np.searchsorted(published.spans["layer"].to_numpy(), np.arange(published.layers.num_rows))
    head, tail = (published.relations[name].to_numpy() for name in ("head_row", "tail_row"))
    of_relation = published.relations["layer"].to_numpy()
    nested = relations | {"head": head - first[of_relation], "tail": tail - first[of_relation]}
    arrow = configs["documents"].arrow
    parts = {c.name: (c, arrow.field(c.name).type) for c in configs["documents"].columns if c.parts}
    documents: Columns = {
        **{name: published.documents[name] for name in ("doc_id", "text", *METADATA)},
        **{name: published.documents[name] for name in ("text_sha256", "seed_sha256")},
        "annotator": published.layers["annotator"],
        "spans": _nested(spans, published.spans, published.layers.num_rows, *parts["spans"]),
        "relations": _nested(nested, published.relations, published.layers.num_rows, *parts["relations"]),
    }
    found = {
        "documents": documents,
        "spans": spans | _sentence_of_each(published, sentences),
        "relations": relations | _ends(published, sentences, head, tail),
        "sentences": _sentences(published, sentences),
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
    found: dict[str, Columns] = {
        "entities": {
            **{name: [getattr(e, name) for e in entities] for name in ("id", "type", "name", "aliases")},
            **{name: [getattr(e, name) for e in entities] for name in ("wikidata", "note")},
            "mentions": [counts.mentions[e.id] for e in entities],
            "documents": [counts.mentioned[e.id] for e in entities],
        }
    }
    differing = conflicts(counts.figures)
    given = [conflict.figure for conflict in differing]
    found["conflicts"] = {
        **{c.name: [getattr(f, c.name, None) for f in given] for c in configs["conflicts"].columns},
        "name": [inputs.entities[figure.entity].name for figure in given],
        "excluded": [conflict.excluded for conflict in differing],
    }
    made = {config: _table(columns, configs[config]) for config, columns in found.items()}
    return {config: table for config, table in made.items() if table.num_rows}


def _table(columns: Columns, config: Config) -> pa.Table:
    schema = config.arrow
    arrays = [
        _array(columns[column.name], column, schema.field(column.name).type) for column in config.columns
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(values: Any, column: Column, kind: pa.DataType) -> pa.Array:  # noqa: ANN401 - a list or a column
    """Return a column as its type; names of classes become their integers."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if column.classes and column.is_list:
        code = {name: number for number, name in enumerate(column.classes)}
        values = [[code[name] for name in some] for some in values]
    elif column.classes:
        values = pc.index_in(values, value_set=pa.array(column.classes, pa.string()))
    if isinstance(values, pa.Array):
        return values if values.type == kind else values.cast(kind)
    return pa.array(values, kind)


def _nested(columns: Columns, labels: pa.Table, size: int, column: Column, kind: pa.ListType) -> pa.Array:
    """Return flat columns as a list of structs for each layer. size: number of layers."""
    fields = list(kind.value_type)
    parts = zip(column.parts, fields, strict=True)
    arrays = [_array(columns[part.name], part, field.type) for part, field in parts]
    ends = np.searchsorted(labels["layer"].to_numpy(), np.arange(size + 1)).astype(np.int32)
    values = pa.StructArray.from_arrays(arrays, fields=fields)
    return pa.ListArray.from_arrays(pa.array(ends), values, type=kind)


def _looked_up(names: Any, known: Mapping[str, Any], kind: pa.DataType) -> pa.Array:  # noqa: ANN401 - as `_array`
    """Return for each name what is known by it."""
    rows = pc.index_in(names, value_set=pa.array(list(known), pa.string()))
    return pa.array(list(known.values()), kind).take(rows)


def _labels(batch: Batch, kind: str) -> Columns:
    """Return what spans or relations have in every config, a row each."""
    table: pa.Table = getattr(batch, kind)
    layer = table["layer"]
    who = batch.layers["annotator"].take(layer)
    alone = pa.ListArray.from_arrays(np.arange(len(who) + 1, dtype=np.int32), who.combine_chunks())
    sources = table["sources"].combine_chunks()
    columns = {name: table[name] for name in table.column_names}
    return columns | {
        "doc_id": batch.layers["doc_id"].take(layer),
        "annotator": who,
        "sources": pc.coalesce(sources, alone) if sources.null_count else sources,
        "decision": pc.fill_null(table["decision"], ""),
        "reason": pc.fill_null(table["reason"], ""),
    }


def _sentence_of_each(batch: Batch, sentences: Sentences) -> Columns:
    starts = batch.spans["start"].to_numpy()
    rows = sentences.containing(batch.spans["layer"].to_numpy(), starts)
    begins = np.append(sentences.starts, 0)[rows]
    return {
        "sentence": sentences.texts.take(pa.array(rows % len(sentences.texts))),
        "sentence_start": pa.array(np.where(rows < 0, starts, begins)),
    }


def _ends(batch: Batch, sentences: Sentences, head: Rows, tail: Rows) -> Columns:
    """Return labels, words and sentences of the ends of relations. head, tail: rows of spans."""
    spans = batch.spans
    here = sentences.containing(spans["layer"].to_numpy(), spans["start"].to_numpy())
    return {
        **{
            f"{end}_{name}": spans[name].take(pa.array(rows))
            for end, rows in (("head", head), ("tail", tail))
            for name in ("label", "text")
        },
        "sentence": sentences.texts.take(pa.array(here[head] % len(sentences.texts))),
        "same_sentence": pa.array(here[head] == here[tail]),
    }


def _sentences(batch: Batch, sentences: Sentences) -> Columns:
    return {
        "doc_id": batch.documents["doc_id"].take(pa.array(sentences.text_rows)),
        "sentence_id": [number for size in sentences.of_text for number in range(size)],
        "start": pa.array(sentences.starts),
        "text": sentences.texts[:-1],
        "tokens": [sentence.tokens for sentence in sentences.flat],
        "token_starts": [sentence.token_starts for sentence in sentences.flat],
        "tags": sentences.tags,
    }


def _annotations(batch: Batch, inputs: Inputs) -> Columns:
    """Return every annotator's labels: of each layer its spans, then its relations."""
    spans, relations = batch.spans, batch.relations
    names = [*inputs.ontology.attribute_names, "layer", "id", "label", "start", "end", "text"]
    both = pa.concat_tables(
        [spans.select(names), relations.select(["layer", "id", "label", "head", "tail"])],
        promote_options="default",
    )
    order = pa.array(np.argsort(both["layer"].to_numpy(), kind="stable"))
    layer = both["layer"].take(order)
    kind = pa.array(np.repeat(np.array([0, 1]), [spans.num_rows, relations.num_rows]))
    return {
        **{name: both[name].take(order) for name in both.column_names},
        "doc_id": batch.layers["doc_id"].take(layer),
        "annotator": batch.layers["annotator"].take(layer),
        "kind": pa.array(["span", "relation"]).take(kind.take(order)),
    }
