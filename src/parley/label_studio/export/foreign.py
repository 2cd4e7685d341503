"""A task of another version or tool, read as far as it can be: what cannot costs the smallest unit.

Here come the tasks that are not as the server writes them. Their values are taken as what they plainly mean:
a number in quotes, `completions` for annotations, a `result` that is a string of JSON. All else is a problem
of the region, else of the annotation, else of the task.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from parley.label_studio.export.findings import ANNOTATION, REGION, RELATION
from parley.label_studio.export.people import Id, Person
from parley.label_studio.export.pieces import Repeated, loads
from parley.label_studio.export.regions import Annotation, Draft, Region, Task, TaskData

Object = Mapping[str, Any]

LISTS = ("annotations", "completions")  # under which annotations are in this and in older versions
_BESIDE = ("predictions", "drafts")  # what is nobody's decision
_HALF = re.compile("[\ud800-\udfff]")
_COUNTER = re.compile(r"annotation|completion|labell?ed|submi", re.IGNORECASE)
_WHOSE = {"id", "completed_by", "was_cancelled"}  # keys of an annotation without which it is nobody's


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
    """An annotation as far as it could be read. unreadable: why it is left out whole."""

    problems: list[Problem] = msgspec.field(default_factory=list)
    unreadable: str = ""


class ForeignTask(Task):
    """A task as far as it could be read. says: how many annotations it says it has."""

    problems: list[Problem] = msgspec.field(default_factory=list)
    says: int = 0


class Unreadable(Exception):
    """A value cannot be read as a task, an annotation or a region; says why."""


def read_task(value: object) -> ForeignTask:
    """Return a task of decoded JSON; raises Unreadable if it is none."""
    if not isinstance(value, dict):
        raise Unreadable(f"it is {_named(value)}, not a task")
    data = value.get("data")
    _refuse_repeated(value, data)
    if isinstance(data, dict):
        data = {key: data[key] for key in TaskData.__struct_fields__ if key in data}
    made = ForeignTask(_integer(value.get("id"), "its id"), _converted(data, TaskData, "its data"))
    for key in LISTS:
        for one in _listed(value, key):
            try:
                made.annotations.append(_annotation(one))
            except Unreadable as error:
                name = one.get("id") if isinstance(one, dict) else ""
                made.problems.append(Problem(ANNOTATION, "studio-task", f"annotation {name}", str(error)))
    for one in _listed(value, "drafts"):
        try:
            made.drafts.append(_converted(one, Draft | Id))
        except Unreadable as error:
            made.problems.append(Problem(ANNOTATION, "studio-task", "draft", str(error)))
    for key, held in value.items():
        made.says = max(made.says, said(key, held))
        if key not in (*LISTS, *_BESIDE, "data", "meta"):
            what = f"an annotation under the key {key!r} is not read"
            problem = Problem(ANNOTATION, "studio-task", f"key {key}", what)
            made.problems += [problem for _ in _annotations_in(held)]
    return made


def said(key: str, held: object) -> int:
    """Return how many annotations a task says it has by one of its values."""
    if not _COUNTER.search(key) or "prediction" in key or isinstance(held, float):
        return 0
    if isinstance(held, str) and held.isascii() and held.isdigit():
        return int(held[:9])
    return int(held) if isinstance(held, int) else 0


def _annotations_in(value: object) -> Iterator[object]:
    """Yield each object in a value that has regions, as an annotation."""
    if isinstance(value, dict):
        if "result" in value:
            yield value
        else:
            for one in value.values():
                yield from _annotations_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from _annotations_in(one)


def _annotation(value: object) -> ForeignAnnotation:
    """Return an annotation; raises Unreadable if nobody can tell whose or which it is."""
    if not isinstance(value, dict):
        raise Unreadable(f"it is {_named(value)}, not an annotation")
    if isinstance(value, Repeated) and not _WHOSE.isdisjoint(value.keys_twice):
        _refuse_repeated(value)
    made = ForeignAnnotation(
        _integer(value.get("id"), "its id"),
        [],
        _person(value.get("completed_by")),
        _flag(value.get("was_cancelled", value.get("skipped"))),
    )
    lead_time = value.get("lead_time")
    if isinstance(lead_time, int | float) and not isinstance(lead_time, bool) and math.isfinite(lead_time):
        made.lead_time = lead_time
    elif lead_time is not None:
        made.problems.append(Problem("", "studio-time", "lead_time", f"{lead_time!r} is no time in seconds"))
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
    if result is None:
        return []
    if not isinstance(result, list):
        raise Unreadable(f"its result is {_named(result)}, not a list")
    return result


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
            problem = Problem(unit, "studio-region", place, str(error), max(1, number), known.get("meta"))
            problems.append(problem)


def _region(value: object) -> Region:
    if not isinstance(value, dict):
        raise Unreadable(f"it is {_named(value)}, not a region")
    given = value.get("value")
    _refuse_repeated(value, given)
    made = {key: held for key, held in value.items() if held is not None}
    for key in ("id", "from_id", "to_id"):
        if isinstance(made.get(key), int):
            made[key] = str(made[key])
    if isinstance(given, dict):
        places = {key: _integer(given[key], key) for key in ("start", "end") if given.get(key) is not None}
        made["value"] = {**given, **places}
    region: Region = _converted(made, Region)
    return region


def _listed(value: Object, key: str) -> list[Any]:
    """Return the list under a key; raises ValueError if it is something else."""
    held = value.get(key)
    if held is not None and not isinstance(held, list):
        raise Unreadable(f"{key} is {_named(held)}, not a list")
    return held or []


def _integer(value: object, what: str) -> int:
    """Return a whole number, which may be in quotes or written with a point."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value.strip(), re.ASCII):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 1 << 63:
        raise Unreadable(f"{what} is {_named(value)}, not a whole number")
    return value


def _flag(value: object) -> bool:
    if value not in (None, True, False, "true", "false", "True", "False"):
        raise Unreadable(f"was_cancelled is {_named(value)}")
    return str(value).lower() == "true"


def _person(value: object) -> Person:
    """Return who completed an annotation."""
    if isinstance(value, dict) and not isinstance(value, Repeated):
        known = {key: value[key] for key in ("id", "email") if value.get(key) is not None}
        if known and "id" in known:
            known["id"] = _integer(known["id"], "the id of completed_by")
        value = known or value
    if isinstance(value, float):
        value = _integer(value, "completed_by")
    person: Person = _converted(value, Person, "completed_by")
    return person


def _time(value: object) -> str:
    """Return a time as text; seconds since 1970 in ISO 8601."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
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
        if isinstance(value, Repeated):
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
