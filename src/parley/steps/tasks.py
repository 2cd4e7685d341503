"""Tasks: each article as Label Studio imports it, with the rules' labels as its prediction.

Articles go from the manifest to the file in blocks, over as many processes as are given: each block is read,
cleaned, pre-annotated and written down in one process, so that neither articles nor tasks are ever all in
memory. The bytes are the same whatever the number of processes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

import msgspec

from parley.faults import Fault, check
from parley.label_studio.export.regions import layer_to_result
from parley.model.documents import Document
from parley.model.labels import Layer, in_order
from parley.model.ontology import Ontology, read_ontology
from parley.model.paths import CorpusPaths
from parley.preannotation import Proposer, model_version
from parley.preannotation.rules import path_of
from parley.preannotation.rules import read_rules as read_proposing_rules
from parley.runtime.csv_rows import Row
from parley.runtime.engine import Cores, Prepared
from parley.runtime.files import writing_whole
from parley.seeds.manifest import check_manifest, manifest_rows, read_rows
from parley.seeds.report import report
from parley.seeds.rules import read_rules

TASKS, CUTS = "tasks.json", "cuts.txt"  # in build/
FEW = 50  # articles, up to which every cut of each is shown
MANY = 1_000  # articles, from which other processes pay for their start
_BLOCK = 64  # articles a process works on at a time

# What of a document a task carries: shown on the screen, or needed to know the labels' article again.
_DATA = ("doc_id", "text", "title", "publisher", "published", "event", "language", "text_sha256")


@dataclass
class Made:
    """What was written. model_version: "" where the corpus has no rules; spans, relations: proposed.

    cuts, characters: how often each cleaning rule cut something, and how much.
    """

    model_version: str
    tasks: int = 0
    spans: int = 0
    relations: int = 0
    cuts: Counter[str] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Block:
    """Tasks as lines of JSON, the report of what was cut from their articles; or what is wrong with them."""

    lines: list[bytes]
    report: str
    made: Made
    wrong: list[Fault]


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


def write_tasks(corpus: CorpusPaths, *, predictions: bool = True, processes: int | None = None) -> Made:
    """Read the seeds; write build/tasks.json, one task a line, and build/cuts.txt; return what is in them.

    predictions: whether the corpus's rules propose labels. processes: that read, clean and propose; by
    default one for each core where the articles are many. Raises DataFaults with all that is wrong with
    seeds, rules or ontology; then the files of before stay.
    """
    ruled = predictions and path_of(corpus).is_file()
    if ruled:
        read_proposing_rules(corpus)  # what is wrong with them is told here, once
    number, wrong = check_manifest(corpus, read_rules(corpus))
    if processes is None and number < MANY:
        processes = 1
    made = Made(model_version(corpus) if ruled else "")
    with writing_whole(corpus.build / CUTS) as report, writing_whole(corpus.build / TASKS) as out:
        out.write(b"[\n")
        work = Prepared(partial(_maker, corpus, made.model_version))
        total = -(-number // _BLOCK)
        for block in Cores(processes).map(work, _blocks(corpus), "making tasks", total):
            wrong.extend(block.wrong)
            report.write(block.report.encode())
            for line in block.lines:
                out.writelines((b",\n" if made.tasks else b"", line))
                made.tasks += 1
            _add(made, block.made)
        out.write(b"\n]\n")
        check(wrong)
    return made


def make_tasks(corpus: CorpusPaths, *, predictions: bool = True, processes: int | None = None) -> str:
    """Read the seeds, write the tasks, and return what was cut and what was proposed, for people.

    predictions, processes, faults: as for `write_tasks`. What was cut is told article by article while they
    are FEW, else rule by rule.
    """
    made = write_tasks(corpus, predictions=predictions, processes=processes)
    cuts = corpus.build / CUTS
    if made.tasks <= FEW:
        lines = [
            "Cut from the articles (characters), by which rule:",
            cuts.read_text(encoding="utf-8").rstrip(),
        ]
    else:
        lines = [f"Cut from the articles, by which rule; article by article in {corpus.relative(cuts)}:"]
        for rule, times in made.cuts.most_common():
            lines.append(f"  {rule:<20}{times:>9,} times {made.characters[rule]:>12,} characters")
    lines.append(f"{corpus.relative(corpus.build / TASKS)}: {made.tasks} tasks")
    if made.model_version:
        lines.append(f"{made.model_version} proposed {made.spans} spans and {made.relations} relations")
    else:
        lines.append("without predictions")
    return "\n".join(lines)


def _blocks(corpus: CorpusPaths) -> Iterator[list[tuple[int, Row]]]:
    rows = manifest_rows(corpus)
    while block := list(islice(rows, _BLOCK)):
        yield block


def _maker(corpus: CorpusPaths, version: str) -> Callable[[list[tuple[int, Row]]], _Block]:
    """Return the function that makes a block of rows of the manifest. version: "" for no predictions."""
    rules, ontology = read_rules(corpus), read_ontology(corpus.ontology)
    proposer = Proposer(corpus) if version else None
    encode = msgspec.json.Encoder(order="sorted").encode

    def make(rows: list[tuple[int, Row]]) -> _Block:
        documents, wrong = read_rows(corpus, rows, rules)
        if wrong:  # nothing will be written: what matters now is what else is wrong
            return _Block([], "", Made(version), wrong)
        layers = list(proposer.layers(documents)) if proposer else []
        lines = [encode(task) for task in tasks(documents, layers, ontology, version)]
        made = Made(
            version,
            0,
            sum(len(layer.spans) for layer in layers),
            sum(len(layer.relations) for layer in layers),
        )
        for document in documents:
            made.cuts.update(cut.rule for cut in document.cuts)
            for cut in document.cuts:
                made.characters[cut.rule] += cut.raw_end - cut.raw_start
        return _Block(lines, report(documents, rules) + "\n", made, [])

    return make


def _add(made: Made, more: Made) -> None:
    made.spans += more.spans
    made.relations += more.relations
    made.cuts.update(more.cuts)
    made.characters.update(more.characters)
