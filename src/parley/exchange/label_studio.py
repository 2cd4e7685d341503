"""A project of Label Studio with another labelling config than the corpus' own: its JSON export as articles.

Tasks are read by `label_studio.export`, which bounds and judges them. Of an annotation a region with labels
is a span a label, what other controls say of it are its attributes, and what is drawn is a relation. Names
stay as the project has them. What cannot be read is reported with its label.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parley.exchange.articles import Article, Lost
from parley.exchange.import_report import ImportReport
from parley.exchange.names import ATTRIBUTE, DIFFERS, LABEL, NO_END, NOT_THERE, RELATION, Names
from parley.exchange.project_map import ProjectMap
from parley.exchange.studio_survey import survey
from parley.exchange.studio_tasks import (
    LONGEST_NAME,
    NO_LABEL,
    check_text,
    extent_of,
    predictions_of,
    said_of,
    shown,
    task_on_words,
)
from parley.faults import UsageError
from parley.label_studio.export.annotations import TaskReader, instant
from parley.label_studio.export.files import read_values
from parley.label_studio.export.findings import CANCELLED, DRAFT, REGION, SUPERSEDED, Findings
from parley.label_studio.export.foreign import Problem, Unreadable, read_task
from parley.label_studio.export.limits import LIMITS, Limits
from parley.label_studio.export.offsets import locate
from parley.label_studio.export.people import Whose, merge_people, name_of
from parley.label_studio.export.regions import Annotation, Region, Task
from parley.label_studio.export.results import Place, ResultReader
from parley.model.labels import DocumentLabel, Relation, Span, make_relation
from parley.values.several import several

UNREAD = "(unread)"  # in place of a label that could not be read
UPDATED, LEAD_TIME = "updated", "lead_time_s"  # in the metadata of an article

OTHER_TEXT = "on another text than the article's"
NOT_READ = "not to be read"
OTHER_CONTROL = "of a control that marks no text"
LABELLESS = "of a region without a label"
WHOLE = "of the whole document"
SHARED = "of one of several regions"
BOTH_WAYS = "drawn both ways, and has a head and a tail here"

_SAYING = frozenset({"choices", "textarea", "taxonomy", "number", "rating", "datetime"})
_UPLOADED = re.compile(r"[0-9a-f]{8}-")  # what the server puts before the name of a file


class ForeignReader(ResultReader):
    """Reads the regions of annotations as articles.

    names: what labels become. tag: what regions are on. article_names: of the task that is read. lost: what
    cannot be read of the annotation that is.
    """

    def __init__(self, names: Names, tag: str, limits: Limits) -> None:
        super().__init__(names.ontology, limits)
        self.names, self.tag = names, tag
        self.articles: list[Article] = []
        self.article_names: tuple[str, ...] = ()
        self.lost: list[Lost] = []
        self._of_words = {one.name for one in names.ontology.all_attributes if one.kind == "text"}

    def labels(self, at: Place, annotation: Annotation) -> tuple[int, int]:
        """Make an article of an annotation; return how many spans and relations it has."""
        self.lost = []
        self.judge(at, annotation)
        for region in annotation.result:
            of = region.id or f"{region.from_id} → {region.to_id}"
            self.keep_remarks(at, of, region.meta)
        regions = [one for one in annotation.result if one.value is not None]
        spans, said = self._labelled(at.task, regions), dict[str, str]()
        self._attributes(regions, spans, said)
        relations = tuple(self._drawn([one for one in annotation.result if one.value is None], spans))
        updated = annotation.updated_at or annotation.created_at
        metadata = {UPDATED: updated if instant(updated) else ""}  # an unreadable one is named by the reader
        if annotation.lead_time is not None:
            metadata[LEAD_TIME] = str(annotation.lead_time)
        made = tuple(span for some in spans.values() for span in some)
        data, lost = at.task.data, tuple(self.lost)
        known = data.doc_id, data.text, made, relations, metadata, (), lost, at.who, self.article_names
        self.articles.append(Article(*known, document=DocumentLabel(said) if said else None))
        return len(made), len(relations)

    def leave_out(self, at: Place, problem: Problem) -> None:
        """Count a label that could not be read as lost; name what else could not be."""
        if problem.unit:
            kind = "spans" if problem.unit == REGION else "relations"
            one = Lost(kind, UNREAD, NOT_READ, f"{problem.place}: {problem.message}")
            self.lost += [one] * problem.number
        else:
            super().leave_out(at, problem)

    def _labelled(self, task: Task, regions: Sequence[Region]) -> dict[str, list[Span]]:
        """Return the spans of regions, by region id."""
        labelled = []
        for region in regions:
            if region.value is None or region.value.labels is None:
                continue
            if self.tag and region.to_name not in ("", self.tag):
                why = f"{OTHER_TEXT}: {region.to_name}"
                self.lost += [Lost("spans", one, why, shown(region)) for one in self._of(region)]
            else:
                labelled.append(region)
        text = task.data.text
        found: dict[str, list[Span]] = {}
        places = locate(text, [extent_of(one.value) for one in labelled])
        covered = sum(place[1] - place[0] for place in places if not isinstance(place, str))
        if covered > self.limits.task:  # more than any of them can quote
            raise self.limits.exceeded("task", f"what the regions of task {task.id} cover")
        for number, (region, place) in enumerate(zip(labelled, places, strict=True)):
            for label in self._of(region):
                if isinstance(place, str):
                    self.lost.append(Lost("spans", label, NOT_THERE, place))
                elif label == NO_LABEL:
                    self.lost.append(Lost("spans", label, LABELLESS, shown(region)))
                else:
                    made = Span(f"{number} {region.id} {label}", *place, text[slice(*place)], label, {})
                    found.setdefault(region.id, []).append(made)
        return found

    def _of(self, region: Region) -> list[str]:
        """Return the labels of a region, with its control where the mapping tells them apart."""
        value = region.value
        found = (value.labels if value else None) or [NO_LABEL]
        ours = self.names.of[LABEL]
        return [f"{region.from_name}/{one}" if f"{region.from_name}/{one}" in ours else one for one in found]

    def _attributes(
        self, regions: Sequence[Region], spans: Mapping[str, list[Span]], whole: dict[str, str]
    ) -> None:
        """Put onto spans what other controls say of their regions; several lines of words are one text.

        whole: gets what is said of the whole document, if the ontology has an attribute for it.
        """
        for region in regions:
            said, own = said_of(region), spans.get(region.id, [])
            if region.value is None or region.value.labels is not None:
                continue
            if not said:
                self._without_words(region, spans)
                continue
            name, where = region.from_name, f"{shown(region)}: {', '.join(said)}"
            value = said[0]
            if len(said) > 1:
                is_text = self.names.target(ATTRIBUTE, name) in self._of_words
                value = "\n".join(said) if is_text else several(said)
            if not own and region.value.start is None and self._is_of_document(name):
                if whole.setdefault(name, value) != value:
                    self.lost.append(Lost("attributes", name, DIFFERS, where))
                continue
            places = {(span.start, span.end) for span in own}
            labels = {span.label for span in own}
            if not own or len(places) > 1 or len(labels) < len(own):
                why = SHARED if own else WHOLE if region.value.start is None else LABELLESS
                self.lost.append(Lost("attributes", name, why, where))
                continue
            for span in own:
                if span.attributes.setdefault(name, value) != value:
                    self.lost.append(Lost("attributes", name, DIFFERS, where))

    def _without_words(self, region: Region, spans: Mapping[str, list[Span]]) -> None:
        """Count a region that says nothing as lost, unless it is a control left empty or beside a label."""
        if region.type in _SAYING or spans.get(region.id):
            return
        is_stretch = region.value is not None and region.value.start is not None
        why = LABELLESS if is_stretch else f"{OTHER_CONTROL}: {region.type or 'without a type'}"
        self.lost.append(Lost("spans", NO_LABEL if is_stretch else region.from_name, why, shown(region)))

    def _is_of_document(self, control: str) -> bool:
        return self.names.target(ATTRIBUTE, control) in self.names.ontology.of_document

    def _drawn(self, arcs: Sequence[Region], spans: Mapping[str, list[Span]]) -> Iterator[Relation]:
        """Yield the relations of an annotation."""
        for arc in arcs:
            ends = (arc.to_id, arc.from_id) if arc.direction == "left" else (arc.from_id, arc.to_id)
            for label in arc.labels or [NO_LABEL]:
                where = f"from {arc.from_id} to {arc.to_id}"
                sizes = [len(spans.get(end, ())) for end in ends]
                known = self.symmetric.get(self.names.target(RELATION, label))
                if sizes != [1, 1]:
                    why = SHARED if max(sizes) > 1 else NO_END
                    self.lost.append(Lost("relations", label, why, where))
                elif arc.direction == "bi" and known is False:
                    self.lost.append(Lost("relations", label, BOTH_WAYS, where))
                else:
                    yield make_relation(label, *(spans[end][0] for end in ends))


class _Tasks(TaskReader):
    """Reads tasks, and leaves out the annotations of people who are left out. left: how many."""

    left = 0

    def _who(self, task: Task, doc_id: str, annotation: Annotation) -> str | None:
        if self.names and name_of(annotation.completed_by, self.names) == "":
            self.left += 1
            return None
        return super()._who(task, doc_id, annotation)


@dataclass(frozen=True)
class Export:
    """An export. text, article: fields of its data. tag: what shows the text. whose: as for `TaskReader`.

    chosen: as of `task_on_words`.
    """

    path: Path
    names: Names
    whose: Whose
    text: str
    tag: str = ""
    article: str = ""
    limits: Limits = LIMITS
    chosen: Collection[str] = ()

    def articles(self, done: ImportReport) -> Iterator[Article]:
        """Yield an article an annotation that counts. done: gets all else.

        Raises UsageError if the file is not a complete export.
        """
        reader = ForeignReader(self.names, self.tag, self.limits)
        tasks = _Tasks(self.names.ontology, self.whose, self.limits, reader)
        for byte, value in read_values(self.path, self.limits):
            reader.byte = byte
            try:
                tasks.take(read_task(self._task(value, reader)))
            except Unreadable as error:
                number = value.get("id") if isinstance(value, dict) else None
                tasks.refuse_task(byte, f"task {number}: {error}" if isinstance(number, int) else str(error))
            else:
                done.beside["predictions"] += predictions_of(value)
            yield from reader.articles
            _take_over(reader.found, done)
            reader.articles.clear()
        done.beside["annotations of people who are left out"] += tasks.left

    def _task(self, value: object, reader: ForeignReader) -> Mapping[str, Any]:
        """Return a task with its text and name where Parley's tasks have them; raises Unreadable."""
        task = task_on_words(value, self.chosen)
        data = task["data"]
        check_text(task, self.text)
        name = data.get(self.article) if self.article else ""
        uploaded = str(task.get("file_upload") or "")
        some = [held for key, held in data.items() if key != self.text]
        some += [uploaded, _UPLOADED.sub("", uploaded, count=1)]
        reader.article_names = tuple(
            one for one in some if isinstance(one, str) and one and len(one) <= LONGEST_NAME
        )
        doc_id = str(name) if isinstance(name, str | int) else ""
        return {**task, "data": {"text": data[self.text], "doc_id": doc_id}}


def read_projects(
    paths: Iterable[Path], names: Names, whose: Whose, plan: ProjectMap, *, limits: Limits, done: ImportReport
) -> Iterator[tuple[str, Article]]:
    """Yield the articles of exports, each with its file. plan: the mapping. done: as of `Export.articles`.

    Raises UsageError, before any article of a file, if the mapping does not fit it, or somebody is not named.
    """
    for path in paths:
        seen = survey(path, limits, plan.attributes)
        text = plan.text or seen.text()
        if text not in seen.fields:
            if not seen.fields:
                why = next(iter(seen.unreadable), "it has no task")
                raise UsageError(f"there is no text in {path}: {why}", "export a project with text")
            raise UsageError(
                f"the data of {path} has no field {text!r}",
                f"name another as `text` in the mapping: {', '.join(seen.fields)}",
            )
        seen.check_named(whose)
        tag = plan.text_tag or seen.tag_of(text)
        export = Export(path, names, whose, text, tag, plan.article, limits, plan.attributes)
        yield from ((str(path), one) for one in export.articles(done))


def _take_over(found: Findings, done: ImportReport) -> None:
    """Take over what was found in a task, and leave nothing of it."""
    said = {DRAFT: "drafts", CANCELLED: "skipped annotations", SUPERSEDED: "annotations with a newer one"}
    done.beside.update(said[row.state] for row in found.annotations if row.state in said)
    done.beside["tasks without annotations"] += len(found.untouched)
    done.pulled.faults += [refusal.fault for refusal in found.refusals]
    done.pulled.remarks += found.remarks
    merge_people(done.people, found.people)
    found.cut((0,) * len(found.sizes()))
    found.people.clear()
