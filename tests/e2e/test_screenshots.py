"""What the pictures of the documentation show, without a browser."""

from __future__ import annotations

from pictures import rival

from parley.adjudication.compare import SpanItem, open_adjudication
from parley.adjudication.studio.screen import in_turn
from parley.corpus.corpus import Corpus
from parley.model.paths import CorpusPaths


def test_the_adjudication_picture_shows_two_rivals(harbour: CorpusPaths) -> None:
    """The row is of a place on which two differ, in the article with most disagreements."""
    opened = open_adjudication(Corpus(harbour), ["ada", "bo"])
    found = rival(opened)
    assert found is not None
    doc_id, number = found
    item = in_turn(opened.comparisons[doc_id])[number - 1]
    assert isinstance(item, SpanItem)
    assert len(item.candidates) == 2
    assert all(
        len(c.disputed) <= len(opened.comparisons[doc_id].disputed) for c in opened.comparisons.values()
    )


def test_no_picture_of_rivals_where_there_are_none(harbour: CorpusPaths) -> None:
    """Layers that agree on every place leave nothing to show."""
    opened = open_adjudication(Corpus(harbour), ["ada", "bo"])
    opened.comparisons.clear()
    assert rival(opened) is None
