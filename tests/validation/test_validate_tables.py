"""The tables of an export are judged as label files are, a batch at a time, and what is skipped is said."""

import json
import pickle

import mutations  # noqa: F401 - fills the catalogue
import numpy as np
import pyarrow as pa
import pytest
from damage_catalogue import CATALOGUE

from command_for_tests import call
from label_tables_for_tests import change, layers_of, ontology_of, tables_of, write
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.label_studio.export.table_batches import open_tables
from parley.runtime.engine import Cores
from parley.runtime.files import write_whole
from parley.steps.derive import derive
from parley.steps.validate import validate, validate_tables


def judged(tables, corpus, folder, processes=1):
    return validate_tables(write(tables, folder), corpus.ontology, Cores(processes))


def of_corpus(folder, corpus):
    return validate_tables(folder, Corpus(corpus), Cores(1))


def places(report):
    return {(fault.code, fault.place) for fault in report.faults}


def put_wrong(tables):
    """Put four things wrong in places far from each other; return the tables and what must be found."""
    spans, relations = tables["spans"], tables["relations"]
    middle = spans.num_rows // 2
    label = spans.slice(middle, 1).to_pylist()[0]
    spans = change(spans, middle, label="GHOST")
    first = spans.slice(0, 1)  # its layer is then in two places, batches apart
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


def test_faults_in_many_batches_are_named_by_article_annotator_id_surface_and_code(big, harbour, tmp_path):
    """A label nobody knows, an id twice in a layer, ends that are not there or of a wrong kind.

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


def test_a_batch_is_sent_to_another_process_without_the_layers_of_the_others(big, harbour, tmp_path):
    batches = open_tables(write(big, tmp_path / "t"), ontology_of(harbour)).batches()
    assert len(batches) > 4
    together = pickle.dumps(pa.concat_tables([batch.layers for batch in batches]).combine_chunks())
    assert sum(len(pickle.dumps(batch.layers)) for batch in batches) < 2 * len(together)


def test_the_order_of_rows_means_nothing(big, harbour, tmp_path):
    """A layer whose rows are all over the table is judged as one."""
    tables, _ = put_wrong(big)
    sorted_report = judged(tables, harbour, tmp_path / "t")
    mix = np.random.default_rng(3)
    mixed = {
        name: table.take(pa.array(mix.permutation(table.num_rows))) if name != "annotations" else table
        for name, table in tables.items()
    }
    assert places(judged(mixed, harbour, tmp_path / "t")) == places(sorted_report)


def test_tables_of_a_corpus_have_the_faults_of_its_label_files(harbour, tmp_path):
    """With articles, annotators and entities, all is judged of a table's row that is of a label file's."""
    derive(harbour)
    folder = write(tables_of(layers_of(harbour), ontology_of(harbour)), tmp_path / "tables")
    assert of_corpus(folder, harbour).faults == ()
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
    write(tables_of(layers_of(harbour), ontology_of(harbour)), folder)
    of_files = {(f.code, f.message) for f in validate(Corpus(harbour)).faults}
    of_tables = {(f.code, f.message) for f in of_corpus(folder, harbour).faults}
    misplaced = {f for f in of_files if f[0] == "labels-misplaced"}  # a table is no place for one annotator
    both = {("text-mismatch", "its layers were made on different texts")}  # only tables are judged so
    assert of_tables == of_files - misplaced | both
    assert {one.code for one in chosen} <= {code for code, _ in of_tables}


def test_what_is_skipped_is_said_with_what_is_missing(harbour, tmp_path):
    """Nothing passes for judged because its article, annotator or entity is not there."""
    derive(harbour)
    folder = write(tables_of(layers_of(harbour), ontology_of(harbour)), tmp_path / "t")
    alone = validate_tables(folder, harbour.ontology).lines()
    (texts,) = (line for line in alone if "missing: texts" in line)
    for code in ("span-surface", "span-outside", "span-cut-word", "span-cut-grapheme", "text-mismatch"):
        assert code in texts
    assert any("missing: entities" in line and "entity-unknown" in line for line in alone)
    assert any("missing: annotators" in line and "annotator-unknown" in line for line in alone)
    with_all = of_corpus(folder, harbour).lines()
    assert [line for line in with_all if "missing" in line] == [
        "skipped, missing: gold (gold-decision, gold-unsourced)",
        "skipped, missing: label files (labels-misplaced, labels-noncanonical, revision-unknown)",
    ]
    harbour.entities.unlink()
    without = of_corpus(folder, harbour).lines()
    assert sum("missing: entities" in line for line in without) == 1


def test_what_is_expected_of_a_whole_table_is_skipped_if_there_are_several_batches(
    harbour, tmp_path, monkeypatch
):
    expectation = {
        "type": "expect_table_row_count_to_be_between",
        "kwargs": {"max_value": 10},
        "description": "There are at most ten spans.",
    }
    write_whole(harbour.validation / "by_hand" / "spans.json", json.dumps([expectation]).encode())
    derive(harbour)
    folder = write(tables_of(layers_of(harbour), ontology_of(harbour)), tmp_path / "t")
    assert [f.code for f in of_corpus(folder, harbour).faults] == ["expectation-failed"]
    monkeypatch.setattr("parley.label_studio.export.table_batches.ROWS_PER_BATCH", 50)
    report = of_corpus(folder, harbour)
    assert report.faults == ()
    assert any(one.description == "There are at most ten spans." for one in report.skipped)


def test_suites_that_are_stale_judge_no_tables(harbour, tmp_path):
    folder = write(tables_of(layers_of(harbour), ontology_of(harbour)), tmp_path / "t")
    with pytest.raises(DataFaults, match="derived-stale"):
        of_corpus(folder, harbour)


def test_the_step_ends_with_the_faults_and_says_what_it_skipped(harbour, tmp_path, capsys):
    tables = tables_of(layers_of(harbour, 2), ontology_of(harbour))
    tables["spans"] = change(tables["spans"], 3, label="GHOST")
    folder = write(tables, tmp_path / "t")
    assert call("validate", "--tables", folder, "--ontology", harbour.ontology) == 1
    said = capsys.readouterr()
    assert "span-label  " in said.err
    assert "skipped, missing: texts" in said.out
