"""What is published: each config and column of schema.toml, with the names and attributes of an ontology.

The features of `datasets`, the codebook of the card and the record sets of croissant.json derive from it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

import pyarrow as pa

from parley.model.labels import DECISIONS, REASONS
from parley.model.ontology import Ontology

SPLIT_CONFIGS = ("documents", "spans", "relations", "sentences", "annotations")
WHOLE_CONFIGS = ("entities", "conflicts")  # about the corpus as a whole: one table
WHOLE = "full"  # `all` is a word of `load_dataset`
FINGERPRINTS = "fingerprints"  # the config that takes the place of withheld text
QUOTES = frozenset(  # names of columns; a column of one of them quotes in every config
    {"text", "sentence", "head_text", "tail_text", "tokens", "quantity", "counted"}
)
METADATA = ("title", "publisher", "published", "event", "language", "rights")


@dataclass(frozen=True)
class Column:
    """A published column.

    type: of a value, in Arrow's words. classes: the names of its integers, if it is a ClassLabel. parts: the
    columns of its structs. attribute: whether it is one of the ontology's attributes.
    """

    name: str
    description: str
    type: str = "string"
    classes: tuple[str, ...] = ()
    is_list: bool = False
    parts: tuple[Column, ...] = ()
    attribute: bool = False

    @property
    def feature(self) -> Any:  # noqa: ANN401 - datasets has no types
        """The feature of `datasets`."""
        import datasets as ds

        if self.parts:
            return ds.List({part.name: part.feature for part in self.parts})
        value = ds.ClassLabel(names=list(self.classes)) if self.classes else ds.Value(self.type)
        return ds.List(value) if self.is_list else value


@dataclass(frozen=True)
class Config:
    """A published table. row: what a row is, in words. key: the columns that name a row."""

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def paths(self) -> Iterator[tuple[Column, ...]]:
        """Yield each column, and after a column of structs each of its parts with it."""
        for column in self.columns:
            yield (column,)
            yield from ((column, part) for part in column.parts)

    @property
    def features(self) -> Any:  # noqa: ANN401 - datasets has no types
        """The features of `datasets`."""
        import datasets as ds

        return ds.Features({column.name: column.feature for column in self.columns})

    @cached_property
    def arrow(self) -> pa.Schema:
        """The Arrow schema, with the features in its metadata."""
        return self.features.arrow_schema


def tagged_labels(ontology: Ontology) -> tuple[str, ...]:
    """Return the labels that tokens are tagged with: those of the ontology's first group.

    Other labels are clauses or triggers inside them, and one tag a token cannot hold both.
    """
    first = ontology.groups[0].name
    return tuple(s.name for s in ontology.spans if s.group == first)


def configs(ontology: Ontology) -> dict[str, Config]:
    """Return every config by name, in the card's order. ClassLabels follow the order of the ontology file.

    A choice is text, as a ClassLabel cannot say "absent" in every reader; validation checks its values.

    >>> configs(ontology)["spans"].columns[2].classes == ontology.span_names
    True
    """
    table = tomllib.loads(files("parley.release.data").joinpath("schema.toml").read_text(encoding="utf-8"))
    classes = {
        "span": ontology.span_names,
        "relation": ontology.relation_names,
        "tag": ("O", *(f"{part}-{label}" for label in tagged_labels(ontology) for part in "BI")),
        "kind": ("span", "relation"),
    }

    def columns(given: Sequence[str | Mapping[str, Any]]) -> Iterator[Column]:
        for one in given:
            if one == "attributes":
                yield from (_attribute(ontology, name) for name in ontology.attribute_names)
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
        )

    return {
        one["name"]: Config(
            one["name"], one["row"], tuple(columns(one["columns"])), tuple(one.get("key", ()))
        )
        for one in table["config"]
    }


def _attribute(ontology: Ontology, name: str) -> Column:
    same = [a for a in ontology.attributes if a.name == name]
    said = " ".join(f"of {', '.join(a.labels)}: {a.definition}" for a in same)
    kind = "float64" if {a.kind for a in same} == {"number"} else "string"
    return Column(name, said, kind, is_list=any(a.several for a in same), attribute=True)
