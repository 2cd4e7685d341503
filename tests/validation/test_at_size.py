"""Label tables of any size are judged as label files are, part by part, and what cannot be asked is told."""

import json
import subprocess
import sys
from pathlib import Path

import mutations  # noqa: F401 - fills the catalogue
import numpy as np
import pyarrow as pa
import pytest
from damage_catalogue import CATALOGUE

from label_tables_for_tests import change, layers_of, ontology_of, tables_of, write
from parley.faults import DataFaults, UsageError
from parley.runtime.files import write_whole
from parley.steps.derive import derive
from parley.steps.validate import Choice, validated
from parley.validation.at_size import report_tables
from parley.validation.corpus_report import validate
from parley.validation.label_tables import Beside, open_tables
from parley.validation.report import as_lines
from parley.validation.suite_files import derived_files
from parley.validation.terms import Terms, terms_of, terms_of_ontology

SCRIPT = Path(__file__).parents[2] / "scripts" / "validate.py"
COPIES = 40


@pytest.fixture
def big(harbour, monkeypatch):
    """Return tables of some thousand rows; judged in parts of three thousand, they are cut many times."""
    monkeypatch.setattr("parley.validation.label_tables.ROWS_PER_PART", 3000)
    return tables_of(layers_of(harbour, COPIES), ontology_of(harbour))


def judged(tables, corpus, folder, processes=1):
    return report_tables(write(tables, folder), terms_of_ontology(corpus.ontology), processes=processes)


def places(report):
    return {(fault.code, fault.place) for fault in report.faults}


def by_hand(corpus, **expectation):
    write_whole(corpus.validation / "by_hand" / "spans.json", json.dumps([expectation]).encode())
    for path, data in derived_files(corpus).items():
        write_whole(path, data)


def put_wrong(tables):
    """Put four things wrong in places far from each other; return the tables and what must be found."""
    spans, relations = tables["spans"], tables["relations"]
    middle = spans.num_rows // 2
    label = spans.slice(middle, 1).to_pylist()[0]
    spans = change(spans, middle, label="GHOST")
    first = spans.slice(0, 1)  # its layer is then in two stretches, parts apart
    twice = first.to_pylist()[0]
    spans = pa.concat_tables([spans, first])
    dangling = relations.slice(1, 1).to_pylist()[0]
    relations = change(relations, 1, tail="SHIP-9000-9001")
    turned = next(
        row for row, name in reversed(list(enumerate(relations["label"].to_pylist()))) if name == "verb"
    )
    ends = relations.slice(turned, 1).to_pylist()[0]
    relations = change(relations, turned, head=ends["tail"], tail=ends["head"])
    wrong = tables | {"spans": spans, "relations": relations}
    expected = {
        ("span-label", _of(label)),
        ("span-duplicate", _of(twice)),
        ("relation-dangling", _of(dangling)),
        ("relation-domain", _of(ends)),
        ("relation-range", _of(ends)),
    }
    return wrong, expected


def _of(row):
    return f"{row['doc_id']} > {row['annotator']} > {row['id']}"


def without_surface(report):
    return {(fault.code, fault.place.partition(' "')[0]) for fault in report.faults}


def test_sound_tables_have_no_fault_whatever_the_number_of_processes(big, harbour, tmp_path):
    one = judged(big, harbour, tmp_path / "t")
    assert one.faults == ()
    assert one.counts == {
        "layers": big["annotations"].num_rows,
        "spans": big["spans"].num_rows,
        "relations": big["relations"].num_rows,
    }
    assert one == judged(big, harbour, tmp_path / "t", processes=2)


def test_faults_in_many_parts_are_named_by_article_annotator_id_surface_and_code(big, harbour, tmp_path):
    """A label nobody knows, an id twice in a layer parts away, ends that are not there or of a wrong kind.

    Two processes judge them.
    """
    tables, expected = put_wrong(big)
    report = judged(tables, harbour, tmp_path / "t", processes=2)
    assert expected <= without_surface(report)
    # what goes with them: ids that no longer say what they are of, and a count that is one more
    assert {f.code for f in report.faults} - {code for code, _ in expected} <= {
        "span-id",
        "relation-id",
        "relation-expected",
        "tables-malformed",
    }
    (unknown,) = (f for f in report.faults if f.code == "span-label")
    surface = tables["spans"].slice(big["spans"].num_rows // 2, 1).to_pylist()[0]
    assert unknown.place.endswith(f' "{surface["text"]}" {surface["start"]}:{surface["end"]}')
    assert unknown.file == "spans.parquet"
    assert "'GHOST'" in unknown.message


def test_the_order_of_rows_means_nothing(big, harbour, tmp_path):
    """A layer whose rows are strewn over the table is judged as one."""
    tables, _ = put_wrong(big)
    sorted_report = judged(tables, harbour, tmp_path / "t")
    mix = np.random.default_rng(3)
    strewn = {
        name: table.take(pa.array(mix.permutation(table.num_rows))) if name != "annotations" else table
        for name, table in tables.items()
    }
    assert places(judged(strewn, harbour, tmp_path / "t")) == places(sorted_report)


def test_layers_that_are_not_whole_are_named(big, harbour, tmp_path):
    """Rows that are gone, an annotation that is gone, an annotation twice, two texts of one document."""
    annotations = big["annotations"]
    lost, stray, twice, other = (annotations.slice(n, 1).to_pylist()[0] for n in (0, 20, 40, 60))
    annotations = change(annotations, 60, text_sha256="0" * 64)
    big["annotations"] = pa.concat_tables(
        [annotations.slice(0, 20), annotations.slice(21), annotations.slice(40, 1)]
    )
    big["spans"] = big["spans"].slice(1)
    report = judged(big, harbour, tmp_path / "t")
    assert {
        ("tables-malformed", f"{lost['doc_id']} > {lost['annotator']}"),
        ("tables-malformed", f"{stray['doc_id']} > {stray['annotator']}"),
        ("tables-malformed", f"{twice['doc_id']} > {twice['annotator']}"),
        ("text-mismatch", other["doc_id"]),
    } <= places(report)


def test_more_faults_than_anybody_reads_are_counted(big, harbour, tmp_path, monkeypatch):
    monkeypatch.setattr("parley.validation.judge.MOST_ROWS", 5)
    monkeypatch.setattr("parley.validation.at_size.MOST_ROWS", 5)
    size = big["spans"].num_rows
    at = big["spans"].column_names.index("label")
    big["spans"] = big["spans"].set_column(
        at, big["spans"].schema.field("label"), pa.array(["GHOST"] * size, pa.string())
    )
    found = [f for f in judged(big, harbour, tmp_path / "t").faults if f.code == "span-label"]
    assert len(found) == 6
    (rest,) = (f for f in found if f.place == "spans.parquet")
    assert f"{size - 5:,} rows more" in rest.message


def test_tables_of_a_corpus_have_the_faults_of_its_label_files(harbour, tmp_path):
    """With articles, annotators and entities at hand, a table's row is asked all that a label file's is."""
    derive(harbour)
    assert report_tables(tables(harbour, tmp_path), terms_of(harbour)).faults == ()
    names = (
        "offsets off by one",
        "a label in lower case",
        "a quantity without a unit",
        "a date in words",
        "an entity that is not in entities.csv",
        "the tail is gone",
        "a relation from a label that it cannot leave",
        "labels made on another text",
        "an annotator nobody listed",
    )
    chosen = [one for one in CATALOGUE if one.name in names]
    assert len(chosen) == len(names)
    for one in chosen:
        one.damage(harbour)
    of_files = {(f.code, f.message) for f in validate(harbour)}
    of_tables = {
        (f.code, f.message) for f in report_tables(tables(harbour, tmp_path), terms_of(harbour)).faults
    }
    misplaced = {f for f in of_files if f[0] == "labels-misplaced"}  # a table is no place for one annotator
    both = {("text-mismatch", "its layers were made on different texts")}  # only tables are asked that
    assert of_tables == of_files - misplaced | both
    assert {one.code for one in chosen} <= {code for code, _ in of_tables}


def tables(corpus, tmp_path):
    return write(tables_of(layers_of(corpus), ontology_of(corpus)), tmp_path / "tables")


def test_what_is_not_asked_is_told_with_what_it_would_need(harbour, tmp_path):
    """Nothing passes for judged because its article, annotator or entity is not there."""
    derive(harbour)
    folder = tables(harbour, tmp_path)
    alone = as_lines(report_tables(folder, terms_of_ontology(harbour.ontology)))
    (texts,) = (line for line in alone if "the articles' texts" in line)
    for code in ("span-surface", "span-outside", "span-cut-word", "span-cut-grapheme", "text-mismatch"):
        assert code in texts
    assert any("entities.csv" in line and "entity-unknown" in line for line in alone)
    assert any("annotators.csv" in line and "annotator-unknown" in line for line in alone)
    told = as_lines(report_tables(folder, terms_of(harbour)))
    assert not any("texts" in line or ".csv" in line for line in told)


def test_what_is_asked_of_a_whole_table_is_not_asked_of_its_parts(harbour, tmp_path, monkeypatch):
    """Of one part it is asked; of several it would be another question, so it is told instead."""
    by_hand(
        harbour,
        type="expect_table_row_count_to_be_between",
        kwargs={"max_value": 10},
        description="There are at most ten spans.",
    )
    folder = tables(harbour, tmp_path)
    assert [f.code for f in report_tables(folder, terms_of(harbour)).faults] == ["expectation-failed"]
    monkeypatch.setattr("parley.validation.label_tables.ROWS_PER_PART", 50)
    report = report_tables(folder, terms_of(harbour))
    assert report.faults == ()
    assert any(one.description == "There are at most ten spans." for one in report.unasked)


@pytest.mark.parametrize(
    ("asked", "kwargs"),
    [
        ("expect_column_values_to_not_be_null", {"column": "ghost"}),
        ("expect_the_impossible", {"column": "surface"}),
        ("expect_column_values_to_be_in_set", {"colunm": "surface"}),
    ],
)
def test_an_expectation_that_cannot_be_judged_is_a_fault_not_a_pass(harbour, tmp_path, asked, kwargs):
    by_hand(harbour, type=asked, kwargs=kwargs, description="It cannot be judged.")
    found = report_tables(tables(harbour, tmp_path), terms_of(harbour)).faults
    assert {fault.code for fault in found} == {"expectations-malformed"}


def test_tables_of_another_ontology_or_damaged_are_a_wrong_call(big, harbour, tmp_path):
    folder = write(big, tmp_path / "t")
    write({"spans": big["spans"].drop_columns("naming")}, folder)
    with pytest.raises(UsageError, match="lacks 'naming'"):
        judged({}, harbour, folder)
    (folder / "spans.parquet").write_bytes(b"PAR1")
    with pytest.raises(UsageError, match="cannot be read"):
        judged({}, harbour, folder)
    (folder / "spans.parquet").unlink()
    with pytest.raises(UsageError, match="no table"):
        judged({}, harbour, folder)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"ontology": Path("o.toml")}, "its own ontology"),
        ({"tables": Path("t"), "ontology": Path("o.toml")}, "no ontology"),
        ({"master": "local[2]"}, "only Spark"),
        ({"tables": Path("t"), "docs": True}, "Data Docs"),
        ({"engine": "spark", "docs": True}, "Data Docs"),
    ],
)
def test_choices_that_exclude_each_other_are_a_wrong_call(harbour, chosen, said):
    with pytest.raises(UsageError, match=said):
        validated(Choice(harbour.root, **chosen))


def test_suites_that_are_stale_judge_no_tables(harbour):
    with pytest.raises(DataFaults, match="derived-stale"):
        terms_of(harbour)


def test_no_part_splits_a_layer_and_all_rows_are_in_one(big, harbour, tmp_path):
    found = open_tables(write(big, tmp_path / "t"), ontology_of(harbour))
    parts = found.parts(Beside())
    assert len(parts) > 5
    for name in ("spans", "relations"):
        assert sum(part.runs[name].rows for part in parts) == big[name].num_rows
    seen = [set(part.runs["spans"].layer.tolist()) for part in parts]
    assert sum(map(len, seen)) == len(set().union(*seen))


def test_the_script_ends_with_the_faults_and_tells_what_it_did_not_ask(harbour, tmp_path):
    big = tables_of(layers_of(harbour, 2), ontology_of(harbour))
    big["spans"] = change(big["spans"], 3, label="GHOST")
    folder = write(big, tmp_path / "t")
    command = [sys.executable, SCRIPT, "--tables", folder, "--ontology", harbour.ontology]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "span-label  " in done.stderr
    assert "not asked, for want of the articles' texts" in done.stdout


def test_terms_are_the_same_whoever_asks(harbour):
    """An ontology alone asks of labels what the corpus' suites ask."""
    derive(harbour)
    alone, whole = terms_of_ontology(harbour.ontology), terms_of(harbour)
    assert isinstance(alone, Terms)
    for name in ("spans", "relations", "layers"):
        assert [e["id"] for e in alone.suites[name]] == [e["id"] for e in whole.suites[name]]
