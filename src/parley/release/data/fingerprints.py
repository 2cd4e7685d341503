"""A release without the articles' text: the same labels with offsets, and fingerprints to find them again by.

Every column that quotes an article is empty; the features stay as they are. One more config, `fingerprints`,
has a row for each sentence and each labelled passage: its place in the folded text (`fold`)
and the SHA-256 of its folded words, salted with the doc_id. Whoever has the text can put the labels back with
`rehydrate`; others can at most try out guesses at single words.
"""

from __future__ import annotations

import hashlib
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import regex  # type: ignore[import-untyped]  # its stubs are a package of their own

from parley.model.batch import Batch
from parley.model.quotes import occurrences
from parley.release.data.schema import QUOTES
from parley.release.data.sentences import Sentences
from parley.values.segmentation import Sentence

_CLUSTER = regex.compile(r"\X")
_SAME = {
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    "…": "...",
}
_NOTHING = frozenset("\u00ad\u200b\u2060\ufeff")  # soft hyphen, zero-width marks


def without_quotes(table: pa.Table) -> pa.Table:
    """Return a table of a release without what quotes the articles."""
    columns = [
        pa.nulls(len(table), field.type)
        if field.name in QUOTES
        else pa.chunked_array([_without_quotes(chunk) for chunk in table[field.name].chunks], field.type)
        for field in table.schema
    ]
    return pa.Table.from_arrays(columns, schema=table.schema)


def _without_quotes(column: pa.Array) -> pa.Array:
    """Empty what quotes inside a list of structs."""
    if not (pa.types.is_list(column.type) and pa.types.is_struct(column.type.value_type)):
        return column
    structs, fields = column.values, list(column.type.value_type)
    parts = [pa.nulls(len(structs), f.type) if f.name in QUOTES else structs.field(f.name) for f in fields]
    values = pa.StructArray.from_arrays(parts, fields=fields)
    return pa.ListArray.from_arrays(column.offsets, values, type=column.type)


def fingerprints(published: Batch, annotated: Batch, sentences: Sentences, schema: pa.Schema) -> pa.Table:
    """Return the fingerprints of some articles. schema: of the config; the others as for `tables`."""
    passages: dict[str, set[tuple[int, int]]] = {}
    for batch in (published, annotated):
        doc_ids = batch.layers["doc_id"].take(batch.spans["layer"]).to_pylist()
        columns = (batch.spans[name].to_pylist() for name in ("start", "end"))
        for doc_id, *passage in zip(doc_ids, *columns, strict=True):
            passages.setdefault(doc_id, set()).add((passage[0], passage[1]))
    rows: list[dict[str, Any]] = []
    ends = np.cumsum([0, *sentences.of_text])
    for number, (doc_id, text) in enumerate(published.texts.items()):
        found = sentences.flat[ends[number] : ends[number + 1]]
        rows += _rows(doc_id, text, found, sorted(passages.get(doc_id, ())))
    return pa.Table.from_pylist(rows, schema=schema)


def _rows(
    doc_id: str, text: str, sentences: Sequence[Sentence], passages: Sequence[tuple[int, int]]
) -> Iterator[dict[str, Any]]:
    folded = fold(text)
    given = [("sentence", (sentence.start, sentence.end)) for sentence in sentences]
    for kind, passage in [*given, *(("label", passage) for passage in passages)]:
        start, end = (folded.position(place) for place in passage)
        nth, of = (1, 1)
        if kind == "label":
            around = next((s for s in sentences if s.start <= passage[0] < s.end), None)
            nth, of = _occurrence(folded, start, end, around)
        yield {
            "doc_id": doc_id,
            "kind": kind,
            "start": passage[0],
            "end": passage[1],
            "position": start,
            "length": end - start,
            "nth": nth,
            "of": of,
            "sha256": folded.digest(start, end, doc_id),
        }


def _occurrence(folded: Folded, start: int, end: int, sentence: Sentence | None) -> tuple[int, int]:
    """Return which of the equal passages that begin in its sentence a passage is, and how many there are.

    Of whole words: the "he" in "the" does not count.
    """
    if sentence is None:
        return 1, 1
    low, high = folded.position(sentence.start), folded.position(sentence.end)
    begins = occurrences(folded.text[start:end], folded.text[low : high + end - start])
    places = [low + begin for begin in begins if low + begin < high]
    return (places.index(start) + 1, len(places)) if start in places else (1, 1)


@dataclass(frozen=True)
class Folded:
    """A folded text with the way back.

    text: folded. starts, ends: for each folded character the passage of the original it stands for, code
    points.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def position(self, start: int) -> int:
        """Return the folded position of an original one: of the first character at or after it."""
        return bisect_left(self.starts, start)

    def passage(self, start: int, end: int) -> tuple[int, int]:
        """Return the original passage of a folded one that is not empty."""
        return self.starts[start], self.ends[end - 1]

    def digest(self, start: int, end: int, salt: str) -> str:
        """Return the fingerprint of a folded passage. salt: the same for all passages of a document."""
        return hashlib.sha256(f"{salt}\0{self.text[start:end]}".encode()).hexdigest()


def fold(text: str) -> Folded:
    """Fold a text: canonical composition, one form of each quotation mark and dash, one blank for many."""
    made: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _CLUSTER.finditer(text):
        cluster = match.group()
        if cluster.isspace():
            folded = "" if made and made[-1] == " " else " "
            if not folded:
                ends[-1] = match.end()
        elif cluster in _NOTHING:
            folded = ""
        else:
            folded = _SAME.get(cluster) or unicodedata.normalize("NFC", cluster)
        for character in folded:
            made.append(character)
            starts.append(match.start())
            ends.append(match.end())
    return Folded("".join(made), tuple(starts), tuple(ends))
