"""What people decided in Label Studio: tasks of its JSON export read and checked, label by label.

One way whatever the size: typed decoding of the fields needed, then columns of which
`label_studio.export.batches` makes a batch. A label that cannot be carried over as it is becomes a named
refusal with its place, never a guess. Plain annotations are read by the compiled `Scanner`; of the others
each region is read here.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import msgspec

from parley.faults import Fault
from parley.label_studio.export.findings import (
    CANCELLED,
    DRAFT,
    FINISHED,
    SUPERSEDED,
    Findings,
    Proposal,
    Refusal,
    Row,
)
from parley.label_studio.export.offsets import locate
from parley.label_studio.export.regions import Annotation, Region, Task, UnreadAnnotation, UnreadTask, User
from parley.label_studio.screen.controls import LABEL, Control, controls
from parley.model.labels import Span, relation_id, sha256_text, span_id
from parley.model.ontology import Ontology

try:
    from parley.label_studio.export.scanner import Scanner
except ImportError:  # there was no compiler: all is read here, in more time
    Scanner = None  # type: ignore[assignment, misc]

COMPILED = Scanner is not None
_raw_tasks = msgspec.json.Decoder(list[msgspec.Raw])
_tasks = msgspec.json.Decoder(list[UnreadTask])
_task = msgspec.json.Decoder(UnreadTask)
_regions = msgspec.json.Decoder(list[Region])
# of a value that is no task, of bytes that are no text, of values in values in values
_UNREADABLE = (msgspec.ValidationError, UnicodeDecodeError, RecursionError)


def read_tasks(tasks: Iterable[Task], ontology: Ontology, annotator: str = "") -> Findings:
    """Read tasks that are decoded; else as `decode_tasks`."""
    reader = _Reader(ontology, annotator)
    for task in tasks:
        reader.take(task)
    return reader.found


def decode_tasks(data: bytes, ontology: Ontology, annotator: str = "", *, offset: int = 0) -> Findings:
    """Read the tasks of a JSON array.

    annotator: whose annotations these are where the task does not say; without it the user who completed each
    (`user-7`). offset: the byte in the export at which the array begins.
    Of several annotations of a task by one annotator the newest counts that was not cancelled; regions are
    read only of those that count. A label that cannot be carried over is left out and named in `refusals`; a
    task that cannot be read is left out whole.
    Raises msgspec.DecodeError where it is no JSON array, or one too deep to be read.
    """
    reader = _Reader(ontology, annotator)
    collecting = gc.isenabled()
    gc.disable()  # it would walk through millions of values of which none is in a cycle
    try:
        reader.take_all(data, offset)
    except RecursionError as error:
        raise msgspec.DecodeError(str(error))
    finally:
        if collecting:
            gc.enable()
    return reader.found


def _read(annotation: UnreadAnnotation, some: bytes = b"") -> list[Region]:
    """Return an annotation's regions, or some of them; raises msgspec.ValidationError where one is none."""
    try:
        return _regions.decode(some or annotation.result)
    except (msgspec.ValidationError, UnicodeDecodeError) as error:
        if some:
            _read(annotation)  # raises it with its place among all
        raise msgspec.ValidationError(f"annotation {annotation.id}: {error}")


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

    def __init__(self, ontology: Ontology, annotator: str) -> None:
        self.ontology = ontology
        self.annotator = annotator
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
        self.scanner = Scanner(self.span_labels, self.relation_labels, symmetric, LABEL) if COMPILED else None
        self.found = Findings.of(ontology.attribute_names)
        self.refusals = self.found.refusals

    def take_all(self, data: bytes, offset: int) -> None:
        """Take over the tasks of an array. offset: of the array in the export, bytes."""
        before, of = self.found.sizes(), list[int]()
        refused = len(self.refusals)
        try:
            for number, task in enumerate(_tasks.decode(data)):
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
            before, refused, byte = self.found.sizes(), len(self.refusals), offset + place
            try:
                self.take(_task.decode(raw))
            except _UNREADABLE as error:
                self.found.cut(before)
                self.found.tasks += 1
                fault = Fault("studio-task", f"byte {byte} of the export", str(error))
                self.refusals.append(Refusal(fault, 0, 0, lost=True))
            self.refusals[refused:] = [replace(refusal, byte=byte) for refusal in self.refusals[refused:]]

    def take(self, task: Task) -> None:
        """Take over a task's annotations; refuse it whole where its text is not what was pushed."""
        self.found.tasks += 1
        data = task.data
        doc_id = data.doc_id or f"task-{task.id}"
        digest = sha256_text(data.text)
        if data.text_sha256 and data.text_sha256 != digest:
            what = f"the text has sha256 {digest[:12]}…, pushed was {data.text_sha256[:12]}…"
            fault = Fault("studio-text-edited", f"{doc_id} > task {task.id}", what)
            self.refusals.append(Refusal(fault, task.id, 0, lost=True))
            return
        if not task.annotations and not task.drafts:
            self.found.untouched.append((self._who(task, None, task.id), doc_id))
        if self.scanner:
            self.scanner.open(data.text)
        row = self.found.annotations.append
        whose = [self._who(task, one.completed_by, one.id) for one in task.annotations]
        newest: dict[str, Annotation] = {}
        for who, annotation in zip(whose, task.annotations, strict=True):
            if not annotation.was_cancelled and (who not in newest or _age(newest[who]) < _age(annotation)):
                newest[who] = annotation
        for who, annotation in zip(whose, task.annotations, strict=True):
            state, counts = CANCELLED, (0, 0)
            if not annotation.was_cancelled:
                state = FINISHED if newest[who] is annotation else SUPERSEDED
            if state == FINISHED:
                counts = self.labels(_Place(task, annotation, doc_id, who))
            known = (digest, annotation.updated_at, annotation.lead_time)
            row(Row(doc_id, who, task.id, annotation.id, state, *known, *counts))
        for draft in task.drafts:
            if isinstance(draft, int):
                row(Row(doc_id, self._who(task, None, draft), task.id, draft, DRAFT, digest, "", None))
            else:
                who = self._who(task, draft.user if isinstance(draft.user, int) else None, draft.id)
                row(Row(doc_id, who, task.id, draft.id, DRAFT, digest, draft.updated_at, None))

    def _who(self, task: Task, user: int | User | None, number: int) -> str:
        """Return whose an annotation or draft is. number: its own, which names who is not known.

        Two that nobody is named for may be two people's, and neither replaces the other.
        """
        if task.data.annotator or self.annotator:
            return task.data.annotator or self.annotator
        known = user.id if isinstance(user, User) else user
        return f"user-{known}" if known else f"unknown-{number}"

    def refuse(self, at: _Place, region: Region | str, code: str, what: str, *, lost: bool = True) -> None:
        if isinstance(region, Region):
            value = region.value
            if value is None:
                region = f"relation {region.from_id} → {region.to_id}"
            else:
                quoted = f' "{value.text}"' if isinstance(value.text, str) else ""
                region = f"region {region.id}{quoted} {value.start}:{value.end}"
        place = f"{at.doc_id} > task {at.task.id} > annotation {at.annotation.id} > {region}"
        self.refusals.append(Refusal(Fault(code, place, what), at.task.id, at.annotation.id, lost))

    def labels(self, at: _Place) -> tuple[int, int]:
        """Append an annotation's spans, their attributes and its relations; return how many of each.

        Raises msgspec.ValidationError or UnicodeDecodeError where its regions are none.
        """
        found = self.found
        first, before = len(found.labels), len(found.relation_labels)
        others, arcs = self._scanned(at) or self._spans(at)
        for region in others:  # behind all spans, since an attribute may stand before its own
            self._attribute(at, region)
        size = len(found.labels) - first
        if self.asks:
            for row in range(first, first + size):
                self._needed(at, row)
        self._arcs(at, arcs)
        return size, len(found.relation_labels) - before

    def _scanned(self, at: _Place) -> tuple[list[Region], list[Region]] | None:
        """Append an annotation's spans and relations if nothing in it needs a second look, else nothing.

        Returns the other regions, and no relations.
        """
        if not self.scanner or not isinstance(at.annotation, UnreadAnnotation):
            return None
        taken = self.scanner.take(at.annotation.result, self.found)
        if taken is None:
            return None
        others, at.rows = taken
        return _read(at.annotation, b"[%b]" % b",".join(others)) if others else [], []

    def _spans(self, at: _Place) -> tuple[list[Region], list[Region]]:
        """Append an annotation's spans; return the other regions, with a value and without."""
        annotation = at.annotation
        taken: dict[tuple[str, int, int], int] = {}
        others: list[Region] = []
        arcs: list[Region] = []
        for region in _read(annotation) if isinstance(annotation, UnreadAnnotation) else annotation.result:
            if region.value is None:
                arcs.append(region)
            elif region.from_name == LABEL:
                self._span(at, region, taken)
            else:
                others.append(region)
        for name in at.shared:
            at.rows.pop(name, None)
        return others, arcs

    def _span(self, at: _Place, region: Region, taken: dict[tuple[str, int, int], int]) -> None:
        value, text, found = region.value, at.task.data.text, self.found
        if value is None or value.labels is None or len(value.labels) != 1:
            said = value.labels if value else None
            self.refuse(at, region, "studio-region", f"a span has one label, this has {said or 'none'}")
            return
        label = value.labels[0]
        if label not in self.needed:
            self.refuse(at, region, "span-label", f"no label {label!r} in the ontology")
            return
        start, end, surface = value.start, value.end, value.text
        if start is None or end is None or not 0 <= start < end <= len(text) or text[start:end] != surface:
            located = locate(text, start, end, surface if isinstance(surface, str) else None)
            if isinstance(located, str):
                self.refuse(at, region, "studio-offset", located)
                return
            start, end = located
            surface = text[start:end]
        key = label, start, end
        row = taken.get(key, -1)
        if row >= 0:
            what = f"another region is {span_id(*key)} too"
            self.refuse(at, region, "span-duplicate", what, lost=False)
        else:
            row = taken[key] = len(found.labels)
            found.labels.append(self.known[label])
            found.starts.append(start)
            found.ends.append(end)
            found.texts.append(surface)
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
            self.refuse(at, region, "attribute-value", f"{name} {values[0]!r} is no value", lost=False)

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
            if arc.type != "relation":
                self.refuse(at, arc, "studio-region", "it is no relation, and has no value")
                continue
            head, tail = at.rows.get(arc.from_id), at.rows.get(arc.to_id)
            if not at.shared.isdisjoint((arc.from_id, arc.to_id)):
                self.refuse(at, arc, "relation-dangling", "an end is one of several regions")
                continue
            if head is None or tail is None:
                self.refuse(at, arc, "relation-dangling", "an end is no labelled region")
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


def _age(annotation: Annotation) -> tuple[str, int]:
    """Return what is larger for the newer of two annotations; times are ISO 8601 in UTC, of one form."""
    return annotation.updated_at, annotation.id


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
