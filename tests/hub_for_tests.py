"""A Hub in memory that takes uploads: the part of its HTTP API that huggingface_hub needs to push a dataset.

olah, which the tests read releases through, serves repositories but takes none. This one holds commits as
dicts of files and can be told to break off.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Files = dict[str, bytes]


@dataclass
class Repository:
    private: bool
    commits: dict[str, Files] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def commit(self, files: Files, branch: str = "main") -> str:
        said = json.dumps([len(self.commits), sorted((n, _blob(d)) for n, d in files.items())])
        oid = _blob(said.encode())
        self.commits[oid] = files
        self.branches[branch] = oid
        return oid

    def files(self, revision: str) -> Files:
        return self.commits[self.branches.get(revision) or self.tags.get(revision) or revision]


@dataclass
class Hub:
    """repositories: by name. uploads: paths of files sent. break_at: where to end the connection, once."""

    url: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    break_at: str = ""


def _blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@contextmanager
def running_hub() -> Iterator[Hub]:
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            self.answer("GET")

        def do_POST(self) -> None:
            self.answer("POST")

        def answer(self, method: str) -> None:
            path = self.path.partition("?")[0]
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if hub.break_at and re.search(hub.break_at, path):
                hub.break_at = ""
                self.connection.close()
                return
            status, said = respond(hub, method, path, body, self.headers.get("Authorization", ""))
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def respond(  # noqa: PLR0911 - one return a kind of request
    hub: Hub, method: str, path: str, body: bytes, authorization: str
) -> tuple[int, Any]:
    """Return status and JSON of a request."""
    if authorization != "Bearer open-sesame":
        return 401, {"error": "no such token"}
    if path == "/api/repos/create":
        said = json.loads(body)
        name = "/".join(part for part in (said.get("organization"), said["name"]) if part)
        if name in hub.repositories:
            return 409, {"error": "exists", "url": f"{hub.url}/datasets/{name}"}
        hub.repositories[name] = Repository(said.get("visibility") == "private" or bool(said.get("private")))
        hub.repositories[name].commit({".gitattributes": b""})
        return 200, {"url": f"{hub.url}/datasets/{name}", "name": name, "id": name}
    if path == "/api/validate-yaml":
        return 200, {}
    found = re.fullmatch(r"/api/datasets/([\w-]+/[\w-]+)(?:/(\w+)(?:/([^/]+))?(?:/.*)?)?", path)
    if not found or found[1] not in hub.repositories:
        return 404, {"error": "no such repository"}
    name, what, revision = found[1], found[2], found[3] or "main"
    repository = hub.repositories[name]
    if what in (None, "revision"):
        head = repository.branches["main"]
        return 200, {"id": name, "private": repository.private, "sha": head, "siblings": [], "tags": []}
    if what == "refs":

        def refs(kind: str, some: dict[str, str]) -> list[dict[str, str]]:
            return [{"name": n, "ref": f"refs/{kind}/{n}", "targetCommit": c} for n, c in some.items()]

        return 200, {
            "branches": refs("heads", repository.branches),
            "converts": [],
            "tags": refs("tags", repository.tags),
        }
    if what == "tree":
        files = repository.files(revision)
        return 200, [
            {"type": "file", "path": n, "size": len(d), "oid": _blob(d)} for n, d in sorted(files.items())
        ]
    if what == "preupload":
        asked = json.loads(body)["files"]
        held = repository.files(revision)
        return 200, {
            "files": [
                {"path": one["path"], "uploadMode": "regular", "shouldIgnore": False,
                 **({"oid": _blob(held[one["path"]])} if one["path"] in held else {})}
                for one in asked
            ]
        }  # fmt: skip
    if what == "commit" and method == "POST":
        files = dict(repository.files(revision))
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
                hub.uploads.append(value["path"])
            elif line["key"] == "deletedFile":
                files.pop(value["path"], None)
        oid = repository.commit(files, revision)
        return 200, {
            "success": True,
            "commitOid": oid,
            "commitUrl": f"{hub.url}/datasets/{name}/commit/{oid}",
        }
    if what == "tag" and method == "POST":
        repository.tags[json.loads(body)["tag"]] = repository.branches.get(revision) or revision
        return 200, {}
    return 404, {"error": f"{method} {path}"}
