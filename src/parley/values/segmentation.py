"""Segments of a text, in code points: characters and words, what a boundary cuts, tokens and sentences.

Characters are extended grapheme clusters, words the segments of the default rules (WB1-WB999) of Unicode
Standard Annex 29, "Unicode Text Segmentation", with the properties of the `regex` package (Unicode 17). The
package's own word boundaries depart from the annex (French apostrophes, marks after punctuation), so `words`
spells its rules out; the tests hold them against ICU.

A boundary cuts a word if it is inside a segment *and* there is a word character on both sides: the apostrophe
of `Ukraine’s` and the hyphen of `F-16` may be boundaries, scripts written without spaces may be cut anywhere
between characters.

The first part of the language tag (BCP 47) says whose rules make the tokens:

| languages | rules |
| --- | --- |
| Burmese, Chinese, Japanese, Khmer, Lao, Thai: written without spaces | ICU's dictionaries (package icu4py) |
| English and the others that spaCy knows | spaCy's blank pipeline, without a model |
| all others | the words of the annex |

A token is never a part of a character, and the characters that format text (general category Cf) are not part
of a word: U+200B ZERO WIDTH SPACE parts words, the others are passed over.

A sentence ends after a mark that ends sentences (`.` `?` `。` `।` `؟` …: the annex' properties ATerm, STerm)
and what closes it, unless the text goes on in lower case; it never crosses a paragraph. Thai, Lao and Khmer
mostly write no such mark: there a sentence is a paragraph.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from importlib.machinery import PathFinder
from importlib.util import find_spec
from itertools import accumulate, count, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import regex  # type: ignore[import-untyped] # its stubs are a package of their own

from parley.faults import UsageError
from parley.runtime.lazy_imports import load_spacy

Range = tuple[int, int]  # start and end in code points, half-open
Rows = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

INVISIBLE = frozenset("\u00ad\u200b\u2060\ufeff")  # hints for line breaks: soft hyphen, marks without width

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

# Code points below this are classified by a table; the others, and those that join with a neighbour, are
# looked at one by one.
_TABLE = 0x2060
_EXACT, _LETTER, _OTHER = 0, 1, 2
_CLASSES = np.full(_TABLE + 1, _EXACT, np.int8)
for _point in (*range(0x20, 0x300), *range(0x2010, 0x2028), *range(0x2030, 0x2060), 0x0A):
    _CLASSES[_point] = _LETTER if chr(_point).isalnum() or chr(_point) == "_" else _OTHER
_CLASSES[0xAD] = _EXACT  # the soft hyphen extends the character before it


def words(text: str) -> Iterator[Range]:
    """Yield the segments between word boundaries, white space and punctuation too; they tile the text."""
    return (found.span() for found in _WORD.finditer(text))


def characters(text: str) -> Iterator[Range]:
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
    """Return the worst cut of each span's two boundaries. document: of each span, its index in `texts`."""
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    sizes = np.array([len(text) for text in texts], np.int64)
    begins = np.cumsum(sizes) - sizes
    worst = np.zeros(len(document), dtype=np.int8)
    for at in (starts, ends):
        inner = np.flatnonzero((at > 0) & (at < sizes[document]))
        place = begins[document[inner]] + at[inner]
        left, right = (_CLASSES[np.minimum(points[of], _TABLE)] for of in (place - 1, place))
        unsure = (left == _EXACT) | (right == _EXACT) | ((left == _LETTER) & (right == _LETTER))
        for row in inner[unsure].tolist():
            worst[row] = max(worst[row], _NAMES.index(cut_at(texts[document[row]], int(at[row]))))
    return [_NAMES[i] for i in worst.tolist()]


# ---- tokens and sentences ----------------------------------------------------------------------------------

_BY_DICTIONARY = frozenset({"zh", "yue", "ja", "th", "lo", "km", "my"})
_OTHERS_NEEDED = frozenset({"ko", "vi"})  # spaCy's rules for them need packages of their own
_FORMAT = regex.compile(r"[\p{Cf}--\p{GCB=Prepend}]", regex.V1)  # the others are seen: Arabic number signs
_MANY_POINTS = regex.compile(r"[\P{GCB=Other}\p{Cf}]")  # of several in one character, or none of a word
_JOINED = regex.compile(r"[^\p{GCB=Other}]")  # what a character of several code points has
_SHORT, _KEPT = 40, 1 << 15  # code points of a piece whose tokens are kept, and how many are: some MB
_END = regex.compile(r"\p{SB=ATerm}|\p{SB=STerm}+")
_OPENING = regex.compile(r"[\p{Ps}\p{Pi}]")
_CLOSING = regex.compile(r"[\p{P}--\p{Ps}--\p{Pi}--\p{Pd}]+", regex.V1)


@dataclass(frozen=True)
class Sentence:
    """A sentence. start: in the document; tokens with their starts, in the document too."""

    start: int
    text: str
    tokens: tuple[str, ...]
    token_starts: tuple[int, ...]

    @property
    def end(self) -> int:
        """The end in the document, half-open."""
        return self.start + len(self.text)


@cache
def rules_of(language: str) -> str:
    """Say whose rules make the tokens of a language, given its tag."""
    base = language.partition("-")[0]
    if base in _BY_DICTIONARY:
        return "ICU's dictionary"
    spacy = find_spec("spacy")  # not imported: that takes most of a second
    folders = [f"{folder}/lang" for folder in (spacy and spacy.submodule_search_locations) or ()]
    if base and base not in _OTHERS_NEEDED and PathFinder.find_spec(base, folders):
        return "spaCy's rules"
    return "the words of Unicode Standard Annex 29, as no rules for the language are known"


@dataclass(frozen=True)
class Segments:
    """The sentences of some texts, and their tokens.

    text_rows, starts, texts: of each sentence the number of its text, its start there and its words. firsts:
    the number of its first token, and at the end that of all tokens. tokens, token_starts: of each token its
    words and its start in its text.
    """

    text_rows: Rows
    starts: Rows
    texts: list[str]
    firsts: Rows
    tokens: list[str]
    token_starts: Rows


def sentences(text: str, language: str) -> list[Sentence]:
    """Return the sentences of a text, in order. language: its tag, such as `en` or `zh-Hant`.

    Raises UsageError if the rules of the language need a package that is not installed.
    """
    found = segments([(text, language)])
    places = found.token_starts.tolist()
    return [
        Sentence(start, words, tuple(found.tokens[low:high]), tuple(places[low:high]))
        for start, words, (low, high) in zip(
            found.starts.tolist(), found.texts, pairwise(found.firsts.tolist()), strict=True
        )
    ]


def segments(articles: Iterable[tuple[str, str]]) -> Segments:
    """Return the sentences of texts, each with its language's tag; raises as `sentences`.

    The texts are cut into pieces that are tokenised alone: those between two blanks, or a line if more than
    that decides on its tokens. A piece that occurs several times is tokenised once.
    """
    texts: list[str] = []
    pieces: list[int] = []  # of all texts, by number
    sizes: list[int] = []  # pieces of each line
    lines: list[int] = []  # of each text
    number_of: defaultdict[str, dict[str, int]] = defaultdict(partial(defaultdict, count().__next__))
    for text, language in articles:
        base = language.partition("-")[0]
        texts.append(text)
        of_lines = [_pieces(line, base) for line in text.split("\n")]
        lines.append(len(of_lines))
        for some in of_lines:
            sizes.append(len(some))
            pieces.extend(map(number_of[base].__getitem__, some))
    known = sorted((n, piece, base) for base, some in number_of.items() for piece, n in some.items())
    distinct = [(piece, _token_ranges(piece, base)) for _, piece, base in known]
    of_piece = np.array([len(ranges) for _, ranges in distinct], np.int64)
    low, high = np.array([pair for _, ranges in distinct for pair in ranges], np.int64).reshape(-1, 2).T
    words = [piece[a:b] for piece, ranges in distinct for a, b in ranges]
    # one character parts two pieces, two lines and two texts, and so every piece is followed by one
    whole, rows = "\n".join(texts), np.array(pieces, np.int64)
    lengths = np.array([len(piece) + 1 for piece, _ in distinct], np.int64)[rows]
    number, begin = of_piece[rows], np.cumsum(lengths) - lengths
    word = np.repeat((np.cumsum(of_piece) - of_piece)[rows] - (np.cumsum(number) - number), number)
    word += np.arange(word.size)
    start, end = np.repeat(begin, number) + low[word], np.repeat(begin, number) + high[word]
    line = np.repeat(np.repeat(np.arange(len(sizes)), sizes), number)
    firsts = np.flatnonzero(_opens(whole, words, word, start, end, line=line))
    text_rows = np.repeat(np.arange(len(texts)), lines)[line]
    before = np.cumsum([0, *(len(text) + 1 for text in texts)])
    bounds = zip(start[firsts].tolist(), end[np.append(firsts, word.size)[1:] - 1].tolist(), strict=True)
    token_starts = start - before[text_rows]
    return Segments(
        text_rows[firsts],
        token_starts[firsts],
        [whole[a:b] for a, b in bounds],
        np.append(firsts, word.size),
        [words[i] for i in word.tolist()],
        token_starts,
    )


def _opens(whole: str, words: Sequence[str], word: Rows, start: Rows, end: Rows, *, line: Rows) -> Flags:
    """Say which tokens begin a sentence: the first of a line, and what follows an end and its closing marks.

    words: the distinct tokens. word, start, end, line: of each token its number there, its place in `whole`,
    the text, and the number of its line.
    """
    ends, closing, opening, lower = np.array([_kind(one) for one in words], bool).reshape(-1, 4)[word].T
    joined = np.append(False, start[1:] == end[:-1])
    last = np.zeros(word.size, bool)
    for mark in np.flatnonzero(closing | opening).tolist():
        last[mark] = not whole[end[mark] : end[mark] + 1].strip()
    # an opening mark between the two: “ closes a German quotation
    closes = ~ends & ((closing & (joined | last)) | (opening & joined & last))
    numbers = np.where(closes, -1, np.arange(word.size))
    before = np.append(-1, np.maximum.accumulate(numbers))[: word.size]  # what is closed, if anything is
    ended = np.append(ends, False)[before] & (np.append(line, -1)[before] == line)
    first = np.append(True, line[1:] != line[:-1])[: word.size]
    opens: Flags = first | (ended & ~ends & ~closes & ~lower)
    return opens


@lru_cache(_KEPT)
def _kind(token: str) -> tuple[bool, bool, bool, bool]:
    """Say whether a token ends a sentence, closes it, opens something, goes on in lower case."""
    mark = not token[0].isalpha()
    ends, closes, opens = (mark and bool(one.fullmatch(token)) for one in (_END, _CLOSING, _OPENING))
    return ends, closes, opens, token[0].islower()


def _pieces(line: str, base: str) -> list[str]:
    """Return the pieces of a line that are tokenised alone: joined by blanks they are the line."""
    together = _together(base)
    if together is None or (not _is_plain(line) and _MANY_POINTS.search(line)):
        return [line]
    pieces = line.split(" ")
    pairs = [left[-1:] + right[:1] for left, right in pairwise(pieces)]
    if not together.isdisjoint(pairs):
        for number in (n for n in reversed(range(len(pairs))) if pairs[n] in together):
            pieces[number : number + 2] = [f"{pieces[number]} {pieces[number + 1]}"]
    return pieces


def _is_plain(line: str) -> bool:
    """Say that each code point is a character and is seen: at once, if all are printable ASCII."""
    return line.isascii() and line.isprintable()


@cache
def _together(base: str) -> frozenset[str] | None:
    """Return the characters at whose blank spaCy may look at both sides at once; None if it is not spaCy.

    Else it tokenises what is between two blanks alone. Of its special cases (`:)`, `EE. UU.`) it looks for
    those of several tokens in the whole text.
    """
    if not rules_of(base).startswith("spaCy"):
        return None
    whole = _tokenizer(base)
    names = ("prefix_search", "suffix_search", "infix_finditer", "token_match", "url_match")
    affixes = type(whole)(whole.vocab, **{name: getattr(whole, name) for name in names})
    cases = ([token.text for token in affixes(case) if not token.is_space] for case in whole.rules)
    return frozenset(left[-1] + right[0] for tokens in cases for left, right in pairwise(tokens))


def _token_ranges(piece: str, base: str) -> tuple[Range, ...]:
    """Return the tokens of a piece."""
    return _known_ranges(piece, base) if len(piece) <= _SHORT else _ranges(piece, base)


def _ranges(piece: str, base: str) -> tuple[Range, ...]:
    return tuple(_tokens(piece, _splitter(base))) if piece else ()


_known_ranges = lru_cache(_KEPT)(_ranges)


@cache
def _tokenizer(base: str) -> Any:  # noqa: ANN401 - untyped library
    return load_spacy().blank(base).tokenizer


@cache
def _splitter(base: str) -> Callable[[str], Iterable[Range]]:
    """Return what splits a line of a language; to make it may take a second."""
    rules = rules_of(base)
    if rules.startswith("ICU"):
        try:
            from icu4py.breakers import WordBreaker
        except ImportError:
            raise UsageError(
                f"the tokens of articles in {base!r} are made by the package icu4py, which is not installed",
                "run `pip install 'parley-corpus[languages]'`",
            )

        def in_turn(line: str) -> Iterator[Range]:
            ends = [*accumulate(map(len, WordBreaker(line, base)))]
            return zip([0, *ends], ends, strict=False)

        return in_turn
    if rules.startswith("spaCy"):
        tokenizer = _tokenizer(base)
        return lambda line: [(token.idx, token.idx + len(token)) for token in tokenizer(line)]
    return words


def _tokens(line: str, split: Callable[[str], Iterable[Range]]) -> list[Range]:
    """Return the tokens of a line: whole characters, without white space."""
    if _is_plain(line) or not _MANY_POINTS.search(line):
        return [(low, high) for low, high in split(line) if not line[low:high].isspace()]
    kept: Sequence[int] = range(len(line))
    seen = line
    if _FORMAT.search(line):
        kept = [i for i in kept if line[i] == "\u200b" or not _FORMAT.match(line[i])]
        seen = "".join(line[i] for i in kept).replace("\u200b", " ")
    whole: dict[int, Range] = {}
    if _JOINED.search(line):
        whole = {i: span for span in characters(line) if span[1] - span[0] > 1 for i in range(*span)}
    tokens: list[Range] = []
    for low, high in split(seen):
        if seen[low:high].isspace():
            continue
        first, last = kept[low], kept[high - 1]
        start, end = whole.get(first, (first,))[0], whole.get(last, (0, last + 1))[1]
        if tokens and start < tokens[-1][1]:  # a character was split
            start = tokens.pop()[0]
        tokens.append((start, end))
    return tokens
