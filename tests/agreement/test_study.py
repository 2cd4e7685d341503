"""One call writes figures, page, plots and disagreements, keeps earlier rounds, refuses what does not fit."""

import json
import shutil

import msgspec
import pytest

from checkout import CHECKOUT
from command_for_tests import call
from parley.agreement import study
from parley.agreement.report import decode_rounds, encode_rounds, round_title, with_round
from parley.agreement.study import LINKS, agreement_faults, measure_corpus
from parley.corpus import batches
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, UsageError
from parley.model.labels import decode_layer, encode_layer, layer_path, write_layer
from parley.model.paths import CorpusPaths
from parley.runtime.engine import Cores


@pytest.fixture
def corpus(tmp_path):
    shutil.copytree(
        CHECKOUT / "tests" / "harbour", tmp_path / "harbour", ignore=shutil.ignore_patterns("build", "gold")
    )
    return CorpusPaths.at(tmp_path / "harbour")


def written(corpus):
    files = [corpus.agreement, corpus.agreement.with_suffix(".md")]
    files += sorted(corpus.agreement.with_suffix("").iterdir())
    files += sorted(corpus.build.glob("disagreements.*"))
    return {p.name: p.read_bytes() for p in files}


def test_the_same_labels_give_the_same_bytes_and_all_files_are_there(corpus):
    measure_corpus(Corpus(corpus), draws=20)
    once = written(corpus)
    measure_corpus(Corpus(corpus), draws=20)
    assert written(corpus) == once
    assert sorted(once) == sorted(
        ["agreement.json", "agreement.md", "disagreements.json", "disagreements.md"]
        + [f"{name}.{kind}" for name in ("confusion", "relations", "spans") for kind in ("png", "svg")]
    )
    assert b"date" not in once["spans.svg"].lower()
    assert len(json.loads(once["disagreements.json"])["disagreements"]) == 21
    assert "| all | 98 | 96 | 90 | 0.938 | 0.918 | 0.928" in once["agreement.md"].decode()
    assert not list(corpus.build.glob(".*"))


def test_neither_batches_nor_processes_change_a_byte(corpus, monkeypatch):
    """Counts of documents compared apart, each with numbers of its own for values and clusters, add up."""
    monkeypatch.setattr(study, "plots", lambda *_: ())
    made = []
    for articles, processes in ((100, 1), (2, 1), (2, 2)):
        monkeypatch.setattr(batches, "ARTICLES", articles)
        monkeypatch.setattr(batches, "IN_MEMORY", 0 if processes > 1 else 100)
        measure_corpus(Corpus(corpus), draws=20, engine=Cores(processes))
        files = [corpus.agreement, *sorted(corpus.build.glob("disagreements.*"))]
        made.append([path.read_bytes() for path in files])
    assert made[0] == made[1] == made[2]


def test_disagreements_of_three_annotators_stand_in_order_of_document_and_offset(corpus, monkeypatch):
    """Within a kind, whatever the batches: one who labels as bo does disagrees with ada where bo does."""
    monkeypatch.setattr(study, "plots", lambda *_: ())
    monkeypatch.setattr(batches, "ARTICLES", 2)
    for path in sorted(layer_path(corpus, "bo", "").parent.glob("*.json")):
        layer = msgspec.structs.replace(decode_layer(path.read_bytes()), annotator="cy")
        write_layer(layer_path(corpus, "cy", path.stem), layer)
    measure_corpus(Corpus(corpus), draws=0)
    listed = json.loads((corpus.build / "disagreements.json").read_bytes())["disagreements"]
    order = [(d["severity"], d["doc_id"], d["start"], d["end"]) for d in listed]
    assert order == sorted(order)
    pairs = [tuple(v["annotator"] for v in d["versions"]) for d in listed]
    assert [pairs.count(("ada", name)) for name in ("bo", "cy")] == [21, 21]
    assert len(pairs) == 42


def test_faults_of_all_batches_are_gathered(corpus, monkeypatch):
    """Of label files and of articles; the labels of a faulty article are not held against it."""
    monkeypatch.setattr(batches, "ARTICLES", 1)
    (corpus.seeds / "h0_collision.txt").write_bytes(b"\xff")
    layer_path(corpus, "bo", "h1_inquiry").write_bytes(b"{")
    layer_path(corpus, "ada", "h3_explosion").write_bytes(layer_path(corpus, "ada", "h2_spill").read_bytes())
    layer_path(corpus, "ada", "h4_storm").write_bytes(
        layer_path(corpus, "bo", "h4_storm").read_bytes().replace(b'"bo"', b'"cy"')
    )
    with pytest.raises(DataFaults) as found:
        measure_corpus(Corpus(corpus))
    assert {f.code for f in found.value.faults} == {
        "seed-changed", "seed-encoding", "labels-unreadable", "labels-misplaced",
    }  # fmt: skip


def test_a_new_round_stands_beside_the_first(corpus, monkeypatch):
    monkeypatch.setattr(study, "plots", lambda *_: ())
    measure_corpus(Corpus(corpus), draws=5, name="1", date="2031-03-05")
    first = json.loads(corpus.agreement.read_bytes())["rounds"][0]
    path = layer_path(corpus, "bo", "h0_collision")
    ada = decode_layer(layer_path(corpus, "ada", "h0_collision").read_bytes())
    values = {n: getattr(ada, n) for n in ada.__struct_fields__} | {"annotator": "bo"}
    path.write_bytes(encode_layer(type(ada)(**values)))
    measure_corpus(Corpus(corpus), draws=5, name="2", date="2031-03-09")
    rounds = json.loads(corpus.agreement.read_bytes())["rounds"]
    assert rounds[0] == first
    assert [(r["round"], r["date"]) for r in rounds] == [("1", "2031-03-05"), ("2", "2031-03-09")]
    both = [r["figures"]["overall"]["figures"]["spans"]["exact"]["micro"]["both"] for r in rounds]
    assert both == [90, 91]
    page = corpus.agreement.with_suffix(".md").read_text(encoding="utf-8")
    assert "|  | round 1 | round 2 |" in page
    assert "\nRound 1, 2031-03-05, on labels that were replaced since.\n" in page
    assert round_title(rounds[0], rounds[0]) == "Round 1, 2031-03-05"


def test_without_a_name_the_last_round_is_measured_again_and_keeps_its_date():
    rounds = with_round([], None, None, {"figures": {}})
    assert [(r["round"], r["date"], r["figures"]) for r in rounds] == [("1", "", {})]
    rounds = with_round(rounds, "2", "2031-01-02", {"figures": {}})
    rounds = with_round(rounds, None, None, {"figures": {"new": 1}})
    assert [(r["round"], r["date"], r["figures"]) for r in rounds] == [
        ("1", "", {}),
        ("2", "2031-01-02", {"new": 1}),
    ]


def test_rounds_are_read_back_as_written_and_anything_else_is_refused():
    figures = {"b": [[1, 2], []], "a": {"value": None}, "overall": {"figures": {"spans": {}}}}
    rounds = with_round([], "1", None, {"figures": figures, "layers": {}})
    data = encode_rounds(rounds)
    assert decode_rounds(data) == rounds
    for code, others in (
        ("agreement-malformed", (b"", b"[]", b'{"rounds": []}', b'{"rounds": 1, "sha256": ""}', data[:-9])),
        ("agreement-edited", (data.replace(b'"spans": {}', b""), data.replace(b"layers", b"labels"))),
    ):
        for other in others:
            with pytest.raises(DataFaults) as refused:
                decode_rounds(other)
            assert [f.code for f in refused.value.faults] == [code]


def test_whatever_is_edited_in_agreement_json_is_noticed(corpus, monkeypatch):
    """A figure, a date, whom it compares, the order of its rounds, a round that is gone."""
    monkeypatch.setattr(study, "plots", lambda *_: ())
    for name in ("1", "2"):
        measure_corpus(Corpus(corpus), draws=0, name=name)
    data = corpus.agreement.read_bytes()
    read = json.loads(data)
    edits = [
        data.replace(b"0.9278", b"0.9999", 1),
        data.replace(b'"date": ""', b'"date": "2031-01-01"', 1),
        data.replace(b'"ada", "bo"', b'"ada"', 1),
        json.dumps(read | {"rounds": read["rounds"][::-1]}).encode(),
        json.dumps(read | {"rounds": read["rounds"][:1]}).encode(),
        json.dumps(read | {"rounds": read["rounds"] * 2}).encode(),
    ]
    for edited in edits:
        corpus.agreement.write_bytes(edited)
        for refuses in (agreement_faults, measure_corpus):
            with pytest.raises(DataFaults) as refused:
                refuses(Corpus(corpus))
            assert [f.code for f in refused.value.faults] == ["agreement-edited"]
        assert corpus.agreement.read_bytes() == edited


def test_agreement_is_stale_if_the_layers_are_others(corpus, monkeypatch):
    """Labels that changed, came or went are named; a new time of work and another annotator do not matter."""
    monkeypatch.setattr(study, "plots", lambda *_: ())
    assert agreement_faults(Corpus(corpus)) == []
    measure_corpus(Corpus(corpus), draws=0)
    assert agreement_faults(Corpus(corpus)) == []
    path = layer_path(corpus, "bo", "h0_collision")
    bo = decode_layer(path.read_bytes())
    for same in (
        msgspec.structs.replace(bo, updated="2031-01-01T00:00:00Z", lead_time_s=1.0),
        msgspec.structs.replace(bo, annotator="cy"),
    ):
        write_layer(layer_path(corpus, same.annotator, bo.doc_id), same)
        assert agreement_faults(Corpus(corpus)) == []
    attributed = next(span for span in bo.spans if span.attributes)
    spans = tuple(
        msgspec.structs.replace(span, attributes={}) if span is attributed else span for span in bo.spans
    )
    write_layer(path, msgspec.structs.replace(bo, spans=spans))
    layer_path(corpus, "ada", "h2_spill").unlink()
    (fault,) = agreement_faults(Corpus(corpus))
    assert (fault.code, fault.place) == ("agreement-stale", "annotation/agreement.json > round 1")
    assert fault.message.endswith(": ada > h2_spill, bo > h0_collision, bo > h2_spill")


def test_disagreements_link_into_label_studio_where_tasks_are_known(corpus, monkeypatch):
    monkeypatch.setattr(study, "plots", lambda *_: ())
    corpus.build.mkdir()
    link = "http://127.0.0.1:8080/projects/3/data?task=9"
    (corpus.build / LINKS).write_text(json.dumps({"h1_inquiry/ada": link}))
    measure_corpus(Corpus(corpus), draws=0)
    page = (corpus.build / "disagreements.md").read_text(encoding="utf-8")
    assert f"[ada]({link})" in page
    assert "  - bo: FIRM" in page


def test_labels_made_on_another_text_are_refused_and_nothing_is_written(corpus):
    path = layer_path(corpus, "bo", "h2_spill")
    layer = decode_layer(path.read_bytes())
    path.write_bytes(path.read_bytes().replace(layer.text_sha256.encode(), b"0" * 64))
    with pytest.raises(DataFaults) as found:
        measure_corpus(Corpus(corpus))
    assert [(f.code, f.file) for f in found.value.faults] == [
        ("text-mismatch", "annotation/labels/bo/h2_spill.json")
    ]
    assert not corpus.agreement.exists()


@pytest.mark.parametrize("names", [["ada"], ["ada", "nobody"], ["ada", "bo", "cy"]])
def test_a_call_that_leaves_somebody_without_labels_to_compare_says_what_to_do(corpus, names):
    with pytest.raises(UsageError):
        measure_corpus(Corpus(corpus), annotators=names)


@pytest.mark.parametrize(
    ("call", "remedy"),
    [
        ({"draws": -5}, "--draws 0"),
        *(({"date": date}, "YYYY-MM-DD") for date in ("soon", "", "2031-02-30", "20310305", "2031-W10-3")),
    ],
)
def test_a_date_that_is_none_and_fewer_than_no_draws_are_refused(corpus, call, remedy):
    with pytest.raises(UsageError) as refused:
        measure_corpus(Corpus(corpus), **call)
    assert remedy in refused.value.remedy
    assert not corpus.agreement.exists()


def test_without_draws_nothing_is_said_of_brackets(corpus, monkeypatch):
    monkeypatch.setattr(study, "plots", lambda *_: ())
    for draws, said in ((0, False), (2, True)):
        measure_corpus(Corpus(corpus), draws=draws)
        assert ("Brackets hold" in corpus.agreement.with_suffix(".md").read_text(encoding="utf-8")) == said


def test_the_step_prints_the_figures_and_ends_well(corpus, monkeypatch, capsys):
    monkeypatch.setattr(study, "plots", lambda *_: ())
    assert call("agreement", "--root", corpus.root, "--draws", "0") == 0
    said = capsys.readouterr().out
    assert "relations, exact F1" in said
    assert "0.81" in said
    assert "Agreement: ada – bo" in said
    heads = [line.split() for line in said.splitlines() if "exact F1" in line and "both" in line]
    assert heads
    assert all("ada" in line and "bo" in line and "first" not in line for line in heads)
    assert "annotation/agreement.md, build/disagreements.md" in said
    for wrong in (["--annotators", "ada"], ["--draws", "-5"], ["--date", "soon"]):
        assert call("agreement", "--root", corpus.root, *wrong) == 2
        assert "try:" in capsys.readouterr().err
