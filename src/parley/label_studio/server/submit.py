"""Submit: layers made without Label Studio, as the annotator's own annotations of the blind project.

The annotator's own account does it, so that the server knows whose work it is, as if it had been done on the
screen. `pull` brings it into the label files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from parley.corpus.corpus import Corpus
from parley.faults import Fault, UsageError, check
from parley.label_studio.export.people import name_of
from parley.label_studio.export.regions import Task, layer_to_result
from parley.label_studio.server.projects import find_project, one_task_each
from parley.label_studio.server.push import conflicts, equal_labels, newest
from parley.label_studio.server.seats import Desk
from parley.model.batch import LABELS, Batch, LayerFile
from parley.model.labels import Layer, layer_path
from parley.runtime.progress import bar
from parley.validation.layer_faults import layer_faults


@dataclass
class SubmitReport:
    """What a submission did: the articles by what became of them. url: of the project."""

    annotator: str
    url: str
    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


def submit(corpus: Corpus, desk: Desk, annotator: str, layers: Sequence[Layer]) -> SubmitReport:
    """Submit layers of an annotator, one an article, in the annotator's project; return what was done.

    An annotation that the account has submitted before is updated. Raises DataFaults, before anything is
    changed, for a layer that does not fit the ontology or the text on the server; UsageError if the project
    or a task is not there yet.
    """
    _check(corpus, annotator, layers)
    studio = desk.account(annotator)
    project = find_project(studio, corpus.ontology.name, annotator)
    if project is None:
        remedy = f"push the tasks first: `parley push-tasks --annotators {annotator}`"
        raise UsageError(f"{studio.url} has no project for {annotator}", remedy)
    found = studio.tasks(project, Task)
    text_of = {layer.doc_id: corpus.documents[layer.doc_id].text for layer in layers}
    check(conflicts(annotator, text_of, found))
    tasks, _ = one_task_each(studio, found)
    lacking = [layer.doc_id for layer in layers if layer.doc_id not in tasks]
    if lacking:
        remedy = f"run `parley tasks`, then `parley push-tasks --annotators {annotator}`"
        raise UsageError(f"{project.title!r} has no task of {', '.join(lacking)}", remedy)
    own = {str(studio.own_number()): annotator}
    done = SubmitReport(annotator, f"{studio.url}/projects/{project.id}")
    for layer in bar(list(layers), "submitting"):
        task, result = tasks[layer.doc_id], layer_to_result(layer, corpus.ontology)
        before = [a for a in task.annotations if not a.was_cancelled and name_of(a.completed_by, own)]
        if not before:
            studio.create_annotation(task.id, {"result": result, "was_cancelled": False})
            done.new.append(layer.doc_id)
        elif equal_labels(task, [newest(before)], result, corpus.ontology):
            done.unchanged.append(layer.doc_id)
        else:
            studio.update_annotation(newest(before).id, result)
            done.updated.append(layer.doc_id)
    return done


def _check(corpus: Corpus, annotator: str, layers: Sequence[Layer]) -> None:
    """Check that layers can be written as annotations. Raises DataFaults."""
    documents = [corpus.documents[layer.doc_id] for layer in layers]
    files = [corpus.paths.relative(layer_path(corpus.paths, annotator, layer.doc_id)) for layer in layers]
    made = [LayerFile(layer, LABELS, file) for layer, file in zip(layers, files, strict=True)]
    faults = layer_faults(Batch.of(documents, made, corpus.ontology), corpus.ontology)
    check(Fault(f.code, f.place, f.message) for some in faults.values() for f in some)


def report(done: SubmitReport) -> list[str]:
    """Return what a submission did, in lines for people."""
    parts = (("submitted", done.new), ("updated", done.updated), ("as before", done.unchanged))
    said = [f"{len(names)} {what}: {', '.join(names)}" for what, names in parts if names]
    return [f"{done.annotator:<12} {done.url}", *(f"  {line}" for line in said)]
