"""What a file is: an export of Label Studio, a page of its API, tasks as JSON_MIN, or none of them."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import Any

from parley.faults import UsageError
from parley.label_studio.export.broken_json import AmbiguousObject
from parley.runtime.first_bytes import kind_of

Object = Mapping[str, Any]

# what the value of a region is called, surest first
_TYPES_IN_ORDER = (
    *("labels", "hypertextlabels", "choices", "taxonomy", "number", "rating", "datetime"),
    "text",
)
_TYPES = frozenset(_TYPES_IN_ORDER)
_SPAN = 3  # values of a span in doccano's lines
_EXPORT = "export the project again, in the format JSON"
_REMEDIES = {  # by kind of file, if there is another than to export again
    "gzip": "unpack it once, or give its name the ending .gz",
    "zstd": "unpack it once, or give its name the ending .zst",
    "packed": "unpack it",
    "archive": "unpack it, and name the JSON file in it",
    "lfs": "fetch the file: git lfs pull",
}
_UTF16 = rb"\xff\xfe|\xfe\xff|\x00\x00\xfe\xff|[\x00-\x7f]?\x00"
_TEXTS = (  # how texts begin that are no export, and what they are
    (rb"<", "XML, perhaps a labelling config"),
    (rb"\w+\t(?:\w+\t)*\w+\r?\n[^\r\n\t]*\t[^\r\n]*[\[{]", "an export in the format TSV"),
    (rb"(?:[#][^\n]*\s+)*[\d-]+\t", "an export in the format CoNLL-U or TSV"),
    (rb"-DOCSTART-|(?:\S+[ \t]+\S+[ \t]+\S+[ \t]+\S+\r?\n){2}", "an export in the format CONLL"),
    (rb"T\d+\t", "brat's standoff format"),
    (rb"[\w\"]+[,;\t][^\r\n]*\r?\n", "a table, perhaps an export in the format CSV or TSV"),
    (rb"(?:null|true|false|NaN|-?\d[\d.eE+-]*)\s*$|\"", "a single value of JSON"),
)


def no_export(begin: bytes) -> UsageError:
    """Return the error that says what a file is which begins with some bytes, but not with JSON's objects."""
    if re.match(_UTF16, begin):
        return _no_export("text in UTF-16 or UTF-32, or no text", "save it again in UTF-8")
    kind, what = kind_of(begin)
    if kind:
        return _no_export(what, _REMEDIES.get(kind, _EXPORT))
    what = next((what for pattern, what in _TEXTS if re.match(pattern, begin)), "")
    return _no_export(what or f"something that begins with {begin[:12]!r}")


def no_tasks(first: object, data: bytes) -> UsageError:
    """Return the error that says what the values of a file are that are not tasks.

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
    what = f"objects that are not tasks: the keys of the first are {keys}"
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
    return UsageError(f"this is not an export of Label Studio in its format JSON, but {what}", remedy)


def is_task(value: Object) -> bool:
    """Say whether an object is a task of an export, also in the format JSON_MIN."""
    return isinstance(value.get("data"), dict) or is_minimal(value)


def is_minimal(value: Object) -> bool:
    """Say whether an object is a task as the format JSON_MIN has it."""
    return "data" not in value and {"id", "annotation_id"} <= value.keys()


def from_minimal(value: Object, chosen: Collection[str] = ()) -> Object:
    """Return a task as the format JSON has it; of JSON_MIN its data and labels are taken apart.

    JSON_MIN has no ids: a region is the one at its place. What it writes as a plain text or number may be
    data or said of the whole task; it is taken for data, but for the fields that are `chosen`.
    """
    if not is_minimal(value):
        return value
    known = ("annotator", "annotation_id", "created_at", "updated_at", "lead_time", "id")
    data = {key: held for key, held in value.items() if key not in known}
    result = []
    for key, held in list(data.items()):
        if key in chosen and isinstance(held, str | int | float) and held != "":
            del data[key]
            said = {"choices": [held]} if isinstance(held, str) else {"number": held}
            result.append({"id": key, "from_name": key, "type": next(iter(said)), "value": said})
            continue
        items = held if isinstance(held, list) else [held]
        regions = [one for one in items if isinstance(one, dict) and not _TYPES.isdisjoint(one)]
        if not regions or len(regions) < len(items):
            continue
        del data[key]
        for number, one in enumerate(regions):
            kind = next(kind for kind in _TYPES_IN_ORDER if kind in one)
            place = f"{one['start']}:{one['end']}" if {"start", "end"} <= one.keys() else f"{key} {number}"
            result.append({"id": place, "from_name": key, "type": kind, "value": one})
    annotation = {
        "id": value["annotation_id"],
        "completed_by": value.get("annotator"),
        "result": result,
        **{key: value.get(key) for key in ("created_at", "updated_at", "lead_time")},
    }
    return {"id": value["id"], "data": data, "annotations": [annotation]}


def wrapping(value: object) -> str:
    """Return the key of the tasks in a page of the API, or of the task in a file of target storage; else "".

    Raises UsageError if the page says that there are more.
    """
    if not isinstance(value, dict) or isinstance(value, AmbiguousObject):
        return ""
    inside = value.get("task")
    if "result" in value and isinstance(inside, dict) and isinstance(inside.get("data"), dict):
        whole = not isinstance(inside, AmbiguousObject) and isinstance(inside.get("annotations", []), list)
        return "task" if whole else ""
    for key in ("results", "tasks"):
        held = value.get(key)
        if isinstance(held, list):
            count = max(len(held), number_said(value.get("count")), number_said(value.get("total")))
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


def number_said(held: object) -> int:
    """Return the number that a counter has, 0 if it is none."""
    text = str(int(held)) if isinstance(held, bool | float) and math.isfinite(held) else str(held)
    return int(text[:9]) if text.isascii() and text.isdigit() else 0
