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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from parley.model.batch import Batch
from parley.model.quotes import occurrences
from parley.release.data.schema import Column, Config
from parley.release.data.sentences import Sentences
from parley.values.segmentation import INVISIBLE, Sentence, characters

_SAME = {
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    "…": "...",
}


def without_quotes(table: pa.Table, config: Config) -> pa.Table:
    """Return a table of a config without what quotes the articles."""
    known = {column.name: column for column in config.columns}
    emptied = [
        _emptied(table[field.name].combine_chunks(), field, known[field.name]) for field in table.schema
    ]
    return pa.Table.from_arrays(emptied, schema=table.schema)


def _emptied(column: pa.Array, field: pa.Field, known: Column) -> pa.Array:
    if known.quotes:
        return pa.nulls(len(column), field.type)
    if not known.parts:
        return column
    fields, by_name = list(field.type.value_type), {part.name: part for part in known.parts}
    parts = [_emptied(column.values.field(part.name), part, by_name[part.name]) for part in fields]
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
    for number, (doc_id, text) in enumerate(published.texts.items()):
        own = sentences.of_article.get(number, [])
        for row in fingerprints_of(text, own, sorted(passages[doc_id]), doc_id):
            rows.append(dict(zip(schema.names, (doc_id, *row), strict=True)))
    return pa.Table.from_pylist(rows, schema=schema)


def fingerprints_of(
    text: str, sentences: Sequence[Sentence], passages: Iterable[tuple[int, int]], salt: str
) -> Iterator[tuple[str, int, int, int, int, int, int, str]]:
    """Yield the fingerprints of a text: kind, start, end, position, length, nth, of, sha256.

    kind: `sentence` or `label`, for the passages; the rest as `standoff.align.Fingerprint` has it.
    """
    folded = fold(text)
    whole = [(sentence.start, sentence.end) for sentence in sentences]
    for kind, places in (("sentence", whole), ("label", passages)):
        for start, end in places:
            low, high = folded.position(start), folded.position(end)
            around = next((s for s in sentences if s.start <= start < s.end), None)
            nth, of = _occurrence(folded, low, high, around) if kind == "label" and around else (1, 1)
            yield kind, start, end, low, high - low, nth, of, folded.digest(low, high, salt)


def _occurrence(folded: FoldedText, start: int, end: int, sentence: Sentence) -> tuple[int, int]:
    """Return which of the equal passages that begin in its sentence a passage is, and how many there are.

    Of whole words: the "he" in "the" does not count.
    """
    low, high = folded.position(sentence.start), folded.position(sentence.end)
    begins = occurrences(folded.text[start:end], folded.text[low : high + end - start])
    places = [low + begin for begin in begins if low + begin < high]
    return (places.index(start) + 1, len(places)) if start in places else (1, 1)


@dataclass(frozen=True)
class FoldedText:
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


def fold(text: str) -> FoldedText:
    """Fold a text: canonical composition, one form of each quotation mark and dash, one blank for many."""
    made: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in characters(text):
        cluster = text[start:end]
        if cluster.isspace():
            folded = "" if made and made[-1] == " " else " "
            if not folded:
                ends[-1] = end
        elif cluster in INVISIBLE:
            folded = ""
        else:
            folded = _SAME.get(cluster) or unicodedata.normalize("NFC", cluster)
        for character in folded:
            made.append(character)
            starts.append(start)
            ends.append(end)
    return FoldedText("".join(made), tuple(starts), tuple(ends))
