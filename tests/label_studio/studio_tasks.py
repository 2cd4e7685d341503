"""What the tests of this folder read with the made-up scheme that has one of each."""

from __future__ import annotations

from parley.label_studio.export.annotations import TaskReader
from parley.label_studio.export.findings import Findings
from parley.model.entities import Entity
from parley.model.ontology import Ontology

ENTITIES = {
    "one": Entity("one", "A", "One & <Only>", ("One & <Only>", "Uno"), "", ""),
    "two": Entity("two", "B", "Zwei", (), "", ""),
}


def decode_tasks(data: bytes, ontology: Ontology, annotator: str = "") -> Findings:
    """Read the tasks of a JSON array."""
    reader = TaskReader(ontology, annotator)
    reader.take_all(data, 0)
    return reader.found
