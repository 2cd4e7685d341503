"""The ways to turn a Label Studio export into Parquet tables, each a process of its own.

`parley` is this project's; the others are what people script today on the libraries they have, each written
the short way and each checking every span's words at its offsets, as `parley` does. `limit` decodes the lines
with types and writes the finished tables, and does nothing between: what one process cannot be faster than.

  python benchmarks/export_ways.py WAY --array export.json --lines export.jsonl --tables FOLDER --out FOLDER
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONFIG = (
    """<View><Labels name="label" toName="text">{labels}</Labels><Text name="text" value="$text"/></View>"""
)


@dataclass(frozen=True)
class Paths:
    """The same export as array and as lines; tables: what `parley` made of it; out: an empty folder."""

    array: Path
    lines: Path
    tables: Path
    out: Path


@dataclass(frozen=True)
class Way:
    """A way, what it keeps of an export, and whether `--processes` is its own."""

    run: Callable[[Paths], None]
    title: str
    keeps: str


def sdk_json_min(paths: Paths) -> None:
    """Convert with label-studio-sdk, then flatten its JSON_MIN."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    _sdk_converter().convert(str(paths.array), str(paths.out), "JSON_MIN", is_dir=False)
    rows: dict[str, list[Any]] = {
        name: [] for name in ("task", "annotation", "start", "end", "label", "text")
    }
    with (paths.out / "result.json").open() as file:
        records = json.load(file)
    for record in records:
        for span in record.get("label", ()):
            _check(record["text"], span["start"], span["end"], span["text"])
            rows["task"].append(record["id"])
            rows["annotation"].append(record["annotation_id"])
            rows["start"].append(span["start"])
            rows["end"].append(span["end"])
            rows["label"].append(span["labels"][0])
            rows["text"].append(span["text"])
    pq.write_table(pa.table(rows), paths.out / "spans.parquet", compression="zstd")


def sdk_conll(paths: Paths) -> None:
    """Convert with label-studio-sdk to CoNLL 2003; there is no Parquet of it."""
    _sdk_converter().convert(str(paths.array), str(paths.out), "CONLL2003", is_dir=False)


def pandas_normalize(paths: Paths) -> None:
    """Flatten the array with pandas."""
    import pandas as pd

    with paths.array.open() as file:
        tasks = json.load(file)
    results = pd.json_normalize(
        tasks,
        record_path=["annotations", "result"],
        meta=["id", ["annotations", "id"], ["annotations", "completed_by"]],
        meta_prefix="task.",
    )
    texts = {task["id"]: task["data"]["text"] for task in tasks}
    spans = results[results["type"] == "labels"]
    relations = results[results["type"] == "relation"]
    for text, start, end, quote in zip(
        spans["task.id"].map(texts),
        spans["value.start"],
        spans["value.end"],
        spans["value.text"],
        strict=True,
    ):
        _check(text, int(start), int(end), quote)
    spans.drop(columns=["from_id", "to_id", "direction", "labels"]).to_parquet(
        paths.out / "spans.parquet", compression="zstd"
    )
    relations[["task.id", "from_id", "to_id", "direction", "labels"]].to_parquet(
        paths.out / "relations.parquet", compression="zstd"
    )


def datasets_lines(paths: Paths) -> None:
    """Load the lines with `load_dataset("json")` and map."""
    _datasets(paths.lines, paths.out)


def datasets_array(paths: Paths) -> None:
    """Load the array with `load_dataset("json")` and map."""
    _datasets(paths.array, paths.out)


# what of a task is read; of a region both what a span has and what a relation has
_REGION = (
    "STRUCT(id VARCHAR, type VARCHAR, from_id VARCHAR, to_id VARCHAR, labels VARCHAR[],"
    ' "value" STRUCT("start" INTEGER, "end" INTEGER, text VARCHAR, labels VARCHAR[]))'
)
_TASK = {
    "id": "BIGINT",
    "data": "STRUCT(doc_id VARCHAR, text VARCHAR)",
    "annotations": (
        "STRUCT(id BIGINT, completed_by BIGINT, was_cancelled BOOLEAN, updated_at VARCHAR, lead_time DOUBLE,"
        f" result {_REGION}[])[]"
    ),
}
_TABLES_BY_DUCKDB = (
    """CREATE TABLE regions AS
       SELECT doc_id, annotator, row_number() OVER () AS place, text AS whole,
              unnest(result) AS region, generate_subscripts(result, 1) AS nth
       FROM annotations WHERE state = 'finished'""",
    """CREATE TABLE spans AS
       SELECT doc_id, annotator, place, region.id AS region, region.value.labels[1] AS label,
              region.value.start AS "start", region.value.end AS "end", region.value.text AS text,
              concat(label, '-', "start", '-', "end") AS id,
              substring(whole, "start" + 1, "end" - "start") = region.value.text AS sound
       FROM regions WHERE region.type = 'labels'""",
    """CREATE TABLE relations AS
       SELECT r.doc_id, r.annotator, r.place, r.nth, r.region.labels[1] AS label,
              head.id AS head, tail.id AS tail,
              concat(head.id, '.', r.region.labels[1], '.', tail.id) AS id
       FROM regions r
       JOIN spans head ON head.region = r.region.from_id AND head.place = r.place
       JOIN spans tail ON tail.region = r.region.to_id AND tail.place = r.place
       WHERE r.region.type = 'relation'""",
)
_FILES_BY_DUCKDB = {
    "annotations": """
       SELECT doc_id, annotator, task, annotation, state, text_sha256, updated, lead_time_s,
              len(list_filter(result, lambda one: one.type = 'labels'))::INTEGER AS spans,
              len(list_filter(result, lambda one: one.type = 'relation'))::INTEGER AS relations
       FROM annotations""",
    "spans": 'SELECT doc_id, annotator, id, label, "start", "end", text FROM spans',
    "relations": "SELECT doc_id, annotator, id, label, head, tail FROM relations ORDER BY place, nth",
}


def duckdb_read_json(paths: Paths) -> None:
    """Read the array with duckdb's typed JSON reader; check and write in SQL, on all cores."""
    import duckdb

    known = duckdb.connect()
    known.execute("SET preserve_insertion_order = true")
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in _TASK.items())
    known.execute(
        f"""CREATE TABLE annotations AS
            SELECT doc_id, 'user-' || one.completed_by AS annotator, task, one.id AS annotation,
                   if(one.was_cancelled, 'cancelled', 'finished') AS state, text_sha256,
                   one.updated_at AS updated, one.lead_time AS lead_time_s, text, one.result AS result
            FROM (SELECT id AS task, data.doc_id AS doc_id, data.text AS text,
                         sha256(data.text) AS text_sha256, unnest(annotations) AS one
                  FROM read_json($1, format = 'array', columns = {{{columns}}},
                                 maximum_object_size = 100_000_000))""",  # noqa: S608 - of our own constants
        [str(paths.array)],
    )
    for statement in _TABLES_BY_DUCKDB:
        known.execute(statement)
    (wrong,) = known.execute("SELECT count(*) FROM spans WHERE NOT sound").fetchone() or (0,)
    if wrong:
        raise ValueError(f"{wrong} spans are not at their offsets")
    for name, rows in _FILES_BY_DUCKDB.items():
        known.execute(f"COPY ({rows}) TO '{paths.out / name}.parquet' (FORMAT parquet, COMPRESSION zstd)")


def limit(paths: Paths) -> None:
    """Decode the lines with types; write the finished tables. Prints the seconds of the two."""
    import msgspec
    import pyarrow.parquet as pq

    from parley.label_studio.export.regions import Task
    from parley.label_studio.export.table_files import ROWS_PER_GROUP

    decoder = msgspec.json.Decoder(Task)
    gc.disable()
    begin = time.perf_counter()
    with paths.lines.open("rb") as file:
        for line in file:
            decoder.decode(line)
    decoding = time.perf_counter() - begin
    writing = 0.0
    for path in sorted(paths.tables.glob("*.parquet")):
        table = pq.read_table(path)
        begin = time.perf_counter()
        pq.write_table(table, paths.out / path.name, ROWS_PER_GROUP[path.stem], compression="zstd")
        writing += time.perf_counter() - begin
    print(json.dumps({"seconds": decoding + writing, "decoding": decoding, "writing": writing}))


def limit_twice(paths: Paths) -> None:
    """Reach the limit in two processes at once, each with all of it: what the machine's cores do together."""
    import subprocess
    import sys

    given = [f"--{name}={getattr(paths, name)}" for name in ("array", "lines", "tables", "out")]
    command = [sys.executable, __file__, "limit", *given]
    both = [
        subprocess.Popen([*command[:-1], f"--out={folder}"], stdout=subprocess.PIPE) for folder in _two(paths)
    ]
    printed = [json.loads(process.communicate()[0]) for process in both]
    print(json.dumps({"seconds": max(one["seconds"] for one in printed)}))


def _two(paths: Paths) -> Iterator[Path]:
    for name in ("one", "two"):
        (paths.out / name).mkdir()
        yield paths.out / name


def _sdk_converter() -> Any:
    from exports import SPAN_LABELS
    from label_studio_sdk.converter import Converter

    labels = "".join(f'<Label value="{label}"/>' for label in SPAN_LABELS)
    return Converter(CONFIG.format(labels=labels), None, download_resources=False)


def _datasets(export: Path, out: Path) -> None:
    from datasets import load_dataset

    def flatten(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
        rows: dict[str, list[Any]] = {
            "task": [],
            "annotation": [],
            "start": [],
            "end": [],
            "label": [],
            "text": [],
        }
        for task, data, decided in zip(batch["id"], batch["data"], batch["annotations"], strict=True):
            for annotation, region in _regions(decided):
                value = region["value"]
                _check(data["text"], value["start"], value["end"], value["text"])
                rows["task"].append(task)
                rows["annotation"].append(annotation["id"])
                rows["start"].append(value["start"])
                rows["end"].append(value["end"])
                rows["label"].append(value["labels"][0])
                rows["text"].append(value["text"])
        return rows

    loaded = load_dataset("json", data_files=str(export), split="train", cache_dir=str(out / "cache"))
    spans = loaded.map(flatten, batched=True, batch_size=100, remove_columns=loaded.column_names)
    spans.to_parquet(str(out / "spans.parquet"))


def _regions(annotations: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for annotation in annotations:
        for region in annotation["result"]:
            if region["type"] == "labels":
                yield annotation, region


def _check(text: str, start: int, end: int, quote: str) -> None:
    if text[start:end] != quote:
        raise ValueError(f"{quote!r} is not at {start}:{end}")


WAYS = {
    "sdk-json-min": Way(
        sdk_json_min, "label-studio-sdk converter to JSON_MIN, then a script", "no relations, no region ids"
    ),
    "sdk-conll": Way(
        sdk_conll,
        "label-studio-sdk converter to CONLL2003 (no Parquet)",
        "one flat tag a token; no relations, ids, annotators or offsets",
    ),
    "pandas": Way(pandas_normalize, "pandas `json_normalize`, a script", "all"),
    "datasets-lines": Way(datasets_lines, '`load_dataset("json")` on lines + map', "spans; schema lost"),
    "datasets-array": Way(datasets_array, '`load_dataset("json")` on the array + map', "spans; schema lost"),
    "duckdb": Way(
        duckdb_read_json, "duckdb: typed `read_json`, checked and written in SQL, all cores", "all"
    ),
    "limit": Way(limit, "limit: typed decode of the lines + Parquet write", "nothing between the two"),
    "limit-twice": Way(limit_twice, "the limit twice, in two processes at once", "nothing between the two"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("way", choices=WAYS)
    for name in ("array", "lines", "tables", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    WAYS[args.way].run(Paths(args.array, args.lines, args.tables, args.out))


if __name__ == "__main__":
    main()
