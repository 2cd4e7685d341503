"""Find labels again in another copy of a text, from fingerprints alone.

A text is folded first: it is what it is, whatever its quotation marks, dashes, blanks and ways of writing an
accent. A release without text gives, for every sentence and every labelled passage, its place in the folded
text, its length there and a fingerprint. A copy that is the same word for word has every fingerprint where it
should be. In one that is not, the sentences that are still there, in their order, are the anchors; if two
equal sentences could be the one that is left, neither is. A passage that touches an anchor moves with it. One
in a changed part is looked for between the anchors around it and taken if it can be one thing only: the n-th
of k if its sentence alone changed and there are still k, or long and alone in the part, then as now; "he" is
not looked for in "the". A place is given where the fingerprint fits and nowhere else, and no place to two
passages.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex  # type: ignore[import-untyped]  # its stubs are a package of their own

from parley.release.data.fingerprints import FoldedText, fold
from parley.values.segmentation import words


@dataclass(frozen=True, order=True)
class Fingerprint:
    """A passage of a text that is not there.

    position, length: in the folded text. start, end: code points of the original. nth, of: which of the equal
    passages of its sentence it is, from 1, and how many there are.
    """

    position: int
    length: int
    start: int
    end: int
    sha256: str
    nth: int = 1
    of: int = 1


_WITHIN = regex.compile(r"\w\w")
_LONG = 24  # folded characters: a passage that long is not twice in a news report by chance


@dataclass(frozen=True)
class Anchor:
    """A sentence that the copy still has: where it was and where it is, folded."""

    old: int
    new: int
    length: int

    @property
    def old_end(self) -> int:
        """Where it ended, half-open."""
        return self.old + self.length

    @property
    def new_end(self) -> int:
        """Where it ends now, half-open."""
        return self.new + self.length


def align(
    sentences: Iterable[Fingerprint], passages: Iterable[Fingerprint], text: str, salt: str
) -> dict[tuple[int, int], tuple[int, int]]:
    """Return the places of an original's passages in a copy: original → copy, code points.

    A passage that is not in the copy, or may be either of two, is left out.
    """
    copy = fold(text)
    known = sorted(sentences)
    inner = _anchors(known, copy, salt)
    anchors = [Anchor(0, 0, 0), *inner, Anchor(sys.maxsize, len(copy.text), 0)]
    starts = [anchor.old for anchor in anchors]
    places: dict[Fingerprint, int] = {}
    changed: dict[int, list[Fingerprint]] = defaultdict(list)
    for one in sorted(passages):
        index = bisect_right(starts, one.position) - 1
        before, after = anchors[index], anchors[index + 1]
        if before.old_end <= one.position and one.position + one.length <= after.old:
            changed[index].append(one)
            continue
        touched = before if one.position < before.old_end else after
        place = one.position - touched.old + touched.new
        end = place + one.length
        if place >= 0 and end <= len(copy.text) and copy.digest(place, end, salt) == one.sha256:
            places[one] = place
    for index, some in changed.items():
        before, after = anchors[index], anchors[index + 1]
        number = sum(before.old_end <= sentence.position < after.old for sentence in known)
        part = range(before.new_end, after.new)
        places |= _unmistakable(some, _places(copy, part, some, salt), is_one_sentence=number == 1)
    return {(one.start, one.end): copy.passage(at, at + one.length) for one, at in places.items()}


def _unmistakable(
    some: Sequence[Fingerprint], places: dict[str, list[int]], *, is_one_sentence: bool
) -> Iterator[tuple[Fingerprint, int]]:
    """Yield the passages of a changed part that can be one thing only, and their places in the copy.

    places: of each fingerprint in the part. is_one_sentence: whether the part was one sentence.
    """
    same = Counter(one.sha256 for one in some)
    claims: dict[tuple[str, int], list[Fingerprint]] = defaultdict(list)
    for one in some:
        here = places.get(one.sha256, [])
        is_alone = len(here) == one.of == same[one.sha256] == 1
        if (is_one_sentence and len(here) == one.of) or (is_alone and one.length >= _LONG):
            claims[one.sha256, here[one.nth - 1]].append(one)
    for (_, place), claimants in claims.items():
        if len(claimants) == 1:
            yield claimants[0], place


def _places(copy: FoldedText, part: range, wanted: Iterable[Fingerprint], salt: str) -> dict[str, list[int]]:
    """Return where passages begin in a part of the copy, by fingerprint; none cuts a word in two."""
    by_length: dict[int, set[str]] = defaultdict(set)
    for one in wanted:
        by_length[one.length].add(one.sha256)
    places: dict[str, list[int]] = defaultdict(list)
    breaks = {start for start, _ in words(copy.text)}
    inside = {match.start() + 1 for match in _WITHIN.finditer(copy.text, overlapped=True)} - breaks
    for length, some in by_length.items():
        for place in range(part.start, min(part.stop, len(copy.text) - length + 1)):
            if place in inside or place + length in inside:
                continue
            digest = copy.digest(place, place + length, salt)
            if digest in some:
                places[digest].append(place)
    return places


def _anchors(sentences: Sequence[Fingerprint], copy: FoldedText, salt: str) -> list[Anchor]:
    """Return the sentences that the copy has in the same order: the choice that keeps most of the text.

    A place that another sentence has in a choice that keeps as much is not an anchor. What the copy kept
    is such a choice, unless a sentence written anew is one of the original: so none is taken for another.
    """
    places = _places(copy, range(len(copy.text)), sentences, salt)
    could = [Anchor(one.position, at, one.length) for one in sentences for at in places.get(one.sha256, [])]
    to = _heaviest(could)
    since = _heaviest([Anchor(-a.old_end, -a.new_end, a.length) for a in reversed(could)])[::-1]
    best = max((weight for weight, _ in to), default=0)
    rivals = Counter(
        anchor.new
        for anchor, (head, _), (tail, _) in zip(could, to, since, strict=True)
        if head + tail - anchor.length == best
    )
    chosen: list[Anchor] = []
    index = next((i for i, (weight, _) in enumerate(to) if weight == best), -1)
    while index >= 0:
        chosen.append(could[index])
        index = to[index][1]
    return [anchor for anchor in reversed(chosen) if rivals[anchor.new] == 1]


def _heaviest(could: Sequence[Anchor]) -> list[tuple[int, int]]:
    """Return of each anchor the characters in the heaviest chain that ends with it, and the one before it.

    A chain rises in both texts. could: in the order of the original. -1 if there is none before. A
    document has tens of sentences: quadratic is soon done.
    """
    chains: list[tuple[int, int]] = []
    for anchor in could:
        best, before = 0, -1
        for index, (other, (weight, _)) in enumerate(zip(could, chains, strict=False)):
            if weight > best and other.old_end <= anchor.old and other.new_end <= anchor.new:
                best, before = weight, index
        chains.append((best + anchor.length, before))
    return chains
