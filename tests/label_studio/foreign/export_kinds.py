"""Exports of other people's projects, versions and tools, a kind each, with what must come of them.

They are on the ontology of tests/harbour. A kind is what it stands for, not its input alone: what is true of
one that has the key twice in a region is true of any.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

TEXT = "The storm hit the crew of the Gull on Monday."
EMOJI = "😀😀😀 ha ha ha, said the crew of the Gull at Velden."

Json = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """An input and what is right.

    data: the file. name: its name. options: of the command. status: its exit status. codes: of rejects.jsonl.
    spans: annotator and text of each row. says: what the message has in it. sums: whether it is JSON that a
    second reader can count. states: of the annotations, if not all are finished.
    """

    data: bytes
    spans: list[tuple[str, str]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    status: int = 0
    options: tuple[str, ...] = ()
    says: str = ""
    name: str = "export.json"
    sums: bool = True
    states: tuple[str, ...] = ()


def span(quoted: str, label: str = "CREW", text: str = TEXT, name: str = "", **more: Any) -> Json:
    start = text.index(quoted)
    value = {"start": start, "end": start + len(quoted), "text": quoted, "labels": [label]}
    return {
        "value": value | more.pop("value", {}),
        "id": name or quoted,
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
    } | more


def annotation(number: int, person: Any, *result: Json, **more: Any) -> Json:
    made = {
        "id": number,
        "completed_by": person,
        "was_cancelled": False,
        "updated_at": "2031-01-01T00:00:00.000000Z",
        "result": list(result),
    }
    return {key: value for key, value in (made | more).items() if value != "gone"}


def task(number: int, *annotations: Json, text: str = TEXT, **more: Any) -> Json:
    made = {
        "id": number,
        "data": {"text": text, "doc_id": f"d{number}"},
        "annotations": list(annotations),
        "drafts": [],
        "predictions": [],
    }
    return {key: value for key, value in (made | more).items() if value != "gone"}


def array(*tasks: Any, **options: Any) -> bytes:
    return json.dumps(list(tasks), **options).encode()


CREW, STORM = span("crew"), span("storm", "INCIDENT")
ARC = {"from_id": "storm", "to_id": "crew", "type": "relation", "direction": "right", "labels": ["involves"]}
ONE = task(1, annotation(1, 1, CREW))
SOUND = task(2, annotation(2, 1, CREW, STORM, ARC))
FIRST, SECOND = ("user-1", "crew"), ("user-2", "storm")
ALL = [FIRST, FIRST, ("user-1", "storm")]  # of ONE and SOUND, in alphabetical order


def one(regions: list[Any], **more: Any) -> bytes:
    """Return an export of one annotation, beside a sound one of somebody else."""
    return array(task(1, annotation(1, 1, *regions, **more), annotation(2, 2, STORM)))


def utf16(quoted: str, label: str = "CREW", nth: int = 0) -> Json:
    """Return a region that counts UTF-16 units. nth: which of the places where the words are."""
    start = -1
    for _ in range(nth + 1):
        start = EMOJI.index(quoted, start + 1)
    units = len(EMOJI[:start].encode("utf-16-le")) // 2
    made = span(quoted, label, EMOJI, f"{quoted}{nth}")
    return made | {"value": made["value"] | {"start": units, "end": units + len(quoted)}}


BYTES = "ééé ha ha ha, said the crew of the Gull."


def in_bytes(quoted: str, label: str = "CREW") -> Json:
    """Return a region that counts bytes of UTF-8; so many code points lead to a later `ha`."""
    made = span(quoted, label, BYTES)
    begin = len(BYTES[: BYTES.index(quoted)].encode())
    return made | {"value": made["value"] | {"start": begin, "end": begin + len(quoted)}}


HALF = "\ud83d"
HTML = {"start": "/p[1]/text()[1]", "end": "/p[1]/text()[1]", "startOffset": 4, "endOffset": 9}
OLD = annotation(1, 1, CREW, updated_at="gone", created_at=1609789589)
DEEP = "[" * 3000 + "]" * 3000
UNREADABLE = {"codes": ["studio-region"], "status": 1, "spans": [SECOND]}
NO_ANNOTATION = {"codes": ["studio-task"], "status": 1, "spans": [SECOND]}
TWO_TASKS = json.dumps(ONE, indent=1).encode() + b"\n" + json.dumps(SOUND, indent=1).encode()
COUNTED = {"codes": ["studio-count"], "status": 1}

KINDS: dict[str, Kind] = {
    # ---- what a task says of itself
    "labels under `completions`": Kind(array(task(1, annotations="gone", completions=[OLD])), [FIRST]),
    "labels under both keys": Kind(
        array(task(1, annotation(2, 2, STORM), completions=[OLD])), [FIRST, SECOND]
    ),
    "`total_annotations` without annotations": Kind(array(task(1, total_annotations=2)), **COUNTED),
    "`total_annotations` in quotes": Kind(array(task(1, total_annotations="2")), **COUNTED),
    "`is_labeled` without annotations": Kind(array(task(1, is_labeled=True)), **COUNTED),
    "`cancelled_annotations` without annotations": Kind(array(task(1, cancelled_annotations=1)), **COUNTED),
    "a counter of another version": Kind(array(task(1, completions_count=1)), **COUNTED),
    **{
        f"a task says that it is labelled: {key} is {value!r}": Kind(
            array(task(1, **{key: value})), **COUNTED
        )
        for key, value in (
            ("annotations_ids", "7,8"),
            ("annotators", [1]),
            ("completed_at", "2031-01-01T00:00:00Z"),
            ("total_annotations", 1.0),
            ("is_labeled", "true"),
            ("is_annotated", True),
            ("num_labels", 3),
            ("finished_annotations", [1]),
            ("state", "COMPLETED"),
            ("status", "labeled"),
            ("was_submitted", 1),
            ("is_labeled", "yes"),
        )
    },
    **{
        f"a task says nothing of labels: {key} is {value!r}": Kind(array(task(1, **{key: value})))
        for key, value in (
            ("annotations_ids", ""),
            ("annotators", []),
            ("completed_at", None),
            ("is_labeled", "false"),
            ("total_annotations", 0),
            ("state", "unlabeled"),
            ("is_unlabeled", True),
            ("total_predictions", 3),
            ("colour", 3),
        )
    },
    **{
        f"an annotation says that it has regions: result_count is {value!r}": Kind(
            array(task(1, annotation(1, 1, result_count=value))), [], ["studio-count"], 1
        )
        for value in (3, "3", 3.0)
    },
    "an annotation with more regions than it counts": Kind(one([CREW], result_count=0), [FIRST, SECOND]),
    "regions as JSON in a string": Kind(
        array(task(1, annotations="gone", annotations_results=json.dumps([[CREW]])), SOUND),
        ALL[1:],
        ["studio-task"],
        1,
        sums=False,
    ),
    "more labels than annotations": Kind(array(ONE | {"num_labels": 3, "annotators": [1, 2]}), [FIRST]),
    "regions under a foreign key": Kind(
        array(task(1, label=[{"start": 18, "end": 22, "labels": ["CREW"]}]), SOUND),
        ALL[1:],
        ["studio-task"],
        1,
    ),
    "regions in a task itself": Kind(array(task(1, result=[CREW]), SOUND), ALL[1:], ["studio-task"], 1),
    "regions of a prediction under a foreign key": Kind(
        array(task(1, old_predictions=[[CREW]]), SOUND), ALL[1:]
    ),
    "annotations are null, and are counted": Kind(
        array(task(1, annotations=None, total_annotations=1)), **COUNTED
    ),
    "one annotation less than is said": Kind(array(ONE | {"total_annotations": 2}), [FIRST], **COUNTED),
    "counters that are right": Kind(
        array(ONE | {"total_annotations": 1, "cancelled_annotations": 0, "is_labeled": True}), [FIRST]
    ),
    "annotations under a foreign key": Kind(
        array(task(1, submissions=[annotation(1, 1, CREW)]), SOUND), ALL[1:], ["studio-task"], 1
    ),
    "annotations deep under a foreign key": Kind(
        array(task(1, history={"old": annotation(1, 1, CREW)}), SOUND), ALL[1:], ["studio-task"], 1
    ),
    "labels of a config under a foreign key": Kind(array(ONE | {"config": {"labels": ["CREW"]}}), [FIRST]),
    "a harmless key nobody knows": Kind(array(ONE | {"colour": "blue"}, SOUND), ALL),
    "a prediction is nobody's label": Kind(array(task(1, predictions=[{"id": 1, "result": [CREW]}]))),
    # ---- whose it is
    "two people, no name given": Kind(
        array(task(1, annotation(1, 1, CREW), annotation(2, {"id": 2, "email": "b@example.org"}, STORM))),
        [FIRST, SECOND],
    ),
    "two people, one name": Kind(
        array(task(1, annotation(1, 1, CREW), annotation(2, {"id": 2, "email": "b@example.org"}, STORM))),
        options=("--annotator", "ada"),
        status=2,
        says="--annotator 1=NAME --annotator 2=NAME",
    ),
    "two people, one name, in two tasks": Kind(
        array(ONE, task(2, annotation(2, 2, STORM))),
        options=("--annotator", "ada"),
        status=2,
        says="2 people",
    ),
    "two people, one name given by the tasks": Kind(
        array(
            *(task(n, annotation(n, n, CREW), data={"text": TEXT, "annotator": "ada"}) for n in (1, 2)),
        ),
        status=2,
        says="--annotator 1=NAME --annotator 2=NAME",
    ),
    "somebody unnamed beside somebody": Kind(
        array(ONE, task(2, annotation(2, None, STORM))),
        options=("--annotator", "ada"),
        status=2,
        says="unnamed",
    ),
    "two people, known by their names": Kind(
        array(
            task(1, annotation(1, {"username": "a"}, CREW)),
            task(2, annotation(2, {"first_name": "B", "last_name": "C"}, STORM)),
        ),
        options=("--annotator", "ada"),
        status=2,
        says="--annotator a=NAME --annotator b c=NAME",
    ),
    "one person, the address in capitals": Kind(
        array(
            task(1, annotation(1, {"id": 1, "email": "A@x.org"}, CREW)),
            task(2, annotation(2, "a@X.org", STORM)),
        ),
        [("ada", "crew"), ("ada", "storm")],
        options=("--annotator", "ada"),
    ),
    "two people, a name each": Kind(
        array(task(1, annotation(1, 1, CREW), annotation(2, {"id": 7, "email": "Bo@example.org"}, STORM))),
        [("ada", "crew"), ("bo", "storm")],
        options=("--annotator", "1=ada", "--annotator", "bo@example.org=bo"),
    ),
    "a person whom nobody named": Kind(
        array(task(1, annotation(1, 1, CREW), annotation(2, 2, STORM))),
        [("ada", "crew")],
        ["studio-person"],
        1,
        ("--annotator", "1=ada"),
    ),
    "a person in the task of another": Kind(
        array(
            task(1, annotation(1, 1, CREW), annotation(2, 2, STORM), data={"text": TEXT, "annotator": "ada"})
        ),
        [("ada", "crew")],
        ["studio-person"],
        1,
        ("--annotator", "1=ada", "--annotator", "2=bo"),
    ),
    "two accounts of one person": Kind(
        array(ONE, task(2, annotation(2, 2, STORM))),
        [("ada", "crew"), ("ada", "storm")],
        options=("--annotator", "1=ada", "--annotator", "2=ada"),
    ),
    "one person, by number and as a mapping": Kind(
        array(
            ONE,
            task(2, annotation(2, {"id": 1, "email": "a@example.org"}, STORM)),
            task(3, annotation(3, "a@example.org", STORM)),
        ),
        [("ada", "crew"), ("ada", "storm"), ("ada", "storm")],
        options=("--annotator", "ada"),
    ),
    "completed_by is an e-mail address": Kind(
        array(task(1, annotation(1, "a@example.org", CREW))), [("user-a@example.org", "crew")]
    ),
    "completed_by is a number in quotes": Kind(array(task(1, annotation(1, "1", CREW))), [FIRST]),
    "completed_by is 1.0": Kind(array(task(1, annotation(1, 1.0, CREW))), [FIRST]),
    "completed_by is an e-mail in a mapping": Kind(
        array(task(1, annotation(1, {"email": "a@b.c"}, CREW))), [("user-a@b.c", "crew")]
    ),
    "completed_by is missing": Kind(
        array(task(1, annotation(1, "gone", CREW), annotation(2, None, STORM))),
        [("unknown-1", "crew"), ("unknown-2", "storm")],
    ),
    **{
        f"completed_by says nothing that is known: {person!r}": Kind(
            array(task(1, annotation(1, person, CREW), annotation(2, 2, STORM))), **NO_ANNOTATION
        )
        for person in ({"user": {"id": 1}}, {"id": "x@y"}, True, 10**20)
    },
    "completed_by has a key twice": Kind(
        array(task(1, annotation(1, {"id": 1}, CREW), annotation(2, 2, STORM))).replace(
            b'{"id": 1}', b'{"id": 3, "id": 1}', 1
        ),
        **NO_ANNOTATION,
    ),
    "completed_by is a list": Kind(
        array(task(1, annotation(1, [1], CREW), annotation(2, 2, STORM))), **NO_ANNOTATION
    ),
    "an annotation of 0": Kind(array(task(0, annotation(0, 0, CREW))), [("user-0", "crew")]),
    "one mapping for nobody": Kind(array(ONE), options=("--annotator", "1="), status=2, says="PERSON=NAME"),
    "two names, no person": Kind(
        array(ONE),
        options=("--annotator", "ada", "--annotator", "bo"),
        status=2,
        says="name each person",
    ),
    # ---- which of several counts
    "a time of another zone": Kind(
        array(
            task(
                1,
                annotation(1, 1, STORM, updated_at="2031-01-01T12:00:00+02:00"),
                annotation(2, 1, CREW, updated_at="2031-01-01T11:00:00Z"),
            )
        ),
        [FIRST],
        states=("superseded", "finished"),
    ),
    "a time without its fraction": Kind(
        array(
            task(
                1,
                annotation(1, 1, CREW, updated_at="2031-01-01T11:00:00.5Z"),
                annotation(2, 1, STORM, updated_at="2031-01-01T11:00:00Z"),
            )
        ),
        [FIRST],
        states=("finished", "superseded"),
    ),
    "a time that is none, of several": Kind(
        array(
            task(
                1,
                annotation(1, 1, STORM, updated_at="yesterday"),
                annotation(2, 1, CREW),
                annotation(3, 2, STORM),
            )
        ),
        [SECOND],
        ["studio-time", "studio-time"],
        1,
    ),
    "a time that is none": Kind(
        array(task(1, annotation(1, 1, CREW, updated_at="yesterday"))), [FIRST], ["studio-time"], 1
    ),
    "times in milliseconds": Kind(
        array(
            task(
                1,
                annotation(1, 1, STORM, updated_at=1925000000000),
                annotation(2, 1, CREW, updated_at="2031-01-01T08:53:21Z"),
            )
        ),
        [FIRST],
        states=("superseded", "finished"),
    ),
    **{
        f"a time in another format: {time!r}": Kind(
            array(task(1, annotation(1, 1, CREW, updated_at=time))), [FIRST], ["studio-time"], 1
        )
        for time in (
            "Wed, 01 Jan 2031 00:00:00 GMT",
            "01/02/2031",
            "1925000000",
            True,
            {"$date": "2031-01-01"},
        )
    },
    "no times at all": Kind(
        array(task(1, *(annotation(n, 1, one, updated_at="gone") for n, one in ((3, CREW), (2, STORM))))),
        [FIRST],
        states=("finished", "superseded"),
    ),
    "superseded within one person only": Kind(
        array(task(1, annotation(1, 1, CREW, updated_at="2030-01-01T00:00:00Z"), annotation(2, 2, STORM))),
        [FIRST, SECOND],
    ),
    "the newest is unreadable, an older is not": Kind(
        array(
            task(
                1,
                annotation(1, 1, CREW, updated_at="2030-01-01T00:00:00Z"),
                annotation(2, 1, result={"no": "list"}),
            )
        ),
        [],
        ["studio-task"],
        1,
        states=("superseded",),
    ),
    # ---- how offsets are counted
    "UTF-16, one region ambiguous": Kind(
        array(task(1, annotation(1, 1, utf16("ha", "SPEECH"), utf16("crew")), text=EMOJI)),
        [FIRST, ("user-1", "ha")],
    ),
    "UTF-16, all regions ambiguous": Kind(
        array(task(1, annotation(1, 1, utf16("ha", "SPEECH")), text=EMOJI)),
        [],
        ["studio-offset"],
        1,
    ),
    "code points, one region ambiguous": Kind(
        array(
            task(
                1,
                annotation(
                    1,
                    1,
                    span("ha", "SPEECH", EMOJI)
                    | {"value": {"start": 7, "end": 9, "text": "ha", "labels": ["SPEECH"]}},
                    span("crew", text=EMOJI),
                ),
                text=EMOJI,
            )
        ),
        [FIRST, ("user-1", "ha")],
    ),
    "one person counts UTF-16, another code points": Kind(
        array(
            task(1, annotation(1, 1, utf16("crew")), annotation(2, 2, span("crew", text=EMOJI)), text=EMOJI)
        ),
        [FIRST, ("user-2", "crew")],
    ),
    "a region in the middle of a character": Kind(
        array(
            task(
                1,
                annotation(1, 1, span("crew", text=EMOJI, value={"start": 1, "end": 3, "text": "😀"})),
                text=EMOJI,
            )
        ),
        [],
        ["studio-offset"],
        1,
    ),
    "bytes of UTF-8, of which one leads to the same words": Kind(
        array(task(1, annotation(1, 1, in_bytes("ha", "SPEECH"), in_bytes("crew")), text=BYTES)),
        [FIRST, ("user-1", "ha")],
    ),
    "a region that fits no way to count costs no other": Kind(
        array(
            task(
                1,
                annotation(1, 1, span("crew", text=EMOJI), span("Gull", text=EMOJI, value={"start": 2})),
                text=EMOJI,
            )
        ),
        [FIRST],
        ["studio-offset"],
        1,
    ),
    "offsets in quotes": Kind(one([span("crew", value={"start": "18", "end": "22"})]), [FIRST, SECOND]),
    "offsets in quotes, with a point": Kind(
        one([span("crew", value={"start": " 18.0", "end": "22.00"})]), [FIRST, SECOND]
    ),
    "offsets in exponents": Kind(
        one([CREW]).replace(b'"start": 18, "end": 22', b'"start": 1.8e1, "end": 220E-1', 1), [FIRST, SECOND]
    ),
    "offsets in exponents and quotes": Kind(one([span("crew", value={"start": "1.8e1"})]), **UNREADABLE),
    "a quote in a list": Kind(one([span("crew", value={"text": ["crew"]})]), [FIRST, SECOND]),
    "a quote in a list that is another": Kind(
        one([span("crew", value={"text": ["Gull"]})]), [SECOND], ["studio-offset"], 1
    ),
    "two quotes in a list": Kind(one([span("crew", value={"text": ["crew", "of"]})]), **UNREADABLE),
    "offsets with a point": Kind(one([span("crew", value={"start": 18.0, "end": 22.0})]), [FIRST, SECOND]),
    "offsets between two characters": Kind(one([span("crew", value={"start": 18.5})]), **UNREADABLE),
    "offsets are true": Kind(one([span("crew", value={"start": True})]), **UNREADABLE),
    "offsets in HTML": Kind(one([span("crew", value=HTML)]), **UNREADABLE),
    "offsets below 0": Kind(one([span("crew", value={"start": -1})]), [SECOND], ["studio-offset"], 1),
    "offsets that are huge": Kind(one([span("crew", value={"end": 10**30})]), [SECOND], ["studio-offset"], 1),
    # ---- the smallest unit
    "one region of one person": Kind(
        array(task(1, annotation(1, 1, CREW, span("storm", value=HTML)), annotation(2, 2, STORM))),
        [FIRST, SECOND],
        ["studio-region"],
        1,
    ),
    "a region that is a number": Kind(one([CREW, 5]), [FIRST, SECOND], ["studio-region"], 1),
    "a relation that is unreadable": Kind(
        one([CREW, ARC | {"labels": ["involves", 5]}]), [FIRST, SECOND], ["studio-region"], 1
    ),
    "a relation of two labels to nowhere": Kind(
        one([CREW, ARC | {"labels": ["involves", "same"]}]),
        [FIRST, SECOND],
        ["relation-dangling"],
        1,
    ),
    "an annotation that is null": Kind(array(task(1, None, annotation(2, 2, STORM))), **NO_ANNOTATION),
    "an annotation without an id": Kind(
        array(task(1, annotation("gone", 1, CREW), annotation(2, 2, STORM))), **NO_ANNOTATION
    ),
    "an annotation without a result": Kind(one([], result="gone"), **NO_ANNOTATION),
    "was_cancelled is a word": Kind(one([CREW], was_cancelled="perhaps"), **NO_ANNOTATION),
    **{
        f"skipped is {value!r}": Kind(
            array(task(1, annotation(1, 1, CREW, skipped=value, **more), annotation(2, 2, STORM))),
            [SECOND],
            states=("cancelled", "finished"),
        )
        for value, more in ((True, {"was_cancelled": "gone"}), ("true", {}))
    },
    "was_cancelled is null": Kind(one([CREW], was_cancelled=None), [FIRST, SECOND]),
    "result is null": Kind(one([], result=None), [SECOND]),
    "result is a string of JSON": Kind(one([], result=json.dumps([CREW])), [FIRST, SECOND]),
    "result is a string": Kind(one([], result="crew"), **NO_ANNOTATION),
    "result is an object": Kind(one([], result=CREW), **NO_ANNOTATION),
    "lead_time is NaN": Kind(one([CREW], lead_time=float("nan")), [FIRST, SECOND], ["studio-time"], 1),
    "lead_time is a string": Kind(one([CREW], lead_time="5 min"), [FIRST, SECOND], ["studio-time"], 1),
    "half a surrogate pair in a region": Kind(one([span("crew", value={"text": HALF})]), **UNREADABLE),
    "half a surrogate pair in a remark": Kind(
        one([CREW | {"meta": {"text": [HALF]}}]), [SECOND], ["studio-region"], 1
    ),
    "half a surrogate pair in the text": Kind(
        array(task(1, annotation(1, 1, CREW), text=TEXT + HALF), SOUND),
        ALL[1:],
        ["studio-task"],
        1,
    ),
    "a draft of another shape": Kind(
        array(task(1, annotation(1, 1, CREW), drafts=[{"user": 1}])), [FIRST], ["studio-task"], 1
    ),
    "a task without text": Kind(
        array(task(1, annotation(1, 1, CREW), data={"image": "a.png"}), SOUND), ALL[1:], ["studio-task"], 1
    ),
    **{
        f"data says nothing of itself: {key} is null": Kind(
            array(task(1, annotation(1, 1, CREW), data={"text": TEXT, key: None})), [FIRST]
        )
        for key in ("doc_id", "text_sha256", "annotator")
    },
    "a doc_id that is a number": Kind(
        array(task(1, annotation(1, 1, CREW), data={"text": TEXT, "doc_id": 12})), [FIRST]
    ),
    "a task whose id is in quotes": Kind(array(ONE | {"id": "1"}), [FIRST]),
    "a task without an id": Kind(
        array(task("gone", annotation(1, 1, CREW)), SOUND), ALL[1:], ["studio-task"], 1
    ),
    "what is no task among tasks": Kind(
        array(ONE, 5, None, [], SOUND), ALL, ["studio-task"] * 3, 1, sums=False
    ),
    # ---- a key twice
    "a key twice in a region": Kind(
        array(ONE, SOUND).replace(b'"id": "crew"', b'"id": "a", "id": "crew"', 1),
        ALL[1:],
        ["studio-region"],
        1,
    ),
    "a key twice in a value": Kind(
        array(ONE, SOUND).replace(b'"start": 18', b'"start": 9, "start": 18', 1),
        ALL[1:],
        ["studio-region"],
        1,
    ),
    "a key twice in an annotation": Kind(
        array(ONE, SOUND).replace(b'"result": [', b'"result": [], "result": [', 1),
        ALL[1:],
        ["studio-task"],
        1,
    ),
    "the person twice in an annotation": Kind(
        array(ONE, SOUND).replace(b'"completed_by": 1', b'"completed_by": 2, "completed_by": 1', 1),
        ALL[1:],
        ["studio-task"],
        1,
    ),
    "a key twice in a task": Kind(
        array(ONE, SOUND).replace(b'"annotations": [', b'"annotations": [], "annotations": [', 1),
        ALL[1:],
        ["studio-task"],
        1,
    ),
    "the text twice in the data": Kind(
        array(ONE, SOUND).replace(b'"text": "The', b'"text": "No.", "text": "The', 1),
        ALL[1:],
        ["studio-task"],
        1,
    ),
    # ---- remarks, other text tags, other controls
    "a remark on a region": Kind(one([CREW | {"meta": {"text": ["not sure"]}}]), [FIRST, SECOND]),
    **{
        f"a remark on a region: {key} is {value!r}": Kind(
            one([CREW | {key: value}, STORM, ARC | {key: value}]), [FIRST, ("user-1", "storm"), SECOND]
        )
        for key, value in (
            ("notes", "not sure"),
            ("comments", [{"text": "why?", "by": 2}, "so?"]),
            ("Comment", "why?"),
            ("annotator_note", {"text": ["a", "b"]}),
            ("review", {"accepted": False}),
            ("normalization", "the Gull's crew"),
            ("notes", []),
            ("colour", "blue"),
        )
    },
    "a remark in the value of a region": Kind(
        one([span("crew", value={"note": "not sure"}), STORM]), [FIRST, ("user-1", "storm"), SECOND]
    ),
    "a remark on a region, its key escaped": Kind(
        one([CREW | {"notes": "not sure"}]).replace(b'"notes"', b'"n\\u006ftes"'), [FIRST, SECOND]
    ),
    **{
        f"a remark on an annotation: {key} is {value!r}": Kind(one([CREW], **{key: value}), [FIRST, SECOND])
        for key, value in (
            ("comments", [{"text": "why?", "by": 2}, "so?"]),
            ("comment", "why?"),
            ("notes", ["a", ["b"]]),
            ("note", {"text": "why?"}),
            ("reviews", [{"accepted": False, "comment": "no"}]),
            ("meta", {"text": ["why?"], "more": 1}),
            ("remarks", HALF),
            ("Review", "why?"),
            ("skip_reason", "too long"),
            ("comments", []),
            ("meta", {}),
        )
    },
    **{
        f"a remark on a task: {key} is {value!r}": Kind(
            array(ONE | {key: value}), [FIRST], ["studio-task"], 1
        )
        for key, value in (("comments", [{"text": "why?"}]), ("note", "why?"), ("reviews", [{"ok": False}]))
    },
    "comments that are counted only": Kind(array(ONE | {"comment_count": 2}), [FIRST], **COUNTED),
    "more than a text in a remark": Kind(
        one([CREW | {"meta": {"text": ["not sure"], "score": 0, "by": ""}}]), [FIRST, SECOND]
    ),
    "a remark that is a string": Kind(one([CREW | {"meta": {"text": "not sure"}}]), [FIRST, SECOND]),
    "a remark on a relation": Kind(
        one([CREW, STORM, ARC | {"meta": {"text": ["not sure"]}}]), [FIRST, ("user-1", "storm"), SECOND]
    ),
    "a remark on a region that is refused": Kind(
        one([span("crew", value=HTML) | {"meta": {"text": ["not sure"]}}]),
        **UNREADABLE,
    ),
    "a region on another text tag": Kind(one([CREW | {"to_name": "title"}]), **UNREADABLE),
    "a relation that names a text tag is on its regions": Kind(
        one([CREW, STORM, ARC | {"to_name": "title"}]), [FIRST, ("user-1", "storm"), SECOND]
    ),
    "a region on another text tag, without a value": Kind(
        one([CREW | {"to_name": "title", "value": None}]), **UNREADABLE
    ),
    "an attribute on another text tag": Kind(
        one(
            [
                CREW,
                {
                    "id": "crew",
                    "from_name": "cause-INCIDENT",
                    "to_name": "title",
                    "type": "choices",
                    "value": {"choices": ["fault"]},
                },
            ]
        ),
        [FIRST, SECOND],
        ["studio-region"],
        1,
    ),
    **{
        f"a region that is no stretch of the text: {kind}": Kind(
            one([CREW, {"id": "o", "from_name": name, "to_name": to, "type": kind, "value": value}]),
            [FIRST, SECOND],
            ["studio-region"],
            1,
        )
        for kind, name, to, value in (
            ("choices", "topic", "text", {"choices": ["war"]}),
            ("ranker", "rank", "text", {"ranker": {"a": ["1"]}}),
            ("rating", "label", "text", {"rating": 4}),
            ("rectanglelabels", "label", "image", {"x": 1, "y": 2, "rectanglelabels": ["CREW"]}),
            ("paragraphlabels", "label", "text", {"start": "0", "end": "0", "paragraphlabels": ["CREW"]}),
            ("labels", "label", "audio", {"start": 0.5, "end": 1.5, "labels": ["CREW"]}),
            ("labels", "", "text", {"start": 18, "end": 22, "text": "crew", "labels": ["CREW"]}),
        )
    },
    "a value of another control": Kind(
        one(
            [
                STORM,
                {
                    "id": "storm",
                    "from_name": "cause-INCIDENT",
                    "to_name": "text",
                    "type": "taxonomy",
                    "value": {"taxonomy": [["fault"]]},
                },
            ]
        ),
        [("user-1", "storm"), SECOND],
        ["studio-region"],
        1,
    ),
    "control sequences in an id": Kind(
        one([span("crew", value={"start": 17}, name="\x1b[2J\n::error::x")]),
        [SECOND],
        ["studio-offset"],
        1,
        says="\\x1b[2J\\n::error::x",
    ),
    # ---- identical ones
    "identical tasks": Kind(array(ONE, ONE), [FIRST, FIRST]),
    "one id in two tasks": Kind(
        array(ONE, task(2, annotation(1, 1, span("crew", value={"start": 17}), STORM))),
        [FIRST, ("user-1", "storm")],
        ["studio-offset"],
        1,
    ),
    # ---- where a value ends
    "a pretty-printed task": Kind(json.dumps(ONE, indent=2).encode(), [FIRST]),
    "pretty-printed tasks one after the other": Kind(TWO_TASKS, ALL),
    "tasks one after the other, each line at its margin": Kind(
        b"\n".join(json.dumps(made, indent=0).encode() for made in (ONE, SOUND)),
        ALL,
    ),
    "tasks one after the other on one line": Kind(json.dumps(ONE).encode() + json.dumps(SOUND).encode(), ALL),
    "tasks one after the other, Windows line ends": Kind(TWO_TASKS.replace(b"\n", b"\r\n"), ALL),
    "a byte order mark": Kind(b"\xef\xbb\xbf" + array(ONE, SOUND), ALL),
    "two exports one after the other": Kind(array(ONE) + b"\n" + array(SOUND), ALL),
    "pretty-printed, one of two broken": Kind(
        TWO_TASKS.replace(b'"id": 1', b'"id: 1', 1), ALL[1:], ["studio-task"], 1, sums=False
    ),
    "many line breaks after a task": Kind(
        json.dumps(ONE).encode() + b"\n" * 300_000 + b"5", [FIRST], ["studio-task"], 1, sums=False
    ),
    "no tasks": Kind(b"[]", status=2, says="has no tasks"),
    # ---- tasks wrapped in something
    "a page of the API": Kind(
        json.dumps({"count": 2, "next": None, "previous": None, "results": [ONE, SOUND]}, indent=1).encode(),
        ALL,
    ),
    "a page of tasks of the API": Kind(
        json.dumps({"total_annotations": 2, "total": 2, "tasks": [ONE, SOUND]}).encode(), ALL
    ),
    "a page of the API, a task of it broken": Kind(
        json.dumps({"tasks": [ONE | {"data": {}}, 5, SOUND]}).encode(), ALL[1:], ["studio-task"] * 2, 1
    ),
    "pages of the API in a list": Kind(array({"tasks": [ONE]}, {"results": [SOUND]}), ALL),
    "a page of tasks whose annotations are only counted": Kind(
        json.dumps({"total": 1, "tasks": [task(1, annotations="gone", total_annotations=1)]}).encode(),
        **COUNTED,
    ),
    "a page of the API of several": Kind(
        json.dumps({"count": 250, "next": "https://x.org/api/tasks?page=2", "results": [ONE]}).encode(),
        status=2,
        says="1 of 250 tasks",
    ),
    "a page of the API without its number": Kind(
        json.dumps({"next": "https://x.org/api/tasks?page=2", "results": [ONE]}).encode(),
        status=2,
        says="1 of 1 tasks or more",
    ),
    "a page of the API without tasks": Kind(
        json.dumps({"count": 1, "results": [{"id": 1, "title": "Gull"}]}).encode(),
        status=2,
        says="without tasks",
    ),
    "a page of the API, a key twice": Kind(
        b'{"results": [], "results": [' + json.dumps(ONE).encode() + b"]}", status=2, says="no tasks"
    ),
    "a file of a target storage": Kind(
        json.dumps(annotation(1, 1, CREW) | {"task": task(1, annotations="gone")}).encode(), [FIRST]
    ),
    "files of a target storage, one after the other": Kind(
        "\n".join(
            json.dumps(annotation(n, n, one) | {"task": task(7, annotations="gone", total_annotations=2)})
            for n, one in ((1, CREW), (2, STORM))
        ).encode(),
        [FIRST, SECOND],
        ["studio-count"] * 2,
        1,
    ),
    "a file of a target storage, its task a number": Kind(
        json.dumps(annotation(1, 1, CREW) | {"task": 1}).encode(), status=2, says="without their tasks"
    ),
    # ---- what is no export
    "CONLL": Kind(
        b"-DOCSTART- -X- O O\nThe -X- _ O\nstorm -X- _ B-INCIDENT\n", status=2, says="CONLL", sums=False
    ),
    "CSV": Kind(b'id,text,label\n1,"The storm","[]"\n', status=2, says="CSV", sums=False),
    "JSON_MIN": Kind(
        array(
            {
                "id": 1,
                "text": TEXT,
                "label": [{"start": 18, "end": 22, "text": "crew", "labels": ["CREW"]}],
                "annotator": 1,
                "annotation_id": 1,
            }
        ),
        status=2,
        says="JSON_MIN",
        sums=False,
    ),
    "lines of doccano": Kind(
        b'{"id": 1, "text": "The storm", "label": [[4, 9, "INCIDENT"]]}\n' * 3,
        status=2,
        says="doccano",
        sums=False,
    ),
    "lines of doccano with relations": Kind(
        b'{"id": 1, "text": "The storm",'
        b' "entities": [{"id": 1, "label": "A", "start_offset": 4, "end_offset": 9}]}',
        status=2,
        says="doccano",
        sums=False,
    ),
    "texts to import": Kind(array({"text": TEXT}), status=2, says="to import", sums=False),
    **{
        f"no export: {what}": Kind(data, status=2, says=says, sums=False)
        for what, data, says in (
            ("bzip2", bz2.compress(array(ONE)), "bzip2"),
            ("xz", lzma.compress(array(ONE)), "xz"),
            ("7z", b"7z\xbc\xaf\x27\x1c\0\4", "an archive"),
            ("rar", b"Rar!\x1a\x07\0", "an archive"),
            ("tar", b"export.json" + b"\0" * 246 + b"ustar", "an archive"),
            ("UTF-16 without a mark", json.dumps([ONE]).encode("utf-16-le"), "UTF-16"),
            ("UTF-16, the other way round", json.dumps([ONE]).encode("utf-16-be"), "UTF-16"),
            ("UTF-32", json.dumps([ONE]).encode("utf-32"), "UTF-32"),
            (
                "Latin-1",
                array(task(1, text="caf\xe9"), ensure_ascii=False).decode().encode("latin-1"),
                "not in UTF-8",
            ),
            ("CoNLL-U", b"# sent_id = 1\n1\tThe\tthe\tDET\n", "CoNLL-U"),
            ("a label file", b'{"doc_id": "d", "spans": [], "relations": []}', "a label file of Parley"),
            ("a pointer of Git LFS", b"version https://git-lfs.github.com/spec/v1\noid\n", "git lfs pull"),
            ("an error of the API", b'{"detail": "Not found."}', "'Not found.'"),
            ("a line of commas", b"a" + b"," * 5000, "begins with"),
        )
    },
    **{
        f"no export: {what}": Kind(data, status=2, says=says, name=name, sums=False)
        for what, data, says, name in (
            ("gzip in gzip", gzip.compress(gzip.compress(array(ONE))), "unpack it once", "e.json.gz"),
            ("a ZIP archive in gzip", gzip.compress(b"PK\x03\x04rest"), "ZIP", "e.json.gz"),
            ("plain as gzip", array(ONE), "its ending wrong", "e.json.gz"),
            ("gzip as zstd", gzip.compress(array(ONE)), "its ending wrong", "e.json.zst"),
        )
    },
    "an ending in capitals": Kind(gzip.compress(array(ONE)), [FIRST], name="EXPORT.JSON.GZ", sums=False),
    "a web page": Kind(b"<!DOCTYPE html><html>log in</html>", status=2, says="web page", sums=False),
    "a labelling config": Kind(b"<View><Text name='text'/></View>", status=2, says="XML", sums=False),
    "a ZIP archive": Kind(b"PK\x03\x04rest", status=2, says="ZIP", sums=False),
    "compressed under a plain name": Kind(gzip.compress(array(ONE)), status=2, says="ending .gz", sums=False),
    "UTF-16": Kind(json.dumps([ONE]).encode("utf-16"), status=2, says="UTF-16", sums=False),
    "a number": Kind(b"17", status=2, says="single value", sums=False),
    "null": Kind(b"null", status=2, says="single value", sums=False),
    "a list of numbers": Kind(b"[1, 2]", status=2, says="first value", sums=False),
    "an empty object": Kind(b"{}", status=2, says="no tasks", sums=False),
    "an empty file": Kind(b"", status=2, says="empty", sums=False),
    "cut off": Kind(array(ONE, SOUND)[:-40], status=2, says="ends inside", sums=False),
    "broken throughout": Kind(
        b'[{"a":},' + b'{"k":"x\\},' * 50 + b'{"k":"x\\}]', status=2, says="broken", sums=False
    ),
    # ---- bounds
    "a task that is too large": Kind(
        array(task(1, text="a" * 30_000)),
        options=("--limit", "task=10kB"),
        status=2,
        says="--limit task=",
        sums=False,
    ),
    "a text that is too long": Kind(
        array(task(1, text="a" * 30_000)),
        options=("--limit", "string=10kB"),
        status=2,
        says="--limit string=",
    ),
    "a file that is too large": Kind(
        array(ONE), options=("--limit", "file=100"), status=2, says="--limit file="
    ),
    "what unpacks to too much": Kind(
        gzip.compress(array(*[ONE] * 500)),
        options=("--limit", "plain=20kB"),
        status=2,
        says="--limit plain=",
        name="export.json.gz",
        sums=False,
    ),
    "a bomb": Kind(
        pa.Codec("zstd").compress(b'[{"id":1,"data":{"text":"' + b"a" * 2_000_000, asbytes=True),
        options=("--limit", "task=1MB"),
        status=2,
        says="--limit task=",
        name="export.json.zst",
        sums=False,
    ),
    "what is too deep": Kind(
        array(ONE | {"meta": 0}).replace(b'"meta": 0', f'"meta": {DEEP}'.encode()),
        status=2,
        says="--limit depth=",
        sums=False,
    ),
    "what is deep and allowed": Kind(
        array(ONE | {"meta": 0}).replace(b'"meta": 0', f'"meta": {DEEP}'.encode()),
        [FIRST],
        options=("--limit", "depth=9000"),
        sums=False,
    ),
    "a bomb of regions that cover the text": Kind(
        array(
            task(
                1,
                annotation(
                    1,
                    1,
                    *(
                        span("storm", name=str(n), value={"text": None, "start": n, "end": 20_000})
                        for n in range(30)
                    ),
                ),
                text=TEXT * 500,
            )
        ),
        options=("--limit", "task=100kB"),
        status=2,
        says="--limit task=",
        sums=False,
    ),
    **{
        f"{number} processes": Kind(array(ONE), options=("--processes", number), status=2, says="Must be")
        for number in ("-1", "9999")
    },
    "a limit nobody knows": Kind(
        array(ONE), options=("--limit", "people=3"), status=2, says="names no limit"
    ),
}
