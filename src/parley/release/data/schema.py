"""What is published: each config and column of schema.toml, with the names and attributes of an ontology.

The features of `datasets`, the codebook of the card and the record sets of croissant.json derive from it.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.labels import DECISIONS, REASONS
from parley.model.ontology import DOCUMENT, Ontology
from parley.values.several import members

Columns = dict[str, Any]  # a list, an Arrow array or a `Nested` each

WHOLE = "full"  # `all` is a word of `load_dataset`
FINGERPRINTS = "fingerprints"  # the config that takes the place of withheld text
QUOTES = frozenset(  # names of columns that quote in every config
    {"text", "sentence", "head_text", "tail_text", "tokens", "quantity", "counted", "mention"}
)
DOCUMENT_MADE = "document_made"  # the columns of how that was made which is said of the whole article


@dataclass(frozen=True)
class Column:
    """A published column.

    type: of a value, in Arrow's words. classes: the names of its integers, if it is a ClassLabel. parts: the
    columns of its structs. attribute: whether it is one of the ontology's attributes. was: the name that it
    had in earlier releases, "" if it has always had this one.
    """

    name: str
    description: str
    type: str = "string"
    classes: tuple[str, ...] = ()
    is_list: bool = False
    parts: tuple[Column, ...] = ()
    attribute: bool = False
    was: str = ""

    @property
    def quotes(self) -> bool:
        """Whether it quotes the articles. An attribute of such a name is what the annotators say."""
        return self.name in QUOTES and not self.attribute

    @property
    def arrow(self) -> pa.DataType:
        """The type in Arrow."""
        if self.parts:
            return pa.list_(pa.struct([(part.name, part.arrow) for part in self.parts]))
        value = pa.type_for_alias(self.type)
        return pa.list_(value) if self.is_list else value

    @property
    def feature(self) -> Any:  # noqa: ANN401 - JSON
        """The feature as `datasets` writes it into files, in the spelling that all since 2.21 read.

        `Sequence` for a list of values and `[{...}]` for a list of structs: `List` is not known before 4.0.
        """
        if self.parts:
            return [{part.name: part.feature for part in self.parts}]
        value: dict[str, Any] = {"dtype": self.type, "_type": "Value"}
        if self.classes:
            value = {"names": list(self.classes), "_type": "ClassLabel"}
        return {"feature": value, "_type": "Sequence"} if self.is_list else value

    @property
    def yaml(self) -> dict[str, Any]:
        """The feature as the card has it, in the spelling that all `datasets` since 2.21 read."""
        if self.parts:
            return {"name": self.name, "list": [part.yaml for part in self.parts]}
        names = {str(number): name for number, name in enumerate(self.classes)}
        value: Any = {"class_label": {"names": names}} if names else self.type
        if not self.is_list:
            return {"name": self.name, "dtype": value}
        return {"name": self.name, "sequence": value}


@dataclass(frozen=True)
class Nested:
    """A column of structs, a list each row. offsets: of the first of each, and the end. columns: by name."""

    offsets: npt.NDArray[np.integer[Any]]
    columns: Columns


@dataclass(frozen=True)
class Config:
    """A published table. row: what a row is, in words. key: the columns that name a row.

    whole: whether it is about the corpus as a whole, and no row belongs to a split. was: as of a column.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    whole: bool = False
    was: str = ""

    def paths(self) -> Iterator[tuple[Column, ...]]:
        """Yield each column, and after a column of structs each of its parts with it."""
        for column in self.columns:
            yield (column,)
            yield from ((column, part) for part in column.parts)

    @cached_property
    def arrow(self) -> pa.Schema:
        """The Arrow schema, with the features of `datasets` in its metadata."""
        info = {"info": {"features": {column.name: column.feature for column in self.columns}}}
        fields = [pa.field(column.name, column.arrow) for column in self.columns]
        return pa.schema(fields, {"huggingface": json.dumps(info)})

    def table(self, columns: Columns) -> pa.Table:
        """Return columns as the config's table; others than its own are left out."""
        arrays = [_array(_values(columns, column), column) for column in self.columns]
        return pa.Table.from_arrays(arrays, schema=self.arrow)


def _values(columns: Columns, column: Column) -> Any:  # noqa: ANN401 - a list or a column
    """Return the values of a column; those of integers are under the name of what they are integers of."""
    if column.name in columns:  # the integers of a scheme without relations have no names
        return columns[column.name]
    return columns[
        f"{column.name.removesuffix('_ids')}s" if column.is_list else column.name.removesuffix("_id")
    ]


def _array(values: Any, column: Column) -> pa.Array:  # noqa: ANN401 - a list or a column
    """Return a column as its type; names of classes become their integers, empty text is missing."""
    kind = column.arrow
    if isinstance(values, Nested):
        arrays = [_array(_values(values.columns, part), part) for part in column.parts]
        structs = pa.StructArray.from_arrays(arrays, fields=list(kind.value_type))
        return pa.ListArray.from_arrays(pa.array(values.offsets.astype(np.int32)), structs, type=kind)
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if column.attribute and column.is_list:
        values = [None if value is None else members(value) for value in values.to_pylist()]
    elif column.classes and column.is_list:
        codes = pc.index_in(values.values, value_set=pa.array(column.classes, pa.string()))
        values = pa.ListArray.from_arrays(values.offsets, codes)
    elif column.classes:
        values = pc.index_in(values, value_set=pa.array(column.classes, pa.string()))
    if not isinstance(values, pa.Array):
        values = pa.array(values, kind)
    if pa.types.is_string(kind):
        values = pc.if_else(pc.equal(values, ""), pa.scalar(None, kind), values)
    return values if values.type == kind else values.cast(kind)


def tagged_labels(ontology: Ontology) -> tuple[str, ...]:
    """Return the labels that tokens are tagged with: those of the ontology's first group.

    Other labels are clauses or triggers inside them, and one tag a token cannot hold both.
    """
    first = ontology.groups[0].name
    return tuple(s.name for s in ontology.spans if s.group == first)


def config_names() -> set[str]:
    """Return the names of all configs that a release can have."""
    return {one["name"] for one in _schema()["config"]}


def former_names() -> dict[str, str]:
    """Return the paths that configs and columns had before, by that of now: `relations.head_id`."""
    table = _schema()

    def walk(path: str, given: Iterable[str | Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
        for one in given:
            if isinstance(one, str) and one in table["groups"]:
                yield from walk(path, table["groups"][one])
                continue
            said = table["columns"].get(one, {}) if isinstance(one, str) else one
            name = said.get("name", one)
            if "was" in said:
                yield f"{path}.{name}", f"{path}.{said['was']}"
            yield from walk(f"{path}.{name}", said.get("parts", ()))

    found = {one["name"]: one["was"] for one in table["config"] if "was" in one}
    for one in table["config"]:
        found |= walk(one["name"], one["columns"])
    return found


def _schema() -> dict[str, Any]:
    return tomllib.loads(files("parley.release.data").joinpath("schema.toml").read_text(encoding="utf-8"))


def split_configs(configs: Mapping[str, Config]) -> list[str]:
    """Return the configs whose rows each belong to an article, and with it to a split."""
    return [name for name, one in configs.items() if not one.whole and name != FINGERPRINTS]


def configs(ontology: Ontology) -> dict[str, Config]:
    """Return every config by name, in the card's order. ClassLabels follow the order of the ontology file.

    A closed value is text, and its integer, a ClassLabel, is in a column of its own.

    >>> configs(ontology)["spans"].columns[3].classes == ontology.span_names
    True
    """
    table = _schema()
    classes = {
        "span": ontology.span_names,
        "relation": ontology.relation_names,
        "tag": ("O", *(f"{part}-{label}" for label in tagged_labels(ontology) for part in "BI")),
    }

    def columns(given: Sequence[str | Mapping[str, Any]]) -> Iterator[Column]:
        for one in given:
            if one in ("attributes", DOCUMENT):
                for name in ontology.of_document if one == DOCUMENT else ontology.attribute_names:
                    yield from _attribute(ontology, name)
            elif one == DOCUMENT_MADE and not ontology.document_attributes:
                continue
            elif isinstance(one, Mapping):
                yield column(one["name"], one)
            elif one in table["groups"]:
                yield from columns(table["groups"][one])
            else:
                yield column(table["columns"][one].get("name", one), table["columns"][one])

    def column(name: str, said: Mapping[str, Any]) -> Column:
        return Column(
            name,
            said["is"].format(decisions=", ".join(DECISIONS), reasons=", ".join(REASONS)),
            "int64" if "classes" in said else said.get("type", "string"),
            classes.get(said.get("classes", ""), ()),
            said.get("list", False),
            tuple(columns(said.get("parts", ()))),
            was=said.get("was", ""),
        )

    return {
        one["name"]: Config(
            one["name"],
            one["row"],
            tuple(columns(one["columns"])),
            tuple(one.get("key", ())),
            one.get("whole", False),
            one.get("was", ""),
        )
        for one in table["config"]
        if "section" not in one or getattr(ontology, one["section"])
    }


def _attribute(ontology: Ontology, name: str) -> Iterator[Column]:
    """Yield the column of an attribute, and that of its integers if it is a choice."""
    same = [a for a in ontology.all_attributes if a.name == name]
    said = " ".join(f"of {', '.join(a.labels)}: {a.definition}" for a in same)
    kind = "float64" if {a.kind for a in same} == {"number"} else "string"
    yield Column(name, said, kind, is_list=any(a.several for a in same), attribute=True)
    if {a.kind for a in same} == {"choice"}:
        values = tuple(dict.fromkeys(value for a in same for value in a.values))
        yield Column(f"{name}_id", f"integer of `{name}`, from 0 in the order of its values", "int64", values)
