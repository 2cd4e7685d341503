"""Exports of other people's projects, versions and tools, a kind each, with what must come of them.

They are on the ontology of tests/harbour. A kind is what it stands for, not its input alone: what is true of
one that has the key twice in a region is true of any.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma

import pyarrow as pa
from export_makers import (
    ALL,
    ARC,
    BOTH,
    BYTES,
    COUNTED,
    CREW,
    DEEP,
    EMOJI,
    FIRST,
    HALF,
    HTML,
    NO_ANNOTATION,
    OLD,
    ONE,
    SECOND,
    SOUND,
    STORM,
    TEXT,
    THREE,
    TWO_TASKS,
    UNREADABLE,
    Kind,
    annotation,
    array,
    in_bytes,
    lost,
    no_export,
    one,
    refused,
    span,
    task,
    task_lost,
    utf16,
)

KINDS: dict[str, Kind] = {
    # ---- what a task says of itself
    "labels under `completions`": Kind(array(task(1, annotations="gone", completions=[OLD])), [FIRST]),
    "labels under both keys": Kind(array(task(1, annotation(2, 2, STORM), completions=[OLD])), BOTH),
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
        f"an annotation says that it has regions: result_count is {value!r}": lost(
            array(task(1, annotation(1, 1, result_count=value))), [], "studio-count"
        )
        for value in (3, "3", 3.0)
    },
    "an annotation with more regions than it counts": Kind(one([CREW], result_count=0), BOTH),
    "regions as JSON in a string": task_lost(
        array(task(1, annotations="gone", annotations_results=json.dumps([[CREW]])), SOUND), sums=False
    ),
    "more labels than annotations": Kind(array(ONE | {"num_labels": 3, "annotators": [1, 2]}), [FIRST]),
    "regions under a foreign key": task_lost(
        array(task(1, label=[{"start": 18, "end": 22, "labels": ["CREW"]}]), SOUND)
    ),
    "regions in a task itself": task_lost(array(task(1, result=[CREW]), SOUND)),
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
    "annotations under a foreign key": task_lost(array(task(1, submissions=[annotation(1, 1, CREW)]), SOUND)),
    "annotations deep under a foreign key": task_lost(
        array(task(1, history={"old": annotation(1, 1, CREW)}), SOUND)
    ),
    "labels of a config under a foreign key": Kind(array(ONE | {"config": {"labels": ["CREW"]}}), [FIRST]),
    "a harmless key nobody knows": Kind(array(ONE | {"colour": "blue"}, SOUND), ALL),
    "a prediction is nobody's label": Kind(array(task(1, predictions=[{"id": 1, "result": [CREW]}]))),
    # ---- whose it is
    "two people, no name given": Kind(
        array(task(1, annotation(1, 1, CREW), annotation(2, {"id": 2, "email": "b@example.org"}, STORM))),
        BOTH,
    ),
    "two people, one name": refused(
        array(task(1, annotation(1, 1, CREW), annotation(2, {"id": 2, "email": "b@example.org"}, STORM))),
        "--annotator 1=NAME --annotator 2=NAME",
        options=("--annotator", "ada"),
    ),
    "two people, one name, in two tasks": refused(
        array(ONE, task(2, annotation(2, 2, STORM))), "2 people", options=("--annotator", "ada")
    ),
    "two people, one name given by the tasks": refused(
        array(*(task(n, annotation(n, n, CREW), data={"text": TEXT, "annotator": "ada"}) for n in (1, 2))),
        "--annotator 1=NAME --annotator 2=NAME",
    ),
    "somebody unnamed beside somebody": refused(
        array(ONE, task(2, annotation(2, None, STORM))), "unnamed", options=("--annotator", "ada")
    ),
    "two people, known by their names": refused(
        array(
            task(1, annotation(1, {"username": "a"}, CREW)),
            task(2, annotation(2, {"first_name": "B", "last_name": "C"}, STORM)),
        ),
        "--annotator a=NAME --annotator b c=NAME",
        options=("--annotator", "ada"),
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
    "a person whom nobody named": lost(
        array(task(1, annotation(1, 1, CREW), annotation(2, 2, STORM))),
        [("ada", "crew")],
        "studio-person",
        options=("--annotator", "1=ada"),
    ),
    "a person in the task of another": lost(
        array(
            task(1, annotation(1, 1, CREW), annotation(2, 2, STORM), data={"text": TEXT, "annotator": "ada"})
        ),
        [("ada", "crew")],
        "studio-person",
        options=("--annotator", "1=ada", "--annotator", "2=bo"),
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
    "one mapping for nobody": refused(array(ONE), "PERSON=NAME", options=("--annotator", "1=")),
    "two names, no person": refused(
        array(ONE), "name each person", options=("--annotator", "ada", "--annotator", "bo")
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
    "a time that is none, of several": lost(
        array(
            task(
                1,
                annotation(1, 1, STORM, updated_at="yesterday"),
                annotation(2, 1, CREW),
                annotation(3, 2, STORM),
            )
        ),
        [SECOND],
        "studio-time",
        "studio-time",
    ),
    "a time that is none": lost(
        array(task(1, annotation(1, 1, CREW, updated_at="yesterday"))), [FIRST], "studio-time"
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
        f"a time in another format: {time!r}": lost(
            array(task(1, annotation(1, 1, CREW, updated_at=time))), [FIRST], "studio-time"
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
        BOTH,
    ),
    "the newest is unreadable, an older is not": lost(
        array(
            task(
                1,
                annotation(1, 1, CREW, updated_at="2030-01-01T00:00:00Z"),
                annotation(2, 1, result={"no": "list"}),
            )
        ),
        [],
        "studio-task",
        states=("superseded",),
    ),
    # ---- how offsets are counted
    "UTF-16, one region ambiguous": Kind(
        array(task(1, annotation(1, 1, utf16("ha", "SPEECH"), utf16("crew")), text=EMOJI)),
        [FIRST, ("user-1", "ha")],
    ),
    "UTF-16, all regions ambiguous": lost(
        array(task(1, annotation(1, 1, utf16("ha", "SPEECH")), text=EMOJI)), [], "studio-offset"
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
    "a region in the middle of a character": lost(
        array(
            task(
                1,
                annotation(1, 1, span("crew", text=EMOJI, value={"start": 1, "end": 3, "text": "😀"})),
                text=EMOJI,
            )
        ),
        [],
        "studio-offset",
    ),
    "bytes of UTF-8, of which one leads to the same words": Kind(
        array(task(1, annotation(1, 1, in_bytes("ha", "SPEECH"), in_bytes("crew")), text=BYTES)),
        [FIRST, ("user-1", "ha")],
    ),
    "a region that fits no way to count costs no other": lost(
        array(
            task(
                1,
                annotation(1, 1, span("crew", text=EMOJI), span("Gull", text=EMOJI, value={"start": 2})),
                text=EMOJI,
            )
        ),
        [FIRST],
        "studio-offset",
    ),
    "offsets in quotes": Kind(one([span("crew", value={"start": "18", "end": "22"})]), BOTH),
    "offsets in quotes, with a point": Kind(
        one([span("crew", value={"start": " 18.0", "end": "22.00"})]), BOTH
    ),
    "offsets in exponents": Kind(
        one([CREW]).replace(b'"start": 18, "end": 22', b'"start": 1.8e1, "end": 220E-1', 1), BOTH
    ),
    "offsets in exponents and quotes": Kind(one([span("crew", value={"start": "1.8e1"})]), **UNREADABLE),
    "a quote in a list": Kind(one([span("crew", value={"text": ["crew"]})]), BOTH),
    "a quote in a list that is another": lost(
        one([span("crew", value={"text": ["Gull"]})]), [SECOND], "studio-offset"
    ),
    "two quotes in a list": Kind(one([span("crew", value={"text": ["crew", "of"]})]), **UNREADABLE),
    "offsets with a point": Kind(one([span("crew", value={"start": 18.0, "end": 22.0})]), BOTH),
    "offsets between two characters": Kind(one([span("crew", value={"start": 18.5})]), **UNREADABLE),
    "offsets are true": Kind(one([span("crew", value={"start": True})]), **UNREADABLE),
    "offsets in HTML": Kind(one([span("crew", value=HTML)]), **UNREADABLE),
    "offsets below 0": lost(one([span("crew", value={"start": -1})]), [SECOND], "studio-offset"),
    "offsets that are huge": lost(one([span("crew", value={"end": 10**30})]), [SECOND], "studio-offset"),
    # ---- the smallest unit
    "one region of one person": lost(
        array(task(1, annotation(1, 1, CREW, span("storm", value=HTML)), annotation(2, 2, STORM))),
        BOTH,
        "studio-region",
    ),
    "a region that is a number": lost(one([CREW, 5]), BOTH, "studio-region"),
    "a relation that is unreadable": lost(
        one([CREW, ARC | {"labels": ["involves", 5]}]), BOTH, "studio-region"
    ),
    "a relation of two labels to nowhere": lost(
        one([CREW, ARC | {"labels": ["involves", "same"]}]), BOTH, "relation-dangling"
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
    "was_cancelled is null": Kind(one([CREW], was_cancelled=None), BOTH),
    "result is null": Kind(one([], result=None), [SECOND]),
    "result is a string of JSON": Kind(one([], result=json.dumps([CREW])), BOTH),
    "result is a string": Kind(one([], result="crew"), **NO_ANNOTATION),
    "result is an object": Kind(one([], result=CREW), **NO_ANNOTATION),
    "lead_time is NaN": lost(one([CREW], lead_time=float("nan")), BOTH, "studio-time"),
    "lead_time is a string": lost(one([CREW], lead_time="5 min"), BOTH, "studio-time"),
    "half a surrogate pair in a region": Kind(one([span("crew", value={"text": HALF})]), **UNREADABLE),
    "half a surrogate pair in a remark": lost(
        one([CREW | {"meta": {"text": [HALF]}}]), [SECOND], "studio-region"
    ),
    "half a surrogate pair in the text": task_lost(
        array(task(1, annotation(1, 1, CREW), text=TEXT + HALF), SOUND)
    ),
    "a draft of another shape": lost(
        array(task(1, annotation(1, 1, CREW), drafts=[{"user": 1}])), [FIRST], "studio-task"
    ),
    "a task without text": task_lost(array(task(1, annotation(1, 1, CREW), data={"image": "a.png"}), SOUND)),
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
    "a task without an id": task_lost(array(task("gone", annotation(1, 1, CREW)), SOUND)),
    "what is not a task among tasks": lost(
        array(ONE, 5, None, [], SOUND), ALL, *["studio-task"] * 3, sums=False
    ),
    # ---- a key twice
    "a key twice in a region": lost(
        array(ONE, SOUND).replace(b'"id": "crew"', b'"id": "a", "id": "crew"', 1), ALL[1:], "studio-region"
    ),
    "a key twice in a value": lost(
        array(ONE, SOUND).replace(b'"start": 18', b'"start": 9, "start": 18', 1), ALL[1:], "studio-region"
    ),
    "a key twice in an annotation": task_lost(
        array(ONE, SOUND).replace(b'"result": [', b'"result": [], "result": [', 1)
    ),
    "the person twice in an annotation": task_lost(
        array(ONE, SOUND).replace(b'"completed_by": 1', b'"completed_by": 2, "completed_by": 1', 1)
    ),
    "a key twice in a task": task_lost(
        array(ONE, SOUND).replace(b'"annotations": [', b'"annotations": [], "annotations": [', 1)
    ),
    "the text twice in the data": task_lost(
        array(ONE, SOUND).replace(b'"text": "The', b'"text": "No.", "text": "The', 1)
    ),
    # ---- remarks, other text tags, other controls
    "a remark on a region": Kind(one([CREW | {"meta": {"text": ["not sure"]}}]), BOTH),
    **{
        f"a remark on a region: {key} is {value!r}": Kind(
            one([CREW | {key: value}, STORM, ARC | {key: value}]), THREE
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
    "a remark in the value of a region": Kind(one([span("crew", value={"note": "not sure"}), STORM]), THREE),
    "a remark on a region, its key escaped": Kind(
        one([CREW | {"notes": "not sure"}]).replace(b'"notes"', b'"n\\u006ftes"'), BOTH
    ),
    **{
        f"a remark on an annotation: {key} is {value!r}": Kind(one([CREW], **{key: value}), BOTH)
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
        f"a remark on a task: {key} is {value!r}": lost(array(ONE | {key: value}), [FIRST], "studio-task")
        for key, value in (("comments", [{"text": "why?"}]), ("note", "why?"), ("reviews", [{"ok": False}]))
    },
    "comments that are counted only": Kind(array(ONE | {"comment_count": 2}), [FIRST], **COUNTED),
    "more than a text in a remark": Kind(
        one([CREW | {"meta": {"text": ["not sure"], "score": 0, "by": ""}}]), BOTH
    ),
    "a remark that is a string": Kind(one([CREW | {"meta": {"text": "not sure"}}]), BOTH),
    "a remark on a relation": Kind(one([CREW, STORM, ARC | {"meta": {"text": ["not sure"]}}]), THREE),
    "a remark on a region that is refused": Kind(
        one([span("crew", value=HTML) | {"meta": {"text": ["not sure"]}}]), **UNREADABLE
    ),
    "a region on another text tag": Kind(one([CREW | {"to_name": "title"}]), **UNREADABLE),
    "a relation that names a text tag is on its regions": Kind(
        one([CREW, STORM, ARC | {"to_name": "title"}]), THREE
    ),
    "a region on another text tag, without a value": Kind(
        one([CREW | {"to_name": "title", "value": None}]), **UNREADABLE
    ),
    "an attribute on another text tag": lost(
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
        BOTH,
        "studio-region",
    ),
    **{
        f"a region that is not a stretch of the text: {kind}": lost(
            one([CREW, {"id": "o", "from_name": name, "to_name": to, "type": kind, "value": value}]),
            BOTH,
            "studio-region",
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
    "a value of another control": lost(
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
        "studio-region",
    ),
    "control sequences in an id": lost(
        one([span("crew", value={"start": 17}, name="\x1b[2J\n::error::x")]),
        [SECOND],
        "studio-offset",
        says="\\x1b[2J\\n::error::x",
    ),
    # ---- identical ones
    "identical tasks": Kind(array(ONE, ONE), [FIRST, FIRST]),
    "one id in two tasks": lost(
        array(ONE, task(2, annotation(1, 1, span("crew", value={"start": 17}), STORM))),
        [FIRST, ("user-1", "storm")],
        "studio-offset",
    ),
    # ---- where a value ends
    "a pretty-printed task": Kind(json.dumps(ONE, indent=2).encode(), [FIRST]),
    "pretty-printed tasks one after the other": Kind(TWO_TASKS, ALL),
    "tasks one after the other, each line at its margin": Kind(
        b"\n".join(json.dumps(made, indent=0).encode() for made in (ONE, SOUND)), ALL
    ),
    "tasks one after the other on one line": Kind(json.dumps(ONE).encode() + json.dumps(SOUND).encode(), ALL),
    "tasks one after the other, Windows line ends": Kind(TWO_TASKS.replace(b"\n", b"\r\n"), ALL),
    "a byte order mark": Kind(b"\xef\xbb\xbf" + array(ONE, SOUND), ALL),
    "two exports one after the other": Kind(array(ONE) + b"\n" + array(SOUND), ALL),
    "pretty-printed, one of two broken": task_lost(TWO_TASKS.replace(b'"id": 1', b'"id: 1', 1), sums=False),
    "many line breaks after a task": lost(
        json.dumps(ONE).encode() + b"\n" * 300_000 + b"5", [FIRST], "studio-task", sums=False
    ),
    "no tasks": refused(b"[]", "has no tasks"),
    # ---- tasks wrapped in something
    "a page of the API": Kind(
        json.dumps({"count": 2, "next": None, "previous": None, "results": [ONE, SOUND]}, indent=1).encode(),
        ALL,
    ),
    "a page of tasks of the API": Kind(
        json.dumps({"total_annotations": 2, "total": 2, "tasks": [ONE, SOUND]}).encode(), ALL
    ),
    "a page of the API, a task of it broken": lost(
        json.dumps({"tasks": [ONE | {"data": {}}, 5, SOUND]}).encode(), ALL[1:], *["studio-task"] * 2
    ),
    "pages of the API in a list": Kind(array({"tasks": [ONE]}, {"results": [SOUND]}), ALL),
    "a page of tasks whose annotations are only counted": Kind(
        json.dumps({"total": 1, "tasks": [task(1, annotations="gone", total_annotations=1)]}).encode(),
        **COUNTED,
    ),
    "a page of the API of several": refused(
        json.dumps({"count": 250, "next": "https://x.org/api/tasks?page=2", "results": [ONE]}).encode(),
        "1 of 250 tasks",
    ),
    "a page of the API without its number": refused(
        json.dumps({"next": "https://x.org/api/tasks?page=2", "results": [ONE]}).encode(),
        "1 of 1 tasks or more",
    ),
    "a page of the API without tasks": refused(
        json.dumps({"count": 1, "results": [{"id": 1, "title": "Gull"}]}).encode(), "without tasks"
    ),
    "a page of the API, a key twice": refused(
        b'{"results": [], "results": [' + json.dumps(ONE).encode() + b"]}", "no tasks"
    ),
    "a file of a target storage": Kind(
        json.dumps(annotation(1, 1, CREW) | {"task": task(1, annotations="gone")}).encode(), [FIRST]
    ),
    "files of a target storage, one after the other": lost(
        "\n".join(
            json.dumps(annotation(n, n, one) | {"task": task(7, annotations="gone", total_annotations=2)})
            for n, one in ((1, CREW), (2, STORM))
        ).encode(),
        BOTH,
        *["studio-count"] * 2,
    ),
    "a file of a target storage, its task a number": refused(
        json.dumps(annotation(1, 1, CREW) | {"task": 1}).encode(), "without their tasks"
    ),
    # ---- what is not an export
    "CONLL": no_export(b"-DOCSTART- -X- O O\nThe -X- _ O\nstorm -X- _ B-INCIDENT\n", "CONLL"),
    "CSV": no_export(b'id,text,label\n1,"The storm","[]"\n', "CSV"),
    "JSON_MIN": no_export(
        array(
            {
                "id": 1,
                "text": TEXT,
                "label": [{"start": 18, "end": 22, "text": "crew", "labels": ["CREW"]}],
                "annotator": 1,
                "annotation_id": 1,
            }
        ),
        "JSON_MIN",
    ),
    "lines of doccano": no_export(
        b'{"id": 1, "text": "The storm", "label": [[4, 9, "INCIDENT"]]}\n' * 3, "doccano"
    ),
    "lines of doccano with relations": no_export(
        b'{"id": 1, "text": "The storm",'
        b' "entities": [{"id": 1, "label": "A", "start_offset": 4, "end_offset": 9}]}',
        "doccano",
    ),
    "texts to import": no_export(array({"text": TEXT}), "to import"),
    **{
        f"no export: {what}": no_export(data, says)
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
        f"no export: {what}": no_export(data, says, name=name)
        for what, data, says, name in (
            ("gzip in gzip", gzip.compress(gzip.compress(array(ONE))), "unpack it once", "e.json.gz"),
            ("a ZIP archive in gzip", gzip.compress(b"PK\x03\x04rest"), "ZIP", "e.json.gz"),
            ("plain as gzip", array(ONE), "its ending wrong", "e.json.gz"),
            ("gzip as zstd", gzip.compress(array(ONE)), "its ending wrong", "e.json.zst"),
        )
    },
    "an ending in capitals": Kind(gzip.compress(array(ONE)), [FIRST], name="EXPORT.JSON.GZ", sums=False),
    "a web page": no_export(b"<!DOCTYPE html><html>log in</html>", "web page"),
    "a labelling config": no_export(b"<View><Text name='text'/></View>", "XML"),
    "a ZIP archive": no_export(b"PK\x03\x04rest", "ZIP"),
    "compressed under a plain name": no_export(gzip.compress(array(ONE)), "ending .gz"),
    "UTF-16": no_export(json.dumps([ONE]).encode("utf-16"), "UTF-16"),
    "a number": no_export(b"17", "single value"),
    "null": no_export(b"null", "single value"),
    "a list of numbers": no_export(b"[1, 2]", "first value"),
    "an empty object": no_export(b"{}", "no tasks"),
    "an empty file": no_export(b"", "empty"),
    "cut off": no_export(array(ONE, SOUND)[:-40], "ends inside"),
    "broken throughout": no_export(b'[{"a":},' + b'{"k":"x\\},' * 50 + b'{"k":"x\\}]', "broken"),
    # ---- bounds
    "a task that is too large": no_export(
        array(task(1, text="a" * 30_000)), "--limit task=", options=("--limit", "task=10kB")
    ),
    "a text that is too long": refused(
        array(task(1, text="a" * 30_000)), "--limit string=", options=("--limit", "string=10kB")
    ),
    "a file that is too large": refused(array(ONE), "--limit file=", options=("--limit", "file=100")),
    "what unpacks to too much": no_export(
        gzip.compress(array(*[ONE] * 500)),
        "--limit plain=",
        options=("--limit", "plain=20kB"),
        name="export.json.gz",
    ),
    "a bomb": no_export(
        pa.Codec("zstd").compress(b'[{"id":1,"data":{"text":"' + b"a" * 2_000_000, asbytes=True),
        "--limit task=",
        options=("--limit", "task=1MB"),
        name="export.json.zst",
    ),
    "what is too deep": no_export(
        array(ONE | {"meta": 0}).replace(b'"meta": 0', f'"meta": {DEEP}'.encode()), "--limit depth="
    ),
    "what is deep and allowed": Kind(
        array(ONE | {"meta": 0}).replace(b'"meta": 0', f'"meta": {DEEP}'.encode()),
        [FIRST],
        options=("--limit", "depth=9000"),
        sums=False,
    ),
    "a bomb of regions that cover the text": no_export(
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
        "--limit task=",
        options=("--limit", "task=100kB"),
    ),
    **{
        f"{number} processes": refused(array(ONE), "Must be", options=("--processes", number))
        for number in ("-1", "9999")
    },
    "a limit nobody knows": refused(array(ONE), "names no limit", options=("--limit", "people=3")),
}
