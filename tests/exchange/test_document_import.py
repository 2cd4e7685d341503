"""What is said of whole articles comes in from quotes and foreign projects; no export loses it unseen."""

from __future__ import annotations

import json
import tomllib

import pytest

from made_up_schemes import OF_ARTICLES, WHOLE
from parley.corpus.corpus import Corpus
from parley.exchange.articles import Article
from parley.exchange.loss import NO_PLACE, compared
from parley.exchange.quotes import layer_from_quotes
from parley.faults import DataFaults
from parley.model.documents import Document
from parley.model.labels import DocumentLabel, decode_layer, layer_path
from parley.steps.import_labels import STUDIO, import_labels, suggest

TEXT = "Umerov spoke."


def quotes(lines: str):
    document = Document("d", TEXT, "", "", "", "", "", "", "", "", (), ())
    return layer_from_quotes(lines, document, WHOLE, "ada")


def test_a_line_of_quotes_is_about_the_article():
    """Several lines are one; blanks are held together as in spans."""
    made = quotes(
        "span | a | NAME | 1 | Umerov | 1 | level=short\n"
        'doc | genre=news talks=yes\ndoc | thesis="It is so."\n'
    )
    assert made.document == DocumentLabel({"genre": "news", "talks": "yes", "thesis": "It is so."})
    assert quotes("span | a | NAME | 1 | Umerov | 1 | level=short").document is None


@pytest.mark.parametrize(
    ("line", "code", "what"),
    [
        ("doc | mood=good", "attribute-unknown", "there is genre, talks"),
        ("doc | genre=news\ndoc | genre=ticker", "quote-malformed", "differs"),
        ("doc | genre", "quote-malformed", "name=value"),
        ("doc | genre=news | x", "quote-malformed", "`doc` with 2"),
    ],
)
def test_a_line_that_says_nothing_legal_is_named(line, code, what):
    with pytest.raises(DataFaults) as raised:
        quotes(line)
    assert [(f.code, what in f.message) for f in raised.value.faults] == [(code, True)]


def test_a_foreign_project_brings_it_where_the_mapping_says_so(harbour, tmp_path):
    """Its own controls of whole tasks become attributes of the document; others are lost, as before."""
    harbour.ontology.write_text(harbour.ontology.read_text() + OF_ARTICLES)
    article = Corpus(harbour).documents["h1_inquiry"]

    def said(control, kind, value):
        return {"id": control, "from_name": control, "to_name": "doc", "type": kind, "value": value}

    result = [
        said("kind", "choices", {"choices": ["Meinung"]}),
        said("claim", "textarea", {"text": ["Tugs are", "slow."]}),
        said("quality", "rating", {"rating": 4, "number": 4}),
    ]
    one = {
        "id": 1,
        "completed_by": 7,
        "was_cancelled": False,
        "result": result,
        "updated_at": "2031-01-01T00:00:00Z",
    }
    export = tmp_path / "export.json"
    export.write_text(json.dumps([{"id": 1, "data": {"body": article.text}, "annotations": [one]}]))
    proposed, _ = suggest(Corpus(harbour), export)
    assert "1 of them of the whole document" in proposed
    plan = tmp_path / "map.toml"
    plan.write_text(
        'text = "body"\n[people]\n"7" = "cy"\n[attributes]\nkind = "genre"\nclaim = "thesis"\n'
        '[values.kind]\nMeinung = "opinion"\n'
    )
    done = import_labels(Corpus(harbour), STUDIO, [export], "", project=plan)
    layer = decode_layer(layer_path(harbour, "cy", "h1_inquiry").read_bytes())
    assert layer.document == DocumentLabel({"genre": "opinion", "thesis": "Tugs are\nslow."})
    assert done.account.of("attributes") == (3, 2, 1)
    assert done.account.reasons("attributes", "quality") == {"of the whole document": 1}


def test_an_export_says_that_it_has_no_place_for_it():
    """It is counted by name among what is lost, how it was decided too."""
    said = DocumentLabel({"genre": "news"}, ("ada",), "kept", "attribute")
    account = compared(Article("d", TEXT, document=said), Article("d", TEXT))
    assert account.reasons("attributes") == {NO_PLACE: 1}
    assert account.of("origins") == (3, 0, 3)


def test_json_lines_bring_it_under_the_names_of_their_tools(harbour, tmp_path):
    """`document` of scripts; `accept` of Prodigy, `cats` and `label` of doccano, which must be mapped."""
    harbour.ontology.write_text(harbour.ontology.read_text() + OF_ARTICLES)
    text = Corpus(harbour).documents["h1_inquiry"].text
    file = tmp_path / "a.jsonl"
    cases = {
        "document": ({"document": {"genre": "opinion", "thesis": "So."}}, []),
        "accept": ({"accept": ["opinion"], "options": [{"id": "opinion"}]}, ["accept=genre"]),
        "cats": ({"cats": ["Meinung"]}, ["cats=genre", "genre:Meinung=opinion"]),
        "label": ({"label": "opinion"}, ["label=genre"]),
        "labels": ({"label": ["opinion"], "data": text}, ["label=genre"]),
    }
    for name, (case, names) in cases.items():
        file.write_text(json.dumps({"text": text} | case if "data" not in case else case))
        if names:
            with pytest.raises(DataFaults) as raised:
                import_labels(Corpus(harbour), "jsonl", [file], "cy")
            assert {fault.code for fault in raised.value.faults} == {"import-name"}, name
        done = import_labels(Corpus(harbour), "jsonl", [file], "cy", names=names, replace=True)
        layer = decode_layer(layer_path(harbour, "cy", "h1_inquiry").read_bytes())
        assert layer.document is not None, name
        assert layer.document.attributes["genre"] == "opinion", name
        assert done.account.of("attributes")[2] == 0, name


def test_json_min_has_it_as_data_until_the_mapping_says_so(harbour, tmp_path):
    """What it writes of the whole document looks like data: known by its name or its values, or named."""
    harbour.ontology.write_text(harbour.ontology.read_text() + OF_ARTICLES)
    article = Corpus(harbour).documents["h1_inquiry"]
    record = {
        "id": 1, "body": article.text, "kind": "news", "mood": "grim", "stars": 4, "headline": "x" * 50,
        "ner": [{"start": 0, "end": 4, "text": article.text[:4], "labels": ["SHIP"]}], "annotator": 7,
        "annotation_id": 8, "created_at": "2031-01-01T00:00:00Z", "updated_at": "2031-01-01T00:00:00Z",
    }  # fmt: skip
    export, plan = tmp_path / "min.json", tmp_path / "map.toml"
    export.write_text(json.dumps([record]))
    proposed, _ = suggest(Corpus(harbour), export)
    made = tomllib.loads(proposed)
    assert made["attributes"] == {"kind": "genre"}
    assert made["values"] == {"kind": {"news": "news"}}
    assert "such a choice: mood" in proposed
    plan.write_text(
        'text = "body"\n[people]\n"7" = "cy"\n[attributes]\nkind = "genre"\nmood = ""\nstars = "thesis"\n'
    )
    done = import_labels(Corpus(harbour), STUDIO, [export], "", project=plan)
    layer = decode_layer(layer_path(harbour, "cy", "h1_inquiry").read_bytes())
    assert layer.document == DocumentLabel({"genre": "news", "thesis": "4"})
    assert done.account.of("attributes") == (3, 2, 1)
