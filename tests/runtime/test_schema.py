"""A file that people keep is refused with all that is wrong at once, and explained by what reads it."""

import re

import msgspec
import pytest
from msgspec import inspect

from parley.faults import DataFaults
from parley.migration.plan import Plan
from parley.model.ontology import Ontology
from parley.model.ontology_file import decode_ontology
from parley.preannotation.rules import Rules as Proposals
from parley.release.inputs import Settings
from parley.runtime.schema import decode_toml, reference
from parley.seeds.cleaning import Rules

KINDS = {"ontology": Ontology, "cleaning": Rules, "release": Settings, "preannotation": Proposals}
SCHEME = """
name = "x"
version = 1
same_words = [["A", "B"], ["C"]]
[[group]]
name = "g"
[[span]]
name = "A"
title = "a"
group = "g"
colour = "#000000"
definition = "d"
inside_words = "yes"
[[attribute]]
name = "k"
title = "k"
labels = "A"
kind = "choise"
definition = "d"
[[attribute]]
title = "without a name"
[[attribute]]
name = "l"
title = "l"
labels = ["A"]
kind = "choice"
definition = "d"
required_when = { k = ["v", 1] }
  [[attribute.value]]
  name = "v"
  defintion = "misspelt"
"""
WRONG = {
    "version": "1 is not text",
    "same_words": "['C'] is not a list of 2",
    "group(g) > title": "the field is missing: text",
    "span(A) > colour": "there is no such field; did you mean 'color'? there are name, title, group, color",
    "span(A) > color": "the field is missing",
    "span(A) > inside_words": "'yes' is not true or false",
    "attribute(k) > labels": "'A' is not a list",
    "attribute(k) > kind": "'choise' is not legal; did you mean 'choice'? there are choice, entity",
    "attribute(2) > name": "the field is missing",
    "attribute(2) > kind": "the field is missing: one of choice",
    "attribute(2) > labels": "the field is missing",
    "attribute(2) > definition": "the field is missing",
    "attribute(l) > required_when > k": "1 is not text",
    "attribute(l) > value(v) > defintion": "did you mean 'definition'?",
    "attribute(l) > value(v) > definition": "the field is missing",
}


def problems(data: str, kind: type) -> dict[str, str]:
    with pytest.raises(DataFaults) as found:
        decode_toml(data.encode(), kind, "release-malformed", "x.toml")
    return {
        fault.place.removeprefix("x.toml").removeprefix(" > "): fault.message for fault in found.value.faults
    }


def test_everything_that_is_wrong_comes_at_once_with_what_is_legal():
    found = problems(SCHEME, Ontology)
    assert found.keys() == WRONG.keys()
    assert [place for place, what in WRONG.items() if what not in found[place]] == []
    with pytest.raises(DataFaults) as faults:
        decode_ontology(SCHEME.encode(), "mine.toml")
    assert {(f.code, f.file) for f in faults.value.faults} == {
        ("ontology-malformed", "annotation/ontology.toml")
    }
    assert {f.place.partition(" > ")[0] for f in faults.value.faults} == {"mine.toml"}


def test_release_settings_are_not_told_one_at_a_time():
    found = problems(
        'version = "1"\ndate = "soon"\nlanguages = ["en", "e n"]\nlicences = []\nkind = 3', Settings
    )
    assert "'1' is not of the form of 0.1.0" in found["version"]
    assert "2031-06-01" in found["date"]
    assert "'e n'" in found["languages"]
    assert found["licences"] == "it is empty"
    assert {"name", "title", "labels", "repository", "summary", "authors", "kind"} <= found.keys()


@pytest.mark.parametrize("kind", [*KINDS.values(), Plan])
def test_nothing_that_the_walk_lets_through_stops_the_decoder(kind):
    """What msgspec refuses, the walk names: for each field, a value of each kind that TOML has."""
    whole = {"text": "x", "list": ["x"], "lists": [["x"]], "table": {"a": "x"}, "number": 1, "truth": True}
    for field in inspect.type_info(kind).fields:
        for value in whole.values():
            given = {field.encode_name: value}
            text = "\n".join(f"{name} = {_toml(one)}" for name, one in given.items())
            named = problems_or_none(text, kind)
            try:
                msgspec.convert(given, kind)
            except msgspec.ValidationError:
                assert named, text
            else:
                assert not named, text


def problems_or_none(text: str, kind: type) -> list[str]:
    try:
        decode_toml(text.encode(), kind, "release-malformed", "x.toml")
    except DataFaults as found:
        return [fault.message for fault in found.faults]
    return []


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


@pytest.mark.parametrize("topic", KINDS)
def test_the_reference_has_every_field_with_its_kind_and_meaning(topic):
    told = reference(KINDS[topic], f"{topic}.toml")
    assert max(map(len, told.splitlines())) <= 100
    seen = set()

    def look(struct: inspect.StructType) -> None:
        for field in struct.fields:
            seen.add(field.encode_name)
            kind = field.type
            while not isinstance(kind, inspect.StructType):
                kind = getattr(kind, "item_type", None) or getattr(kind, "type", None)
                if kind is None:
                    break
            if kind:
                look(kind)

    look(inspect.type_info(KINDS[topic]))
    for name in seen:
        line = re.search(rf"^(\[+([\w.]+\.)?{name}\]+|{name})   (.+)\n    \S", told, re.MULTILINE)
        assert line, name


def test_a_field_that_says_nothing_of_itself_has_no_reference():
    class Bare(msgspec.Struct):
        """A struct."""

        field: str

    with pytest.raises(ValueError, match=r"Bare\.field has no description"):
        reference(Bare, "x.toml")
