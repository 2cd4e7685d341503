"""What other versions and tools write: bounded, named if it is no export, and read as far as it can be.

Values are taken as what they plainly mean: a number in quotes, `completions` for annotations, a `result` that
is a string of JSON. All else costs the smallest unit: the region, else the annotation, else the task.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from parley.faults import UsageError
from parley.label_studio.export.findings import ANNOTATION, REGION, RELATION
from parley.label_studio.export.regions import Annotation, Draft, Id, Person, Region, Task, TaskData, User

Object = Mapping[str, Any]

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

_BETWEEN = re.compile(rb"[\s,\[\]]*")  # tasks, also of several arrays one after the other
MARKS = re.compile(rb'\\.|["{}]', re.DOTALL)  # of JSON that open and close its objects and strings
_HIGHEST = 40  # objects one inside the other, in a task that is looked for among broken ones
_DEEPEST = 10_000  # what a stack of 8 MB has room for
_UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}

_MILLISECONDS = 10**11  # as seconds it would be the year 5138
_SPAN = 3  # values of a span in doccano's lines
_EXPORT = "export the project again, in the format JSON"
_UNPACK = "unpack it, and name the JSON file in it"
_KINDS = (
    (rb"\xff\xfe|\xfe\xff", "text in UTF-16 or UTF-32", "save it again in UTF-8"),
    (rb"\x00\x00\xfe\xff|[\x00-\x7f]?\x00", "text in UTF-16 or UTF-32, or no text", "save it again in UTF-8"),
    (rb"\x1f\x8b", "compressed with gzip", "unpack it once, or give its name the ending .gz"),
    (rb"\x28\xb5\x2f\xfd", "compressed with zstd", "unpack it once, or give its name the ending .zst"),
    (rb"BZh|\xfd7zXZ|\x04\x22\x4d\x18", "compressed with bzip2, xz or lz4", "unpack it"),
    (rb"PK\x03\x04", "a ZIP archive", _UNPACK),
    (rb"7z\xbc\xaf|Rar!|.{257}ustar|[^\x00\r\n]{1,100}\x00{8}", "an archive", _UNPACK),
    (rb"SQLite format 3", "a SQLite database", _EXPORT),
    (rb"PAR1", "a Parquet file", _EXPORT),
    (rb"(?i)<!doctype html|<html", "a web page, perhaps the one to log in", _EXPORT),
    (rb"<", "XML, perhaps a labelling config", _EXPORT),
    (rb"(?:[#][^\n]*\s+)*[\d-]+\t", "an export in the format CoNLL-U or TSV", _EXPORT),
    (rb"-DOCSTART-|(?:\S+[ \t]+\S+[ \t]+\S+[ \t]+\S+\r?\n){2}", "an export in the format CONLL", _EXPORT),
    (rb"T\d+\t", "brat's standoff format", _EXPORT),
    (rb"[\w\"]+[,;\t][^\r\n]*\r?\n", "a table, perhaps an export in the format CSV or TSV", _EXPORT),
    (rb"version https://git-lfs", "a pointer of Git LFS to a file", "fetch the file: git lfs pull"),
    (rb"(?:null|true|false|NaN|-?\d[\d.eE+-]*)\s*$|\"", "a single value of JSON", _EXPORT),
)


@dataclass(frozen=True)
class Limits:
    """How large an export may be, so that none uses up the machine that reads it.

    file, plain: bytes of the file as it is, and unpacked. task: bytes of one. string: characters. depth:
    values one inside the other.
    """

    file: int = 100 * 10**9
    plain: int = 100 * 10**9
    task: int = 50 * 10**6
    string: int = 10 * 10**6
    depth: int = 1000

    def with_options(self, options: Iterable[str]) -> Limits:
        """Return limits with some changed, `task=200MB` each; raises UsageError if one is unknown."""
        limits = self
        names = [field.name for field in fields(self)]
        for option in options:
            found = re.fullmatch(r"(\w+)=(\d+) ?([kmg]?b?)", option.strip(), re.IGNORECASE)
            if not found or found[1] not in names or found[3].lower() not in _UNITS:
                raise UsageError(
                    f"--limit {option} names no limit", f"write NAME=SIZE, as task=200MB; names: {names}"
                )
            limits = replace(limits, **{found[1]: int(found[2]) * _UNITS[found[3].lower()]})
        if limits.depth > _DEEPEST:
            raise UsageError("no stack is as deep as --limit depth", f"give {_DEEPEST} or less")
        return limits

    def exceeded(self, name: str, what: str) -> UsageError:
        """Return the error to raise if something is larger than the limit of this name."""
        limit = getattr(self, name)
        raised = f"--limit {name}={2 * limit if name == 'depth' else f'{2 * limit // 10**6}MB'}"
        return UsageError(
            f"{what} is more than the limit of {limit:,}",
            f"if the export is to be trusted, raise it: {raised}",
        )


LIMITS = Limits()


def no_export(begin: bytes) -> UsageError:
    """Return the error that says what a file is which begins with some bytes, but not with JSON's objects."""
    for pattern, what, remedy in _KINDS:
        if re.match(pattern, begin, re.DOTALL):
            return _no_export(what, remedy)
    return _no_export(f"something that begins with {begin[:12]!r}")


def no_tasks(first: object, data: bytes) -> UsageError:
    """Return the error that says what the values of a file are that are no tasks.

    first: None if none is whole. data: the file's begin.
    """
    if first is None:
        if "\N{REPLACEMENT CHARACTER}" in data.decode(errors="replace"):
            return _no_export("text that is not in UTF-8", "save it again in UTF-8")
        return _no_export("broken JSON without a whole task")
    if not isinstance(first, dict):
        return _no_export(f"a list of which the first value is {str(first)[:40]!r}")
    lists = [some for some in first.values() if isinstance(some, list)]
    listed = [one for some in lists for one in some]
    regions = [one for one in listed if isinstance(one, dict)]
    spans = [one for one in listed if isinstance(one, list) and len(one) == _SPAN and isinstance(one[0], int)]
    keys = ", ".join(sorted(map(str, first))[:6])
    what = f"objects that are no tasks: the keys of the first are {keys}"
    if wrapping(first):
        what = "an answer of Label Studio's API without tasks and their texts"
    elif "result" in first:
        what = "single annotations without their tasks and texts"
    elif "spans" in first and "doc_id" in first:
        what = "a label file of Parley"
    elif "detail" in first:
        what = f"an error of Label Studio's API: {str(first['detail'])[:80]!r}"
    elif spans or any("start_offset" in one for one in regions):
        what = "an export of doccano"
    elif first.keys() & {"annotation_id", "annotator"} or any("labels" in one for one in regions):
        what = "an export in the format JSON_MIN, which lacks relations and ids"
    elif "text" in first:
        what = "a list of texts to import, without annotations"
    return _no_export(what)


def _no_export(what: str, remedy: str = _EXPORT) -> UsageError:
    return UsageError(f"this is no export of Label Studio in its format JSON, but {what}", remedy)


def wrapping(value: object) -> str:
    """Return the key of the tasks in a page of the API, or of the task in a file of target storage; else "".

    Raises UsageError if the page says that there are more.
    """
    if not isinstance(value, dict) or isinstance(value, Repeated):
        return ""
    inside = value.get("task")
    if "result" in value and isinstance(inside, dict) and isinstance(inside.get("data"), dict):
        whole = not isinstance(inside, Repeated) and isinstance(inside.get("annotations", []), list)
        return "task" if whole else ""
    for key in ("results", "tasks"):
        held = value.get(key)
        if isinstance(held, list):
            count = max(len(held), _number(value.get("count")), _number(value.get("total")))
            if value.get("next") or count > len(held):
                raise UsageError(
                    f"this is a page of Label Studio's API with {len(held)} of {count} tasks or more",
                    "export the project in the format JSON, or ask for one page of all: page_size=100000",
                )
            return key
    return ""


def wrapped(value: object) -> list[Any]:
    """Return what may be tasks in a value: what it wraps, or itself."""
    key = wrapping(value)
    if not key or not isinstance(value, dict):
        return [value]
    return [value[key]] if key == "task" else list(value[key])


class Repeated(dict[str, Any]):
    """An object in which a key is given twice. keys_twice: which."""

    keys_twice: tuple[str, ...] = ()


def loads(data: bytes) -> Any:  # noqa: ANN401 - any value of JSON
    """Return a value of JSON, also of tools that take NaN and half a character for JSON; None if it is none.

    Raises RecursionError if it is too deep.
    """
    try:
        return json.loads(data.decode(), object_pairs_hook=_object)
    except ValueError:
        return None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        made = Repeated(made)
        counts = Counter(key for key, _ in pairs)
        made.keys_twice = tuple(key for key, count in counts.items() if count > 1)
    return made


def has_repeated(data: bytes) -> bool:
    """Say whether an object of some JSON has a key twice."""
    repeated: list[bool] = []
    json.loads(data, object_pairs_hook=lambda pairs: repeated.append(len(dict(pairs)) < len(pairs)))
    return any(repeated)


def values(data: bytes) -> Iterator[tuple[int, bytes, bool]]:
    """Yield the values of a piece that is not whole, each with its first byte; say which may be sound.

    A broken one ends before the next object with an object `data`, as a task is. Takes time in proportion to
    the bytes. Raises RecursionError if a value is too deep.
    """
    place = _next_value(data, 0)
    for begin, end, height in _objects(data):
        if begin < place or (begin > place and (height > _HIGHEST or data.find(b'"data"', begin, end) < 0)):
            continue
        value = loads(data[begin:end])
        if value is None or (begin > place and not isinstance(value.get("data"), dict)):
            continue
        if begin > place:
            yield place, data[place:begin].rstrip(b" \t\r\n,"), False
        yield begin, data[begin:end], True
        place = _next_value(data, end)
    if place < len(data):
        yield place, data[place:].rstrip(), False


def _objects(data: bytes) -> list[tuple[int, int, int]]:
    """Return where each object of some JSON begins and ends, and how many are one inside the other in it.

    After a quote that is missing what was inside strings is outside; so both views are taken.
    """
    open_braces: tuple[list[tuple[int, int]], list[tuple[int, int]]] = [], []
    found = []
    inside = False
    for mark in MARKS.finditer(data):
        what, stack = mark[0], open_braces[inside]
        if what == b'"':
            inside = not inside
        elif what == b"{":
            stack.append((mark.start(), 1))
        elif what == b"}" and stack:
            begin, height = stack.pop()
            found.append((begin, mark.end(), height))
            if stack and stack[-1][1] <= height:
                stack[-1] = stack[-1][0], height + 1
    return sorted(found)


def _next_value(data: bytes, place: int) -> int:
    match = _BETWEEN.match(data, place)
    return match.end() if match else place


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
    made.comments += _number(value.get("comment_count"))
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
    return _number(held) or int(isinstance(held, str) and bool(_DONE.fullmatch(held)))


def _number(held: object) -> int:
    """Return the number that a counter has, 0 if it is none."""
    text = str(int(held)) if isinstance(held, bool | float) and math.isfinite(held) else str(held)
    return int(text[:9]) if text.isascii() and text.isdigit() else 0


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
    """Say whether a value has regions of an annotation in it, be it JSON in a string."""
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
    if isinstance(value, Repeated) and not _WHOSE.isdisjoint(value.keys_twice):
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
        made.problems.append(Problem("", "studio-time", "lead_time", f"{lead_time!r} is no time in seconds"))
    made.remarks = _remarks(value)
    made.result_count = _number(value.get("result_count"))
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
        made["value"] = {**given, **places}
    region: Region = _converted(made, Region)
    return region


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
