"""Find labels again in another copy of a text, from fingerprints alone.

A release without text gives, for every sentence and every labelled stretch, its place in the folded text, its
length there and a fingerprint. A copy that is the same word for word holds every fingerprint where it should
be. In one that is not, the sentences that are still there, in their order, are the anchors; a stretch inside
or across them moves with its anchor; one in a changed place is looked for between its neighbours and taken
where it can be one thing only: the n-th of k in its sentence where there are still k, or long and alone. A
place is given where the fingerprint fits and nowhere else.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from parley.release.folding import Folded, fold


@dataclass(frozen=True, order=True)
class Fingerprint:
    """A stretch of a text that is not there.

    position, length: in the folded text. start, end: code points of the original. nth, of: which of the equal
    stretches of its sentence it is, from 1, and how many there are.
    """

    position: int
    length: int
    start: int
    end: int
    sha256: str
    nth: int = 1
    of: int = 1


_LONG = 24  # folded characters: a stretch that long does not stand in a news report twice by chance


@dataclass(frozen=True)
class Anchor:
    """A sentence that the copy still has: where it was and where it is, folded."""

    old: int
    new: int
    length: int


def align(
    sentences: Iterable[Fingerprint], stretches: Iterable[Fingerprint], text: str, salt: str
) -> dict[tuple[int, int], tuple[int, int]]:
    """Return where the stretches of an original stand in a copy: original → copy, code points.

    A stretch that is not in the copy, or may be either of two, is left out.
    """
    copy = fold(text)
    known = sorted(sentences)
    anchors = _anchors(known, copy, salt)
    starts = [anchor.old for anchor in anchors]
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for one in sorted(stretches):
        index = bisect_right(starts, one.position) - 1
        before = anchors[index] if index >= 0 else Anchor(0, 0, 0)
        after = anchors[index + 1] if index + 1 < len(anchors) else Anchor(sys.maxsize, len(copy.text), 0)
        if one.position < before.old + before.length:
            place = one.position - before.old + before.new
            if _is_there(copy, place, one, salt):
                found[one.start, one.end] = copy.stretch(place, place + one.length)
                continue
        changed = sum(before.old + before.length <= other.position < after.old for other in known)
        places = _places(copy, range(before.new, after.new), {one.sha256}, one.length, salt)[one.sha256]
        if (changed == 1 and len(places) == one.of) or (len(places) == 1 and one.length >= _LONG):
            place = places[0] if len(places) == 1 else places[one.nth - 1]
            found[one.start, one.end] = copy.stretch(place, place + one.length)
    return found


def _is_there(copy: Folded, place: int, one: Fingerprint, salt: str) -> bool:
    end = place + one.length
    return place >= 0 and end <= len(copy.text) and copy.digest(place, end, salt) == one.sha256


def _places(copy: Folded, part: range, wanted: set[str], length: int, salt: str) -> dict[str, list[int]]:
    """Return where stretches of a length with a wanted fingerprint stand in a part of the copy."""
    places: dict[str, list[int]] = defaultdict(list)
    for place in range(part.start, part.stop - length + 1):
        digest = copy.digest(place, place + length, salt)
        if digest in wanted:
            places[digest].append(place)
    return places


def _anchors(sentences: Sequence[Fingerprint], copy: Folded, salt: str) -> list[Anchor]:
    """Return the sentences that the copy has in the same order: the choice that keeps most of the text."""
    by_length: dict[int, set[str]] = defaultdict(set)
    for one in sentences:
        by_length[one.length].add(one.sha256)
    places: dict[str, list[int]] = {}
    for length, wanted in by_length.items():
        places |= _places(copy, range(len(copy.text)), wanted, length, salt)
    # the heaviest chain of sentences that rises in both texts; a document has tens of sentences
    chains: list[
        tuple[int, int, Anchor, int]
    ] = []  # weight, end in the copy, anchor, index of the one before
    for one in sentences:
        for place in places.get(one.sha256, []):
            best, before = 0, -1
            for index, (weight, end, anchor, _) in enumerate(chains):
                if end <= place and anchor.old + anchor.length <= one.position and weight > best:
                    best, before = weight, index
            chains.append(
                (best + one.length, place + one.length, Anchor(one.position, place, one.length), before)
            )
    chosen: list[Anchor] = []
    index = max(range(len(chains)), key=lambda i: chains[i][0], default=-1)
    while index >= 0:
        chosen.append(chains[index][2])
        index = chains[index][3]
    return chosen[::-1]
