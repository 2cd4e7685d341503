"""Near-duplicate texts: the same report in two places must not stand in two splits.

Jaccard similarity of word shingles, computed for every pair of a few texts. Among many, MinHash (Broder
1997) with locality-sensitive hashing, by datasketch, finds the candidates it is computed for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import combinations

SHINGLE = 5  # words
SIMILAR = 0.5  # Jaccard similarity of shingle sets from which two texts count as one report
FEW = 200  # texts, up to which every pair is compared: faster than to load the library
_PERMUTATIONS = 128
_WORD = re.compile(r"\w+")


def shingles(text: str, size: int = SHINGLE) -> set[str]:
    """Return the word n-grams of a text, case folded; a shorter text is one shingle."""
    words = [word.casefold() for word in _WORD.findall(text)]
    return {" ".join(words[i : i + size]) for i in range(max(1, len(words) - size + 1))}


def near_duplicates(texts: Mapping[str, str], threshold: float = SIMILAR) -> list[tuple[str, str, float]]:
    """Return the pairs of near-duplicate texts with their Jaccard similarity, by id, each pair once.

    texts: id → text. threshold: similarity in 0 to 1 from which a pair is returned.
    """
    sets = {name: shingles(text) for name, text in sorted(texts.items())}
    candidates = combinations(sets, 2) if len(sets) <= FEW else _candidates(sets, threshold)
    pairs = []
    for first, second in candidates:
        common = len(sets[first] & sets[second])
        similarity = common / (len(sets[first]) + len(sets[second]) - common)
        if similarity >= threshold:
            pairs.append((first, second, round(similarity, 4)))
    return sorted(pairs)


def _candidates(sets: Mapping[str, set[str]], threshold: float) -> Iterator[tuple[str, str]]:
    from datasketch import MinHash, MinHashLSH

    # candidates are sought well below the threshold, so that an unlucky hash does not lose a pair
    index = MinHashLSH(threshold=threshold * 0.6, num_perm=_PERMUTATIONS)
    for name, found in sets.items():
        sketch = MinHash(num_perm=_PERMUTATIONS, seed=1)
        sketch.update_batch([shingle.encode() for shingle in sorted(found)])
        for other in sorted(index.query(sketch)):
            yield other, name
        index.insert(name, sketch)
