"""The regions of an annotation become spans, attributes and relations, label by label.

A label that cannot be carried over as it is becomes a named refusal with its place, never a guess. Plain
annotations are read by the compiled `Scanner`; of the others each region is read here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from parley.faults import Fault
from parley.label_studio.export import compiled
from parley.label_studio.export.findings import REGION, RELATION, Findings, Refusal, Remark
from parley.label_studio.export.foreign import ForeignAnnotation, Problem
from parley.label_studio.export.limits import LIMITS, Limits
from parley.label_studio.export.offsets import countings, locate
from parley.label_studio.export.regions import (
    Annotation,
    Region,
    ServerRegion,
    Task,
    TaskData,
    UnreadAnnotation,
    Value,
)
from parley.label_studio.screen import LABEL, TEXT, Control, controls
from parley.model.entities import proposed, proposed_name
from parley.model.labels import relation_id, span_id
from parley.model.ontology import DOCUMENT, Ontology
from parley.values.number import spelled_or_not
from parley.values.several import members, several

_EMPTY: tuple[Any, ...] = (None, "", [], {})
_regions: msgspec.json.Decoder[list[Region]] = msgspec.json.Decoder(list[ServerRegion])


def whole(text: str) -> str:
    """Return a text that can be written: half a surrogate pair, which foreign JSON may have, is escaped."""
    return text.encode(errors="backslashreplace").decode()


@dataclass(slots=True)
class Place:
    """What is read, and what is known of its regions so far. annotation: None for a task as such."""

    task: Task
    doc_id: str
    annotation: Annotation | None = None
    who: str = ""
    rows: dict[str, int] = field(default_factory=dict)  # region id → row in the span columns
    shared: set[str] = field(default_factory=set)  # ids of several regions: who names one may mean any
    proposed: dict[tuple[int, str], tuple[Region, str]] = field(default_factory=dict)  # by row, attribute


class ResultReader:
    """Reads the regions of annotations into the columns of `found`. byte: at which their task begins."""

    def __init__(self, ontology: Ontology, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self.controls: dict[str, Control] = {c.name: c for c in controls(ontology)}
        self.symmetric = {name: label.symmetric for name, label in ontology.relation_by_name.items()}
        self.needed = {
            label: [a for a in attributes.values() if a.required or a.required_when]
            for label, attributes in ontology.attributes_of.items()
        }
        self.asks = any(self.needed.values())
        self.of_document = ontology.of_document
        # in the columns a label is its place among the ontology's
        self.span_labels, self.relation_labels = tuple(self.needed), tuple(self.symmetric)
        labels = self.span_labels, self.relation_labels, tuple(self.symmetric.values())
        self.scanner = compiled.new_scanner(*labels)
        self.several_countings = False
        self.byte = 0
        self.found = Findings.of(ontology.attribute_names, self.of_document)

    def open(self, data: TaskData) -> None:
        """Begin with a task: its annotations are on this text."""
        # of a tool that is not known a region may fit in several ways
        self.several_countings = not data.text_sha256 and len(countings(data.text)) > 1
        if self.scanner:
            self.scanner.open(data.text)

    def refuse(
        self,
        at: Place,
        region: Region | str,
        code: str,
        what: str,
        *,
        lost: bool = True,
        unit: str = "",
        number: int = 1,
    ) -> None:
        """Name what is wrong. region, or unit and number: what is in no table for it."""
        place, annotation = f"{at.doc_id} > task {at.task.id}", None
        if at.annotation is not None:
            annotation = at.annotation.id
            place += f" > annotation {annotation}"
        if isinstance(region, Region):
            unit = RELATION if region.value is None else REGION
            region = self._name(region)
        place += f" > {region}" if region else ""
        fault = Fault(code, whole(place), whole(what))
        self.found.refusals.append(Refusal(fault, at.task.id, annotation, lost, unit, number, self.byte))

    def labels(self, at: Place, annotation: Annotation) -> tuple[int, int]:
        """Append an annotation's spans, their attributes and its relations; return how many of each.

        Raises msgspec.ValidationError or UnicodeDecodeError if its regions are none.
        """
        found = self.found
        first, before = len(found.labels), len(found.relation_labels)
        self.judge(at, annotation)
        others, arcs = self._scanned(at, annotation) or self._spans(at, annotation)
        for region in others:  # after all spans, since an attribute may come before its own
            if self._belongs(at, region):
                (self._document if self.is_of_document(region) else self._attribute)(at, region)
        self._propose(at)
        size = len(found.labels) - first
        if self.asks:
            for row in range(first, first + size):
                self._needed(at, row)
        self._arcs(at, arcs)
        self._needed_of_document(at)
        return size, len(found.relation_labels) - before

    def judge(self, at: Place, annotation: Annotation) -> None:
        """Name what of an annotation could not be read, and keep what somebody wrote on that and on it."""
        if isinstance(annotation, ForeignAnnotation):
            for problem in annotation.problems:
                self.leave_out(at, problem)
                self.keep_remarks(at, problem.place, problem.meta)
            self.keep_remarks(at, "", annotation.remarks)
        if annotation.result_count and has_none(annotation):
            what = f"it says that it has {annotation.result_count} regions, and none is there"
            self.refuse(at, "", "studio-count", what)

    def leave_out(self, at: Place, problem: Problem) -> None:
        """Name what could not be read."""
        unit, code, place, what, number, _ = problem
        self.refuse(at, place, code, what, lost=bool(unit), unit=unit, number=number)

    def label(self, row: int) -> str:
        """Return the label of a span."""
        return self.span_labels[self.found.labels[row]]

    def _belongs(self, at: Place, region: Region) -> bool:
        """Say whether a region is on the article's text; keep what the annotator wrote on it."""
        self.keep_remarks(at, region.id, region.meta)
        if region.to_name in ("", TEXT):
            return True
        self.refuse(at, region, "studio-region", f"it is on {region.to_name!r}, not on the article's text")
        return False

    def keep_remarks(self, at: Place, region: str, meta: object) -> None:
        """Note what somebody wrote on a region, on the annotation if that is ""."""
        if at.annotation is None:
            return
        for line in _lines(meta):
            where = at.doc_id, at.who, at.task.id, at.annotation.id, whole(region)
            self.found.remarks.append(Remark(*where, whole(line)))

    def _scanned(self, at: Place, annotation: Annotation) -> tuple[list[Region], list[Region]] | None:
        """Append an annotation's spans and relations if nothing in it needs a second look, else nothing.

        Returns the other regions, and no relations.
        """
        if not self.scanner or self.several_countings or not isinstance(annotation, UnreadAnnotation):
            return None
        taken = self.scanner.take(annotation.result, self.found)
        if taken is None:
            return None
        others, at.rows = taken
        return _decoded(b"[%b]" % b",".join(others)) if others else [], []

    def _spans(self, at: Place, annotation: Annotation) -> tuple[list[Region], list[Region]]:
        """Append an annotation's spans; return the other regions, with a value and without."""
        regions: list[Region] = annotation.result
        if isinstance(annotation, UnreadAnnotation):
            regions = _decoded(bytes(annotation.result))
        labelled: list[tuple[Region, Value, str]] = []
        others: list[Region] = []
        arcs: list[Region] = []
        for region in regions:
            if region.value is None:
                arcs.append(region)
            elif region.from_name != LABEL:
                others.append(region)
            elif self._belongs(at, region) and (label := self._one_label(at, region, region.value)):
                labelled.append((region, region.value, label))
        data = at.task.data
        given = [(v.start, v.end, v.text[0] if isinstance(v.text, list) else v.text) for _, v, _ in labelled]
        places = locate(data.text, given, documented=bool(data.text_sha256))
        found = self.found
        taken: dict[tuple[str, int, int], int] = {}
        for (region, _, label), place in zip(labelled, places, strict=True):
            if isinstance(place, str):
                self.refuse(at, region, "studio-offset", place)
                continue
            row = taken.setdefault((label, *place), len(found.labels))
            if row < len(found.labels):
                what = f"another region is {span_id(label, *place)} too"
                self.refuse(at, region, "span-duplicate", what, lost=False)
            else:
                found.labels.append(self.span_labels.index(label))
                found.starts.append(place[0])
                found.ends.append(place[1])
                found.texts.append(data.text[slice(*place)])
                if len(found.texts.data) > self.limits.task:  # more than any of them can quote
                    raise self.limits.exceeded("task", f"what the regions of task {at.task.id} cover")
            if not region.id or at.rows.setdefault(region.id, row) != row:
                at.shared.add(region.id)
        for name in at.shared:
            at.rows.pop(name, None)
        return others, arcs

    def _one_label(self, at: Place, region: Region, value: Value) -> str:
        """Return a region's one label, which the ontology knows, or "" after refusing the region."""
        labels = value.labels
        if labels is None or len(labels) != 1:
            self.refuse(at, region, "studio-region", f"a span has one label, this has {labels or 'none'}")
            return ""
        if isinstance(value.text, list) and len(value.text) != 1:
            self.refuse(at, region, "studio-region", f"a span quotes one text, this {len(value.text)}")
            return ""
        if labels[0] not in self.needed:
            self.refuse(at, region, "span-label", f"no label {labels[0]!r} in the ontology")
            return ""
        return labels[0]

    def _attribute(self, at: Place, region: Region) -> None:
        control, value = self.controls.get(region.from_name), region.value
        if control is None or value is None:
            self.refuse(at, region, "studio-region", f"no control {region.from_name!r} on the screen")
            return
        name, row = control.attribute.name, at.rows.get(region.id)
        if region.id in at.shared:
            self.refuse(at, region, "studio-region", f"{name} of one of several regions")
            return
        if row is None:
            self.refuse(at, region, "studio-region", f"{name} of a region without a label")
            return
        given = self._one_value(at, region, value, control)
        if given is None:
            return
        if self.label(row) not in control.labels:
            self.refuse(at, region, "attribute-unknown", f"{self.label(row)} has no {control.name}")
        elif control.proposes:
            new = given if control.attribute.several else proposed(given)
            at.proposed[row, name] = region, new
        else:
            self._take(at, region, control, given, self.found.attributes[name].setdefault(row, given))

    def _name(self, region: Region) -> str:
        """Return a region as faults name it."""
        if self.is_of_document(region):
            return f"{DOCUMENT} > {self.controls[region.from_name].attribute.name}"
        return _named(region)

    def is_of_document(self, region: Region) -> bool:
        """Say whether a region is a control's that is about the whole article."""
        control = self.controls.get(region.from_name)
        return control is not None and control.of_document

    def take_document(self, at: Place, regions: Sequence[Region]) -> None:
        """Take over what some regions say of the whole article; others are left aside."""
        for region in regions:
            if self.is_of_document(region) and self._belongs(at, region):
                self._document(at, region)

    def _document(self, at: Place, region: Region) -> None:
        """Take over what is said of the whole article."""
        control, value = self.controls[region.from_name], region.value
        if value is None:
            self.refuse(at, region, "studio-region", "it has no value")
            return
        if value.start is not None or value.end is not None:
            what = f"{control.attribute.name} is of the whole article, this is of {value.start}:{value.end}"
            self.refuse(at, region, "studio-region", what)
            return
        given = self._one_value(at, region, value, control)
        if given is not None:
            by_row = self.found.of_document[control.attribute.name]
            self._take(at, region, control, given, by_row.setdefault(len(self.found.annotations), given))

    def _one_value(self, at: Place, region: Region, value: Value, control: Control) -> str | None:
        """Return the one value of a region; None if there is none, or it is refused."""
        values = _values(value, control)
        if values and control.attribute.several:
            values = [several(filter(None, map(proposed, values)) if control.proposes else values)]
        if not values:
            written = value.text if control.tag != "textarea" and isinstance(value.text, list) else None
            if any((value.labels, value.choices, value.taxonomy, written, value.number is not None)):
                self.refuse(at, region, "studio-region", f"it has no value of the kind {control.tag}")
            return None
        if len(values) > 1:
            what = f"{control.attribute.name} has {len(values)} values: {values}"
            self.refuse(at, region, "attribute-value", what)
            return None
        return values[0]

    def _take(self, at: Place, region: Region, control: Control, given: str, taken: str) -> None:
        """Name what is wrong with a value. taken: the one that is there."""
        name = control.attribute.name
        if taken != given:
            self.refuse(at, region, "attribute-value", f"{name} is given twice, and differs")
        elif control.tag == "choices" and given not in control.attribute.values:
            what = f"{name} {given!r} is not a value"
            self.refuse(at, self._name(region), "attribute-value", what, lost=False)

    def _propose(self, at: Place) -> None:
        """Keep the names that are proposed for entities, in place of rows that nobody chose."""
        for (row, name), (region, new) in at.proposed.items():
            by_row = self.found.attributes[name]
            if self.controls[region.from_name].attribute.several:
                together = [*(members(by_row[row]) if row in by_row else ()), *members(new)]
                if any(together) and new != several(()):
                    by_row[row] = several(together)
            elif row in by_row:
                what = f"{by_row[row]!r} is chosen, and {proposed_name(new)!r} is written as new: clear one"
                self.refuse(at, region, "entity-proposed", what, lost=False)
            elif new:
                by_row[row] = new

    def _needed(self, at: Place, row: int) -> None:
        """Name the required attributes a span lacks."""
        needed = self.needed[self.label(row)]
        if not needed:
            return
        has = {name: by_row[row] for name, by_row in self.found.attributes.items() if row in by_row}
        for attribute in needed:
            name = attribute.name
            if name not in has and attribute.is_required(has):
                where = f'{self._id(row)} "{self.found.texts[row]}"'
                self.refuse(at, where, "attribute-missing", f"{name} is not set", lost=False)

    def _needed_of_document(self, at: Place) -> None:
        """Name the required attributes that the document lacks."""
        row = len(self.found.annotations)
        has = {name: by_row[row] for name, by_row in self.found.of_document.items() if row in by_row}
        for name, attribute in self.of_document.items():
            if name not in has and attribute.is_required(has):
                self.refuse(at, f"{DOCUMENT} > {name}", "attribute-missing", f"{name} is not set", lost=False)

    def _arcs(self, at: Place, arcs: list[Region]) -> None:
        """Append relations, turned so that they run from head to tail."""
        found = self.found
        taken: set[tuple[int, str, int]] = set()
        for arc in arcs:
            self.keep_remarks(at, arc.id or f"{arc.from_id} → {arc.to_id}", arc.meta)
            several = max(1, len(arc.labels or ()))
            if arc.type != "relation":
                self.refuse(
                    at, arc, "studio-region", "it is not a relation, and has no value", number=several
                )
                continue
            head, tail = at.rows.get(arc.from_id), at.rows.get(arc.to_id)
            shared = not at.shared.isdisjoint((arc.from_id, arc.to_id))
            if shared or head is None or tail is None:
                what = "an end is one of several regions" if shared else "an end is not a labelled region"
                self.refuse(at, arc, "relation-dangling", what, number=several)
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
                found.relation_labels.append(self.relation_labels.index(label))
                found.heads.append(ends[0])
                found.tails.append(ends[1])

    def _id(self, row: int) -> str:
        return span_id(self.label(row), self.found.starts[row], self.found.ends[row])

    def _order(self, row: int) -> tuple[int, int, str]:
        return self.found.starts[row], -self.found.ends[row], self.label(row)


def has_none(annotation: Annotation) -> bool:
    """Say whether an annotation has no region, not even one that cannot be read."""
    if isinstance(annotation, ForeignAnnotation) and any(problem.unit for problem in annotation.problems):
        return False
    if isinstance(annotation, UnreadAnnotation):
        return not json.loads(bytes(annotation.result))
    return not annotation.result


def _decoded(regions: bytes) -> list[Region]:
    """Return regions; raises msgspec.ValidationError if one is none, or has a key twice or an unknown one."""
    compiled.refuse_repeated(regions)
    return _regions.decode(regions)


def _lines(meta: object) -> list[str]:
    """Return what somebody wrote, as lines; of an object its text, and all else that it has."""
    if isinstance(meta, dict):
        more = {key: value for key, value in meta.items() if key != "text" and value not in _EMPTY}
        return [
            *_lines(meta.get("text")),
            *([json.dumps(more, ensure_ascii=False, separators=(",", ":"))] if more else []),
        ]
    if isinstance(meta, list):
        return [line for one in meta for line in _lines(one)]
    return [str(meta)] if meta else []


def _named(region: Region) -> str:
    value = region.value
    if value is None:
        return f"relation {region.from_id} → {region.to_id}"
    quoted = f' "{value.text}"' if isinstance(value.text, str) else ""
    return f"region {region.id}{quoted} {value.start}:{value.end}"


def _values(value: Value, control: Control) -> list[str]:
    """Return what was chosen or written; of a taxonomy the leaves."""
    if control.tag == "choices":
        return value.choices or []
    if control.tag == "taxonomy":
        return [path[-1] for path in value.taxonomy or [] if path]
    if control.tag == "number":
        return [] if value.number is None else [spelled_or_not(value.number)]
    return [value.text] if isinstance(value.text, str) else value.text or []
