"""Intervals come from drawing whole articles anew, the same way every time."""

import numpy as np
import pytest

from parley.agreement.measures import intervals


def test_every_draw_has_as_many_documents_as_there_are_and_chunks_do_not_matter():
    whole = np.concatenate(list(intervals.weights(7, 50, seed=3)))
    pieces = np.concatenate(list(intervals.weights(7, 50, seed=3, width=300_000)))
    assert whole.shape == (50, 7)
    assert (whole.sum(axis=1) == 7).all()
    np.testing.assert_array_equal(whole, pieces)
    assert not np.array_equal(whole, np.concatenate(list(intervals.weights(7, 50, seed=4))))


def test_the_interval_holds_the_middle_of_what_is_defined():
    values = np.append(np.arange(1001, dtype=float), [np.nan] * 9)
    assert intervals.interval(values) == pytest.approx((25.0, 975.0))
    assert intervals.interval(np.array([np.nan])) is None
