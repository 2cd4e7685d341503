"""Seats: what is on one annotator's server, no other account reads, lists, exports, changes or deletes."""

from __future__ import annotations

import itertools
import json
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from label_studio_fixtures import call, copy_data, tasks_on_server
from parley.corpus.corpus import Corpus
from parley.faults import UsageError
from parley.label_studio.server.local import LabelStudioServer, program, server_environment
from parley.label_studio.server.projects import ensure_accounts
from parley.label_studio.server.pull import pull
from parley.label_studio.server.push import push
from parley.label_studio.server.seats import Seats
from parley.model.labels import decode_layer, layer_path
from parley.model.paths import CorpusPaths
from parley.steps.entities import add_entity, tie_entity
from parley.steps.pull import review
from parley.steps.tasks import write_tasks

pytestmark = [pytest.mark.server, pytest.mark.long]

CANARY = "kanarifugl"  # in the title, a label and the remark of one annotator's work
PROPOSED = {"ada": "Halcion", "bo": "Kittiwake"}  # names in place of one ship's row
ENTITY = "entity-SHIP"  # the control with the rows
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

# Prints every route of the server, from Django's own resolver, parameters as <name>.
ROUTES = """
import os, sys
import label_studio.server
label_studio.server._setup_env()
import django
django.setup()
from django.urls import get_resolver
def walk(patterns, before=""):
    for one in patterns:
        here = before + str(one.pattern)
        if hasattr(one, "url_patterns"):
            walk(one.url_patterns, here)
        else:
            print("ROUTE", here)
walk(get_resolver().url_patterns)
"""


@pytest.fixture(scope="module")
def seats(
    label_studio_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Seats, dict[str, LabelStudioServer]]]:
    """Yield the running seats of ada and bo, laid from the tables that all tests share."""
    folder = tmp_path_factory.mktemp("seats")
    copy_data(label_studio_template, folder / "template")
    (folder / "template" / "laid").touch()
    with Seats(folder) as made, made.server("ada") as ada, made.server("bo") as bo:
        yield made, {"ada": ada, "bo": bo}


@pytest.fixture
def corpus(harbour: CorpusPaths) -> CorpusPaths:
    write_tasks(Corpus(harbour))
    return harbour


def routes(data: Path) -> list[str]:
    """Return every route of the server with 1 for each number and a word for each name in it."""
    done = subprocess.run(
        [program().with_name("python"), "-c", ROUTES],
        env=server_environment(data, ""),
        capture_output=True,
        text=True,
        check=True,
    )
    found = {line.removeprefix("ROUTE ") for line in done.stdout.splitlines() if line.startswith("ROUTE ")}
    return sorted(found)


def address(route: str) -> str:
    """Return the address of a route with 1 for each parameter: both annotators have something of that id."""
    plain = re.sub(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>|\([^)]*\)", "1", route)
    return "/" + re.sub(r"[\^$?]|\\Z|\\", "", plain)


def rows(server: LabelStudioServer) -> list[object]:
    """Return what people made on a server: accounts, projects, tasks, labels."""
    file = f"file:{server.data / 'label_studio.sqlite3'}?mode=ro"
    with closing(sqlite3.connect(file, uri=True)) as database:
        return [
            database.execute(query).fetchall()
            for query in (
                "select id, email, password from htx_user order by id",
                "select id, title, label_config, description from project order by id",
                "select id, data from task order by id",
                "select id, result, was_cancelled, completed_by_id from task_completion order by id",
                "select id, result from prediction order by id",
                "select count(*) from data_export_export",
            )
        ]


def log_in(browser: httpx.Client, server: LabelStudioServer, account: dict[str, str]) -> bool:
    """Log in; say whether the server has such an account."""
    form = browser.get(f"{server.url}/user/login/")
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', form.text)
    assert token
    fields = {"email": account["email"], "password": account["password"], "csrfmiddlewaretoken": token[1]}
    return browser.post(f"{server.url}/user/login/", data=fields).is_redirect


def test_no_route_gives_one_annotators_work_to_another(
    seats: tuple[Seats, dict[str, LabelStudioServer]], corpus: CorpusPaths
) -> None:
    """Each route with each method, by the other's login and token: no word of it, and nothing changes."""
    made, servers = seats
    for name, server in servers.items():
        ensure_accounts(made.seat(name), server.secrets, [name])
    push(Corpus(corpus), made, ["ada", "bo"], labels=True)
    project = made.seat("bo").projects()[0]
    made.seat("bo").update_project(project, {"title": f"{CANARY} of bo"})
    assert CANARY in json.dumps(call(made.seat("bo"), "GET", "/api/projects/"))  # bo alone sees it
    account = servers["ada"].secrets.account("ada")
    with httpx.Client(trust_env=False, timeout=60.0) as ada:  # a browser has cookies by host, not by port
        assert log_in(ada, servers["ada"], account)
        assert not log_in(ada, servers["bo"], account)  # there is no account of hers
        assert log_in(ada, servers["ada"], account)
        assert "ada@" in ada.get(f"{servers['ada'].url}/api/current-user/whoami").text
        csrf = ada.cookies.get("csrftoken", "")
        session = "; ".join(f"{name}={value}" for name, value in ada.cookies.items())
        before, every, asked = rows(servers["bo"]), routes(servers["bo"].data), 0
        assert len(every) > 300
        ways = {"Cookie": session}, {"Authorization": f"Token {servers['ada'].token}"}
        for route, method, way in itertools.product(every, METHODS, ways):
            headers = way | {"X-CSRFToken": csrf, "Referer": servers["bo"].url}
            path, body = address(route), None if method == "GET" else {}
            ada.cookies.clear()  # a route may log out
            answer = ada.request(method, servers["bo"].url + path, headers=headers, json=body)
            asked += 1
            assert CANARY not in answer.text, f"{method} {path} tells of bo's work"
    assert asked > 3000
    assert rows(servers["bo"]) == before


def test_each_annotator_is_told_of_the_own_labels_with_links_into_the_own_server(
    seats: tuple[Seats, dict[str, LabelStudioServer]], corpus: CorpusPaths
) -> None:
    """Two lists without a word of the other; what is corrected or taken over is told no more."""
    made, servers = seats
    for name, server in servers.items():
        ensure_accounts(made.seat(name), server.secrets, [name])
    push(Corpus(corpus), made, ["ada", "bo"], labels=True)
    links, wrong, right = {}, {}, {}
    for name, words in PROPOSED.items():
        studio = made.seat(name)
        project = studio.projects()[0].id
        (task,) = (t for t in tasks_on_server(studio, project) if t["data"]["doc_id"] == "h2_spill")
        (annotation,) = task["annotations"]
        links[name] = f"{servers[name].url}/projects/{project}/data?task={task['id']}"
        right[name] = [
            {
                **r,
                "from_name": f"{ENTITY}-new",
                "type": "textarea",
                "value": {"start": r["value"]["start"], "end": r["value"]["end"], "text": [words]},
            }
            if r.get("from_name") == ENTITY and r["value"]["taxonomy"] == [["ship_halcyon"]]
            else r
            for r in annotation["result"]
        ]
        gone = next(r for r in right[name] if r.get("from_name") == "naming-SHIP")
        wrong[name] = annotation["id"], [r for r in right[name] if r is not gone]
        studio.update_annotation(*wrong[name])
    loaded = Corpus(corpus)
    seen = review(loaded, pull(loaded, made))
    told = {name: path.read_text(encoding="utf-8") for name, path in seen.lists.items()}
    of_naming = [f for f in seen.faults if f.code == "attribute-missing"]
    assert sorted(f.place.split(" > ")[0] for f in of_naming) == ["ada", "bo"]
    for name, other in (("ada", "bo"), ("bo", "ada")):
        assert links[name] in told[name]
        assert PROPOSED[name] in told[name]
        assert ("`ship_halcyon`" in told[name]) == (name == "ada")  # which row the name is near
        for word in (PROPOSED[other], servers[other].url, f"{other}@"):
            assert word not in told[name], f"{name} is told of {other}: {word}"
    number = links["ada"].rpartition("=")[2]
    assert call(made.seat("ada"), "GET", f"/api/tasks/{number}")["data"]["doc_id"] == "h2_spill"

    assert tie_entity(Corpus(corpus), PROPOSED["ada"], "ship_halcyon")
    assert add_entity(Corpus(corpus), PROPOSED["bo"], "ship_new")
    for name, (number, _) in wrong.items():
        made.seat(name).update_annotation(number, right[name])
    push(Corpus(corpus), made, ["ada", "bo"])
    loaded = Corpus(corpus)
    again = review(loaded, pull(loaded, made))
    assert [f for f in again.faults if f.code != "studio-person"] == []
    assert not any("proposed:" in line for line in again.lines)
    for name, row in (("ada", "ship_halcyon"), ("bo", "ship_new")):
        layer = decode_layer(layer_path(corpus, name, "h2_spill").read_bytes())
        assert row in {span.attributes.get("entity") for span in layer.spans}


def test_work_of_somebody_else_on_a_seat_is_refused(
    seats: tuple[Seats, dict[str, LabelStudioServer]], corpus: CorpusPaths
) -> None:
    """Who completed an annotation is held against the seat; the annotator's other work is carried over."""
    made, servers = seats
    ensure_accounts(made.seat("ada"), servers["ada"].secrets, ["ada", "mallory"])
    push(Corpus(corpus), made, ["ada"], labels=True)
    studio = made.seat("ada")
    (stranger,) = (number for number, email in studio.users().items() if email.startswith("mallory"))
    with closing(sqlite3.connect(servers["ada"].data / "label_studio.sqlite3")) as database:
        database.execute("update task_completion set completed_by_id = ? where id = 1", [stranger])
        database.commit()
    for path in corpus.labels.glob("ada/*.json"):
        path.unlink()
    pulled = pull(Corpus(corpus), made, ["ada"])
    assert [fault.code for fault in pulled.faults] == ["studio-person"]
    assert str(stranger) in pulled.faults[0].message
    assert len(pulled.written) == 4
    assert len([*layer_path(corpus, "ada", "x").parent.glob("*.json")]) == 4


def test_pull_finds_the_seats_that_run(
    seats: tuple[Seats, dict[str, LabelStudioServer]], corpus: CorpusPaths
) -> None:
    """Those that do not run are not asked; one that is named is said to be down, and how it is started."""
    made, _ = seats
    assert made.running(Corpus(corpus).annotators) == ["ada", "bo"]
    with pytest.raises(UsageError, match="--annotators cy"):
        pull(Corpus(corpus), made, ["cy"])
    assert call(made.seat("ada"), "GET", "/api/users")[0]["email"]


def test_on_postgresql_each_seat_has_a_database(tmp_path: Path, postgresql: str) -> None:
    """A seat's is a copy of the one that is named, which stays empty; one with accounts is refused."""
    import psycopg

    (tmp_path / "seats" / "template").mkdir(parents=True)
    (tmp_path / "seats" / "template" / "laid").touch()  # that of SQLite, which says nothing of a database
    with Seats(tmp_path / "seats", postgresql) as made, made.server("ada"):
        call(made.seat("ada"), "POST", "/api/projects/", {"title": "of ada"})
        made.server("bo")
    titles = {}
    for name in ("", "_ada", "_bo"):
        with psycopg.connect(postgresql + name) as database:
            titles[name] = database.execute("select title from project").fetchall()
    assert titles == {"": [], "_ada": [("of ada",)], "_bo": []}
    with pytest.raises(UsageError, match="has accounts"):
        Seats(tmp_path / "other", f"{postgresql}_ada").server("bo")
