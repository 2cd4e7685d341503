"""Near-duplicate texts: the same report in two places must not stand in two splits.

Two texts are near duplicates where the Jaccard similarity of their word shingles reaches a threshold. A few
texts are compared each with each. Among many, candidates are found first: `band_keys` makes MinHash sketches
(Broder 1997) with datasketch and cuts each into bands (Leskovec, Rajaraman & Ullman, Mining of Massive
Datasets, 3.4), `runtime.pairs` joins the texts that share a band, and `similarities` computes what the
sketches only estimate. So a pair is never returned that is none, and one is lost only if no band of it
agrees: at similarity s that happens to (1 - s³)^96 of the pairs, to 1 in 370,000 at s = 0.5, to 1 in 38
million at 0.55.

The three are pure functions of batches of texts and can be run anywhere: keys of batches made apart are put
one below the other, or joined by a cluster on equal keys.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from parley.runtime.engine import Cores
from parley.runtime.pairs import Keys, Rows, pairs, stacked
from parley.runtime.progress import bar

SHINGLE = 5  # words
SIMILAR = 0.5  # Jaccard similarity of shingle sets from which two texts count as one report
BANDS, ROWS = 96, 3  # of a sketch: more bands find more, more rows in one find less that is not sought
FEW = 200  # texts, up to which every pair is compared: faster than to load the library
MANY = 5_000  # texts, from which other processes pay for their start

_BATCH = 256  # texts sketched at a time
_PAIRS = 512  # compared at a time: the shingles of their texts are held, some 30 KB each
_WORD = re.compile(r"\w+")
_FACTOR, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)  # odd: nothing is lost
_HALF = np.uint64(32)


def near_duplicates(
    texts: Mapping[str, str], threshold: float = SIMILAR, *, processes: int | None = None
) -> list[tuple[str, str, float]]:
    """Return the pairs of near-duplicate texts with their Jaccard similarity, by id, each pair once.

    texts: id → text; each is asked for again where it is needed, so a mapping may read them as they are
    wanted. threshold: similarity in 0 to 1 from which a pair is returned. processes: that make the sketches;
    by default one for each core where the texts are many. Memory: 8 bytes a text and band, 16 bytes a pair.
    """
    names = sorted(texts)
    if len(names) <= FEW:
        first, second = (rows.astype(np.int64) for rows in np.triu_indices(len(names), 1))
    else:
        first, second = _candidates(texts, names, processes)
    found_pairs = []
    steps = range(0, len(first), _PAIRS)
    for begin in bar(steps, "comparing texts"):
        rows = first[begin : begin + _PAIRS].tolist(), second[begin : begin + _PAIRS].tolist()
        found = similarities([texts[names[i]] for i in rows[0]], [texts[names[j]] for j in rows[1]])
        for i, j, similarity in zip(*rows, found.tolist(), strict=True):
            if similarity >= threshold:
                found_pairs.append((names[i], names[j], round(similarity, 4)))
    return sorted(found_pairs)


def band_keys(texts: Sequence[str]) -> Keys:
    """Return the keys of each text's bands, (texts, BANDS): texts that share a key are candidates.

    The same text has the same keys in any batch and process. A key belongs to its band: all of them can
    stand in one column. Two texts without a band in common share one by chance in 2⁻⁶⁴ of the cases.
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


def _candidates(texts: Mapping[str, str], names: Sequence[str], processes: int | None) -> tuple[Rows, Rows]:
    if processes is None and len(names) < MANY:
        processes = 1
    steps = range(0, len(names), _BATCH)
    batches = ([texts[name] for name in names[begin : begin + _BATCH]] for begin in steps)
    made = Cores(processes).map(band_keys, batches, "sketching texts", total=len(steps))
    return pairs(stacked(made, len(names)))


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
