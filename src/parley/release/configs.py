"""The rows of every config of a release, as Arrow tables that carry their `datasets` features."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from parley.documents import Document
from parley.entities import Entity
from parley.labels import Layer, Relation, Span
from parley.ontology import Ontology
from parley.release.conflicts import conflicts, figures
from parley.release.features import features, tagged_labels
from parley.release.sentences import Sentence, bio_tags, containing, sentences
from parley.release.source import Source
from parley.release.splits import SPLITS, Placement

SPLIT_CONFIGS = ("documents", "spans", "relations", "sentences", "annotations")
WHOLE_CONFIGS = ("entities", "conflicts")  # about the corpus as a whole: one table
WHOLE = "full"  # `all` is a word of `load_dataset`

Row = dict[str, Any]


@dataclass(frozen=True)
class Content:
    """All that a release is computed from."""

    documents: tuple[Document, ...]
    source: Source
    entities: dict[str, Entity]
    ontology: Ontology
    placement: Mapping[str, Placement]

    @cached_property
    def layer_of(self) -> dict[str, Layer]:
        """The published layer by doc_id."""
        return {layer.doc_id: layer for layer in self.source.published}

    @cached_property
    def sentences_of(self) -> dict[str, list[Sentence]]:
        """The sentences by doc_id."""
        found = sentences(self.documents)
        return {d.doc_id: s for d, s in zip(self.documents, found, strict=True)}


def tables(content: Content) -> dict[str, dict[str, pa.Table]]:
    """Return config → split → table; without what has no rows, for `load_dataset` refuses an empty split."""
    made = {
        "documents": _documents(content),
        "spans": _spans(content),
        "relations": _relations(content),
        "sentences": _sentences(content),
        "annotations": _annotations(content),
        "entities": _entities(content),
        "conflicts": _conflicts(content),
    }
    schemas = {name: feature.arrow_schema for name, feature in features(content.ontology).items()}
    result: dict[str, dict[str, pa.Table]] = {}
    for config, rows in made.items():
        placed = SPLITS if config in SPLIT_CONFIGS else (WHOLE,)
        by_split: dict[str, list[Row]] = {split: [] for split in placed}
        for row in rows:
            split = content.placement[row["doc_id"]].split if config in SPLIT_CONFIGS else WHOLE
            by_split[split].append(row)
        result[config] = {
            split: pa.Table.from_pylist(_coded(some, schemas[config]), schema=schemas[config])
            for split, some in by_split.items()
            if some
        }
    return {config: by_split for config, by_split in result.items() if by_split}


def _coded(rows: list[Row], schema: pa.Schema) -> list[Row]:
    """Replace label names by their ClassLabel integers, as the schema's features say."""
    info = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    return [{name: _code(value, info[name]) for name, value in row.items()} for row in rows]


def _code(value: Any, feature: Any) -> Any:  # noqa: ANN401 - any JSON value and its description
    kind = feature.get("_type")
    if value is None:
        return None
    if kind == "ClassLabel":
        return feature["names"].index(value)
    if kind == "List":
        inner = feature["feature"]
        return [_code(item, inner) for item in value]
    if isinstance(value, dict):
        return {name: _code(item, feature[name]) for name, item in value.items()}
    return value


def _attributes(span: Span, ontology: Ontology) -> Row:
    return {name: span.attributes.get(name) for name in ontology.attribute_names}


def _origin(label: Span | Relation, layer: Layer) -> Row:
    sources = list(label.sources) or [layer.annotator]
    return {"sources": sources, "decision": label.decision, "reason": label.reason}


def _maker(layer: Layer, source: Source) -> Row:
    return {"annotator": layer.annotator, "annotator_kind": source.annotators[layer.annotator].kind}


def _documents(content: Content) -> Iterator[Row]:
    for document in content.documents:
        layer = content.layer_of[document.doc_id]
        rank = {span.id: index for index, span in enumerate(layer.spans)}
        yield {
            "doc_id": document.doc_id,
            "text": document.text,
            **{
                n: getattr(document, n)
                for n in ("title", "publisher", "published", "event", "language", "rights")
            },
            "fold": content.placement[document.doc_id].fold,
            "text_sha256": document.text_sha256,
            "seed_sha256": document.seed_sha256,
            **_maker(layer, content.source),
            "spans": [
                {
                    "id": s.id,
                    "label": s.label,
                    "start": s.start,
                    "end": s.end,
                    "text": s.text,
                    **_attributes(s, content.ontology),
                    **_origin(s, layer),
                }
                for s in layer.spans
            ],
            "relations": [
                {
                    "id": r.id,
                    "label": r.label,
                    "head": rank[r.head],
                    "tail": rank[r.tail],
                    **_origin(r, layer),
                }
                for r in layer.relations
            ],
        }


def _spans(content: Content) -> Iterator[Row]:
    for layer in content.source.published:
        found = content.sentences_of[layer.doc_id]
        for span in layer.spans:
            sentence = _sentence(found, span)
            yield {
                "doc_id": layer.doc_id,
                "id": span.id,
                "label": span.label,
                "start": span.start,
                "end": span.end,
                "text": span.text,
                **_attributes(span, content.ontology),
                "sentence": sentence.text if sentence else "",
                "sentence_start": sentence.start if sentence else span.start,
                **_origin(span, layer),
                **_maker(layer, content.source),
                "fold": content.placement[layer.doc_id].fold,
            }


def _relations(content: Content) -> Iterator[Row]:
    for layer in content.source.published:
        found, spans = content.sentences_of[layer.doc_id], layer.span_by_id
        for relation in layer.relations:
            head, tail = spans[relation.head], spans[relation.tail]
            sentence = _sentence(found, head)
            yield {
                "doc_id": layer.doc_id,
                "id": relation.id,
                "label": relation.label,
                "head": head.id,
                "head_label": head.label,
                "head_text": head.text,
                "tail": tail.id,
                "tail_label": tail.label,
                "tail_text": tail.text,
                "sentence": sentence.text if sentence else "",
                "same_sentence": sentence == _sentence(found, tail),
                **_origin(relation, layer),
                **_maker(layer, content.source),
                "fold": content.placement[layer.doc_id].fold,
            }


def _sentence(found: Sequence[Sentence], span: Span) -> Sentence | None:
    index = containing(found, span.start)
    return found[index] if index >= 0 else None


def _sentences(content: Content) -> Iterator[Row]:
    tagged = set(tagged_labels(content.ontology))
    for document in content.documents:
        spans = [s for s in content.layer_of[document.doc_id].spans if s.label in tagged]
        for number, sentence in enumerate(content.sentences_of[document.doc_id]):
            inside = [s for s in spans if s.start < sentence.end and s.end > sentence.start]
            yield {
                "doc_id": document.doc_id,
                "sentence_id": number,
                "start": sentence.start,
                "text": sentence.text,
                "tokens": list(sentence.tokens),
                "token_starts": list(sentence.token_starts),
                "tags": bio_tags(sentence, inside),
                "fold": content.placement[document.doc_id].fold,
            }


def _annotations(content: Content) -> Iterator[Row]:
    placed = content.placement
    layers = [layer for layer in content.source.layers if layer.doc_id in placed]
    for layer in sorted(layers, key=lambda one: (one.doc_id, one.annotator)):
        shared = {"doc_id": layer.doc_id, **_maker(layer, content.source), "fold": placed[layer.doc_id].fold}
        nothing = dict.fromkeys(content.ontology.attribute_names)
        for span in layer.spans:
            place = {
                "id": span.id,
                "label": span.label,
                "start": span.start,
                "end": span.end,
                "text": span.text,
            }
            ends: Row = {"head": None, "tail": None}
            yield {**shared, "kind": "span", **place, **ends, **_attributes(span, content.ontology)}
        for relation in layer.relations:
            place = {"id": relation.id, "label": relation.label, "start": None, "end": None, "text": None}
            ends = {"head": relation.head, "tail": relation.tail}
            yield {**shared, "kind": "relation", **place, **ends, **nothing}


def _entities(content: Content) -> Iterator[Row]:
    names = [a.name for a in content.ontology.attributes if a.kind == "entity"]
    mentions: dict[str, list[str]] = {}
    for layer in content.source.published:
        for span in layer.spans:
            for name in {span.attributes[n] for n in names if n in span.attributes}:
                mentions.setdefault(name, []).append(layer.doc_id)
    for entity in content.entities.values():
        found = mentions.get(entity.id, [])
        yield {
            "id": entity.id,
            "type": entity.type,
            "name": entity.name,
            "aliases": list(entity.aliases),
            "wikidata": entity.wikidata,
            "note": entity.note,
            "mentions": len(found),
            "documents": len(set(found)),
        }


def _conflicts(content: Content) -> Iterator[Row]:
    event_of = {d.doc_id: d.event for d in content.documents}
    for figure in conflicts(figures(content.source.published, content.entities, content.ontology)):
        sentence = _sentence(content.sentences_of[figure.doc_id], figure.quantity)
        yield {
            "entity": figure.entity,
            "name": content.entities[figure.entity].name,
            "role": figure.role,
            "unit": figure.unit,
            "kind": figure.kind,
            "doc_id": figure.doc_id,
            "event": event_of[figure.doc_id],
            "value": figure.value,
            "quantity": figure.quantity.text,
            "counted": figure.counted,
            "sentence": sentence.text if sentence else "",
        }
