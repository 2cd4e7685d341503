"""Label files: spans and relations of one annotator on one article, in canonical form.

A span's id says its label and offsets (`PER-63-69`), a relation's id its ends
(`CONTENT-10-80.source.PER-63-69`): ids are derived, so equal labels have equal ids in every layer, and a
difference in version control is a difference of labels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from parley.model.paths import CorpusPaths
from parley.runtime.many_files import write_many
from parley.values.several import is_array

DECISIONS = {  # of gold labels
    "agreed": "all annotators whose labels were adjudicated gave it, and it is as they gave it",
    "kept": "they differed, and the lead took it as one gave it",
    "edited": "the lead changed what they gave",
    "added": "the lead gave it, none of them did",
}
REJECTED = "rejected"  # a label that is in no gold, but in the ledger

# `attribute`, `direction` and `endpoint` are there because a different attribute, a turned relation and a
# relation that lost an end are none of the others.
REASONS = {
    "boundary": "the offsets differ",
    "type": "the label differs",
    "attribute": "an attribute differs",
    "direction": "the relation runs the other way",
    "missed": "not everybody saw it",
    "endpoint": "an end of the relation was rejected, or is another span",
    "guideline": "the guidelines decide against it, or for it, whatever the annotators saw",
    "ambiguous": "the text allows both",
}

Made = tuple[tuple[str, ...], str, str]  # sources, decision and reason of a label
NOBODY: Made = ((), "", "")
Offset = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]  # what a table has room for


class Span(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A labelled stretch of text.

    start, end: code points into the document's text, half-open. sources, decision, reason: gold only; the
    annotators a label came from, `agreed`/`kept`/`edited`/`added`, and the reason code.
    """

    id: str
    start: Offset
    end: Offset
    text: str
    label: str
    attributes: dict[str, str]
    sources: tuple[str, ...] = ()
    decision: str = ""
    reason: str = ""


class DocumentLabel(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """What is said of the whole article; sources, decision, reason as of a span."""

    attributes: dict[str, str]
    sources: tuple[str, ...] = ()
    decision: str = ""
    reason: str = ""


class Relation(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A directed, labelled pair of spans of one document; head and tail are span ids."""

    id: str
    label: str
    head: str
    tail: str
    sources: tuple[str, ...] = ()
    decision: str = ""
    reason: str = ""


class Layer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All labels of one annotator on one document.

    text_sha256: of the document's text in UTF-8. ontology: its revision. updated: ISO 8601 in UTC, or "".
    lead_time_s: seconds of work, if known. document: what is said of the whole article, None for nothing.
    """

    doc_id: str
    text_sha256: str
    annotator: str
    ontology: str
    updated: str
    lead_time_s: float | None
    spans: tuple[Span, ...]
    relations: tuple[Relation, ...]
    document: DocumentLabel | None = None


def span_id(label: str, start: int, end: int) -> str:
    """Return the id of a span, `PER-63-69`."""
    return f"{label}-{start}-{end}"


def relation_id(head: str, label: str, tail: str) -> str:
    """Return the id of a relation, `CONTENT-10-80.source.PER-63-69`."""
    return f"{head}.{label}.{tail}"


DOCUMENT_ID = span_id("document", 0, 0)


def document_span(document: DocumentLabel) -> Span:
    """Return what is said of an article as a span of no words, as it is compared and decided on."""
    made = document.sources, document.decision, document.reason
    return Span(DOCUMENT_ID, 0, 0, "", "document", document.attributes, *made)


def with_document(spans: Iterable[Span], document: DocumentLabel | None) -> tuple[Span, ...]:
    """Return the spans of a layer after what it says of the article, if anything."""
    return (*([document_span(document)] if document else []), *spans)


def make_span(
    text: str,
    label: str,
    start: int,
    end: int,
    attributes: Mapping[str, str] | None = None,
    *,
    made: Made = NOBODY,
) -> Span:
    """Return the span of `text` at `start`:`end` with its derived id and its surface."""
    name = span_id(label, start, end)
    return Span(name, start, end, text[start:end], label, dict(attributes or {}), *made)


def make_relation(
    label: str, head: Span, tail: Span, *, symmetric: bool = False, made: Made = NOBODY
) -> Relation:
    """Return a relation with its derived id; a symmetric one runs from the later span to the earlier."""
    if symmetric and _span_key(head) < _span_key(tail):
        head, tail = tail, head
    return Relation(relation_id(head.id, label, tail.id), label, head.id, tail.id, *made)


def _span_key(span: Span) -> tuple[int, int, str]:
    return (span.start, -span.end, span.label)


def in_order(layer: Layer) -> Layer:
    """Return the layer with spans in text order (longer first) and relations by head, tail, label."""
    spans = tuple(sorted(layer.spans, key=lambda s: (s.start, -s.end, s.label, s.id)))
    rank = {s.id: i for i, s in enumerate(spans)}
    last = len(spans)
    relations = tuple(
        sorted(layer.relations, key=lambda r: (rank.get(r.head, last), rank.get(r.tail, last), r.label, r.id))
    )
    return msgspec.structs.replace(layer, spans=spans, relations=relations)


def sha256_text(text: str) -> str:
    """Return the hexadecimal SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


_encoder = msgspec.json.Encoder(order="sorted")
_encode, _encode_lines = _encoder.encode, _encoder.encode_lines


def encode_attributes(attributes: Mapping[str, str]) -> bytes:
    """Return attributes as JSON, sorted by name; several ids are an array (`values.several`)."""
    return _encode(_with_arrays(attributes))


def decode_attributes(data: bytes | str) -> dict[str, str]:
    """Return attributes from their JSON. Raises msgspec.DecodeError if they are none."""
    return msgspec.convert(_without_arrays(msgspec.json.decode(data)), dict[str, str])


def _with_arrays(attributes: Mapping[str, str]) -> dict[str, str | msgspec.Raw]:
    return {n: msgspec.Raw(v.encode()) if is_array(v) else v for n, v in attributes.items()}


def _without_arrays(attributes: object) -> object:
    """Return attributes with the text of each array of texts in its place, in its own order."""
    if not isinstance(attributes, dict):
        return attributes
    return {
        name: _encode(value).decode()
        if isinstance(value, list) and is_array(_encode(value).decode())
        else value
        for name, value in attributes.items()
    }


def encode_layer(layer: Layer) -> bytes:
    """Return the canonical bytes of a label file: keys sorted, a label a line, in text order."""
    ordered, lines = in_order(layer), []
    for name in sorted(Layer.__struct_fields__):
        value = getattr(ordered, name)
        if name == "document" and not (value and value.attributes):
            continue  # it says nothing
        if isinstance(value, tuple) and value:
            lines.append(b' "%s": [\n  %s\n ]' % (name.encode(), _rows(value)))
        else:
            lines.append(b' "%s": %s' % (name.encode(), _encode(value)))
    return b"{\n" + b",\n".join(lines) + b"\n}\n"


def _rows(labels: Sequence[Span | Relation]) -> bytes:
    """Return labels as JSON, one a line: a line break in a label is written as an escape."""
    rows = _encode_lines(labels)
    if b':"[' in rows:  # perhaps the text of an array, which is written as the array
        rows = _encode_lines([_written(label) for label in labels])
    return rows[:-1].replace(b"\n", b",\n  ")


def _written(label: Span | Relation) -> Span | Relation:
    if isinstance(label, Span) and any(map(is_array, label.attributes.values())):
        return msgspec.structs.replace(label, attributes=_with_arrays(label.attributes))
    return label


def decode_layer(data: bytes) -> Layer:
    """Return the layer in a label file's bytes. Raises msgspec.DecodeError for anything else."""
    try:
        return msgspec.json.decode(data, type=Layer)
    except msgspec.ValidationError as error:
        try:
            found = msgspec.json.decode(data)
        except RecursionError:
            raise error from None
        if not (isinstance(found, dict) and isinstance(found.get("spans"), list)):
            raise
        for span in found["spans"]:
            if isinstance(span, dict):
                span["attributes"] = _without_arrays(span.get("attributes"))
        try:
            return msgspec.convert(found, Layer)
        except msgspec.ValidationError:
            raise error


def layer_if_sound(data: bytes) -> Layer | None:
    """Return the layer in a label file's bytes, None if it is none."""
    try:
        return decode_layer(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def same_labels(before: bytes, data: bytes) -> bool:
    """Say whether a label file has the labels of the one before, whenever and however fast they were made.

    A second import of the same labels changes nothing, and an import of a label file into a new server gives
    its annotation a new time. before: perhaps no label file; data: one.
    """
    if before == data:
        return True
    known, layer = layer_if_sound(before), decode_layer(data)
    times = {"updated": layer.updated, "lead_time_s": layer.lead_time_s}
    return known is not None and msgspec.structs.replace(known, **times) == layer


def write_layer(path: Path, layer: Layer) -> bool:
    """Write a label file whole or not at all; say whether its bytes changed."""
    return bool(write_layers([(path, layer)]))


def write_layers(files: Iterable[tuple[Path, Layer]]) -> list[Path]:
    """Write label files, each whole or not at all; return the paths of those whose bytes changed."""
    changed: list[Path] = []

    def encoded() -> Iterator[tuple[Path, bytes]]:
        for path, layer in files:
            data = encode_layer(layer)
            if not (path.is_file() and path.read_bytes() == data):
                changed.append(path)
                yield path, data

    write_many(encoded())
    return changed


def layer_path(corpus: CorpusPaths, annotator: str, doc_id: str) -> Path:
    """Return the path of the label file of an annotator and article."""
    return corpus.labels / annotator / f"{doc_id}.json"


def labelled(corpus: CorpusPaths) -> dict[str, list[str]]:
    """Return the articles that each annotator has label files of, by annotator; gold is not among them."""
    folders = (folder for folder in sorted(corpus.labels.glob("*")) if folder.is_dir())
    found = {folder.name: [path.stem for path in folder.glob("*.json")] for folder in folders}
    return {annotator: doc_ids for annotator, doc_ids in found.items() if doc_ids}


def layer_paths(corpus: CorpusPaths) -> list[Path]:
    """Return all label files of a corpus in a fixed order; gold is not among them."""
    return sorted(corpus.labels.glob("*/*.json"))
