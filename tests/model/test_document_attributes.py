"""What a scheme may say of the whole article; what is wrong there has its place and the legal values."""

from __future__ import annotations

import msgspec
import pytest

from made_up_schemes import OF_ARTICLES, SMALL, WHOLE
from parley.faults import DataFaults
from parley.label_studio.export.tables import annotation_schema
from parley.model.batch import Batch, layer_schema
from parley.model.ontology import Ontology, encode_ontology
from parley.model.ontology_file import RESERVED_OF_DOCUMENT, decode_ontology
from parley.model.ontology_tables import ontology_blocks
from parley.runtime.schema import reference
from parley.validation.facts import Reference, facts
from parley.validation.suites import suites

GOOD = (
    """
name = "whole"
version = "1"
[[group]]
name = "g"
title = "G"
[[span]]
name = "NAME"
title = "Name"
group = "g"
color = "#000000"
definition = "A name."
[[attribute]]
name = "level"
title = "Level"
labels = ["NAME"]
kind = "text"
definition = "How it is said."
"""
    + OF_ARTICLES
)


def test_it_is_read_and_told_in_the_tables_and_the_reference():
    ontology = decode_ontology(GOOD.encode())
    assert list(ontology.of_document) == ["genre", "thesis", "vessels"]
    assert ontology.attribute_names == ("level",)
    assert ontology.of_document["thesis"].is_required({"genre": "opinion"})
    blocks = ontology_blocks(ontology)
    assert "`thesis` | `document` | words | where genre is opinion" in " ".join(blocks["attributes"].split())
    assert "**genre** of the document" in blocks["values"]
    assert "[[document.value]]" in reference(Ontology, "annotation/ontology.toml")


def test_a_scheme_without_is_written_as_before():
    """A release says nothing of what its scheme does not have; what it says can be read again."""
    assert b"document" not in encode_ontology(SMALL)
    data = encode_ontology(WHOLE)
    assert encode_ontology(msgspec.json.decode(data, type=Ontology)) == data


@pytest.mark.parametrize(
    ("old", "new", "place", "what"),
    [
        ('["opinion"]', '["verse"]', "document(thesis) > required_when", "there is news, opinion"),
        ("{ genre =", "{ mood =", "document(thesis) > required_when", "there is genre"),
        ('name = "thesis"', 'name = "genre"', "document(genre)", "given twice"),
        ('name = "thesis"', 'name = "level"', "document(level)", "an attribute of spans"),
        ('name = "thesis"', 'name = "title"', "document(title)", "choose another"),
        ('name = "thesis"', 'name = "genre_id"', "document(genre)", "genre_id, is there already"),
        ('name = "thesis"', 'name = "rank"', "document(rank)", "pandas"),
        ('kind = "choice"', 'kind = "text"', "document(genre)", "a choice has values"),
        ('"Thesis"\nkind = "text"', '"Thesis"\nkind = "entity"', "document(thesis) > kind", "choice, number"),
        ('name = "NAME"', 'name = "document"', "document(genre)", "rename that [[span]]"),
        ('labels = ["NAME"]', 'labels = ["document"]', "attribute(level) > labels", "[[document]]"),
        ('title = "Thesis"', 'titel = "Thesis"', "document(thesis) > titel", "title"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(old, new, place, what):
    assert old in GOOD
    with pytest.raises(DataFaults) as raised:
        decode_ontology(GOOD.replace(old, new).encode())
    assert any(place in f.place and what in f.message for f in raised.value.faults), raised.value.faults


def test_an_attribute_of_the_document_is_no_column_that_is_there_already():
    """Its values would be those of the other, or the other way round."""
    batch = Batch.of((), (), WHOLE)
    judged = facts(batch, Reference(), WHOLE)["layers"].column_names
    there = {
        *layer_schema(WHOLE).names,
        *annotation_schema(WHOLE).names,
        *judged,
        *batch.documents.column_names,
    }
    assert there - {*WHOLE.of_document} <= RESERVED_OF_DOCUMENT


def test_a_suite_asks_for_it_only_if_there_is_something_to_ask():
    """So the suites of other schemes are as before."""
    asked = {e["meta"].get("at") for e in suites(WHOLE)["layers"]}
    assert asked == {None, "document", *(f"document > {name}" for name in WHOLE.of_document)}
    assert not any("at" in e["meta"] for e in suites(SMALL)["layers"])
