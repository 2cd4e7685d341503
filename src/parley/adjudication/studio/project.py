"""The adjudication project in Label Studio: proposals pushed, what the lead submitted taken over.

One project a corpus and lead, one task an article labelled twice. A push adds what is missing and replaces a
task whose layers have changed since, as long as nobody has worked on it; killed half-way it is finished by
the next. Everything that was submitted is read and judged first, then ledger and gold are written. A
submission is taken over once: what the ledger says otherwise since, from a decisions file or another lead,
stands until the task is submitted again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from parley.adjudication.ledger import DOCUMENT, Row
from parley.adjudication.names import Names, names
from parley.adjudication.session import Adjudicated, Bench, decide, read_ledger, report, write_gold
from parley.adjudication.studio.proposals import Proposal, in_words, result
from parley.adjudication.studio.screen import DISPUTES, REASON, SAID, VERDICT, adjudication_config
from parley.adjudication.studio.submission import Submission, decisions
from parley.faults import DataFaults, Fault, UsageError, check
from parley.label_studio.export.regions import Annotation, Task, TaskData
from parley.label_studio.export.results import read_regions
from parley.label_studio.screen.guidelines import instruction
from parley.label_studio.server.client import Studio
from parley.label_studio.server.projects import Wanted, ensure_project, find_project
from parley.model.entities import read_entities
from parley.model.labels import sha256_text
from parley.runtime.progress import bar

_CHUNK = 10  # tasks a request: small enough that little is repeated after a failure


class _Data(TaskData):
    """What a task of this project carries. adjudication: the proposal's digest; shown: of its names."""

    adjudication: str = ""
    shown: str = ""


class HeldTask(Task):
    """A task of this project as the server has it."""

    data: _Data

    @property
    def touched(self) -> bool:
        """Whether anybody has worked on it."""
        return bool(self.annotations or self.drafts)

    @property
    def submitted(self) -> Annotation | None:
        """The newest of its annotations, those apart that skip it."""
        finished = [a for a in self.annotations if not a.was_cancelled]
        return max(finished, key=lambda a: (a.updated_at, a.id), default=None)


@dataclass
class Pushed:
    """What a push did."""

    url: str
    added: int = 0
    there: int = 0
    changed: list[str] = field(default_factory=list)


def sitting(bench: Bench, studio: Studio, lead: str, hidden: str = "") -> Iterator[str]:
    """Push, then take over what the lead has submitted; yield what was done, in lines for people.

    Raises DataFaults, after all that is sound was written, for what was submitted and cannot be taken over.
    """
    pushed = push(bench, studio, lead, hidden)
    yield f"{pushed.url}  {pushed.added} tasks added, {pushed.there} were there"
    yield from (f"  {line}" for change in pushed.changed for line in change.splitlines())
    done, wrong = pull(bench, studio, lead)
    yield from report(done)
    check(wrong)


def push(bench: Bench, studio: Studio, lead: str, hidden: str = "") -> Pushed:
    """Bring the adjudication project up to date with the layers. hidden: a seed, "" shows pseudonyms.

    Raises DataFaults, before anything is changed, for a task whose text is not the article's.
    """
    ontology = bench.ontology
    project = find_project(studio, ontology.name, _role(lead))
    held = studio.held_tasks(project, HeldTask) if project else []
    check(_conflicts(bench, held))
    shown = {i: names(c.annotators, i, hidden) for i, c in bench.comparisons.items()}
    every = sorted({name for one in shown.values() for name in one.shown.values()})
    config = adjudication_config(ontology, read_entities(bench.corpus), every)
    wanted = Wanted(ontology.name, _role(lead), config, instruction(bench.corpus), True)
    project, changed = ensure_project(studio, wanted)
    pushed = Pushed(f"{studio.url}/projects/{project.id}", changed=changed)
    there = _one_each(bench, studio, held, pushed)
    new: list[dict[str, Any]] = []
    for doc_id, comparison in bench.comparisons.items():
        proposal = Proposal(comparison)
        task = there.get(doc_id)
        if task is None:
            new.append(_task(bench, proposal, shown[doc_id], lead))
        elif task.touched or (task.data.adjudication, task.data.shown) == (
            proposal.digest,
            _shown(shown[doc_id]),
        ):
            pushed.there += 1  # work on a proposal that has changed since is named when it is taken over
        else:
            studio.delete_task(task.id)
            pushed.changed.append(
                f"{doc_id}: its layers or the names shown have changed; its task is a new one"
            )
            new.append(_task(bench, proposal, shown[doc_id], lead))
    for start in bar(range(0, len(new), _CHUNK), "pushing"):
        studio.import_tasks(project, new[start : start + _CHUNK])
    pushed.added = len(new)
    return pushed


def pull(bench: Bench, studio: Studio, lead: str) -> tuple[Adjudicated, list[Fault]]:
    """Take over what the lead has submitted; return what was written, and the faults of what was not.

    Raises UsageError where there is no project; where the server goes away nothing was written.
    """
    project = find_project(studio, bench.ontology.name, _role(lead))
    if project is None:
        raise UsageError(f"{studio.url} has no adjudication project of {lead}", "push the proposals first")
    rows: dict[str, list[Row]] = {}
    standing: dict[str, list[Row]] = {}
    for row in read_ledger(bench.corpus):
        standing.setdefault(row.doc_id, []).append(row)
    waiting: list[tuple[str, str]] = []
    wrong: list[Fault] = []
    for task in bar(_latest(studio.held_tasks(project, HeldTask)), "reading"):
        doc_id, newest = task.data.doc_id, task.submitted
        if newest is None:
            state = (
                "a draft, not submitted" if task.drafts else "skipped" if task.annotations else "not begun"
            )
            waiting.append((doc_id, state))
            continue
        found = _faults(bench, task)
        if not found:
            try:
                made = _rows(bench, task, newest, lead, wrong)
                counts = _that_count(made, standing.get(doc_id, []), newest)
                if counts is None:
                    waiting.append((doc_id, "decided otherwise since; submit it again to overrule that"))
                else:
                    rows[doc_id] = counts
            except DataFaults as refused:
                found = refused.faults
        wrong += found
        if found:
            waiting.append((doc_id, "submitted, but at fault"))
    done = write_gold(bench, rows)
    done.waiting = sorted(waiting)
    return done, wrong


def read_submission(task: HeldTask, annotation: Annotation, bench: Bench) -> tuple[Submission, list[Fault]]:
    """Return an annotation as a submission; and faults that cost nothing of it.

    Raises DataFaults for labels that cannot be read.
    """
    said: dict[str, dict[str, str]] = {}
    labels, arrows = [], []
    for region in annotation.result:
        if region.type == "relation":
            arrows.append(region)
        elif region.from_name in (VERDICT, REASON, SAID):
            chosen = region.value.choices if region.value else None
            said.setdefault(region.id, {})[region.from_name] = (chosen or [""])[0]
        else:
            labels.append(region)
    alone = Annotation(annotation.id, labels)
    spans, refusals = read_regions(task, alone, bench.ontology)
    check(refusal.fault for refusal in refusals if refusal.lost)
    read = Submission(spans, arrows, said, annotation.updated_at)
    return read, [refusal.fault for refusal in refusals]


def _rows(bench: Bench, task: HeldTask, annotation: Annotation, lead: str, wrong: list[Fault]) -> list[Row]:
    submission, small = read_submission(task, annotation, bench)
    proposal = Proposal(bench.comparisons[task.data.doc_id])
    made = decide(bench, task.data.doc_id, decisions(proposal, submission, lead, bench.ontology), lead)
    wrong += small
    return made


def _that_count(made: list[Row], standing: list[Row], annotation: Annotation) -> list[Row] | None:
    """Return the rows of an article that count: those an annotation makes, else those that stand.

    None where the annotation, or a later one, was taken over before, and what stands says otherwise.
    """
    taken = next((row.item for row in standing if row.kind == DOCUMENT), "")
    if not taken or annotation.updated_at > taken:
        return made
    return standing if _decided(made) == _decided(standing) else None


def _decided(rows: Iterable[Row]) -> set[Row]:
    """Return what rows say, whenever it was submitted."""
    return {replace(row, item="") if row.kind == DOCUMENT else row for row in rows}


def _role(lead: str) -> str:
    return f"adjudication {lead}"


def _shown(shown: Names) -> str:
    """Return what a task remembers of the names it shows, without giving hidden ones away."""
    return hashlib.sha256(msgspec.json.encode(shown.shown, order="sorted")).hexdigest()[:12]


def _task(bench: Bench, proposal: Proposal, shown: Names, lead: str) -> dict[str, Any]:
    document = bench.documents[proposal.comparison.doc_id]
    data = {name: getattr(document, name) for name in ("doc_id", "title", "published", "text", "text_sha256")}
    data |= {"annotator": lead, "adjudication": proposal.digest, "shown": _shown(shown)}
    data[DISPUTES] = in_words(proposal, shown)
    prediction = {"model_version": "proposal", "result": result(proposal, shown, bench.ontology)}
    return {"data": data, "predictions": [prediction]}


def _latest(held: list[HeldTask]) -> list[HeldTask]:
    """Return one task an article: of several that were worked on the one submitted last."""

    def age(task: HeldTask) -> tuple[str, bool, int]:
        return task.submitted.updated_at if task.submitted else "", task.touched, task.id

    return list({task.data.doc_id: task for task in sorted(held, key=age)}.values())


def _conflicts(bench: Bench, held: list[HeldTask]) -> Iterator[Fault]:
    for task in held:
        if task.data.text_sha256 != sha256_text(task.data.text):
            place = f"{task.data.doc_id} > task {task.id}"
            yield Fault("studio-text-edited", place, "the server's text is not the one pushed")


def _one_each(bench: Bench, studio: Studio, held: list[HeldTask], pushed: Pushed) -> dict[str, HeldTask]:
    """Return one task an article, the one with work on it; take away seconds without any."""
    there: dict[str, HeldTask] = {}
    for task in sorted(held, key=lambda t: (not t.annotations, not t.drafts, t.id)):
        doc_id = task.data.doc_id
        if doc_id not in there:
            there[doc_id] = task
        elif not task.touched:
            studio.delete_task(task.id)
            pushed.changed.append(f"removed task {task.id}, a second one of {doc_id} without labels")
    return there


def _faults(bench: Bench, task: HeldTask) -> list[Fault]:
    """Return why a submitted task cannot be taken over at all."""
    doc_id = task.data.doc_id
    place = f"{doc_id} > task {task.id}"
    if doc_id not in bench.comparisons:
        return [Fault("document-unknown", place, "this article is not labelled by two any more")]
    if task.data.text_sha256 != sha256_text(task.data.text):
        return [Fault("studio-text-edited", place, "the server's text is not the one pushed")]
    if task.data.adjudication != Proposal(bench.comparisons[doc_id]).digest:
        what = (
            "a layer has changed since: delete the task in Label Studio to decide anew, or restore the layer"
        )
        return [Fault("gold-stale", place, what)]
    return []
