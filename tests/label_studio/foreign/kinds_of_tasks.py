"""Kinds of exports by what a task says: of its labels, of whose they are, and which of several counts."""

from __future__ import annotations

import json

from export_makers import (
    ALL,
    BOTH,
    COUNTED,
    CREW,
    FIRST,
    NO_ANNOTATION,
    OLD,
    ONE,
    SECOND,
    SOUND,
    STORM,
    TEXT,
    Kind,
    annotation,
    array,
    lost,
    one,
    refused,
    task,
    task_lost,
)

TASKS: dict[str, Kind] = {
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
    "two annotations of one id, of one nobody can tell which it is": lost(
        array(
            task(1, annotation(1, 1, comments="why?"), annotation(1, 1, CREW, comments=["a", "b"]))
        ).replace(b'"why?"', b'"why?", "id": "1"'),
        [FIRST],
        "studio-task",
    ),
    "two annotations of one id, one without a result": lost(
        array(
            task(1, annotation(1, 1, CREW, comments="why?"), annotation(1, 2, result=7, comments=["a", "b"]))
        ),
        [FIRST],
        "studio-task",
    ),
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
}
