"""Push: a blind project an annotator, with every article as a task, as often as one likes.

A push looks first at all projects, refuses what cannot be, and only then changes anything. What it adds goes
in small requests that the server takes whole or not at all, so that a push killed half-way is finished by
the next one: a task is known by its doc_id, and never added twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from parley.faults import Fault, UsageError, check
from parley.label_studio.export.batches import batch_of, finished_layers
from parley.label_studio.export.regions import Annotation, Region, Task, TaskData, layer_to_result
from parley.label_studio.export.results import read_tasks
from parley.label_studio.screen.config import label_config
from parley.label_studio.screen.guidelines import instruction
from parley.label_studio.server.client import Project, Studio
from parley.label_studio.server.projects import Wanted, ensure_project, find_project
from parley.model.annotators import Annotator, choose_annotators, read_annotators
from parley.model.entities import read_entities
from parley.model.labels import Layer, layer_path, read_layers, sha256_text
from parley.model.layer_faults import layer_faults
from parley.model.ontology import Ontology, read_ontology
from parley.model.paths import CorpusPaths
from parley.runtime.progress import bar
from parley.seeds.manifest import read_documents

_CHUNK = 25  # tasks a request: small enough that little is repeated after a failure


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


class HeldTask(Task):
    """A task as the server has it."""

    predictions: list[msgspec.Raw] = []  # noqa: RUF012 - msgspec copies defaults


@dataclass(frozen=True)
class Pushed:
    """What a push did for one annotator. kept: labels on the server that differ from those to import."""

    annotator: str
    url: str
    added: int
    there: int
    labelled: int
    kept: tuple[str, ...]
    changed: tuple[str, ...]


def push(
    corpus: CorpusPaths,
    studio: Studio,
    annotators: Sequence[str] = (),
    *,
    predictions: bool | None = None,
    labels: bool = False,
) -> list[Pushed]:
    """Bring the projects of annotators up to date with build/tasks.json; return what was done for each.

    annotators: names; none means all of kind `human`. predictions: whether the rules' labels are shown; None
    leaves a project as it is, and shows them in a new one. labels: import the label files of the annotators
    as their finished annotations. Annotators that are no humans always get theirs: the rules' are the
    predictions themselves, a model's its label files.
    Raises DataFaults, before anything is changed, for a task on the server whose text is not the article's.
    """
    ontology = read_ontology(corpus.ontology)
    tasks = read_new_tasks(corpus)
    chosen = choose_annotators(read_annotators(corpus), annotators)
    held: dict[str, list[HeldTask]] = {}
    wrong: list[Fault] = []
    for annotator in bar(chosen, "looking"):
        project = find_project(studio, ontology.name, annotator.name)
        held[annotator.name] = studio.held_tasks(project, HeldTask) if project else []
        wrong += _conflicts(annotator.name, tasks, held[annotator.name])
    check(wrong)
    given = {a.name: _labels_for(corpus, a, tasks, ontology, labels) for a in chosen}
    config, words = label_config(ontology, read_entities(corpus)), instruction(corpus)
    done = []
    for annotator in bar(chosen, "pushing"):
        shown = predictions if annotator.kind == "human" else False
        wanted = Wanted(ontology.name, annotator.name, config, words, shown)
        project, changed = ensure_project(studio, wanted)
        pushing = _Pushing(studio, ontology, annotator, project, given[annotator.name])
        done.append(pushing.run(tasks, held[annotator.name], changed))
    return done


def read_new_tasks(corpus: CorpusPaths) -> list[NewTask]:
    """Return the tasks of build/tasks.json.

    Raises UsageError where it is not there or not what `parley tasks` writes.
    """
    path = corpus.build / "tasks.json"
    try:
        tasks = msgspec.json.decode(path.read_bytes(), type=list[NewTask])
    except FileNotFoundError:
        raise UsageError(f"{corpus.relative(path)} is not there", "run `parley tasks` first")
    except msgspec.DecodeError as error:
        raise UsageError(f"{corpus.relative(path)} cannot be read: {error}", "run `parley tasks` again")
    for task in tasks:
        task.data.setdefault("text_sha256", sha256_text(task.data["text"]))
    return tasks


def _conflicts(annotator: str, tasks: list[NewTask], held: list[HeldTask]) -> list[Fault]:
    """Return a fault for each held task whose text, as pushed or as it is now, is not the article's."""
    text_of = {task.doc_id: str(task.data["text"]) for task in tasks}
    wrong = []
    for task in held:
        data = task.data
        text = text_of.get(data.doc_id)
        if text is not None and data.text != text:
            place = f"{annotator} > {data.doc_id} > task {task.id}"
            if data.text_sha256 != sha256_text(data.text):
                wrong.append(Fault("studio-text-edited", place, "the server's text is not the one pushed"))
            else:
                wrong.append(
                    Fault("text-mismatch", place, "the article's text has changed since it was pushed")
                )
    return wrong


def _labels_for(
    corpus: CorpusPaths, annotator: Annotator, tasks: list[NewTask], ontology: Ontology, wanted: bool
) -> dict[str, tuple[list[dict[str, Any]], float | None]]:
    """Return result and lead time (seconds) to import as an annotator's, by doc_id."""
    if annotator.kind == "rules":
        return {t.doc_id: (t.predictions[0].result if t.predictions else [], None) for t in tasks}
    if annotator.kind == "human" and not wanted:
        return {}
    paths = [layer_path(corpus, annotator.name, t.doc_id) for t in tasks]
    files = [p for p in paths if p.is_file()]
    there = read_layers(corpus, files)
    documents = {d.doc_id: d for d in read_documents(corpus)} if there else {}
    found = zip(files, there, strict=True)
    check(fault for path, layer in found for fault in layer_faults(corpus, path, layer, documents, ontology))
    text_sha256 = {t.doc_id: t.data["text_sha256"] for t in tasks}
    check(
        Fault("text-mismatch", f"{annotator.name} > {layer.doc_id}", "the label file is of another text")
        for layer in there
        if layer.text_sha256 != text_sha256[layer.doc_id]
    )
    return {layer.doc_id: (layer_to_result(layer, ontology), layer.lead_time_s) for layer in there}


@dataclass
class _Pushing:
    """One annotator's push."""

    studio: Studio
    ontology: Ontology
    annotator: Annotator
    project: Project
    given: dict[str, tuple[list[dict[str, Any]], float | None]]

    def run(self, tasks: list[NewTask], held: list[HeldTask], changed: list[str]) -> Pushed:
        there: dict[str, HeldTask] = {}
        for one in sorted(held, key=lambda t: (not t.annotations, not t.drafts, t.id)):
            if one.data.doc_id not in there:
                there[one.data.doc_id] = one
            elif not one.annotations and not one.drafts:
                # a request of a killed push may arrive after the next push has looked
                self.studio.delete_task(one.id)
                changed.append(f"removed task {one.id}, a second one of {one.data.doc_id} without labels")
        new = [t for t in tasks if t.doc_id not in there]
        new.sort(key=lambda t: _turn(self.annotator.name, t.doc_id))
        for start in range(0, len(new), _CHUNK):
            body = [self._task(task) for task in new[start : start + _CHUNK]]
            self.studio.import_tasks(self.project, body)
        labelled = sum(t.doc_id in self.given for t in new)
        kept = []
        for task in tasks:
            if task.doc_id in there and task.doc_id in self.given:
                state = self._label(there[task.doc_id])
                labelled += state == "written"
                if state == "kept":
                    kept.append(task.doc_id)
        changed += self._predictions(tasks, there)
        url = f"{self.studio.url}/projects/{self.project.id}"
        return Pushed(
            self.annotator.name, url, len(new), len(tasks) - len(new), labelled, tuple(kept), tuple(changed)
        )

    @property
    def _shows(self) -> bool:
        """Say whether this annotator may see the rules' labels at all."""
        return self.annotator.kind == "human" and bool(self.project.show_collab_predictions)

    def _predictions(self, tasks: list[NewTask], there: dict[str, HeldTask]) -> list[str]:
        """Give predictions to the tasks that lack them, or take them from all: hidden is not independent."""
        changed = []
        predictions = {t.doc_id: t.predictions for t in tasks}
        given = 0
        for doc_id, task in there.items():
            if self._shows and not task.predictions:
                for prediction in predictions.get(doc_id, []):
                    self.studio.create_prediction(task.id, prediction.model_version, prediction.result)
                    given += 1
        if given:
            changed.append(f"gave predictions to {given} tasks")
        if not self._shows and any(task.predictions for task in there.values()):
            self.studio.delete_predictions(self.project)
            changed.append("took the predictions out of all tasks")
        return changed

    def _task(self, task: NewTask) -> dict[str, Any]:
        made: dict[str, Any] = {"data": {**task.data, "annotator": self.annotator.name}}
        if self._shows:
            made["predictions"] = [msgspec.to_builtins(p) for p in task.predictions]
        if task.doc_id in self.given:
            result, lead_time = self.given[task.doc_id]
            made["annotations"] = [_annotation(result, lead_time)]
        return made

    def _label(self, task: HeldTask) -> str:
        """Import the labels of a task that is there; say whether they were `written`, `same` or `kept`."""
        result, lead_time = self.given[task.data.doc_id]
        finished = [a for a in task.annotations if not a.was_cancelled]
        if not finished:
            self.studio.create_annotation(task.id, _annotation(result, lead_time))
            return "written"
        if self._meant(task, finished) == self._meant(
            task, [Annotation(0, msgspec.convert(result, list[Region]))]
        ):
            return "same"
        if self.annotator.kind == "human":
            return "kept"  # what a person did on the server stands above a file
        newest = max(finished, key=lambda a: (a.updated_at, a.id))
        self.studio.update_annotation(newest.id, result)
        return "written"

    def _meant(self, task: Task, annotations: list[Annotation]) -> tuple[object, ...]:
        """Return the labels of annotations, without the ways there are to write the same."""
        alone = Task(task.id, TaskData(task.data.text, task.data.doc_id), annotations)
        found = read_tasks([alone], self.ontology, self.annotator.name)
        made: list[Layer] = [layer for layer, _ in finished_layers(batch_of(found, self.ontology))]
        return tuple((layer.spans, layer.relations) for layer in made)


def _annotation(result: list[dict[str, Any]], lead_time: float | None) -> dict[str, Any]:
    return {"result": result, "lead_time": lead_time, "was_cancelled": False, "ground_truth": False}


def _turn(annotator: str, doc_id: str) -> str:
    """Return what an annotator's tasks are ordered by: an own order for each, the same in every push."""
    return hashlib.sha256(f"{annotator}\n{doc_id}".encode()).hexdigest()


def report(done: list[Pushed]) -> list[str]:
    """Return what a push did, in lines for people."""
    lines = []
    for one in done:
        what = f"{one.added} tasks added, {one.there} were there"
        if one.labelled:
            what += f", labels of {one.labelled} imported"
        lines.append(f"{one.annotator:<12} {one.url}  {what}")
        lines += [f"  {line}" for change in one.changed for line in change.splitlines()]
        if one.kept:
            lines.append(f"  kept what was decided on the server, not the label file: {', '.join(one.kept)}")
    return lines
