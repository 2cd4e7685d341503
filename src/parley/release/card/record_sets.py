"""Croissant record sets: every config of a release as fields that a loader can read from its Parquet files.

A config is one FileSet (its files by pattern) and one RecordSet; ClassLabels refer to enumerations that name
their integers, and the split is read from the file's name and refers to the splits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from parley.model.ontology import Ontology
from parley.release.card.content import Content
from parley.release.data.schema import Column, Config
from parley.release.data.shards import Size
from parley.release.splits import SPLITS

PARQUET = "application/x-parquet"
Node = dict[str, Any]

_SPLIT_TERMS = {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}
_TYPES = {"string": "sc:Text", "bool": "sc:Boolean", "int32": "cr:Int32", "int64": "cr:Int64"}
_CARDINALITY = "wd:Q4049983"


def record_sets(content: Content) -> list[Node]:
    """Return splits, an enumeration for each list of class names, and a record set for each config."""
    ontology = content.inputs.ontology
    known = {ontology.span_names: "span_labels", ontology.relation_names: "relation_labels"}
    enumerations: dict[tuple[str, ...], str] = {}
    configs = []
    for name, by_split in content.sizes.items():
        config = content.configs[name]
        for path in config.paths():
            if path[-1].classes:
                made = known.get(path[-1].classes, "_".join((name, *(column.name for column in path))))
                enumerations.setdefault(path[-1].classes, made)
        configs.append(_record_set(config, by_split, enumerations))
    return [_splits(), *(_enumeration(made, n, ontology) for n, made in enumerations.items()), *configs]


def _record_set(
    config: Config, by_split: Mapping[str, Size], enumerations: Mapping[tuple[str, ...], str]
) -> Node:
    fields = [_field(config.name, (column,), enumerations) for column in config.columns]
    if set(by_split) <= set(SPLITS):
        fields.insert(0, _split_field(config.name))
    counts = {split: size.rows for split, size in by_split.items()}
    said = "" if len(counts) == 1 else f": {', '.join(f'{n} {split}' for split, n in counts.items())}"
    total = sum(counts.values())
    key = [_id(config.name, name) for name in config.key]
    return {
        "@type": "cr:RecordSet",
        "@id": config.name,
        "name": config.name,
        "description": f"A record is {config.row}. {total} records{said}.",
        **({"key": key} if key else {}),
        "annotation": {
            "@type": "cr:Field",
            "@id": f"{config.name}/number-of-records",
            "description": "how many records there are",
            "dataType": ["sc:Integer", _CARDINALITY],
            "value": total,
        },
        "field": fields,
    }


def _field(config: str, path: tuple[Column, ...], enumerations: Mapping[tuple[str, ...], str]) -> Node:
    """Return the field of a column. path: the column, or a column of structs and a part of it."""
    column, names = path[-1], [one.name for one in path]
    node: Node = {
        "@type": "cr:Field",
        "@id": "/".join((config, *names)),
        "name": column.name,
        "description": column.description,
    }
    if column.is_list or column.parts:
        node |= {"isArray": True, "arrayShape": "-1"}
    if column.parts:
        parts = [_field(config, (column, part), enumerations) for part in column.parts]
        return node | {"dataType": "cr:Label", "subField": parts}
    source: Node = {"fileSet": {"@id": files_id(config)}, "extract": {"column": names[0]}}
    if len(path) > 1:
        source["transform"] = {"jsonPath": column.name}
    node |= {"dataType": _TYPES[column.type], "source": source}
    if column.classes:
        node["dataType"] = [node["dataType"], "cr:Label"]
        node["references"] = {"field": _id(enumerations[column.classes], "value")}
    return node


def _enumeration(name: str, classes: tuple[str, ...], ontology: Ontology) -> Node:
    definitions = {label.name: label.definition for label in ontology.spans}
    definitions |= {label.name: label.definition for label in ontology.relations}
    columns = {"value": "sc:Integer", "name": "sc:Text", "definition": "sc:Text"}
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": "The names that integers stand for.",
        "dataType": "sc:Enumeration",
        "key": _id(name, "value"),
        "field": _plain(name, columns),
        "data": [
            {f"{name}/value": i, f"{name}/name": label, f"{name}/definition": _said(label, definitions)}
            for i, label in enumerate(classes)
        ],
    }


def file_set(config: str) -> Node:
    """Return the FileSet of a config: its files, found by pattern below the folder of croissant.json."""
    return {
        "@type": "cr:FileSet",
        "@id": files_id(config),
        "name": files_id(config),
        "description": f"The files of the config {config}.",
        "encodingFormat": PARQUET,
        "includes": f"data/{config}/*.parquet",
    }


def files_id(config: str) -> str:
    """Return the id of a config's FileSet."""
    return f"{config}-files"


def _said(label: str, definitions: Mapping[str, str]) -> str:
    plain = label.partition("-")[2] if label[:2] in ("B-", "I-") else label
    return definitions.get(plain, "")


def _id(*parts: str) -> Node:
    return {"@id": "/".join(parts)}


def _plain(name: str, columns: Mapping[str, str]) -> list[Node]:
    return [
        {"@type": "cr:Field", "@id": f"{name}/{column}", "name": column, "dataType": kind}
        for column, kind in columns.items()
    ]


def _splits() -> Node:
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "description": "Articles about one event are in one split.",
        "dataType": "cr:Split",
        "key": _id("splits", "name"),
        "field": _plain("splits", {"name": "sc:Text", "url": "sc:URL"}),
        "data": [{"splits/name": split, "splits/url": _SPLIT_TERMS[split]} for split in SPLITS],
    }


def _split_field(config: str) -> Node:
    return {
        "@type": "cr:Field",
        "@id": f"{config}/split",
        "name": "split",
        "description": "train, validation or test",
        "dataType": "sc:Text",
        "source": {
            "fileSet": {"@id": files_id(config)},
            "extract": {"fileProperty": "filename"},
            # the loader applies it twice where it joins: the second time to what the first one left
            "transform": {"regex": f"^({_either(SPLITS)})(?:-.*)?$"},
        },
        "references": {"field": _id("splits", "name")},
    }


def _either(names: Iterable[str]) -> str:
    return "|".join(names)
