"""What people decided in Label Studio, as columns: its JSON export read, checked and laid out flat.

One path whatever the size: typed decoding of the fields needed, then columns in the schemas of
`parley.tables`; label files are made from those columns. A label that cannot be carried over as it is
becomes a named refusal with its place, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pyarrow as pa

from parley.faults import Fault
from parley.label_studio.batches import (
    ANNOTATION_SCHEMA,
    CANCELLED,
    DRAFT,
    FINISHED,
    PROPOSAL_SCHEMA,
    SUPERSEDED,
    Batch,
    Refusal,
    layers,
)
from parley.label_studio.controls import LABEL, Control, controls
from parley.label_studio.offsets import locate
from parley.label_studio.regions import Annotation, Region, Task, User, layer_to_result
from parley.labels import Span, relation_id, sha256_text, span_id
from parley.ontology import Ontology
from parley.tables import RELATION_SCHEMA, span_schema

__all__ = ["Batch", "Refusal", "decode_batch", "layer_to_result", "layers", "read_regions"]

_tasks = msgspec.json.Decoder(list[Task])
_raw_tasks = msgspec.json.Decoder(list[msgspec.Raw])
_task = msgspec.json.Decoder(Task)


def decode_batch(data: bytes | list[Task], ontology: Ontology, annotator: str = "") -> Batch:
    """Read the tasks of a JSON export, an array of them, into columns.

    annotator: whose annotations these are; without it the task says, else the user who completed each
    (`user-7`). Of several annotations of a task by one annotator the newest counts. A label that cannot be
    carried over is left out and named in `refusals`; a task that cannot be read is left out whole.
    Raises msgspec.DecodeError where `data` is no JSON array.
    """
    reader = _Reader(ontology, annotator)
    if isinstance(data, list):
        tasks = data
    else:
        try:
            tasks = _tasks.decode(data)
        except msgspec.ValidationError:  # one bad task must not cost the others
            tasks = list(reader.readable(_raw_tasks.decode(data)))
    for task in tasks:
        reader.take(task)
    return reader.batch()


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
        alone = Annotation(annotation.id, regions)
        if reader.labels(_Place(task, alone, task.data.doc_id, ""))[0]:
            read.append(name)
    made = zip(*(reader.spans[name] for name in ("start", "end", "text", "label")), strict=True)
    spans = {}
    for row, (name, (start, end, text, label)) in enumerate(zip(read, made, strict=True)):
        values = {n: by_row[row] for n, by_row in reader.attributes.items() if row in by_row}
        spans[name] = Span(span_id(label, start, end), start, end, text, label, values)
    return spans, reader.refusals


@dataclass
class _Place:
    """The annotation at hand, and what is known of its regions so far."""

    task: Task
    annotation: Annotation
    doc_id: str
    who: str
    rows: dict[str, int] = field(default_factory=dict)  # region id → row in the span columns
    proposed: set[tuple[int, str]] = field(default_factory=set)  # row and attribute


class _Reader:
    """Fills the columns of one batch, task by task."""

    def __init__(self, ontology: Ontology, annotator: str) -> None:
        self.ontology = ontology
        self.annotator = annotator
        self.controls: dict[str, Control] = {c.name: c for c in controls(ontology)}
        self.symmetric = {name: label.symmetric for name, label in ontology.relation_by_name.items()}
        self.needed = {
            label: [a for a in attributes.values() if a.required or a.required_when]
            for label, attributes in ontology.attributes_of.items()
        }
        self.annotations: dict[str, list[Any]] = {name: [] for name in ANNOTATION_SCHEMA.names}
        self.spans: dict[str, list[Any]] = {
            name: [] for name in ("doc_id", "annotator", "id", "label", "start", "end", "text")
        }
        self.attributes: dict[str, dict[int, str]] = {name: {} for name in ontology.attribute_names}  # by row
        self.relations: dict[str, list[str]] = {name: [] for name in RELATION_SCHEMA.names}
        self.proposals: dict[str, list[str]] = {name: [] for name in PROPOSAL_SCHEMA.names}
        self.refusals: list[Refusal] = []
        self.tasks = 0
        self.untouched: list[tuple[str, str]] = []

    def batch(self) -> Batch:
        size = len(self.spans["id"])
        spans = dict(self.spans)
        for name, by_row in self.attributes.items():
            column: list[str | None] = [None] * size
            for row, value in by_row.items():
                column[row] = value
            spans[name] = column
        return Batch(
            pa.table(self.annotations, schema=ANNOTATION_SCHEMA),
            pa.table(spans, schema=span_schema(self.ontology)),
            pa.table(self.relations, schema=RELATION_SCHEMA),
            pa.table(self.proposals, schema=PROPOSAL_SCHEMA),
            self.refusals,
            self.tasks,
            self.untouched,
        )

    def readable(self, raw: list[msgspec.Raw]) -> Iterator[Task]:
        """Yield the tasks that can be read; name the others."""
        for number, one in enumerate(raw):
            try:
                yield _task.decode(one)
            except msgspec.ValidationError as error:
                self.tasks += 1
                fault = Fault("studio-task", f"entry {number} of the export", str(error))
                self.refusals.append(Refusal(fault, 0, 0, lost=True))

    def take(self, task: Task) -> None:
        """Take over a task's annotations; refuse it whole where its text is not what was pushed."""
        self.tasks += 1
        data = task.data
        doc_id = data.doc_id or f"task-{task.id}"
        digest = sha256_text(data.text)
        if data.text_sha256 and data.text_sha256 != digest:
            what = f"the text has sha256 {digest[:12]}…, pushed was {data.text_sha256[:12]}…"
            fault = Fault("studio-text-edited", f"{doc_id} > task {task.id}", what)
            self.refusals.append(Refusal(fault, task.id, 0, lost=True))
            return
        if not task.annotations and not task.drafts:
            self.untouched.append((self._who(task, None), doc_id))
        newest: dict[str, Annotation] = {}
        for annotation in task.annotations:
            if not annotation.was_cancelled:
                who = self._who(task, annotation.completed_by)
                if who not in newest or _age(newest[who]) < _age(annotation):
                    newest[who] = annotation
        for annotation in task.annotations:
            who = self._who(task, annotation.completed_by)
            state, counts = CANCELLED, (0, 0)
            if not annotation.was_cancelled:
                state = FINISHED if newest[who] is annotation else SUPERSEDED
            if state == FINISHED:
                counts = self.labels(_Place(task, annotation, doc_id, who))
            known = (digest, annotation.updated_at, annotation.lead_time)
            self._row(doc_id, who, task.id, annotation.id, state, *known, *counts)
        for draft in task.drafts:
            if isinstance(draft, int):
                self._row(doc_id, self._who(task, None), task.id, draft, DRAFT, digest, "", None, 0, 0)
            else:
                who = self._who(task, draft.user if isinstance(draft.user, int) else None)
                self._row(doc_id, who, task.id, draft.id, DRAFT, digest, draft.updated_at, None, 0, 0)

    def _who(self, task: Task, user: int | User | None) -> str:
        if self.annotator or task.data.annotator:
            return self.annotator or task.data.annotator
        return f"user-{user.id if isinstance(user, User) else user or 0}"

    def _row(self, *row: str | float | None) -> None:
        for column, value in zip(self.annotations.values(), row, strict=True):
            column.append(value)

    def _refuse(self, at: _Place, region: Region | str, code: str, what: str, *, lost: bool = True) -> None:
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
        """Append an annotation's spans, their attributes and its relations; return how many of each."""
        first = len(self.spans["id"])
        said: list[Region] = []
        arcs: list[Region] = []
        taken: dict[str, int] = {}  # span id → row
        for region in at.annotation.result:
            if region.type == "relation":
                arcs.append(region)
            elif region.from_name == LABEL:
                self._span(at, region, taken)
            else:
                said.append(region)  # an attribute may stand before its span
        size = len(self.spans["id"]) - first
        self.spans["doc_id"] += [at.doc_id] * size
        self.spans["annotator"] += [at.who] * size
        for region in said:
            self._attribute(at, region)
        for row in range(first, first + size):
            self._needed(at, row)
        return size, self._arcs(at, arcs)

    def _span(self, at: _Place, region: Region, taken: dict[str, int]) -> None:
        value, text, spans = region.value, at.task.data.text, self.spans
        if value is None or value.labels is None or len(value.labels) != 1:
            said = value.labels if value else None
            self._refuse(at, region, "studio-region", f"a span has one label, this has {said or 'none'}")
            return
        label = value.labels[0]
        if label not in self.needed:
            self._refuse(at, region, "span-label", f"no label {label!r} in the ontology")
            return
        start, end, surface = value.start, value.end, value.text
        if start is None or end is None or not 0 <= start < end <= len(text) or text[start:end] != surface:
            found = locate(text, start, end, surface if isinstance(surface, str) else None)
            if isinstance(found, str):
                self._refuse(at, region, "studio-offset", found)
                return
            start, end = found
            surface = text[start:end]
        name = span_id(label, start, end)
        row = taken.get(name, -1)
        if row >= 0:
            self._refuse(at, region, "span-duplicate", f"another region is {name} too", lost=False)
        else:
            row = taken[name] = len(spans["id"])
            spans["id"].append(name)
            spans["label"].append(label)
            spans["start"].append(start)
            spans["end"].append(end)
            spans["text"].append(surface)
        at.rows[region.id] = row

    def _attribute(self, at: _Place, region: Region) -> None:
        control = self.controls.get(region.from_name)
        if control is None or region.value is None:
            self._refuse(at, region, "studio-region", f"no control {region.from_name!r} on the screen")
            return
        row = at.rows.get(region.id)
        if row is None:
            self._refuse(at, region, "studio-region", f"{control.attribute.name} of a region without a label")
            return
        values = _values(region, control)
        if not values:
            return
        name, label = control.attribute.name, self.spans["label"][row]
        if len(values) > 1:
            self._refuse(at, region, "attribute-value", f"{name} has {len(values)} values: {values}")
        elif label not in control.labels:
            self._refuse(at, region, "attribute-unknown", f"{label} has no {control.name}")
        elif control.proposes:
            at.proposed.add((row, name))
            row_of = (at.doc_id, at.who, self.spans["id"][row], name, values[0])
            for column, value in zip(self.proposals.values(), row_of, strict=True):
                column.append(value)
        elif self.attributes[name].setdefault(row, values[0]) != values[0]:
            self._refuse(at, region, "attribute-value", f"{name} is given twice, and differs")
        elif control.tag == "choices" and values[0] not in control.attribute.values:
            self._refuse(at, region, "attribute-value", f"{name} {values[0]!r} is no value", lost=False)

    def _needed(self, at: _Place, row: int) -> None:
        """Name the required attributes a span lacks; an entity may be proposed instead of chosen."""
        needed = self.needed[self.spans["label"][row]]
        if not needed:
            return
        has = {name: by_row[row] for name, by_row in self.attributes.items() if row in by_row}
        for attribute in needed:
            name = attribute.name
            if name not in has and attribute.is_required(has) and (row, name) not in at.proposed:
                where = f'{self.spans["id"][row]} "{self.spans["text"][row]}"'
                self._refuse(at, where, "attribute-missing", f"{name} is not set", lost=False)

    def _arcs(self, at: _Place, arcs: list[Region]) -> int:
        """Append relations, turned so that they run from head to tail; return how many."""
        relations = self.relations
        taken: set[str] = set()
        for arc in arcs:
            head, tail = at.rows.get(arc.from_id), at.rows.get(arc.to_id)
            if head is None or tail is None:
                self._refuse(at, arc, "relation-dangling", "an end is no labelled region")
                continue
            if arc.direction == "left":
                head, tail = tail, head
            if not arc.labels:
                self._refuse(at, arc, "relation-label", "the relation has no label")
            for label in arc.labels or ():
                symmetric = self.symmetric.get(label)
                if symmetric is None:
                    self._refuse(at, arc, "relation-label", f"no relation {label!r} in the ontology")
                    continue
                ends = head, tail
                if symmetric:
                    ends = max(head, tail, key=self._order), min(head, tail, key=self._order)
                # a direction left out is the screen's default, from the first region to the second
                elif arc.direction not in ("right", "left", None):
                    what = f"{label} has a head and a tail, its direction is {arc.direction!r}"
                    self._refuse(at, arc, "studio-direction", what)
                    continue
                ids = self.spans["id"][ends[0]], self.spans["id"][ends[1]]
                name = relation_id(ids[0], label, ids[1])
                if name in taken:
                    self._refuse(at, arc, "relation-duplicate", f"{name} is drawn twice", lost=False)
                    continue
                taken.add(name)
                relations["id"].append(name)
                relations["label"].append(label)
                relations["head"].append(ids[0])
                relations["tail"].append(ids[1])
        relations["doc_id"] += [at.doc_id] * len(taken)
        relations["annotator"] += [at.who] * len(taken)
        return len(taken)

    def _order(self, row: int) -> tuple[int, int, str]:
        return self.spans["start"][row], -self.spans["end"][row], self.spans["label"][row]


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
