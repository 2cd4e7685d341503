"""The index of the page: which rows have a word or a value, and what all rows of a table are counted by.

A part of a release indexes its own rows; then the parts' postings are merged, in order, into files of about
one size. A search loads the files that its words are in, and no others.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from parley.explorer.shards import coded, digit, digits, runs, words, write
from parley.runtime.files import write_part

WORDS, VALUES = KINDS = "words", "values"
_UNMERGED = "unmerged"  # the folder of the parts' postings, while a page is written
_FILE = 100_000  # characters of postings from which the next key is in the next file

Combination = tuple[Any, ...]


class Postings(NamedTuple):
    """The rows of a part that have a key. rest: the steps from the first row on, as `digits` writes them.

    codes: the number that each row's combination has in the part.
    """

    key: str
    first: int
    last: int
    rest: str
    codes: list[int]


@dataclass(frozen=True)
class Merge:
    """One kind of keys of one table.

    begins: the number of the first row of each part. codes: of each part, the numbers of its combinations
    among those of all parts; empty if the table has none.
    """

    out: Path
    table: str
    kind: str
    begins: tuple[int, ...]
    codes: tuple[tuple[int, ...], ...]


class Index:
    """The rows of one table of a part. A row has a value for each of `dimensions`: its combination.

    Combinations are few, so that counting is counting their numbers.
    """

    def __init__(self, dimensions: Sequence[str] = ()) -> None:
        self.dimensions = tuple(dimensions)
        self.rows: list[int] = []  # of each article
        self._combinations: list[Combination] = []
        self._postings: dict[str, dict[str, list[int]]] = {kind: {} for kind in KINDS}

    def article(self) -> None:
        """Begin the rows of the next article."""
        self.rows.append(0)

    def add(self, combination: Combination, values: Iterable[str], text: str | None) -> None:
        """Add a row. combination: a value for each dimension, None for none. values: keys of `NAME=VALUE`."""
        row = len(self._combinations)
        self._combinations.append(combination)
        self.rows[-1] += 1
        for kind, keys in ((VALUES, dict.fromkeys(values)), (WORDS, set(words(text)) if text else ())):
            for key in keys:
                self._postings[kind].setdefault(key, []).append(row)

    def write(self, out: Path, name: str, part: int, **more: str) -> Counter[Combination]:
        """Write the combination of each row, and more columns, as the shard of a part; postings unmerged.

        Returns how many rows each combination has, in the order of the shard's numbers.
        """
        counts = Counter(dict(Counter(self._combinations).most_common()))
        places = {combination: place for place, combination in enumerate(counts)}
        codes = list(map(places.__getitem__, self._combinations))
        if self.dimensions:
            write(out, f"{name}/{part}", {"at": runs(codes), **more})
        for kind, postings in self._postings.items():
            if postings:
                lines = _lines(postings, codes if self.dimensions else ())
                path = _path(out, name, kind, part)
                path.parent.mkdir(exist_ok=True)
                write_part(path, msgspec.json.Encoder().encode_lines(lines))
        return counts


def merge(asked: Merge) -> list[str]:
    """Merge the postings of all parts into shards TABLE/KIND-N; return the first key of each.

    A key has its rows and, after a full stop, the combination of each: what is counted is known without
    another shard. Keys are in the order of their UTF-16, which is that of the page's language. One key's
    postings are in one shard, however many they are.
    """
    parts = [_read_unmerged(asked, part) for part in range(len(asked.begins))]
    firsts: list[str] = []
    shard: dict[str, str] = {}
    size = 0
    for key, postings in groupby(heapq.merge(*parts, key=_order), lambda one: one.key):
        if size > _FILE:
            write(asked.out, f"{asked.table}/{asked.kind}-{len(firsts) - 1}", shard)
            shard, size = {}, 0
        if not shard:
            firsts.append(key)
        rows, codes, last = "", [], 0
        for one in postings:
            rows += digit(one.first - last) + one.rest
            codes += one.codes
            last = one.last
        shard[key] = f"{rows}.{runs(codes)}" if asked.codes else rows
        size += len(key) + len(shard[key])
    if shard:
        write(asked.out, f"{asked.table}/{asked.kind}-{len(firsts) - 1}", shard)
    return firsts


def unmerged(out: Path) -> Path:
    """Return the folder of what is not merged yet; it is not part of the page."""
    return out / _UNMERGED


def numbers(parts: Sequence[Counter[Combination]]) -> dict[Combination, int]:
    """Return the combinations of all parts with their numbers, the commonest first."""
    every: Counter[Combination] = Counter()
    for part in parts:
        every.update(part)
    return {combination: place for place, (combination, _) in enumerate(every.most_common())}


def combinations(
    dimensions: Sequence[str], numbered: Mapping[Combination, int], parts: Iterable[Sequence[int]]
) -> dict[str, Any]:
    """Return the combinations of a table as columns. parts: the numbers of those of each part."""
    return {
        "size": len(numbered),
        "dimensions": {name: coded([one[n] for one in numbered]) for n, name in enumerate(dimensions)},
        "parts": [digits(part) for part in parts],
    }


def _order(one: Postings) -> bytes:
    return one.key.encode("utf-16-be")


def _path(out: Path, table: str, kind: str, part: int) -> Path:
    return unmerged(out) / f"{table}-{kind}-{part}.jsonl"


def _lines(postings: Mapping[str, Sequence[int]], codes: Sequence[int]) -> Iterator[Postings]:
    for key in sorted(postings, key=lambda key: key.encode("utf-16-be")):
        rows = postings[key]
        own = [codes[row] for row in rows] if codes else []
        yield Postings(key, rows[0], rows[-1], digits(b - a for a, b in pairwise(rows)), own)


def _read_unmerged(asked: Merge, part: int) -> Iterator[Postings]:
    """Yield the postings of a part with the numbers that rows and combinations have among all parts."""
    path = _path(asked.out, asked.table, asked.kind, part)
    if not path.is_file():
        return
    decode = msgspec.json.Decoder(Postings).decode
    begin, codes = asked.begins[part], asked.codes[part] if asked.codes else ()
    with path.open("rb") as lines:
        for line in lines:
            one = decode(line)
            own = [codes[code] for code in one.codes]
            yield one._replace(first=one.first + begin, last=one.last + begin, codes=own)
