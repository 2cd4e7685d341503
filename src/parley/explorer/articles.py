"""The articles of a part: each written as a shard, and the index of their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from parley.explorer.article import DIMENSIONS, Article
from parley.explorer.index import Index
from parley.explorer.parts import ARTICLES, LABELS, RELATIONS, SPANS, TABLES, Part, PartCounts, Row, Task
from parley.explorer.shards import article_name, digits, table, write
from parley.explorer.statements import CONFIGS, add, index_of, read_rows
from parley.faults import DataFaults, Fault
from parley.model.documents import METADATA
from parley.model.ontology import Ontology
from parley.release.data.files import PublishedBatch, annotated, read_config

_OPENING = 90  # characters


def write_part(task: Task, part: Part) -> PartCounts:
    """Write the shards of a part; return what was counted in it.

    Raises DataFaults if a file cannot be read, or an article's name is none of a file.
    """
    names = frozenset((part.file,))
    batch = PublishedBatch(task.release, task.ontology, names).load()
    layers = batch.layers["doc_id"].to_pylist()
    spans, relations = (_by_layer(table, layers) for table in (batch.spans, batch.relations))
    rivals = _annotators(task, names)
    published = {name: read_rows(task.release, task.ontology, name, names) for name in CONFIGS}
    starts: dict[str, list[int]] = {}
    sentences = read_config(task.release, "sentences", ["doc_id", "start"], names)
    for doc_id, start in zip(*(sentences[n].to_pylist() for n in ("doc_id", "start")), strict=True):
        starts.setdefault(doc_id, []).append(start)
    seeds = task.extras.seeds(batch.documents["doc_id"].to_pylist())
    indexes, choices = _indexes(task.ontology)
    counted, listed = PartCounts(), []
    times: list[list[Any]] = []
    ends: dict[str, list[int]] = {"head": [], "tail": []}  # of each relation, the span's place in its article
    of_document = dict(
        zip(layers, batch.layers.select([*task.ontology.of_document]).to_pylist(), strict=True)
    )
    for row in batch.documents.to_pylist():
        doc_id = row["doc_id"]
        row["said"] = of_document.get(doc_id, {})
        labels = spans.get(doc_id, []), relations.get(doc_id, [])
        article = Article(task, row, *labels, rivals.get(doc_id, {}))
        seed = seeds.get(doc_id)
        try:
            place = article_name(doc_id, task.folders)
        except ValueError as error:
            name = f"{task.release.name} > {part.file}"
            raise DataFaults([Fault("release-damaged", name, f"the doc_id {error}", name)])
        made = article.made(starts.get(doc_id, []), part.split, seed)
        own = {name: published[name].get(doc_id, []) for name in CONFIGS}
        write(task.out, place, made | {name: article.statements(rows) for name, rows in own.items()})
        counted.article(row)
        article.index(indexes, choices, counted)
        for end, places in article.ends().items():
            ends[end] += places
        for name, rows in own.items():
            indexes[name].article()
            counted.rows[name] += len(rows)
            for one, said in rows:
                add(indexes[name], name, one, None if task.withheld else said)
        times += article.times()
        indexes[ARTICLES].article()
        indexes[ARTICLES].add((), (), None if task.withheld else f"{row['title'] or ''}\n{row['text'] or ''}")
        listed.append(
            {"doc_id": doc_id, **{n: row[n] or "" for n in METADATA}, "split": part.split}
            | {"length": len(row["text"] or ""), "opening": _opening(task, row)}
        )
    write(task.out, f"parts/{part.number}/articles", table(listed))
    write(task.out, f"parts/{part.number}/times", times)
    counted.dated = len(times)
    counted.parts = [len(listed)]
    counted.dimensions = {name: indexes[name].dimensions for name in TABLES}
    for name, index in indexes.items():
        more = {end: digits(found) for end, found in ends.items()} if name == RELATIONS else {}
        found = index.write(task.out, name, part.number, **more)
        if name in TABLES:
            counted.documents_of[name] = index.rows
            counted.combinations[name] = [found]
    for name in ("doc_id", "event", "publisher"):
        counted.documents_of[name] = [one[name] for one in listed]
    return counted


def _indexes(ontology: Ontology) -> tuple[dict[str, Index], list[str]]:
    """Return the empty indexes of a part, and the attributes that labels are counted by."""
    kinds = {a.name: a.kind for a in reversed(ontology.attributes)}  # the first of a name counts
    choices = [name for name in ontology.attribute_names if kinds[name] == "choice"]
    labels = {name: Index(DIMENSIONS[name]) for name in LABELS}
    labels[SPANS] = Index((*DIMENSIONS[SPANS], *choices))
    return {ARTICLES: Index()} | labels | {name: index_of(name) for name in CONFIGS}, choices


def _opening(task: Task, row: Row) -> str:
    """Return the first words of an article that shows no title."""
    text = "" if task.withheld or row["title"] else row["text"] or ""
    opening = " ".join(text[:_OPENING].split())
    return opening if len(text) <= _OPENING else opening.rpartition(" ")[0] or opening


def _by_layer(table: pa.Table, doc_ids: Sequence[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in table.to_pylist():
        found.setdefault(doc_ids[row["layer"]], []).append(row)
    return found


def _annotators(task: Task, names: frozenset[str]) -> dict[str, dict[str, tuple[list[Row], list[Row]]]]:
    """Return each annotator's spans and relations, by article and annotator."""
    batch = annotated(task.release, task.ontology, names)
    layers = batch.layers.select(["doc_id", "annotator"]).to_pylist()
    found: dict[str, dict[str, tuple[list[Row], list[Row]]]] = {}
    for number, rows in enumerate((batch.spans, batch.relations)):
        for row in rows.to_pylist():
            layer = layers[row["layer"]]
            own = found.setdefault(layer["doc_id"], {}).setdefault(layer["annotator"], ([], []))
            own[number].append(row)
    return found
