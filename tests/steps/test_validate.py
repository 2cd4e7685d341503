"""Validating a corpus: every check is made or said to be skipped, and no fault hides another."""

import json
from pathlib import Path

import pytest

from command_for_tests import call
from parley.cli import corpus as command
from parley.corpus.corpus import Corpus
from parley.faults import UsageError
from parley.runtime.engine import Cores
from parley.runtime.files import write_whole
from parley.steps.derive import derive
from parley.steps.validate import validate
from parley.validation.judge import LIBRARY


def by_hand(corpus, table, **expectation):
    write_whole(corpus.validation / "by_hand" / f"{table}.json", json.dumps([expectation]).encode())
    derive(corpus)


def codes(found):
    return {fault.code for fault in found.faults}


def skipped(found):
    return {
        one.missing: {s.fault for s in found.skipped if s.missing == one.missing} for one in found.skipped
    }


def damage_labels(corpus):
    """Damage a span of some files; return the codes that are found."""
    for path in sorted(corpus.labels.glob("*/*.json"))[::3]:
        path.write_bytes(path.read_bytes().replace(b'"text":"', b'"text":"x', 1))
    return codes(validate(Corpus(corpus)))


def test_a_sound_corpus_has_no_fault_and_nothing_is_skipped(derived):
    found = validate(Corpus(derived))
    assert (found.faults, found.skipped, found.docs) == ((), (), "")
    assert found.counts["documents"] == 5


@pytest.mark.parametrize(
    ("file", "code", "missing", "some"),
    [
        ("annotation/entities.csv", "entities-malformed", "entities", "entity-unknown"),
        ("annotation/annotators.csv", "annotators-malformed", "annotators", "annotator-unknown"),
        ("annotation/ontology.toml", "ontology-malformed", "sound ontology or manifest", "labels"),
        ("seeds/manifest.csv", "manifest-malformed", "sound ontology or manifest", "labels"),
        (
            "validation/by_hand/spans.json",
            "expectations-malformed",
            "sound expectations by hand",
            "derived-stale",
        ),
    ],
)
def test_a_file_that_cannot_be_read_hides_no_other_fault(derived, file, code, missing, some):
    """What does not need it is judged all the same; what does is said to be skipped."""
    labels = damage_labels(derived)
    write_whole(derived.root / file, b"\xff,no,such\n")
    found = validate(Corpus(derived))
    assert code in codes(found)
    assert some in skipped(found)[missing]
    if "sound ontology" not in missing:
        assert labels <= codes(found)


def test_the_screen_and_the_rules_are_not_passed_if_what_they_are_judged_by_is_broken(derived):
    derived.entities.write_bytes(b"")
    unchecked = skipped(validate(Corpus(derived)))
    assert unchecked["sound ontology, entities and guidelines"] == {"derived-stale"}
    assert unchecked["sound ontology, entities and annotators"] == {"preannotation-malformed"}


def test_many_broken_files_hide_nothing_of_each_other_and_of_the_labels(derived):
    """What each alone would have ended: all are named in one run, and what was not checked."""
    labels = damage_labels(derived)
    broken = {
        derived.agreement: "agreement-malformed",
        derived.ledger: "ledger-malformed",
        derived.guidelines: "guidelines-malformed",
        derived.preannotation: "preannotation-malformed",
        derived.label_config: "derived-stale",
        derived.validation / "great_expectations.yml": "derived-stale",
    }
    for path in broken:
        path.write_bytes(b"\xff{[")
    found = validate(Corpus(derived))
    assert labels | {*broken.values()} <= codes(found)
    assert {derived.relative(path) for path in broken} <= {fault.file for fault in found.faults}
    assert "gold-stale" in skipped(found)["a sound ledger"]


def test_a_seed_that_is_gone_hides_no_fault_of_other_articles(derived):
    paths = sorted(derived.labels.glob("ada/*.json"))
    for path in paths[:2]:
        path.write_bytes(path.read_bytes().replace(b'"text":"', b'"text":"x', 1))
    (derived.seeds / f"{paths[0].stem}.txt").unlink()
    found = validate(Corpus(derived))
    assert {f.file for f in found.faults if f.code == "span-surface"} == {derived.relative(paths[1])}
    assert "seed-missing" in codes(found)
    assert {"gold", "labels of faulty articles"} <= skipped(found)["sound seeds"]


def test_a_corpus_of_several_batches_has_the_faults_of_one(derived, monkeypatch):
    labels = damage_labels(derived)
    moved = sorted(derived.labels.glob("ada/*.json"))[0]
    moved.rename(moved.with_name("another.json"))
    whole = validate(Corpus(derived))
    assert labels < codes(whole)
    monkeypatch.setattr("parley.corpus.batches.ARTICLES", 1)
    monkeypatch.setattr("parley.corpus.batches.IN_MEMORY", 2)
    assert validate(Corpus(derived), Cores(1)) == whole
    assert validate(Corpus(derived), Cores(2)) == whole


def test_an_expectation_by_hand_is_judged_with_the_others(derived):
    by_hand(
        derived,
        "spans",
        type="expect_column_value_lengths_to_be_between",
        kwargs={"column": "surface", "max_value": 10},
        description="No surface is longer than ten characters.",
        meta={"says": "{surface!r} is too long"},
    )
    found = validate(Corpus(derived))
    assert codes(found) == {"expectation-failed"}
    assert all("is too long" in fault.message for fault in found.faults)


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"ontology": Path("o.toml")}, "its own ontology"),
        ({"master": "local[2]"}, "a master is Spark's"),
        ({"tables": Path("t"), "docs": True}, "Data Docs"),
    ],
)
def test_options_that_exclude_each_other_are_a_wrong_call(harbour, chosen, says):
    with pytest.raises(UsageError, match=says):
        command.validate(root=harbour.root, **chosen)


@pytest.mark.parametrize("option", ["--tables", "--ontology"])
def test_a_file_that_is_not_there_is_a_wrong_call(harbour, capsys, option):
    assert call("validate", f"--root={harbour.root}", f"{option}={harbour.root / 'absent'}") == 2
    assert "absent" in capsys.readouterr().err


def test_a_preloaded_engine_gives_the_same_report(derived):
    """The library is imported in other processes only: this one judges nothing."""
    damage_labels(derived)
    found = validate(Corpus(derived), Cores(2).preload(LIBRARY))
    assert found.faults
    assert found == validate(Corpus(derived), Cores(1))


def test_the_command_names_what_was_judged(derived, capsys):
    command.validate(root=derived.root, processes=1)
    assert capsys.readouterr().out.startswith("judged: 5 documents, ")
