"""What is said of a whole article goes to Label Studio and comes back; what is wrong there has its place."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock
from xml.etree import ElementTree as ET

import msgspec
import pyarrow.parquet as pq
import pytest
from studio_tasks import decode_tasks

from made_up_schemes import SMALL, WHOLE
from parley.label_studio.export import compiled
from parley.label_studio.export.convert import convert
from parley.label_studio.export.layers import finished_layers
from parley.label_studio.export.regions import layer_to_result
from parley.label_studio.export.table_batches import open_tables
from parley.label_studio.screen import controls, label_config
from parley.model.batch import LABELS, Batch, LayerFile
from parley.model.labels import DocumentLabel, Layer, decode_layer, encode_layer, make_span, sha256_text

TEXT = "Kyiv: Umerov spoke. Elsewhere Fidan listened."
SAID = {"genre": "opinion", "thesis": "It is “late”.", "parties": "2.5", "day": "2025-06-02", "talks": "no"}


def layer(said: dict[str, str] | None = None, **more: Any) -> Layer:
    label = DocumentLabel(said, **more) if said else None
    known = ("d1", sha256_text(TEXT), "ada", WHOLE.revision, "2026-01-01T00:00:00Z", 12.5)
    return Layer(*known, (make_span(TEXT, "NAME", 6, 12, {"level": "short"}),), (), label)


def task(result: list[dict[str, Any]], number: int = 5, **more: Any) -> dict[str, Any]:
    annotation = {"id": number, "result": result, "completed_by": 3, "lead_time": 12.5,
                  "updated_at": "2026-01-01T00:00:00Z", **more}  # fmt: skip
    data = {"doc_id": f"d{number - 4}", "text": TEXT, "text_sha256": sha256_text(TEXT), "annotator": "ada"}
    return {"id": number, "data": data, "annotations": [annotation]}


def region(name: str, kind: str, value: Any, **more: Any) -> dict[str, Any]:
    shared = {"id": f"x{name}", "from_name": f"{name}-document", "to_name": "text", "type": kind}
    return {**shared, "origin": "manual", "value": {"text" if kind == "textarea" else kind: value, **more}}


GENRE = region("genre", "choices", ["news"])


ON_WORDS = region("talks", "choices", ["yes"], start=0, end=4)


@pytest.fixture(params=[True, False], ids=["compiled", "not compiled"])
def read(request):
    """Return a function that reads tasks with the compiled scanner, and one that does without."""
    if request.param and not compiled.COMPILED:
        pytest.skip("the scanner is not compiled")

    def reader(*tasks: dict[str, Any]):
        with mock.patch.object(compiled, "COMPILED", request.param):
            found = decode_tasks(json.dumps(list(tasks)).encode(), WHOLE)
        layers = [layer for layer, _ in finished_layers(found, WHOLE)]
        return layers, [
            (r.fault.code, r.fault.place.partition(" > annotation 5 > ")[2], r.lost) for r in found.refusals
        ]

    return reader


@pytest.mark.parametrize("said", [SAID, {"genre": "news"}])
def test_what_is_said_of_an_article_comes_back_as_it_went_in(read, said):
    """A choice, words, a number and a time are those of before."""
    given = layer(said)
    layers, refused = read(task(layer_to_result(given, WHOLE)))
    assert layers == [given]
    assert not refused
    assert decode_layer(encode_layer(given)) == given
    (of_batch,) = Batch.of((), [LayerFile(given, LABELS)], WHOLE).structs()
    assert of_batch.layer == given


def test_a_label_file_says_nothing_of_an_article_of_which_nothing_is_said():
    """So files of schemes without attributes of the document keep their bytes; gold says how it was made."""
    assert b"document" not in encode_layer(layer())
    assert encode_layer(msgspec.structs.replace(layer(), document=DocumentLabel({}))) == encode_layer(layer())
    gold = layer({"genre": "news"}, sources=("ada", "bo"), decision="agreed")
    data = encode_layer(gold)
    assert b'"document": {"attributes":{"genre":"news"},"decision":"agreed","sources":["ada","bo"]}' in data
    assert decode_layer(data) == gold


def test_each_article_has_its_own(read):
    """Nothing goes from one annotation to the next."""
    layers, refused = read(
        task([GENRE]), task([region("genre", "choices", ["ticker"]), region("parties", "number", 3)], 6)
    )
    assert [one.document.attributes for one in layers] == [
        {"genre": "news"},
        {"genre": "ticker", "parties": "3"},
    ]
    assert not refused


@pytest.mark.parametrize(
    ("regions", "code", "place", "lost"),
    [
        ([], "attribute-missing", "document > genre", False),
        ([region("genre", "choices", ["verse"])], "attribute-value", "document > genre", False),
        ([region("genre", "choices", ["news", "ticker"])], "attribute-value", "document > genre", True),
        ([GENRE, region("genre", "choices", ["ticker"])], "attribute-value", "document > genre", True),
        ([GENRE, ON_WORDS], "studio-region", "document > talks", True),
        ([GENRE, region("talks", "textarea", ["yes"])], "studio-region", "document > talks", True),
        ([region("genre", "choices", ["opinion"])], "attribute-missing", "document > thesis", False),
        ([GENRE, region("mood", "choices", ["good"])], "studio-region", "region xmood None:None", True),
    ],
)  # fmt: skip
def test_what_is_no_legal_value_is_named_with_its_place(read, regions, code, place, lost):
    """A value that the scheme lacks, two where one can be, one of a span; a control that nobody knows."""
    _, refused = read(task(regions))
    wanted = [(code, place, lost)]
    assert [one for one in refused if one[1:] == wanted[0][1:]] == wanted


def test_tables_have_a_column_of_each(tmp_path):
    """So does what is read of the tables again."""
    export = tmp_path / "export.json"
    export.write_text(json.dumps([task(layer_to_result(layer(SAID), WHOLE)), task([GENRE], 6)]))
    convert(export, tmp_path / "tables", WHOLE)
    table = pq.read_table(tmp_path / "tables" / "annotations.parquet")
    assert table["genre"].to_pylist() == ["opinion", "news"]
    assert table["thesis"].to_pylist() == [SAID["thesis"], None]
    (batch,) = open_tables(tmp_path / "tables", WHOLE).batches()
    assert [file.layer.document.attributes for file in batch.load().structs()] == [SAID, {"genre": "news"}]


def test_the_screen_asks_for_it_whatever_is_selected():
    """Its controls are of no region; those of a span are as before. A scheme without has no such place."""
    view = ET.fromstring(label_config(WHOLE, {}))  # noqa: S314 - of our own making
    place = view.find(".//View[@className='parley-document']")
    assert {tag.get("name") for tag in place.iter() if tag.get("name")} == {
        f"{name}-document" for name in WHOLE.of_document
    }
    assert not any(tag.get("perRegion") or tag.get("visibleWhen") for tag in place.iter())
    genre = place.find(".//Choices[@name='genre-document']")
    assert genre.get("required") == "true"
    assert "the article" in genre.get("requiredMessage")
    assert place.find(".//Choices[@name='talks-document']").get("required") is None
    assert [one.tag for one in controls(WHOLE) if one.of_document] == [
        *("choices", "choices", "textarea", "number", "textarea")
    ]
    assert "parley-document" not in label_config(SMALL, {})
