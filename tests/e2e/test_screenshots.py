"""Which regions the pictures of the documentation show, without a browser."""

from __future__ import annotations

from screenshots import rival

from parley.adjudication.session import open_bench
from parley.adjudication.studio.proposals import Proposal
from parley.model.paths import CorpusPaths


def test_the_adjudication_picture_selects_one_of_two_rivals(harbour: CorpusPaths) -> None:
    """The number on the screen leads to a label that another competes with, and not to one all hold."""
    bench = open_bench(harbour, ["ada", "bo"])
    found = rival(bench)
    assert found is not None
    doc_id, number = found
    before, selected = list(Proposal(bench.comparisons[doc_id]).spans.values())[number - 2 : number]
    assert not selected.item.agreed
    assert before.item is selected.item  # its row is in sight too


def test_no_picture_of_rivals_where_there_are_none(harbour: CorpusPaths) -> None:
    """Layers that agree on every place leave nothing to show."""
    bench = open_bench(harbour, ["ada", "bo"])
    bench.comparisons.clear()
    assert rival(bench) is None
