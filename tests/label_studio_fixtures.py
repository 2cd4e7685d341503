"""The real Label Studio for tests: one server a session, from tables created once."""

import os
import shutil
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from made_once import made_once
from parley.faults import UsageError
from parley.label_studio.server.client import Studio
from parley.label_studio.server.local import LabelStudioServer, program
from parley.label_studio.server.seats import create_tables
from parley.model.labels import layer_paths
from parley.model.paths import CorpusPaths
from requirements_for_tests import skip_or_fail


@pytest.fixture(scope="session")
def label_studio_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with tables and no account: creating them takes a minute."""
    try:
        program()
    except UsageError as missing:
        skip_or_fail(str(missing))
    return made_once(tmp_path_factory, "label-studio", create_tables)


@pytest.fixture(scope="session")
def label_studio(
    label_studio_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabelStudioServer]:
    """Yield a running server, for tests that do not stop it."""
    data = tmp_path_factory.mktemp("label-studio") / "data"
    copy_data(label_studio_template, data)
    with LabelStudioServer(data) as server:
        yield server


@pytest.fixture
def studio(label_studio: LabelStudioServer) -> Iterator[Studio]:
    """Yield a connection to the running server."""
    with Studio(label_studio.url, label_studio.token) as connected:
        yield connected


@pytest.fixture
def renamed_harbour(harbour: CorpusPaths) -> CorpusPaths:
    """Return the second corpus under a name of its own, so that tests share a server and no project."""
    name = f"harbour-{uuid.uuid4().hex[:8]}"
    for path in [harbour.ontology, *layer_paths(harbour)]:
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace('"harbour"', f'"{name}"').replace('"harbour 0', f'"{name} 0'), encoding="utf-8"
        )
    return harbour


def copy_data(template: Path, data: Path) -> None:
    """Copy a data folder to a new place."""
    shutil.copytree(template, data, ignore=shutil.ignore_patterns("server.json", "server.log"))
    data.chmod(0o700)


def kill(server: LabelStudioServer) -> None:
    """End a server at once, as a crash would."""
    process, server._process = server._process, None  # first, so that a start meanwhile keeps its own
    if process:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def call(studio: Studio, method: str, path: str, body: object = None, **query: str) -> Any:
    """Return the server's JSON answer to a request made by hand, beside the client that is tested."""
    answer = httpx.request(
        method,
        studio.url + path,
        json=body,
        params=query,
        headers={"Authorization": f"Token {studio._token}"},
        timeout=300,
        trust_env=False,
    )
    answer.raise_for_status()
    return answer.json() if answer.content else None


def tasks_on_server(studio: Studio, project: int) -> list[dict[str, Any]]:
    """Return the tasks of a project as its export has them, by article."""
    query = {"exportType": "JSON", "download_all_tasks": "true"}
    tasks = call(studio, "GET", f"/api/projects/{project}/export", **query)
    return sorted(tasks, key=lambda task: task["data"]["doc_id"])
