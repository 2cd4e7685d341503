"""Nothing foreign is lost, mixed up or believed in silence: a kind of export each, through the command."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from count_of_exports import unaccounted
from export_kinds import KINDS
from export_makers import ARC, CREW, STORM, TEXT, annotation, array, span, task

from command_for_tests import call
from parley.label_studio.export import broken_json, compiled
from parley.label_studio.export.convert import convert
from parley.model.ontology_file import read_ontology
from parley.model.paths import CorpusPaths

ONTOLOGY = Path(__file__).parents[2] / "harbour" / "annotation" / "ontology.toml"


def converted(file: Path, options: Sequence[str] = ()) -> int:
    return call("convert", file, "--out", file.parent / "out", "--ontology", ONTOLOGY, *options)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_read_or_named(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status, faults and rows are those of the catalogue; nothing is written if it is not an export."""
    right = KINDS[kind]
    file, out = tmp_path / right.name, tmp_path / "out"
    file.write_bytes(right.data)
    assert converted(file, right.options) == right.status
    shown = capsys.readouterr()
    assert right.says in shown.err + shown.out
    assert "Traceback" not in shown.err
    assert "\x1b" not in shown.err + shown.out
    if right.status == 2:
        assert shown.err.count("\n") == 2, "one error, with what to do"
        assert [path.name for path in tmp_path.iterdir()] == [right.name]
        return
    rejects = [json.loads(line) for line in (out / "rejects.jsonl").open(encoding="utf-8")]
    assert sorted(one["code"] for one in rejects) == sorted(right.codes)
    spans = pq.read_table(out / "spans.parquet").to_pylist()
    assert sorted((row["annotator"], row["text"]) for row in spans) == sorted(right.spans)
    states = pq.read_table(out / "annotations.parquet")["state"].to_pylist()
    assert tuple(states) == (right.states or ("finished",) * len(states))


@pytest.mark.parametrize("kind", ["pretty-printed tasks one after the other", "a page of the API", "CSV"])
def test_a_pipe_is_read_as_a_file_is(kind: str, tmp_path: Path) -> None:
    """As of `zcat … | parley convert /dev/stdin`: no place of it can be read a second time."""
    right, pipe = KINDS[kind], tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(right.data))
    writer.start()
    assert converted(pipe) == right.status
    writer.join()
    if right.status < 2:
        assert pq.read_table(tmp_path / "out" / "spans.parquet").num_rows == len(right.spans)


@pytest.mark.parametrize("what", ["a folder", "a file in a file", "nothing"])
def test_what_is_no_file_is_a_wrong_call(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "export.json").write_text("[]")
    path = {"a folder": tmp_path, "a file in a file": tmp_path / "export.json" / "x"}.get(
        what, tmp_path / "x"
    )
    assert call("convert", path, "--out", tmp_path / "out", "--ontology", ONTOLOGY) == 2
    said = capsys.readouterr().err
    assert str(path) in said
    assert "try: " in said


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.sums and kind.status < 2])
def test_what_comes_in_comes_out_or_is_named(kind: str, tmp_path: Path) -> None:
    """Counted by a second walk: tasks, annotations, drafts, labels and remarks."""
    right = KINDS[kind]
    file, out = tmp_path / right.name, tmp_path / "out"
    file.write_bytes(right.data)
    names = [option for option in right.options if "=" in option]
    whose = dict(name.rsplit("=", 1) for name in names) if names else (right.options or ("", ""))[1]
    found = convert(file, out, read_ontology(ONTOLOGY), whose)
    assert unaccounted(right.data, out, found.tasks) == {}


@pytest.mark.long  # tests/label_studio/test_scanner.py has the quick one
@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.status < 2])
def test_the_scanner_changes_nothing(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled or not, the bytes of all that is written are the same."""
    right = KINDS[kind]
    written = []
    for name, flag in (("with", compiled.COMPILED), ("without", False)):
        monkeypatch.setattr(compiled, "COMPILED", flag)
        (tmp_path / name).mkdir()
        file = tmp_path / name / right.name
        file.write_bytes(right.data)
        assert converted(file, right.options) == right.status
        written.append({path.name: path.read_bytes() for path in (tmp_path / name / "out").iterdir()})
    assert written[0] == written[1]


def harbour_task(corpus: CorpusPaths, *annotations: object) -> dict[str, object]:
    """Return a task of the corpus' first article; the regions are on its first words."""
    from parley.corpus.corpus import Corpus

    document = next(iter(Corpus(corpus).documents.values()))
    data = {"doc_id": document.doc_id, "text": document.text}
    return {"id": 1, "data": data, "annotations": list(annotations)}


def first_word(corpus: CorpusPaths) -> dict[str, object]:
    text = str(harbour_task(corpus)["data"]["text"])
    word = text.split(maxsplit=1)[0]
    value = {"start": 0, "end": len(word), "text": word, "labels": ["CREW"]}
    return {"id": "r", "from_name": "label", "to_name": "text", "type": "labels", "value": value}


def pulled(corpus: CorpusPaths, data: object, *options: str) -> int:
    file = corpus.root.parent / "export.json"
    file.write_text(json.dumps(data))
    return call("pull", "--root", corpus.root, "--export", file, *options)


def layers(corpus: CorpusPaths) -> dict[str, bytes]:
    return {str(path.relative_to(corpus.labels)): path.read_bytes() for path in corpus.labels.rglob("*.json")}


def test_a_pull_gives_nobodys_work_another_name(
    harbour: CorpusPaths, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two people under one name are refused, and no file changes; a name each writes each file."""
    region = first_word(harbour)
    export = [harbour_task(harbour, annotation(1, 1, region), annotation(2, {"id": 2, "email": "b@x.org"}))]
    before = layers(harbour)
    assert pulled(harbour, export, "--annotator", "ada") == 2
    assert "--annotator 1=NAME --annotator 2=NAME" in capsys.readouterr().err
    assert layers(harbour) == before
    assert pulled(harbour, export, "--annotator", "1=ada", "--annotator", "b@x.org=bo") == 0
    changed = {name.split("/")[0] for name, data in layers(harbour).items() if before[name] != data}
    assert changed == {"ada", "bo"}
    assert pulled(harbour, export, "--annotator", "1=eve") == 2


def test_a_pull_leaves_what_an_annotation_of_0_lacks(harbour: CorpusPaths) -> None:
    """Its label file would say less than the annotator did; another's is written."""
    bad = {**first_word(harbour), "to_name": "title"}
    export = [harbour_task(harbour, annotation(0, 1, bad), annotation(1, 2, first_word(harbour)))]
    before = layers(harbour)
    assert pulled(harbour, export, "--annotator", "1=ada", "--annotator", "2=bo") == 1
    assert {name.split("/")[0] for name, data in layers(harbour).items() if before[name] != data} == {"bo"}


def test_a_pull_lists_remarks(harbour: CorpusPaths, capsys: pytest.CaptureFixture[str]) -> None:
    region = first_word(harbour) | {"meta": {"text": ["not sure\x1b[2J"]}}
    assert pulled(harbour, [harbour_task(harbour, annotation(1, 1, region))], "--annotator", "ada") == 0
    shown = capsys.readouterr().out
    assert "not sure" in shown
    assert "\x1b" not in shown


def test_a_pull_of_identical_tasks_chooses_none(harbour: CorpusPaths) -> None:
    made = harbour_task(harbour, annotation(1, 1, first_word(harbour)))
    before = layers(harbour)
    assert pulled(harbour, [made, made], "--annotator", "ada") == 1
    assert layers(harbour) == before


def test_a_pull_does_not_take_an_older_annotation_for_one_that_is_unreadable(harbour: CorpusPaths) -> None:
    older = annotation(1, 1, first_word(harbour), updated_at="2030-01-01T00:00:00Z")
    before = layers(harbour)
    assert (
        pulled(harbour, [harbour_task(harbour, older, annotation(2, 1, result=5))], "--annotator", "ada") == 1
    )
    assert layers(harbour) == before


# as often as one likes: what begins, what is in the middle once, what ends
BORDERS = {
    "unclosed strings": (b'{"k":"xxxxxxxxxxxxxxxxxxxx\\},', b"", b""),
    "unclosed objects": (b'{"id":1,"annotations":[{"data":{},', b"", b""),
    "no values": (b'{"id":1,"data":{"text":},"annotations":[]},', b"", b""),
    "closed too often": (b'{"id":1,"data":{}}}},', b"", b""),
    "quotes": (b'{"id":"""data":{}},', b"", b""),
    "objects in objects, broken inside": (b'{"data":', b"x", b"}"),
}


@pytest.mark.parametrize("border", BORDERS)
def test_broken_tasks_are_looked_at_in_proportion(
    border: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls made and bytes parsed grow as the file does; the sound tasks around the broken ones arrive."""
    ontology = read_ontology(ONTOLOGY)
    sound = json.dumps(task(1, annotation(1, 1, CREW, STORM))).encode()
    parsed: list[int] = []

    def loads(data: bytes) -> Any:
        parsed.append(len(data))
        return read_json(data)

    read_json = broken_json.loads
    monkeypatch.setattr(broken_json, "loads", loads)
    looked = []
    for number in (3_000, 12_000):
        file = tmp_path / f"{number}.json"
        begin, middle, end = BORDERS[border]
        broken = begin * number + middle + end * number
        file.write_bytes(b"[" + sound + b",x," + broken + b"," + sound + b"]")
        parsed.clear()
        calls = count()
        sys.setprofile(lambda *_, calls=calls: next(calls))
        try:
            found = convert(file, tmp_path / "out", ontology)
        finally:
            sys.setprofile(None)
        assert found.rows["spans"] == 4
        assert sum(parsed) < 10 * file.stat().st_size
        looked.append(next(calls))
    assert looked[1] < 5 * looked[0]


def test_what_is_said_of_a_region_is_in_proportion_to_it(tmp_path: Path) -> None:
    """Many that quote a letter and cover a long text do not have it repeated in each message."""
    regions = [
        span("storm", name=str(n), value={"text": "x", "start": n, "end": 200_000}) for n in range(400)
    ]
    file = tmp_path / "export.json"
    file.write_bytes(array(task(1, annotation(1, 1, *regions), text=TEXT * 5000)))
    assert converted(file) == 1
    assert (tmp_path / "out" / "rejects.jsonl").stat().st_size < file.stat().st_size


ESCAPES = "\x1b[2J\r\n::error::forged\u202e"


def strings(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Yield where each string in a value is, and what it is; a key is a string too."""
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from strings(one, (*place, key))
    elif isinstance(value, str):
        yield place, value


@pytest.mark.parametrize("alone", [False, pytest.param(True, marks=pytest.mark.long)])
def test_no_string_of_an_export_reaches_the_terminal_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, alone: bool
) -> None:
    """Whatever it is of: each is put there in turn, alone and after what was there, and as a key.

    alone: each in an export of its own too.
    """
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    choice = {"id": "storm", "from_name": "cause-INCIDENT", "to_name": "text", "type": "choices"}
    regions = [CREW | {"meta": {"text": ["hm"]}}, STORM, ARC, choice | {"value": {"choices": ["weather"]}}]
    more = {
        "annotations_ids": "1",
        "comments": ["why?"],
        "drafts": [{"id": 3, "user": "a@b.c", "updated_at": ""}],
    }
    person = {"id": 1, "email": "a@b.c"}
    made = task(1, annotation(1, person, *regions), annotation(2, "b@b.c", STORM, comment="so"), **more)
    exports = [made | {ESCAPES: [{"result": []}]}]
    for place, before in strings(made):
        for text in (ESCAPES, before + ESCAPES):
            changed = json.loads(json.dumps(made))
            inside = changed
            for key in place[:-1]:
                inside = inside[key]
            inside[place[-1]] = text
            exports.append(changed)
    assert len(exports) > 60
    file = tmp_path / "export.json"
    for export in exports if alone else ():
        file.write_bytes(array(export))
        converted(file)
        converted(file, ["--annotator", "ada"])
    file.write_bytes(array(*exports))
    assert converted(file) == 1
    shown = capsys.readouterr()
    for line in (shown.out + shown.err).split("\n"):
        assert not line.startswith("::error::forged")
        assert not set("\x1b\r\u202e").intersection(line)


def test_a_large_task_among_unknown_keys_is_cut_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the first key is: the limit is of a task, not of what no border was found in."""
    monkeypatch.setattr("parley.label_studio.export.files.PIECE_BYTES", 2000)
    made = [{"zeta": "}, {", **task(number, annotation(number, 1, CREW))} for number in range(300)]
    for name, data in (("a.json", array(*made)), ("a.jsonl", "".join(map(json.dumps, made)).encode())):
        (tmp_path / name).write_bytes(data)
        assert converted(tmp_path / name, ["--limit", "task=3kB"]) == 0
        assert pq.read_table(tmp_path / "out" / "spans.parquet").num_rows == 300
    assert TEXT in made[0]["data"]["text"]
