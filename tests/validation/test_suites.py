"""Suites: derived, deterministic, complete, and a project that Great Expectations itself opens."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from parley.corpus.corpus import Corpus
from parley.faults import KINDS, DataFaults
from parley.model.labels import Layer, in_order, make_span, write_layer
from parley.model.ontology import read_ontology
from parley.runtime.files import write_whole
from parley.validation.corpus_report import report, validate
from parley.validation.report import append_summary
from parley.validation.suite_files import derived_files
from parley.validation.suites import suites
from parley.values.boundaries import CLEAN, WORD, cut_at


@pytest.fixture
def derived(harbour):
    for path, data in derived_files(harbour).items():
        write_whole(path, data)
    return harbour


def by_hand(corpus, table, **expectation):
    write_whole(corpus.validation / "by_hand" / f"{table}.json", json.dumps([expectation]).encode())
    for path, data in derived_files(corpus).items():
        write_whole(path, data)


def test_the_same_ontology_gives_the_same_bytes_and_every_id_once(harbour):
    files = derived_files(harbour)
    assert files == derived_files(harbour)
    ids = [
        e["id"]
        for path, data in files.items()
        if path.parent.name == "expectations"
        for e in json.loads(data)["expectations"]
    ]
    assert len(ids) == len(set(ids)) > 40


def test_every_expectation_reads_well_and_names_a_fault(harbour):
    for asked in suites(read_ontology(harbour.ontology)).values():
        for expectation in asked:
            assert expectation["meta"]["fault"] in KINDS
            assert expectation["description"].endswith(".")
            assert "$" not in expectation["description"]  # Data Docs would take it for a variable


@pytest.mark.parametrize(
    ("setting", "faulty"),
    [
        ("", ["PORT", "SHIP"]),
        ("inside_words = true", []),
        ("[[span]]", ["PORT"]),  # SHIP, the first label
    ],
)
def test_a_corpus_or_a_label_may_allow_spans_that_end_inside_words(harbour, setting, faulty):
    """Its suites follow; characters are never cut."""
    text = harbour.ontology.read_text(encoding="utf-8")
    if setting == "[[span]]":
        setting, text = "", text.replace(setting, f"{setting}\ninside_words = true", 1)
    harbour.ontology.write_text(f"{setting}\n{text}", encoding="utf-8")
    [path, *_] = sorted(harbour.labels.glob("*/*.json"))
    layer = msgspec.json.decode(path.read_bytes(), type=Layer)
    text = next(d.text for d in Corpus(harbour).documents.values() if d.doc_id == layer.doc_id)
    at = next(i for i in range(len(text)) if cut_at(text, i) == WORD)
    end = next(i for i in range(at + 1, len(text)) if cut_at(text, i) == CLEAN)
    more = [make_span(text, label, at, end) for label in ("SHIP", "PORT")]
    write_layer(path, in_order(msgspec.structs.replace(layer, spans=(*layer.spans, *more))))
    for file, data in derived_files(harbour).items():
        write_whole(file, data)
    found = [fault.place for fault in validate(harbour) if fault.code == "span-cut-word"]
    assert [label for label in ("PORT", "SHIP") if any(f"{label}-{at}-{end}" in x for x in found)] == faulty


def test_great_expectations_opens_the_project_and_gives_the_same_verdict(derived, monkeypatch):
    assert validate(derived) == []
    before = {p: p.read_bytes() for p in derived.validation.rglob("*") if p.is_file()}
    import great_expectations

    monkeypatch.chdir(derived.root)
    context = great_expectations.get_context(mode="file", context_root_dir="validation")
    result = context.checkpoints.get("parley").run()
    suite = json.loads((derived.validation / "expectations" / "spans.json").read_bytes())
    ran = {r.suite_name: r for r in result.run_results.values()}
    assert result.success
    assert len(ran["spans"].results) == len(suite["expectations"])  # none was dropped on loading
    assert {p: p.read_bytes() for p in derived.validation.rglob("*") if p.is_file()} == before


def test_validating_writes_below_build_alone(derived):
    def outside() -> dict[Path, bytes]:
        files = (p for p in derived.root.rglob("*") if p.is_file() and derived.build not in p.parents)
        return {p: p.read_bytes() for p in files}

    before = outside()
    found = report(derived, docs=True)
    assert found.faults == ()
    assert found.docs.endswith("build/data-docs/index.html")
    assert outside() == before


def test_data_docs_say_what_is_expected_and_which_rows_are_not_so(derived):
    path = next(derived.labels.glob("*/*.json"))
    labels = path.read_text(encoding="utf-8").replace('"label":"SHIP"', '"label":"SHAPE"', 1)
    path.write_text(labels, encoding="utf-8")
    report(derived, docs=True)
    page = next((derived.build / "data-docs" / "validations" / "spans").rglob("*.html")).read_text("utf-8")
    assert "Every span has a label of the ontology." in page
    assert "SHAPE" in page


def test_an_expectation_by_hand_is_judged_with_the_others(derived):
    by_hand(
        derived,
        "spans",
        type="expect_column_value_lengths_to_be_between",
        kwargs={"column": "surface", "max_value": 10},
        description="No surface is longer than ten characters.",
        meta={"says": "{surface!r} is too long"},
    )
    found = validate(derived)
    assert {f.code for f in found} == {"expectation-failed"}
    assert all("is too long" in f.message for f in found)


def test_an_expectation_of_a_whole_table_names_the_table(derived):
    by_hand(
        derived,
        "documents",
        type="expect_table_row_count_to_be_between",
        kwargs={"min_value": 1000},
        description="There are a thousand documents.",
    )
    (fault,) = validate(derived)
    assert (fault.code, fault.message) == ("expectation-failed", "There are a thousand documents.")


@pytest.mark.parametrize(
    ("asked", "kwargs"),
    [
        ("expect_column_values_to_not_be_null", {"column": "ghost"}),
        ("expect_the_impossible", {"column": "surface"}),
        ("expect_column_values_to_be_in_set", {"colunm": "surface"}),
    ],
)
def test_an_expectation_that_cannot_be_judged_is_a_fault_not_a_pass(derived, asked, kwargs):
    by_hand(derived, "spans", type=asked, kwargs=kwargs, description="It cannot be judged.")
    assert {f.code for f in validate(derived)} == {"expectations-malformed"}


def test_an_expectation_by_hand_that_is_incomplete_is_refused(harbour):
    write_whole(harbour.validation / "by_hand" / "spans.json", b'[{"type": "expect_column_to_exist"}]')
    with pytest.raises(DataFaults, match="expectations-malformed"):
        derived_files(harbour)


def test_a_corpus_of_several_batches_has_the_faults_of_one(derived, monkeypatch):
    for path in sorted(derived.labels.glob("*/*.json"))[::3]:
        path.write_bytes(path.read_bytes().replace(b'"text":"', b'"text":"x', 1))
    whole = validate(derived)
    monkeypatch.setattr("parley.validation.batches.SPANS_PER_BATCH", 100)
    assert whole
    assert list(report(derived, workers=2).faults) == whole


def test_the_summary_of_a_run_names_each_fault(derived, tmp_path, monkeypatch):
    shutil.rmtree(derived.validation / "checkpoints")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    append_summary(report(derived))
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "| `derived-stale` | validation/checkpoints/parley.json |" in summary


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        ({}, "The text matches [a-z]{2} and {uuid}."),
        ({"says": "{surface!r} has no {ghost}"}, "has no {ghost}"),
    ],
)
def test_braces_in_the_words_of_an_expectation_cost_nothing(derived, meta, said):
    """A description is no template, and a column that is not there stays as it was written."""
    by_hand(
        derived,
        "spans",
        type="expect_column_value_lengths_to_be_between",
        kwargs={"column": "surface", "max_value": 10},
        description="The text matches [a-z]{2} and {uuid}.",
        meta=meta,
    )
    assert all(said in fault.message for fault in validate(derived))


@pytest.mark.parametrize("says", ["{} is wrong", "{surface", "{0}"])
def test_words_that_are_no_template_are_told(derived, says):
    path = derived.validation / "by_hand" / "spans.json"
    asked = {"type": "expect_column_to_exist", "kwargs": {"column": "id"}, "description": "It is there."}
    asked["meta"] = {"says": says}
    write_whole(path, json.dumps([asked]).encode())
    with pytest.raises(DataFaults) as raised:
        derived_files(derived)
    assert [fault.code for fault in raised.value.faults] == ["expectations-malformed"]
