"""A release without the articles' text: the same labels with offsets, and fingerprints to find them again by.

Every column that quotes an article is empty; the features stay as they are. One more config, `fingerprints`,
has a row for each sentence and each labelled stretch: its place in the folded text (release.standoff.folding)
and the SHA-256 of its folded words, salted with the doc_id. Who has the text can put the labels back with
rehydrate.py; who has not can at most try out guesses at single words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from parley.model.documents import Document
from parley.model.labels import Layer
from parley.model.quotes import occurrences
from parley.release.batches import Batch
from parley.release.data.sentences import containing
from parley.release.standoff.folding import Folded, fold
from parley.values.languages import Sentence

CONFIG = "fingerprints"
QUOTES = frozenset({"text", "sentence", "head_text", "tail_text", "tokens", "quantity", "counted"})


def features() -> Any:  # noqa: ANN401 - datasets has no types
    """Return the features of the config `fingerprints`."""
    import datasets as ds

    text, whole = ds.Value("string"), ds.Value("int32")
    return ds.Features(
        {
            "doc_id": text,
            "kind": text,
            "start": whole,
            "end": whole,
            "position": whole,
            "length": whole,
            "nth": whole,
            "of": whole,
            "sha256": text,
        }
    )


def without_quotes(table: pa.Table) -> pa.Table:
    """Return a table of a release without what quotes the articles."""
    columns = [
        pa.nulls(len(table), field.type)
        if field.name in QUOTES
        else pa.chunked_array([_bare(chunk) for chunk in table[field.name].chunks], field.type)
        for field in table.schema
    ]
    return pa.Table.from_arrays(columns, schema=table.schema)


def _bare(column: pa.Array) -> pa.Array:
    """Empty what quotes inside a list of structs."""
    if not (pa.types.is_list(column.type) and pa.types.is_struct(column.type.value_type)):
        return column
    inner = column.values
    fields = [inner.type.field(i) for i in range(inner.type.num_fields)]
    parts = [pa.nulls(len(inner), f.type) if f.name in QUOTES else inner.field(f.name) for f in fields]
    return pa.ListArray.from_arrays(
        column.offsets, pa.StructArray.from_arrays(parts, fields=fields), type=column.type
    )


def fingerprints(batch: Batch, schema: pa.Schema) -> pa.Table:
    """Return the fingerprints of the articles of a batch. schema: that of the features."""
    of: dict[str, list[Layer]] = {document.doc_id: [] for document in batch.documents}
    for layer in (*batch.published, *batch.layers):
        of[layer.doc_id].append(layer)
    rows = [
        row
        for document, found in zip(batch.documents, batch.sentences, strict=True)
        for row in _fingerprints(document, found, of[document.doc_id])
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def _fingerprints(
    document: Document, found: list[Sentence], layers: Sequence[Layer]
) -> Iterator[dict[str, Any]]:
    folded = fold(document.text)
    for sentence in found:
        yield _row(folded, document.doc_id, "sentence", (sentence.start, sentence.end), found)
    for stretch in sorted({(span.start, span.end) for layer in layers for span in layer.spans}):
        yield _row(folded, document.doc_id, "label", stretch, found)


def _row(
    folded: Folded, doc_id: str, kind: str, stretch: tuple[int, int], found: list[Sentence]
) -> dict[str, Any]:
    start, end = folded.position(stretch[0]), folded.position(stretch[1])
    nth, of = _occurrence(folded, start, end, found, stretch[0]) if kind == "label" else (1, 1)
    return {
        "doc_id": doc_id,
        "kind": kind,
        "start": stretch[0],
        "end": stretch[1],
        "position": start,
        "length": end - start,
        "nth": nth,
        "of": of,
        "sha256": folded.digest(start, end, doc_id),
    }


def _occurrence(
    folded: Folded, start: int, end: int, found: list[Sentence], original: int
) -> tuple[int, int]:
    """Return which of the equal stretches that begin in its sentence a stretch is, and how many there are.

    Of whole words: the "he" in "the" does not count.
    """
    index = containing(found, original)
    if index < 0:
        return 1, 1
    low, high = folded.position(found[index].start), folded.position(found[index].end)
    begins = occurrences(folded.text[start:end], folded.text[low : high + end - start])
    places = [low + begin for begin in begins if low + begin < high]
    return (places.index(start) + 1, len(places)) if start in places else (1, 1)
