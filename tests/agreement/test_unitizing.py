"""Alpha for unitizing follows Krippendorff et al. (2016), point by point and by hand."""

import numpy as np
import pytest
from agreement_layers import LABELS, TEXT, layer, measured, pair_of_layers, two_annotators
from hypothesis import given, settings

from made_up_schemes import SMALL
from parley.agreement.measures.spans import units


@pytest.fixture(scope="module")
def ontology():
    return SMALL


def alpha(a, b, ontology, text=TEXT):
    return measured([a, b], ontology, text, draws=0)["overall"]["figures"]["spans"]["alpha"]


def point_by_point(observers, length):
    """Disagreement observed and expected from the definition: every point of every observer, every pair."""
    marked = np.zeros((len(observers), length), dtype=int)
    squares = 0
    for row, units_ in zip(marked, observers, strict=True):
        for start, end in units_:
            row[start:end] = 1
            squares += (end - start) ** 2
    coincidences = np.zeros((2, 2))
    for i in range(len(observers)):
        for j in range(len(observers)):
            if i != j:
                np.add.at(coincidences, (marked[i], marked[j]), 1 / (len(observers) - 1))
    whole, margin = coincidences.sum(), coincidences.sum(axis=0)
    beside_itself = np.diag([margin[0], squares])
    expected = whole * (np.outer(margin, margin) - beside_itself) / (whole**2 - beside_itself.sum())
    return whole - np.trace(coincidences), 2 * expected[0, 1]


def test_alpha_by_hand(ontology):
    """L = 20, the first marks 0:6, the second 0:4 and 10:14: they share 4 of 6 and 8 points.

    Observed: 2 (6 + 8 - 2·4) = 12. N = 40, n(A) = 14, n(gap) = 26, s = 36 + 16 + 16 + 26 = 94, so expected:
    2 · 40 · 14 · 26 / (1600 - 94) = 29120 / 1506. Alpha: 1 - 12 · 1506 / 29120 = 0.3794.
    """
    text = TEXT[:20]
    a, b = (layer("a", [("A", 0, 6)], text=text), layer("b", [("A", 0, 4), ("A", 10, 14)], text=text))
    found = alpha(a, b, ontology, text)
    assert found["labels"]["A"]["value"] == 0.3794
    assert found["overall"]["value"] == 0.3794
    assert found["labels"]["B"]["value"] is None


@settings(deadline=None)
@given(pair=pair_of_layers())
def test_alpha_is_that_of_every_point_against_every_point(ontology, pair):
    sides = two_annotators(*pair, ontology)
    found = alpha(*pair, ontology)
    observed, expected = 0.0, 0.0
    for number, label in enumerate(LABELS):
        own = [
            [(int(s), int(e)) for n, s, e in zip(u.label, u.start, u.end, strict=True) if n == number]
            for u in map(units, sides)
        ]
        if not any(own):
            assert found["labels"][label]["value"] is None
            continue
        one, other = point_by_point(own, len(TEXT))
        assert found["labels"][label]["value"] == pytest.approx(1 - one / other, abs=1e-4)
        observed, expected = observed + one, expected + other
    if expected:
        assert found["overall"]["value"] == pytest.approx(1 - observed / expected, abs=1e-4)


def test_overlapping_spans_of_a_label_are_one_unit_and_touching_ones_two(ontology):
    side, _ = two_annotators(
        layer("a", [("A", 0, 9), ("A", 2, 4), ("A", 8, 12), ("A", 12, 14), ("B", 1, 3)]),
        layer("b", []),
        ontology,
    )
    merged = units(side)
    assert list(zip(merged.label.tolist(), merged.start.tolist(), merged.end.tolist(), strict=True)) == [
        (0, 0, 12),
        (0, 12, 14),
        (1, 1, 3),
    ]


def test_equal_layers_have_alpha_one_and_disjoint_ones_less_than_nothing(ontology):
    spans = [("A", 0, 3), ("B", 8, 10), ("A", 20, 25)]
    assert alpha(layer("a", spans), layer("b", spans), ontology)["overall"]["value"] == 1.0
    apart = alpha(layer("a", [("A", 0, 9)]), layer("b", [("A", 20, 29)]), ontology)
    assert apart["overall"]["value"] < 0
