"""What a lead submitted is taken over once: later decisions are kept until the lead submits again."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parley.adjudication.compare import Adjudication, open_adjudication
from parley.adjudication.disagreements import Words
from parley.adjudication.gold import gold_faults
from parley.adjudication.ledger import DOCUMENT, decode_ledger, encode_ledger
from parley.adjudication.studio.project import ProjectTask, pull
from parley.adjudication.studio.screen import Proposal, result
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.label_studio.server.client import Project
from parley.label_studio.server.projects import mark
from parley.model.paths import CorpusPaths
from parley.steps.adjudicate import decide_by_files
from proposals import ada_is_right

DOC = "h2_spill"
FIRST, SECOND = "2031-05-01T10:00:00.000001Z", "2031-05-02T10:00:00.000001Z"


class Server:
    """Answers as Label Studio does when asked for the adjudication project of cy and its export."""

    url = "http://127.0.0.1:1"

    def __init__(self, adjudication: Adjudication) -> None:
        self.adjudication = adjudication
        self.annotations: list[dict[str, Any]] = []
        self.apart = False  # each annotation in a task of its own

    def submit(self, at: str, *, all_of_it: bool = True) -> None:
        """Submit what ada has; else all but the last agreed span."""
        comparison = self.adjudication.comparisons[DOC]
        made = result(Proposal(comparison), Words(comparison), self.adjudication.corpus.ontology)
        regions = ada_is_right({"predictions": [{"result": copy.deepcopy(made)}]})
        if not all_of_it:
            last = [item for item in comparison.spans if item.agreed][-1].id
            regions = [r for r in regions if last not in (r.get("id"), r.get("from_id"), r.get("to_id"))]
        self.annotations.append({"id": len(self.annotations) + 1, "result": regions, "updated_at": at})

    def projects(self) -> list[Project]:
        return [Project(1, "", mark(self.adjudication.corpus.ontology.name, "adjudication cy"))]

    def tasks(self, project: Project, kind: type[ProjectTask]) -> list[ProjectTask]:
        assert project.id == 1
        document, proposal = (
            self.adjudication.corpus.documents[DOC],
            Proposal(self.adjudication.comparisons[DOC]),
        )
        data = {"text": document.text, "doc_id": DOC, "text_sha256": document.text_sha256}
        task = {"id": 7, "data": data | {"adjudication": proposal.digest}, "annotations": self.annotations}
        tasks = [task | {"annotations": [a]} for a in self.annotations] if self.apart else [task]
        return [msgspec.convert(task, kind) for task in tasks]


@pytest.fixture
def server(harbour: CorpusPaths) -> Server:
    return Server(open_adjudication(Corpus(harbour)))


def take_over(server: Server) -> tuple[list[str], list[str]]:
    """Return the articles decided, and why one waits."""
    done, wrong = pull(server.adjudication, server, "cy")  # type: ignore[arg-type] - as far as it is asked
    assert wrong == []
    return done.decided, [why for _, why in done.waiting]


def correct(server: Server, who: str = "bo", note: str = "") -> None:
    """Decide for one annotator throughout, from a file."""
    items = {
        item.id: {"keep": who} if any(who in c.who for c in item.candidates) else {"reject": True}
        for item in server.adjudication.comparisons[DOC].disputed
    }
    path = server.adjudication.corpus.paths.root / "fix.json"
    path.write_text(json.dumps({"doc_id": DOC, "items": items, "note": note}), encoding="utf-8")
    decide_by_files(server.adjudication, [path], "cy")


def held(server: Server) -> tuple[bytes, bytes]:
    corpus: CorpusPaths = server.adjudication.corpus.paths
    assert gold_faults(Corpus(corpus)) == []
    return corpus.ledger.read_bytes(), Path(corpus.gold / f"{DOC}.json").read_bytes()


def test_a_later_decision_from_a_file_stands(server: Server) -> None:
    """The next sitting names the article and writes nothing, however often it is repeated."""
    server.submit(FIRST)
    assert take_over(server) == ([DOC], [])
    of_ada = held(server)
    correct(server)
    of_bo = held(server)
    assert of_bo[1] != of_ada[1]
    for _ in range(2):
        decided, why = take_over(server)
        assert decided == []
        assert why[0].startswith("decided otherwise since; submit it again")
        assert held(server) == of_bo


def test_submitting_again_overrules_a_file(server: Server) -> None:
    """Also if the lead says the same as before: gold and ledger are as after the first submission."""
    server.submit(FIRST)
    take_over(server)
    of_ada = held(server)
    correct(server)
    server.submit(SECOND)
    assert take_over(server) == ([DOC], [])
    assert held(server)[1] == of_ada[1]
    assert held(server)[0] == of_ada[0].replace(FIRST.encode(), SECOND.encode())


def test_a_newer_submission_replaces_an_older(server: Server) -> None:
    """With no file between them nothing waits; the same submission twice changes no byte."""
    server.submit(FIRST)
    take_over(server)
    before = held(server)
    assert take_over(server) == ([DOC], [])
    assert held(server) == before
    server.submit(SECOND, all_of_it=False)
    assert take_over(server) == ([DOC], [])
    assert held(server)[1] != before[1]


def test_a_newer_submission_that_was_deleted_leaves_its_decisions(server: Server) -> None:
    """The older one was overruled once; it comes back by submitting it again alone."""
    server.submit(FIRST)
    server.submit(SECOND, all_of_it=False)
    take_over(server)
    before = held(server)
    server.annotations.pop()
    assert take_over(server)[0] == []
    assert held(server) == before


def test_of_two_tasks_of_an_article_the_one_submitted_last_counts(server: Server) -> None:
    """Wherever it is in the project, and in every session."""
    server.submit(SECOND, all_of_it=False)
    server.submit(FIRST)
    take_over(server)
    right = held(server)
    server.adjudication.corpus.paths.ledger.unlink()
    server.adjudication = open_adjudication(Corpus(server.adjudication.corpus.paths))
    server.apart = True
    for _ in range(2):
        assert take_over(server) == ([DOC], [])
        assert held(server) == right


def test_a_first_submission_overrules_a_file_before_it(server: Server) -> None:
    """What was never taken over cannot be told from what came later: the lead's own work counts."""
    correct(server)
    server.submit(FIRST)
    assert take_over(server) == ([DOC], [])


def test_a_file_that_says_what_was_submitted_leaves_nothing_waiting(server: Server) -> None:
    """The ledger knows the submission still, and keeps the words of the file."""
    server.submit(FIRST)
    take_over(server)
    of_ada = held(server)
    correct(server, "ada")
    assert held(server) == of_ada
    assert take_over(server) == ([DOC], [])
    correct(server, "bo", note="bo is right")
    (head,) = (r for r in decode_ledger(held(server)[0]) if r.kind == DOCUMENT)
    assert (head.item, head.note) == (FIRST, "bo is right")


def test_a_time_that_is_none_is_named(server: Server) -> None:
    """Else no submission would be new enough for it, ever."""
    server.submit(FIRST)
    take_over(server)
    ledger = server.adjudication.corpus.paths.ledger.read_bytes()
    with pytest.raises(DataFaults, match="not a time of a submission"):
        decode_ledger(ledger.replace(FIRST.encode(), b"tomorrow"))
    assert encode_ledger(decode_ledger(ledger)) == ledger
