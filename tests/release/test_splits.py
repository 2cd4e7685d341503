"""Splits: no event and no near duplicate in two of them; nobody chose them by hand."""

from hypothesis import given
from hypothesis import strategies as st

from parley.release.splits import SPLITS, place

LABELS = frozenset({"A", "B", "C"})


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
                assert placed[first] == placed[second]


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


def test_order_does_not_matter():
    """The same articles in another order are placed the same."""
    events = {f"d{i}": f"e{i % 7}" for i in range(20)}
    assert place(dict(reversed(events.items())), {}) == place(events, {})
