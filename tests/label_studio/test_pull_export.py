"""Labels of an annotator far away come back as a file, exactly, or with a word on why not."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from exports_for_tests import exported
from parley.corpus.corpus import Corpus
from parley.faults import UsageError
from parley.label_studio.server.pull import PullReport, pull_export, report
from parley.model.labels import decode_layer, layer_path, layer_paths
from parley.model.paths import CorpusPaths


@pytest.fixture
def harbour(labelled_by_people: CorpusPaths) -> CorpusPaths:
    return labelled_by_people


def take(corpus: CorpusPaths, tasks: Any, annotator: str = "") -> PullReport:
    file = corpus.root / "export.json"
    file.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return pull_export(Corpus(corpus), file, annotator)


def codes(pulled: PullReport) -> list[str]:
    return sorted(fault.code for fault in pulled.faults)


FORMS = {
    "a.json": lambda tasks: json.dumps(tasks, indent=2).encode(),
    "a.jsonl": lambda tasks: b"\n" + b"\n\n".join(json.dumps(t).encode() for t in tasks),
    "a.json.gz": lambda tasks: gzip.compress(json.dumps(tasks, ensure_ascii=False).encode()),
    "a.jsonl.zst": lambda tasks: pa.Codec("zstd").compress(
        b"\n".join(json.dumps(t).encode() for t in tasks), asbytes=True
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_an_export_gives_the_label_files(harbour: CorpusPaths, name: str) -> None:
    """An array or lines, plain or compressed: the same label files, for every annotator in them."""
    tasks = exported(harbour, "ada", "bo")
    before = {path: json.loads(path.read_bytes()) for path in layer_paths(harbour)}
    for path in before:
        path.unlink()
    file = harbour.root / name
    file.write_bytes(FORMS[name](tasks))
    pulled = pull_export(Corpus(harbour), file)
    assert codes(pulled) == []
    after = {path: json.loads(path.read_bytes()) for path in layer_paths(harbour)}
    assert {p: v | {"updated": ""} for p, v in after.items()} == {
        p: v | {"updated": ""} for p, v in before.items()
    }


def test_labels_that_are_there_stay_byte_for_byte(harbour: CorpusPaths) -> None:
    """A second pull, and one whose only news is another time, change no file."""
    before = {path: path.read_bytes() for path in layer_paths(harbour)}
    pulled = take(harbour, exported(harbour, "ada"))
    assert pulled.written == []
    assert len(pulled.unchanged) == 5
    assert {path: path.read_bytes() for path in layer_paths(harbour)} == before


def test_what_is_not_finished_is_told(harbour: CorpusPaths) -> None:
    """Skipped, saved and untouched tasks are listed; they write nothing."""
    tasks = exported(harbour, "ada")
    tasks[0]["annotations"][0]["was_cancelled"] = True
    tasks[1] |= {"annotations": [], "drafts": [{"id": 9, "user": "x@y", "updated_at": "", "result": []}]}
    tasks[2]["annotations"] = []
    layer_path(harbour, "ada", "h0_collision").unlink()
    pulled = take(harbour, tasks)
    assert [(doc_id, state) for _, doc_id, state in pulled.waiting] == [
        ("h0_collision", "cancelled"), ("h1_inquiry", "draft"), ("h2_spill", "open")
    ]  # fmt: skip
    assert not layer_path(harbour, "ada", "h0_collision").exists()
    assert any("not submitted" in line for line in report(pulled))


def test_of_many_tasks_the_first_are_named() -> None:
    """A report of a large project stays one that people read."""
    tasks = [("ada", f"d{number:04d}", "open") for number in range(1, 1_501)]
    (line,) = report(PullReport(waiting=tasks))
    assert line.startswith("open       1,500 (not begun): ada/d0001, ada/d0002, ")
    assert line.endswith("ada/d0200, 1,300 more")


def test_a_label_that_cannot_be_carried_over_leaves_the_old_file(harbour: CorpusPaths) -> None:
    """One bad span refuses its article and no other."""
    tasks = exported(harbour, "ada")
    tasks[0]["annotations"][0]["result"][0]["value"]["start"] += 1
    tasks[1]["annotations"][0]["result"] = []
    old = layer_path(harbour, "ada", "h0_collision").read_bytes()
    pulled = take(harbour, tasks)
    assert "studio-offset" in codes(pulled)
    assert layer_path(harbour, "ada", "h0_collision").read_bytes() == old
    assert pulled.written == [("ada", "h1_inquiry")]


def test_an_edited_text_is_refused(harbour: CorpusPaths) -> None:
    """Text changed on the server, and text of another version of the article, are two different faults."""
    tasks = exported(harbour, "ada")
    tasks[0]["data"]["text"] += "!"
    tasks[1]["data"] |= {"text": "Another text.", "text_sha256": ""}
    tasks[1]["annotations"][0]["result"] = []
    pulled = take(harbour, tasks)
    assert codes(pulled) == ["studio-text-edited", "text-mismatch"]
    assert pulled.written == []


def test_strangers_are_refused(harbour: CorpusPaths) -> None:
    """An annotator or an article nobody listed writes no file."""
    tasks = exported(harbour, "ada")[:2]
    tasks[0]["data"]["annotator"] = "eve"
    tasks[1]["data"]["doc_id"] = "../../x"
    assert codes(take(harbour, tasks)) == ["annotator-unknown", "document-unknown"]
    del tasks[0]["data"]["annotator"]
    assert codes(take(harbour, tasks[:1])) == ["annotator-unknown"]
    assert codes(take(harbour, tasks[:1], "bo")) == []
    with pytest.raises(UsageError, match="does not list eve"):
        take(harbour, tasks, "eve")


def test_two_tasks_of_one_article_are_not_chosen_from(harbour: CorpusPaths) -> None:
    """Which of two finished layers is meant, nobody can say."""
    tasks = exported(harbour, "ada")[:1] * 2
    assert codes(take(harbour, tasks)) == ["studio-task"]


def test_times_of_imports_do_not_reach_the_rules_layer(harbour: CorpusPaths) -> None:
    """A layer nobody sat over says no time, so that two runs give the same bytes."""
    tasks = exported(harbour, "ada")
    for task in tasks:
        task["data"]["annotator"] = "rules"
    take(harbour, tasks)
    layer = decode_layer(layer_path(harbour, "rules", "h0_collision").read_bytes())
    assert (layer.updated, layer.lead_time_s) == ("", None)
    assert layer.spans


def test_a_broken_line_does_not_cost_the_others(harbour: CorpusPaths) -> None:
    """It is named by its first byte; every other line arrives."""
    tasks = exported(harbour, "ada")
    for path in layer_paths(harbour):
        path.unlink()
    lines = [json.dumps(task) for task in tasks]
    lines[1] = lines[1][:100]
    file = harbour.root / "a.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    pulled = pull_export(Corpus(harbour), file)
    assert [fault.place for fault in pulled.faults] == [f"byte {len(lines[0].encode()) + 1} of the export"]
    assert len(pulled.written) == 4


# with the time in it the test's name would be another in each process
CUT_ZSTD = pa.Codec("zstd").compress(b"[]" * 500, asbytes=True)[:-1]
CUT_GZIP = gzip.compress(b"[]" * 500, mtime=0)[:20]


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.json", b'[{"id": 1, '), ("a.json.gz", b"no gzip"), ("a.json.gz", CUT_GZIP),
     ("a.json.zst", b"no zstd"), ("a.json.zst", CUT_ZSTD), ("a.json", b"hello"), ("a.json", b""),
     (None, b"")],
)  # fmt: skip
def test_what_is_no_whole_export_is_a_wrong_call(harbour: CorpusPaths, name: str | None, data: bytes) -> None:
    """Cut off, another format, missing: the call fails with a remedy, and nothing is written."""
    file: Path = harbour.root / (name or "missing.json")
    if name:
        file.write_bytes(data)
    with pytest.raises(UsageError, match="try: "):
        pull_export(Corpus(harbour), file)
