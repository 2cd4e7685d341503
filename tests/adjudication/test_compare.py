"""What competes for one place is one item, at most one span of each annotator in it."""

import pytest
from adjudication_layers import TEXT, layer

from made_up_schemes import FREE
from parley.adjudication.compare import about, compare, distance
from parley.faults import DataFaults
from parley.model.labels import make_relation, make_span


def span(label, start, end, x=""):
    return make_span(TEXT, label, start, end, {"x": x} if x else {})


def groups(*spans_of):
    """Return the disputed span items of some layers, each as (what it is about, ids of its candidates)."""
    layers = [layer(who, spans) for who, spans in zip(("ada", "bo", "cy"), spans_of, strict=False)]
    disputed = [item for item in compare(layers, FREE).spans if not item.agreed]
    return [(about(item), [c.span.id for c in item.candidates]) for item in disputed]


@pytest.mark.parametrize(
    ("one", "other", "is_about"),
    [
        (span("A", 0, 8), span("A", 2, 8), "boundary"),
        (span("A", 0, 8), span("A", 0, 8, "1"), "attribute"),
        (span("A", 0, 8), span("B", 0, 8), "type"),
        (span("A", 0, 8), span("B", 0, 7), "type"),
    ],
)
def test_rivals_are_one_item(one, other, is_about):
    """Spans of one label that overlap, spans of equal offsets, spans that share half of what they cover."""
    assert groups([one], [other]) == [(is_about, [one.id, other.id])]


def test_nested_spans_of_two_labels_do_not_compete():
    """Both may be right: each is an item of its own, which one annotator missed."""
    assert groups([span("A", 0, 8)], [span("B", 0, 3)]) == [("missed", ["A-0-8"]), ("missed", ["B-0-3"])]
    assert distance(span("A", 0, 8), span("B", 0, 3)) is None


def test_the_nearest_are_grouped_first():
    """Of two spans that overlap a third the one that shares more of it is its rival."""
    found = groups([span("A", 0, 4), span("A", 4, 12)], [span("A", 2, 12)])
    assert found == [("missed", ["A-0-4"]), ("boundary", ["A-2-12", "A-4-12"])]


def test_a_place_has_one_span_of_each_of_three():
    """What two of three have is one candidate of the item; a second span of one annotator is another item."""
    found = groups([span("A", 0, 8)], [span("A", 0, 8)], [span("A", 1, 8), span("A", 0, 3)])
    assert found == [("boundary", ["A-0-8", "A-1-8"]), ("missed", ["A-0-3"])]


def test_relations_are_compared_between_places():
    """Another boundary of an end is the same relation, another direction or label is not."""
    a, b, c, d = span("A", 0, 2), span("B", 3, 8), span("B", 3, 7), span("A", 20, 24)
    agreed = compare(
        [layer("ada", [a, b], [make_relation("to", a, b)]), layer("bo", [a, c], [make_relation("to", a, c)])],
        FREE,
    )
    assert [item.agreed for item in agreed.relations] == [True]
    for other, is_about in (
        (make_relation("to", b, a), "direction"),
        (make_relation("on", a, b), "type"),
        (make_relation("to", d, a), "missed"),
    ):
        layers = [layer("ada", [a, b, d], [make_relation("to", a, b)]), layer("bo", [a, b, d], [other])]
        assert about(compare(layers, FREE).relations[0]) == is_about


def test_layers_of_two_texts_are_refused():
    """Offsets into different texts say nothing of each other."""
    with pytest.raises(DataFaults, match="text-mismatch"):
        compare([layer("ada", []), layer("bo", [], text_sha256="0" * 64)], FREE)
