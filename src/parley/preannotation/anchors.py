"""Where in a text a token pattern can match at all: around the words that every match of it holds.

A matcher that tries all patterns at every token spends nearly all its time on patterns that have no chance
there. Most patterns ask for one of a few words, and most texts have none of them in most places.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

ATTRIBUTES = ("LOWER", "ORTH")  # whose values can be looked up; TEXT is another name for ORTH
_REQUIRED = frozenset({"1", "+"})
_AT_MOST_ONE = frozenset({"1", "?", "!"})


class Anchors(NamedTuple):
    """What every match of a pattern holds: of each set one word, as the value of the attribute beside it.

    reach: tokens that a match can stretch from such a word to either side; None where there is no limit.
    """

    words: tuple[tuple[str, frozenset[str]], ...]
    reach: int | None

    @classmethod
    def of(cls, pattern: Sequence[dict[str, Any]]) -> Anchors:
        """Return the anchors of a pattern in spaCy's syntax; a pattern may have none."""
        words = [
            (attribute, values)
            for token in pattern
            if token.get("OP", "1") in _REQUIRED
            for attribute in ATTRIBUTES
            if (values := _values(token, attribute))
        ]
        bounded = all(token.get("OP", "1") in _AT_MOST_ONE for token in pattern)
        return cls(tuple(words), len(pattern) - 1 if bounded else None)

    def windows(self, places: Sequence[Sequence[int]], length: int) -> list[tuple[int, int]]:
        """Return the stretches of a text of so many tokens in which all matches lie, apart and ascending.

        places: for each set of `words` the tokens that are one of it, ascending.
        """
        fewest = min(places, key=len, default=range(length))
        if self.reach is None or not places:
            return [(0, length)] if fewest else []
        found: list[tuple[int, int]] = []
        for place in fewest:
            low, high = max(0, place - self.reach), min(length, place + self.reach + 1)
            if found and low <= found[-1][1]:
                low = found.pop()[0]
            found.append((low, high))
        return found


def _values(token: dict[str, Any], attribute: str) -> frozenset[str]:
    """Return the words that a token of a pattern may be, empty where it may be any."""
    for name, given in token.items():
        if name.upper().replace("TEXT", "ORTH") == attribute:
            if isinstance(given, str):
                return frozenset({given})
            if isinstance(given, dict) and "IN" in given:
                return frozenset(given["IN"])
    return frozenset()
