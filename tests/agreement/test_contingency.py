"""Kappa is scikit-learn's, B³ is that of its definition, and what has no answer says so."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.agreement.measures.attributes import b_cubed
from parley.agreement.measures.contingency import Contingency, agreement, binary_kappa, kappa

ONE = np.ones((1, 1))
VALUES = st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4)), min_size=1, max_size=40)


def table_of(items, docs=None):
    first, second = (np.array(side, dtype=np.int64) for side in zip(*items, strict=True))
    return Contingency.of(np.zeros(len(items), dtype=np.int64) if docs is None else docs, first, second)


@settings(deadline=None)
@given(items=VALUES)
def test_kappa_equals_scikit_learn(items):
    from sklearn.metrics import cohen_kappa_score

    table = table_of(items)
    if len({v for pair in items for v in pair}) == 1:
        assert np.isnan(kappa(table.crosstab(ONE)))[0]  # 0/0: both gave one and the same value only
        return
    theirs = cohen_kappa_score(*zip(*items, strict=True))
    assert kappa(table.crosstab(ONE))[0] == pytest.approx(theirs)


@given(items=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_kappa_of_yes_and_no_from_counts_is_the_same(items):
    both, first, second = (
        np.array([sum(c)]) for c in ([a and b for a, b in items], *zip(*items, strict=True))
    )
    table = table_of([(int(a), int(b)) for a, b in items])
    np.testing.assert_allclose(
        binary_kappa(both, first, second, np.array([float(len(items))])), kappa(table.crosstab(ONE))
    )


@given(items=VALUES)
def test_b_cubed_equals_its_definition(items):
    table = table_of(items)
    precision, recall, f1 = b_cubed(table.crosstab(ONE))
    by_definition = []
    for side in (1, 0):
        shares = []
        for mention in items:
            cluster = [m for m in items if m[side] == mention[side]]
            right = [m for m in cluster if m[1 - side] == mention[1 - side]]
            shares.append(len(right) / len(cluster))
        by_definition.append(sum(shares) / len(items))
    assert [precision[0], recall[0]] == pytest.approx(by_definition)
    assert f1[0] == pytest.approx(2 * np.prod(by_definition) / sum(by_definition))


@given(
    items=st.lists(st.lists(st.tuples(st.integers(-1, 300), st.integers(-1, 300)), min_size=1), min_size=1)
)
def test_what_is_kept_of_tables_adds_up_to_the_same(items):
    """Counts in as few bytes as they need, of documents that are compared apart, are those of all at once."""
    docs = np.repeat(np.arange(len(items)), [len(some) for some in items])
    whole = table_of([pair for some in items for pair in some], docs)
    merged = Contingency.merged([table_of(some).small() for some in items], range(len(items)))
    weights = np.arange(1.0, 1 + 2 * len(items)).reshape(2, -1)
    for one, other in zip(*(vars(t.crosstab(weights)).values() for t in (whole, merged)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_b_cubed_of_bagga_and_baldwin_1998():
    """Their first example: clusters {1-5}, {6,7}, {8-12}; the response joins the last two into one."""
    table = table_of([(0, 0)] * 5 + [(1, 1)] * 2 + [(2, 1)] * 5)
    precision, recall, _ = b_cubed(table.crosstab(ONE))
    assert precision[0] == pytest.approx((5 * 1 + 2 * 2 / 7 + 5 * 5 / 7) / 12)
    assert recall[0] == 1.0


def test_no_items_have_no_agreement():
    none = np.zeros(0, dtype=np.int64)
    table = Contingency.of(none, none, none)
    drawn = table.crosstab(np.ones((3, 2)))
    for figure in (agreement(drawn), kappa(drawn), *b_cubed(drawn)):
        assert figure.shape == (3,)
        assert np.isnan(figure).all()


@given(items=VALUES, data=st.data())
def test_sums_weigh_documents_and_batches_add_up(items, data):
    docs = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(items), max_size=len(items))))
    cut = data.draw(st.integers(0, len(items)))
    whole = table_of(items, docs)
    parts = [table_of(items[part], docs[part]) for part in (slice(0, cut), slice(cut, None)) if items[part]]
    again = Contingency.merged(parts, [0] * len(parts))
    weights = np.array([[2.0, 0.0, 1.0]])
    repeated = [pair for pair, doc in zip(items, docs, strict=True) for _ in range(int(weights[0, doc]))]
    for table in (whole, again):
        drawn = table.crosstab(weights)
        rows = zip(drawn.first.tolist(), drawn.second.tolist(), drawn.sums[0].tolist(), strict=True)
        found = {(a, b): n for a, b, n in rows if n}
        assert found == {pair: repeated.count(pair) for pair in set(repeated)}
