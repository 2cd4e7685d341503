"""Pull: finished annotations, from the server or an export file, into label files.

Everything is read and checked first; label files are written after, each whole. A server that goes away
half-way leaves all of them as they were. What cannot be carried over is a named fault, the label file of
that article stays as it was, and all others are written. What the labels say is judged by `steps.pull`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path

import msgspec

from parley.corpus.corpus import Corpus
from parley.faults import Fault, UsageError, visible
from parley.label_studio.export.files import read_export, read_stream, worthwhile_processes
from parley.label_studio.export.findings import (
    CANCELLED,
    DRAFT,
    FINISHED,
    SUPERSEDED,
    Findings,
    People,
    Remark,
)
from parley.label_studio.export.layers import finished_layers
from parley.label_studio.export.limits import LIMITS, Limits
from parley.label_studio.export.people import Whose, check_people, listed_names, merge_people
from parley.label_studio.screen import label_config
from parley.label_studio.server.projects import config_difference, find_project
from parley.label_studio.server.seats import Desk
from parley.model.entities import settled
from parley.model.labels import Layer, layer_path, same_labels
from parley.model.waiting_layers import Key, WaitingLayers
from parley.runtime.files import write_whole
from parley.runtime.many_files import write_many
from parley.runtime.memory import without_garbage_collection
from parley.runtime.progress import bar

_SHOWN = 200  # label files that are named one by one when they are written, and tasks of a state
LINKS = "label_studio_links.json"  # in build/: where each annotated task is seen in the browser


@dataclass
class PullReport:
    """What a pull found and wrote.

    layers: what is finished and can be carried over whole, by (annotator, doc_id). written, unchanged: those
    of label files. waiting: (annotator, doc_id, state) of what is not a finished annotation: `draft`,
    `cancelled` (skipped), `superseded` (by a newer one), `open` (not begun). remarks: what annotators wrote
    on regions. owners: whose annotation of which article a fault is in, if it is in one. links: address of
    the task in the annotator's own server, by (annotator, doc_id).
    """

    layers: WaitingLayers = field(default_factory=partial(WaitingLayers, {}))
    written: list[Key] = field(default_factory=list)
    unchanged: list[Key] = field(default_factory=list)
    waiting: list[tuple[str, str, str]] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    owners: dict[Fault, Key] = field(default_factory=dict)
    links: dict[Key, str] = field(default_factory=dict)


def pull(corpus: Corpus, desk: Desk, annotators: Sequence[str] = (), *, write: bool = True) -> PullReport:
    """Write the label files of finished annotations on the servers; return what was found.

    annotators: names; none means every listed one that has a project on a server that runs. Work that another
    than the annotator did on a seat is refused. write: else no file is. The addresses of the tasks are
    written into build/ too. Faults are in what is returned, those of a hand-edited labelling config with the
    difference.
    Raises UsageError if the server cannot be reached or goes away: then nothing was written.
    """
    pulled, intake = PullReport(), _Intake.of(corpus)
    config = label_config(corpus.ontology, corpus.entities)
    any_project = False
    for name in bar(list(dict.fromkeys(annotators)) or desk.running(corpus.annotators), "pulling"):
        studio = desk.seat(name)
        project = find_project(studio, corpus.ontology.name, name)
        if project is None:
            if annotators:
                raise UsageError(
                    f"{studio.url} has no project for {name}", f"push it first: --annotators {name}"
                )
            continue
        any_project = True
        difference = config_difference(project.label_config or "", config)
        if difference:
            place = f"project {project.id} {project.title!r}"
            pulled.faults.append(Fault("studio-config-edited", place, "\n".join(difference)))
        with studio.export(project) as stream:
            for found in read_stream(stream, corpus.ontology, desk.people(name)):
                intake.take(_read(corpus, found, pulled))
                for row in found.annotations:
                    address = f"{studio.url}/projects/{project.id}/data?task={row.task}"
                    pulled.links[row.annotator, row.doc_id] = address
    if not any_project:
        raise UsageError(
            "Label Studio has no project of this corpus", "push the tasks first: `parley annotate`"
        )
    if write:
        links = {f"{doc_id}/{annotator}": link for (annotator, doc_id), link in pulled.links.items()}
        write_whole(corpus.paths.build / LINKS, msgspec.json.encode(links, order="sorted"))
    return intake.done(pulled, write=write)


def pull_export(
    corpus: Corpus, file: Path, annotator: Whose = "", *, limits: Limits = LIMITS, write: bool = True
) -> PullReport:
    """Write the label files of an export file's finished annotations; return what was found.

    annotator: whose they are if the tasks do not say it, or a name for each person who completed one. write:
    else no file is.
    Raises UsageError if the file is not a complete export, or gives one name to the work of several people.
    """
    listed_names(annotator, corpus.annotators)
    _ = corpus.manifest  # a corpus without articles is refused before its export is read
    processes = worthwhile_processes(file)
    findings = read_export(file, corpus.ontology, annotator, processes=processes, limits=limits)
    first = list(islice(findings, 1))  # processes are forked before the articles are read, over threads
    pulled, intake, persons = PullReport(), _Intake.of(corpus), People()
    for found in chain(first, findings):
        intake.take(_read(corpus, found, pulled))
        merge_people(persons, found.people)
    check_people(persons)
    return intake.done(pulled, write=write)


def _read(corpus: Corpus, found: Findings, pulled: PullReport) -> Iterator[Layer]:
    """Yield the layers that can be carried over whole; note all else."""
    pulled.faults += [refusal.fault for refusal in found.refusals]
    keys = {(row.task, row.annotation): (row.annotator, row.doc_id) for row in found.annotations}
    for refusal in found.refusals:
        if refusal.task is not None and refusal.annotation is not None:
            key = keys.get((refusal.task, refusal.annotation))
            pulled.owners |= {refusal.fault: key} if key else {}
    pulled.remarks += found.remarks
    pulled.waiting += [(r.annotator, r.doc_id, r.state) for r in found.annotations if r.state != FINISHED]
    pulled.waiting += [(annotator, doc_id, "open") for annotator, doc_id in found.untouched]
    lacking = {(refusal.task, refusal.annotation) for refusal in found.refusals if refusal.lost}
    for layer, ids in finished_layers(found, corpus.ontology):
        if ids in lacking:
            continue
        place = f"{layer.annotator} > {layer.doc_id}"
        wrong = []
        if layer.annotator not in corpus.annotators:
            wrong.append(Fault("annotator-unknown", place, f"annotators.csv does not list {layer.annotator}"))
        if layer.doc_id not in corpus.numbers:
            wrong.append(Fault("document-unknown", place, "no article of this id"))
        elif corpus.text_sha256(layer.doc_id) != layer.text_sha256:
            wrong.append(Fault("text-mismatch", place, "the article's text is another than the one labelled"))
        pulled.faults += wrong
        if not wrong:
            yield settled(layer, corpus.ontology, corpus.entities)


@dataclass
class _Intake:
    """Layers as they come. often: how often one of an annotator and article came, if not once."""

    corpus: Corpus
    layers: WaitingLayers
    often: Counter[Key] = field(default_factory=Counter)

    @classmethod
    def of(cls, corpus: Corpus) -> _Intake:
        """Return what takes in the layers of a corpus."""
        return cls(corpus, WaitingLayers(corpus.numbers))

    def take(self, layers: Iterable[Layer]) -> None:
        """Take layers in."""
        with without_garbage_collection():
            for layer in layers:
                key = layer.annotator, layer.doc_id
                if key in self.layers:
                    self.often[key] += 1 if key in self.often else 2
                if self.corpus.annotators[layer.annotator].kind != "human":
                    # nobody worked on it: the time is that of an import, and would differ in every run
                    self.layers.add(msgspec.structs.replace(layer, updated="", lead_time_s=None))
                else:
                    self.layers.add(layer)

    def done(self, pulled: PullReport, *, write: bool) -> PullReport:
        """Write the label files whose labels differ; return what was found."""
        for key, number in sorted(self.often.items()):
            what = f"{number} annotations of this article are finished, of several tasks or people"
            pulled.faults.append(Fault("studio-task", " > ".join(key), what))
            self.layers.drop(key)
        if write:
            write_many(self._changed(pulled))
        pulled.layers = self.layers
        pulled.waiting.sort()
        return pulled

    def _changed(self, pulled: PullReport) -> Iterator[tuple[Path, bytes]]:
        """Yield the label files whose labels differ, with their bytes; note which they are."""
        paths = self.corpus.paths
        for key in bar(self.layers, "writing label files", len(self.layers)):
            path, data = layer_path(paths, *key), self.layers.encoded(key)
            if path.is_file() and same_labels(paths.read(path), data):
                pulled.unchanged.append(key)
            else:
                pulled.written.append(key)
                yield path, data


def report(pulled: PullReport) -> list[str]:
    """Return what a pull found, in lines for people."""
    lines = [f"wrote    {annotator}/{doc_id}" for annotator, doc_id in pulled.written[:_SHOWN]]
    if len(pulled.written) > _SHOWN:
        lines.append(f"wrote    {len(pulled.written) - _SHOWN:,} more")
    meanings = {
        DRAFT: "only saved, not submitted",
        CANCELLED: "skipped",
        SUPERSEDED: "older than another annotation of the same annotator",
        "open": "not begun",
    }
    for state, meaning in meanings.items():
        tasks = [f"{annotator}/{doc_id}" for annotator, doc_id, kind in pulled.waiting if kind == state]
        if tasks:
            more = [f"{len(tasks) - _SHOWN:,} more"] if len(tasks) > _SHOWN else []
            lines.append(f"{state:<11}{len(tasks):,} ({meaning}): {', '.join(tasks[:_SHOWN] + more)}")
    for remark in pulled.remarks:
        place = " > ".join(filter(None, (remark.annotator, remark.doc_id, remark.region)))
        lines.append(f"remark   {remark.text!r}  {place}")
    if pulled.written or pulled.unchanged:
        files = f"{len(pulled.written)} label file{'s' * (len(pulled.written) != 1)}"
        lines.append(f"{files} written, {len(pulled.unchanged)} as before")
    return [visible(line) for line in lines]
