"""The colours of the corpus' labels can be told apart, and read on, as Label Studio paints them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import pytest

from parley.model.ontology_file import read_ontology

SPANS = read_ontology(Path(__file__).resolve().parents[2] / "annotation" / "ontology.toml").spans

Colour = tuple[float, float, float]  # red, green, blue, 0 to 255
EYES: dict[str, tuple[Colour, Colour, Colour]] = {  # linear RGB; Machado et al. 2009, severity 1
    "protanopia": (
        (0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881),
    ),
}  # fmt: skip


def linear(colour: Colour) -> list[float]:
    """Return the light of an sRGB colour, each channel 0 to 1 (IEC 61966-2-1)."""
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (x / 255 for x in colour)]


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the sum of the products of two vectors."""
    return sum(a * b for a, b in zip(one, other, strict=True))


def lab(colour: Colour, eye: str = "") -> Colour:
    """Return an sRGB colour in CIELAB under D65 (CIE 15), as an eye sees it."""
    light = linear(colour)
    if eye:
        light = [min(1, max(0, dot(row, light))) for row in EYES[eye]]
    r, g, b = light
    white = (
        (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047,
        0.2126729 * r + 0.7151522 * g + 0.0721750 * b,
        (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883,
    )
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in white)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def blended(colour: str, share: float) -> Colour:
    """Return `#rrggbb` as it looks at an opacity on white."""
    r, g, b = (share * int(colour[i : i + 2], 16) + (1 - share) * 255 for i in (1, 3, 5))
    return r, g, b


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    low, high = sorted(dot((0.2126, 0.7152, 0.0722), linear(c)) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


BLACK, WHITE = (0.0, 0.0, 0.0), (255.0, 255.0, 255.0)


@pytest.mark.parametrize(("eye", "least"), [("", 12), ("protanopia", 5), ("deuteranopia", 5)])
def test_labels_are_told_apart_by_colour(eye: str, least: float) -> None:
    """Spans are shown at 30 %: any two labels differ there in CIE76, for eyes without red or green too."""
    shown = {s.name: lab(blended(s.color, 0.3), eye) for s in SPANS}
    apart = {pair: math.dist(*map(shown.__getitem__, pair)) for pair in combinations(shown, 2)}
    assert {pair: round(d, 1) for pair, d in apart.items() if d < least} == {}


def test_text_on_labels_is_readable() -> None:
    """White on a chosen label, and what the screen takes on a selected span (80 %), reach WCAG's AA."""
    for span in SPANS:
        r, g, b = selected = blended(span.color, 0.8)
        text = BLACK if (299 * r + 587 * g + 114 * b) / 1000 >= 128 else WHITE  # as Label Studio chooses it
        assert contrast(blended(span.color, 1), WHITE) >= 4.5, span.name
        assert contrast(selected, text) >= 4.5, span.name
        assert contrast(blended(span.color, 0.3), BLACK) >= 4.5, span.name
