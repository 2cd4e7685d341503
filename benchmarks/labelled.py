"""Made-up corpora of any number of labelled articles, the same bytes from the same seed.

The tasks of `exports`, as the corpus folder they would come from and lead to: a seed each, the labels of two
annotators, five articles an event. A line break for every twentieth blank makes paragraphs and moves nothing.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
from pathlib import Path
from typing import Any

from exports import ANNOTATIONS, ONTOLOGY, tasks
from rich.progress import track

from parley.model.labels import Layer, encode_layer, make_relation, make_span
from parley.seeds.manifest import COLUMNS

_CLEANING = '[[rule]]\nname = "edges"\nkind = "trim"\nreason = "Blank lines say nothing."\n'
_RELEASE = """
name = "bench"
title = "Made-up articles"
version = "0.1.0"
date = "2026-01-01"
labels = "one"
repository = "bench/bench"
languages = ["en"]
authors = ["nobody"]
summary = "Made up."
faults = ["Everything in it is made up."]
[[licences]]
part = "All of it"
name = "CC0 1.0"
"""
_NAMES = ("one", "two")[:ANNOTATIONS]
_WORDS = 20  # a paragraph


def write_labelled(folder: Path, number: int) -> Path:
    """Write a corpus folder of a number of articles; one that is there is kept."""
    if folder.is_dir():
        return folder
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    for below in ("seeds", *(f"annotation/labels/{name}" for name in _NAMES)):
        (part / below).mkdir(parents=True)
    (part / "release.toml").write_text(_RELEASE)
    (part / "seeds/cleaning.toml").write_text(_CLEANING)
    (part / "annotation/ontology.toml").write_text(ONTOLOGY)
    (part / "annotation/entities.csv").write_text("id,type,name,aliases,wikidata,note\n")
    known = "".join(f"{name},rules,made up\n" for name in _NAMES)
    (part / "annotation/annotators.csv").write_text(f"name,kind,note\n{known}")
    with (part / "seeds/manifest.csv").open("w", newline="", encoding="utf-8") as out:
        manifest = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        manifest.writeheader()
        for count, task in enumerate(track(tasks(number), f"making {folder.name}", number)):
            manifest.writerow(_write_article(part, task) | {"event": f"e{count // 5}"})
    part.rename(folder)
    return folder


def _write_article(folder: Path, task: dict[str, Any]) -> dict[str, str]:
    """Write a seed and its labels; return its row of the manifest."""
    name, words = task["data"]["doc_id"], task["data"]["text"].split(" ")
    lines = [" ".join(words[begin : begin + _WORDS]) for begin in range(0, len(words), _WORDS)]
    text = "\n".join(lines)
    data = text.encode()
    (folder / "seeds" / f"{name}.txt").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    for annotator, annotation in zip(_NAMES, task["annotations"], strict=True):
        results = annotation["result"]
        spans = {
            one["id"]: make_span(text, one["value"]["labels"][0], one["value"]["start"], one["value"]["end"])
            for one in results
            if one["type"] == "labels"
        }
        relations = tuple(
            make_relation(one["labels"][0], spans[one["from_id"]], spans[one["to_id"]])
            for one in results
            if one["type"] == "relation"
        )
        layer = Layer(name, digest, annotator, "bench 1", "", None, tuple(spans.values()), relations)
        (folder / "annotation/labels" / annotator / f"{name}.json").write_bytes(encode_layer(layer))
    return dict.fromkeys(COLUMNS, "") | {
        "doc_id": name, "file": f"{name}.txt", "sha256": digest, "language": "en",
    }  # fmt: skip
