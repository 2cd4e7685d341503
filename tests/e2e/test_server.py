"""The local Label Studio server: reachable here alone, secrets kept, found again, stopped."""

import json
import os
import re
import socket
import stat
from pathlib import Path

import httpx
import pytest

from label_studio_fixtures import call, copy_data, kill
from parley.faults import UsageError
from parley.label_studio.server.client import Studio
from parley.label_studio.server.local import (
    HOST,
    LabelStudioServer,
    data_folder,
    program,
    running_server,
)
from parley.label_studio.server.projects import ensure_accounts
from parley.label_studio.server.seats import Seats
from parley.model.paths import CorpusPaths

pytestmark = pytest.mark.server


def api(server: LabelStudioServer, path: str) -> httpx.Response:
    return httpx.get(server.url + path, headers={"Authorization": f"Token {server.token}"}, trust_env=False)


def secrets_of(server: LabelStudioServer) -> list[str]:
    accounts = json.loads(server.secrets.path.read_text())
    return [accounts[a][k] for a in accounts for k in ("password", "token") if k in accounts[a]]


def test_it_listens_on_loopback_alone_and_takes_no_strangers(label_studio: LabelStudioServer) -> None:
    """Nobody but this machine reaches it, and nobody signs up without an invitation."""
    listening = Path("/proc/net/tcp").read_text()
    addresses = {
        line.split()[1].split(":")[0]
        for line in listening.splitlines()[1:]
        if line.split()[3] == "0A" and int(line.split()[1].split(":")[1], 16) == label_studio.port
    }
    assert addresses == {"0100007F"}
    with httpx.Client(base_url=label_studio.url, trust_env=False) as stranger:
        form = stranger.get("/user/signup/")
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', form.text)
        stranger.post(
            "/user/signup/",
            data={
                "email": "stranger@x.org",
                "password": "long-enough-12",
                "csrfmiddlewaretoken": token and token[1],
            },
        )
    assert "stranger@x.org" not in api(label_studio, "/api/users").text


def test_secrets_are_for_the_owner_alone(label_studio: LabelStudioServer) -> None:
    """Secrets stand in a 0600 file in a 0700 folder, and in no argument of a process and no log."""
    assert stat.S_IMODE(label_studio.secrets.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(label_studio.log.stat().st_mode) == 0o600
    assert stat.S_IMODE(label_studio.data.stat().st_mode) == 0o700
    with Studio(label_studio.url, label_studio.token) as studio:
        ensure_accounts(studio, label_studio.secrets, ["secret-keeper"])
        invitation = call(studio, "GET", "/api/invite")["token"]
    arguments = b""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments += process.read_bytes()
        except OSError:  # it ended while we looked
            continue
    log = label_studio.log.read_text()
    for secret in [*secrets_of(label_studio), invitation]:
        assert secret.encode() not in arguments
        assert secret not in log


def test_accounts_are_made_once(label_studio: LabelStudioServer) -> None:
    """An annotator can log in with the generated password; asking twice makes no second account."""
    with Studio(label_studio.url, label_studio.token) as studio:
        (account,) = ensure_accounts(studio, label_studio.secrets, ["Una"])
        password = label_studio.secrets.account("Una")["password"]
        assert ensure_accounts(studio, label_studio.secrets, ["Una"]) == [account]
        assert label_studio.secrets.account("Una")["password"] == password
        assert [u["email"] for u in call(studio, "GET", "/api/users")].count(account.email) == 1
    with httpx.Client(base_url=label_studio.url, trust_env=False) as browser:
        form = browser.get("/user/login/")
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', form.text)
        assert token
        answer = browser.post(
            "/user/login/",
            data={"email": account.email, "password": password, "csrfmiddlewaretoken": token[1]},
        )
    assert answer.is_redirect


@pytest.mark.long
def test_starting_again_finds_all_as_it_was(harbour: CorpusPaths, label_studio_template: Path) -> None:
    """Projects, accounts and token outlive a stop and a crash; a server found is a server that answers."""
    data = data_folder(harbour) / "seats" / "ada"
    copy_data(label_studio_template, data)
    seats = Seats(data_folder(harbour))
    with LabelStudioServer(data) as server:
        assert seats.running(["ada", "bo"]) == ["ada"]
        assert seats.seat("ada").url == server.url
        with Studio(server.url, server.token) as studio:
            call(studio, "POST", "/api/projects/", {"title": "kept"})
        token = server.token
        url, pid = running_server(data)
        assert url == server.url
        with pytest.raises(UsageError, match=str(pid)):
            LabelStudioServer(data).start()
        kill(server)
        assert (data / "server.json").is_file()  # a crash tidies nothing up
        assert running_server(data) is None
        with pytest.raises(UsageError, match="parley annotate"):
            seats.running(["ada"])
    with LabelStudioServer(data) as server:
        assert server.token == token
        assert "kept" in api(server, "/api/projects/").text
        _, pid = running_server(data)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not (data / "server.json").exists()


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    """The server would quietly take another port; a script must know where it is."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        with pytest.raises(UsageError, match=str(taken.getsockname()[1])):
            LabelStudioServer(tmp_path / "data", port=taken.getsockname()[1]).start()


def test_a_server_that_dies_says_why(tmp_path: Path, label_studio_template: Path) -> None:
    """A database that cannot be reached ends the start with the server's last words, less the password."""
    assert label_studio_template.is_dir()
    server = LabelStudioServer(tmp_path / "data", database="postgresql://me:hush-hush@127.0.0.1:9/none")
    with pytest.raises(UsageError, match=r"onnection") as raised:
        server.start()
    assert "hush-hush" not in str(raised.value)
    assert running_server(server.data) is None


@pytest.mark.parametrize(
    "database",
    ["mysql://me:hush@host/x", "postgresql://me:hush@host", "me:hush", "postgresql://me:hush/w@host/x",
     "postgresql://me:hush#1@host/x", "postgresql://me:hush[1@host/x", "postgresql://me:1?hush@host/x"],
)  # fmt: skip
def test_what_is_no_postgresql_address_is_refused(tmp_path: Path, database: str) -> None:
    """A wrong address is told at once, without its password."""
    program()
    with pytest.raises(UsageError, match="user:password@host") as raised:
        LabelStudioServer(tmp_path / "data", database=database).start()
    assert "hush" not in str(raised.value)


@pytest.mark.long
def test_it_runs_on_postgresql(tmp_path: Path, postgresql: str) -> None:
    """One option puts the labels into PostgreSQL instead of SQLite."""
    import psycopg

    with LabelStudioServer(tmp_path / "data", database=postgresql) as server:
        with Studio(server.url, server.token) as studio:
            call(studio, "POST", "/api/projects/", {"title": "in PostgreSQL"})
        with psycopg.connect(postgresql) as database:
            titles = database.execute("select title from project").fetchall()
    assert titles == [("in PostgreSQL",)]
    assert not (tmp_path / "data" / "label_studio.sqlite3").exists()
