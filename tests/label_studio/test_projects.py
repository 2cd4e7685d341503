"""Projects are found by their mark and kept as they should be; a changed config is named by what differs."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import pytest
from studio_tasks import ENTITIES

from made_up_schemes import ONE_OF_EACH as ONTOLOGY
from parley.faults import UsageError
from parley.label_studio.screen import label_config
from parley.label_studio.server.client import Project
from parley.label_studio.server.local import Secrets
from parley.label_studio.server.projects import (
    ProjectSettings,
    config_difference,
    ensure_accounts,
    ensure_project,
    find_project,
    mark,
)

CONFIG = label_config(ONTOLOGY, ENTITIES)


def test_the_same_config_written_otherwise_is_no_difference() -> None:
    """Indents and the order of a tag's attributes mean nothing to Label Studio."""
    squeezed = "".join(line.strip() for line in CONFIG.splitlines() if line.startswith("  <"))
    assert config_difference(CONFIG, CONFIG) == []
    assert config_difference(CONFIG.replace("    ", "\t"), CONFIG) == []
    assert config_difference(
        CONFIG.replace('value="A" background="#0072b2"', 'background="#0072b2" value="A"'), CONFIG
    ) == []  # fmt: skip
    assert config_difference(squeezed, CONFIG)


def test_a_hand_edit_is_shown_as_a_diff() -> None:
    """The lines taken out and put in on the server stand there with their signs."""
    lines = config_difference(CONFIG.replace('value="C"', 'value="D"'), CONFIG)
    assert any(line.startswith("-") and 'value="C"' in line for line in lines)
    assert any(line.startswith("+") and 'value="D"' in line for line in lines)
    assert sum(line[0] in "+-" for line in lines) == 4  # the two lines, and the two names


def test_one_annotator_is_never_taken_for_another() -> None:
    """`ada` is not found in the project of `ada2`, nor in another corpus' of the same name."""
    assert mark("c", "ada") not in mark("c", "ada2")
    assert mark("c", "ada") not in mark("cc", "ada")


class Server:
    """Keeps the projects that a connection creates and changes."""

    url = "http://127.0.0.1:1"

    def __init__(self) -> None:
        self.kept: list[Project] = []

    def projects(self) -> list[Project]:
        return self.kept

    def create_project(self, fields: dict[str, Any]) -> Project:
        known = {name: fields[name] for name in Project.__struct_fields__ if name in fields}
        self.kept.append(Project(id=len(self.kept) + 1, **known))
        return self.kept[-1]

    def update_project(self, project: Project, fields: dict[str, Any]) -> Project:
        known = {name: fields[name] for name in Project.__struct_fields__ if name in fields}
        self.kept[self.kept.index(project)] = project = msgspec.structs.replace(project, **known)
        return project


def test_a_project_is_created_once_and_kept_as_it_should_be() -> None:
    """What differs is restored and named, each by itself; nothing is done if all is well."""
    server: Any = Server()
    settings = ProjectSettings("c", "ada", CONFIG, "<h1>How</h1>")
    project, changed = ensure_project(server, settings)
    assert (project.title, changed) == ("c: ada", ["made project 'c: ada'"])
    assert ensure_project(server, settings) == (project, [])
    server.kept[0] = msgspec.structs.replace(project, label_config=CONFIG.replace('value="C"', 'value="D"'))
    for changes, told in (
        ({}, "restored the labelling config"),
        ({"instruction": "<h1>Otherwise</h1>"}, "renewed the guidelines"),
        ({"predictions": False}, "predictions are hidden now"),
    ):
        settings = msgspec.structs.replace(settings, **changes)
        _, (change,) = ensure_project(server, settings)
        assert change.startswith(told)
        assert ensure_project(server, settings)[1] == []
    assert len(server.kept) == 1


def test_two_projects_for_one_annotator_are_refused() -> None:
    """Nobody could say which of them has the labels; the numbers of both are named."""
    server: Any = Server()
    server.kept = [Project(n, "t", f"{mark('c', 'ada')} Made by Parley.") for n in (3, 4)]
    with pytest.raises(UsageError, match="projects 3 and 4"):
        find_project(server, "c", "ada")


def test_a_title_that_the_server_would_not_take_is_refused() -> None:
    """Before anything is created."""
    server: Any = Server()
    with pytest.raises(UsageError, match="longer than 50"):
        ensure_project(server, ProjectSettings("c" * 30, "a" * 30, CONFIG, ""))
    assert server.kept == []


@pytest.mark.parametrize(
    "names", [["admin"], ["Admin"], ["ada lovelace"], ["ada", "Ada"], ["ada@x"], ["a..b"], [""]]
)
def test_a_name_that_makes_no_address_of_its_own_is_refused(names: list[str], tmp_path: Path) -> None:
    """Before anything is made: `admin` would see every blind project."""
    secrets = Secrets(tmp_path / "secrets.json")
    studio = mock.Mock()
    with pytest.raises(UsageError, match="another name"):
        ensure_accounts(studio, secrets, names)
    assert not studio.mock_calls
    assert not secrets.path.exists()
