"""Push: a blind project an annotator, with every article as a task, as often as one likes.

A push first reads all projects, refuses what cannot be, and only then changes anything. What it adds goes
in small requests that the server takes whole or not at all, so that a push killed half-way is finished by
the next one: a task is known by its doc_id, and never added twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import msgspec

from parley.corpus.corpus import Corpus
from parley.faults import Fault, UsageError, check
from parley.label_studio.export.annotations import read_tasks
from parley.label_studio.export.layers import finished_layers
from parley.label_studio.export.regions import Annotation, Region, Task, TaskData, layer_to_result
from parley.label_studio.screen import instruction, label_config
from parley.label_studio.server.client import Project, Studio
from parley.label_studio.server.projects import ProjectSettings, ensure_project, find_project, one_task_each
from parley.label_studio.server.seats import Desk
from parley.model.annotators import Annotator, choose_annotators
from parley.model.labels import sha256_text
from parley.model.ontology import Ontology
from parley.model.paths import CorpusPaths, unsound
from parley.runtime.counts import counted
from parley.runtime.progress import bar
from parley.validation.layer_faults import layer_faults

_CHUNK = 25  # tasks a request: small enough that little is repeated after a failure

Imported = dict[str, dict[str, Any]]  # fields of an annotation to import, by doc_id


class Prediction(msgspec.Struct):
    """Labels proposed by rules or a model."""

    model_version: str
    result: list[dict[str, Any]]


class NewTask(msgspec.Struct):
    """A task as build/tasks.json has it."""

    data: dict[str, Any]
    predictions: list[Prediction] = []

    @property
    def doc_id(self) -> str:
        """The article's id."""
        return str(self.data["doc_id"])


class PushedTask(Task):
    """A task of an annotator's project as the server has it."""

    predictions: list[msgspec.Raw] = []  # noqa: RUF012 - msgspec copies defaults


@dataclass(frozen=True)
class PushReport:
    """What a push did for one annotator. kept: labels on the server that differ from those to import."""

    annotator: str
    url: str
    added: int
    there: int
    labelled: int
    kept: tuple[str, ...]
    changed: tuple[str, ...]


def push(
    corpus: Corpus,
    desk: Desk,
    annotators: Sequence[str] = (),
    *,
    predictions: bool | None = None,
    labels: bool = False,
) -> list[PushReport]:
    """Bring the projects of annotators up to date with build/tasks.json; return what was done for each.

    annotators: names; none means all of kind `human`. predictions: whether the rules' labels are shown; None
    leaves a project as it is, and shows them in a new one. labels: import the label files of the annotators
    as their finished annotations. The rules always get theirs, which are the predictions themselves.
    Raises DataFaults, before anything is changed, for a task on the server whose text is not the article's.
    """
    ontology = corpus.ontology
    tasks = read_new_tasks(corpus.paths)
    chosen = choose_annotators(corpus.annotators, annotators)
    text_of = {task.doc_id: str(task.data["text"]) for task in tasks}
    there: dict[str, list[PushedTask]] = {}
    wrong: list[Fault] = []
    for annotator in bar(chosen, "reading"):
        studio = desk.seat(annotator.name)
        project = find_project(studio, ontology.name, annotator.name)
        there[annotator.name] = studio.tasks(project, PushedTask) if project else []
        wrong += conflicts(annotator.name, text_of, there[annotator.name])
    check(wrong)
    given = {a.name: _to_import(corpus, a, tasks, labels=labels) for a in chosen}
    config, guidelines = label_config(ontology, corpus.entities), instruction(corpus.paths)
    done = []
    for annotator in bar(chosen, "pushing"):
        shown = predictions if annotator.kind == "human" else False
        settings = ProjectSettings(ontology.name, annotator.name, config, guidelines, shown)
        studio = desk.seat(annotator.name)
        project, changed = ensure_project(studio, settings)
        pushing = _Push(studio, ontology, annotator, project, tasks, given[annotator.name])
        done.append(pushing.run(there[annotator.name], changed))
    return done


def read_new_tasks(corpus: CorpusPaths) -> list[NewTask]:
    """Return the tasks of build/tasks.json.

    Raises UsageError if it is not there or not what `parley tasks` writes.
    """
    path = corpus.build / "tasks.json"
    try:
        tasks = msgspec.json.decode(corpus.read(path), type=list[NewTask])
    except FileNotFoundError:
        raise UsageError(f"{corpus.relative(path)} is not there", "run `parley tasks` first")
    except msgspec.DecodeError as error:
        raise UsageError(f"{corpus.relative(path)} cannot be read: {error}", "run `parley tasks` again")
    for task in tasks:
        if not isinstance(task.data.get("text"), str) or unsound([str(task.data.get("doc_id"))]):
            place = f"{corpus.relative(path)} has a task that is of no article"
            raise UsageError(place, "run `parley tasks` again")
        task.data.setdefault("text_sha256", sha256_text(task.data["text"]))
    return tasks


def conflicts(annotator: str, text_of: Mapping[str, str], there: Iterable[Task]) -> Iterator[Fault]:
    """Yield a fault for each task on the server whose text is not the article's, as pushed or since.

    text_of: articles by doc_id; tasks of others are left out.
    """
    for task in there:
        data = task.data
        if data.text != text_of.get(data.doc_id, data.text):
            place = f"{annotator} > {data.doc_id} > task {task.id}"
            if data.text_sha256 != sha256_text(data.text):
                yield Fault("studio-text-edited", place, "the server's text is not the one pushed")
            else:
                yield Fault("text-mismatch", place, "the article's text has changed since it was pushed")


def _to_import(corpus: Corpus, annotator: Annotator, tasks: list[NewTask], *, labels: bool) -> Imported:
    """Return what to import as an annotator's finished annotations. labels: also those of label files."""

    def annotation(result: list[dict[str, Any]], lead_time: float | None = None) -> dict[str, Any]:
        return {"result": result, "lead_time": lead_time, "was_cancelled": False, "ground_truth": False}

    if annotator.kind == "rules":
        return {t.doc_id: annotation(t.predictions[0].result if t.predictions else []) for t in tasks}
    if not labels:
        return {}
    batches = corpus.batches(annotators=[annotator.name], gold=False)
    check(batches.faults)
    text_sha256 = {t.doc_id: t.data["text_sha256"] for t in tasks}
    layers = []
    for batch in batches.load():
        files = batch.layers["file"].to_pylist()
        pushed = batch.of_layers([PurePosixPath(file).stem in text_sha256 for file in files])
        check(fault for faults in layer_faults(pushed, corpus.ontology).values() for fault in faults)
        layers += [file.layer for file in pushed.structs()]
    check(
        Fault("text-mismatch", f"{annotator.name} > {layer.doc_id}", "the label file is of another text")
        for layer in layers
        if layer.text_sha256 != text_sha256[layer.doc_id]
    )
    return {x.doc_id: annotation(layer_to_result(x, corpus.ontology), x.lead_time_s) for x in layers}


@dataclass
class _Push:
    """One annotator's push."""

    studio: Studio
    ontology: Ontology
    annotator: Annotator
    project: Project
    tasks: list[NewTask]
    given: Imported

    def run(self, found: list[PushedTask], changed: list[str]) -> PushReport:
        there, removed = one_task_each(self.studio, found)
        shows = self.annotator.kind == "human" and bool(self.project.show_collab_predictions)
        new = [task for task in self.tasks if task.doc_id not in there]
        # an own order for each annotator, the same in every push
        new.sort(key=lambda t: hashlib.sha256(f"{self.annotator.name}\n{t.doc_id}".encode()).digest())
        made = [self._task(task, shows=shows) for task in new]
        for start in range(0, len(made), _CHUNK):
            self.studio.import_tasks(self.project, made[start : start + _CHUNK])
        states = {t.doc_id: "written" for t in new if t.doc_id in self.given}
        for task in self.tasks:
            if task.doc_id in there and task.doc_id in self.given:
                states[task.doc_id] = self._import(there[task.doc_id], self.given[task.doc_id])
        return PushReport(
            self.annotator.name,
            f"{self.studio.url}/projects/{self.project.id}",
            added=len(new),
            there=len(self.tasks) - len(new),
            labelled=sum(state == "written" for state in states.values()),
            kept=tuple(doc_id for doc_id, state in states.items() if state == "kept"),
            changed=(*changed, *removed, *self._predict(there, shows=shows)),
        )

    def _task(self, task: NewTask, *, shows: bool) -> dict[str, Any]:
        made: dict[str, Any] = {"data": {**task.data, "annotator": self.annotator.name}}
        if shows:
            made["predictions"] = msgspec.to_builtins(task.predictions)
        if task.doc_id in self.given:
            made["annotations"] = [self.given[task.doc_id]]
        return made

    def _predict(self, there: dict[str, PushedTask], *, shows: bool) -> Iterator[str]:
        """Give predictions to the tasks that lack them, or take them from all: hidden is not independent."""
        if not shows:
            if any(task.predictions for task in there.values()):
                self.studio.delete_predictions(self.project)
                yield "took the predictions out of all tasks"
            return
        given = 0
        for new in self.tasks:
            task = there.get(new.doc_id)
            if task is None or task.predictions:
                continue
            for prediction in new.predictions:
                self.studio.create_prediction(task.id, prediction.model_version, prediction.result)
                given += 1
        if given:
            yield f"gave predictions to {counted(given, 'task')}"

    def _import(self, task: PushedTask, annotation: dict[str, Any]) -> str:
        """Import the labels of a task that is there; say whether they were `written`, `same` or `kept`."""
        finished = [a for a in task.annotations if not a.was_cancelled]
        if not finished:
            self.studio.create_annotation(task.id, annotation)
            return "written"
        if equal_labels(task, finished, annotation["result"], self.ontology):
            return "same"
        if self.annotator.kind != "rules":
            return "kept"  # what was decided on the server has priority over a file
        self.studio.update_annotation(newest(finished).id, annotation["result"])
        return "written"


def newest(annotations: Iterable[Annotation]) -> Annotation:
    """Return the one of several annotations that counts."""
    return max(annotations, key=lambda one: (one.updated_at, one.id))


def equal_labels(
    task: Task, annotations: list[Annotation], result: list[dict[str, Any]], ontology: Ontology
) -> bool:
    """Say whether annotations of a task have the labels of a result, in whichever way they are written."""
    given = Annotation(0, msgspec.convert(result, list[Region]))
    there, wanted = (_labels(task, some, ontology) for some in (annotations, [given]))
    return there == wanted


def _labels(task: Task, annotations: list[Annotation], ontology: Ontology) -> list[object]:
    alone = Task(task.id, TaskData(task.data.text, task.data.doc_id), annotations)
    found = read_tasks([alone], ontology, "annotator")
    return [(layer.spans, layer.relations, layer.document) for layer, _ in finished_layers(found, ontology)]


def report(done: list[PushReport]) -> list[str]:
    """Return what a push did, in lines for people."""
    lines = []
    for one in done:
        what = f"{counted(one.added, 'task')} added, {one.there} there before"
        if one.labelled:
            what += f", labels of {one.labelled} imported"
        lines.append(f"{one.annotator:<12} {one.url}  {what}")
        lines += [f"  {line}" for change in one.changed for line in change.splitlines()]
        if one.kept:
            lines.append(f"  kept what was decided on the server, not the label file: {', '.join(one.kept)}")
    return lines
