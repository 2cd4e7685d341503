"""Label Studio's format: tasks, annotations and their `result` regions, and a layer written that way.

A region is Label Studio's unit: one with a label is a span, one more a value of each attribute (with the
same id), and one a pair of related regions. The format is that of Label Studio 1.23's JSON export
(https://labelstud.io/guide/task_format); only the fields that are read are declared.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec

from parley.label_studio.screen import LABEL, TEXT, Control, control_of
from parley.model.entities import proposed_name
from parley.model.labels import Layer
from parley.model.ontology import DOCUMENT, Ontology
from parley.values.several import members

Id = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]  # what a table has room for


class User(msgspec.Struct, frozen=True):
    """Who completed an annotation, if the export says more than a number. The names tell who has no id."""

    id: Id | None = None
    email: str = ""
    username: str = ""
    name: str = ""
    first_name: str = ""
    last_name: str = ""


Person = Id | User | str | None


class Value(msgspec.Struct, gc=False):
    """What a region says. text: the quoted surface of a span; of a text area, the lines written."""

    start: int | None = None
    end: int | None = None
    text: str | list[str] | None = None
    labels: list[str] | None = None
    choices: list[str] | None = None
    taxonomy: list[list[str]] | None = None
    number: int | float | str | None = None


class Region(msgspec.Struct, gc=False):
    """One entry of an annotation's `result`: a relation has the last five fields, any other the first four.

    In the server's order: msgspec looks for a field where the last one ended. meta: remarks of the annotator.
    """

    value: Value | None = None
    id: str = ""
    from_name: str = ""
    to_name: str = ""
    from_id: str = ""
    to_id: str = ""
    type: str = ""
    direction: str | None = None
    labels: list[str] | None = None
    meta: Any = None


class Annotation(msgspec.Struct):
    """All regions that one person submitted for a task.

    lead_time: seconds. result_count: how many regions it says it has; the server counts some kinds only.
    """

    id: Id
    result: list[Region]
    completed_by: Person = None
    was_cancelled: bool = False
    lead_time: float | None = None
    updated_at: str = ""
    created_at: str = ""
    result_count: int | None = None


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


_Empty = Annotated[list[Any], msgspec.Meta(max_length=0)]
_Nothing = _Empty | Annotated[str, msgspec.Meta(max_length=0)] | None


class UnreadAnnotation(Annotation):
    """An annotation as the server writes it: its regions are still JSON, and nobody wrote anything on it."""

    result: msgspec.Raw  # type: ignore[assignment]
    skipped: Literal[False] | None = None
    comments: _Nothing = None
    comment: _Nothing = None
    notes: _Nothing = None
    note: _Nothing = None
    remarks: _Nothing = None
    reviews: _Nothing = None
    meta: _Nothing | Annotated[dict[str, Any], msgspec.Meta(max_length=0)] = None


def _server(kind: type, skipped: Iterable[str], *fields: tuple[str, Any, Any], closed: bool = True) -> Any:  # noqa: ANN401
    """Return a kind that knows all keys: under any other may be words of the annotator's."""
    unread: list[tuple[str, Any, Any]] = [
        (name, msgspec.Raw | msgspec.UnsetType, msgspec.UNSET) for name in skipped
    ]
    name = f"Server{kind.__name__}"
    return msgspec.defstruct(name, [*unread, *fields], bases=(kind,), forbid_unknown_fields=closed)


# what Label Studio writes too, and no label or remark is in
SKIPPED_OF_REGION = (
    *("origin", "readonly", "hidden", "locked", "score", "parentID", "globalOffsets", "startOffset"),
    *("endOffset", "original_width", "original_height", "image_rotation"),
)
SKIPPED_OF_ANNOTATION = (
    *("created_username", "created_ago", "ground_truth", "draft_created_at", "prediction"),
    *("unique_id", "import_id", "last_action", "bulk_created", "task", "project", "updated_by", "state"),
    *("parent_prediction", "parent_annotation", "last_created_by", "honeypot", "model_version", "history"),
)
SKIPPED = (
    *("predictions", "meta", "created_at", "updated_at", "inner_id", "total_predictions"),
    *("unresolved_comment_count", "last_comment_updated_at", "project", "updated_by", "comment_authors"),
    *("file_upload", "overlap", "allow_skip", "agreement"),
)
ServerRegion = _server(Region, SKIPPED_OF_REGION, ("value", _server(Value, SKIPPED_OF_REGION) | None, None))
ServerAnnotation = _server(UnreadAnnotation, SKIPPED_OF_ANNOTATION)
_annotations: tuple[str, Any, Any] = ("annotations", list[ServerAnnotation], [])  # type: ignore[valid-type]


class UnreadTask(Task):
    """A task with such annotations, and the numbers it gives of them."""

    annotations: list[UnreadAnnotation] = []  # type: ignore[assignment]
    total_annotations: int | None = None
    cancelled_annotations: int | None = None
    is_labeled: bool | None = None
    comment_count: int | None = None


ServerTask = _server(UnreadTask, SKIPPED, _annotations)
OtherTask = _server(UnreadTask, (), _annotations, closed=False)  # its keys are looked at one by one


def layer_to_result(layer: Layer, ontology: Ontology) -> list[dict[str, Any]]:
    """Return a layer as the `result` of a Label Studio annotation or prediction.

    A region's id is its span's. Relations of one pair are one entry with all their labels: the server's
    screen keeps only the first of two entries of the same pair.
    Raises KeyError for an attribute that the span's label does not have.
    """
    by_attribute, proposing = control_of(ontology), control_of(ontology, proposes=True)
    result: list[dict[str, Any]] = []
    for span in layer.spans:
        place = {"start": span.start, "end": span.end}
        shared = {"id": span.id, "to_name": TEXT}
        value: dict[str, Any] = {**place, "text": span.text, "labels": [span.label]}
        result.append({**shared, "from_name": LABEL, "type": "labels", "value": value})
        for name, given in sorted(span.attributes.items()):
            new = [one for one in map(proposed_name, members(given)) if one]
            chosen = [one for one in members(given) if not proposed_name(one)]
            if new:
                value = {**place, "text": new}
                entry = {"from_name": proposing[name, span.label].name, "type": "textarea", "value": value}
                result.append({**shared, **entry})
            if not chosen:
                continue
            control = by_attribute[name, span.label]
            value = {**place, "text": span.text, **_valued(given, control)}
            result.append({**shared, "from_name": control.name, "type": control.tag, "value": value})
    for name, given in sorted(layer.document.attributes.items()) if layer.document else ():
        control = by_attribute[name, DOCUMENT]
        shared = {"id": control.name, "to_name": TEXT, "from_name": control.name, "type": control.tag}
        result.append(shared | {"value": _valued(given, control)})
    pairs: dict[tuple[str, str], list[str]] = {}
    for relation in layer.relations:
        pairs.setdefault((relation.head, relation.tail), []).append(relation.label)
    for (head, tail), labels in pairs.items():
        both_ways = all(ontology.relation_by_name[label].symmetric for label in labels)
        entry = {
            "from_id": head,
            "to_id": tail,
            "type": "relation",
            "direction": "bi" if both_ways else "right",
        }
        result.append(entry | {"labels": sorted(labels, key=ontology.relation_names.index)})
    return result


def _valued(given: str, control: Control) -> dict[str, object]:
    """Return an attribute's value as that of a region, without names that are proposed."""
    if control.tag == "textarea":
        return {"text": [given]}
    if control.tag == "taxonomy":
        return {control.tag: [[one] for one in members(given) if not proposed_name(one)]}
    if control.tag == "number":
        return {control.tag: float(given) if "." in given else int(given)}
    return {control.tag: [given]}
