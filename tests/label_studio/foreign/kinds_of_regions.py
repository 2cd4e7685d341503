"""Kinds of exports by their regions: offsets, keys, remarks, controls, and what is there twice."""

from __future__ import annotations

import json

from export_makers import (
    ALL,
    ARC,
    BOTH,
    BYTES,
    COUNTED,
    CREW,
    EMOJI,
    FIRST,
    HALF,
    HTML,
    NO_ANNOTATION,
    ONE,
    SECOND,
    SOUND,
    STORM,
    TEXT,
    THREE,
    UNREADABLE,
    Kind,
    annotation,
    array,
    in_bytes,
    lost,
    one,
    span,
    task,
    task_lost,
    utf16,
)

REGIONS: dict[str, Kind] = {
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
}
