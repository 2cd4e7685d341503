"""Characters and words of a text, and what a span boundary cuts: a character, a word, or nothing.

Characters are extended grapheme clusters, words the segments of the default rules (WB1-WB999) of Unicode
Standard Annex 29, "Unicode Text Segmentation", with the properties of the `regex` package (Unicode 17). The
package's own word boundaries depart from the annex (French apostrophes, marks after punctuation), so `words`
spells its rules out; the tests hold them against ICU.

A boundary cuts a word if it is inside a segment *and* there is a word character on both sides: the apostrophe
of `Ukraine’s` and the hyphen of `F-16` may be boundaries, scripts written without spaces may be cut anywhere
between characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import regex  # type: ignore[import-untyped] # its stubs are a package of their own

CLEAN, WORD, CHARACTER = "clean", "word", "character"
_NAMES = (CLEAN, WORD, CHARACTER)  # worst last: a boundary that cuts a character cuts its word too

_CLUSTER = regex.compile(r"\X")
_BETWEEN_LETTERS = regex.compile(r"(?<=\w\p{Cf}*)(?=\p{Cf}*\w)")  # Cf: soft hyphens, marks


def _word_pattern() -> str:
    """Return the rules WB3-WB999 as one pattern: a segment is its longest match from a boundary."""
    marks = r"[\p{WB=Extend}\p{WB=Format}\p{WB=ZWJ}]*+"  # WB4
    letter = r"[\p{WB=ALetter}\p{WB=Hebrew_Letter}]"
    hebrew, digit = r"\p{WB=Hebrew_Letter}", r"\p{WB=Numeric}"
    in_word = r"[\p{WB=MidLetter}\p{WB=MidNumLet}\p{WB=Single_Quote}]"
    in_number = r"[\p{WB=MidNum}\p{WB=MidNumLet}\p{WB=Single_Quote}]"
    unit = (
        rf"{hebrew}{marks}\p{{WB=Double_Quote}}{marks}(?={hebrew})"  # WB7b, WB7c
        rf"|{letter}{marks}(?:{in_word}{marks}(?={letter}))?"  # WB5-WB7, WB9
        rf"|{digit}{marks}(?:{in_number}{marks}(?={digit}))?"  # WB8, WB10-WB12
    )
    run = rf"(?:(?:{unit})++|(?:\p{{WB=Katakana}}{marks})++)"  # WB13
    joiners = rf"(?:\p{{WB=ExtendNumLet}}{marks})"
    word = rf"{joiners}*+{run}(?:{joiners}++{run})*+{joiners}*+"  # WB13a, WB13b
    quoted = rf"(?:(?<={hebrew}[\p{{WB=Extend}}\p{{WB=Format}}\p{{WB=ZWJ}}]*)\p{{WB=Single_Quote}})?"  # WB7a
    flag = rf"\p{{RI}}{marks}\p{{RI}}"  # WB15, WB16
    emoji = rf"(?:(?<=\p{{WB=ZWJ}})\p{{ExtPict}}{marks})*+"  # WB3c
    other = rf"(?:\p{{WB=WSegSpace}}++|{flag}|{word}{quoted}|{joiners}++|.){marks}{emoji}"  # WB3d, WB999
    return rf"\r\n|[\r\n\p{{WB=Newline}}]|{other}"  # WB3-WB3b


_WORD = regex.compile(_word_pattern(), regex.DOTALL)
_ALONE = regex.compile(r"(?r)[\p{WB=Other}--\p{ExtPict}]", regex.V1)  # the last: a segment starts there
_LOOK_BACK, _LOOK_AHEAD = 1000, 64  # code points; no cluster or word of a living language is longer

# Code points below this are told apart by a table; the others, and those that join with a neighbour, are
# looked at one by one.
_TABLE = 0x2060
_EXACT, _LETTER, _OTHER = 0, 1, 2


def words(text: str) -> Iterator[tuple[int, int]]:
    """Yield the segments between word boundaries, white space and punctuation too; they tile the text."""
    return (found.span() for found in _WORD.finditer(text))


def characters(text: str) -> Iterator[tuple[int, int]]:
    """Yield the extended grapheme clusters of a text; they tile it."""
    return (found.span() for found in _CLUSTER.finditer(text))


def cut_at(text: str, at: int) -> str:
    """Say what a boundary before code point `at` of a text cuts: CLEAN, WORD or CHARACTER."""
    if at <= 0 or at >= len(text):
        return CLEAN
    low = max(0, at - _LOOK_BACK, text.rfind(" ", 0, at), text.rfind("\n", 0, at))
    window, inside = text[low : at + _LOOK_AHEAD], at - low
    if next(end for _, end in characters(window) if end >= inside) > inside:
        return CHARACTER
    if not _BETWEEN_LETTERS.match(window, pos=inside):
        return CLEAN
    alone = _ALONE.search(window, endpos=inside)
    first = alone.start() if alone else 0
    end = first + next(end for _, end in words(window[first:]) if first + end >= inside)
    return WORD if end > inside else CLEAN


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
