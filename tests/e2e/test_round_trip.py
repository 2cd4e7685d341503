"""The real Label Studio and back: nothing lost, nothing doubled, nothing told that should not be."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import msgspec
import pytest

from command_for_tests import call as command
from label_studio_fixtures import call, tasks_on_server
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, UsageError
from parley.label_studio.export.regions import layer_to_result
from parley.label_studio.screen import label_config
from parley.label_studio.server.client import Studio
from parley.label_studio.server.projects import find_project
from parley.label_studio.server.pull import pull
from parley.label_studio.server.push import push
from parley.model.labels import decode_layer, layer_path, layer_paths, write_layer
from parley.model.ontology_file import read_ontology
from parley.model.paths import CorpusPaths

pytestmark = pytest.mark.server


@pytest.fixture
def corpus(renamed_harbour: CorpusPaths) -> CorpusPaths:
    """Return the second corpus with tasks, and without the labels of rules: they come through the server."""
    shutil.rmtree(renamed_harbour.labels / "rules")
    make_tasks(renamed_harbour)
    return renamed_harbour


def make_tasks(corpus: CorpusPaths, leave: int = 0) -> None:
    """Write build/tasks.json with bo's labels as the predictions."""
    ontology = read_ontology(corpus.ontology)
    tasks = []
    for document in Corpus(corpus).documents.values():
        layer = decode_layer(layer_path(corpus, "bo", document.doc_id).read_bytes())
        names = ("doc_id", "text", "text_sha256", "title", "published")
        predicted = {"model_version": "rules 1", "result": layer_to_result(layer, ontology)}
        tasks.append({"data": {n: getattr(document, n) for n in names}, "predictions": [predicted]})
    corpus.build.mkdir(exist_ok=True)
    (corpus.build / "tasks.json").write_text(json.dumps(tasks[leave:]), encoding="utf-8")


def held(studio: Studio, corpus: CorpusPaths, annotator: str) -> list[dict[str, Any]]:
    """Return what the server holds for an annotator: its export, by article."""
    project = find_project(studio, read_ontology(corpus.ontology).name, annotator)
    assert project is not None
    return tasks_on_server(studio, project.id)


def files(corpus: CorpusPaths) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in layer_paths(corpus)}


def without_time(data: bytes) -> dict[str, Any]:
    return json.loads(data) | {"updated": ""}


def test_labels_come_back_as_they_went_in(corpus: CorpusPaths, studio: Studio) -> None:
    """Emoji, combining marks, right-to-left script, markup, CRLF, tabs: every label of both layers."""
    before = files(corpus)
    push(Corpus(corpus), studio, ["ada", "bo"], labels=True)
    for path in before:
        path.unlink()
    pulled = pull(Corpus(corpus), studio)
    assert pulled.faults == []
    after = files(corpus)
    assert {p: without_time(d) for p, d in after.items()} == {p: without_time(d) for p, d in before.items()}
    pull(Corpus(corpus), studio)
    assert files(corpus) == after
    links = json.loads((corpus.build / "label_studio_links.json").read_bytes())
    assert sorted(links) == sorted(f"{path.stem}/{path.parent.name}" for path in after)
    assert links["h1_inquiry/bo"].startswith(f"{studio.url}/projects/")


def test_pushing_twice_changes_nothing(corpus: CorpusPaths, studio: Studio) -> None:
    """The second push finds everything there, and the server's state is the same to the byte."""
    push(Corpus(corpus), studio)
    push(Corpus(corpus), studio, ["ada"], labels=True)
    first = {name: held(studio, corpus, name) for name in ("ada", "bo", "cy")}
    for labels in (False, True):
        for done in push(
            Corpus(corpus), studio, ["ada", "bo", "cy"] if not labels else ["ada"], labels=labels
        ):
            assert (done.added, done.there, done.labelled, done.changed) == (0, 5, 0, ())
    assert {name: held(studio, corpus, name) for name in first} == first


def test_annotators_have_projects_and_orders_of_their_own(corpus: CorpusPaths, studio: Studio) -> None:
    """Same articles, another order; the guidelines stand there; nobody's labels are in another's project."""
    push(Corpus(corpus), studio)
    push(Corpus(corpus), studio, ["ada"], labels=True)
    orders = {
        name: [t["data"]["doc_id"] for t in sorted(held(studio, corpus, name), key=lambda t: t["id"])]
        for name in ("ada", "bo", "cy")
    }
    assert len({frozenset(order) for order in orders.values()}) == 1
    assert len({tuple(order) for order in orders.values()}) > 1
    assert all(not task["annotations"] for name in ("bo", "cy") for task in held(studio, corpus, name))
    project = find_project(studio, read_ontology(corpus.ontology).name, "bo")
    assert project is not None
    told = call(studio, "GET", f"/api/projects/{project.id}/")
    assert told["show_instruction"] is True
    assert "<h1>" in told["expert_instruction"]


def test_predictions_are_shown_or_kept_away(corpus: CorpusPaths, studio: Studio) -> None:
    """Independent means that no prediction is in the project, and stays so until said otherwise."""
    push(Corpus(corpus), studio, ["ada"])
    push(Corpus(corpus), studio, ["bo"], predictions=False)
    assert all(len(task["predictions"]) == 1 for task in held(studio, corpus, "ada"))
    assert all(task["predictions"] == [] for task in held(studio, corpus, "bo"))
    push(Corpus(corpus), studio, ["ada", "bo"])
    assert all(task["predictions"] == [] for task in held(studio, corpus, "bo"))
    push(Corpus(corpus), studio, ["ada"], predictions=False)
    assert all(task["predictions"] == [] for task in held(studio, corpus, "ada"))
    push(Corpus(corpus), studio, ["ada"], predictions=True)
    assert all(len(task["predictions"]) == 1 for task in held(studio, corpus, "ada"))


def test_new_articles_are_added_and_changed_ones_refused(corpus: CorpusPaths, studio: Studio) -> None:
    """An article more is one task more; another text of the same article changes nothing at all."""
    make_tasks(corpus, leave=2)
    push(Corpus(corpus), studio, ["ada"])
    make_tasks(corpus)
    (done,) = push(Corpus(corpus), studio, ["ada"])
    assert (done.added, done.there) == (2, 3)
    before = held(studio, corpus, "ada")
    tasks = json.loads((corpus.build / "tasks.json").read_bytes())
    tasks[0]["data"] |= {"text": "Other.", "text_sha256": ""}
    tasks.append({"data": tasks[1]["data"] | {"doc_id": "more"}})
    (corpus.build / "tasks.json").write_text(json.dumps(tasks), encoding="utf-8")
    with pytest.raises(DataFaults, match="text-mismatch"):
        push(Corpus(corpus), studio, ["ada"])
    assert held(studio, corpus, "ada") == before


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (b'"ada"', b'"bo"', "labels-misplaced"),
        (b'"attributes":{', b'"attributes":{"gone":"x",', "attribute-unknown"),
    ],
)
def test_labels_that_do_not_fit_are_not_pushed(
    corpus: CorpusPaths, studio: Studio, before: bytes, after: bytes, code: str
) -> None:
    """A file in another's folder, an attribute the ontology has dropped: named, before anything is made."""
    path = corpus.labels / "ada" / "h2_spill.json"
    data = path.read_bytes()
    assert before in data
    path.write_bytes(data.replace(before, after, 1).replace(b",}", b"}"))
    with pytest.raises(DataFaults, match=code):
        push(Corpus(corpus), studio, ["ada"], labels=True)
    assert find_project(studio, read_ontology(corpus.ontology).name, "ada") is None


def test_the_rules_layer_goes_through_the_server(corpus: CorpusPaths, studio: Studio) -> None:
    """Predictions are the rules' annotations; two rounds give the same bytes; other rules replace them."""
    push(Corpus(corpus), studio, ["rules"])
    assert pull(Corpus(corpus), studio, ["rules"]).faults == []
    first = {p: d for p, d in files(corpus).items() if p.parent.name == "rules"}
    assert len(first) == 5
    for path, data in first.items():
        bo = json.loads((corpus.labels / "bo" / path.name).read_bytes())
        assert json.loads(data) == bo | {"annotator": "rules", "updated": "", "lead_time_s": None}
        path.unlink()
    push(Corpus(corpus), studio, ["rules"])
    pull(Corpus(corpus), studio, ["rules"])
    assert {p: p.read_bytes() for p in first} == first
    tasks = json.loads((corpus.build / "tasks.json").read_bytes())
    tasks[0]["predictions"][0]["result"] = []
    (corpus.build / "tasks.json").write_text(json.dumps(tasks), encoding="utf-8")
    (done,) = push(Corpus(corpus), studio, ["rules"])
    assert done.labelled == 1
    pulled = pull(Corpus(corpus), studio, ["rules"])
    assert pulled.written == [("rules", tasks[0]["data"]["doc_id"])]
    assert all(len(task["annotations"]) == 1 for task in held(studio, corpus, "rules"))


def test_what_a_person_did_stands_above_a_file(corpus: CorpusPaths, studio: Studio) -> None:
    """Importing label files never overwrites other labels that are on the server; it says which."""
    push(Corpus(corpus), studio, ["ada"], labels=True)
    task = held(studio, corpus, "ada")[0]
    result = [r for r in task["annotations"][0]["result"] if r["type"] != "relation"]
    call(studio, "PATCH", f"/api/annotations/{task['annotations'][0]['id']}/", {"result": result})
    (done,) = push(Corpus(corpus), studio, ["ada"], labels=True)
    assert done.kept == (task["data"]["doc_id"],)
    assert pull(Corpus(corpus), studio).written == [("ada", task["data"]["doc_id"])]


def test_unfinished_work_is_told_and_not_taken(corpus: CorpusPaths, studio: Studio) -> None:
    """Drafts, skipped tasks and older annotations are listed; of several the newest counts."""
    push(Corpus(corpus), studio, ["ada"])
    tasks = held(studio, corpus, "ada")
    span = {"start": 0, "end": 3, "text": tasks[2]["data"]["text"][:3], "labels": ["SHIP"]}
    region = {"id": "x", "from_name": "label", "to_name": "text", "type": "labels", "value": span}
    call(studio, "POST", f"/api/tasks/{tasks[0]['id']}/drafts", {"result": [], "lead_time": 1})
    call(studio, "POST", f"/api/tasks/{tasks[1]['id']}/annotations/", {"result": [], "was_cancelled": True})
    call(studio, "POST", f"/api/tasks/{tasks[2]['id']}/annotations/", {"result": [region], "lead_time": 3.5})
    call(studio, "POST", f"/api/tasks/{tasks[2]['id']}/annotations/", {"result": [], "lead_time": 7.5})
    pulled = pull(Corpus(corpus), studio)
    assert [state for _, _, state in pulled.waiting] == ["draft", "cancelled", "superseded", "open", "open"]
    assert pulled.written == [("ada", tasks[2]["data"]["doc_id"])]
    layer = decode_layer(layer_path(corpus, *pulled.written[0]).read_bytes())
    assert (layer.spans, layer.lead_time_s) == ((), 7.5)


def test_hand_edits_on_the_server_are_found(corpus: CorpusPaths, studio: Studio) -> None:
    """A changed config is told with the difference and restored by a push; a changed text is refused."""
    push(Corpus(corpus), studio, ["ada"], labels=True)
    project = find_project(studio, read_ontology(corpus.ontology).name, "ada")
    assert project is not None
    config = label_config(read_ontology(corpus.ontology), Corpus(corpus).entities)
    call(
        studio,
        "PATCH",
        f"/api/projects/{project.id}/",
        {"label_config": config.replace('hotkey="1"', 'hotkey="z"')},
    )
    (fault,) = pull(Corpus(corpus), studio).faults
    assert fault.code == "studio-config-edited"
    assert 'hotkey="z"' in fault.message
    (done,) = push(Corpus(corpus), studio, ["ada"])
    assert "restored the labelling config" in done.changed[0]
    task = held(studio, corpus, "ada")[0]
    call(
        studio,
        "PATCH",
        f"/api/tasks/{task['id']}/",
        {"data": task["data"] | {"text": task["data"]["text"] + "!"}},
    )
    old = files(corpus)
    assert [f.code for f in pull(Corpus(corpus), studio).faults] == ["studio-text-edited"]
    assert files(corpus) == old
    with pytest.raises(DataFaults, match="studio-text-edited"):
        push(Corpus(corpus), studio, ["ada"])


@contextmanager
def going_away(url: str, after: int, *, arrives: bool) -> Iterator[str]:
    """Yield an address before the real server that is gone after some requests.

    arrives: whether the request that finds it gone still reached the server, so that its answer is lost.
    """
    seen = 0

    class Relay(BaseHTTPRequestHandler):
        def _relay(self) -> None:
            nonlocal seen
            seen += 1
            if seen > after and not arrives:
                self.connection.close()
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {n: self.headers[n] for n in ("Authorization", "Content-Type") if n in self.headers}
            answer = httpx.request(self.command, url + self.path, content=body, headers=headers, timeout=120)
            if seen > after:
                self.connection.close()
                return
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PATCH = do_DELETE = _relay  # noqa: N815 - names of http.server

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Relay) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def interrupted(studio: Studio, token: str, work: Callable[[Studio], object], *, arrives: bool) -> int:
    """Do work until it succeeds, the server going away one request later each time; count the failures."""
    for after in range(100):
        with going_away(studio.url, after, arrives=arrives) as url, Studio(url, token) as breaking:
            try:
                work(breaking)
            except UsageError as error:
                assert "does not answer" in error.cause
                assert token not in str(error)
            else:
                return after
    pytest.fail("never came to an end")


@pytest.mark.long
@pytest.mark.parametrize("arrives", [False, True])
def test_a_push_cut_anywhere_is_finished_by_the_next(
    corpus: CorpusPaths, studio: Studio, label_studio: Any, arrives: bool
) -> None:
    """Whichever request was the last, and whether or not it arrived: nothing is twice or missing."""
    failures = interrupted(
        studio,
        label_studio.token,
        lambda s: push(Corpus(corpus), s, ["ada", "bo"], labels=True),
        arrives=arrives,
    )
    assert failures > 4
    for name in ("ada", "bo"):
        tasks = held(studio, corpus, name)
        assert [t["data"]["doc_id"] for t in tasks] == sorted({t["data"]["doc_id"] for t in tasks})
        assert [len(t["annotations"]) for t in tasks] == [1] * 5
        assert [len(t["predictions"]) for t in tasks] == [1] * 5


@pytest.mark.long
def test_a_pull_cut_anywhere_leaves_the_label_files(
    corpus: CorpusPaths, studio: Studio, label_studio: Any
) -> None:
    """Until everything has arrived no label file is touched; then all of them are right."""
    right = files(corpus)
    push(Corpus(corpus), studio, ["ada", "bo"], labels=True)
    for path in right:
        layer = decode_layer(path.read_bytes())
        write_layer(path, msgspec.structs.replace(layer, spans=(), relations=()))
    old = files(corpus)
    seen = []

    def work(breaking: Studio) -> None:
        seen.append(files(corpus) == old)
        pull(Corpus(corpus), breaking)

    assert interrupted(studio, label_studio.token, work, arrives=False) > 3
    assert all(seen)
    assert {p: without_time(d) for p, d in files(corpus).items()} == {
        p: without_time(d) for p, d in right.items()
    }


def test_secrets_are_not_told(
    corpus: CorpusPaths,
    studio: Studio,
    label_studio: Any,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Neither a refused token nor a working one is in what the steps print."""
    wrong = "feedfacefeedfacefeedfacefeedfacefeedface"
    for token, address, status in (
        (label_studio.token, studio.url, 0),
        (wrong, studio.url, 2),
        (label_studio.token, "http://127.0.0.1:9", 2),
        (label_studio.token, f"http://user:{wrong}@127.0.0.1:9", 2),
    ):
        monkeypatch.setenv("LABEL_STUDIO_URL", address)
        monkeypatch.setenv("LABEL_STUDIO_API_KEY", token)
        for step in ("push-tasks", "pull"):
            ended = command(step, "--root", corpus.root)
            said = "".join(capfd.readouterr())
            assert ended == status, said
            for secret in (label_studio.token, wrong):
                assert secret not in said + repr(studio)
