"""Whatever another version or tool writes: it is carried over, named, or no export; never a crash."""

from __future__ import annotations

import copy
import gzip
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from count_of_exports import unaccounted
from export_makers import ARC, BYTES, CREW, EMOJI, HALF, STORM, annotation, in_bytes, span, task, utf16
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.faults import UsageError
from parley.label_studio.export.convert import convert
from parley.model.ontology_file import read_ontology

ONTOLOGY = read_ontology(Path(__file__).parents[2] / "harbour" / "annotation" / "ontology.toml")
AGAIN = "\u2021"  # after a key: it is the key before, a second time

CAUSE = {"id": "storm", "from_name": "cause-INCIDENT", "to_name": "text", "type": "choices"}
SHIP = [
    span("Gull", "SHIP", value={"labels": ["SHIP"]}),
    {
        "id": "Gull",
        "from_name": "naming-SHIP",
        "to_name": "text",
        "type": "choices",
        "value": {"choices": ["name"]},
    },
    {
        "id": "Gull",
        "from_name": "entity-SHIP-new",
        "to_name": "text",
        "type": "textarea",
        "value": {"text": ["Gull"]},
    },
]
REGIONS: list[Any] = [
    CREW,
    STORM,
    ARC,
    ARC | {"labels": ["involves", "same"]},
    CREW | {"meta": {"text": ["not sure", "may be"]}},
    CAUSE | {"value": {"choices": ["weather"]}},
    CAUSE | {"value": {"choices": []}},
    {"id": "q", "from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["war"]}},
    {
        "id": "p",
        "from_name": "label",
        "to_name": "audio",
        "type": "labels",
        "value": {"start": 0.5, "end": 2},
    },
    CREW | {"meta": {"note": "so", "by": [], "text": "why?"}},
    CREW | {"comments": ["a", {"text": "b", "by": 1}], "origin": "manual"},
    *SHIP,
]
PERSONS = [1, 2, {"id": 2, "email": "b@example.org"}, "b@example.org", None, "1", {"username": "cy"}]
TIMES = [
    "2031-01-01T00:00:00Z",
    "2031-01-01T01:00:00+02:00",
    "2030-01-01",
    "yesterday",
    1609789589,
    1925000000000,
]
WRITTEN = ["why?", ["why?", {"text": "so?", "by": 2}], [{"ok": False}], [], {}, HALF]
ODD = [
    None,
    0,
    -1,
    1,
    4.0,
    1.5,
    True,
    "",
    "x",
    "1",
    HALF,
    [],
    [None],
    {},
    {"a": 1},
    10**30,
    float("nan"),
    "[]",
]
KEYS = [
    "completions",
    "result",
    "annotations",
    "value",
    "labels",
    "colour",
    "total_annotations",
    "is_labeled",
    "annotations_ids",
    "annotators",
    "comments",
    "meta",
    "notes",
    "state",
    "old_predictions",
]


def regions() -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(REGIONS), max_size=6).map(copy.deepcopy)


def annotations() -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda number, person, found, cancelled, time, lead: annotation(
            number, person, *found, was_cancelled=cancelled, updated_at=time, lead_time=lead
        ),
        st.integers(0, 4),
        st.sampled_from(PERSONS).map(copy.deepcopy),
        regions(),
        st.booleans(),
        st.sampled_from(TIMES),
        st.sampled_from([None, 1.5, 10]),
    )


@st.composite
def tasks(draw: st.DrawFn, number: int) -> dict[str, Any]:
    if draw(st.integers(0, 9)) == 0:
        counted = {
            EMOJI: [utf16("ha", "SPEECH"), utf16("crew"), span("crew", text=EMOJI)],
            BYTES: [in_bytes("ha", "SPEECH"), in_bytes("crew"), span("crew", text=BYTES)],
        }
        text = draw(st.sampled_from(list(counted)))
        found = draw(st.lists(st.sampled_from(counted[text]), max_size=3))
        return task(number, annotation(1, 1, *copy.deepcopy(found)), text=text)
    made = task(number, *draw(st.lists(annotations(), max_size=3, unique_by=lambda one: one["id"])))
    for where in (made, *made["annotations"]):
        if draw(st.integers(0, 5)) == 0:
            where[draw(st.sampled_from(["comments", "note", "reviews"]))] = copy.deepcopy(
                draw(st.sampled_from(WRITTEN))
            )
    made["drafts"] = [{"id": n, "user": "a@b.c", "updated_at": ""} for n in range(draw(st.integers(0, 2)))]
    for _ in range(draw(st.integers(0, 3))):
        change(draw, made)
    return made


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each object or list in a value with each key or index in it."""
    if isinstance(value, dict | list):
        for key, one in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield value, key
            yield from places(one)


def change(draw: st.DrawFn, value: Any) -> None:
    """Change a value in one place."""
    found = list(places(value))
    inside, key = found[draw(st.integers(0, len(found) - 1))]
    how = draw(st.sampled_from(["odd", "odd", "gone", "again", "renamed"]))
    odd = copy.deepcopy(draw(st.sampled_from(ODD)))
    if how == "odd" or isinstance(inside, list):
        inside[key] = odd
    elif how == "gone":
        del inside[key]
    elif how == "again":
        inside[f"{key}{AGAIN}"] = odd if draw(st.booleans()) else copy.deepcopy(inside[key])
    else:
        inside[draw(st.sampled_from(KEYS))] = inside.pop(key)


@st.composite
def exports(draw: st.DrawFn) -> bytes:
    """Draw an export: an array, or tasks one after the other, spaced in some way."""
    made = [draw(tasks(100 + number)) for number in range(draw(st.integers(1, 4)))]
    indent = draw(st.sampled_from([None, 0, 2]))
    if draw(st.booleans()):
        text = json.dumps(made, indent=indent)
    else:
        text = "\n".join(json.dumps(one, indent=indent) for one in made)
    return text.replace("\\u2021", "").encode()


WHOSE: list[Any] = ["", "ada", {"1": "ada", "2": "bo", "b@example.org": "bo"}, {"1": "ada"}]


def check(data: bytes, whose: Any, *, sums: bool, name: str = "export.json") -> None:
    """Convert an export; what comes in is carried over or named, or it is not an export."""
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / name, Path(folder) / "out"
        file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        try:
            found = convert(file, out, ONTOLOGY, whose)
        except UsageError as error:
            assert error.remedy
            assert not out.exists()
            return
        if sums:
            assert unaccounted(data, out, found.tasks) == {}


def patient(examples: int) -> Any:
    return settings(
        deadline=None,
        max_examples=examples,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@patient(200)
@given(exports(), st.sampled_from(WHOSE), st.sampled_from(["export.json", "export.json.gz"]))
def test_the_sums_hold_whatever_stands_where(data: bytes, whose: Any, name: str) -> None:
    check(data, whose, sums=True, name=name)


@patient(200)
@given(exports(), st.data())
def test_damaged_bytes_are_no_crash(data: bytes, more: st.DataObject) -> None:
    """What is cut out, doubled or put in anywhere costs tasks, which are named, or the whole file."""
    place = more.draw(st.integers(0, len(data)))
    length = more.draw(st.integers(0, 9))
    put = more.draw(
        st.sampled_from([b"", b'"', b"{", b"}", b"]", b"\\", b"\n", b",", b"\xff", b"\x00", data[:40]])
    )
    check(data[:place] + put + data[place + length :], "", sums=False)


@pytest.mark.long
@patient(5000)
@given(exports(), st.sampled_from(WHOSE), st.sampled_from(["export.json", "export.json.gz"]))
def test_the_sums_hold_for_thousands(data: bytes, whose: Any, name: str) -> None:
    check(data, whose, sums=True, name=name)
