"""The adjudication project in Label Studio: proposals pushed, what the lead submitted taken over.

One project a corpus and lead, one task an article labelled twice. A push adds what is missing and replaces a
task whose layers have changed since, as long as nobody has worked on it; killed half-way it is finished by
the next. Everything that was submitted is read and judged first, then ledger and gold are written. A
submission is taken over once: what the ledger says otherwise since, from a decisions file or another lead,
stays until the task is submitted again. An article that was adjudicated before has a task only if places are
open in it, and only these are to be decided there (`parley.adjudication.open_places`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from parley.adjudication.compare import Adjudication
from parley.adjudication.disagreements import Words
from parley.adjudication.gold import GoldReport, read_ledger, same, write_gold
from parley.adjudication.ledger import DOCUMENT, Row, decode_ledger, encode_ledger
from parley.adjudication.open_places import OpenPlaces
from parley.adjudication.studio import screen
from parley.adjudication.studio.annotation import read_submission
from parley.adjudication.studio.screen import Proposal
from parley.adjudication.studio.submission import decided
from parley.adjudication.validity import valid_decisions
from parley.faults import DataFaults, Fault, UsageError, check
from parley.label_studio.export.regions import Annotation, Task, TaskData
from parley.label_studio.server import projects
from parley.label_studio.server.client import Studio
from parley.model.labels import sha256_text
from parley.model.ontology import Ontology
from parley.runtime.counts import counted
from parley.runtime.progress import bar

_CHUNK = 10  # tasks a request: small enough that little is repeated after a failure


class _Data(TaskData):
    """What a task of this project carries.

    adjudication: the proposal's digest; shown: of how it is shown. settled: the ledger rows that were valid
    when it was pushed, "" if the article was never adjudicated.
    """

    adjudication: str = ""
    shown: str = ""
    settled: str = ""


class ProjectTask(Task):
    """A task of this project as the server has it."""

    data: _Data

    @property
    def is_touched(self) -> bool:
        """Whether anybody has worked on it."""
        return bool(self.annotations or self.drafts)

    @property
    def submitted(self) -> Annotation | None:
        """The newest of its annotations that does not skip it."""
        finished = [a for a in self.annotations if not a.was_cancelled]
        return max(finished, key=lambda a: (a.updated_at, a.id), default=None)

    def text_faults(self) -> Iterator[Fault]:
        """Yield a fault if its text was edited on the server."""
        if self.data.text_sha256 != sha256_text(self.data.text):
            place = f"{self.data.doc_id} > task {self.id}"
            yield Fault("studio-text-edited", place, "the server's text is not the one pushed")


@dataclass
class PushReport:
    """What a push did. there: tasks that stayed as they were; changed: what was changed, in words."""

    url: str
    added: int = 0
    there: int = 0
    changed: list[str] = field(default_factory=list)


def push(
    adjudication: Adjudication, studio: Studio, lead: str, hidden: str = "", reopen: Collection[str] = ()
) -> PushReport:
    """Bring the adjudication project up to date with the layers.

    hidden: a seed, "" shows pseudonyms. reopen: labels whose decisions are to be made again. Raises
    DataFaults, before anything is changed, for a task whose text is not the article's.
    """
    corpus, ledger = adjudication.corpus, read_ledger(adjudication.corpus)
    project = projects.find_project(studio, corpus.ontology.name, _role(lead))
    tasks = studio.tasks(project, ProjectTask) if project else []
    check(fault for task in tasks for fault in task.text_faults())
    shown = {name: _open_places(adjudication, name, ledger, reopen) for name in adjudication.comparisons}
    words = {doc_id: Words(one.comparison, hidden) for doc_id, one in shown.items()}
    every = sorted({name for one in words.values() for name in one.shown.values()})
    config = screen.adjudication_config(corpus.ontology, corpus.entities, every)
    wanted = projects.ProjectSettings(
        corpus.ontology.name, _role(lead), config, screen.lead_instruction(corpus.paths), True
    )
    project, changed = projects.ensure_project(studio, wanted)
    pushed = PushReport(f"{studio.url}/projects/{project.id}", changed=changed)
    if projects.delete_idle(studio, corpus.ontology.name, lead):
        pushed.changed.append(f"removed the labelling project of {lead}, in which nobody had worked")
    tasks_there, removed = projects.one_task_each(studio, tasks)
    pushed.changed += removed
    new: list[dict[str, Any]] = []
    for doc_id, places in shown.items():
        there, is_open = tasks_there.get(doc_id), bool(places.comparison.disputed)
        if there and _is_kept(adjudication, there, places, hidden, reopened=bool(reopen)):
            pushed.there += 1  # work on a proposal that has changed since is named when it is taken over
            continue
        if there:
            studio.delete_task(there.id)
            what = "its task is a new one" if is_open else "nothing is open, its task is gone"
            pushed.changed.append(f"{doc_id}: its layers, decisions or the names shown have changed; {what}")
        if is_open:
            new.append(_new_task(adjudication, places, words[doc_id], lead))
    for start in bar(range(0, len(new), _CHUNK), "pushing"):
        studio.import_tasks(project, new[start : start + _CHUNK])
    pushed.added = len(new)
    return pushed


def _open_places(
    adjudication: Adjudication, doc_id: str, ledger: Iterable[Row], reopen: Collection[str] = ()
) -> OpenPlaces:
    corpus, comparison = adjudication.corpus, adjudication.comparisons[doc_id]
    text, rows = corpus.documents[doc_id].text, [row for row in ledger if row.doc_id == doc_id]
    reopened = valid_decisions(comparison, rows, corpus.ontology, text, reopen).reopened
    rows = [row for row in rows if row.item not in reopened]
    return OpenPlaces(valid_decisions(comparison, rows, corpus.ontology, text))


def _pushed_places(adjudication: Adjudication, task: ProjectTask) -> OpenPlaces:
    """Return what was open when a task was pushed, on the present layers."""
    settled = decode_ledger(task.data.settled.encode()) if task.data.settled else []
    return _open_places(adjudication, task.data.doc_id, settled)


def _is_kept(
    adjudication: Adjudication, task: ProjectTask, places: OpenPlaces, hidden: str, *, reopened: bool
) -> bool:
    """Say whether a task stays. places: what is open now.

    Work that is not taken over yet stays. So does what was taken over, until anything is open again.
    """
    ontology, pushed = adjudication.corpus.ontology, _pushed_places(adjudication, task)

    def keys(one: OpenPlaces) -> tuple[str, str]:
        proposal = Proposal(one.comparison)
        return proposal.digest, _digest(proposal, Words(one.comparison, hidden), ontology)

    submitted = task.submitted
    if task.is_touched and not (places.taken and submitted and submitted.updated_at <= places.taken):
        return True
    if task.is_touched:
        is_same = keys(pushed)[0] == task.data.adjudication and not reopened
        return is_same or not places.comparison.disputed
    known = task.data.adjudication, task.data.shown
    if reopened:
        return keys(places) == known
    return keys(pushed) == known and set(pushed.valid.rows) <= set(places.valid.rows)


def pull(adjudication: Adjudication, studio: Studio, lead: str) -> tuple[GoldReport, list[Fault]]:
    """Take over what the lead has submitted; return what was written, and the faults of what was not.

    Raises UsageError if there is no project; if the server goes away nothing was written.
    """
    ontology = adjudication.corpus.ontology
    project = projects.find_project(studio, ontology.name, _role(lead))
    if project is None:
        raise UsageError(f"{studio.url} has no adjudication project of {lead}", "push the proposals first")
    ledger = read_ledger(adjudication.corpus)
    rows: list[Row] = []
    waiting: list[tuple[str, str]] = []
    wrong: list[Fault] = []
    for task in bar(_latest(studio.tasks(project, ProjectTask)), "reading"):
        doc_id, submitted = task.data.doc_id, task.submitted
        if submitted is None:
            state = "skipped" if task.annotations else "not begun"
            waiting.append((doc_id, "a draft, not submitted" if task.drafts else state))
            continue
        before = [row for row in ledger if row.doc_id == doc_id]
        taken = next((row.item for row in before if row.kind == DOCUMENT), "")
        if doc_id in adjudication.comparisons and taken and submitted.updated_at <= taken:
            places = _open_places(adjudication, doc_id, before)
            is_old = Proposal(_pushed_places(adjudication, task).comparison).digest != task.data.adjudication
            if is_old:  # it was taken over, and the layers have changed since
                if places.comparison.disputed:
                    waiting.append((doc_id, counted(len(places.comparison.disputed), "place") + " open"))
                continue
        try:
            check(_task_faults(adjudication, task))
            submission, small = read_submission(task, submitted, ontology)
            places = _pushed_places(adjudication, task)
            made = decided(Proposal(places.comparison), submission, lead, ontology)
            made = places.restored(made, lead)
        except DataFaults as found:
            wrong += found.faults
            waiting.append((doc_id, "submitted, but at fault"))
            continue
        wrong += small
        valid = _valid_rows(made, before, submitted)
        rows += valid
        if not valid:
            waiting.append((doc_id, "decided otherwise since; submit it again to overrule that"))
    done = write_gold(adjudication.corpus, adjudication.layers, rows, ledger)
    done.waiting = sorted(waiting)
    return done, wrong


def _valid_rows(made: list[Row], ledger: list[Row], annotation: Annotation) -> list[Row]:
    """Return the rows of an article that are valid: those an annotation makes, else those of the ledger.

    None if the annotation, or a later one, was taken over before, and the ledger says otherwise since.
    """
    taken = next((row.item for row in ledger if row.kind == DOCUMENT), "")
    if not taken or annotation.updated_at > taken:
        return made
    return ledger if same(_undated(made), _undated(ledger)) else []


def _undated(rows: Iterable[Row]) -> list[Row]:
    """Return what rows say, whenever it was submitted."""
    return [row._replace(item="") if row.kind == DOCUMENT else row for row in rows]


def adjudication_project(studio: Studio, corpus: str, name: str) -> str:
    """Return the address of the project in which somebody adjudicates, "" if there is none."""
    project = projects.find_project(studio, corpus, _role(name))
    return f"{studio.url}/projects/{project.id}" if project else ""


def _role(lead: str) -> str:
    return f"adjudication {lead}"


def _digest(proposal: Proposal, words: Words, ontology: Ontology) -> str:
    """Return what tells apart how a task is shown, without giving hidden names away."""
    shown = words.shown, screen.rows(proposal, words, ontology)
    return hashlib.sha256(msgspec.json.encode(shown, order="sorted")).hexdigest()[:12]


def _new_task(adjudication: Adjudication, places: OpenPlaces, words: Words, lead: str) -> dict[str, Any]:
    proposal = Proposal(places.comparison)
    document = adjudication.corpus.documents[proposal.comparison.doc_id]
    data = {name: getattr(document, name) for name in ("doc_id", "title", "published", "text", "text_sha256")}
    ontology = adjudication.corpus.ontology
    data |= {"annotator": lead, "adjudication": proposal.digest, "shown": _digest(proposal, words, ontology)}
    if not places.is_all:
        data["settled"] = encode_ledger(places.valid.rows).decode()
    data[screen.DISPUTES] = words.lines(screen.in_turn(proposal.comparison))
    data[screen.ROWS] = screen.rows(proposal, words, ontology)
    regions = screen.result(proposal, words, ontology)
    return {"data": data, "predictions": [{"model_version": "proposal", "result": regions}]}


def _latest(tasks: Iterable[ProjectTask]) -> list[ProjectTask]:
    """Return one task an article: of several that were worked on the one submitted last."""

    def age(task: ProjectTask) -> tuple[str, bool, int]:
        return task.submitted.updated_at if task.submitted else "", task.is_touched, task.id

    return list({task.data.doc_id: task for task in sorted(tasks, key=age)}.values())


def _task_faults(adjudication: Adjudication, task: ProjectTask) -> Iterator[Fault]:
    """Yield why a submitted task cannot be taken over at all."""
    place = f"{task.data.doc_id} > task {task.id}"
    comparison = adjudication.comparisons.get(task.data.doc_id)
    if comparison is None:
        yield Fault("document-unknown", place, "this article is not labelled by two any more")
        return
    edited = list(task.text_faults())
    yield from edited
    places = _pushed_places(adjudication, task)
    if not edited and task.data.adjudication != Proposal(places.comparison).digest:
        what = (
            "a layer has changed since: delete the task in Label Studio to decide anew, or restore the layer"
        )
        yield Fault("gold-stale", place, what)
