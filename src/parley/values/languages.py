"""Sentences and tokens of a text by its language, with their offsets in code points.

The first part of the language tag (BCP 47) says whose rules make the tokens:

| languages | rules |
| --- | --- |
| Burmese, Chinese, Japanese, Khmer, Lao, Thai: written without spaces | ICU's dictionaries (package icu4py) |
| English and the others that spaCy knows | spaCy's blank pipeline, without a model |
| all others | the words of Unicode Standard Annex 29 (parley.values.boundaries) |

A token is never a part of a character, and the characters that format text (general category Cf) are no part
of a word: U+200B ZERO WIDTH SPACE parts words, the others are passed over.

A sentence ends after a mark that ends sentences (`.` `?` `。` `।` `؟` …: the annex' properties ATerm, STerm)
and what closes it, unless the text goes on in lower case; it never crosses a paragraph. Thai, Lao and Khmer
mostly write no such mark: there a sentence is a paragraph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

import regex  # type: ignore[import-untyped] # its stubs are a package of their own

from parley.faults import UsageError
from parley.values.boundaries import characters, words

_Stretch = tuple[int, int]  # code points, half-open

_BY_DICTIONARY = frozenset({"zh", "yue", "ja", "th", "lo", "km", "my"})
_OTHERS_NEEDED = frozenset({"ko", "vi"})  # spaCy's rules for them need packages of their own
_FORMAT = regex.compile(r"[\p{Cf}--\p{GCB=Prepend}]", regex.V1)  # the others are seen: Arabic number signs
_MANY_POINTS = regex.compile(r"[\P{GCB=Other}\p{Cf}]")  # of several in one character, or none of a word
_JOINED = regex.compile(r"[^\p{GCB=Other}]")  # what a character of several code points has
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


def rules_of(language: str) -> str:
    """Say whose rules make the tokens of a language, given its tag."""
    base = language.partition("-")[0]
    if base in _BY_DICTIONARY:
        return "ICU's dictionary"
    if base and base not in _OTHERS_NEEDED and find_spec(f"spacy.lang.{base}"):
        return "spaCy's rules"
    return "the words of Unicode Standard Annex 29, as no rules for the language are known"


def sentences(text: str, language: str) -> list[Sentence]:
    """Return the sentences of a text, in order. language: its tag, such as `en` or `zh-Hant`.

    Raises UsageError if the rules of the language need a package that is not installed.
    """
    split = _splitter(language.partition("-")[0])
    found: list[Sentence] = []
    start = 0
    for line in text.split("\n"):
        for tokens in _grouped(line, _tokens(line, split)):
            begin, end = tokens[0][0], tokens[-1][1]
            surfaces = tuple(line[a:b] for a, b in tokens)
            starts = tuple(start + a for a, _ in tokens)
            found.append(Sentence(start + begin, line[begin:end], surfaces, starts))
        start += len(line) + 1
    return found


@cache
def _splitter(base: str) -> Callable[[str], Iterable[_Stretch]]:
    """Return what splits a line of a language into stretches; to make it may take a second."""
    rules = rules_of(base)
    if rules.startswith("ICU"):
        try:
            from icu4py.breakers import WordBreaker
        except ImportError:
            raise UsageError(
                f"the tokens of articles in {base!r} are made by the package icu4py, which is not installed",
                "run `pip install 'parley-corpus[languages]'`",
            )
        return lambda line: _in_turn(WordBreaker(line, base))
    if rules.startswith("spaCy"):
        import spacy

        tokenizer = spacy.blank(base).tokenizer
        return lambda line: [(token.idx, token.idx + len(token)) for token in tokenizer(line)]
    return words


def _in_turn(segments: Iterable[str]) -> Iterator[_Stretch]:
    """Yield the places of segments that follow one another."""
    start = 0
    for segment in segments:
        yield start, start + len(segment)
        start += len(segment)


def _tokens(line: str, split: Callable[[str], Iterable[_Stretch]]) -> list[_Stretch]:
    """Return the tokens of a line: whole characters, without white space."""
    if not _MANY_POINTS.search(line):
        return [(low, high) for low, high in split(line) if not line[low:high].isspace()]
    kept: Sequence[int] = range(len(line))
    seen = line
    if _FORMAT.search(line):
        kept = [i for i in kept if line[i] == "\u200b" or not _FORMAT.match(line[i])]
        seen = "".join(line[i] for i in kept).replace("\u200b", " ")
    whole: dict[int, _Stretch] = {}
    if _JOINED.search(line):
        whole = {i: span for span in characters(line) if span[1] - span[0] > 1 for i in range(*span)}
    tokens: list[_Stretch] = []
    for low, high in split(seen):
        if seen[low:high].isspace():
            continue
        first, last = kept[low], kept[high - 1]
        start, end = whole.get(first, (first,))[0], whole.get(last, (0, last + 1))[1]
        if tokens and start < tokens[-1][1]:  # a character was split
            start = tokens.pop()[0]
        tokens.append((start, end))
    return tokens


def _grouped(line: str, tokens: Iterable[_Stretch]) -> Iterator[list[_Stretch]]:
    """Yield the tokens of each sentence."""
    sentence: list[_Stretch] = []
    ended = False
    for start, end in tokens:
        token = line[start:end]
        is_end = bool(_END.fullmatch(token))
        if ended and not is_end:
            joined, last = sentence[-1][1] == start, not line[end : end + 1].strip()
            closes = (_CLOSING.fullmatch(token) and (joined or last)) or (
                _OPENING.fullmatch(token) and joined and last  # “ closes a German quotation
            )
            if not closes:
                if not token[0].islower():
                    yield sentence
                    sentence = []
                ended = False
        sentence.append((start, end))
        ended = ended or is_end
    if sentence:
        yield sentence
