"""The real Label Studio for tests: one server a session, from tables laid once."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from parley.faults import UsageError
from parley.label_studio.server.process import LabelStudioServer, copy_data, program
from requirements_for_tests import skip_or_fail


@pytest.fixture(scope="session")
def label_studio_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data folder of a server that was started once, empty: laying the tables takes a minute.

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
            with LabelStudioServer(shared / "data"):
                pass
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
