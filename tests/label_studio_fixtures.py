"""The real Label Studio for tests: one server a session, from tables laid once."""

import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from parley.faults import UsageError
from parley.label_studio.server.client import Studio
from parley.label_studio.server.local import LabelStudioServer, program
from parley.label_studio.server.seats import lay_tables
from requirements_for_tests import skip_or_fail


@pytest.fixture(scope="session")
def label_studio_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with tables and no account: laying them takes a minute.

    It is laid once a run, whichever of the processes that share the tests comes first.
    """
    try:
        program()
    except UsageError as missing:
        skip_or_fail(str(missing))
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "label-studio-template"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "laid").exists():
            lay_tables(shared / "data")
            (shared / "laid").touch()
    return shared / "data"


@pytest.fixture(scope="session")
def label_studio(
    label_studio_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabelStudioServer]:
    """Yield a running server, for tests that do not stop it."""
    data = tmp_path_factory.mktemp("label-studio") / "data"
    copy_data(label_studio_template, data)
    with LabelStudioServer(data) as server:
        yield server


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
