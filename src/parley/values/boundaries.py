"""What a span boundary falls inside of: a character as readers see it, a word, or nothing.

Characters are extended grapheme clusters, words those of Unicode Standard Annex 29. A boundary cuts a word
if the annex puts no word break there *and* there is a word character on both sides: the apostrophe of
`Ukraine’s` and the hyphen of `F-16` may be boundaries, scripts written without spaces may be cut anywhere
between characters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import regex  # type: ignore[import-untyped] # its stubs are a package of their own

CLEAN, WORD, CHARACTER = "clean", "word", "character"
_NAMES = (CLEAN, WORD, CHARACTER)  # worst last: a boundary that cuts a character cuts its word too

_CLUSTER = regex.compile(r"\X")
_INSIDE_WORD = regex.compile(r"(?<=\w\p{Cf}*)\B(?=\p{Cf}*\w)", regex.WORD)  # Cf: soft hyphens, marks
_LOOK_BACK, _LOOK_AHEAD = 1000, 64  # code points; no cluster or word of a living language is longer

# Code points below this are told apart by a table; the others, and those that join with a neighbour, are
# looked at one by one.
_TABLE = 0x2060
_EXACT, _LETTER, _OTHER = 0, 1, 2


def cut_at(text: str, at: int) -> str:
    """Say what a boundary before code point `at` of a text cuts: CLEAN, WORD or CHARACTER."""
    if at <= 0 or at >= len(text):
        return CLEAN
    low = max(0, at - _LOOK_BACK, text.rfind(" ", 0, at), text.rfind("\n", 0, at))
    window, inside = text[low : at + _LOOK_AHEAD], at - low
    for cluster in _CLUSTER.finditer(window):
        if cluster.end() >= inside:
            if cluster.end() > inside:
                return CHARACTER
            break
    return WORD if _INSIDE_WORD.match(window, pos=inside) else CLEAN


def cuts(
    texts: Sequence[str],
    document: npt.NDArray[np.int64],
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
) -> list[str]:
    """Return the worst cut of each span's two boundaries.

    document: index into `texts`, one a span. starts, ends: code points into that text, and inside it.
    """
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    sizes = np.fromiter((len(text) for text in texts), dtype=np.int64, count=len(texts))
    begins = np.cumsum(sizes) - sizes
    classes = _classes()
    worst = np.zeros(len(document), dtype=np.int8)
    for at in (starts, ends):
        inner = np.flatnonzero((at > 0) & (at < sizes[document]))
        place = begins[document[inner]] + at[inner]
        left = classes[np.minimum(points[place - 1], _TABLE)]
        right = classes[np.minimum(points[place], _TABLE)]
        unsure = (left == _EXACT) | (right == _EXACT) | ((left == _LETTER) & (right == _LETTER))
        for row in inner[unsure].tolist():
            worst[row] = max(worst[row], _NAMES.index(cut_at(texts[document[row]], int(at[row]))))
    return [_NAMES[i] for i in worst.tolist()]


def _classes() -> npt.NDArray[np.int8]:
    classes = np.full(_TABLE + 1, _EXACT, dtype=np.int8)
    plain = [*range(0x20, 0x300), *range(0x2010, 0x2028), *range(0x2030, 0x2060), 0x0A]
    for point in plain:
        letter = chr(point).isalnum() or point == ord("_")
        classes[point] = _LETTER if letter else _OTHER
    classes[0xAD] = _EXACT  # the soft hyphen extends the character before it
    return classes
