"""Which annotations of an export count and whose they are: tasks read, judged and named if they cannot be.

Nobody's work is written under another's name, and of several annotations of one person the newest counts.
Only the regions of those are read, by `label_studio.export.results`. A task that is not as the server writes
it is read by `label_studio.export.foreign` first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from parley.faults import Fault
from parley.label_studio.export import foreign
from parley.label_studio.export.broken_json import loads, values
from parley.label_studio.export.compiled import refuse_repeated
from parley.label_studio.export.file_kinds import wrapping
from parley.label_studio.export.findings import (
    ANNOTATION,
    CANCELLED,
    DRAFT,
    FINISHED,
    SUPERSEDED,
    TASK,
    Findings,
    Refusal,
    Row,
)
from parley.label_studio.export.foreign import ForeignAnnotation, ForeignTask
from parley.label_studio.export.limits import LIMITS, Limits
from parley.label_studio.export.people import Whose, keys_of, name_of, note_person
from parley.label_studio.export.regions import (
    Annotation,
    OtherTask,
    Person,
    ServerTask,
    Task,
    UnreadAnnotation,
    UnreadTask,
    User,
)
from parley.label_studio.export.results import Place, ResultReader, whole
from parley.model.labels import sha256_text
from parley.model.ontology import Ontology

_raw_tasks = msgspec.json.Decoder(list[msgspec.Raw])
_tasks: msgspec.json.Decoder[list[UnreadTask]] = msgspec.json.Decoder(list[ServerTask])
_task: msgspec.json.Decoder[UnreadTask] = msgspec.json.Decoder(OtherTask)
_keys = msgspec.json.Decoder(dict[str, msgspec.Raw])
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)


def read_tasks(tasks: Iterable[Task], ontology: Ontology, annotator: str = "") -> Findings:
    """Read tasks that are decoded; else as `TaskReader`."""
    reader = TaskReader(ontology, annotator)
    for task in tasks:
        reader.take(task)
    return reader.found


class TaskReader:
    """Reads tasks into `found`.

    annotator: whose annotations these are if the task does not say, or a name for each person who completed
    one; without it the person (`user-7`). Of several annotations of a task by one person the newest counts
    that was not cancelled; regions are read only of those that count. What cannot be carried over is left out
    and named in `found.refusals`.
    results: reads the regions, if not as those of the corpus' own screen.
    Its methods raise RecursionError if a task is too deep to be read, UsageError if a text is too long.
    """

    def __init__(
        self,
        ontology: Ontology,
        annotator: Whose,
        limits: Limits = LIMITS,
        results: ResultReader | None = None,
    ) -> None:
        self.names = annotator if isinstance(annotator, Mapping) else {}
        self.annotator = "" if isinstance(annotator, Mapping) else annotator
        self.limits = limits
        self.results = results or ResultReader(ontology, limits)
        self.found = self.results.found

    def take_all(self, data: bytes, offset: int) -> None:
        """Take over the tasks of a JSON array; raises msgspec.DecodeError if it is none.

        offset: the byte in the export at which the array begins.
        """
        before, refusals = self.found.sizes(), self.found.refusals
        refused = len(refusals)
        try:
            tasks = _tasks.decode(data)
            refuse_repeated(data, tasks)
            for number, task in enumerate(tasks):
                self.results.byte = number  # its byte is looked for only if something is refused
                self.take(task)
        except _UNREADABLE:  # a bad task must not cost the others
            self.found.cut(before)
            for place, raw in begins(data):
                self.take_one(raw, offset + place)
            return
        if len(refusals) > refused:
            bytes_of = [offset + place for place, _ in begins(data)]
            refusals[refused:] = [replace(one, byte=bytes_of[one.byte]) for one in refusals[refused:]]

    def take_values(self, data: bytes, offset: int) -> None:
        """Take over the tasks of a piece of which some are broken. offset: of the piece in the export."""
        for place, raw, sound in values(data):
            if sound:
                self.take_one(raw, offset + place)
            else:
                what = f"it is not JSON; left out are the {len(raw):,} bytes up to the next task"
                self.refuse_task(offset + place, what)

    def take_one(self, raw: bytes, byte: int) -> None:
        """Take over a task, also a foreign one, or those in what wraps them; name what cannot be read.

        byte: at which it begins.
        """
        wrapped = unwrapped(raw)
        if wrapped is not None:
            for place, one in wrapped:
                self.take_one(one, byte + place)
            return
        before = self.found.sizes()
        self.results.byte = byte
        for read in (_known_task, lambda raw: foreign.read_task(loads(raw))):
            try:
                self.take(read(raw))
            except _UNREADABLE:
                self.found.cut(before)
            except foreign.Unreadable as error:
                self.found.cut(before)
                self.refuse_task(byte, str(error))
                return
            else:
                return

    def refuse_task(self, byte: int, what: str) -> None:
        """Name a task of which nothing can be read."""
        self.found.tasks += 1
        fault = Fault("studio-task", f"byte {byte} of the export", whole(what))
        self.found.refusals.append(Refusal(fault, None, None, lost=True, unit=TASK, byte=byte))

    def take(self, task: Task) -> None:
        """Take over a task's annotations; refuse it whole if its text is not what was pushed."""
        data, found, refuse = task.data, self.found, self.results.refuse
        if len(data.text) > self.limits.string:
            raise self.limits.exceeded("string", f"the text of task {task.id}: {len(data.text):,} characters")
        found.tasks += 1
        doc_id = data.doc_id or f"task-{task.id}"
        digest = sha256_text(data.text)
        if data.text_sha256 and data.text_sha256 != digest:
            what = f"the text has sha256 {digest[:12]}…, pushed was {data.text_sha256[:12]}…"
            refuse(Place(task, doc_id), "", "studio-text-edited", what, unit=TASK)
            return
        if isinstance(task, ForeignTask):
            for problem in task.problems:
                at = Place(task, f"{doc_id} > {problem.place}")
                lost = bool(problem.unit)
                refuse(at, "", problem.code, problem.message, lost=lost, unit=problem.unit)
        self._count(task, doc_id)
        self.results.open(data)
        whose = [self._who(task, doc_id, one) for one in task.annotations]
        counting, undated = _newest(whose, task.annotations)
        for number, (who, annotation) in enumerate(zip(whose, task.annotations, strict=True)):
            if who is None:
                continue  # it is named already
            at = Place(task, doc_id, annotation, who)
            if number in undated:
                refuse(at, "", "studio-time", undated[number], unit=ANNOTATION)
                continue
            state, counts = CANCELLED, (0, 0)
            if number in counting:
                if isinstance(annotation, ForeignAnnotation) and annotation.unreadable:
                    refuse(at, "", "studio-task", annotation.unreadable, unit=ANNOTATION)
                    continue
                state, counts = FINISHED, self.results.labels(at, annotation)
            elif not annotation.was_cancelled:
                state = SUPERSEDED
            updated = annotation.updated_at or annotation.created_at
            if updated and instant(updated) is None:
                refuse(at, "", "studio-time", f"{updated!r} is not a time", lost=False)
                updated = ""
            known = (digest, updated, annotation.lead_time)
            found.annotations.append(Row(doc_id, who, task.id, annotation.id, state, *known, *counts))
        for draft in task.drafts:
            number, user, updated = (
                (draft, None, "") if isinstance(draft, int) else (draft.id, draft.user, draft.updated_at)
            )
            who = self._name(task, user) or f"unknown-{number}"
            found.annotations.append(Row(doc_id, who, task.id, number, DRAFT, digest, updated, None))

    def _count(self, task: Task, doc_id: str) -> None:
        """Compare what a task says of itself with what was read; a task without labels is untouched."""
        read = len(task.annotations)
        says = comments = 0
        if isinstance(task, ForeignTask):
            says, comments = task.says, task.comments
            read += sum(problem.unit == ANNOTATION for problem in task.problems)
        elif isinstance(task, UnreadTask):
            total = (task.total_annotations or 0) + (task.cancelled_annotations or 0)
            says, comments = max(total, bool(task.is_labeled)), task.comment_count or 0
        if comments > 0:
            what = f"it says that it has {comments} comments, which are not in the export"
            self.results.refuse(Place(task, doc_id), "", "studio-count", what, lost=False)
        if says > read:
            what = f"it says that it has {says} annotations, and {read or 'none'} can be read"
            unit = "" if read or task.drafts else TASK
            self.results.refuse(Place(task, doc_id), "", "studio-count", what, lost=bool(unit), unit=unit)
        elif not read and not task.drafts:
            self.found.untouched.append((self._name(task, None) or f"unknown-{task.id}", doc_id))

    def _name(self, task: Task, person: Person) -> str:
        """Return the annotator's name of a person as far as it is known, "" if not."""
        given = task.data.annotator or self.annotator or name_of(person, self.names)
        key = keys_of(person)[0]
        return given or (f"user-{key}" if key else "")

    def _who(self, task: Task, doc_id: str, annotation: Annotation) -> str | None:
        """Return whose an annotation is; None, and it is named, if another's name would be on it.

        Two that nobody is named for may be two people's, and neither replaces the other.
        """
        person, place = annotation.completed_by, task.data.annotator
        if person == User() and isinstance(annotation, UnreadAnnotation):
            raise msgspec.ValidationError("who completed it is given under other keys")
        if self.names:
            name = name_of(person, self.names)
            if name and place in ("", name):
                return name
            key = keys_of(person)[0] or "somebody unnamed"
            what = f"{key} is {name}, the task is {place}'s" if name else f"no annotator is named for {key}"
            at = Place(task, doc_id, annotation)
            self.results.refuse(at, "", "studio-person", what, unit=ANNOTATION)
            return None
        if given := place or self.annotator:
            note_person(self.found.people, given, person)
            return given
        return self._name(task, person) or f"unknown-{annotation.id}"


def unwrapped(raw: bytes) -> list[tuple[int, bytes]] | None:
    """Return the tasks of a page of the API, each with its place; or that of a file of target storage.

    None for anything else, a task as a rule. Raises UsageError if the page says that there are more.
    """
    try:
        held = _keys.decode(raw)
    except _UNREADABLE:
        return None
    if "data" in held:
        return None
    key = wrapping(loads(raw))
    if key == "task":
        task = _keys.decode(held.pop(key))
        others = _raw_tasks.decode(task.get("annotations", b"[]"))
        return [(0, msgspec.json.encode({**task, "annotations": [*others, held]}))]
    if key:
        begin = raw.index(bytes(held[key]))
        return [(begin + place, one) for place, one in begins(bytes(held[key]))]
    return None


def begins(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each value of a JSON array with the byte at which it begins."""
    place = 0
    for one in _raw_tasks.decode(data):
        raw = bytes(one)
        place = data.index(raw, place)
        yield place, raw
        place += len(raw)


def _known_task(raw: bytes) -> UnreadTask:
    """Return a task as the server, or another version of it, writes it.

    Raises msgspec.ValidationError if there may be labels under a key that nobody knows.
    """
    for key, value in _keys.decode(raw).items():
        if key in ServerTask.__struct_fields__ or "prediction" in key:
            continue
        held = msgspec.json.decode(value)
        remark = foreign.is_remark(key, held)
        if key in foreign.LISTS or b'"result"' in bytes(value) or foreign.has_region(held) or remark:
            raise msgspec.ValidationError(f"there may be labels or remarks under {key!r}")
        if foreign.said(key, held):
            raise msgspec.ValidationError(f"there may be labels under {key!r}")
    task = _task.decode(raw)
    refuse_repeated(raw, [task])
    return task


def _newest(whose: list[str | None], annotations: list[Annotation]) -> tuple[set[int], dict[int, str]]:
    """Return which annotations count: of each person the newest; and why nobody can tell of some."""
    if len(set(whose)) == len(whose):
        return {number for number, one in enumerate(annotations) if not one.was_cancelled}, {}
    by_person: dict[tuple[str, str], list[int]] = {}
    for number, (who, annotation) in enumerate(zip(whose, annotations, strict=True)):
        if who is not None and not annotation.was_cancelled:
            by_person.setdefault((who, keys_of(annotation.completed_by)[0]), []).append(number)
    counting: set[int] = set()
    undated: dict[int, str] = {}
    for numbers in by_person.values():
        times = {
            number: annotations[number].updated_at or annotations[number].created_at for number in numbers
        }
        ages = [(when, annotations[n].id, n) for n, text in times.items() if (when := instant(text))]
        if len(numbers) == 1 or not any(times.values()):
            counting.add(max(numbers, key=lambda number: annotations[number].id))
        elif len(ages) == len(numbers):
            counting.add(max(ages)[-1])
        else:
            what = f"which is newer nobody can tell: {', '.join(map(repr, times.values()))}"
            undated |= dict.fromkeys(numbers, what)
    return counting, undated


def instant(text: str) -> datetime | None:
    """Return the instant that a time in ISO 8601 means, UTC if it names no zone; None if it is not a time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
