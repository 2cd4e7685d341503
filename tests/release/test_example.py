"""The sentence that the card shows: real, readable, and drawn as it is labelled."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from parley.corpus.corpus import Corpus
from parley.model.colours import DARK, LIGHT, contrast
from parley.model.ontology import Ontology
from parley.model.paths import CorpusPaths
from parley.release.card.example import Example, example, example_picture
from parley.release.data.files import data_files, read_table


def elements(svg: str, tag: str, kind: str) -> list[ET.Element]:
    """Return the elements of a picture that have a class."""
    root = ET.fromstring(svg)  # noqa: S314 - our own
    return [one for one in root.iterfind(f"{{*}}{tag}") if kind in one.get("class", "").split()]


def picture(corpus: CorpusPaths) -> str:
    """Return the picture of the sentence that a release is shown by."""
    found = example(corpus.dataset)
    assert found is not None
    return example_picture(found, Corpus(corpus).ontology)


@pytest.fixture
def ontology(harbour: CorpusPaths) -> Ontology:
    return Corpus(harbour).ontology


def test_the_sentence_and_all_its_labels_are_published(parley_corpus: CorpusPaths) -> None:
    """It is a row of `sentences`; the picture has each span and relation in it once, and no other."""
    found = example(parley_corpus.dataset)
    assert found is not None
    end = found.start + len(found.text)
    articles: list[dict[str, Any]] = []
    texts = []
    for _, path in data_files(parley_corpus.dataset, "documents"):
        articles += [row for row in read_table(path).to_pylist() if row["doc_id"] == found.doc_id]
    for _, path in data_files(parley_corpus.dataset, "sentences"):
        texts += [row["text"] for row in read_table(path).to_pylist()]
    (article,) = articles
    assert found.text in texts
    assert article["text"][found.start : end] == found.text
    spans = [one for one in article["spans"] if found.start <= one["start"] and one["end"] <= end]
    ids = {one["id"] for one in spans}
    relations = [one for one in article["relations"] if {one["head_id"], one["tail_id"]} <= ids]
    assert relations
    assert any(
        one["id"] != other["id"] and one["start"] <= other["start"] and other["end"] <= one["end"]
        for one in spans
        for other in spans
    )
    svg = picture(parley_corpus)
    names = [one.text for one in elements(svg, "text", "name")]
    assert sorted(map(str, names)) == sorted(one["label"] for one in (*spans, *relations))
    assert " ".join(str(one.text) for one in elements(svg, "text", "word")) == found.text


def test_its_colours_are_the_ontologys_and_can_be_read_in_light_and_dark(
    parley_corpus: CorpusPaths,
) -> None:
    """Every colour of words stands out from its ground, and follows the reader's setting."""
    svg = picture(parley_corpus)
    light, _, dark = svg.partition("@media (prefers-color-scheme: dark)")
    for style, ground in ((light, LIGHT), (dark.partition("</style>")[0], DARK)):
        inks = re.findall(r"\.(?:c\d+|word|relation) \{ fill: (#[0-9a-f]{6})", style)
        assert len(inks) > 4
        assert min(contrast(ink, ground) for ink in inks) >= 4.5


def test_foreign_text_is_escaped(ontology: Ontology) -> None:
    """Markup and what no screen shows is text, and the picture stays XML."""
    text = 'a <script>alert("&")</script> \x1b\u202e b'
    label = ontology.span_names[0]
    spans = (
        {"id": "x", "label": label, "start": 0, "end": 20},
        {"id": "y", "label": label, "start": 0, "end": 1},
    )
    relation = {"id": "r", "label": ontology.relation_names[0], "head_id": "x", "tail_id": "y"}
    svg = example_picture(Example("d", 0, text, spans, (relation,)), ontology)
    assert "<script" not in svg
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e]", svg)
    assert elements(svg, "text", "word")[1].text == '<script>alert("&")</script>'


def test_labels_and_relations_do_not_stand_on_each_other(parley_corpus: CorpusPaths) -> None:
    """No two names share a place, however the spans nest."""
    svg = picture(parley_corpus)
    boxes = []
    for one in elements(svg, "text", "name"):
        wide, x = 6.6 * len(str(one.text)), float(one.get("x", 0))
        left = x - wide / 2 if one.get("text-anchor") == "middle" else x
        boxes.append((left, left + wide, float(one.get("y", 0))))
    for number, (left, right, y) in enumerate(boxes):
        for other in boxes[:number]:
            assert left >= other[1] or other[0] >= right or abs(y - other[2]) >= 10
