"""Tasks: each article as Label Studio imports it, with the rules' labels as its prediction.

Each batch of articles is pre-annotated and written to a scratch file in one process, and these are put
together: tasks are never all in memory. The bytes are the same on every engine.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from parley.corpus.batches import StoredBatch
from parley.corpus.corpus import Corpus
from parley.faults import check
from parley.label_studio.export.regions import layer_to_result
from parley.model.documents import Document
from parley.model.labels import Layer, in_order
from parley.model.ontology import Ontology
from parley.preannotation.proposals import Proposer, proposer
from parley.runtime.counts import counted
from parley.runtime.engine import Cores, Engine
from parley.runtime.files import TEMPORARY, unfinished, write_part, writing_whole
from parley.seeds.cleaning import Rules, cut_report

TASKS, CUTS = "tasks.json", "cuts.txt"  # in build/
FEW = 50  # articles, up to which every cut of each is shown

# What of a document a task carries: shown on the screen, or needed to know the labels' article again.
_DATA = ("doc_id", "text", "title", "publisher", "published", "event", "language", "text_sha256")


@dataclass
class TaskCounts:
    """What was written. model_version: "" without rules; spans, relations: proposed.

    cuts, characters: how often each cleaning rule cut something, and how much.
    """

    model_version: str
    tasks: int = 0
    spans: int = 0
    relations: int = 0
    cuts: Counter[str] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)


def tasks(
    documents: Iterable[Document], layers: Iterable[Layer | None], ontology: Ontology, version: str
) -> Iterator[dict[str, Any]]:
    """Yield a task a document, in the documents' order: its data, and its layer as a prediction.

    layers: one a document, in the same order; None for a task without prediction. version: the predictions'
    `model_version`. Raises ValueError if a layer is of another document or text.
    """
    for document, layer in zip(documents, layers, strict=True):
        task: dict[str, Any] = {"data": {name: getattr(document, name) for name in _DATA}, "predictions": []}
        if layer is not None:
            if (layer.doc_id, layer.text_sha256) != (document.doc_id, document.text_sha256):
                raise ValueError(f"the layer of {layer.doc_id} is not one of {document.doc_id} as it is now")
            result = layer_to_result(in_order(layer), ontology)
            task["predictions"].append({"model_version": version, "result": result})
        yield task


def write_tasks(corpus: Corpus, *, predictions: bool = True, engine: Engine | None = None) -> TaskCounts:
    """Write build/tasks.json, one task a line, and build/cuts.txt; return what is in them.

    predictions: whether the corpus's rules propose labels. engine: what reads, cleans and proposes, the same
    bytes whichever it is. Raises DataFaults with all that is wrong with seeds, rules or ontology; then the
    files of before stay.
    """
    paths, engine = corpus.paths, engine or Cores()
    proposes = proposer(corpus) if predictions and os.path.lexists(paths.preannotation) else None
    batches = corpus.batches(engine, annotators=(), gold=False)
    check([*corpus.manifest.faults, *batches.faults])
    counts = TaskCounts(proposes.model_version if proposes else "")
    paths.refuse_link(paths.build)
    paths.build.mkdir(parents=True, exist_ok=True)
    with (
        # below build/, where every process finds it that reads the batches
        tempfile.TemporaryDirectory(TEMPORARY, unfinished("tasks"), paths.build) as folder,
        writing_whole(paths.build / CUTS) as cuts,
        writing_whole(paths.build / TASKS) as out,
    ):
        work = partial(_batch_of_tasks, corpus.rules, corpus.ontology, proposes, Path(folder))
        out.write(b"[\n")
        for number, more in engine.map(work, batches, "making tasks"):
            _move(_place(Path(folder), CUTS, number), cuts)
            if counts.tasks and more.tasks:
                out.write(b",\n")
            _move(_place(Path(folder), TASKS, number), out)
            counts.tasks += more.tasks
            counts.spans += more.spans
            counts.relations += more.relations
            counts.cuts.update(more.cuts)
            counts.characters.update(more.characters)
        out.write(b"\n]\n")
    return counts


def _batch_of_tasks(
    rules: Rules, ontology: Ontology, proposes: Proposer | None, scratch: Path, batch: StoredBatch
) -> tuple[int, TaskCounts]:
    """Write the tasks of a batch as lines of JSON, and what was cut from its articles, into a folder.

    Return the number of the batch, and counts.
    """
    documents = batch.load_documents()
    counts = TaskCounts(proposes.model_version if proposes else "")
    layers = list(proposes.layers(documents)) if proposes else []
    encode = msgspec.json.Encoder(order="sorted").encode
    given = layers if proposes else [None] * len(documents)
    lines = [encode(task) for task in tasks(documents, given, ontology, counts.model_version)]
    counts.tasks = len(lines)
    counts.spans = sum(len(layer.spans) for layer in layers)
    counts.relations = sum(len(layer.relations) for layer in layers)
    for cut in (cut for document in documents for cut in document.cuts):
        counts.cuts[cut.rule] += 1
        counts.characters[cut.rule] += cut.raw_end - cut.raw_start
    write_part(_place(scratch, TASKS, batch.number), b",\n".join(lines))
    write_part(_place(scratch, CUTS, batch.number), f"{cut_report(documents, rules)}\n".encode())
    return batch.number, counts


def _place(scratch: Path, name: str, batch: int) -> Path:
    """Return where the part of a file is that comes of a batch."""
    return scratch / f"{name}.{batch}"


def _move(part: Path, out: BinaryIO) -> None:
    """Write a part to the end of its file; the part goes."""
    with part.open("rb") as file:
        shutil.copyfileobj(file, out)
    part.unlink()


def make_tasks(corpus: Corpus, *, predictions: bool = True, engine: Engine | None = None) -> str:
    """Write the tasks; return what was cut and what was proposed, for people. Arguments as for `write_tasks`.

    What was cut is shown article by article if they are FEW, else rule by rule.
    """
    made = write_tasks(corpus, predictions=predictions, engine=engine)
    tasks_file, cuts = (corpus.paths.build / name for name in (TASKS, CUTS))
    if made.tasks <= FEW:
        lines = [
            "Cut from the articles (characters), by which rule:",
            cuts.read_text(encoding="utf-8").rstrip(),
        ]
    else:
        lines = [
            f"Cut from the articles, by which rule; article by article in {corpus.paths.relative(cuts)}:"
        ]
        lines += [
            f"  {rule:<20}{times:>9,} times {made.characters[rule]:>12,} characters"
            for rule, times in made.cuts.most_common()
        ]
    lines.append(f"{corpus.paths.relative(tasks_file)}: {counted(made.tasks, 'task')}")
    labels = f"{counted(made.spans, 'span')} and {counted(made.relations, 'relation')}"
    proposed = f"{made.model_version} proposed {labels}"
    return "\n".join([*lines, proposed if made.model_version else "without predictions"])
