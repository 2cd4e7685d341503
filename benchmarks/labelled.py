"""Made-up corpora of any number of labelled articles, the same bytes from the same seed.

The tasks of `exports`, as the corpus folder they would come from and lead to: a seed each, the labels of two
annotators, five articles an event.
"""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
from pathlib import Path
from typing import Any

from exports import ANNOTATIONS, ONTOLOGY, tasks
from msgspec.structs import replace
from rich.progress import track

from parley.model.labels import Layer, decode_layer, encode_layer, make_relation, make_span, write_layer
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
_GUIDELINES = "# Made up\n" + "".join(
    f"\n<!-- generated: {name} -->\n<!-- end generated -->\n"
    for name in ("spans", "attributes", "values", "relations")
)
_NAMES = ("one", "two")[:ANNOTATIONS]


def write_labelled(folder: Path, number: int, *, labels: bool = True) -> Path:
    """Write a corpus folder of a number of articles; one that is there is kept. labels: with label files."""
    if folder.is_dir():
        return folder
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    for below in ("seeds", *(f"annotation/labels/{name}" for name in _NAMES)):
        (part / below).mkdir(parents=True)
    (part / "release.toml").write_text(_RELEASE)
    (part / "seeds/cleaning.toml").write_text(_CLEANING)
    (part / "annotation/ontology.toml").write_text(ONTOLOGY)
    (part / "annotation/guidelines.md").write_text(_GUIDELINES)
    (part / "annotation/entities.csv").write_text("id,type,name,aliases,wikidata,note\n")
    known = "".join(f"{name},rules,made up\n" for name in _NAMES)
    (part / "annotation/annotators.csv").write_text(f"name,kind,note\n{known}")
    with (part / "seeds/manifest.csv").open("w", newline="", encoding="utf-8") as out:
        manifest = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        manifest.writeheader()
        for count, task in enumerate(track(tasks(number, wrapped=True), f"making {folder.name}", number)):
            manifest.writerow(_write_seed(part, task) | {"event": f"e{count // 5}"})
            if labels:
                _write_labels(part, task)
    part.rename(folder)
    return folder


def change_one(folder: Path) -> None:
    """Take a relation from a corpus, of the article in its middle, and raise the version of its release."""
    layers = sorted((folder / "annotation/labels" / _NAMES[0]).glob("*.json"))
    path = layers[len(layers) // 2]
    layer = decode_layer(path.read_bytes())
    write_layer(path, replace(layer, relations=layer.relations[:-1]))
    release = folder / "release.toml"
    minor = int(re.findall(r'version = "0.(\d+).0"', release.read_text())[0])
    release.write_text(release.read_text().replace(f'"0.{minor}.0"', f'"0.{minor + 1}.0"'))


def _write_seed(folder: Path, task: dict[str, Any]) -> dict[str, str]:
    """Write a seed; return its row of the manifest."""
    name, data = task["data"]["doc_id"], task["data"]["text"].encode()
    (folder / "seeds" / f"{name}.txt").write_bytes(data)
    return dict.fromkeys(COLUMNS, "") | {
        "doc_id": name, "file": f"{name}.txt", "sha256": hashlib.sha256(data).hexdigest(), "language": "en",
    }  # fmt: skip


def _write_labels(folder: Path, task: dict[str, Any]) -> None:
    """Write the label files of an article."""
    name, text = task["data"]["doc_id"], task["data"]["text"]
    digest = hashlib.sha256(text.encode()).hexdigest()
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
