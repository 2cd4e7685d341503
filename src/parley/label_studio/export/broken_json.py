"""JSON that is broken, or that only some tools take for JSON: read object by object, while it is sound."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

_BETWEEN = re.compile(rb"[\s,\[\]]*")  # tasks, also of several arrays one after the other
MARKS = re.compile(rb'\\.|["{}]', re.DOTALL)  # of JSON that open and close its objects and strings
_HIGHEST = 40  # objects one inside the other, in a task that is looked for among broken ones


class AmbiguousObject(dict[str, Any]):
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
        made = AmbiguousObject(made)
        counts = Counter(key for key, _ in pairs)
        made.keys_twice = tuple(key for key, count in counts.items() if count > 1)
    return made


def has_repeated(data: bytes) -> bool:
    """Say whether an object of some JSON has a key twice."""
    objects: list[list[tuple[str, Any]]] = []
    json.loads(data, object_pairs_hook=objects.append)
    return sum(map(len, objects)) > sum(map(len, map(dict, objects)))


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
