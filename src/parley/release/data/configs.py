"""The rows of every config of a release, as Arrow tables that carry their `datasets` features.

`tables` is a pure function of a batch of whole documents: one machine and a cluster call the same one, and
which documents stand in a batch makes no difference to any row. Tables are made a column at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import pyarrow as pa

from parley.model.labels import Layer, Relation, Span
from parley.model.ontology import Ontology
from parley.release.batches import Batch, Scheme
from parley.release.card.counts import Tally
from parley.release.data.conflicts import conflicts
from parley.release.data.features import features, tagged_labels
from parley.release.data.sentences import bio_tags, containing

SPLIT_CONFIGS = ("documents", "spans", "relations", "sentences", "annotations")
WHOLE_CONFIGS = ("entities", "conflicts")  # about the corpus as a whole: one table
WHOLE = "full"  # `all` is a word of `load_dataset`

METADATA = ("title", "publisher", "published", "event", "language", "rights")

Columns = dict[str, Any]  # a list or an Arrow array each
Schemas = Mapping[str, pa.Schema]


def schemas(ontology: Ontology) -> dict[str, pa.Schema]:
    """Return the schema of each config, with its features in the metadata."""
    return {name: feature.arrow_schema for name, feature in features(ontology).items()}


def tables(batch: Batch, scheme: Scheme, known: Schemas) -> dict[str, pa.Table]:
    """Return the rows of a batch by config: those configs whose rows each belong to a document.

    known: as `schemas` returns them.
    """
    fold = {document.doc_id: batch.placement[document.doc_id].fold for document in batch.documents}
    spans, relations = _spans(batch, scheme), _relations(batch)
    documents = {
        **_documents(batch, scheme),
        "spans": _nested(spans, batch.published, "spans", known["documents"]),
        "relations": _nested(relations, batch.published, "relations", known["documents"]),
    }
    made = {
        "documents": documents,
        "spans": spans | _sentences_of_spans(batch),
        "relations": relations | _ends(batch),
        "sentences": _sentences(batch, scheme),
        "annotations": _annotations(batch, scheme.ontology),
    }
    for config in ("spans", "relations", "annotations"):
        columns = made[config]
        who = columns.pop("annotator")
        columns |= {"annotator": who, "annotator_kind": [scheme.annotators[name].kind for name in who]}
    for columns in made.values():
        columns["fold"] = [fold[name] for name in columns["doc_id"]]
    return {config: _table(made[config], known[config]) for config in SPLIT_CONFIGS}


def whole_tables(counted: Tally, scheme: Scheme, known: Schemas) -> dict[str, pa.Table]:
    """Return the configs about the corpus as a whole, without those that have no rows."""
    made = {"entities": _entities(counted, scheme), "conflicts": _conflicts(counted, scheme)}
    found = {config: _table(columns, known[config]) for config, columns in made.items()}
    return {config: table for config, table in found.items() if table.num_rows}


def _table(columns: Columns, schema: pa.Schema) -> pa.Table:
    """Return columns as a table; label names become their ClassLabel integers, as the features say."""
    info = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    arrays = []
    for column in schema:
        values = columns[column.name]
        if not isinstance(values, pa.Array):
            values = pa.array(_coded(values, info[column.name]), column.type)
        arrays.append(values)
    return pa.Table.from_arrays(arrays, schema=schema)


def _coded(values: Sequence[Any], feature: Mapping[str, Any]) -> Sequence[Any]:
    inner = feature["feature"] if feature["_type"] == "List" else feature
    if inner["_type"] != "ClassLabel":
        return values
    code = {name: number for number, name in enumerate(inner["names"])}
    if inner is feature:
        return [code[value] for value in values]
    return [[code[item] for item in value] for value in values]


def _documents(batch: Batch, scheme: Scheme) -> Columns:
    documents, published = batch.documents, batch.published
    return {
        "doc_id": [d.doc_id for d in documents],
        "text": [d.text for d in documents],
        **{name: [getattr(d, name) for d in documents] for name in METADATA},
        "text_sha256": [d.text_sha256 for d in documents],
        "seed_sha256": [d.seed_sha256 for d in documents],
        "annotator": [layer.annotator for layer in published],
        "annotator_kind": [scheme.annotators[layer.annotator].kind for layer in published],
    }


def _nested(columns: Columns, published: Sequence[Layer], kind: str, schema: pa.Schema) -> pa.Array:
    """Return flat columns as a list of structs for each document. kind: spans or relations."""
    parts = schema.field(kind).type.value_type
    info = json.loads(schema.metadata[b"huggingface"])["info"]["features"][kind]["feature"]
    ranked = {"head": columns["head_rank"], "tail": columns["tail_rank"]} if kind == "relations" else {}
    flat = {**columns, **ranked}
    arrays = [pa.array(_coded(flat[part.name], info[part.name]), part.type) for part in parts]
    ends = accumulate((len(getattr(layer, kind)) for layer in published), initial=0)
    values = pa.StructArray.from_arrays(arrays, fields=list(parts))
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), values, type=schema.field(kind).type)


def _spans(batch: Batch, scheme: Scheme) -> Columns:
    rows = [(layer, span) for layer in batch.published for span in layer.spans]
    return {
        "doc_id": [layer.doc_id for layer, _ in rows],
        **_places([span for _, span in rows], scheme.ontology),
        **_origin(rows),
        "annotator": [layer.annotator for layer, _ in rows],
    }


def _places(spans: Sequence[Span], ontology: Ontology) -> Columns:
    columns: Columns = {
        name: [getattr(s, name) for s in spans] for name in ("id", "label", "start", "end", "text")
    }
    return columns | {name: [s.attributes.get(name) for s in spans] for name in ontology.attribute_names}


def _origin(rows: Sequence[tuple[Layer, Span | Relation]]) -> Columns:
    return {
        "sources": [list(label.sources) or [layer.annotator] for layer, label in rows],
        "decision": [label.decision for _, label in rows],
        "reason": [label.reason for _, label in rows],
    }


def _sentences_of_spans(batch: Batch) -> Columns:
    texts, starts = [], []
    for found, layer in zip(batch.sentences, batch.published, strict=True):
        for span in layer.spans:
            index = containing(found, span.start)
            texts.append(found[index].text if index >= 0 else "")
            starts.append(found[index].start if index >= 0 else span.start)
    return {"sentence": texts, "sentence_start": starts}


def _relations(batch: Batch) -> Columns:
    rows = [(layer, relation) for layer in batch.published for relation in layer.relations]
    rank = {layer.doc_id: {s.id: i for i, s in enumerate(layer.spans)} for layer in batch.published}
    return {
        "doc_id": [layer.doc_id for layer, _ in rows],
        **{name: [getattr(r, name) for _, r in rows] for name in ("id", "label", "head", "tail")},
        "head_rank": [rank[layer.doc_id][r.head] for layer, r in rows],
        "tail_rank": [rank[layer.doc_id][r.tail] for layer, r in rows],
        **_origin(rows),
        "annotator": [layer.annotator for layer, _ in rows],
    }


def _ends(batch: Batch) -> Columns:
    """Return what the relations' ends are: their labels, words and sentences."""
    columns: dict[str, list[Any]] = {
        name: []
        for name in ("head_label", "head_text", "tail_label", "tail_text", "sentence", "same_sentence")
    }
    for found, layer in zip(batch.sentences, batch.published, strict=True):
        spans = layer.span_by_id
        for relation in layer.relations:
            head, tail = spans[relation.head], spans[relation.tail]
            here = containing(found, head.start)
            columns["head_label"].append(head.label)
            columns["head_text"].append(head.text)
            columns["tail_label"].append(tail.label)
            columns["tail_text"].append(tail.text)
            columns["sentence"].append(found[here].text if here >= 0 else "")
            columns["same_sentence"].append(here == containing(found, tail.start))
    return dict(columns)


def _sentences(batch: Batch, scheme: Scheme) -> Columns:
    tagged = set(tagged_labels(scheme.ontology))
    rows, tags = [], []
    for document, layer, found in zip(batch.documents, batch.published, batch.sentences, strict=True):
        spans = [s for s in layer.spans if s.label in tagged]
        for number, sentence in enumerate(found):
            inside = [s for s in spans if s.start < sentence.end and s.end > sentence.start]
            rows.append((document.doc_id, number, sentence))
            tags.append(bio_tags(sentence, inside))
    return {
        "doc_id": [doc_id for doc_id, _, _ in rows],
        "sentence_id": [number for _, number, _ in rows],
        "start": [sentence.start for _, _, sentence in rows],
        "text": [sentence.text for _, _, sentence in rows],
        "tokens": [sentence.tokens for _, _, sentence in rows],
        "token_starts": [sentence.token_starts for _, _, sentence in rows],
        "tags": tags,
    }


def _annotations(batch: Batch, ontology: Ontology) -> Columns:
    """Return every annotator's labels: of each layer its spans, then its relations."""
    rows: list[tuple[Layer, Span | None, Relation | None]] = []
    for layer in batch.layers:
        rows += [(layer, span, None) for span in layer.spans]
        rows += [(layer, None, relation) for relation in layer.relations]
    columns: Columns = {
        "doc_id": [layer.doc_id for layer, _, _ in rows],
        "annotator": [layer.annotator for layer, _, _ in rows],
        "kind": ["span" if span else "relation" for _, span, _ in rows],
    }
    for name in ("id", "label"):
        columns[name] = [getattr(span or relation, name) for _, span, relation in rows]
    for name in ("start", "end", "text"):
        columns[name] = [getattr(span, name) if span else None for _, span, _ in rows]
    for name in ("head", "tail"):
        columns[name] = [getattr(relation, name) if relation else None for _, _, relation in rows]
    for name in ontology.attribute_names:
        columns[name] = [span.attributes.get(name) if span else None for _, span, _ in rows]
    return columns


def _entities(counted: Tally, scheme: Scheme) -> Columns:
    entities = scheme.entities.values()
    return {
        "id": [e.id for e in entities],
        "type": [e.type for e in entities],
        "name": [e.name for e in entities],
        "aliases": [e.aliases for e in entities],
        "wikidata": [e.wikidata for e in entities],
        "note": [e.note for e in entities],
        "mentions": [counted.mentions[e.id] for e in entities],
        "documents": [counted.mentioned[e.id] for e in entities],
    }


def _conflicts(counted: Tally, scheme: Scheme) -> Columns:
    found = conflicts(counted.figures)
    names: Iterable[str] = (
        "entity",
        "role",
        "unit",
        "kind",
        "doc_id",
        "event",
        "value",
        "counted",
        "sentence",
    )
    given = [conflict.figure for conflict in found]
    return {
        **{name: [getattr(figure, name) for figure in given] for name in names},
        "name": [scheme.entities[figure.entity].name for figure in given],
        "excluded": [conflict.excluded for conflict in found],
        "quantity": [figure.quantity.text for figure in given],
    }
