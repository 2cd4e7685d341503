"""Spans of two annotators are paired one to one, equal ones first, and no two overlapping ones stay alone."""

import numpy as np
import pytest
from agreement_layers import layer, pair_of_layers, two_annotators
from hypothesis import given, settings

from made_up_schemes import SMALL
from parley.agreement.measures.matching import align, among, blind, exact, overlapping, relaxed


@pytest.fixture(scope="module")
def ontology():
    return SMALL


def offsets(first, second, matching):
    return {
        ((int(first.start[i]), int(first.end[i])), (int(second.start[j]), int(second.end[j])))
        for i, j in zip(*matching.pairs, strict=True)
    }


def test_a_long_span_answers_to_one_short_span_only_the_one_it_overlaps_most(ontology):
    first, second = two_annotators(
        layer("a", [("A", 0, 10)]), layer("b", [("A", 0, 3), ("A", 4, 10)]), ontology
    )
    assert offsets(first, second, relaxed(first, second)) == {((0, 10), (4, 10))}


def test_an_equal_span_is_taken_before_a_larger_overlap_elsewhere(ontology):
    first, second = two_annotators(
        layer("a", [("A", 0, 20), ("A", 0, 2)]), layer("b", [("A", 0, 2), ("A", 0, 19)]), ontology
    )
    assert offsets(first, second, relaxed(first, second)) == {((0, 2), (0, 2)), ((0, 20), (0, 19))}


def test_touching_spans_and_spans_of_other_labels_do_not_match(ontology):
    first, second = two_annotators(
        layer("a", [("A", 0, 3)]), layer("b", [("A", 3, 5), ("B", 0, 3)]), ontology
    )
    assert offsets(first, second, relaxed(first, second)) == set()
    assert offsets(first, second, blind(first, second)) == {((0, 3), (0, 3))}


@settings(deadline=None)
@given(pair=pair_of_layers())
def test_the_relaxed_matching_is_the_greedy_one_by_overlap_over_union(ontology, pair):
    a, b = pair
    first, second = two_annotators(a, b, ontology)
    edges = sorted(
        (-len(shared) / len(union), min(union), max(union), x.label, x.start, x.end, y.start, y.end)
        for x in a.spans
        for y in b.spans
        if x.label == y.label
        and (shared := set(range(x.start, x.end)) & set(range(y.start, y.end)))
        and (union := set(range(x.start, x.end)) | set(range(y.start, y.end)))
    )
    weights = [-e[0] for e in edges]
    matched = relaxed(first, second)
    taken = 0.0
    for i, j in zip(*matched.pairs, strict=True):
        low, high = max(first.start[i], second.start[j]), min(first.end[i], second.end[j])
        left, right = min(first.start[i], second.start[j]), max(first.end[i], second.end[j])
        assert first.label[i] == second.label[j]
        assert low < high
        taken = max(taken, (high - low) / (right - left))
    assert taken == max(weights, default=0.0)  # the best pair of all is always taken
    for x in np.flatnonzero(matched.forth < 0):  # maximal: no overlapping pair of one label is left alone
        for y in np.flatnonzero(matched.back < 0):
            alone = first.label[x] == second.label[y]
            assert not (alone and max(first.start[x], second.start[y]) < min(first.end[x], second.end[y]))
    equal = exact(first, second)
    assert all(matched.forth[i] == j for i, j in zip(*equal.pairs, strict=True))


@settings(deadline=None)
@given(pair=pair_of_layers())
def test_every_overlapping_pair_is_found_once(ontology, pair):
    first, second = two_annotators(*pair, ontology)
    a, b = overlapping(first, second, first.doc, second.doc)
    found = sorted(zip(a.tolist(), b.tolist(), strict=True))
    assert found == [
        (i, j)
        for i in range(len(first.doc))
        for j in range(len(second.doc))
        if max(first.start[i], second.start[j]) < min(first.end[i], second.end[j])
    ]


@settings(deadline=None)
@given(pair=pair_of_layers())
def test_the_blind_matching_is_a_largest_one(ontology, pair):
    """No matching is larger if no path of overlaps from a span left alone ends in another (Berge 1957)."""
    first, second = two_annotators(*pair, ontology)
    rows, columns = (side.tolist() for side in overlapping(first, second, first.doc, second.doc))
    matched = blind(first, second)
    mine = list(zip(*(x.tolist() for x in matched.pairs), strict=True))
    assert set(mine) <= set(zip(rows, columns, strict=True))
    assert len({i for i, _ in mine}) == len({j for _, j in mine}) == len(mine)
    back, overlaps = matched.back.tolist(), list(zip(rows, columns, strict=True))
    reached = set(np.flatnonzero(matched.forth < 0).tolist())
    while more := {back[j] for i, j in overlaps if i in reached} - reached:
        assert -1 not in more
        reached |= more


def test_align_pairs_equal_values_first_then_the_rest_then_nothing():
    def numbers(*values):
        return np.array(values, dtype=np.int64)

    rows = align(numbers(1, 1, 2), numbers(5, 7, 5), numbers(1, 1, 3), numbers(7, 9, 4))
    # 7 with 7, then 5 with 9 of the same key; the rows of keys 2 and 3 are alone
    assert sorted(zip(*(side.tolist() for side in rows), strict=True)) == [(-1, 2), (0, 1), (1, 0), (2, -1)]


def test_what_is_among_others_is_what_numpy_finds():
    """Also of nothing, and among nothing."""
    made = np.random.default_rng(7)
    for size, other in ((0, 0), (0, 3), (3, 0), (50, 40)):
        values, others = made.integers(-1, 60, size), made.integers(-1, 60, other)
        assert among(values, others).tolist() == np.isin(values, others).tolist()
