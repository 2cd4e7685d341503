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


@dataclass(frozen=True, slots=True)
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
    """Return the placement of every article, in their order.

    events: doc_id → event, "" if it has none (then it is an event of its own). labels: doc_id → the labels
    it has. duplicates: pairs of doc_ids that must stay together.
    """
    groups = _groups(events, duplicates)
    order = sorted(groups, key=lambda group: hashlib.sha256(group.encode()).hexdigest())
    if len(order) < len(SPLITS):
        chosen = {}
    elif len(order) <= _SMALL:
        chosen = _best(order, groups, labels)
    else:
        chosen = _filled(order, groups, len(events))
    folds = {group: number for number, group in enumerate(sorted(groups))}
    group_of = {doc: group for group, docs in groups.items() for doc in docs}
    once: dict[tuple[str, str], Placement] = {}  # articles of one group and event share theirs
    for group, event in {(group_of[doc], event) for doc, event in events.items()}:
        once[group, event] = Placement(chosen.get(group, "train"), folds[group], event)
    return {doc: once[group_of[doc], event] for doc, event in events.items()}


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


def _best(
    order: Sequence[str], groups: Mapping[str, list[str]], labels: Mapping[str, frozenset[str]]
) -> dict[str, str]:
    """Return the groups that are held out, each with its split."""
    of = {g: frozenset().union(*(labels.get(doc, ()) for doc in groups[g])) for g in order}
    every = len(frozenset().union(*of.values()))

    def cost(held_out: tuple[str, str]) -> tuple[int, int]:
        train = frozenset().union(*(of[g] for g in order if g not in held_out))
        missing = [every - len(some) for some in (train, *(of[g] for g in held_out))]
        return sum(missing), sum(len(groups[g]) for g in held_out)

    validation, test = min(permutations(order, 2), key=cost)
    return {validation: "validation", test: "test"}


def _filled(order: Sequence[str], groups: Mapping[str, list[str]], total: int) -> dict[str, str]:
    """Return the groups that are held out, each with its split."""
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
    return chosen
