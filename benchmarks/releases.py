"""Made-up releases of any size, the same bytes from the same seed: the articles of `exports`, as published.

An article has the 120 spans and 70 relations that two annotators gave its task. Features and files are those
of a real release: this checkout's ontology, `parley.release.data.files`; configs `documents`, nested, and
`spans`, flat.
"""

from __future__ import annotations

import hashlib
import multiprocessing
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from exports import BLOCK, RELATION_LABELS, SPAN_LABELS, tasks_between
from rich.progress import track

from parley.model.ontology import Ontology
from parley.model.ontology_file import read_ontology
from parley.release.data.files import write_table
from parley.release.data.schema import configs

SHARD = 2_000  # articles a file
CONFIGS = ("documents", "spans")
_CONSTANT = {"publisher": "press", "published": "2026-01-01", "event": "talks", "language": "en"}
_AROUND = 60  # code points on each side of a span, for its sentence

_ROOT = Path(__file__).parents[1]
_SPAN_CODE = {name: code for code, name in enumerate(SPAN_LABELS)}
_RELATION_CODE = {name: code for code, name in enumerate(RELATION_LABELS)}


def write_release(folder: Path, number: int) -> Path:
    """Write a release over all cores; a folder that is there is kept. number: of articles."""
    if folder.is_dir():
        return folder
    new = folder.with_name(f"{folder.name}.part")
    shards = -(-number // SHARD)
    jobs = [(new, shard, shards, min(SHARD, number - shard * SHARD)) for shard in range(shards)]
    with multiprocessing.get_context("spawn").Pool() as pool:
        for _ in track(pool.imap(_write_shard, jobs), f"making {folder.name}", shards):
            pass
    configs = "".join(
        f"- config_name: {config}\n  data_files:\n  - split: train\n    path: data/{config}/train-*.parquet\n"
        for config in CONFIGS
    )
    (new / "README.md").write_text(f"---\nconfigs:\n{configs}---\n")
    new.rename(folder)
    return folder


def _write_shard(job: tuple[Path, int, int, int]) -> None:
    folder, shard, shards, number = job
    ontology = read_ontology(_ROOT / "annotation" / "ontology.toml")
    begin = shard * SHARD
    made = chain.from_iterable(
        tasks_between(block, min(block + BLOCK, begin + number))
        for block in range(begin, begin + number, BLOCK)
    )
    documents, spans = _rows(made)
    schemas = {config: configs(ontology)[config].arrow for config in CONFIGS}
    for config, table in (
        ("documents", _documents(documents, schemas["documents"], ontology)),
        ("spans", _spans(spans, schemas["spans"], ontology)),
    ):
        write_table(folder / "data" / config / f"train-{shard:05}-of-{shards:05}.parquet", table)


def _rows(made: Any) -> tuple[list[dict[str, Any]], dict[str, list[Any]]]:
    """Return the articles with their labels, and the same spans flat."""
    documents = []
    flat: dict[str, list[Any]] = {name: [] for name in ("doc_id", "sentence", "sentence_start")}
    for task in made:
        doc_id, text = task["data"]["doc_id"], task["data"]["text"]
        regions = list(chain.from_iterable(annotation["result"] for annotation in task["annotations"]))
        spans = [region for region in regions if region["type"] == "labels"]
        row = {region["id"]: index for index, region in enumerate(spans)}
        documents.append(
            {
                "doc_id": doc_id,
                "text": text,
                "spans": [region["value"] for region in spans],
                "relations": [
                    (row[arc["from_id"]], row[arc["to_id"]], arc["labels"][0])
                    for arc in regions
                    if arc["type"] == "relation"
                ],
            }
        )
        starts = [max(0, region["value"]["start"] - _AROUND) for region in spans]
        flat["doc_id"] += [doc_id] * len(spans)
        flat["sentence_start"] += starts
        flat["sentence"] += [
            text[start : region["value"]["end"] + _AROUND]
            for start, region in zip(starts, spans, strict=True)
        ]
    flat["value"] = list(chain.from_iterable(document["spans"] for document in documents))
    return documents, flat


def _span_columns(values: list[dict[str, Any]], ontology: Ontology) -> dict[str, Any]:
    """Return what a span has in both layouts; every second one a value of the first attribute."""
    size = len(values)
    starts, ends = [value["start"] for value in values], [value["end"] for value in values]
    names = [value["labels"][0] for value in values]
    first, *others = ontology.attribute_names
    return {
        "id": [f"{name}-{start}-{end}" for name, start, end in zip(names, starts, ends, strict=True)],
        "label": names,
        "label_id": [_SPAN_CODE[name] for name in names],
        "start": starts,
        "end": ends,
        "text": [value["text"] for value in values],
        first: ["value" if row % 2 else None for row in range(size)],
        **{name: [None] * size for name in (*others, *(f"{name}_id" for name in ontology.attribute_names))},
        **_origin(size),
    }


def _origin(size: int) -> dict[str, Any]:
    return {"sources": [["user-1", "user-2"]] * size, "decision": ["agreed"] * size, "reason": [None] * size}


def _spans(flat: dict[str, list[Any]], schema: pa.Schema, ontology: Ontology) -> pa.Table:
    size = len(flat["doc_id"])
    columns = {
        **_span_columns(flat.pop("value"), ontology),
        **flat,
        "sentence_id": [0] * size,
        **{name: [value] * size for name, value in _CONSTANT.items()},
        "annotator": ["gold"] * size,
        "annotator_kind": ["human"] * size,
        "fold": [0] * size,
    }
    return pa.table({name: columns[name] for name in schema.names}, schema=schema)


def _documents(rows: list[dict[str, Any]], schema: pa.Schema, ontology: Ontology) -> pa.Table:
    spans = _span_columns(list(chain.from_iterable(row["spans"] for row in rows)), ontology)
    begins = np.cumsum([0, *(len(row["spans"]) for row in rows)]).tolist()
    arcs = list(chain.from_iterable(row["relations"] for row in rows))
    ids = [
        [spans["id"][begin + end] for end in arc[:2]]
        for begin, row in zip(begins, rows, strict=False)
        for arc in row["relations"]
    ]
    relations = {
        "id": [f"{head}.{label}.{tail}" for head, tail, label in arcs],
        "label": [label for _, _, label in arcs],
        "label_id": [_RELATION_CODE[label] for _, _, label in arcs],
        "head_index": [head for head, _, _ in arcs],
        "tail_index": [tail for _, tail, _ in arcs],
        "head_id": [head for head, _ in ids],
        "tail_id": [tail for _, tail in ids],
        **_origin(len(arcs)),
    }
    digests = [hashlib.sha256(row["text"].encode()).hexdigest() for row in rows]
    columns = {
        "doc_id": [row["doc_id"] for row in rows],
        "text": [row["text"] for row in rows],
        "title": [row["text"][:60] for row in rows],
        "text_sha256": digests,
        "seed_sha256": digests,
        "fold": [0] * len(rows),
        "spans": _nested(spans, [len(row["spans"]) for row in rows], schema.field("spans").type),
        "relations": _nested(
            relations, [len(row["relations"]) for row in rows], schema.field("relations").type
        ),
        **{name: [value] * len(rows) for name, value in _CONSTANT.items()},
        **{name: ["made up"] * len(rows) for name in ("rights", "annotator", "annotator_kind")},
    }
    return pa.table({name: columns[name] for name in schema.names}, schema=schema)


def _nested(columns: dict[str, Any], sizes: list[int], kind: pa.ListType) -> pa.Array:
    fields = list(kind.value_type)
    struct = pa.StructArray.from_arrays(
        [pa.array(columns[field.name], field.type) for field in fields], fields=fields
    )
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), struct, type=kind)
