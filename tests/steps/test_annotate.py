"""How a session of annotation ends, and what it says of who logs in where."""

from __future__ import annotations

from pathlib import Path

from parley.label_studio.server.local import LabelStudioServer
from parley.label_studio.server.projects import Account
from parley.label_studio.server.push import Pushed
from parley.steps.annotate import report


def test_who_logs_in_where_names_no_password_unless_asked(tmp_path: Path) -> None:
    """The lines may be on a shared screen."""
    server = LabelStudioServer(tmp_path, port=8080)
    password = server.secrets.account("ada")["password"]
    account = Account("ada", "ada@parley.localhost")
    done = Pushed("ada", "http://127.0.0.1:8080/projects/1", 5, 0, 0, (), ())
    quiet, full = ("\n".join(report(account, done, server, show_passwords=shown)) for shown in (False, True))
    assert "ada@parley.localhost" in quiet
    assert done.url in quiet
    assert password not in quiet
    assert password in full
