"""The adjudication project on the real server: pushed, submitted, taken over, cut anywhere."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from command_for_tests import call as command
from label_studio_fixtures import call, tasks_on_server
from parley.adjudication.compare import open_adjudication
from parley.adjudication.gold import gold_faults, read_ledger
from parley.adjudication.studio.project import adjudication_project, pull, push
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, UsageError
from parley.label_studio.server.client import Studio
from parley.label_studio.server.projects import find_project
from parley.label_studio.server.push import push as push_tasks
from parley.model.labels import Layer, decode_layer, layer_path, write_layer
from parley.model.ontology_file import read_ontology
from parley.model.paths import CorpusPaths
from parley.steps.adjudicate import adjudicate
from parley.steps.tasks import write_tasks
from proposals import ada_is_right

pytestmark = [pytest.mark.server, pytest.mark.long]


@pytest.fixture
def corpus(renamed_harbour: CorpusPaths) -> CorpusPaths:
    return renamed_harbour


def held(studio: Studio, corpus: CorpusPaths) -> list[dict[str, Any]]:
    """Return the tasks of the adjudication project, by article."""
    project = find_project(studio, read_ontology(corpus.ontology).name, "adjudication cy")
    assert project is not None
    tasks = tasks_on_server(studio, project.id)
    for task in tasks:  # an export names its predictions by number
        task["predictions"] = [
            call(studio, "GET", f"/api/predictions/{number}/") for number in task["predictions"]
        ]
    return tasks


def submit(studio: Studio, corpus: CorpusPaths, doc_ids: tuple[str, ...] = ()) -> None:
    for task in held(studio, corpus):
        if not doc_ids or task["data"]["doc_id"] in doc_ids:
            call(
                studio,
                "POST",
                f"/api/tasks/{task['id']}/annotations/",
                {"result": ada_is_right(task), "was_cancelled": False, "lead_time": 5},
            )


def test_from_proposals_to_gold(corpus: CorpusPaths, studio: Studio) -> None:
    """All articles pushed, submitted, taken over: gold is ada's layer, and a second run changes nothing."""
    opened = open_adjudication(Corpus(corpus))
    pushed = push(opened, studio, "cy")
    assert (pushed.added, pushed.there) == (5, 0)
    before = held(studio, corpus)
    again = push(opened, studio, "cy")
    assert (again.added, again.there, again.changed) == (0, 5, [])
    assert held(studio, corpus) == before
    submit(studio, corpus, ("h4_storm",))
    done, wrong = pull(opened, studio, "cy")
    assert wrong == []
    assert (done.decided, [why for _, why in done.waiting]) == (["h4_storm"], ["not begun"] * 4)
    submit(studio, corpus, ("h0_collision", "h1_inquiry", "h2_spill", "h3_explosion"))
    done, wrong = pull(opened, studio, "cy")
    assert wrong == []
    for doc_id in opened.comparisons:
        own = decode_layer(layer_path(corpus, "ada", doc_id).read_bytes())
        made = decode_layer((corpus.gold / f"{doc_id}.json").read_bytes())
        assert [(s.id, s.text, s.attributes) for s in made.spans] == [
            (s.id, s.text, s.attributes) for s in own.spans
        ]
        assert {r.id for r in own.relations} == {r.id for r in made.relations}
    assert gold_faults(Corpus(corpus)) == []
    assert pull(opened, studio, "cy")[0].written == []


def test_the_lead_has_no_idle_project_beside(corpus: CorpusPaths, studio: Studio) -> None:
    """A labelling project of the lead goes if nobody worked in it, and stays if somebody did."""
    for worked in (False, True):
        write_tasks(Corpus(corpus), predictions=False)
        push_tasks(Corpus(corpus), studio, ["cy"])
        name = read_ontology(corpus.ontology).name
        project = find_project(studio, name, "cy")
        assert project is not None
        if worked:
            task = tasks_on_server(studio, project.id)[0]["id"]
            call(studio, "POST", f"/api/tasks/{task}/annotations/", {"result": []})
        changed = push(open_adjudication(Corpus(corpus)), studio, "cy").changed
        assert any("removed the labelling project of cy" in line for line in changed) is not worked
        assert (find_project(studio, name, "cy") is not None) is worked
        assert adjudication_project(studio, name, "cy").startswith(studio.url)


def test_layers_that_change_are_pushed_anew_or_named(corpus: CorpusPaths, studio: Studio) -> None:
    """An untouched task is replaced; one the lead has worked on stays, and is not taken over."""
    push(open_adjudication(Corpus(corpus)), studio, "cy")
    submit(studio, corpus, ("h4_storm",))
    for doc_id in ("h3_explosion", "h4_storm"):
        path = layer_path(corpus, "bo", doc_id)
        layer = decode_layer(path.read_bytes())
        parts = {f: getattr(layer, f) for f in layer.__struct_fields__}
        write_layer(path, Layer(**parts | {"relations": layer.relations[:-1]}))
    opened = open_adjudication(Corpus(corpus))
    pushed = push(opened, studio, "cy")
    assert (pushed.added, pushed.there, len(pushed.changed)) == (1, 4, 1)
    assert len(held(studio, corpus)) == 5
    _, wrong = pull(opened, studio, "cy")
    assert [f.code for f in wrong] == ["gold-stale"]
    assert not corpus.ledger.exists()


def test_a_layer_that_changes_afterwards_brings_its_open_places_alone(
    corpus: CorpusPaths, studio: Studio
) -> None:
    """One label and its arrow of some thirty decisions; all others stay, and nothing is asked twice."""
    opened = open_adjudication(Corpus(corpus))
    push(opened, studio, "cy")
    submit(studio, corpus)
    pull(opened, studio, "cy")
    before = {row for row in read_ledger(Corpus(corpus)) if row.doc_id != "h4_storm" or row.kind == "span"}
    path = layer_path(corpus, "ada", "h4_storm")
    layer = decode_layer(path.read_bytes())
    spans = tuple(s for s in layer.spans if s.id != "SPEECH-262-266")
    relations = tuple(r for r in layer.relations if r.tail != "SPEECH-262-266")
    write_layer(path, msgspec.structs.replace(layer, spans=spans, relations=relations))
    opened = open_adjudication(Corpus(corpus))
    for added in (1, 0):
        pushed = push(opened, studio, "cy")
        assert (pushed.added, pushed.there) == (added, 5 - added)
    task = held(studio, corpus)[4]
    said = [r for r in task["predictions"][0]["result"] if r.get("from_name") == "said-by"]
    assert [r["id"].split("_")[0] for r in said if len(r["value"]["choices"]) == 1] == ["SPEECH-262-266"]
    marked = [r for r in task["predictions"][0]["result"] if any(x[0] == "?" for x in r.get("labels", ()))]
    assert [r["labels"] for r in marked] == [["verb", "? bo"]]
    submit(studio, corpus, ("h4_storm",))
    done, wrong = pull(opened, studio, "cy")
    assert (wrong, "h4_storm" in done.decided) == ([], True)
    made = decode_layer((corpus.gold / "h4_storm.json").read_bytes())
    assert {r.id for r in made.relations} == {r.id for r in relations}
    assert gold_faults(Corpus(corpus)) == []
    (gone,) = (row for row in before if row not in read_ledger(Corpus(corpus)))
    assert gone.label_id == "SPEECH-262-266"
    assert push(opened, studio, "cy").added == 0
    assert pull(opened, studio, "cy")[0].written == []
    again = push(opened, studio, "cy", reopen=["CREW"])
    assert (again.added, again.there) == (3, 2), "the articles with decisions on that label"
    shown = held(studio, corpus)[4]["predictions"][0]["result"]
    assert {
        r["id"].split("_")[0] for r in shown if r.get("value", {}).get("choices") in (["ada"], ["bo"])
    } == {
        "CREW-182-196",
        "CREW-182-214",
    }
    assert push(opened, studio, "cy").there == 5, "without being asked again it stays"


def test_what_is_undecided_stops_its_article_alone(
    corpus: CorpusPaths, label_studio: Any, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sound article is written; the other's open places are named, and it waits."""
    opened = open_adjudication(Corpus(corpus))
    push(opened, studio, "cy")
    submit(studio, corpus, ("h2_spill",))
    task = next(t for t in held(studio, corpus) if t["data"]["doc_id"] == "h0_collision")
    call(
        studio, "POST", f"/api/tasks/{task['id']}/annotations/", {"result": task["predictions"][0]["result"]}
    )
    monkeypatch.setenv("LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.token)
    with pytest.raises(DataFaults, match="decision-missing"):
        list(adjudicate(Corpus(corpus), lead="cy"))
    done, wrong = pull(opened, studio, "cy")
    assert {f.code for f in wrong} == {"decision-missing"}
    assert done.decided == ["h2_spill"]
    assert ("h0_collision", "submitted, but at fault") in done.waiting
    assert [p.name for p in corpus.gold.iterdir()] == ["h2_spill.json"]


class Dying(Studio):
    """A connection that is lost after some requests; the last of them may have arrived."""

    def __init__(self, server: Any, left: int, *, arrives: bool = False) -> None:
        super().__init__(server.url, server.token)
        self._left, self._arrives = left, arrives
        self.http.event_hooks["request"].append(self._send_or_fail)
        self.http.event_hooks["response"].append(self._answer_or_fail)

    def _send_or_fail(self, _: httpx.Request) -> None:
        self._left -= 1
        if self._left < -1 or (self._left == -1 and not self._arrives):
            raise httpx.ConnectError("lost")

    def _answer_or_fail(self, _: httpx.Response) -> None:
        if self._left < 0:
            raise httpx.ReadError("lost")


@pytest.mark.parametrize("arrives", [False, True])
def test_a_push_cut_anywhere_is_finished_by_the_next(
    corpus: CorpusPaths, label_studio: Any, studio: Studio, arrives: bool
) -> None:
    """Whichever request was the last: nothing is twice, nothing is missing, and gold can be made."""
    opened = open_adjudication(Corpus(corpus))
    failures = 0
    for after in range(50):
        with Dying(label_studio, after, arrives=arrives) as dying:
            try:
                push(opened, dying, "cy")
                break
            except UsageError:
                failures += 1
    assert failures > 1
    tasks = held(studio, corpus)
    assert [t["data"]["doc_id"] for t in tasks] == sorted(opened.comparisons)
    assert [len(t["predictions"]) for t in tasks] == [1] * 5
    submit(studio, corpus)
    with Dying(label_studio, 1) as dying, pytest.raises(UsageError):
        pull(opened, dying, "cy")
    assert not corpus.ledger.exists()
    done, wrong = pull(opened, studio, "cy")
    assert (len(done.decided), wrong) == (5, [])


def test_the_step_does_it_all(
    corpus: CorpusPaths,
    label_studio: Any,
    studio: Studio,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`parley adjudicate`, the lead's work, `parley adjudicate`: the project is there, then gold is."""
    monkeypatch.setenv("LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.token)

    def step() -> str:
        capsys.readouterr()
        assert command("adjudicate", "--root", corpus.root, "--lead", "cy", "--hidden", "s") == 0
        return capsys.readouterr().out

    assert "5 tasks added, 0 there before" in step()
    task = held(studio, corpus)[4]
    assert "ada" not in str(task["predictions"][0]["result"])
    assert "A: " in task["data"]["disputes"]
    letter = next(
        r["value"]["choices"][0]
        for r in task["predictions"][0]["result"]
        if r.get("from_name") == "said-by" and r["id"].startswith("SHIP-292-295")
    )
    swap = {letter: "ada", {"A": "B", "B": "A"}[letter]: "bo"}
    for region in task["predictions"][0]["result"]:  # the letters of this article, read as names again
        if region.get("from_name") == "said-by":
            region["value"]["choices"] = [swap[x] for x in region["value"]["choices"]]
        elif region["type"] == "relation":
            region["labels"] = [f"? {swap[x[2:]]}" if x.startswith("? ") else x for x in region["labels"]]
    call(studio, "POST", f"/api/tasks/{task['id']}/annotations/", {"result": ada_is_right(task)})
    assert "decided h4_storm" in step()
    assert "ledger and gold are as they were" in step()
