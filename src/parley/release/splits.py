"""Splits and folds: articles about one event stay together, near duplicates too.

Groups are the articles of one event; events that share a near-duplicate text are one group. In a small
corpus one group goes to `test`, one to `validation` and the rest to `train`. The two are chosen so that as
few labels as possible are missing that could be there, then so that the most is left to train on; ties fall
to the SHA-256 of the event's name, which nobody chose. In a large corpus the groups come in the order of that
hash, each to the emptier of `test` and `validation` until both have a tenth of the articles, then to `train`.
No group goes to a split if it made more than three twentieths of the articles, or more than a fifth of the
groups: an event that nearly all articles tell of is trained on, and not alone. `fold` numbers the groups for
leave-one-event-out evaluation.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

SPLITS = ("train", "validation", "test")
_SMALL = 12  # groups, up to which every choice is tried
# for validation and test each, as parts of the corpus
_SHARE = 0.1  # of the articles, when it takes no more
_MOST = 0.15  # of the articles
_MOST_GROUPS = 0.2


@dataclass(frozen=True)
class Placement:
    """The split of an article, its fold from 0, and the event that it is about."""

    split: str
    fold: int
    event: str = ""


def place(
    events: Mapping[str, str],
    labels: Mapping[str, frozenset[str]],
    duplicates: Sequence[tuple[str, str]] = (),
) -> dict[str, Placement]:
    """Return the placement of every article.

    events: doc_id → event, "" if it has none (then it is an event of its own). labels: doc_id → the labels
    it has. duplicates: pairs of doc_ids that must stay together.
    """
    groups = _groups(events, duplicates)
    order = sorted(groups, key=_rank)
    if len(order) < len(SPLITS):
        chosen = dict.fromkeys(order, "train")
    elif len(order) <= _SMALL:
        labels_of = {g: frozenset().union(*(labels.get(d, frozenset()) for d in groups[g])) for g in order}
        chosen = _best(order, {g: len(groups[g]) for g in order}, labels_of)
    else:
        chosen = _filled(order, groups, len(events))
    folds = {group: number for number, group in enumerate(sorted(groups))}
    return {
        doc: Placement(chosen[group], folds[group], events[doc]) for group in groups for doc in groups[group]
    }


def _groups(events: Mapping[str, str], duplicates: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Return group name → doc_ids; a group is named after its first event."""
    name_of = {doc: event or doc for doc, event in events.items()}
    leader = {name: name for name in name_of.values()}

    def find(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    for first, second in duplicates:
        low, high = sorted((find(name_of[first]), find(name_of[second])))
        leader[high] = low
    groups: dict[str, list[str]] = {}
    for doc in sorted(name_of):
        groups.setdefault(find(name_of[doc]), []).append(doc)
    return groups


def _rank(group: str) -> str:
    return hashlib.sha256(group.encode()).hexdigest()


def _best(order: list[str], sizes: dict[str, int], labels_of: dict[str, frozenset[str]]) -> dict[str, str]:
    every = frozenset().union(*labels_of.values())
    best: tuple[int, int] | None = None
    chosen: dict[str, str] = {}
    for validation, test in permutations(order, 2):
        train = [g for g in order if g not in (validation, test)]
        parts = [frozenset().union(*(labels_of[g] for g in train)), labels_of[validation], labels_of[test]]
        cost = sum(len(every - part) for part in parts), sizes[validation] + sizes[test]
        if best is None or cost < best:
            best = cost
            chosen = {**dict.fromkeys(train, "train"), validation: "validation", test: "test"}
    return chosen


def _filled(order: list[str], groups: dict[str, list[str]], total: int) -> dict[str, str]:
    chosen: dict[str, str] = {}
    filled = {"test": 0, "validation": 0}
    taken = Counter[str]()
    for group in order:
        size = len(groups[group])
        split = min(filled, key=lambda name: filled[name])  # of two equal ones the first
        has_room = filled[split] < _SHARE * total and filled[split] + size <= _MOST * total
        if has_room and taken[split] + 1 <= _MOST_GROUPS * len(order):
            filled[split] += size
            taken[split] += 1
            chosen[group] = split
        else:
            chosen[group] = "train"
    return chosen
