"""What people decided in Label Studio: tasks of its JSON export read and checked, label by label.

One way whatever the size: typed decoding of the fields needed, then columns of which
`label_studio.export.batches` makes a batch. A label that cannot be carried over as it is becomes a named
refusal with its place, never a guess. Plain annotations are read by the compiled `Scanner`; of the others
each region is read here. A task that is not as the server writes it is read by `label_studio.export.foreign`
first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import msgspec

from parley.faults import Fault
from parley.label_studio.export import foreign, people
from parley.label_studio.export.findings import (
    ANNOTATION,
    CANCELLED,
    DRAFT,
    FINISHED,
    REGION,
    RELATION,
    SUPERSEDED,
    TASK,
    Findings,
    Proposal,
    Refusal,
    Remark,
    Row,
)
from parley.label_studio.export.foreign import ForeignAnnotation, ForeignTask
from parley.label_studio.export.offsets import countings, locate
from parley.label_studio.export.people import Person, Whose
from parley.label_studio.export.pieces import LIMITS, Limits, has_repeated, loads
from parley.label_studio.export.regions import (
    Annotation,
    Region,
    ServerTask,
    Task,
    UnreadAnnotation,
    UnreadTask,
)
from parley.label_studio.screen import LABEL, TEXT, Control, controls
from parley.model.labels import Span, relation_id, sha256_text, span_id
from parley.model.ontology import Ontology
from parley.runtime.engine import without_garbage_collection

try:
    from parley.label_studio.export.scanner import Scanner, repeats_key
except ImportError:  # there was no compiler: all is read here, in more time
    Scanner = None  # type: ignore[assignment, misc]

COMPILED = Scanner is not None
_raw_tasks = msgspec.json.Decoder(list[msgspec.Raw])
_tasks = msgspec.json.Decoder(list[ServerTask])
_task = msgspec.json.Decoder(ServerTask)
_any_task = msgspec.json.Decoder(UnreadTask)
_keys = msgspec.json.Decoder(dict[str, msgspec.Raw])
_regions = msgspec.json.Decoder(list[Region])
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)


def read_tasks(tasks: Iterable[Task], ontology: Ontology, annotator: str = "") -> Findings:
    """Read tasks that are decoded; else as `decode_tasks`."""
    reader = _Reader(ontology, annotator)
    for task in tasks:
        reader.take(task)
    return reader.found


def decode_tasks(
    data: bytes, ontology: Ontology, annotator: Whose = "", *, offset: int = 0, limits: Limits = LIMITS
) -> Findings:
    """Read the tasks of a JSON array.

    annotator: whose annotations these are if the task does not say, or a name for each person who completed
    one; without it the person (`user-7`). offset: the byte in the export at which the array begins.
    Of several annotations of a task by one person the newest counts that was not cancelled; regions are
    read only of those that count. What cannot be carried over is left out and named in `refusals`.
    Raises msgspec.DecodeError if it is no JSON array, RecursionError if it is too deep to be read, UsageError
    if a text is too long.
    """
    reader = _Reader(ontology, annotator, limits)
    with without_garbage_collection():
        reader.take_all(data, offset)
    return reader.found


def decode_values(
    values: Iterable[tuple[int, bytes, bool]],
    ontology: Ontology,
    annotator: Whose = "",
    *,
    offset: int = 0,
    limits: Limits = LIMITS,
) -> Findings:
    """Read tasks of which some are broken; else as `decode_tasks`.

    values: the bytes of each with its place after `offset`, and whether it may be sound.
    """
    reader = _Reader(ontology, annotator, limits)
    for place, raw, sound in values:
        if sound:
            reader.take_one(raw, offset + place)
        else:
            what = f"it is no JSON; left out are the {len(raw):,} bytes up to the next task"
            reader.refuse_task(offset + place, what)
    return reader.found


def _read(regions: bytes | msgspec.Raw) -> list[Region]:
    """Return regions; raises msgspec.ValidationError if one is none, or has a key twice."""
    _refuse_repeated(bytes(regions), [])
    return _regions.decode(regions)


def _refuse_repeated(data: bytes, tasks: list[ServerTask] | list[UnreadTask]) -> None:
    """Raise msgspec.ValidationError if a key may be twice in an object of some JSON.

    tasks: what was decoded of it: their results are not looked into, as the scanner does it.
    """
    results = [annotation.result for task in tasks for annotation in task.annotations]
    if repeats_key(data, results) if COMPILED else has_repeated(data):
        raise msgspec.ValidationError("a key is there twice")


def _begins(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each value of a JSON array with the byte at which it begins."""
    place = 0
    for one in _raw_tasks.decode(data):
        raw = bytes(one)
        place = data.index(raw, place)
        yield place, raw
        place += len(raw)


def read_regions(
    task: Task, annotation: Annotation, ontology: Ontology
) -> tuple[dict[str, Span], list[Refusal]]:
    """Return the span of each region of an annotation by itself, by region id; and what was refused.

    Unlike in a layer two regions may be the same span here: adjudication offers rivals side by side.
    Relations are left aside.
    """
    by_region: dict[str, list[Region]] = {}
    for region in annotation.result:
        if region.type != "relation":
            by_region.setdefault(region.id, []).append(region)
    reader = _Reader(ontology, "")
    read = []
    for name, regions in by_region.items():
        alone = _Place(task, Annotation(annotation.id, regions), task.data.doc_id, "")
        if sum(region.from_name == LABEL for region in regions) > 1:
            reader.refuse(alone, regions[0], "studio-region", "several regions have its id")
        elif reader.labels(alone)[0]:
            read.append(name)
    found = reader.found
    made = zip(found.labels, found.starts, found.ends, found.texts, strict=True)
    spans = {}
    for row, (name, (place, start, end, text)) in enumerate(zip(read, made, strict=True)):
        label = reader.span_labels[place]
        values = {n: by_row[row] for n, by_row in found.attributes.items() if row in by_row}
        spans[name] = Span(span_id(label, start, end), start, end, text, label, values)
    return spans, reader.refusals


@dataclass(slots=True)
class _Place:
    """The annotation at hand, and what is known of its regions so far."""

    task: Task
    annotation: Annotation
    doc_id: str
    who: str
    rows: dict[str, int] = field(default_factory=dict)  # region id → row in the span columns
    shared: set[str] = field(default_factory=set)  # ids of several regions: who names one may mean any
    proposed: set[tuple[int, str]] = field(default_factory=set)  # row and attribute


class _Reader:
    """Reads tasks into the lists of one batch, one by one."""

    def __init__(self, ontology: Ontology, annotator: Whose, limits: Limits = LIMITS) -> None:
        self.ontology = ontology
        self.names = annotator if isinstance(annotator, Mapping) else {}
        self.annotator = "" if isinstance(annotator, Mapping) else annotator
        self.limits = limits
        self.controls: dict[str, Control] = {c.name: c for c in controls(ontology)}
        self.symmetric = {name: label.symmetric for name, label in ontology.relation_by_name.items()}
        self.needed = {
            label: [a for a in attributes.values() if a.required or a.required_when]
            for label, attributes in ontology.attributes_of.items()
        }
        self.asks = any(self.needed.values())
        # in the columns a label is its place among the ontology's
        self.span_labels, self.relation_labels = tuple(self.needed), tuple(self.symmetric)
        self.known = {name: place for place, name in enumerate(self.span_labels)}
        self.drawn = {name: place for place, name in enumerate(self.relation_labels)}
        symmetric = tuple(self.symmetric.values())
        self.scanner = (
            Scanner(self.span_labels, self.relation_labels, symmetric, LABEL, TEXT) if COMPILED else None
        )
        self.several_countings = False
        self.found = Findings.of(ontology.attribute_names)
        self.refusals = self.found.refusals

    def take_all(self, data: bytes, offset: int) -> None:
        """Take over the tasks of an array. offset: of the array in the export, bytes."""
        before, of = self.found.sizes(), list[int]()
        refused = len(self.refusals)
        try:
            tasks = _tasks.decode(data)
            _refuse_repeated(data, tasks)
            for number, task in enumerate(tasks):
                self.take(task)
                of += [number] * (len(self.refusals) - refused - len(of))
        except _UNREADABLE:  # a bad task must not cost the others
            self.found.cut(before)
            self.take_each(data, offset)
            return
        if of:
            begins = [offset + place for place, _ in _begins(data)]
            self.refusals[refused:] = [
                replace(refusal, byte=begins[number])
                for refusal, number in zip(self.refusals[refused:], of, strict=True)
            ]

    def take_each(self, data: bytes, offset: int) -> None:
        """Take over the tasks of an array one by one; name those that cannot be read."""
        for place, raw in _begins(data):
            self.take_one(raw, offset + place)

    def take_one(self, raw: bytes, byte: int) -> None:
        """Take over a task, be it foreign; name it if it cannot be read. byte: at which it begins."""
        before, refused = self.found.sizes(), len(self.refusals)
        for read in (_server_task, _known_task, _foreign_task):
            try:
                self.take(read(raw))
            except _UNREADABLE:
                self.found.cut(before)
            except foreign.Unreadable as error:
                self.found.cut(before)
                self.refuse_task(byte, str(error))
                break
            else:
                break
        self.refusals[refused:] = [replace(refusal, byte=byte) for refusal in self.refusals[refused:]]

    def refuse_task(self, byte: int, what: str) -> None:
        """Name a task of which nothing can be read."""
        self.found.tasks += 1
        fault = Fault("studio-task", f"byte {byte} of the export", _whole(what))
        self.refusals.append(Refusal(fault, None, None, lost=True, unit=TASK, byte=byte))

    def take(self, task: Task) -> None:
        """Take over a task's annotations; refuse it whole if its text is not what was pushed."""
        data = task.data
        if len(data.text) > self.limits.string:
            raise self.limits.exceeded("string", f"the text of task {task.id}: {len(data.text):,} characters")
        self.found.tasks += 1
        doc_id = data.doc_id or f"task-{task.id}"
        digest = sha256_text(data.text)
        if data.text_sha256 and data.text_sha256 != digest:
            what = f"the text has sha256 {digest[:12]}…, pushed was {data.text_sha256[:12]}…"
            self._refuse_in(task, doc_id, "studio-text-edited", what, unit=TASK)
            return
        if isinstance(task, ForeignTask):
            for problem in task.problems:
                place = f"{doc_id} > {problem.place}"
                self._refuse_in(task, place, problem.code, problem.message, unit=problem.unit)
        self._hold(task, doc_id)
        # of a tool that is not known a region may fit in several ways
        self.several_countings = not data.text_sha256 and len(countings(data.text)) > 1
        if self.scanner:
            self.scanner.open(data.text)
        whose = [self._who(task, one) for one in task.annotations]
        counting, undated = _newest(whose, task.annotations)
        for number, (who, annotation) in enumerate(zip(whose, task.annotations, strict=True)):
            at = _Place(task, annotation, doc_id, who or "")
            if who is None:
                continue  # it is named already
            if number in undated:
                self.refuse(at, "", "studio-time", undated[number], unit=ANNOTATION)
                continue
            state, counts = CANCELLED, (0, 0)
            if not annotation.was_cancelled:
                state = FINISHED if number in counting else SUPERSEDED
            if state == FINISHED:
                if isinstance(annotation, ForeignAnnotation) and annotation.unreadable:
                    self.refuse(at, "", "studio-task", annotation.unreadable, unit=ANNOTATION)
                    continue
                counts = self.labels(at)
            known = (digest, self._updated(at), annotation.lead_time)
            self.found.annotations.append(Row(doc_id, who, task.id, annotation.id, state, *known, *counts))
        for draft in task.drafts:
            number, user, updated = (
                (draft, None, "") if isinstance(draft, int) else (draft.id, draft.user, draft.updated_at)
            )
            who = self._name(task, user) or f"unknown-{number}"
            self.found.annotations.append(Row(doc_id, who, task.id, number, DRAFT, digest, updated, None))

    def _hold(self, task: Task, doc_id: str) -> None:
        """Hold what a task says of itself against what was read; a task without labels is untouched."""
        read = len(task.annotations)
        says = 0
        if isinstance(task, ForeignTask):
            says = task.says
            read += sum(problem.unit == ANNOTATION for problem in task.problems)
        elif isinstance(task, UnreadTask):
            says = max(
                (task.total_annotations or 0) + (task.cancelled_annotations or 0), bool(task.is_labeled)
            )
        if says > read:
            what = f"it says that it has {says} annotations, and {read or 'none'} can be read"
            self._refuse_in(task, doc_id, "studio-count", what, unit="" if read or task.drafts else TASK)
        elif not read and not task.drafts:
            self.found.untouched.append((self._name(task, None) or f"unknown-{task.id}", doc_id))

    def _name(self, task: Task, person: Person) -> str:
        """Return the annotator's name of a person as far as it is known, "" if not."""
        given = task.data.annotator or self.annotator or people.name_of(person, self.names)
        key = people.keys_of(person)[0]
        return given or (f"user-{key}" if key else "")

    def _who(self, task: Task, annotation: Annotation) -> str | None:
        """Return whose an annotation is; None, and it is named, if another's name would be on it.

        Two that nobody is named for may be two people's, and neither replaces the other.
        """
        person, place = annotation.completed_by, task.data.annotator
        if self.names:
            name = people.name_of(person, self.names)
            key = people.keys_of(person)[0] or "somebody unnamed"
            if name and place in ("", name):
                return name
            what = f"{key} is {name}, the task is {place}'s" if name else f"no annotator is named for {key}"
            at = _Place(task, annotation, task.data.doc_id or f"task-{task.id}", "")
            self.refuse(at, "", "studio-person", what, unit=ANNOTATION)
            return None
        if given := place or self.annotator:
            people.note(self.found.people, given, person)
            return given
        return self._name(task, person) or f"unknown-{annotation.id}"

    def _updated(self, at: _Place) -> str:
        """Return when an annotation was last changed, if that is a time."""
        text = at.annotation.updated_at or at.annotation.created_at
        if text and _instant(text) is None:
            self.refuse(at, "", "studio-time", f"{text!r} is no time", lost=False)
            return ""
        return text

    def _refuse_in(self, task: Task, place: str, code: str, what: str, *, unit: str) -> None:
        """Name what is wrong with a task outside of the annotations that were read."""
        fault = Fault(code, _whole(f"{place} > task {task.id}"), _whole(what))
        self.refusals.append(Refusal(fault, task.id, None, lost=bool(unit), unit=unit))

    def refuse(
        self,
        at: _Place,
        region: Region | str,
        code: str,
        what: str,
        *,
        lost: bool = True,
        unit: str = "",
        number: int = 1,
    ) -> None:
        """Name what is wrong in an annotation. region, or unit and number: what is in no table for it."""
        place = f"{at.doc_id} > task {at.task.id} > annotation {at.annotation.id}"
        if isinstance(region, Region):
            unit = RELATION if region.value is None else REGION
            region = _named(region)
        place += f" > {region}" if region else ""
        fault = Fault(code, _whole(place), _whole(what))
        self.refusals.append(Refusal(fault, at.task.id, at.annotation.id, lost, unit, number))

    def labels(self, at: _Place) -> tuple[int, int]:
        """Append an annotation's spans, their attributes and its relations; return how many of each.

        Raises msgspec.ValidationError or UnicodeDecodeError if its regions are none.
        """
        found = self.found
        first, before = len(found.labels), len(found.relation_labels)
        if isinstance(at.annotation, ForeignAnnotation):
            for unit, code, place, what, number, meta in at.annotation.problems:
                self.refuse(at, place, code, what, lost=bool(unit), unit=unit, number=number)
                self._keep_remarks(at, place, meta)
        others, arcs = self._scanned(at) or self._spans(at)
        for region in others:  # after all spans, since an attribute may come before its own
            if self._belongs(at, region):
                self._attribute(at, region)
        size = len(found.labels) - first
        if self.asks:
            for row in range(first, first + size):
                self._needed(at, row)
        self._arcs(at, arcs)
        return size, len(found.relation_labels) - before

    def _belongs(self, at: _Place, region: Region) -> bool:
        """Say whether a region is on the article's text; keep what the annotator wrote on it."""
        self._keep_remarks(at, region.id or f"{region.from_id} → {region.to_id}", region.meta)
        if region.to_name in ("", TEXT):
            return True
        self.refuse(at, region, "studio-region", f"it is on {region.to_name!r}, not on the article's text")
        return False

    def _keep_remarks(self, at: _Place, region: str, meta: object) -> None:
        """Keep what an annotator wrote on a region."""
        for text in _remarks(meta):
            remark = Remark(at.doc_id, at.who, at.task.id, at.annotation.id, _whole(region), _whole(text))
            self.found.remarks.append(remark)

    def _scanned(self, at: _Place) -> tuple[list[Region], list[Region]] | None:
        """Append an annotation's spans and relations if nothing in it needs a second look, else nothing.

        Returns the other regions, and no relations.
        """
        if not self.scanner or self.several_countings or not isinstance(at.annotation, UnreadAnnotation):
            return None
        taken = self.scanner.take(at.annotation.result, self.found)
        if taken is None:
            return None
        others, at.rows = taken
        return _read(b"[%b]" % b",".join(others)) if others else [], []

    def _spans(self, at: _Place) -> tuple[list[Region], list[Region]]:
        """Append an annotation's spans; return the other regions, with a value and without."""
        annotation = at.annotation
        labelled: list[Region] = []
        others: list[Region] = []
        arcs: list[Region] = []
        for region in (
            _read(annotation.result) if isinstance(annotation, UnreadAnnotation) else annotation.result
        ):
            if region.value is None:
                arcs.append(region)
            elif region.from_name != LABEL:
                others.append(region)
            elif self._belongs(at, region) and self._labelled(at, region):
                labelled.append(region)
        data = at.task.data
        given = [
            (value.start, value.end, value.text if isinstance(value.text, str) else None)
            for region in labelled
            if (value := region.value)
        ]
        places = locate(data.text, given, documented=bool(data.text_sha256))
        taken: dict[tuple[str, int, int], int] = {}
        for region, place in zip(labelled, places, strict=True):
            if isinstance(place, str):
                self.refuse(at, region, "studio-offset", place)
            else:
                self._span(at, region, place, taken)
        for name in at.shared:
            at.rows.pop(name, None)
        return others, arcs

    def _labelled(self, at: _Place, region: Region) -> bool:
        """Say whether a region has one label, which the ontology knows."""
        labels = region.value.labels if region.value else None
        if labels is None or len(labels) != 1:
            self.refuse(at, region, "studio-region", f"a span has one label, this has {labels or 'none'}")
            return False
        if labels[0] not in self.needed:
            self.refuse(at, region, "span-label", f"no label {labels[0]!r} in the ontology")
            return False
        return True

    def _span(
        self, at: _Place, region: Region, place: tuple[int, int], taken: dict[tuple[str, int, int], int]
    ) -> None:
        found = self.found
        label = region.value.labels[0] if region.value and region.value.labels else ""
        key = label, *place
        row = taken.get(key, -1)
        if row >= 0:
            what = f"another region is {span_id(*key)} too"
            self.refuse(at, region, "span-duplicate", what, lost=False)
        else:
            row = taken[key] = len(found.labels)
            found.labels.append(self.known[label])
            found.starts.append(place[0])
            found.ends.append(place[1])
            found.texts.append(at.task.data.text[slice(*place)])
        if not region.id or at.rows.setdefault(region.id, row) != row:
            at.shared.add(region.id)

    def _attribute(self, at: _Place, region: Region) -> None:
        control = self.controls.get(region.from_name)
        if control is None or region.value is None:
            self.refuse(at, region, "studio-region", f"no control {region.from_name!r} on the screen")
            return
        row = at.rows.get(region.id)
        if region.id in at.shared:
            self.refuse(at, region, "studio-region", f"{control.attribute.name} of one of several regions")
            return
        if row is None:
            self.refuse(at, region, "studio-region", f"{control.attribute.name} of a region without a label")
            return
        values = _values(region, control)
        if not values:
            if _says_more(region, control):
                self.refuse(at, region, "studio-region", f"it has no value of the kind {control.tag}")
            return
        name, label = control.attribute.name, self._label(row)
        if len(values) > 1:
            self.refuse(at, region, "attribute-value", f"{name} has {len(values)} values: {values}")
        elif label not in control.labels:
            self.refuse(at, region, "attribute-unknown", f"{label} has no {control.name}")
        elif control.proposes:
            at.proposed.add((row, name))
            proposal = Proposal(at.doc_id, at.who, self._id(row), name, values[0])
            self.found.proposals.append(proposal)
        elif self.found.attributes[name].setdefault(row, values[0]) != values[0]:
            self.refuse(at, region, "attribute-value", f"{name} is given twice, and differs")
        elif control.tag == "choices" and values[0] not in control.attribute.values:
            self.refuse(
                at, _named(region), "attribute-value", f"{name} {values[0]!r} is no value", lost=False
            )

    def _needed(self, at: _Place, row: int) -> None:
        """Name the required attributes a span lacks; an entity may be proposed instead of chosen."""
        needed = self.needed[self._label(row)]
        if not needed:
            return
        has = {name: by_row[row] for name, by_row in self.found.attributes.items() if row in by_row}
        for attribute in needed:
            name = attribute.name
            if name not in has and attribute.is_required(has) and (row, name) not in at.proposed:
                where = f'{self._id(row)} "{self.found.texts[row]}"'
                self.refuse(at, where, "attribute-missing", f"{name} is not set", lost=False)

    def _arcs(self, at: _Place, arcs: list[Region]) -> None:
        """Append relations, turned so that they run from head to tail."""
        found = self.found
        taken: set[tuple[int, str, int]] = set()
        for arc in arcs:
            self._belongs(at, arc)
            several = max(1, len(arc.labels or ()))
            if arc.type != "relation":
                self.refuse(at, arc, "studio-region", "it is no relation, and has no value", number=several)
                continue
            head, tail = at.rows.get(arc.from_id), at.rows.get(arc.to_id)
            if not at.shared.isdisjoint((arc.from_id, arc.to_id)):
                self.refuse(at, arc, "relation-dangling", "an end is one of several regions", number=several)
                continue
            if head is None or tail is None:
                self.refuse(at, arc, "relation-dangling", "an end is no labelled region", number=several)
                continue
            if arc.direction == "left":
                head, tail = tail, head
            if not arc.labels:
                self.refuse(at, arc, "relation-label", "the relation has no label")
            for label in arc.labels or ():
                symmetric = self.symmetric.get(label)
                if symmetric is None:
                    self.refuse(at, arc, "relation-label", f"no relation {label!r} in the ontology")
                    continue
                ends = head, tail
                if symmetric:
                    ends = max(head, tail, key=self._order), min(head, tail, key=self._order)
                # a direction left out is the screen's default, from the first region to the second
                elif arc.direction not in ("right", "left", None):
                    what = f"{label} has a head and a tail, its direction is {arc.direction!r}"
                    self.refuse(at, arc, "studio-direction", what)
                    continue
                key = ends[0], label, ends[1]
                if key in taken:
                    name = relation_id(self._id(ends[0]), label, self._id(ends[1]))
                    self.refuse(at, arc, "relation-duplicate", f"{name} is drawn twice", lost=False)
                    continue
                taken.add(key)
                found.relation_labels.append(self.drawn[label])
                found.heads.append(ends[0])
                found.tails.append(ends[1])

    def _label(self, row: int) -> str:
        label: str = self.span_labels[self.found.labels[row]]
        return label

    def _id(self, row: int) -> str:
        return span_id(self._label(row), self.found.starts[row], self.found.ends[row])

    def _order(self, row: int) -> tuple[int, int, str]:
        return self.found.starts[row], -self.found.ends[row], self._label(row)


def _server_task(raw: bytes) -> ServerTask:
    task = _task.decode(raw)
    _refuse_repeated(raw, [task])
    return task


def _known_task(raw: bytes) -> UnreadTask:
    """Return a task that the server of another version wrote.

    Raises msgspec.ValidationError if there may be labels under a key that nobody knows.
    """
    for key, value in _keys.decode(raw).items():
        if key in ServerTask.__struct_fields__:
            continue
        held = bytes(value)
        if key in foreign.LISTS or b'"result"' in held or foreign.said(key, msgspec.json.decode(held)):
            raise msgspec.ValidationError(f"there may be labels under {key!r}")
    task = _any_task.decode(raw)
    _refuse_repeated(raw, [task])
    return task


def _foreign_task(raw: bytes) -> ForeignTask:
    return foreign.read_task(loads(raw))


def _newest(whose: list[str | None], annotations: list[Annotation]) -> tuple[set[int], dict[int, str]]:
    """Return which annotations count: of each person the newest; and why nobody can tell of some."""
    if len(set(whose)) == len(whose):
        return {number for number, one in enumerate(annotations) if not one.was_cancelled}, {}
    by_person: dict[tuple[str, str], list[int]] = {}
    for number, (who, annotation) in enumerate(zip(whose, annotations, strict=True)):
        if who is not None and not annotation.was_cancelled:
            by_person.setdefault((who, people.keys_of(annotation.completed_by)[0]), []).append(number)
    counting: set[int] = set()
    undated: dict[int, str] = {}
    for numbers in by_person.values():
        texts = [annotations[number].updated_at or annotations[number].created_at for number in numbers]
        instants = [_instant(text) for text in texts]
        if len(numbers) == 1 or not any(texts):
            counting.add(max(numbers, key=lambda number: annotations[number].id))
        elif None in instants:
            what = f"which is newer nobody can tell: {', '.join(map(repr, texts))}"
            undated |= dict.fromkeys(numbers, what)
        else:
            ages = zip(instants, [annotations[number].id for number in numbers], numbers, strict=True)
            counting.add(max(ages, key=_age)[-1])
    return counting, undated


def _age(dated: tuple[datetime | None, int, int]) -> tuple[datetime, int]:
    return dated[0] or datetime.min.replace(tzinfo=UTC), dated[1]


def _instant(text: str) -> datetime | None:
    """Return the instant that a time in ISO 8601 means, UTC if it names no zone; None if it is no time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _whole(text: str) -> str:
    """Return a text that can be written: half a surrogate pair, which foreign JSON may have, is escaped."""
    return text.encode(errors="backslashreplace").decode()


def _remarks(meta: object) -> list[str]:
    """Return what an annotator wrote beside a region."""
    if not meta:
        return []
    text = meta.get("text", meta) if isinstance(meta, dict) else meta
    lines = text if isinstance(text, list) else [text]
    return [line if isinstance(line, str) else msgspec.json.encode(line).decode() for line in lines if line]


def _named(region: Region) -> str:
    value = region.value
    if value is None:
        return f"relation {region.from_id} → {region.to_id}"
    quoted = f' "{value.text}"' if isinstance(value.text, str) else ""
    return f"region {region.id}{quoted} {value.start}:{value.end}"


def _values(region: Region, control: Control) -> list[str]:
    """Return what was chosen or written; of a taxonomy the leaves."""
    value = region.value
    if value is None:
        return []
    if control.tag == "choices":
        return value.choices or []
    if control.tag == "taxonomy":
        return [path[-1] for path in value.taxonomy or [] if path]
    return [value.text] if isinstance(value.text, str) else value.text or []


def _says_more(region: Region, control: Control) -> bool:
    """Say whether a region has values of another kind than its control."""
    value = region.value
    if value is None:
        return False
    written = value.text if control.tag != "textarea" and isinstance(value.text, list) else None
    return any((value.labels, value.choices, value.taxonomy, written))
