"""The real Label Studio for tests: one server a session, from tables laid once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from parley.faults import UsageError
from parley.label_studio.server import LabelStudioServer, copy_data, program
from requirements_for_tests import skip_or_fail


@pytest.fixture(scope="session")
def label_studio_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data folder of a server that was started once, empty: laying the tables takes a minute."""
    try:
        program()
    except UsageError as missing:
        skip_or_fail(str(missing))
    data = tmp_path_factory.mktemp("label-studio-template") / "data"
    with LabelStudioServer(data):
        pass
    return data


@pytest.fixture(scope="session")
def label_studio(
    label_studio_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabelStudioServer]:
    """Yield a running server, for tests that do not stop it."""
    data = tmp_path_factory.mktemp("label-studio") / "data"
    copy_data(label_studio_template, data)
    with LabelStudioServer(data) as server:
        yield server
