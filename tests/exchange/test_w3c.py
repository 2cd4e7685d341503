"""W3C Web Annotation: what the recommendation alone says about the files."""

import json

import pytest
from exchanged import articles, attributes_of, relations_of, sources, spans_of

from parley.exchange.w3c import read


def described(path):
    """Read a page as the recommendation describes it: spans, relations and attributes of a text."""
    page = json.loads(path.read_text(encoding="utf-8"))
    assert page["@context"] == "http://www.w3.org/ns/anno.jsonld"
    assert page["type"] == "AnnotationPage"
    spans, relations, attributes = {}, set(), set()
    for item in page["items"]:
        assert item["type"] == "Annotation"
        tags = [b["value"] for b in item["body"] if isinstance(b, dict) and b["purpose"] == "tagging"]
        if item["motivation"] == "linking":
            (tail,) = [b for b in item["body"] if isinstance(b, str)]
            relations.add((tags[0], spans[item["target"]], spans[tail]))
            continue
        text = path.with_name(item["target"]["source"]).read_bytes().decode()
        position, quote = item["target"]["selector"]
        start, end = position["start"], position["end"]
        assert quote["prefix"] + quote["exact"] + quote["suffix"] == text[max(0, start - 32) : end + 32]
        assert quote["exact"] == text[start:end]
        spans[item["id"]] = tags[0], start, end
        attributes |= {
            (spans[item["id"]], b["label"], b["value"]) for b in item["body"] if b["purpose"] == "describing"
        }
    return set(spans.values()), relations, attributes


@pytest.mark.parametrize("name", ["gold", "pilot", "harbour", "hard"])
def test_the_recommendation_finds_every_label(name, exported):
    """Positions are code points; each quote is what is there, with what is around it."""
    source = sources()[name]
    out, account = exported(name, "w3c")
    for doc_id, one in articles(source).items():
        (path,) = out.rglob(f"{doc_id}.jsonld")
        assert described(path) == (spans_of(one), relations_of(one), attributes_of(one))
    assert not account.lost


def test_a_position_that_does_not_fit_is_found_by_its_quote(tmp_path):
    """Another tool counts otherwise, or the text has moved: the quote decides, or nothing is read."""
    (tmp_path / "a.txt").write_text("The Mary Ann left. The Bell and the Bell.", encoding="utf-8")
    items = [
        {"id": "u:1", "type": "Annotation", "body": {"purpose": "tagging", "value": "SHIP"},
         "target": {"selector": [{"type": "TextPositionSelector", "start": 0, "end": 8},
                                 {"type": "TextQuoteSelector", "exact": "Mary Ann"}]}},
        {"id": "u:2", "type": "Annotation", "body": {"purpose": "tagging", "value": "SHIP"},
         "target": {"selector": {"type": "TextQuoteSelector", "exact": "Bell"}}},
    ]  # fmt: skip
    (tmp_path / "a.jsonld").write_text(json.dumps({"items": items}), encoding="utf-8")
    (one,) = read(tmp_path, sources()["hard"].ontology)
    assert spans_of(one) == {("SHIP", 4, 12)}
    assert one.unread == ("u:2",)
