"""Splits: no event and no near duplicate in two of them; nobody chose them by hand."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.release.splits import SPLITS, place

PATIENTLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
LABELS = frozenset({"A", "B", "C"})


@PATIENTLY
@given(
    st.dictionaries(
        st.text("abcdef", min_size=1, max_size=4), st.sampled_from(["", "x", "y", "z", "w"]), min_size=1
    ),
    st.data(),
)
def test_an_event_is_never_parted(events, data):
    """Articles of one event, and near duplicates of any event, stand in one split and one fold."""
    docs = sorted(events)
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(docs), st.sampled_from(docs)), max_size=3))
    placed = place(events, {}, pairs)
    assert placed.keys() == events.keys()
    for first in docs:
        for second in docs:
            if (events[first] and events[first] == events[second]) or (first, second) in pairs:
                assert (placed[first].split, placed[first].fold) == (
                    placed[second].split,
                    placed[second].fold,
                )


def test_every_split_has_something():
    """With three events there is something to train on, to tune on and to test on."""
    placed = place({f"d{i}": f"e{i}" for i in range(3)}, {})
    assert {p.split for p in placed.values()} == set(SPLITS)


def test_labels_come_before_size():
    """A split that could hold a label holds it, even if there is less left to train on."""
    events = {"big1": "big", "big2": "big", "full": "full", "thin": "thin", "other": "other"}
    labels = {"big1": LABELS, "big2": LABELS, "full": LABELS, "other": LABELS, "thin": frozenset({"A"})}
    placed = place(events, labels)
    assert placed["thin"].split == "train"
    assert placed["big1"].split == "train"


def test_many_events_fill_a_tenth_each():
    """In a large corpus validation and test hold about a tenth of the articles each."""
    placed = place({f"d{i}": f"e{i}" for i in range(1000)}, {})
    sizes = {split: sum(p.split == split for p in placed.values()) for split in SPLITS}
    assert sizes == {"train": 800, "validation": 100, "test": 100}
    assert len({p.fold for p in placed.values()}) == 1000


@PATIENTLY
@given(st.lists(st.integers(1, 40) | st.integers(1, 1000), min_size=13, max_size=60))
def test_however_large_an_event_is_there_is_most_to_train_on(sizes):
    """From 13 events on `train` has seven tenths of the articles and six of the events; no split is empty."""
    placed = place({f"d{i}-{j}": f"e{i}" for i, size in enumerate(sizes) for j in range(size)}, {})
    counts = Counter(p.split for p in placed.values())
    assert counts["train"] >= 0.7 * sum(sizes)
    assert counts["test"]
    assert counts["validation"]
    assert len({p.fold for p in placed.values() if p.split == "train"}) >= 0.6 * len(sizes)


def test_one_event_that_all_speak_of_is_trained_on():
    """Beside a thousand reports of one event, a few of the others are held out and most are not."""
    events = {f"d{i}": "flood" for i in range(1000)} | {f"x{i}": f"e{i}" for i in range(12)}
    counts = Counter(p.split for p in place(events, {}).values())
    assert counts == {"train": 1008, "validation": 2, "test": 2}


@pytest.mark.parametrize("number", [7, 20])
def test_order_does_not_matter(number):
    """The same articles in another order are placed the same."""
    events = {f"d{i}": f"e{i % number}" for i in range(3 * number)}
    assert place(dict(reversed(events.items())), {}) == place(events, {})
