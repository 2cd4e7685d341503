"""Label Studio projects and accounts of a corpus: found by what they are for, created once, kept as they are.

The free edition makes accounts through an invitation link only. The link is used and then made invalid, for
the server writes the addresses it is asked for into its log.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from xml.etree import ElementTree as ET

import msgspec

from parley.faults import UsageError
from parley.label_studio.export.regions import Task
from parley.label_studio.server.client import Project, Studio
from parley.label_studio.server.local import ADMIN, Secrets

AnyTask = TypeVar("AnyTask", bound=Task)

_TITLE_LENGTH = 50  # the server's own limit
_LOCAL_PART = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")  # of an address, as the server takes it
_FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class ProjectSettings(msgspec.Struct, frozen=True):
    """What a project should be.

    corpus: the ontology's name. role: an annotator's name, or `adjudication` and the lead's. instruction:
    HTML shown to annotators. predictions: whether labels of the rules are shown; None leaves it as it is.
    """

    corpus: str
    role: str
    label_config: str
    instruction: str
    predictions: bool | None = None


def mark(corpus: str, role: str) -> str:
    """Return the words in a project's description by which it is found, whatever its title became."""
    return f"[parley {corpus}/{role}]"


def find_project(studio: Studio, corpus: str, role: str) -> Project | None:
    """Return the project for `role` in a corpus, None if it is not there yet.

    Raises UsageError if there are two: nobody could say which one the labels are in.
    """
    found = [p for p in studio.projects() if mark(corpus, role) in (p.description or "")]
    if len(found) > 1:
        numbers = " and ".join(str(p.id) for p in found)
        raise UsageError(
            f"projects {numbers} at {studio.url} are both marked {mark(corpus, role)}",
            "take the mark out of the description of the one that should not be used",
        )
    return found[0] if found else None


def ensure_project(studio: Studio, settings: ProjectSettings) -> tuple[Project, list[str]]:
    """Return the project, created or mended; and what was changed, in words.

    Raises UsageError if the title is longer than the server takes.
    """
    title = f"{settings.corpus}: {settings.role}"
    if len(title) > _TITLE_LENGTH:
        raise UsageError(
            f"the title {title!r} is longer than {_TITLE_LENGTH} characters",
            "choose a shorter name in annotators.csv",
        )
    digest = hashlib.sha256(settings.instruction.encode()).hexdigest()[:12]
    guidelines = {
        "description": f"{mark(settings.corpus, settings.role)} Made by Parley; guidelines {digest}.",
        "expert_instruction": settings.instruction,
        "show_instruction": True,
    }
    project = find_project(studio, settings.corpus, settings.role)
    if project is None:
        check_config(settings.label_config)
        fields: dict[str, object] = {
            "title": title,
            "label_config": settings.label_config,
            "show_collab_predictions": settings.predictions is not False,
            "sampling": "Sequential sampling",
            "maximum_annotations": 1,
            **guidelines,
        }
        return studio.create_project(fields), [f"made project {title!r}"]
    changed: list[str] = []
    fields = {}
    difference = config_difference(project.label_config or "", settings.label_config)
    if difference:
        check_config(settings.label_config)
        fields["label_config"] = settings.label_config
        changed.append("restored the labelling config:\n" + "\n".join(difference))
    if f"guidelines {digest}" not in (project.description or ""):
        fields |= guidelines
        changed.append("renewed the guidelines")
    if settings.predictions is not None and project.show_collab_predictions is not settings.predictions:
        fields["show_collab_predictions"] = settings.predictions
        changed.append(f"predictions are {'shown' if settings.predictions else 'hidden'} now")
    if fields:
        project = studio.update_project(project, fields)
    return project, changed


def delete_idle(studio: Studio, corpus: str, role: str) -> bool:
    """Delete the project for `role` unless anybody has worked in it; say whether one was deleted."""
    project = find_project(studio, corpus, role)
    if project is None or any(task.annotations or task.drafts for task in studio.tasks(project, Task)):
        return False
    studio.delete_project(project)
    return True


def check_config(config: str) -> None:
    """Check a labelling config as Label Studio does, before it is sent.

    It is checked here and not when it is derived: importing the SDK would take longer than deriving, and who
    talks to a server has imported it. Raises UsageError with what the SDK says is wrong.
    """
    from label_studio_sdk.label_interface import interface

    try:
        interface.LabelInterface(config).validate()
    except (
        interface.LabelStudioXMLSyntaxErrorSentryIgnored,
        interface.LabelStudioValidationErrorSentryIgnored,
    ) as error:
        raise UsageError(
            f"Label Studio does not accept the labelling config: {error}",
            "look at the names and colours in annotation/ontology.toml and the entities' names",
        ) from error


def one_task_each(studio: Studio, tasks: Iterable[AnyTask]) -> tuple[dict[str, AnyTask], list[str]]:
    """Return a task an article, the one with work on it, and what was removed, in words: other ones without.

    There may be two: a request of a killed push may arrive after the next push has looked.
    """
    first: dict[str, AnyTask] = {}
    removed = []
    for task in sorted(tasks, key=lambda t: (not t.annotations, not t.drafts, t.id)):
        doc_id = task.data.doc_id
        if first.setdefault(doc_id, task) is not task and not task.annotations and not task.drafts:
            studio.delete_task(task.id)
            removed.append(f"removed task {task.id}, a second one of {doc_id} without labels")
    return first, removed


def config_difference(there: str, wanted: str) -> list[str]:
    """Return a unified diff from the wanted config to the one on the server, none if both mean the same."""
    names = "annotation/label_config.xml", "on the server"
    return list(difflib.unified_diff(_plain(wanted), _plain(there), *names, lineterm="", n=1))


def _plain(config: str) -> list[str]:
    """Return a config one tag a line, without what means nothing: indents, the order of attributes."""
    try:
        tree = ET.fromstring(ET.canonicalize(config, strip_text=True))  # noqa: S314 - the corpus' own server
    except ET.ParseError:
        return config.splitlines()
    ET.indent(tree)
    return ET.tostring(tree, encoding="unicode").splitlines()


@dataclass(frozen=True)
class Account:
    """Who logs in: an annotator's name and e-mail address; the password is in the secrets file."""

    name: str
    email: str


def ensure_accounts(studio: Studio, secrets: Secrets, names: Collection[str]) -> list[Account]:
    """Return an account for each name, created on the server if it is not there yet.

    Raises UsageError if a name makes no address of its own, the server does not take it, or has an account
    whose password is not kept.
    """
    taken = {ADMIN}
    for name in names:
        email = secrets.email(name)
        if not _LOCAL_PART.fullmatch(name) or email in taken:
            what = "another's too" if email in taken else "none"
            raise UsageError(
                f"an annotator logs in as {email!r}, and that address is {what}",
                "give the annotator another name in annotators.csv: letters, digits, dots and hyphens; "
                "not `admin`, nor one that differs from another only in capitals",
            )
        taken.add(email)
    there = {*studio.users().values()}
    accounts = [Account(name, secrets.email(name)) for name in names]
    for account in accounts:
        if account.email in there and account.name not in secrets.read():
            raise UsageError(
                f"Label Studio has an account {account.email} whose password is not in {secrets.path}",
                "restore that file, or remove the account on the server's page Organization",
            )
        password = secrets.account(account.name)["password"]
        if account.email not in there:
            _sign_up(studio, account.email, password)
    if not taken <= {ADMIN, *there}:
        studio.reset_invitation()
    return accounts


def log_in(url: str, account: Mapping[str, str]) -> Studio:
    """Return the connection to a server as one of its accounts, known by email and password.

    Raises UsageError if the server does not let it in.
    """
    import httpx

    with httpx.Client(base_url=url, trust_env=False, timeout=60.0) as browser:
        form = _FORM_TOKEN.search(browser.get("/user/login/").text)
        if form:
            fields = {name: account[name] for name in ("email", "password")}
            entered = browser.post("/user/login/", data={**fields, "csrfmiddlewaretoken": form[1]})
            answer = browser.get("/api/current-user/token")
            if entered.is_redirect and answer.is_success:
                return Studio(url, answer.json()["token"])
    raise UsageError(
        f"Label Studio at {url} does not let {account['email']} in",
        "let `parley annotate` make the account; if its password was changed there, set the old one again",
    )


def _sign_up(studio: Studio, email: str, password: str) -> None:
    import httpx

    link = studio.invitation()
    with httpx.Client(base_url=studio.url, trust_env=False, timeout=60.0) as browser:
        form = browser.get(link)
        token = _FORM_TOKEN.search(form.text)
        if form.is_success and token:
            fields = {"email": email, "password": password, "allow_newsletters": "false"}
            if browser.post(link, data={**fields, "csrfmiddlewaretoken": token[1]}).is_redirect:
                return
    raise UsageError(f"Label Studio at {studio.url} does not make an account for {email}", "read its log")
