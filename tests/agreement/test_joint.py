"""Kappa is scikit-learn's, B³ is that of its definition, and what has no answer says so."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.agreement.measures.joint import Joint, agreement, b_cubed, binary_kappa, kappa

ONE = np.ones((1, 1))
VALUES = st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4)), min_size=1, max_size=40)


def joint_of(items, docs=None):
    first, second = (np.array(side, dtype=np.int64) for side in zip(*items, strict=True))
    return Joint.of(np.zeros(len(items), dtype=np.int64) if docs is None else docs, first, second)


@settings(deadline=None)
@given(items=VALUES)
def test_kappa_equals_scikit_learn(items):
    from sklearn.metrics import cohen_kappa_score

    joint = joint_of(items)
    if len({v for pair in items for v in pair}) == 1:
        assert np.isnan(kappa(joint, joint.sums(ONE)))[0]  # 0/0: both gave one and the same value only
        return
    theirs = cohen_kappa_score(*zip(*items, strict=True))
    assert kappa(joint, joint.sums(ONE))[0] == pytest.approx(theirs)


@given(items=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_kappa_of_yes_and_no_from_counts_is_the_same(items):
    both, first, second = (
        np.array([sum(c)]) for c in ([a and b for a, b in items], *zip(*items, strict=True))
    )
    joint = joint_of([(int(a), int(b)) for a, b in items])
    np.testing.assert_allclose(
        binary_kappa(both, first, second, np.array([float(len(items))])), kappa(joint, joint.sums(ONE))
    )


@given(items=VALUES)
def test_b_cubed_equals_its_definition(items):
    joint = joint_of(items)
    precision, recall, f1 = b_cubed(joint, joint.sums(ONE))
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


def test_b_cubed_of_bagga_and_baldwin_1998():
    """Their first example: clusters {1-5}, {6,7}, {8-12}; the response ties the last two into one."""
    joint = joint_of([(0, 0)] * 5 + [(1, 1)] * 2 + [(2, 1)] * 5)
    precision, recall, _ = b_cubed(joint, joint.sums(ONE))
    assert precision[0] == pytest.approx((5 * 1 + 2 * 2 / 7 + 5 * 5 / 7) / 12)
    assert recall[0] == 1.0


def test_no_items_have_no_agreement():
    none = np.zeros(0, dtype=np.int64)
    joint = Joint.of(none, none, none)
    sums = joint.sums(np.ones((3, 2)))
    for figure in (agreement(joint, sums), kappa(joint, sums), *b_cubed(joint, sums)):
        assert figure.shape == (3,)
        assert np.isnan(figure).all()


@given(items=VALUES, data=st.data())
def test_sums_weigh_documents_and_batches_add_up(items, data):
    docs = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(items), max_size=len(items))))
    cut = data.draw(st.integers(0, len(items)))
    whole = joint_of(items, docs)
    parts = [joint_of(items[part], docs[part]) for part in (slice(0, cut), slice(cut, None)) if items[part]]
    again = Joint.together(parts)
    weights = np.array([[2.0, 0.0, 1.0]])
    repeated = [pair for pair, doc in zip(items, docs, strict=True) for _ in range(int(weights[0, doc]))]
    for joint in (whole, again):
        sums = joint.sums(weights)
        found = {
            (int(a), int(b)): int(n) for a, b, n in zip(joint.first, joint.second, sums[0], strict=True) if n
        }
        assert found == {pair: repeated.count(pair) for pair in set(repeated)}
