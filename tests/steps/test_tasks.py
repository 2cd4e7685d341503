"""Tasks: each article once, whole, with the rules' labels beside it."""

import json

import msgspec
import pytest

from command_for_tests import call
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.label_studio.export.annotations import read_tasks
from parley.label_studio.export.layers import finished_layers
from parley.label_studio.export.regions import Annotation, Region, Task, TaskData
from parley.label_studio.server.push import read_new_tasks
from parley.model.labels import sha256_text
from parley.model.ontology_file import read_ontology
from parley.preannotation.proposals import proposer
from parley.runtime.engine import Cores
from parley.steps.tasks import make_tasks, tasks, write_tasks


def test_a_task_carries_the_article_and_what_is_known_of_it(harbour):
    """The text as cleaned, with its hash, so that labels find back to it."""
    documents = list(Corpus(harbour).documents.values())
    made = list(tasks(documents, [None] * len(documents), read_ontology(harbour.ontology), ""))
    assert [task["data"]["doc_id"] for task in made] == [d.doc_id for d in documents]
    for task, document in zip(made, documents, strict=True):
        assert task["data"]["text"] == document.text
        assert task["data"]["text_sha256"] == sha256_text(document.text)
        assert task["data"]["title"] == document.title
        assert task["predictions"] == []


def test_predictions_are_read_back_as_the_layers_they_were(harbour):
    """Through Label Studio's format: the same spans, attributes, relations, directions."""
    documents, ontology = list(Corpus(harbour).documents.values()), read_ontology(harbour.ontology)
    given = list(proposer(Corpus(harbour)).layers(documents))
    for task, layer in zip(tasks(documents, given, ontology, "v 1"), given, strict=True):
        (prediction,) = task["predictions"]
        assert prediction["model_version"] == "v 1"
        data = TaskData(task["data"]["text"], layer.doc_id)
        annotation = Annotation(1, msgspec.convert(prediction["result"], list[Region]))
        found = read_tasks([Task(1, data, [annotation])], ontology, "rules")
        assert found.refusals == []
        ((back, _),) = finished_layers(found, ontology)
        assert (back.spans, back.relations) == (layer.spans, layer.relations)


def test_a_layer_of_another_article_is_refused(harbour):
    """Predictions out of step would stand on the wrong text."""
    documents = list(Corpus(harbour).documents.values())
    swapped = list(proposer(Corpus(harbour)).layers(documents))[::-1]
    with pytest.raises(ValueError, match="the layer of h4_storm is not one of h0_collision"):
        list(tasks(documents, swapped, read_ontology(harbour.ontology), "v"))


def test_the_file_is_what_push_reads_and_the_same_every_time(harbour):
    """A task a line, in the manifest's order."""
    documents = list(Corpus(harbour).documents.values())
    made = write_tasks(Corpus(harbour))
    data = (harbour.build / "tasks.json").read_bytes()
    read = read_new_tasks(harbour)
    assert [task.doc_id for task in read] == [d.doc_id for d in documents]
    version = proposer(Corpus(harbour)).model_version
    assert {p.model_version for task in read for p in task.predictions} == {version}
    assert made.tasks == len(data.splitlines()) - 2 == 5
    assert made.spans == sum(1 for t in read for r in t.predictions[0].result if r["type"] == "labels")
    assert made.relations == sum(1 for t in read for r in t.predictions[0].result if r["type"] == "relation")
    assert write_tasks(Corpus(harbour)) == made
    assert (harbour.build / "tasks.json").read_bytes() == data


def test_without_rules_there_are_no_predictions(harbour):
    """Whether nobody wrote any or nobody wants them."""
    assert write_tasks(Corpus(harbour), predictions=False).model_version == ""
    harbour.preannotation.unlink()
    assert "without predictions" in make_tasks(Corpus(harbour))
    assert all(task.predictions == [] for task in read_new_tasks(harbour))


def many(harbour, times):
    """Add each of the harbour's articles many times over."""
    rows = harbour.manifest.read_text(encoding="utf-8").splitlines()
    made = list(rows)
    for row in rows[1:]:
        name = row.split(",")[0]
        for number in range(times):
            made.append(row.replace(name, f"{name}_{number}"))
            copy = harbour.seeds / f"{name}_{number}.txt"
            copy.write_bytes((harbour.seeds / f"{name}.txt").read_bytes())
    harbour.manifest.write_text("\n".join(made) + "\n", encoding="utf-8")


def test_many_articles_give_the_same_bytes_on_any_number_of_processes(harbour):
    """Several blocks of them: tasks, the report of what was cut, and the counts."""
    many(harbour, 40)
    alone = write_tasks(Corpus(harbour), engine=Cores(1))
    files = {name: (harbour.build / name).read_bytes() for name in ("tasks.json", "cuts.txt")}
    assert alone.tasks == 205
    assert [task["data"]["doc_id"] for task in json.loads(files["tasks.json"])[43:46]] == [
        "h0_collision_38", "h0_collision_39", "h1_inquiry_0",
    ]  # fmt: skip
    assert write_tasks(Corpus(harbour), engine=Cores(2)) == alone
    assert {name: (harbour.build / name).read_bytes() for name in files} == files


def test_faults_of_all_blocks_are_gathered_and_nothing_is_written(harbour):
    """However far apart they stand; the files of before stay, and nothing is left beside them."""
    many(harbour, 40)
    write_tasks(Corpus(harbour))
    before = {path.name: path.read_bytes() for path in harbour.build.iterdir()}
    for name in ("h0_collision_3", "h4_storm_39"):
        (harbour.seeds / f"{name}.txt").write_bytes(b"\xff")
    with pytest.raises(DataFaults) as found:
        write_tasks(Corpus(harbour), engine=Cores(2))
    assert [(f.code, f.place.split()[0]) for f in found.value.faults] == [
        ("seed-changed", "h0_collision_3"),
        ("seed-encoding", "h0_collision_3"),
        ("seed-changed", "h4_storm_39"),
        ("seed-encoding", "h4_storm_39"),
    ]
    assert {path.name: path.read_bytes() for path in harbour.build.iterdir()} == before


def test_of_many_articles_each_rule_is_told_once(harbour):
    """Rule by rule on the screen, article by article in build/cuts.txt."""
    few = make_tasks(Corpus(harbour))
    assert (harbour.build / "cuts.txt").read_text(encoding="utf-8").strip() in few
    many(harbour, 12)
    said = make_tasks(Corpus(harbour))
    assert "h0_collision_10" not in said
    assert "h0_collision_10 " in (harbour.build / "cuts.txt").read_text(encoding="utf-8")
    assert "build/cuts.txt" in said


def test_the_step_reports_what_was_cut(parley_corpus, capsys):
    """Every rule that cut something is named on stdout, and the tasks are written."""
    assert call("tasks", "--root", parley_corpus.root) == 0
    said = capsys.readouterr().out
    for rule in ("share-line", "other-articles", "magazine-listing", "comment-form", "hard-wrap", "headline"):
        assert rule in said
    assert "build/tasks.json: 5 tasks" in said
    assert len(json.loads((parley_corpus.build / "tasks.json").read_text(encoding="utf-8"))) == 5


def test_the_step_fails_on_a_changed_seed_and_leaves_the_tasks(harbour, capsys):
    """Exit 1 with the fault's code and place; the tasks of before stay."""
    assert call("tasks", "--root", harbour.root) == 0
    before = (harbour.build / "tasks.json").read_bytes()
    with (harbour.seeds / "h1_inquiry.txt").open("ab") as out:
        out.write(b"!")
    capsys.readouterr()
    assert call("tasks", "--root", harbour.root) == 1
    assert "seed-changed  h1_inquiry > seeds/h1_inquiry.txt" in capsys.readouterr().err
    assert (harbour.build / "tasks.json").read_bytes() == before


def test_a_wrong_call_is_told_apart_from_wrong_data(harbour):
    """Exit 2."""
    assert call("tasks", "--root", harbour.root, "--processes", "0") == 2
    assert call("tasks", "--root", "/nowhere") == 2
