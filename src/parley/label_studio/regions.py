"""Label Studio's format: tasks, annotations and their `result` regions, and a layer written that way.

A region is Label Studio's unit: one with a label is a span, one more a value of each attribute (with the
same id), and one a pair of related regions. The format is that of Label Studio 1.23's JSON export
(https://labelstud.io/guide/task_format); only the fields that are read are declared.
"""

from __future__ import annotations

from functools import lru_cache
from types import GenericAlias
from typing import Annotated, Any, Literal

import msgspec

from parley.label_studio.controls import LABEL, TEXT, control_of
from parley.labels import Layer
from parley.ontology import Ontology


class Value(msgspec.Struct, gc=False):
    """What a region says. text: the quoted surface of a span; of a text area, the lines written."""

    start: int | None = None
    end: int | None = None
    text: str | list[str] | None = None
    labels: list[str] | None = None
    choices: list[str] | None = None
    taxonomy: list[list[str]] | None = None


class Region(msgspec.Struct, gc=False):
    """One entry of an annotation's `result`: a relation has the last five fields, any other the first three.

    In the server's order: msgspec looks for a field where the last one ended.
    """

    value: Value | None = None
    id: str = ""
    from_name: str = ""
    from_id: str = ""
    to_id: str = ""
    type: str = ""
    direction: str | None = None
    labels: list[str] | None = None


Id = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]  # what a table has room for


class User(msgspec.Struct, gc=False):
    """Who completed an annotation, where the export says more than a number."""

    id: Id
    email: str = ""


class Annotation(msgspec.Struct):
    """All regions that one person submitted for a task. lead_time: seconds."""

    id: Id
    result: list[Region]
    completed_by: Id | User | None = None
    was_cancelled: bool = False
    lead_time: float | None = None
    updated_at: str = ""


class Draft(msgspec.Struct):
    """Labels kept by the server but not submitted; what they are is nobody's decision yet."""

    id: Id
    user: Id | str | None = None
    updated_at: str = ""


class TaskData(msgspec.Struct):
    """What `push` gave the task to carry; foreign exports may lack all but the text."""

    text: str
    doc_id: str = ""
    text_sha256: str = ""
    annotator: str = ""


class Task(msgspec.Struct):
    """A task of a JSON export."""

    id: Id
    data: TaskData
    annotations: list[Annotation] = []
    drafts: list[Draft | Id] = []


@lru_cache
def plain_tasks(
    labels: tuple[str, ...], relations: tuple[str, ...], named: tuple[str, ...]
) -> msgspec.json.Decoder[list[Task]]:
    """Return a decoder of tasks with no other names in them than these, which is faster than one of `Task`.

    A known name becomes the string that stands here, not a new one each time; a span has one label. named:
    the controls. At anything else it raises msgspec.ValidationError: such tasks are to be decoded as `Task`.
    """
    value = _narrowed(Value, labels=GenericAlias(tuple, _one_of(labels)) | None)
    region = _narrowed(
        Region,
        value=value | None,
        from_name=Literal["", LABEL, *named],
        type=Literal["labels", "relation", "choices", "taxonomy", "textarea"],
        direction=Literal["left", "right", "bi"] | None,
        labels=GenericAlias(list, _one_of(relations)) | None,
    )
    annotation = _narrowed(Annotation, result=GenericAlias(list, region))
    task = _narrowed(Task, annotations=GenericAlias(list, annotation))
    return msgspec.json.Decoder(GenericAlias(list, task))


def _one_of(names: tuple[str, ...]) -> Any:  # noqa: ANN401 - a type made at run time
    return Literal[names] if names else Literal[""]


def _narrowed(base: type[msgspec.Struct], **types: object) -> type[Any]:
    """Return a kind of `base` in which some fields have narrower types; their order is the same."""
    fields: list[Any] = []
    for known in msgspec.structs.fields(base):
        kind = types.get(known.name, known.type)
        made = known.default_factory is not msgspec.NODEFAULT
        default = msgspec.field(default_factory=known.default_factory) if made else known.default
        fields.append((known.name, kind) if known.required else (known.name, kind, default))
    return msgspec.defstruct(f"Plain{base.__name__}", fields, bases=(base,), gc=base.__struct_config__.gc)


def layer_to_result(layer: Layer, ontology: Ontology) -> list[dict[str, Any]]:
    """Return a layer as the `result` of a Label Studio annotation or prediction.

    A region's id is its span's. Relations of one pair stand in one entry with all their labels: the server's
    screen keeps only the first of two entries of the same pair.
    Raises KeyError for an attribute that the span's label does not have.
    """
    by_attribute = control_of(ontology)
    result: list[dict[str, Any]] = []
    for span in layer.spans:
        place = {"start": span.start, "end": span.end}
        shared = {"id": span.id, "to_name": TEXT}
        value: dict[str, Any] = {**place, "text": span.text, "labels": [span.label]}
        result.append({**shared, "from_name": LABEL, "type": "labels", "value": value})
        for name, given in sorted(span.attributes.items()):
            control = by_attribute[name, span.label]
            if control.tag == "textarea":
                value = {**place, "text": [given]}
            else:
                said = [[given]] if control.tag == "taxonomy" else [given]
                value = {**place, "text": span.text, control.tag: said}
            result.append({**shared, "from_name": control.name, "type": control.tag, "value": value})
    pairs: dict[tuple[str, str], list[str]] = {}
    for relation in layer.relations:
        pairs.setdefault((relation.head, relation.tail), []).append(relation.label)
    order = {name: i for i, name in enumerate(ontology.relation_names)}
    for (head, tail), labels in pairs.items():
        both_ways = all(ontology.relation_by_name[label].symmetric for label in labels)
        entry = {
            "from_id": head,
            "to_id": tail,
            "type": "relation",
            "direction": "bi" if both_ways else "right",
        }
        result.append({**entry, "labels": sorted(labels, key=lambda label: order[label])})
    return result
