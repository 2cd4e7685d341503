"""Colours of labels that can be read: the ontology's, mixed with black or white until they contrast."""

from __future__ import annotations

import re
from dataclasses import dataclass

LIGHT, DARK = "#ffffff", "#15181c"  # grounds of text: the lightest and the darkest
_LEAST = 5.2  # contrast of text with its ground; WCAG 2.2 AA asks for 4.5, and a tinted ground takes some
_NONE = "#5f6b7a"  # of a label whose colour cannot be read
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Colour:
    """A label's colour: as text on light and on dark ground, six hexadecimal digits after `#`."""

    light: str
    dark: str


def readable(colour: str) -> Colour:
    """Return a colour as both themes show it.

    >>> readable("#000000")
    Colour(light='#000000', dark='#8c8c8c')
    """
    given = colour if _HEX.fullmatch(colour) else _NONE
    return Colour(_mixed(given, LIGHT, "#000000"), _mixed(given, DARK, "#ffffff"))


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2, relative luminance)."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _mixed(colour: str, ground: str, with_: str) -> str:
    """Return a colour mixed with black or white, no more than it takes to be read on a ground."""
    given, target = _channels(colour), _channels(with_)
    for percent in range(101):
        mixed = [round(a + (b - a) * percent / 100) for a, b in zip(given, target, strict=True)]
        found = "#" + "".join(f"{channel:02x}" for channel in mixed)
        if contrast(found, ground) >= _LEAST:
            return found
    return with_


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def _luminance(colour: str) -> float:
    parts = [c / 255 for c in _channels(colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
