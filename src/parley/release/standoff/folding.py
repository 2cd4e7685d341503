"""Folding: what a text is, whatever its quotation marks, dashes, blanks and ways of writing an accent."""

from __future__ import annotations

import hashlib
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass

import regex  # type: ignore[import-untyped]  # its stubs are a package of their own

_CLUSTER = regex.compile(r"\X")
_SAME = {
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    "…": "...",
}
_NOTHING = frozenset("\u00ad\u200b\u2060\ufeff")  # soft hyphen, zero-width marks


@dataclass(frozen=True)
class Folded:
    """A folded text with the way back.

    text: folded. starts, ends: for each folded character the stretch of the original it stands for, code
    points.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def position(self, start: int) -> int:
        """Return the folded position of an original one: of the first character at or after it."""
        return bisect_left(self.starts, start)

    def stretch(self, start: int, end: int) -> tuple[int, int]:
        """Return the original stretch of a folded one that is not empty."""
        return self.starts[start], self.ends[end - 1]

    def digest(self, start: int, end: int, salt: str) -> str:
        """Return the fingerprint of a folded stretch. salt: the same for all stretches of a document."""
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
