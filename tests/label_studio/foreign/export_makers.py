"""Makers of exports: regions, annotations, tasks, and a kind of export with what must come of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

TEXT = "The storm hit the crew of the Gull on Monday."
EMOJI = "😀😀😀 ha ha ha, said the crew of the Gull at Velden."

Json = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """An input and what is right.

    data: the file. name: its name. options: of the command. status: its exit status. codes: of rejects.jsonl.
    spans: annotator and text of each row. says: what the message has in it. sums: whether it is JSON that a
    second reader can count. states: of the annotations, if not all are finished.
    """

    data: bytes
    spans: list[tuple[str, str]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    status: int = 0
    options: tuple[str, ...] = ()
    says: str = ""
    name: str = "export.json"
    sums: bool = True
    states: tuple[str, ...] = ()


def span(quoted: str, label: str = "CREW", text: str = TEXT, name: str = "", **more: Any) -> Json:
    start = text.index(quoted)
    value = {"start": start, "end": start + len(quoted), "text": quoted, "labels": [label]}
    return {
        "value": value | more.pop("value", {}),
        "id": name or quoted,
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
    } | more


def annotation(number: int, person: Any, *result: Json, **more: Any) -> Json:
    made = {
        "id": number,
        "completed_by": person,
        "was_cancelled": False,
        "updated_at": "2031-01-01T00:00:00.000000Z",
        "result": list(result),
    }
    return {key: value for key, value in (made | more).items() if value != "gone"}


def task(number: int, *annotations: Json, text: str = TEXT, **more: Any) -> Json:
    made = {
        "id": number,
        "data": {"text": text, "doc_id": f"d{number}"},
        "annotations": list(annotations),
        "drafts": [],
        "predictions": [],
    }
    return {key: value for key, value in (made | more).items() if value != "gone"}


def array(*tasks: Any, **options: Any) -> bytes:
    return json.dumps(list(tasks), **options).encode()


CREW, STORM = span("crew"), span("storm", "INCIDENT")
ARC = {"from_id": "storm", "to_id": "crew", "type": "relation", "direction": "right", "labels": ["involves"]}
ONE = task(1, annotation(1, 1, CREW))
SOUND = task(2, annotation(2, 1, CREW, STORM, ARC))
FIRST, SECOND = ("user-1", "crew"), ("user-2", "storm")
BOTH, THREE = [FIRST, SECOND], [FIRST, ("user-1", "storm"), SECOND]
ALL = [FIRST, FIRST, ("user-1", "storm")]  # of ONE and SOUND, in alphabetical order


def one(regions: list[Any], **more: Any) -> bytes:
    """Return an export of one annotation, beside a sound one of somebody else."""
    return array(task(1, annotation(1, 1, *regions, **more), annotation(2, 2, STORM)))


def utf16(quoted: str, label: str = "CREW", nth: int = 0) -> Json:
    """Return a region that counts UTF-16 units. nth: which of the places where the words are."""
    start = -1
    for _ in range(nth + 1):
        start = EMOJI.index(quoted, start + 1)
    units = len(EMOJI[:start].encode("utf-16-le")) // 2
    made = span(quoted, label, EMOJI, f"{quoted}{nth}")
    return made | {"value": made["value"] | {"start": units, "end": units + len(quoted)}}


BYTES = "ééé ha ha ha, said the crew of the Gull."


def in_bytes(quoted: str, label: str = "CREW") -> Json:
    """Return a region that counts bytes of UTF-8; so many code points lead to a later `ha`."""
    made = span(quoted, label, BYTES)
    begin = len(BYTES[: BYTES.index(quoted)].encode())
    return made | {"value": made["value"] | {"start": begin, "end": begin + len(quoted)}}


HALF = "\ud83d"
HTML = {"start": "/p[1]/text()[1]", "end": "/p[1]/text()[1]", "startOffset": 4, "endOffset": 9}
OLD = annotation(1, 1, CREW, updated_at="gone", created_at=1609789589)
DEEP = "[" * 3000 + "]" * 3000
UNREADABLE = {"codes": ["studio-region"], "status": 1, "spans": [SECOND]}
NO_ANNOTATION = {"codes": ["studio-task"], "status": 1, "spans": [SECOND]}
TWO_TASKS = json.dumps(ONE, indent=1).encode() + b"\n" + json.dumps(SOUND, indent=1).encode()
COUNTED = {"codes": ["studio-count"], "status": 1}


def lost(data: bytes, spans: list[tuple[str, str]], *codes: str, **more: Any) -> Kind:
    """Return a kind of which something is lost, and named."""
    return Kind(data, spans, list(codes), 1, **more)


def refused(data: bytes, says: str, **more: Any) -> Kind:
    """Return a kind of which nothing is read."""
    return Kind(data, status=2, says=says, **more)


def task_lost(data: bytes, **more: Any) -> Kind:
    """Return a kind of which the first of two tasks is lost, and SOUND is read."""
    return lost(data, ALL[1:], "studio-task", **more)


def no_export(data: bytes, says: str, **more: Any) -> Kind:
    """Return a kind that is not an export, or that a second reader cannot count."""
    return refused(data, says, sums=False, **more)
