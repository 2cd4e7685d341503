"""An export that is read from a server as it arrives gives what the file of it gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from test_files import read, task, told

from made_up_schemes import ONE_OF_EACH as ONTOLOGY
from parley.faults import UsageError
from parley.label_studio.export.files import read_stream
from parley.label_studio.server.client import Project, Studio
from parley.label_studio.server.projects import find_project

BLOCK = 777  # bytes the server sends at a time: never a whole task's end
PROJECT = Project(id=1, title="made up")


@contextmanager
def server(body: bytes) -> Iterator[str]:
    """Serve one body, in chunks, and give the server's address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for begin in range(0, len(body), BLOCK):
                part = body[begin : begin + BLOCK]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    served = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=served.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{served.server_port}"
    finally:
        served.shutdown()
        thread.join()
        served.server_close()


def test_a_download_is_taken_as_it_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley.label_studio.export.files.PIECE_BYTES", 3000)
    made = [task(number, "é😀" * (number % 5 + 1)) for number in range(200)]
    made[150]["annotations"][0]["result"][0]["value"]["labels"] = ["NOBODY"]
    data = json.dumps(made).encode()
    with server(data) as url, Studio(url, "token") as studio, studio.export(PROJECT) as stream:
        found = list(read_stream(stream, ONTOLOGY, "ada"))
    assert len(found) > 5
    assert told(found) == read(data, 10**9)


def test_a_download_that_ends_too_early_is_named() -> None:
    data = json.dumps([task(number, "text") for number in range(30)]).encode()
    with server(data[:-40]) as url, Studio(url, "token") as studio:  # noqa: SIM117 - what raises stands alone
        with (
            pytest.raises(UsageError, match="an incomplete export of 'made up'"),
            studio.export(PROJECT) as stream,
        ):
            list(read_stream(stream, ONTOLOGY))


@pytest.mark.parametrize("answer", [b"<html>hello</html>", b'{"count": 1}', b"[]", b"\xff"])
def test_what_is_not_label_studio_is_told(answer: bytes) -> None:
    """A page, another program's JSON: the address is named, and what to look at."""
    with server(answer) as url, Studio(url, "token") as studio:  # noqa: SIM117 - what raises stands alone
        with pytest.raises(UsageError, match=r"is not Label Studio[\s\S]*LABEL_STUDIO_URL"):
            find_project(studio, "parley", "ada")


@pytest.mark.parametrize(
    ("url", "token"), [("http://127.0.0.1:abc", "t"), ("ftp://x", "t"), ("http://127.0.0.1", "gehe\u00efm")]
)
def test_an_address_or_token_that_can_be_none_is_told_at_once(url: str, token: str) -> None:
    with pytest.raises(UsageError) as raised:
        Studio(url, token)
    assert "gehe" not in str(raised.value)
