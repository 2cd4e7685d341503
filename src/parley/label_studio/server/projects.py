"""Label Studio projects of a corpus: found by what they are for, made once, kept as they should be."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO
from xml.etree import ElementTree as ET

import msgspec

from parley.faults import UsageError
from parley.label_studio.server.client import Studio

_TITLE_LENGTH = 50  # the server's own limit
_PAGE = 100
_FIELDS = "id,title,description,label_config,show_collab_predictions"


class Project(msgspec.Struct, frozen=True):
    """A project of the server, as far as it matters here."""

    id: int
    title: str
    description: str | None = ""
    label_config: str | None = ""
    show_collab_predictions: bool = True


class _ProjectPage(msgspec.Struct):
    """A page of the list of projects. next: the address of the next page."""

    results: list[Project]
    next: str | None = None


class Wanted(msgspec.Struct, frozen=True):
    """What a project should be.

    corpus: the ontology's name. role: whose or what it is, an annotator's name for one. instruction: HTML
    shown to annotators. predictions: whether labels of the rules are shown; None leaves it as it is.
    """

    corpus: str
    role: str
    label_config: str
    instruction: str
    predictions: bool | None = None

    @property
    def title(self) -> str:
        """The project's title, `parley: ada`."""
        return f"{self.corpus}: {self.role}"


def mark(corpus: str, role: str) -> str:
    """Return the words in a project's description by which it is found, whatever its title became."""
    return f"[parley {corpus}/{role}]"


def find_project(studio: Studio, corpus: str, role: str) -> Project | None:
    """Return the project for `role` in a corpus, None where it is not there yet.

    Raises UsageError where there are two: nobody could say which one the labels are in.
    """
    found: list[Project] = []
    page = 1
    while True:
        path = "/api/projects/"
        try:
            answer = msgspec.convert(
                studio.get(path, page=page, page_size=_PAGE, include=_FIELDS), _ProjectPage
            )
        except msgspec.ValidationError:
            raise studio.stranger(path)
        found += [p for p in answer.results if mark(corpus, role) in (p.description or "")]
        if not answer.next:
            break
        page += 1
    if len(found) > 1:
        numbers = " and ".join(str(p.id) for p in found)
        raise UsageError(
            f"projects {numbers} at {studio.url} are both marked {mark(corpus, role)}",
            "take the mark out of the description of the one that should not be used",
        )
    return found[0] if found else None


def ensure_project(studio: Studio, wanted: Wanted) -> tuple[Project, list[str]]:
    """Return the project, made or mended; and what was changed, in words, nothing where all was well.

    Raises UsageError where the title is longer than the server takes.
    """
    if len(wanted.title) > _TITLE_LENGTH:
        raise UsageError(
            f"the title {wanted.title!r} is longer than {_TITLE_LENGTH} characters",
            "choose a shorter name in annotators.csv",
        )
    digest = hashlib.sha256(wanted.instruction.encode()).hexdigest()[:12]
    description = f"{mark(wanted.corpus, wanted.role)} Made by Parley; guidelines {digest}."
    project = find_project(studio, wanted.corpus, wanted.role)
    told = {"description": description, "expert_instruction": wanted.instruction, "show_instruction": True}
    if project is None:
        made = studio.post(
            "/api/projects/",
            {
                "title": wanted.title,
                "label_config": wanted.label_config,
                "show_collab_predictions": wanted.predictions is not False,
                "sampling": "Sequential sampling",
                "maximum_annotations": 1,
                **told,
            },
        )
        return msgspec.convert(made, Project), [f"made project {wanted.title!r}"]
    changed: list[str] = []
    fields: dict[str, object] = {}
    difference = config_difference(project.label_config or "", wanted.label_config)
    if difference:
        fields["label_config"] = wanted.label_config
        changed.append("restored the labelling config:\n" + "\n".join(difference))
    if f"guidelines {digest}" not in (project.description or ""):
        fields |= told
        changed.append("renewed the guidelines")
    if wanted.predictions is not None and project.show_collab_predictions is not wanted.predictions:
        fields["show_collab_predictions"] = wanted.predictions
        changed.append(f"predictions are {'shown' if wanted.predictions else 'hidden'} now")
    if fields:
        project = msgspec.convert(studio.patch(f"/api/projects/{project.id}/", fields), Project)
    return project, changed


def config_difference(held: str, wanted: str) -> list[str]:
    """Return a unified diff from the wanted config to the held one, no line where they mean the same."""
    names = "annotation/label_config.xml", "on the server"
    return list(difflib.unified_diff(_plain(wanted), _plain(held), *names, lineterm="", n=1))


def _plain(config: str) -> list[str]:
    """Return a config one tag a line, without what means nothing: indents, the order of attributes."""
    try:
        tree = ET.fromstring(ET.canonicalize(config, strip_text=True))  # noqa: S314 - the corpus' own server
    except ET.ParseError:
        return config.splitlines()
    ET.indent(tree)
    return ET.tostring(tree, encoding="unicode").splitlines()


@contextmanager
def export(studio: Studio, project: Project) -> Iterator[BinaryIO]:
    """Open the JSON export of a project: all its tasks with annotations and drafts, read as they arrive.

    Raises UsageError where the server goes away, or what it sent turns out to be no whole export.
    """
    path = f"/api/projects/{project.id}/export"
    try:
        with studio.stream(path, exportType="JSON", download_all_tasks="true") as stream:
            yield stream
    except msgspec.DecodeError as error:
        raise UsageError(
            f"{studio.url} sent no whole export of {project.title!r}: {error}", "repeat the command"
        )
