"""Baselines: what plain models find, one event left out at a time, and only beside the labels they found."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from card_parts import section
from checkout import CHECKOUT
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, UsageError
from parley.model.ontology_file import decode_ontology
from parley.model.paths import CorpusPaths
from parley.release.baselines.articles import Article, Score, Span
from parley.release.baselines.relations import relation_scores
from parley.release.baselines.report import read_baselines
from parley.release.baselines.spans import (
    ALL,
    GAZETTEER,
    SEEN,
    TAGGER,
    TOGETHER,
    UNSEEN,
    gazetteer,
    look_up,
    span_scores,
    together,
)
from parley.release.baselines.study import measure_corpus, measure_release
from parley.release.measured import encode
from parley.release.publish import publish
from releases_for_tests import build_release

ONTOLOGY = decode_ontology(b"""
name = "boats"
version = "1"
[[group]]
name = "all"
title = "All"
[[span]]
name = "MAN"
title = "man"
group = "all"
color = "#112233"
hotkey = "1"
definition = "A man."
[[span]]
name = "BOAT"
title = "boat"
group = "all"
color = "#332211"
hotkey = "2"
definition = "A boat."
[[relation]]
name = "owns"
title = "owns"
head = ["MAN"]
tail = ["BOAT"]
definition = "Whose boat it is."
""")


def article(fold: int, text: str, *spans: Span, relations: tuple[tuple[int, int, str], ...] = ()) -> Article:
    """Return an article whose sentences end with a full stop."""
    tokens = tuple(text.split())
    starts = [0, *(place + 1 for place, token in enumerate(tokens[:-1]) if token == ".")]
    return Article(fold, tokens, tuple(starts), spans, frozenset(relations))


def test_the_gazetteer_has_what_is_seldom_anything_else() -> None:
    """A term that is labelled less than every other time is left out; of a label the longest term counts."""
    spans = (Span(0, 2, "MAN"), Span(3, 4, "MAN"), Span(4, 5, "MAN"))
    terms = gazetteer([article(0, "old Tom met Tom and may and may and", *spans)])
    assert terms == {"MAN": {("old", "Tom"), ("Tom",)}}
    found = set(look_up({**terms, "BOAT": {("Tom",)}}, ("old", "Tom", "Tom")))
    assert found == {Span(0, 2, "MAN"), Span(2, 3, "MAN"), Span(1, 2, "BOAT"), Span(2, 3, "BOAT")}


def test_together_the_gazetteer_comes_first() -> None:
    """A tagger's span that overlaps one of the gazetteer with its label gives way, others stay."""
    listed, tagged = {Span(0, 2, "MAN")}, {Span(1, 3, "MAN"), Span(1, 3, "BOAT"), Span(4, 5, "MAN")}
    assert together(listed, tagged) == {Span(0, 2, "MAN"), Span(1, 3, "BOAT"), Span(4, 5, "MAN")}


def test_what_the_held_event_teaches_is_not_known() -> None:
    """A name that only one event has is not seen there; one that both have is, capitals aside."""
    articles = [
        article(0, "Captain Tom sails . Captain Ann sails", Span(1, 2, "MAN"), Span(5, 6, "MAN")),
        article(1, "Captain TOM sails . Captain Bob sails", Span(1, 2, "MAN"), Span(5, 6, "MAN")),
    ]
    scores = span_scores(articles, ["MAN", "BOAT"])
    for parts, labels in scores.values():
        assert (parts[SEEN].there, parts[UNSEEN].there, parts[ALL].there) == (2, 2, 4)
        assert parts[SEEN].right + parts[UNSEEN].right == parts[ALL].right == labels["MAN"].right
        assert labels["BOAT"].there == 0
    assert scores[GAZETTEER][0][UNSEEN].found == 0
    assert scores[TAGGER][0][UNSEEN].right == 2  # after "Captain" stands a man, whoever he is
    assert scores[TOGETHER][0][ALL].right == 4


def test_relations_join_what_the_ontology_lets_them() -> None:
    """No other pair is looked at, and a relation that reaches too far counts as not found."""

    def told(fold: int, *relations: tuple[int, int, str]) -> Article:
        spans = (Span(0, 1, "MAN"), Span(2, 3, "BOAT"), Span(4, 5, "MAN"), Span(8, 9, "BOAT"))
        return article(fold, "Tom 's boat . Ann . so . boat", *spans, relations=relations)

    near, wrong = (0, 1, "owns"), (1, 0, "owns")
    scores, far = relation_scores([told(0, near, (0, 3, "owns")), told(1, near, wrong)], ONTOLOGY)
    assert scores["owns"].there == 4
    assert (scores["owns"].right, far["owns"]) == (2, 2)
    assert Score(2, 2, 4).f1 == pytest.approx(2 / 3)


def test_a_publish_refuses_baselines_of_other_labels(harbour: CorpusPaths) -> None:
    """The card shows what was measured, an edited figure and one of other labels are refused by name."""
    measured = measure_corpus(Corpus(harbour))
    done = publish(Corpus(harbour))
    assert done.content_sha256 == measured.content_sha256
    card = (harbour.dataset / "README.md").read_text(encoding="utf-8")
    assert "words not seen" in card
    assert "not measured" not in card.partition("## Baselines")[2].partition("##")[0]
    assert measure_release(harbour.dataset) == msgspec.structs.replace(measured, sha256="")

    stale = msgspec.structs.replace(measured, content_sha256="0" * 64)
    harbour.baselines.write_bytes(encode(stale))
    with pytest.raises(DataFaults) as refused:
        publish(Corpus(harbour))
    assert [fault.code for fault in refused.value.faults] == ["baselines-stale"]

    edited = json.loads(encode(measured))
    edited["figures"]["articles"] += 1
    harbour.baselines.write_text(json.dumps(edited), encoding="utf-8")
    with pytest.raises(DataFaults) as refused:
        read_baselines(Corpus(harbour))
    assert [fault.code for fault in refused.value.faults] == ["baselines-malformed"]


def test_a_card_without_baselines_says_so(harbour: CorpusPaths) -> None:
    """A corpus need not have them."""
    build_release(harbour)
    card = (harbour.dataset / "README.md").read_text(encoding="utf-8")
    assert "|" not in section(card, "Baselines")


def test_a_folder_that_is_no_release_is_refused(tmp_path: Path) -> None:
    """The message says what is missing."""
    with pytest.raises(UsageError, match="not a release"):
        measure_release(tmp_path)


@pytest.mark.long
def test_the_published_figures_are_measured_again() -> None:
    """On the dataset of this checkout the command gives the figures that its card shows, to the count."""
    kept = read_baselines(Corpus(CorpusPaths(CHECKOUT)))
    assert kept
    assert measure_release(CHECKOUT / "dataset").figures == kept.figures
