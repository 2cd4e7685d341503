"""Tasks: each article as Label Studio imports it, with the rules' labels as its prediction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from parley.corpus import Corpus
from parley.documents import Document
from parley.label_studio.regions import layer_to_result
from parley.labels import Layer, in_order, write_whole
from parley.ontology import Ontology, read_ontology
from parley.preannotation import model_version, preannotate
from parley.preannotation.rules import path_of
from parley.progress import bar
from parley.seeds.reading import read_documents

# What of a document a task carries: shown on the screen, or needed to know the labels' article again.
_DATA = ("doc_id", "text", "title", "publisher", "published", "event", "language", "text_sha256")


@dataclass(frozen=True)
class Made:
    """What was written. model_version: "" where the corpus has no rules; spans, relations: proposed."""

    tasks: int
    spans: int
    relations: int
    model_version: str


def tasks(
    documents: Iterable[Document], layers: Iterable[Layer], ontology: Ontology, version: str
) -> Iterator[dict[str, Any]]:
    """Yield a task a document, in the documents' order: its data, and its layer as a prediction.

    layers: one a document, in the same order; none at all for tasks without predictions. version: the
    predictions' `model_version`. Raises ValueError where a layer is of another document or text.
    """
    given = iter(layers)
    for document in documents:
        task: dict[str, Any] = {"data": {name: getattr(document, name) for name in _DATA}, "predictions": []}
        layer = next(given, None)
        if layer is not None:
            if (layer.doc_id, layer.text_sha256) != (document.doc_id, document.text_sha256):
                raise ValueError(f"the layer of {layer.doc_id} is not one of {document.doc_id} as it is now")
            result = layer_to_result(in_order(layer), ontology)
            task["predictions"].append({"model_version": version, "result": result})
        yield task


def write_tasks(
    corpus: Corpus, documents: list[Document], *, predictions: bool = True, n_process: int = 1
) -> Made:
    """Write build/tasks.json, one task a line; return what is in it.

    predictions: whether the corpus's rules propose labels. n_process: processes that match them.
    Raises DataFaults where the rules are malformed.
    """
    ruled = predictions and path_of(corpus).is_file()
    layers = preannotate(documents, corpus, n_process=n_process) if ruled else iter(())
    version = model_version(corpus) if ruled else ""
    spans = relations = 0

    def counted() -> Iterator[Layer]:
        nonlocal spans, relations
        for layer in layers:
            spans += len(layer.spans)
            relations += len(layer.relations)
            yield layer

    made = tasks(bar(documents, "pre-annotating"), counted(), read_ontology(corpus.ontology), version)
    lines = [msgspec.json.encode(task, order="sorted") for task in made]
    write_whole(corpus.build / "tasks.json", b"[\n" + b",\n".join(lines) + b"\n]\n")
    return Made(len(lines), spans, relations, version)


def make_tasks(corpus: Corpus, *, predictions: bool = True, n_process: int = 1) -> str:
    """Read the seeds, write the tasks, and return what was cut and what was proposed, for people.

    Raises DataFaults where seeds, rules or ontology have faults; then nothing is written.
    """
    from parley.seeds.report import report
    from parley.seeds.rules import read_rules

    documents = read_documents(corpus)
    made = write_tasks(corpus, documents, predictions=predictions, n_process=n_process)
    lines = [
        "Cut from the articles (characters), by which rule:",
        report(documents, read_rules(corpus)),
        f"{corpus.relative(corpus.build / 'tasks.json')}: {made.tasks} tasks",
    ]
    if made.model_version:
        lines.append(f"{made.model_version} proposed {made.spans} spans and {made.relations} relations")
    else:
        lines.append("without predictions")
    return "\n".join(lines)
