"""Croissant record sets: every config of a release as fields that a loader can read from its Parquet files.

A config is one FileSet (its files by pattern) and one RecordSet; ClassLabels refer to enumerations that name
their integers, and the split is read from the file's name and refers to the splits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from parley.model.ontology import Ontology
from parley.release.card.content import Sizes
from parley.release.data.columns import KEYS, ROWS, description
from parley.release.data.shards import Size
from parley.release.data.splits import SPLITS

PARQUET = "application/x-parquet"
Node = dict[str, Any]

_SPLIT_TERMS = {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}
_TYPES = {
    "string": "sc:Text",
    "bool": "sc:Boolean",
    "int32": "cr:Int32",
    "int64": "cr:Int64",
    "float64": "cr:Float64",
}
_CARDINALITY = "wd:Q4049983"


class RecordSets:
    """The record sets of one release. ontology: gives labels and attributes their names and definitions."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._enumerations: dict[tuple[str, ...], str] = {}

    def of(self, sizes: Sizes) -> list[Node]:
        """Return splits, label enumerations and a record set for each config."""
        configs = [self._config(name, by_split) for name, by_split in sizes.items()]
        return [_splits(), *(self._enumeration(names) for names in self._enumerations), *configs]

    def _config(self, config: str, by_split: Mapping[str, Size]) -> Node:
        import datasets as ds

        schema = next(iter(by_split.values())).schema
        features = ds.Features.from_arrow_schema(schema)
        fields = [self._field(config, (name,), feature) for name, feature in features.items()]
        if set(by_split) <= set(SPLITS):
            fields.insert(0, _split_field(config))
        counts = {split: size.num_rows for split, size in by_split.items()}
        said = "" if len(counts) == 1 else f": {', '.join(f'{n} {split}' for split, n in counts.items())}"
        total = sum(counts.values())
        key = [_id(config, name) for name in KEYS.get(config, ())]
        return {
            "@type": "cr:RecordSet",
            "@id": config,
            "name": config,
            "description": f"A record is {ROWS[config]}. {total} records{said}.",
            **({"key": key} if key else {}),
            "annotation": {
                "@type": "cr:Field",
                "@id": f"{config}/number-of-records",
                "description": "how many records there are",
                "dataType": ["sc:Integer", _CARDINALITY],
                "value": total,
            },
            "field": fields,
        }

    def _field(self, config: str, path: tuple[str, ...], feature: Any, *, inside: str = "") -> Node:  # noqa: ANN401 - untyped library
        """Return one field. inside: the column whose list of structs the field is a part of."""
        kind = type(feature).__name__
        node: Node = {
            "@type": "cr:Field",
            "@id": "/".join((config, *path)),
            "name": path[-1],
            "description": description(config, path, self._ontology),
        }
        if kind == "List":
            node |= {"isArray": True, "arrayShape": "-1"}
            feature = feature.feature
            kind = type(feature).__name__
        if isinstance(feature, dict):
            parts = [self._field(config, (*path, n), f, inside=path[-1]) for n, f in feature.items()]
            return node | {"dataType": "cr:Label", "subField": parts}
        source: Node = {"fileSet": {"@id": files_id(config)}, "extract": {"column": inside or path[-1]}}
        if inside:
            source["transform"] = {"jsonPath": path[-1]}
        node |= {"dataType": _TYPES[feature.dtype], "source": source}
        if kind == "ClassLabel":
            node["dataType"] = [node["dataType"], "cr:Label"]
            node["references"] = {"field": _id(self._named(config, path, tuple(feature.names)), "value")}
        return node

    def _named(self, config: str, path: tuple[str, ...], names: tuple[str, ...]) -> str:
        known = {self._ontology.span_names: "span_labels", self._ontology.relation_names: "relation_labels"}
        return self._enumerations.setdefault(names, known.get(names, "_".join((config, *path))))

    def _enumeration(self, names: tuple[str, ...]) -> Node:
        name = self._enumerations[names]
        definitions = {label.name: label.definition for label in self._ontology.spans}
        definitions |= {label.name: label.definition for label in self._ontology.relations}
        columns = {"value": "sc:Integer", "name": "sc:Text", "definition": "sc:Text"}
        return {
            "@type": "cr:RecordSet",
            "@id": name,
            "name": name,
            "description": "The names behind integers.",
            "dataType": "sc:Enumeration",
            "key": _id(name, "value"),
            "field": _plain(name, columns),
            "data": [
                {f"{name}/value": i, f"{name}/name": label, f"{name}/definition": _said(label, definitions)}
                for i, label in enumerate(names)
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
        "description": "Articles about one event stand in one split.",
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
