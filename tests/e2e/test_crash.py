"""The server is killed while it works: nothing that was there is lost, nothing comes twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import httpx
import msgspec
import pytest

from label_studio_fixtures import call, copy_data, kill, tasks_on_server
from parley.adjudication.compare import open_adjudication
from parley.adjudication.gold import gold_faults
from parley.adjudication.studio import project as adjudication
from parley.corpus.corpus import Corpus
from parley.faults import UsageError
from parley.label_studio.export.regions import layer_to_result
from parley.label_studio.server.client import Studio
from parley.label_studio.server.local import LabelStudioServer
from parley.label_studio.server.projects import find_project
from parley.label_studio.server.pull import pull
from parley.label_studio.server.push import push
from parley.model.labels import decode_layer, layer_path, layer_paths
from parley.model.ontology_file import read_ontology
from parley.model.paths import CorpusPaths
from proposals import ada_is_right

pytestmark = [pytest.mark.server, pytest.mark.long]


@pytest.fixture
def server(label_studio_template: Path, tmp_path: Path) -> Iterator[LabelStudioServer]:
    """Yield a server of this test's own, which may be killed."""
    copy_data(label_studio_template, tmp_path / "data")
    with LabelStudioServer(tmp_path / "data") as running:
        yield running


class Deadly(Studio):
    """A connection whose server is killed with SIGKILL while it answers a request of a kind."""

    def __init__(self, server: LabelStudioServer, method: str, which: int, after_s: float) -> None:
        super().__init__(server.url, server.token)
        self._method, self._left = method, which
        self.blow = Timer(after_s, kill, [server])
        self.http.event_hooks["request"].append(self._count)

    def _count(self, request: httpx.Request) -> None:
        if request.method == self._method:
            self._left -= 1
            if self._left == 0:
                self.blow.start()


def killed_while(
    server: LabelStudioServer, work: Callable[[Studio], object], method: str, which: int, after_s: float
) -> None:
    """Do work until the server dies under it, then start the server again on what it left."""
    with Deadly(server, method, which, after_s) as deadly, pytest.raises(UsageError) as told:
        for _ in range(100):  # the blow may fall behind the last request: then the next run meets it
            work(deadly)
    deadly.blow.join()
    assert "does not answer" in told.value.cause
    assert "nothing is lost" in told.value.remedy
    server.start()


def write_tasks(corpus: CorpusPaths) -> None:
    ontology = read_ontology(corpus.ontology)
    names = ("doc_id", "text", "text_sha256", "title", "published")
    tasks = []
    for document in Corpus(corpus).documents.values():
        layer = decode_layer(layer_path(corpus, "bo", document.doc_id).read_bytes())
        predicted = {"model_version": "rules 1", "result": layer_to_result(layer, ontology)}
        tasks.append({"data": {n: getattr(document, n) for n in names}, "predictions": [predicted]})
    corpus.build.mkdir(exist_ok=True)
    (corpus.build / "tasks.json").write_text(json.dumps(tasks), encoding="utf-8")


def held(server: LabelStudioServer, corpus: CorpusPaths, who: str) -> list[dict[str, Any]]:
    with Studio(server.url, server.token) as studio:
        project = find_project(studio, read_ontology(corpus.ontology).name, who)
        assert project is not None
        tasks = tasks_on_server(studio, project.id)
        for task in tasks:
            task["predictions"] = [call(studio, "GET", f"/api/predictions/{n}/") for n in task["predictions"]]
    return tasks


def labels_of(corpus: CorpusPaths) -> dict[Path, dict[str, Any]]:
    return {p: json.loads(p.read_bytes()) | {"updated": ""} for p in layer_paths(corpus)}


def test_a_killed_server_costs_no_label(harbour: CorpusPaths, server: LabelStudioServer) -> None:
    """Killed in the middle of pushes, of a pull and of an adjudication: the next run finishes the work."""
    shutil.rmtree(harbour.labels / "rules")  # not pushed here
    write_tasks(harbour)
    right = labels_of(harbour)
    articles = sorted(d.doc_id for d in Corpus(harbour).documents.values())

    def push_labels(studio: Studio) -> object:
        return push(Corpus(harbour), studio, ["ada", "bo"], labels=True)

    for which, after_s in ((1, 0.0), (2, 0.05), (2, 0.3)):  # by the time the server has had for the request
        killed_while(server, push_labels, "POST", which, after_s)
    with Studio(server.url, server.token) as studio:
        push_labels(studio)
    for who in ("ada", "bo"):
        tasks = held(server, harbour, who)
        assert [t["data"]["doc_id"] for t in tasks] == articles
        assert [len(t["annotations"]) for t in tasks] == [1] * len(articles)
        assert [len(t["predictions"]) for t in tasks] == [1] * len(articles)

    for path in layer_paths(harbour):
        path.write_bytes(msgspec.json.encode(json.loads(path.read_bytes()) | {"spans": [], "relations": []}))
    emptied = labels_of(harbour)

    def pull_all(studio: Studio) -> None:
        assert labels_of(harbour) == emptied, "a pull that failed had written something"
        assert pull(Corpus(harbour), studio).faults == []

    killed_while(server, pull_all, "GET", 3, 0.01)
    assert labels_of(harbour) == emptied
    with Studio(server.url, server.token) as studio:
        pull_all(studio)
    assert labels_of(harbour) == right

    opened = open_adjudication(Corpus(harbour))
    killed_while(server, lambda studio: adjudication.push(opened, studio, "cy"), "POST", 2, 0.05)
    with Studio(server.url, server.token) as studio:
        adjudication.push(opened, studio, "cy")
    tasks = held(server, harbour, "adjudication cy")
    assert [t["data"]["doc_id"] for t in tasks] == articles
    assert [len(t["predictions"]) for t in tasks] == [1] * len(articles)
    with Studio(server.url, server.token) as studio:
        for task in tasks:
            submitted = {"result": ada_is_right(task), "lead_time": 5}
            call(studio, "POST", f"/api/tasks/{task['id']}/annotations/", submitted)
    killed_while(server, lambda studio: adjudication.pull(opened, studio, "cy"), "GET", 2, 0.01)
    assert not harbour.ledger.exists()
    with Studio(server.url, server.token) as studio:
        done, wrong = adjudication.pull(opened, studio, "cy")
    assert (sorted(done.decided), wrong) == (articles, [])
    assert gold_faults(Corpus(harbour)) == []
