"""The entities that mentions point at: entities.csv, one row a real-world entity."""

from __future__ import annotations

from dataclasses import dataclass

from parley.model.ontology import Ontology
from parley.model.paths import sound_name
from parley.runtime.files import Row, csv_table

COLUMNS = ("id", "type", "name", "aliases", "wikidata", "note")


@dataclass(frozen=True)
class Entity:
    """A real-world entity. aliases: as they occur in the articles; wikidata: "" where nobody checked it."""

    id: str
    type: str
    name: str
    aliases: tuple[str, ...]
    wikidata: str
    note: str


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
