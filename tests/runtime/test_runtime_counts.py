"""A number agrees with its noun."""

import pytest

from parley.runtime.counts import counted


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 articles"), (1, "1 article"), (2, "2 articles"), (1200, "1,200 articles")]
)
def test_one_article_is_one_article(number, said):
    """Only one is singular; thousands are parted."""
    assert counted(number, "article") == said


def test_a_plural_of_its_own_is_given():
    """Entries, entities: what is not made by an s."""
    assert [counted(n, "entity", "entities") for n in (1, 2)] == ["1 entity", "2 entities"]
