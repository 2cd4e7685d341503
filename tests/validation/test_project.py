"""The committed project: derived, the same bytes from the same ontology, with a maintainer's expectations."""

import json

import pytest

from parley.faults import DataFaults
from parley.model.ontology_file import read_ontology
from parley.runtime.files import write_whole
from parley.validation.project import derived_files, derived_suites, read_suites


@pytest.fixture
def ontology(harbour):
    return read_ontology(harbour.ontology)


def write(corpus, ontology):
    for path, data in derived_files(corpus, ontology).items():
        write_whole(path, data)


def by_hand(corpus, *expectations):
    write_whole(corpus.validation / "by_hand" / "spans.json", json.dumps(expectations).encode())


def test_the_same_ontology_gives_the_same_bytes_and_every_id_once(harbour, ontology):
    files = derived_files(harbour, ontology)
    assert files == derived_files(harbour, ontology)
    ids = [
        e["id"]
        for path, data in files.items()
        if path.parent.name == "expectations"
        for e in json.loads(data)["expectations"]
    ]
    assert len(ids) == len(set(ids)) > 40


def test_the_suites_that_are_read_are_those_of_the_ontology_and_those_by_hand(harbour, ontology):
    asked = {"type": "expect_column_to_exist", "kwargs": {"column": "id"}, "description": "It is there."}
    by_hand(harbour, asked)
    write(harbour, ontology)
    derived, committed = derived_suites(ontology), read_suites(harbour, ontology)[0]
    assert committed | {"spans": committed["spans"][:-1]} == derived
    assert committed["spans"][-1]["description"] == "It is there."


def test_files_that_are_not_what_the_ontology_gives_are_named(harbour, ontology):
    write(harbour, ontology)
    (harbour.validation / "checkpoints" / "parley.json").unlink()
    (harbour.validation / "expectations" / "spans.json").write_bytes(b"{}")
    suites, stale = read_suites(harbour, ontology)
    assert suites == derived_suites(ontology)
    assert sorted((fault.code, fault.file) for fault in stale) == [
        ("derived-stale", "validation/checkpoints/parley.json"),
        ("derived-stale", "validation/expectations/spans.json"),
    ]


def test_an_expectation_by_hand_that_is_incomplete_is_refused(harbour, ontology):
    by_hand(harbour, {"type": "expect_column_to_exist"})
    with pytest.raises(DataFaults, match="expectations-malformed"):
        derived_files(harbour, ontology)


@pytest.mark.parametrize("says", ["{} is wrong", "{surface", "{0}"])
def test_a_message_that_is_no_template_is_refused(harbour, ontology, says):
    asked = {"type": "expect_column_to_exist", "kwargs": {"column": "id"}, "description": "It is there."}
    by_hand(harbour, asked | {"meta": {"says": says}})
    with pytest.raises(DataFaults) as raised:
        derived_files(harbour, ontology)
    assert [fault.code for fault in raised.value.faults] == ["expectations-malformed"]
