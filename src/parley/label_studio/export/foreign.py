"""Tasks as other versions and tools write them: read as far as they can be.

Values are taken as what they plainly mean: a number in quotes, `completions` for annotations, a `result` that
is a string of JSON. All else costs the smallest unit: the region, else the annotation, else the task.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from parley.label_studio.export.broken_json import AmbiguousObject, loads
from parley.label_studio.export.file_kinds import Object, number_said
from parley.label_studio.export.findings import ANNOTATION, REGION, RELATION
from parley.label_studio.export.regions import Annotation, Draft, Id, Person, Region, Task, TaskData, User

LISTS = ("annotations", "completions")  # under which annotations are in this and in older versions
_HALF = re.compile("[\ud800-\udfff]")
# keys and words by which a task says that it is labelled, and keys of which a value says so whatever it is
_COUNTER = re.compile(
    r"(?<!un)(annotat|completion|completed|labell?ed|submi|finished)|labels_count|num_labels", re.IGNORECASE
)
_ONE = re.compile(r"_(id|by|at)$|annotators$|labels", re.IGNORECASE)
_DONE = re.compile(r"true|yes|completed?|annotated|labell?ed|submitted|finished|done", re.IGNORECASE)
_REMARK = re.compile(  # keys of what somebody wrote, as `annotator_note`; Label Studio's own `normalization`
    r".*(comment|note|remark|review|feedback|reason|normalization)s?", re.IGNORECASE | re.DOTALL
)
_REGION = ("from_name", "from_id")  # keys of regions and relations
_WHOSE = {"id", "completed_by", "was_cancelled"}  # keys of an annotation without which it is nobody's


_MILLISECONDS = 10**11  # as seconds it would be the year 5138


class Problem(NamedTuple):
    """What could not be read. unit, number: what is left out, "" for nothing. place: in the annotation.

    meta: remarks on the region that is left out.
    """

    unit: str
    code: str
    place: str
    message: str
    number: int = 1
    meta: Any = None


class ForeignAnnotation(Annotation):
    """An annotation as far as it could be read. unreadable: why it is left out whole. remarks: on it."""

    problems: list[Problem] = msgspec.field(default_factory=list)
    remarks: list[Any] = msgspec.field(default_factory=list)
    unreadable: str = ""


class ForeignTask(Task):
    """A task as far as it could be read.

    says, comments: how many annotations it says it has, and how many comments that are not there.
    """

    problems: list[Problem] = msgspec.field(default_factory=list)
    says: int = 0
    comments: int = 0


class Unreadable(Exception):
    """A value cannot be read as a task, an annotation or a region; says why."""


def read_task(value: object) -> ForeignTask:
    """Return a task of decoded JSON; raises Unreadable if it is none."""
    if not isinstance(value, dict):
        raise Unreadable(f"it is {_named(value)}, not a task")
    data = value.get("data")
    _refuse_repeated(value, data)
    if isinstance(data, dict):
        data = {key: data[key] for key in TaskData.__struct_fields__ if data.get(key) is not None}
        if type(data.get("doc_id")) is int:
            data["doc_id"] = str(data["doc_id"])
    made = ForeignTask(_integer(value.get("id"), "its id"), _converted(data, TaskData, "its data"))

    def problem(place: str, what: str, unit: str = ANNOTATION) -> Problem:
        return Problem(unit, "studio-task", place, what)

    for one in [*_listed(value, LISTS[0]), *_listed(value, LISTS[1])]:
        try:
            made.annotations.append(_annotation(one))
        except Unreadable as error:
            name = one.get("id") if isinstance(one, dict) else ""
            made.problems.append(problem(f"annotation {name}", str(error)))
    for one in _listed(value, "drafts"):
        try:
            made.drafts.append(_converted(one, Draft | Id))
        except Unreadable as error:
            made.problems.append(problem("draft", str(error)))
    for key, held in value.items():
        made.says = max(made.says, said(key, held))
        if key not in (*LISTS, "drafts", "data", "meta") and "prediction" not in key:
            unread = problem(f"key {key}", f"an annotation under the key {key!r} is not read")
            made.problems += [unread] * (_annotations_in(held) or has_region(held))
        if is_remark(key, held):
            made.problems.append(
                problem(f"key {key}", f"a remark on a task is not kept: {str(held)[:500]}", "")
            )
            made.comments -= len(held) if isinstance(held, list) else 1
    totals = ("total_annotations", "cancelled_annotations")
    made.says = max(made.says, sum(said(key, value.get(key)) for key in totals))
    made.comments += number_said(value.get("comment_count"))
    return made


def said(key: str, held: object) -> int:
    """Return how many annotations a task says it has by one of its values."""
    if key in ("state", "status"):
        return int(bool(_DONE.fullmatch(str(held))))
    if not _COUNTER.search(key) or "prediction" in key or key in LISTS:
        return 0
    if _ONE.search(key):
        return int(bool(held) and held != "0")
    if isinstance(held, list) or key.endswith("_ids"):
        return len(held if isinstance(held, list) else str(held).split(",")) if held else 0
    return number_said(held) or int(isinstance(held, str) and bool(_DONE.fullmatch(held)))


def is_remark(key: str, held: object) -> bool:
    """Say whether a value is what somebody wrote on a task, an annotation or a region."""
    return bool(held) and bool(_REMARK.fullmatch(key))


def _remarks(value: Object) -> list[Any]:
    """Return what somebody wrote on an annotation or a region."""
    inside = value.get("value")
    return [
        held
        for some in (value, inside if isinstance(inside, dict) else {})
        for key, held in some.items()
        if key == "meta" or is_remark(key, held)
    ]


def has_region(value: object) -> bool:
    """Say whether a value has regions of an annotation in it, also as JSON in a string."""
    if isinstance(value, str) and any(key in value for key in _REGION):
        value = loads(value.encode(errors="replace"))
    if isinstance(value, dict):
        labelled = value.get("labels") and "start" in value
        return bool(labelled or any(map(value.get, _REGION)) or any(map(has_region, value.values())))
    return isinstance(value, list) and any(map(has_region, value))


def _annotations_in(value: object) -> int:
    """Return how many objects in a value have regions, as an annotation."""
    if isinstance(value, dict):
        return 1 if "result" in value else sum(map(_annotations_in, value.values()))
    return sum(map(_annotations_in, value)) if isinstance(value, list) else 0


def _annotation(value: object) -> ForeignAnnotation:
    """Return an annotation; raises Unreadable if nobody can tell whose or which it is."""
    if not isinstance(value, dict):
        raise Unreadable(f"it is {_named(value)}, not an annotation")
    if isinstance(value, AmbiguousObject) and not _WHOSE.isdisjoint(value.keys_twice):
        _refuse_repeated(value)
    cancelled = [value.get(key) for key in ("was_cancelled", "skipped")]
    for said_so in cancelled:
        if said_so not in (None, True, False, "true", "false", "True", "False"):
            raise Unreadable(f"was_cancelled is {_named(said_so)}")
    made = ForeignAnnotation(
        _integer(value.get("id"), "its id"),
        [],
        _person(value.get("completed_by")),
        "true" in map(str.lower, map(str, cancelled)),
    )
    lead_time = value.get("lead_time")
    if isinstance(lead_time, int | float) and not isinstance(lead_time, bool) and math.isfinite(lead_time):
        made.lead_time = lead_time
    elif lead_time is not None:
        made.problems.append(
            Problem("", "studio-time", "lead_time", f"{lead_time!r} is not a time in seconds")
        )
    made.remarks = _remarks(value)
    made.result_count = number_said(value.get("result_count"))
    made.updated_at, made.created_at = (_time(value.get(key)) for key in ("updated_at", "created_at"))
    try:
        _refuse_repeated(value)
        made.result = list(_regions(_result(value), made.problems))
    except Unreadable as error:
        made.unreadable = str(error)
    return made


def _result(annotation: Object) -> list[Any]:
    if "result" not in annotation:
        raise Unreadable("it has no result")
    result = annotation["result"]
    if isinstance(result, str):
        parsed = None if _half(result) else loads(result.encode())
        result = result if parsed is None else parsed
    if result is not None and not isinstance(result, list):
        raise Unreadable(f"its result is {_named(result)}, not a list")
    return result or []


def _regions(result: list[Any], problems: list[Problem]) -> Iterator[Region]:
    """Yield the regions that can be read; the others are problems."""
    for value in result:
        try:
            yield _region(value)
        except Unreadable as error:
            known = value if isinstance(value, dict) else {}
            labels = known.get("labels")
            unit = REGION if known.get("value") is not None else RELATION
            number = len(labels) if isinstance(labels, list) and unit == RELATION else 1
            place = f"{unit} {known.get('id') or known.get('from_id')}"
            remarks = _remarks(known)
            problems.append(Problem(unit, "studio-region", place, str(error), max(1, number), remarks))


def _region(value: object) -> Region:
    if not isinstance(value, dict):
        raise Unreadable(f"it is {_named(value)}, not a region")
    given = value.get("value")
    _refuse_repeated(value, given)
    made = {key: held for key, held in value.items() if held is not None} | {"meta": _remarks(value)}
    for key in ("id", "from_id", "to_id"):
        if isinstance(made.get(key), int):
            made[key] = str(made[key])
    if isinstance(given, dict):
        places = {key: _integer(given[key], key) for key in ("start", "end") if given.get(key) is not None}
        made["value"] = {**given, **places, **_plain(str(value.get("type")), given)}
    region: Region = _converted(made, Region)
    return region


def _plain(kind: str, value: Object) -> Object:
    """Return what a region's value has under a key of its own kind, under the key that is read."""
    held = value.get(kind)
    if kind == "hypertextlabels":
        return {"labels": held} if isinstance(held, list) else {}
    if kind == "rating":
        return {"number": held}
    return {"text": [held]} if kind == "datetime" and isinstance(held, str) else {}


def _listed(value: Object, key: str) -> list[Any]:
    held = value.get(key)
    if held is not None and not isinstance(held, list):
        raise Unreadable(f"{key} is {_named(held)}, not a list")
    return held or []


def _integer(value: object, what: str) -> int:
    """Return a whole number, which may be in quotes or written with a point."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}(\.0+)?", value.strip(), re.ASCII):
        return int(value.partition(".")[0])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 1 << 63:
        raise Unreadable(f"{what} is {_named(value)}, not a whole number")
    return value


def _person(value: object) -> Person:
    """Return who completed an annotation."""
    _refuse_repeated(value)
    if isinstance(value, dict):
        known = {key: value[key] for key in User.__struct_fields__ if value.get(key) is not None}
        if "id" in known:
            known["id"] = _integer(known["id"], "the id of completed_by")
        if value and value.keys().isdisjoint(User.__struct_fields__):
            raise Unreadable(f"completed_by has none of the keys {', '.join(User.__struct_fields__)}")
        value = known
    if isinstance(value, float):
        value = _integer(value, "completed_by")
    person: Person = _converted(value, Person, "completed_by")
    return person


def _time(value: object) -> str:
    """Return a time as text; seconds or milliseconds since 1970 in ISO 8601."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            value = value / 1000 if abs(value) > _MILLISECONDS else value
            return datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")
        except (ValueError, OverflowError, OSError):
            return str(value)
    return "" if value is None else str(value)


def _converted(value: object, kind: Any, what: str = "") -> Any:  # noqa: ANN401 - of the kind that is given
    if _half(value):
        raise Unreadable(f"{what or 'it'} has half a surrogate pair")
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise Unreadable(f"{what}: {error}" if what else str(error))


def _refuse_repeated(*values: object) -> None:
    for value in values:
        if isinstance(value, AmbiguousObject):
            raise Unreadable(f"it has the key {value.keys_twice[0]!r} twice")


def _half(value: object) -> bool:
    """Say whether a value has half a surrogate pair in a string."""
    if isinstance(value, dict):
        return any(map(_half, value)) or any(map(_half, value.values()))
    return any(map(_half, value)) if isinstance(value, list) else bool(_HALF.search(str(value)))


def _named(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return "missing" if value is None else repr(value)[:60]
