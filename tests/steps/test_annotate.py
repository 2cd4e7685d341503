"""How a session of annotation ends, and what it says of who logs in where."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from parley.label_studio.server.local import LabelStudioServer
from parley.label_studio.server.projects import Account
from parley.label_studio.server.push import Pushed
from parley.steps.annotate import report, signals_interrupt


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_terminal_ends_a_session_like_an_interrupt(sign: signal.Signals) -> None:
    """Else the server, which has a session of its own, would stay."""
    before = signal.getsignal(sign)
    with pytest.raises(KeyboardInterrupt), signals_interrupt():
        os.kill(os.getpid(), sign)
        signal.pause()
    assert signal.getsignal(sign) is before


def test_who_logs_in_where_names_no_password_unless_asked(tmp_path: Path) -> None:
    """The lines may be on a shared screen; the file that has the passwords is named instead."""
    server = LabelStudioServer(tmp_path, port=8080)
    password = server.secrets.account("ada")["password"]
    account = Account("ada", "ada@parley.localhost")
    done = Pushed("ada", "http://127.0.0.1:8080/projects/1", 5, 0, 0, (), ())
    quiet, full = (
        "\n".join(report([account], [done], server, show_passwords=shown)) for shown in (False, True)
    )
    assert "ada@parley.localhost" in quiet
    assert done.url in quiet
    assert str(server.secrets.path) in quiet
    assert password not in quiet
    assert password in full
