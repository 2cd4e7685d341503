"""Label files: canonical bytes, derived ids, nothing half-written."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.model.labels import (
    Layer,
    Span,
    decode_layer,
    encode_layer,
    in_order,
    make_relation,
    make_span,
    relation_id,
    sha256_text,
    span_id,
    write_layer,
)

TEXT = "🚢 Naïve é Öresund — مرفأ sinks."


def layer(spans=(), relations=()):
    return Layer(
        "d",
        sha256_text(TEXT),
        "ada",
        "harbour 1",
        "2026-01-02T03:04:05Z",
        1.5,
        tuple(spans),
        tuple(relations),
    )


def test_ids_say_label_offsets_and_ends():
    """An id can be read, and follows from nothing but the label and its place."""
    assert span_id("PER", 63, 69) == "PER-63-69"
    assert relation_id("CONTENT-10-80", "source", "PER-63-69") == "CONTENT-10-80.source.PER-63-69"


def test_a_span_quotes_code_points():
    """Astral characters and combining marks count as code points, not as UTF-16 units."""
    assert make_span(TEXT, "X", 0, 1).text == "🚢"
    assert make_span(TEXT, "X", 2, 7).text == TEXT[2:7]


def test_a_symmetric_relation_is_the_same_either_way():
    """Drawn left to right or right to left, a symmetric relation runs from the later span to the earlier."""
    early, late = make_span(TEXT, "X", 0, 1), make_span(TEXT, "X", 2, 7)
    assert make_relation("coref", early, late, symmetric=True) == make_relation(
        "coref", late, early, symmetric=True
    )
    assert make_relation("coref", early, late, symmetric=True).head == late.id
    assert make_relation("to", early, late).head == early.id


@given(st.permutations([(0, 1, "X"), (2, 7, "X"), (2, 7, "Y"), (2, 9, "X"), (4, 5, "Z")]))
def test_bytes_do_not_depend_on_the_order_of_labelling(places):
    """The same labels give the same bytes, in whatever order they were drawn."""
    spans = [make_span(TEXT, label, start, end, {"b": "2", "a": "1"}) for start, end, label in places]
    by_place = sorted(spans, key=lambda s: (s.start, s.end, s.label))
    relations = [make_relation("to", by_place[0], span) for span in spans if span != by_place[0]]
    straight = layer(by_place, [make_relation("to", by_place[0], span) for span in by_place[1:]])
    assert encode_layer(layer(spans, relations)) == encode_layer(straight)


def test_label_files_have_one_label_a_line():
    """Version control shows a changed label as one changed line."""
    before = (
        encode_layer(layer([make_span(TEXT, "X", 0, 1), make_span(TEXT, "X", 2, 7)])).decode().splitlines()
    )
    after = (
        encode_layer(layer([make_span(TEXT, "X", 0, 1), make_span(TEXT, "Y", 2, 7)])).decode().splitlines()
    )
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_reading_gives_back_what_was_written(tmp_path):
    """Writing and reading loses nothing; writing again changes nothing and says so."""
    made = in_order(layer([make_span(TEXT, "X", 0, 1, {"level": "NAM"})]))
    path = tmp_path / "ada" / "d.json"
    assert write_layer(path, made)
    assert decode_layer(path.read_bytes()) == made
    assert not write_layer(path, made)


def test_gold_keys_appear_only_in_gold():
    """A plain layer carries no sources, decision or reason."""
    assert b"sources" not in encode_layer(layer([make_span(TEXT, "X", 0, 1)]))


def test_an_unknown_key_is_refused():
    """A label file with a key that nobody reads is not half read."""
    data = encode_layer(layer()).replace(b'"doc_id"', b'"extra": 1,\n "doc_id"')
    with pytest.raises(msgspec.ValidationError, match="extra"):
        decode_layer(data)


def test_an_offset_too_large_for_a_table_is_not_read():
    """Offsets stand in 32 bits, and no text is as long."""
    span = make_span(TEXT, "PER", 0, 2)
    data = re.sub(rb'"end": ?\d+', b'"end":9999999999', encode_layer(layer([span])), count=1)
    with pytest.raises(msgspec.ValidationError, match=r"spans\[0\].end"):
        decode_layer(data)


def test_several_ids_are_an_array_in_the_file_and_nothing_is_lost():
    """In whatever order they are: the judge names another than the canonical one."""
    for ids in ('["rus","ukr"]', '["ukr","rus"]', '["rus"]', "rus", "[rus]", "[]", '["a" "b"]'):
        span = Span("GPE-0-4", 0, 4, "both", "GPE", {"members": ids, "level": "NOM"})
        layer = Layer("d", "x", "a", "toy 1", "", None, (span,), ())
        data = encode_layer(layer)
        assert decode_layer(data) == layer
        assert (f'"members":{ids}'.encode() in data) == (ids[:2] == '["' and " " not in ids)


@pytest.mark.parametrize("value", ["1", "null", "[]", "[1]", "{}", '["a",1]'])
def test_an_attribute_is_a_text_or_an_array_of_texts(value):
    data = (
        '{"doc_id":"d","text_sha256":"x","annotator":"a","ontology":"t 1","updated":"","lead_time_s":null,'
        '"relations":[],"spans":[{"id":"A-0-1","start":0,"end":1,"text":"x","label":"A","attributes":{"m":'
        + value
        + "}}]}"
    ).encode()
    with pytest.raises(msgspec.DecodeError):
        decode_layer(data)
