"""The entities that mentions point at: entities.csv, one row a real-world entity."""

from __future__ import annotations

from dataclasses import dataclass

from parley.faults import DataFaults, Fault
from parley.model.ontology import Ontology
from parley.runtime.files import csv_rows, is_whole

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


def decode_entities(
    data: bytes, ontology: Ontology, file: str = "annotation/entities.csv"
) -> dict[str, Entity]:
    """Return the entities of entities.csv by id, in file order. file: its name in faults.

    Raises DataFaults for a file that cannot be decoded, malformed rows, unknown types and ids given twice.
    """
    types = set(ontology.span_names) | {t for a in ontology.attributes for t in a.types}
    found: dict[str, Entity] = {}
    wrong = []
    for number, row in csv_rows(data, file, COLUMNS, "entities-malformed"):
        place = f"{file} > row {number}"
        if not is_whole(row) or not row["id"] or not row["name"]:
            wrong.append(
                Fault(
                    "entities-malformed", place, f"a row has {len(COLUMNS)} cells, id and name filled", file
                )
            )
        elif row["type"] not in types:
            wrong.append(Fault("entities-malformed", place, f"no type {row['type']!r} in the ontology", file))
        elif row["id"] in found:
            wrong.append(Fault("entity-duplicate", place, f"{row['id']!r} is given twice", file))
        else:
            aliases = tuple(a for a in row["aliases"].split("|") if a)
            found[row["id"]] = Entity(
                row["id"], row["type"], row["name"], aliases, row["wikidata"], row["note"]
            )
    if wrong:
        raise DataFaults(wrong)
    return found
