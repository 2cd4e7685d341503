"""How a session of annotation ends, and what it says of who logs in where."""

from __future__ import annotations

from pathlib import Path

import pytest

from parley.corpus.corpus import Corpus
from parley.faults import UsageError
from parley.label_studio.server.local import LabelStudioServer
from parley.label_studio.server.projects import Account
from parley.model.paths import CorpusPaths
from parley.steps.annotate import check_tasks, report
from parley.steps.tasks import write_tasks


def test_who_logs_in_where_names_no_password_unless_asked(tmp_path: Path) -> None:
    """The lines may be on a shared screen."""
    server = LabelStudioServer(tmp_path, port=8080)
    password = server.secrets.account("ada")["password"]
    account = Account("ada", "ada@parley.localhost")
    where = "labels in http://127.0.0.1:8080/projects/1"
    quiet, full = (
        "\n".join(report(account, where, "", server, show_passwords=shown)) for shown in (False, True)
    )
    assert "ada@parley.localhost" in quiet
    assert where in quiet
    assert password not in quiet
    assert password in full


def test_stale_tasks_are_named_before_a_server_starts(harbour: CorpusPaths) -> None:
    """Each way in which tasks are not of the corpus: a new article, one that went, a text, a label."""
    write_tasks(Corpus(harbour))
    check_tasks(Corpus(harbour))
    tasks = (harbour.build / "tasks.json").read_text(encoding="utf-8")
    for found, put, said in (
        ('"doc_id":"h0_collision"', '"doc_id":"h9_gone"', "h0_collision.*h9_gone"),
        ('"text":"', '"text":"Now ', "another text"),
        ('"labels":["SHIP"]', '"labels":["BOAT"]', "BOAT"),
    ):
        assert found in tasks
        (harbour.build / "tasks.json").write_text(tasks.replace(found, put, 1), encoding="utf-8")
        with pytest.raises(UsageError, match=said):
            check_tasks(Corpus(harbour))
