"""Near-duplicate texts: the same report in two places must not stand in two splits.

MinHash over word shingles (Broder 1997), with locality-sensitive hashing to find candidates, by datasketch;
the Jaccard similarity of a candidate pair is then computed exactly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SHINGLE = 5  # words
SIMILAR = 0.5  # Jaccard similarity of shingle sets from which two texts count as one report
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
    from datasketch import MinHash, MinHashLSH

    sets = {name: shingles(text) for name, text in texts.items()}
    # candidates are sought well below the threshold, so that an unlucky hash does not lose a pair
    index = MinHashLSH(threshold=threshold * 0.6, num_perm=_PERMUTATIONS)
    pairs: list[tuple[str, str, float]] = []
    for name in sorted(sets):
        sketch = MinHash(num_perm=_PERMUTATIONS, seed=1)
        sketch.update_batch([shingle.encode() for shingle in sorted(sets[name])])
        for other in index.query(sketch):
            common = len(sets[name] & sets[other])
            similarity = common / (len(sets[name]) + len(sets[other]) - common)
            if similarity >= threshold:
                first, second = sorted((name, other))
                pairs.append((first, second, round(similarity, 4)))
        index.insert(name, sketch)
    return sorted(pairs)
