"""How plots look, and how they become bytes: equal figures give equal bytes, no date, no random ids.

Colours are of Okabe & Ito's palette, told apart with any colour vision.
"""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from typing import Any

INK, GREY, PALE = "#222222", "#767676", "#d9d9d9"
BLUE, ORANGE = "#0072B2", "#E69F00"
STYLE = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same glyphs everywhere
    "font.size": 9,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "text.parse_math": False,  # a name with two dollar signs is no formula
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 0.5,
    "svg.hashsalt": "parley",
    "svg.fonttype": "path",
    "figure.dpi": 100,
    "savefig.dpi": 160,
}
_METADATA = {"svg": {"Date": None}, "png": {"Software": None}}


def style() -> AbstractContextManager[Any]:
    """Return a context in which matplotlib draws in this style."""
    import matplotlib as mpl

    context: AbstractContextManager[Any] = mpl.rc_context(STYLE)
    return context


def encode(figure: Any, kind: str) -> bytes:  # noqa: ANN401 - matplotlib ships no types
    """Return a figure as SVG or PNG. kind: `svg` or `png`; call it within `style()`."""
    out = io.BytesIO()
    figure.savefig(out, format=kind, metadata=_METADATA[kind])
    return out.getvalue()
