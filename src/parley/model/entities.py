"""The entities that mentions point at: entities.csv, one row a real-world entity; and names without a row.

An annotator who finds no row writes a name. In a label file it is in place of the row's id, as
`new: Rustem Umerow`: no id has a colon or a blank. It is there until the row is.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import msgspec

from parley.model.labels import Layer, Span
from parley.model.ontology import Attribute, Ontology
from parley.model.paths import sound_name
from parley.runtime.files import Row, csv_line, csv_table, guarded
from parley.values.several import is_array, members, several

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("id", "type", "name", "aliases", "wikidata", "note")
PROPOSED = "new: "  # before a name in place of an id
_NEAR = 0.77  # of 1: Selenskyj is .78 of Zelenskyy, Marco Polo .75 of Marco Rubio
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Entity:
    """A real-world entity. aliases: as they occur in the articles; wikidata: "" where nobody checked it."""

    id: str
    type: str
    name: str
    aliases: tuple[str, ...]
    wikidata: str
    note: str

    @property
    def names(self) -> tuple[str, ...]:
        """All names, each once."""
        return tuple(dict.fromkeys((self.name, *self.aliases)))


def decode_entities(data: bytes, ontology: Ontology) -> dict[str, Entity]:
    """Return the entities of entities.csv by id, in file order. Raises DataFaults as `csv_table`."""
    types = {*ontology.span_names, *(t for a in ontology.attributes for t in a.types)}

    def parse(row: Row) -> Entity:
        if row["type"] not in types:
            raise ValueError(f"no type {row['type']!r} in the ontology")
        aliases = tuple(alias for alias in row["aliases"].split("|") if alias)
        return Entity(sound_name(row["id"]), row["type"], row["name"], aliases, row["wikidata"], row["note"])

    file, codes = "annotation/entities.csv", ("entities-malformed", "entity-duplicate")
    return csv_table(data, file, COLUMNS, codes, parse, filled=["id", "name"])


def entity_line(entity: Entity) -> str:
    """Return an entity's row of entities.csv, without a line's end."""
    return csv_line(guarded("|".join(c) if isinstance(c, tuple) else c) for c in astuple(entity))


def with_entity(data: bytes, entity: Entity) -> bytes:
    """Return the bytes of entities.csv with an entity's row: in place of the one of its id, else a new one.

    A new row comes after the rows of its type whose ids are before it. All other rows keep their bytes.
    """
    lines = data.decode("utf-8-sig").splitlines()  # no cell has a control character: a row is a line
    rows = [next(csv.reader([line]), [""]) for line in lines]
    ids = [row[0] for row in rows]
    if entity.id in ids:
        lines[ids.index(entity.id)] = entity_line(entity)
    else:
        same = [n for n, row in enumerate(rows) if len(row) > 1 and row[1] == entity.type]
        before = [n for n in same if ids[n] < entity.id]
        place = before[-1] + 1 if before else same[0] if same else len(lines)
        lines.insert(place, entity_line(entity))
    end = "\r\n" if b"\r\n" in data else "\n"
    mark = "\ufeff" if data.startswith(b"\xef\xbb\xbf") else ""
    return (mark + end.join([*lines, ""])).encode()


# ---- names that are proposed -----------------------------------------------------------------------------


def proposed(name: str) -> str:
    """Return the value that a proposed name has in place of an id, "" for an empty one."""
    words = " ".join(name.split())
    return PROPOSED + words if words else ""


def proposed_name(value: str) -> str:
    """Return the name that a value proposes, "" if it is an id."""
    return value.removeprefix(PROPOSED) if value.startswith(PROPOSED) else ""


def is_proposed(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Say which values of a column propose a name, alone or among several ids."""
    import pyarrow.compute as pc

    return pc.match_substring_regex(values, f'^(\\["|.*,")?{PROPOSED}')


@dataclass(frozen=True)
class Proposal:
    """A proposed name on a span. types: of the rows that fit the attribute there."""

    name: str
    span: Span
    attribute: str
    types: tuple[str, ...]


def proposals(layer: Layer, ontology: Ontology) -> list[Proposal]:
    """Return the names that a layer proposes, in its order."""
    return [
        Proposal(name, span, attribute, types)
        for span in layer.spans
        if any(PROPOSED in value for value in span.attributes.values())
        for attribute, types in entity_types(span.label, ontology).items()
        for value in members(span.attributes.get(attribute, ""))
        if (name := proposed_name(value))
    ]


def with_row(value: str, name: str, row: str) -> str:
    """Return the value of an entity attribute with the id of a row in place of a proposed name."""
    given = [row if proposed_name(one) == name else one for one in members(value)]
    return several(given) if is_array(value) else given[0]


def entity_types(label: str, ontology: Ontology) -> dict[str, tuple[str, ...]]:
    """Return, by attribute, the types of the entities that spans of a label may name."""
    own: Mapping[str, Attribute] = ontology.attributes_of.get(label, {})
    return {name: a.types or (label,) for name, a in own.items() if a.kind == "entity"}


def folded(name: str) -> str:
    """Return a name in small letters without diacritics and punctuation, by which names are compared."""
    letters = (c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join(_WORD.findall("".join(letters))) or name


def entity_named(name: str, types: Collection[str], entities: Iterable[Entity]) -> Entity | None:
    """Return the one entity of some types that has a name, whatever its capitals; None of none or several."""
    wanted = folded(name)
    found = [e for e in entities if e.type in types and wanted in map(folded, e.names)]
    return found[0] if len(found) == 1 else None


def near_entities(name: str, types: Collection[str], entities: Iterable[Entity]) -> list[Entity]:
    """Return the entities of some types with a similar name, the most similar first, three at most."""
    wanted = folded(name)
    scored = [
        (max(_likeness(wanted, folded(one)) for one in entity.names), entity)
        for entity in entities
        if entity.type in types
    ]
    near = sorted((s for s in scored if s[0] >= _NEAR), key=lambda s: (-s[0], s[1].id))
    return [entity for _, entity in near[:3]]


def _likeness(first: str, second: str) -> float:
    """Return how alike two folded names are, 0 to 1: as a whole, or each word of the shorter to one there.

    A word counts by its length.
    """
    if not first or not second:
        return 0.0
    few, many = sorted((first.split(), second.split()), key=len)
    likeness = sum(len(word) * max(_ratio(word, other) for other in many) for word in few)
    return max(_ratio(first, second), likeness / sum(map(len, few)))


def _ratio(first: str, second: str) -> float:
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def new_entity(name: str, kind: str, entities: Mapping[str, Entity]) -> Entity:
    """Return the row that a proposed name would be; its id is made as those of its type are."""
    heads = {e.id.partition("_")[0] for e in entities.values() if e.type == kind and "_" in e.id}
    head = heads.pop() if len(heads) == 1 else kind.casefold()
    stem = "_".join((head, *folded(name).split()))
    taken = {one.casefold() for one in entities}
    number = next(n for n in range(1, len(taken) + 2) if (f"{stem}_{n}" if n > 1 else stem) not in taken)
    return Entity(f"{stem}_{number}" if number > 1 else stem, kind, name, (name,), "", "")


def settled(layer: Layer, ontology: Ontology, entities: Mapping[str, Entity]) -> Layer:
    """Return a layer in which each proposed name that one row has is that row."""
    changed: dict[str, dict[str, str]] = {}
    for one in proposals(layer, ontology):
        if row := entity_named(one.name, one.types, entities.values()):
            own = changed.setdefault(one.span.id, dict(one.span.attributes))
            own[one.attribute] = with_row(own[one.attribute], one.name, row.id)
    if not changed:
        return layer
    spans = (msgspec.structs.replace(s, attributes=changed.get(s.id, s.attributes)) for s in layer.spans)
    return msgspec.structs.replace(layer, spans=tuple(spans))
