"""Near-duplicate texts: the same report in two places must not be in two splits.

Two texts are near duplicates if the Jaccard similarity of their word shingles reaches a threshold. A few
texts are compared each with each. Among many, candidates are found first: `band_keys` makes MinHash sketches
(Broder 1997) with datasketch and cuts each into bands (Leskovec, Rajaraman & Ullman, Mining of Massive
Datasets, 3.4), the engine joins the texts that share a band, and `similarities` computes what the sketches
only estimate. So a pair is never returned that is none, and one is lost only if no band of it agrees: at
similarity s that happens to (1 - s³)^96 of the pairs, to 1 in 370,000 at s = 0.5, to 1 in 38 million at 0.55.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, combinations
from typing import Protocol

import numpy as np
import numpy.typing as npt

from parley.runtime.engine import Engine
from parley.runtime.pairs import Keys

SHINGLE = 5  # words
SIMILAR = 0.5  # Jaccard similarity of shingle sets from which two texts count as one report
BANDS, ROWS = 96, 3  # of a sketch: more bands find more, more rows in one find less that is not sought
FEW = 200  # texts, up to which every pair is compared: faster than to load the library

_PAIRS = 512  # compared at a time: the shingles of their texts are in memory, some 30 KB each
_WORD = re.compile(r"\w+")
_FACTOR, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)  # odd: nothing is lost
_HALF = np.uint64(32)


class Texts(Protocol):
    """Some texts, which can be loaded again and again, in any process."""

    @property
    def doc_ids(self) -> Sequence[str]:
        """Their ids."""

    def __len__(self) -> int:
        """Return the number of ids."""

    def load_texts(self) -> Mapping[str, str]:
        """Return the texts by id, perhaps without some."""


def near_duplicates(
    batches: Sequence[Texts], engine: Engine, threshold: float = SIMILAR
) -> list[tuple[str, str, float]]:
    """Return the pairs of near-duplicate texts with their Jaccard similarity, by id, each pair once.

    threshold: similarity in 0 to 1 from which a pair is returned. Memory: 8 bytes a text and band, 16 bytes a
    pair; texts are loaded a batch at a time.
    """
    names = [name for batch in batches for name in batch.doc_ids]
    if len(names) <= FEW:
        texts = {name: text for batch in batches for name, text in batch.load_texts().items()}
        found = _similar(texts, list(combinations(sorted(texts), 2)), threshold)
        return sorted(found)
    first, second = engine.pairs(_keys, batches, "near duplicates")
    homes = np.repeat(np.arange(len(batches)), [len(batch) for batch in batches])
    tasks = []
    for begin in range(0, len(first), _PAIRS):
        rows = first[begin : begin + _PAIRS], second[begin : begin + _PAIRS]
        homes_of_rows = np.unique(homes[np.concatenate(rows)])
        pairs = [(names[i], names[j]) for i, j in zip(*(side.tolist() for side in rows), strict=True)]
        tasks.append(_Comparison([batches[home] for home in homes_of_rows.tolist()], pairs))
    compared = engine.map(partial(_compare, threshold), tasks, "comparing texts")
    return sorted(pair for some in compared for pair in some)


@dataclass(frozen=True)
class _Comparison:
    """Pairs of texts to compare, and the batches that have them."""

    batches: Sequence[Texts]
    pairs: Sequence[tuple[str, str]]


def _compare(threshold: float, task: _Comparison) -> list[tuple[str, str, float]]:
    wanted = {name for pair in task.pairs for name in pair}
    texts = {}
    for batch in task.batches:
        texts.update({name: text for name, text in batch.load_texts().items() if name in wanted})
    return _similar(texts, task.pairs, threshold)


def _similar(
    texts: Mapping[str, str], pairs: Sequence[tuple[str, str]], threshold: float
) -> list[tuple[str, str, float]]:
    known = [(a, b) if a < b else (b, a) for a, b in pairs if a in texts and b in texts]
    found = similarities([texts[a] for a, _ in known], [texts[b] for _, b in known])
    return [(*pair, round(s, 4)) for pair, s in zip(known, found.tolist(), strict=True) if s >= threshold]


def _keys(batch: Texts) -> Keys:
    """Return the keys of a batch; one without a text gets keys that no other has."""
    texts = batch.load_texts()
    return band_keys([texts.get(name, f"no text of {name}") for name in batch.doc_ids])


def band_keys(texts: Sequence[str]) -> Keys:
    """Return the keys of each text's bands, (texts, BANDS): texts that share a key are candidates.

    The same text has the same keys in any batch and process. A key belongs to its band: all of them can
    be in one column. Two texts without a band in common share one by chance in 2⁻⁶⁴ of the cases.
    """
    from datasketch import MinHash

    # the hashes are good already and go in as they are; `affine32` wraps round in 32 bits: the fastest
    empty = MinHash(BANDS * ROWS, seed=1, hashfunc=int, scheme="affine32")
    sketches = np.empty((len(texts), BANDS, ROWS), np.uint64)
    for row, hashes in enumerate(_shingles(texts)):
        sketch = empty.copy()
        sketch.update_batch(hashes >> _HALF)
        sketches[row] = sketch.hashvalues.reshape(BANDS, ROWS)
    keys: Keys = np.broadcast_to(np.arange(BANDS, dtype=np.uint64), (len(texts), BANDS))
    for number in range(ROWS):
        keys = _mixed(keys * _FACTOR + sketches[:, :, number])
    return keys


def similarities(first: Sequence[str], second: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the Jaccard similarity of each text of `first` and the one of `second` at its place.

    Shingles are compared by a hash of 64 bits: of two texts of a thousand words, two that differ are taken
    for one in 1 of 10¹³ cases. A text that occurs several times is cut into shingles once.
    """
    distinct = list(dict.fromkeys(chain(first, second)))
    sets = dict(zip(distinct, (frozenset(hashes.tolist()) for hashes in _shingles(distinct)), strict=True))
    found = np.empty(len(first))
    for row, (a, b) in enumerate(
        zip(map(sets.__getitem__, first), map(sets.__getitem__, second), strict=True)
    ):
        common = len(a & b)
        found[row] = common / (len(a) + len(b) - common)
    return found


def _shingles(texts: Sequence[str]) -> Iterator[npt.NDArray[np.uint64]]:
    """Yield the hashes of each text's word n-grams, with repeats; a shorter text is one shingle.

    Words are case folded. The n-grams of all texts are hashed at once, from hashes of their words.
    """
    numbers = _Numbers({"": 0})  # no word is empty: what fills up a text that is too short
    flat: list[int] = []
    sizes = []
    for text in texts:
        words = _WORD.findall(text.casefold())
        words += [""] * (SHINGLE - len(words))
        flat.extend(map(numbers.__getitem__, words))
        sizes.append(len(words))
    hashes = np.array([_hashed(word) for word in numbers], np.uint64)[np.array(flat, np.int64)]
    grams = np.zeros(max(0, len(hashes) - SHINGLE + 1), np.uint64)
    for place in range(SHINGLE):
        grams *= _FACTOR
        grams += hashes[place : place + len(grams)]
    grams = _mixed(grams)
    begin = 0
    for size in sizes:  # the n-grams that run from one text into the next are left out
        yield grams[begin : begin + size - SHINGLE + 1]
        begin += size


class _Numbers(dict[str, int]):
    """Numbers words in the order in which they are first asked for."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


def _hashed(word: str) -> int:
    """Return 64 bits that are the same in every process, as those of `hash` are not."""
    return int.from_bytes(
        hashlib.blake2b(word.encode(errors="surrogatepass"), digest_size=8).digest(), "little"
    )


def _mixed(numbers: Keys) -> Keys:
    """Return the numbers with every bit spread over all bits, none of them taken for another."""
    numbers = numbers ^ (numbers >> _HALF)
    numbers = numbers * _MIX
    return numbers ^ (numbers >> _HALF)
