"""Shards: what the page loads piece by piece, as scripts that hand over JSON; columns and numbers in them.

A page opened from a file may neither fetch nor import, so each shard is `parley.shard(NAME, VALUE)`. Nothing
in VALUE can end the script or its line, whatever the texts say. Numbers and columns are short: `store.js` has
the functions that read what `digits`, `coded` and `table` write.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, groupby, pairwise
from pathlib import Path
from typing import Any

import msgspec
import regex  # type: ignore[import-untyped]

from parley.model.paths import sound_name
from parley.runtime.files import write_part

_UNWRITTEN = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"  # no blanks between words
_WORD = regex.compile(rf"[{_UNWRITTEN}]|(?:(?![{_UNWRITTEN}])[\p{{L}}\p{{N}}_])+")
_MARKS = regex.compile(r"\p{Mn}+")
_FOLDERS = 1_000  # articles from which they are in folders of so many at most, roughly
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_BITS, _LOW = 5, 31  # of a digit; its sixth bit says that another digit follows
_encode = msgspec.json.Encoder().encode


def script(name: str, value: object) -> bytes:
    r"""Return a shard as JavaScript.

    >>> print(script("a", "</script>").decode(), end="")
    parley.shard("a","\u003c/script>")
    """
    data = _encode(name) + b"," + _encode(value)
    for found, written in ((b"<", b"\\u003c"), (b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029")):
        data = data.replace(found, written)
    return b"parley.shard(" + data + b")\n"


def write(folder: Path, name: str, value: object) -> None:
    """Write a shard below the page's folder, where the page looks for it: data/NAME.js."""
    path = folder / "data" / f"{name}.js"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_part(path, script(name, value))


def article_name(doc_id: str, folders: int) -> str:
    """Return the name of an article's shard. Raises ValueError if no file can have its name."""
    return f"articles/{fnv1a(doc_id) % folders:x}/{sound_name(doc_id)}"


def folders_of(articles: int) -> int:
    """Return in how many folders the shards of articles are: no system likes too many files in one."""
    return max(1, articles // _FOLDERS * 2)


def fnv1a(text: str) -> int:
    """Return a hash that the page computes alike: FNV-1a of the UTF-8, 32 bits."""
    found = 0x811C9DC5
    for byte in text.encode():
        found = (found ^ byte) * 0x01000193 & 0xFFFFFFFF
    return found


def words(text: str) -> list[str]:
    """Return the words of a text as the page looks for them: without accents and capitals.

    A character of a script that puts no blanks between words is a word.

    >>> words("Zelenskyy's Élysée")
    ['zelenskyy', 's', 'elysee']
    """
    folded = _MARKS.sub("", unicodedata.normalize("NFKD", text)).lower().replace("ς", "σ")
    found: list[str] = _WORD.findall(folded)
    return found


def digits(numbers: Iterable[int]) -> str:
    """Return numbers from 0 to 2³²-1 as text: the lowest five bits first, small numbers as one character.

    >>> digits([0, 31, 32, 1000])
    'AfgBof'
    """
    return "".join(map(digit, numbers))


@lru_cache(1 << 12)
def digit(number: int) -> str:
    """Return one number as text."""
    found = ""
    while number > _LOW:
        found += _DIGITS[number & _LOW | _LOW + 1]
        number >>= _BITS
    return found + _DIGITS[number]


def steps(rising: Iterable[int]) -> str:
    """Return numbers that never fall as text: the differences from one to the next, from 0.

    >>> steps([3, 3, 10]) == digits([3, 0, 7])
    True
    """
    return digits(after - before for before, after in pairwise(chain((0,), rising)))


def coded(column: Sequence[Any]) -> dict[str, Any]:
    """Return a column as its values, the commonest first, and which of them each row has, in runs.

    A number of `at` is twice the place of a value; odd if a second one follows: its rows beyond the second.

    >>> coded(["a", "b", "b", "b", "b"])
    {'of': ['b', 'a'], 'at': 'CBC'}
    """
    keys = [one if isinstance(one, str) else _encode(one) for one in column]
    places = {key: place for place, (key, _) in enumerate(Counter(keys).most_common())}
    own = dict(zip(keys, column, strict=True))
    return {"of": [own[key] for key in places], "at": runs([places[key] for key in keys])}


def runs(places: Iterable[int]) -> str:
    """Return the places of values as `coded` has them."""
    found = []
    for place, same in groupby(places):
        rows = sum(1 for _ in same)
        found += [2 * place + 1, rows - 2] if rows > 1 else [2 * place]
    return digits(found)


def table(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return rows as coded columns; what a row does not have is null."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: coded([row.get(name) for row in rows]) for name in names}
