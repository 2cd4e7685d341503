"""Near-duplicate texts: the same report in two places must not be in two splits.

Among many texts candidates are those that share a band of their MinHash sketches (Broder 1997; Leskovec,
Rajaraman & Ullman, Mining of Massive Datasets, 3.4); what the sketches only estimate is then computed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import chain, combinations, count
from typing import Protocol

import numpy as np
import numpy.typing as npt

from parley.runtime.columns import Keys
from parley.runtime.engine import Engine

SHINGLE = 5  # words
SIMILAR = 0.5  # Jaccard similarity of shingle sets from which two texts count as one report
# Of a sketch: a pair of similarity s has no band in common, and is lost, in (1 - s³)^96 of the cases: one in
# 370,000 at 0.5, one in 38 million at 0.55. More bands find more, more rows find less that is not sought.
BANDS, ROWS = 96, 3
FEW = 200  # texts, up to which every pair is compared

_PAIRS = 512  # compared at a time: the shingles of their texts are in memory, some 30 KB each
_WORD = re.compile(r"\w+")
_FACTOR, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)  # odd: nothing is lost
_HALF = np.uint64(32)
_AT_ONCE = 128  # shingles whose permuted hashes are in memory at once: they stay in the processor's cache


class Texts(Protocol):
    """Some texts, which can be loaded again and again, in any process."""

    @property
    def doc_ids(self) -> Sequence[str]:
        """Their ids."""

    def __len__(self) -> int:
        """Return the number of ids."""

    def load_texts(self) -> Mapping[str, str]:
        """Return the texts by id, perhaps without some."""


def near_duplicates(batches: Sequence[Texts], engine: Engine) -> list[tuple[str, str, float]]:
    """Return the pairs of near-duplicate texts with their Jaccard similarity, by id, each pair once.

    Memory: some 40 bytes a text, 16 bytes a pair; texts are loaded a batch at a time.
    """
    names = [name for batch in batches for name in batch.doc_ids]
    if len(names) <= FEW:
        return sorted(_compare((batches, list(combinations(sorted(set(names)), 2)))))
    first, second = engine.pairs(_keys, batches, "near duplicates")
    homes = np.repeat(np.arange(len(batches)), [len(batch) for batch in batches])
    tasks = []
    for begin in range(0, len(first), _PAIRS):
        rows = first[begin : begin + _PAIRS], second[begin : begin + _PAIRS]
        loaded = [batches[home] for home in np.unique(homes[np.concatenate(rows)]).tolist()]
        pairs = [(names[i], names[j]) for i, j in zip(*(side.tolist() for side in rows), strict=True)]
        tasks.append((loaded, pairs))
    compared = engine.map(_compare, tasks, "comparing texts")
    return sorted(pair for some in compared for pair in some)


def _compare(task: tuple[Sequence[Texts], Sequence[tuple[str, str]]]) -> list[tuple[str, str, float]]:
    """Return the near duplicates among some pairs, of texts that are in some batches."""
    batches, pairs = task
    wanted = {name for pair in pairs for name in pair}
    texts = {}
    for batch in batches:
        texts.update({name: text for name, text in batch.load_texts().items() if name in wanted})
    known = [(min(pair), max(pair)) for pair in pairs if texts.keys() >= set(pair)]
    found = similarities([texts[a] for a, _ in known], [texts[b] for _, b in known])
    return [(a, b, round(s, 4)) for (a, b), s in zip(known, found.tolist(), strict=True) if s >= SIMILAR]


def _keys(batch: Texts) -> Keys:
    """Return the keys of a batch; one without a text gets keys that no other has."""
    texts = batch.load_texts()
    return band_keys([texts.get(name, f"no text of {name}") for name in batch.doc_ids])


def band_keys(texts: Sequence[str]) -> Keys:
    """Return the keys of each text's bands, (texts, BANDS): texts that share a key are candidates.

    The same text has the same keys in any batch and process. A key belongs to its band: all of them can
    be in one column. Two texts without a band in common share one by chance in 2⁻⁶⁴ of the cases.
    """
    sketches = np.full((len(texts), BANDS * ROWS), np.iinfo(np.uint32).max, np.uint32)
    permuted = np.empty((_AT_ONCE, BANDS * ROWS), np.uint32)
    for sketch, hashes in zip(sketches, _shingles(texts), strict=True):
        high = (hashes >> _HALF).astype(np.uint32)[:, None]
        for begin in range(0, len(high), _AT_ONCE):
            some = permuted[: len(high) - begin]
            np.multiply(high[begin : begin + _AT_ONCE], _ODD, out=some)  # it wraps round
            np.add(some, _ADDED, out=some)
            np.minimum(sketch, some.min(axis=0), out=sketch)
    bands = sketches.reshape(-1, BANDS, ROWS)
    keys: Keys = np.broadcast_to(np.arange(BANDS, dtype=np.uint64), (len(texts), BANDS))
    for number in range(ROWS):
        keys = _mixed(keys * _FACTOR + bands[:, :, number])
    return keys


def similarities(first: Sequence[str], second: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the Jaccard similarity of each text of `first` and the one of `second` at its place.

    Shingles are compared by a hash of 64 bits: of two texts of a thousand words, two that differ are taken
    for one in 1 of 10¹³ cases. A text that occurs several times is cut into shingles once.
    """
    distinct = list(dict.fromkeys(chain(first, second)))
    sets = dict(zip(distinct, (frozenset(hashes.tolist()) for hashes in _shingles(distinct)), strict=True))
    found = []
    for a, b in zip(map(sets.__getitem__, first), map(sets.__getitem__, second), strict=True):
        common = len(a & b)
        found.append(common / (len(a) + len(b) - common))
    return np.array(found, float)


def _shingles(texts: Sequence[str]) -> Iterator[npt.NDArray[np.uint64]]:
    """Yield the hashes of each text's word n-grams, with repeats; a shorter text is one shingle.

    Words are case folded. The n-grams of all texts are hashed at once, from hashes of their words.
    """
    numbers: dict[str, int] = defaultdict(count().__next__)  # of words, as they are first seen
    flat: list[int] = []
    sizes = []
    for text in texts:
        words = _WORD.findall(text.casefold())
        words += [""] * (SHINGLE - len(words))  # no word is empty
        flat.extend(map(numbers.__getitem__, words))
        sizes.append(len(words))
    # of each word 64 bits that are the same in every process, as those of `hash` are not
    digests = (blake2b(word.encode(errors="surrogatepass"), digest_size=8).digest() for word in numbers)
    hashes = np.frombuffer(b"".join(digests), "<u8")[np.array(flat, np.int64)]
    grams = np.zeros(max(0, len(hashes) - SHINGLE + 1), np.uint64)
    for place in range(SHINGLE):
        grams *= _FACTOR
        grams += hashes[place : place + len(grams)]
    grams = _mixed(grams)
    begin = 0
    for size in sizes:  # the n-grams that run from one text into the next are left out
        yield grams[begin : begin + size - SHINGLE + 1]
        begin += size


def _mixed(numbers: Keys) -> Keys:
    """Return the numbers with every bit spread over all bits, none of them taken for another."""
    numbers = numbers ^ (numbers >> _HALF)
    numbers = numbers * _MIX
    return numbers ^ (numbers >> _HALF)


# A permutation of 32 bits is h → odd·h + added.
_ODD, _ADDED = (
    _mixed(np.arange(1, 2 * BANDS * ROWS + 1, dtype=np.uint64) * _FACTOR).reshape(2, -1).astype(np.uint32)
)
_ODD |= np.uint32(1)
