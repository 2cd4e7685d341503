"""A region lies where its quoted surface proves it does, or nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.label_studio.export import offsets
from parley.values.segmentation import Range

TEXTS = st.lists(
    st.sampled_from(
        ["a", "b", " ", "  ", "\r\n", "\n", "\t", "😀", "🇺🇦", "é", "e\u0301", "שלום", "<b>", "&amp;", "𝔘"]
    ),
    min_size=1,
    max_size=25,
).map("".join)


def locate(
    text: str, start: int | None, end: int | None, quoted: str | None, *, documented: bool = False
) -> Range | str:
    """Locate the only region of an annotation."""
    [found] = offsets.locate(text, [(start, end, quoted)], documented=documented)
    return found


@st.composite
def stretches(draw: st.DrawFn) -> tuple[str, int, int]:
    text = draw(TEXTS)
    start = draw(st.integers(0, len(text) - 1))
    return text, start, draw(st.integers(start + 1, len(text)))


@settings(deadline=None)
@given(stretches())
def test_code_points_are_taken_as_they_are(stretch: tuple[str, int, int]) -> None:
    """What Label Studio documents needs no conversion, whatever else the text would allow."""
    text, start, end = stretch
    assert locate(text, start, end, text[start:end], documented=True) == (start, end)
    assert locate(text, start, end, text[start:end]) in ((start, end), *_refusals(text, start, end))


@settings(deadline=None)
@given(stretches(), st.booleans(), st.booleans())
def test_another_way_of_counting_never_gives_another_surface(
    stretch: tuple[str, int, int], utf16: bool, crlf: bool
) -> None:
    """UTF-16 units and folded CRLF are converted to text that reads as quoted, or refused: never a guess."""
    text, start, end = stretch

    def counted(part: str) -> int:
        part = part.replace("\r\n", "\n") if crlf else part
        return len(part.encode("utf-16-le")) // 2 if utf16 else len(part)

    quoted = text[start:end].replace("\r\n", "\n") if crlf else text[start:end]
    found = locate(text, counted(text[:start]), counted(text[:end]), quoted)
    if isinstance(found, tuple):
        assert "".join(text[found[0] : found[1]].split()) == "".join(quoted.split())


def _refusals(text: str, start: int, end: int) -> list[str]:
    """Return what is said if a region of an unknown tool fits in several ways."""
    shown = f"{start}:{end} {text[start:end]!r} fits"
    return [f"{shown} {number} places, counted in different ways" for number in (2, 3, 4)]


def test_what_fits_in_several_ways_is_decided_by_the_others_of_its_annotation() -> None:
    """Alone it is refused, unless its tool is known to count code points; it is never guessed."""
    text = "😀😀😀 ha ha ha, said the crew of the Gull."
    ha, crew, point = (7, 9, "ha"), (26, 30, "crew"), (23, 27, "crew")
    assert offsets.locate(text, [ha, crew]) == [(4, 6), (23, 27)]
    assert offsets.locate(text, [ha, point]) == [(7, 9), (23, 27)]
    assert isinstance(locate(text, *ha), str)
    assert locate(text, *ha, documented=True) == (7, 9)
    assert offsets.locate(text, [ha, crew], documented=True) == [(4, 6), (23, 27)]
    [refused, first, second] = offsets.locate(text, [ha, crew, point])
    assert isinstance(refused, str)
    assert first == second == (23, 27)


def test_utf16_units_are_converted() -> None:
    """A browser that counts the emoji as two still points at the word it quotes."""
    text = "😀😀 Umerov met Zelensky"
    assert locate(text, 5, 11, "Umerov") == (3, 9)


def test_folded_line_ends_are_converted() -> None:
    """A tool that counts CRLF as one character still points at the word it quotes."""
    assert locate("one\r\ntwo\r\nthree", 8, 13, "three") == (10, 15)


def test_blanks_and_line_ends_may_look_different() -> None:
    """A browser shows CRLF as two line breaks; the text keeps its own."""
    assert locate("one\r\ntwo", 0, 8, "one\n\ntwo") == (0, 8)


@pytest.mark.parametrize(
    ("start", "end", "quoted"),
    [
        (1, 7, "Umerov"),
        (0, 5, "Umerov"),
        (7, 99, "met"),  # a slice would stop at the end of the text and look right
        (-3, 10, "met"),  # a slice would count from the end
        (4, 4, ""),
        (None, 3, "Ume"),
        (0, 3, "ume"),
    ],
)
def test_what_does_not_fit_is_refused(start: int | None, end: int | None, quoted: str) -> None:
    """Off by one, beyond the end, empty, missing: each is told, none is mended."""
    assert isinstance(locate("Umerov met", start, end, quoted), str)


def test_two_possible_places_are_refused() -> None:
    """Where two ways of counting both fit, at different places, nobody can tell."""
    text = "😀\r\nab ab ab"
    found = locate(text, 20, 22, "ab")
    assert isinstance(found, str)


def test_without_a_surface_only_plain_text_is_sure() -> None:
    """All ways of counting agree on text without astral characters and CRLF, and on no other."""
    assert locate("Umerov met", 0, 6, None) == (0, 6)
    assert isinstance(locate("😀 Umerov", 2, 8, None), str)
