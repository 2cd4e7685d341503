"""What a file is that is no export of Label Studio in its format JSON, and how to get one."""

from __future__ import annotations

import re
from typing import Any

from parley.faults import UsageError

_SPAN = 3  # values of a span in doccano's lines
_EXPORT = "export the project again, in the format JSON"
_BYTES = (
    (rb"\xff\xfe|\xfe\xff|.\x00", "text in UTF-16", "save it again in UTF-8"),
    (rb"\x1f\x8b", "compressed with gzip", "give its name the ending .gz"),
    (rb"\x28\xb5\x2f\xfd", "compressed with zstd", "give its name the ending .zst"),
    (rb"PK\x03\x04", "a ZIP archive", "unpack it, and name the JSON file in it"),
    (rb"SQLite format 3", "a SQLite database", _EXPORT),
    (rb"PAR1", "a Parquet file", _EXPORT),
    (rb"(?i)<!doctype html|<html", "a web page, perhaps the one to log in", _EXPORT),
    (rb"<", "XML, perhaps a labelling config", _EXPORT),
    (rb"-DOCSTART-|(?:\S+[ \t]+\S+[ \t]+\S+[ \t]+\S+\r?\n){2}", "an export in the format CONLL", _EXPORT),
    (rb"T\d+\t", "brat's standoff format", _EXPORT),
    (rb"[\w\"]+(?:[,;\t][^\r\n]*)+\r?\n", "a table, perhaps an export in the format CSV or TSV", _EXPORT),
    (rb"(?:null|true|false|NaN|-?\d|\")", "a single value of JSON", _EXPORT),
)


def no_export(begin: bytes) -> UsageError:
    """Return the error that says what a file is which begins with some bytes, but not with JSON's objects."""
    for pattern, what, remedy in _BYTES:
        if re.match(pattern, begin, re.DOTALL):
            return _error(what, remedy)
    return _error(f"something that begins with {begin[:12]!r}", _EXPORT)


def no_tasks(first: object) -> UsageError:
    """Return the error that says what the values of a file are that are no tasks; None: no whole value."""
    if first is None:
        return _error("broken JSON without a whole task", _EXPORT)
    if not isinstance(first, dict):
        return _error(f"a list of which the first value is {str(first)[:40]!r}", _EXPORT)
    listed: list[list[Any]] = [one for one in first.values() if isinstance(one, list)]
    regions = [one for some in listed for one in some if isinstance(one, dict)]
    keys = ", ".join(sorted(map(str, first))[:6])
    what = f"objects that are no tasks: the keys of the first are {keys}"
    if any(isinstance(first.get(key), list) for key in ("results", "tasks")):
        what = "a page of answers of Label Studio's API"
    elif "result" in first:
        what = "single annotations, as Label Studio's target storage keeps them"
    elif any("start_offset" in one for one in regions) or any(map(_has_spans, listed)):
        what = "an export of doccano"
    elif first.keys() & {"annotation_id", "annotator"} or any("labels" in one for one in regions):
        what = "an export in the format JSON_MIN, which lacks relations and ids"
    elif "text" in first:
        what = "a list of texts to import, without annotations"
    return _error(what, _EXPORT)


def _has_spans(some: list[Any]) -> bool:
    """Say whether a list holds spans of start, end and label."""
    return any(isinstance(one, list) and len(one) == _SPAN and isinstance(one[0], int) for one in some)


def _error(what: str, remedy: str) -> UsageError:
    return UsageError(f"this is no export of Label Studio in its format JSON, but {what}", remedy)
