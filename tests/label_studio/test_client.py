"""The connection: what changes something is sent once, and no failure shows a token."""

from __future__ import annotations

import base64
import json
import logging
import pkgutil
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from parley import label_studio
from parley.faults import UsageError
from parley.label_studio.server.client import Project, Studio
from parley.label_studio.server.projects import check_config
from parley.label_studio.server.seats import connect
from parley.model.paths import CorpusPaths

LEGACY = "feedfacefeedfacefeedfacefeedfacefeedface"
PROJECT = Project(id=1, title="made up")
TEN_YEARS_S = 315_360_000

CHANGES: dict[str, Callable[[Studio], object]] = {
    "create_project": lambda studio: studio.create_project({"title": "x"}),
    "update_project": lambda studio: studio.update_project(PROJECT, {"title": "x"}),
    "import_tasks": lambda studio: studio.import_tasks(PROJECT, [{"data": {"text": "x"}}]),
    "delete_task": lambda studio: studio.delete_task(7),
    "create_prediction": lambda studio: studio.create_prediction(7, "rules", []),
    "delete_predictions": lambda studio: studio.delete_predictions(PROJECT),
    "create_annotation": lambda studio: studio.create_annotation(7, {"result": []}),
    "update_annotation": lambda studio: studio.update_annotation(7, []),
    "reset_invitation": lambda studio: studio.reset_invitation(),
}


def jwt(name: str) -> str:
    """Return a token like the server's personal ones, which nobody signed; it expires after all of us."""
    parts = [{"alg": "HS256", "typ": "JWT"}, {"exp": 1_800_000_000 + TEN_YEARS_S, "jti": name}]
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return f"{coded[0]}.{coded[1]}.c2lnbmF0dXJl"


@dataclass
class Answers:
    """What a server answers to everything, after those of `queue`; and what it was asked."""

    status: int = 200
    body: bytes = b"{}"
    queue: list[tuple[int, bytes]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)  # method and path; the Authorization header
    url: str = ""


@contextmanager
def serving(answers: Answers) -> Iterator[Answers]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = self.path.partition("?")[0]
            answers.asked.append((f"{self.command} {path}", self.headers.get("Authorization", "")))
            status, body = answers.queue.pop(0) if answers.queue else (answers.status, answers.body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - names of http.server

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    served = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=served.serve_forever, args=(0.02,))
    thread.start()
    answers.url = f"http://127.0.0.1:{served.server_port}"
    try:
        yield answers
    finally:
        served.shutdown()
        thread.join()
        served.server_close()


def failure_of(url: str, token: str, work: Callable[[Studio], object]) -> tuple[UsageError, str]:
    """Return the failure of some work, and all that anybody may print of it and of the connection."""
    with Studio(url, token) as studio, pytest.raises(UsageError) as raised:
        work(studio)
    error = raised.value
    # the exceptions of the SDK and of httpx hold requests and answers: none of them comes along
    assert error.__cause__ is None
    assert error.__context__ is None
    return error, "\n".join(
        [repr(studio), repr(error), repr(vars(error)), *traceback.format_exception(error)]
    )


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_something_is_sent_once(name: str) -> None:
    """A server that answers 503 may have done it all the same: nothing is repeated behind our back."""
    with serving(Answers(503, b'{"detail": "busy"}')) as server:
        error, _ = failure_of(server.url, LEGACY, CHANGES[name])
    assert len(server.asked) == 1
    assert server.asked[0][0] in error.cause
    assert "status 503" in error.cause
    assert "busy" in error.cause


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_refusal_shows_no_token(status: int, caplog: pytest.LogCaptureFixture) -> None:
    """Not even if the server sends it back."""
    caplog.set_level(logging.DEBUG)
    body = json.dumps({"detail": f"no task for {LEGACY}"}).encode()
    with serving(Answers(status, body)) as server:
        error, shown = failure_of(server.url, LEGACY, CHANGES["create_project"])
    assert server.asked[0][1] == f"Token {LEGACY}"
    assert "no task for …" in error.cause
    assert LEGACY not in shown + caplog.text


@pytest.mark.parametrize("token", [LEGACY, jwt("refresh")], ids=["legacy", "jwt"])
def test_a_server_that_is_gone_shows_no_token(token: str, caplog: pytest.LogCaptureFixture) -> None:
    """The exception of the connection holds the request, and that the token: it is not passed on."""
    caplog.set_level(logging.DEBUG)
    with serving(Answers()) as server:
        pass
    error, shown = failure_of(server.url, token, Studio.projects)
    assert "does not answer" in error.cause
    assert token not in shown + caplog.text


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (401, {"detail": "REFRESH is not valid"}, "does not accept the token"),
        (500, {"detail": "REFRESH is not valid"}, "status 500"),
        (200, {"acces": "REFRESH"}, "is not Label Studio"),
        (200, "REFRESH", "is not Label Studio"),
    ],
)
def test_a_token_that_cannot_be_exchanged_is_not_shown(
    status: int, body: object, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the personal token nor what the server says of it stands in any exception or log."""
    caplog.set_level(logging.DEBUG)
    refresh = jwt("refresh")
    said = json.dumps(body).replace("REFRESH", refresh).encode()
    with serving(Answers(status, said)) as server:
        error, shown = failure_of(server.url, refresh, Studio.projects)
    assert told in error.cause
    assert {path for path, _ in server.asked} == {"POST /api/token/refresh/"}
    assert refresh not in shown + caplog.text


def test_a_personal_token_is_exchanged_again_when_it_has_run_out() -> None:
    """The short-lived token is what requests have; one that is refused is replaced, once."""
    first, second = jwt("first"), jwt("second")
    page = b'{"count": 0, "results": []}'
    exchanged = [(200, json.dumps({"access": access}).encode()) for access in (first, second)]
    queue = [exchanged[0], (401, b'{"detail": "expired"}'), exchanged[1], (200, page)]
    with serving(Answers(404, b"{}", queue)) as server, Studio(server.url, jwt("refresh")) as studio:
        assert studio.projects() == []
    assert [header for path, header in server.asked if path == "GET /api/projects/"][:2] == [
        f"Bearer {first}",
        f"Bearer {second}",
    ]
    with serving(Answers(401, b"{}", exchanged[:1])) as server:
        error, shown = failure_of(server.url, jwt("refresh"), CHANGES["delete_task"])
    assert "does not accept the token" in error.cause
    assert first not in shown


def test_a_config_is_checked_before_it_is_sent() -> None:
    """Label Studio's own reader says what is wrong with one; its name and the remedy are ours."""
    with pytest.raises(UsageError, match="does not accept the labelling config"):
        check_config('<View><Labels name="label" toName="nothing"><Label value="A"/></Labels></View>')
    with pytest.raises(UsageError, match="does not accept the labelling config"):
        check_config("<View>")


def test_the_environment_names_a_server_whole_or_not_at_all(harbour: CorpusPaths) -> None:
    """One variable without the other is a mistake; without both it is the corpus' own server, if it runs."""
    both = {"LABEL_STUDIO_URL": "http://127.0.0.1:1/", "LABEL_STUDIO_API_KEY": LEGACY}
    with connect(harbour, both) as studio:
        assert studio.url == "http://127.0.0.1:1"
    for missing in both:
        with pytest.raises(UsageError, match=f"{missing} is not set"):
            connect(harbour, {name: value for name, value in both.items() if name != missing})
    with connect(harbour, {}) as seats:
        with pytest.raises(UsageError, match="no Label Studio server runs"):
            seats.running(["ada"])
        with pytest.raises(UsageError, match=r"server of ada .*\n.*--annotators ada"):
            seats.seat("ada")


def test_only_a_connection_imports_the_sdk() -> None:
    """It takes more than a second, and so does nothing else that is imported with these modules."""
    modules = [m.name for m in pkgutil.walk_packages(label_studio.__path__, "parley.label_studio.")]
    code = (
        f"import sys, parley.steps.annotate, parley.steps.derive, {', '.join(modules)}\nprint(*sys.modules)"
    )
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"label_studio_sdk", "httpx", "pandas", "pydantic"} & set(imported.split())
