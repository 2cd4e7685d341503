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
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

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
    return pa.Table.from_arrays(
        [_emptied(table[field.name].combine_chunks(), field) for field in table.schema], schema=table.schema
    )


def _emptied(column: pa.Array, field: pa.Field) -> pa.Array:
    if field.name in QUOTES:
        return pa.nulls(len(column), field.type)
    if not (pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type)):
        return column
    fields = list(field.type.value_type)
    parts = [_emptied(column.values.field(part.name), part) for part in fields]
    values = pa.StructArray.from_arrays(parts, fields=fields)
    return pa.ListArray.from_arrays(column.offsets, values, type=field.type)


def fingerprints(published: Batch, annotated: Batch, sentences: Sentences, schema: pa.Schema) -> pa.Table:
    """Return the fingerprints of some articles. schema: of the config; the others as for `tables`."""
    passages: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for batch in (published, annotated):
        doc_ids = batch.layers["doc_id"].take(batch.spans["layer"])
        columns = (column.to_pylist() for column in (doc_ids, batch.spans["start"], batch.spans["end"]))
        for doc_id, start, end in zip(*columns, strict=True):
            passages[doc_id].add((start, end))
    rows: list[dict[str, Any]] = []
    for (doc_id, text), some in zip(published.texts.items(), sentences.of_article, strict=True):
        folded = fold(text)
        for kind, places in (
            ("sentence", [(sentence.start, sentence.end) for sentence in some]),
            ("label", sorted(passages[doc_id])),
        ):
            for start, end in places:
                low, high = folded.position(start), folded.position(end)
                around = next((s for s in some if s.start <= start < s.end), None)
                nth, of = _occurrence(folded, low, high, around) if kind == "label" and around else (1, 1)
                row = (doc_id, kind, start, end, low, high - low, nth, of, folded.digest(low, high, doc_id))
                rows.append(dict(zip(schema.names, row, strict=True)))
    return pa.Table.from_pylist(rows, schema=schema)


def _occurrence(folded: Folded, start: int, end: int, sentence: Sentence) -> tuple[int, int]:
    """Return which of the equal passages that begin in its sentence a passage is, and how many there are.

    Of whole words: the "he" in "the" does not count.
    """
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
