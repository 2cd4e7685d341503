"""Pull: finished annotations, from the server or an export file, into label files.

Everything is gathered and checked first; label files are written after, each whole. A server that goes away
half-way leaves all of them as they were. What cannot be carried over is a named fault, the label file of
that article stays as it was, and all others are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from parley.faults import Fault, UsageError
from parley.label_studio.export.batches import batch_of, finished_layers
from parley.label_studio.export.files import read_export, read_stream
from parley.label_studio.export.findings import CANCELLED, DRAFT, FINISHED, SUPERSEDED, Findings, Refusal
from parley.label_studio.screen.config import label_config
from parley.label_studio.server.client import Studio
from parley.label_studio.server.projects import config_difference, find_project
from parley.model.annotators import Annotator, read_annotators
from parley.model.entities import read_entities
from parley.model.labels import Layer, decode_layer, layer_path, write_layer
from parley.model.ontology import Ontology, read_ontology
from parley.model.paths import CorpusPaths
from parley.runtime.files import write_whole
from parley.runtime.progress import bar
from parley.seeds.manifest import read_documents

LINKS = "label_studio_links.json"  # in build/: where each annotated task is seen in the browser


@dataclass
class Pulled:
    """What a pull found and wrote.

    written, unchanged: (annotator, doc_id) of label files. waiting: (annotator, doc_id, state) of what is no
    finished annotation: `draft`, `cancelled` (skipped), `superseded` (by a newer one), `open` (not begun).
    proposals: what annotators wrote into the field for entities that are not listed yet.
    """

    written: list[tuple[str, str]] = field(default_factory=list)
    unchanged: list[tuple[str, str]] = field(default_factory=list)
    waiting: list[tuple[str, str, str]] = field(default_factory=list)
    proposals: list[dict[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def pull(corpus: CorpusPaths, studio: Studio, annotators: Sequence[str] = ()) -> Pulled:
    """Write the label files of finished annotations on the server; return what was found.

    annotators: names; none means every listed one that has a project. The addresses of their tasks are
    written into build/ too. Faults are in what is returned, those of a hand-edited labelling config with the
    difference.
    Raises UsageError where the server cannot be reached or goes away: then nothing was written.
    """
    ontology = read_ontology(corpus.ontology)
    config = label_config(ontology, read_entities(corpus))
    taking = _Taking(corpus, ontology)
    names = list(dict.fromkeys(annotators)) or list(taking.listed)
    found = False
    links: dict[str, str] = {}
    for name in bar(names, "pulling"):
        project = find_project(studio, ontology.name, name)
        if project is None:
            if annotators:
                raise UsageError(
                    f"{studio.url} has no project for {name}", f"push it first: --annotators {name}"
                )
            continue
        found = True
        difference = config_difference(project.label_config or "", config)
        if difference:
            place = f"project {project.id} {project.title!r}"
            taking.pulled.faults.append(Fault("studio-config-edited", place, "\n".join(difference)))
        with studio.export(project) as stream:
            for one in read_stream(stream, ontology, name):
                links |= _links(one, f"{studio.url}/projects/{project.id}")
                taking.take(one)
    if not found:
        raise UsageError(
            f"{studio.url} has no project of this corpus", "push the tasks first: `parley annotate`"
        )
    write_whole(corpus.build / LINKS, msgspec.json.encode(links, order="sorted"))
    return taking.write()


def pull_export(corpus: CorpusPaths, file: Path, annotator: str = "") -> Pulled:
    """Write the label files of an export file's finished annotations; return what was found.

    annotator: whose they are, where the tasks do not say it themselves.
    Raises UsageError where the file is no whole export.
    """
    ontology = read_ontology(corpus.ontology)
    taking = _Taking(corpus, ontology)
    if annotator and annotator not in taking.listed:
        raise UsageError(f"annotators.csv does not list {annotator}", "add a row for the annotator")
    for one in read_export(file, ontology, annotator):
        taking.take(one)
    return taking.write()


class _Taking:
    """Gathers layers, checks them against the corpus, then writes them."""

    def __init__(self, corpus: CorpusPaths, ontology: Ontology) -> None:
        self.corpus = corpus
        self.ontology = ontology
        self.listed: dict[str, Annotator] = read_annotators(corpus)
        self.text_sha256 = {d.doc_id: d.text_sha256 for d in read_documents(corpus)}
        self.layers: dict[tuple[str, str], list[Layer]] = {}
        self.pulled = Pulled()

    def take(self, found: Findings) -> None:
        """Keep the layers that can be carried over whole."""
        self.pulled.faults += [refusal.fault for refusal in found.refusals]
        self.pulled.proposals += [proposal._asdict() for proposal in found.proposals]
        self._states(found)
        lacking = _lacking(found.refusals)
        for layer, annotation in finished_layers(batch_of(found, self.ontology)):
            if annotation not in lacking and self._belongs(layer):
                self.layers.setdefault((layer.annotator, layer.doc_id), []).append(layer)

    def write(self) -> Pulled:
        """Write the label files whose labels differ; return what was found."""
        pulled = self.pulled
        for (annotator, doc_id), found in sorted(self.layers.items()):
            place = f"{annotator} > {doc_id}"
            if len(found) > 1:
                what = f"{len(found)} tasks of this article have finished annotations"
                pulled.faults.append(Fault("studio-task", place, what))
                continue
            layer = found[0]
            if self.listed[annotator].kind != "human":
                # nobody sat there: the time is that of an import, and would differ in every run
                layer = msgspec.structs.replace(layer, updated="", lead_time_s=None)
            path = layer_path(self.corpus, annotator, doc_id)
            if not _says_the_same(path, layer) and write_layer(path, layer):
                pulled.written.append((annotator, doc_id))
            else:
                pulled.unchanged.append((annotator, doc_id))
        pulled.waiting.sort()
        return pulled

    def _states(self, found: Findings) -> None:
        """Note what is no finished annotation."""
        for row in found.annotations:
            if row.state != FINISHED:
                self.pulled.waiting.append((row.annotator, row.doc_id, row.state))
        self.pulled.waiting += [(who, doc_id, "open") for who, doc_id in found.untouched]

    def _belongs(self, layer: Layer) -> bool:
        """Say whether a layer is of a listed annotator and of an article's present text; name it if not."""
        place = f"{layer.annotator} > {layer.doc_id}"
        wrong = []
        if layer.annotator not in self.listed:
            wrong.append(Fault("annotator-unknown", place, f"annotators.csv does not list {layer.annotator}"))
        if layer.doc_id not in self.text_sha256:
            wrong.append(Fault("document-unknown", place, "no article of this id"))
        elif self.text_sha256[layer.doc_id] != layer.text_sha256:
            wrong.append(Fault("text-mismatch", place, "the article's text is another than the one labelled"))
        self.pulled.faults += wrong
        return not wrong


def _links(found: Findings, project: str) -> dict[str, str]:
    """Return the address of each annotated task in the browser, by `<doc_id>/<annotator>`."""
    rows = found.annotations
    return {f"{row.doc_id}/{row.annotator}": f"{project}/data?task={row.task}" for row in rows}


def _lacking(refusals: Iterable[Refusal]) -> set[int]:
    """Return the annotations of which something could not be carried over."""
    return {refusal.annotation for refusal in refusals if refusal.lost and refusal.annotation}


def _says_the_same(path: Path, layer: Layer) -> bool:
    """Say whether a label file holds these labels already.

    Only the time may differ: an import of the file into a new server gives its annotation a new one.
    """
    if not path.is_file():
        return False
    try:
        held = decode_layer(path.read_bytes())
    except msgspec.DecodeError:
        return False
    return msgspec.structs.replace(held, updated=layer.updated) == layer


def report(pulled: Pulled) -> list[str]:
    """Return what a pull found, in lines for people."""
    lines = [f"wrote    {annotator}/{doc_id}" for annotator, doc_id in pulled.written]
    words = {
        DRAFT: "only saved, not submitted",
        CANCELLED: "skipped",
        SUPERSEDED: "older than another annotation of the same annotator",
        "open": "not begun",
    }
    for state, meaning in words.items():
        those = [f"{annotator}/{doc_id}" for annotator, doc_id, kind in pulled.waiting if kind == state]
        if those:
            lines.append(f"{state:<9}{len(those)} ({meaning}): {', '.join(those)}")
    for row in pulled.proposals:
        lines.append(
            f"new {row['attribute']}? {row['text']!r}  {row['annotator']} > {row['doc_id']} > {row['span']}"
        )
    lines.append(f"{len(pulled.written)} label files written, {len(pulled.unchanged)} as they were")
    return lines
