"""Which regions the pictures of the documentation show, without a browser."""

from __future__ import annotations

from pictures import rival

from parley.adjudication.compare import open_adjudication
from parley.adjudication.studio.screen import Proposal
from parley.corpus.corpus import Corpus
from parley.model.paths import CorpusPaths


def test_the_adjudication_picture_selects_one_of_two_rivals(harbour: CorpusPaths) -> None:
    """The number on the screen leads to a label that another competes with, and not to one all hold."""
    opened = open_adjudication(Corpus(harbour), ["ada", "bo"])
    found = rival(opened)
    assert found is not None
    doc_id, number = found
    before, selected = list(Proposal(opened.comparisons[doc_id]).spans.values())[number - 2 : number]
    assert not selected.item.agreed
    assert before.item is selected.item  # its row is in sight too


def test_no_picture_of_rivals_where_there_are_none(harbour: CorpusPaths) -> None:
    """Layers that agree on every place leave nothing to show."""
    opened = open_adjudication(Corpus(harbour), ["ada", "bo"])
    opened.comparisons.clear()
    assert rival(opened) is None
