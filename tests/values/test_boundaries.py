"""Boundaries: a cut is named at every place in any script, one by one and whole columns at once."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.values.boundaries import CHARACTER, CLEAN, WORD, cut_at, cuts


@pytest.mark.parametrize(
    ("left", "right", "cut"),
    [
        ("Uker", "ov", WORD),
        ("", "Umerov", CLEAN),
        ("Umerov", "", CLEAN),
        ("Ukraine", "’s", CLEAN),
        ("Ukraine", "'s", CLEAN),
        ("F", "-16", CLEAN),
        ("40", "km", WORD),
        ("snake", "_case", WORD),
        ("Zoe", "\u0308 says", CHARACTER),
        ("Zoe\u0308", "lle", WORD),
        ("👩\u200d", "✈️", CHARACTER),
        ("🇩", "🇰", CHARACTER),
        ("🇩🇰", "🇫🇷", CLEAN),
        ("a\r", "\nb", CHARACTER),
        ("a\n", "b", CLEAN),
        ("النو", "ر", WORD),
        ("北", "京", CLEAN),  # no spaces between words: a boundary may be anywhere
        ("กรุง", "เทพ", CLEAN),
        ("co\u00ad", "operate", WORD),
        ("“", "Peace", CLEAN),
    ],
)
def test_a_cut_is_told(left, right, cut):
    assert cut_at(left + right, len(left)) == cut


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # of a machine under load
@given(st.lists(st.text(st.sampled_from("ab é\u0301👩\u200d✈️🇩🇰’-_1北ก\r\n\u00ad"), min_size=1, max_size=12)))
def test_whole_columns_say_what_each_boundary_says(texts):
    places = [
        (n, a, b) for n, text in enumerate(texts) for a in range(len(text)) for b in range(a, len(text) + 1)
    ]
    document, starts, ends = (np.array([p[i] for p in places], dtype=np.int64) for i in range(3))
    order = [CLEAN, WORD, CHARACTER]
    expected = [max(cut_at(texts[n], a), cut_at(texts[n], b), key=order.index) for n, a, b in places]
    assert cuts(texts, document, starts, ends) == expected


def test_a_boundary_deep_inside_a_long_text_is_told():
    text = "word " * 5000 + "Umerov" + " word" * 5000
    at = text.index("Umerov")
    assert [cut_at(text, at + i) for i in (0, 3, 6)] == [CLEAN, WORD, CLEAN]
