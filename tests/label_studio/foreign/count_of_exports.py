"""What an export holds, counted by a walk through its JSON that shares nothing with the reader.

It knows no control and no version: an annotation is an object with a `result`, a region an entry there with a
value, a relation one without.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

REMARKS = tuple(
    word + end
    for word in ("comment", "note", "remark", "review", "feedback", "reason", "normalization")
    for end in ("", "s")
)


@dataclass
class Inside:
    """What an annotation holds. labels: regions and relations together, a relation for each of its labels.

    empty: regions in which nothing was chosen, or the same as in one before.
    """

    labels: int = 0
    empty: int = 0
    remarks: int = 0


@dataclass
class Count:
    """What an export holds. inside: of an annotation, by task and its own id. by_byte: of a task."""

    tasks: int = 0
    annotations: int = 0
    drafts: int = 0
    inside: dict[tuple[Any, Any], list[Inside]] = field(default_factory=dict)
    by_byte: dict[int, int] = field(default_factory=dict)
    drafts_by_byte: dict[int, int] = field(default_factory=dict)
    remarks_by_byte: dict[int, int] = field(default_factory=dict)


def count(data: bytes) -> Count:
    """Return what an export holds that is JSON, as Python's own reader takes it."""
    found = Count()
    for byte, task in _tasks(data.decode("latin-1")):  # a character a byte
        found.tasks += 1
        annotations = list(_annotations(task))
        drafts = [one for one in _pairs(task, "drafts") if isinstance(one, list)]
        found.annotations += len(annotations)
        found.by_byte[byte] = len(annotations)
        found.drafts_by_byte[byte] = sum(map(len, drafts))
        found.drafts += found.drafts_by_byte[byte]
        for one in annotations:
            key = _number(_value(task, "id")), _number(_value(one, "id"))
            inside = _inside(_value(one, "result"))
            inside.remarks += _remarks(one)
            found.inside.setdefault(key, []).append(inside)
        found.remarks_by_byte[byte] = sum(bool(held) for key, held in _last(task) if _is_remark(key))
    return found


def _tasks(text: str) -> Iterator[tuple[int, Any]]:
    decoder = json.JSONDecoder(
        object_pairs_hook=list
    )  # an object is a list of pairs: keys may be there twice
    place = 0
    while place < len(text):
        if text[place] in " \t\r\n,[]\xef\xbb\xbf":
            place += 1
            continue
        value, end = decoder.raw_decode(text, place)
        listed = re.compile(r'\s*"(?:results|tasks)": \[').search(text, place, end)
        if _value(value, "data") is not None or not _is_object(value):
            yield place, value
        elif _is_object(_value(value, "task")):  # a file of a target storage
            alone = [pair for pair in value if pair[0] != "task"]
            yield place, [*_value(value, "task"), ("annotations", [alone])]
        elif listed:  # a page of the API
            yield from ((listed.end() + inside, one) for inside, one in _tasks(text[listed.end() : end - 1]))
        else:
            yield place, value
        place = end


def _is_object(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, tuple) for one in value)


def _pairs(value: Any, key: str) -> list[Any]:
    return [held for name, held in value if name == key] if _is_object(value) else []


def _value(value: Any, key: str) -> Any:
    found = _pairs(value, key)
    return found[-1] if found else None


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.isdigit():
        return int(value)
    return value if isinstance(value, int | float) else str(value)


def _annotations(task: Any) -> Iterator[Any]:
    """Yield every object with a result, and every entry of a list of annotations."""
    if not _is_object(task):
        return
    for key, held in task:
        if "prediction" in key or key in ("drafts", "data"):
            continue
        if key in ("annotations", "completions") and isinstance(held, list):
            yield from ([] if _is_object(held) else held)
        elif key != "meta":
            found = list(_with_result(held))
            yield from found or [held] * _has_region(held)


def _with_result(value: Any) -> Iterator[Any]:
    """Yield every object in a value that has a result."""
    if _pairs(value, "result"):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _with_result(one[1] if isinstance(one, tuple) else one)


def _has_region(value: Any) -> bool:
    if _is_object(value):
        last = dict(value)
        if last.get("from_name") or last.get("from_id") or (last.get("labels") and "start" in last):
            return True
        value = list(last.values())
    return isinstance(value, list) and any(map(_has_region, value))


def _lines(written: Any) -> int:
    """Return how many remarks somebody wrote: the lines of a text, and what is beside it as one."""
    if _is_object(written):
        last = dict(written)
        text = last.pop("text", None)
        return _lines(text) + any(one not in (None, "", []) for one in last.values())
    return sum(map(_lines, written)) if isinstance(written, list) else bool(written)


def _last(value: Any) -> list[tuple[str, Any]]:
    return list(dict(value).items()) if _is_object(value) else []


def _is_remark(key: str) -> bool:
    return key.lower().endswith(REMARKS)


def _remarks(value: Any) -> int:
    return sum(_lines(held) for key, held in _last(value) if key == "meta" or _is_remark(key))


def _inside(result: Any) -> Inside:
    if isinstance(result, str):
        try:
            result = json.loads(result, object_pairs_hook=list)
        except ValueError:
            result = None
    found = Inside()
    before = []
    for one in result if isinstance(result, list) and not _is_object(result) else []:
        value, labels = _value(one, "value"), _value(one, "labels")
        several = value is None and isinstance(labels, list) and not _is_object(labels)
        found.labels += max(1, len(labels)) if several else 1
        chosen = [_value(value, key) for key in ("labels", "choices", "taxonomy", "text")]
        control = str(_value(one, "from_name"))
        same = [_value(one, "id"), control, chosen]
        found.empty += value is not None and control != "label" and (not any(chosen) or same in before)
        before.append(same)
        found.remarks += _remarks(one) + _remarks(value)
    return found


def unaccounted(data: bytes, folder: Path, tasks: int) -> dict[str, tuple[int, int]]:
    """Return what came in and what came out or is named, if they differ.

    folder: the tables made of the export. tasks: how many the reader says it read. Of annotations with one id
    some may be refused, and no table says which: any choice of them may be right.
    """
    found = count(data)
    tables = {path.stem: pq.read_table(path).to_pylist() for path in folder.glob("*.parquet")}
    rejects = [json.loads(line) for line in (folder / "rejects.jsonl").open(encoding="utf-8")]
    named: Counter[str] = Counter()
    for one in rejects:
        named[one["unit"]] += one["number"]
    refused = {one["byte"] for one in rejects if one["unit"] == "task"}
    unread = {one["byte"] for one in rejects if one["unit"] == "task" and one["code"] != "studio-count"}
    rows = tables["annotations"]
    carried = sum(len(tables[name]) for name in ("spans", "relations"))
    fixed = {"doc_id", "annotator", "id", "label", "start", "end", "text"}
    carried += sum(
        value is not None for row in tables["spans"] for key, value in row.items() if key not in fixed
    )
    labels = carried + named["region"] + named["relation"]
    drafts = sum(row["state"] == "draft" for row in rows)
    both = {
        "tasks": (found.tasks, tasks),
        "annotations": (
            found.annotations + found.drafts,
            len(rows)
            + named["annotation"]
            + sum(found.by_byte.get(byte, 0) + found.drafts_by_byte.get(byte, 0) for byte in refused),
        ),
        "drafts": (found.drafts >= drafts, True),
        "remarks on tasks": (
            sum(number for byte, number in found.remarks_by_byte.items() if byte not in unread),
            sum("remark on a task" in one["message"] for one in rejects),
        ),
    }
    fitting = (
        {
            "labels": (
                max(
                    sum(one.labels - one.empty for one in some), min(labels, sum(one.labels for one in some))
                ),
                labels,
            ),
            "remarks": (sum(one.remarks for one in some), len(tables["remarks"])),
        }
        for some in _finished(rows, found)
    )
    return min((_differing(both | more) for more in fitting), key=len)


def _finished(rows: list[dict[str, Any]], found: Count) -> Iterator[list[Inside]]:
    """Yield what the finished annotations held, for each choice of those that were not refused."""
    read = [row for row in rows if row["state"] != "draft"]
    number = Counter((row["task"], row["annotation"]) for row in read)
    for chosen in product(*(combinations(found.inside[key], number[key]) for key in number)):
        of_key = {key: iter(some) for key, some in zip(number, chosen, strict=True)}  # in the export's order
        inside = [(row, next(of_key[row["task"], row["annotation"]])) for row in read]
        yield [one for row, one in inside if row["state"] == "finished"]


def _differing(both: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    return {what: (before, after) for what, (before, after) in both.items() if before != after}
