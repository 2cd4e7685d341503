"""What an export of a foreign Label Studio project has: its fields, controls, labels, values and people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from parley.exchange.studio_tasks import (
    LONGEST_NAME,
    NO_LABEL,
    check_text,
    extent_of,
    predictions_of,
    said_of,
    task_on_words,
)
from parley.faults import UsageError
from parley.label_studio.export.file_kinds import is_minimal
from parley.label_studio.export.files import read_values
from parley.label_studio.export.foreign import Unreadable, read_task
from parley.label_studio.export.limits import LIMITS, Limits
from parley.label_studio.export.people import Whose, check_people, keys_of
from parley.label_studio.export.regions import Annotation
from parley.runtime.counts import counted

_REGIONS = 20  # of an annotation, that are tried on each text
_SAMPLES = 200  # values of a field of data
_DISTINCT = 1000  # distinct values of a control that are counted
_REASONS = 5  # for which tasks cannot be read, that are reported


@dataclass
class ControlUse:
    """What was seen of a control. kind: of its regions. whole: how many of them are on no stretch."""

    kind: str
    regions: int = 0
    whole: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)


@dataclass
class Survey:
    """What an export has.

    fields: of data that are texts, with their tasks. samples: short values of them. fits: tag and field → how
    many regions quote what is at their offsets there. tags: what regions with labels are on. people:
    annotations by person; emails: of them. beside: what nobody submitted. unreadable: tasks, by why.
    """

    tasks: int = 0
    annotations: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    lengths: Counter[str] = field(default_factory=Counter)
    fits: Counter[tuple[str, str]] = field(default_factory=Counter)
    tags: Counter[str] = field(default_factory=Counter)
    controls: dict[str, ControlUse] = field(default_factory=dict)
    relations: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    emails: dict[str, str] = field(default_factory=dict)
    beside: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[str]] = field(default_factory=dict)
    minimal: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)

    def text(self) -> str:
        """Return the field of data that regions are on, else the longest; "" if there is none."""
        by_field: Counter[str] = Counter()
        for (_, name), number in self.fits.items():
            by_field[name] += number
        return max(
            self.fields, key=lambda name: (by_field[name], name == "text", self.lengths[name]), default=""
        )

    def tag_of(self, text: str) -> str:
        """Return the tag that shows a field of data, "" if regions do not tell."""
        tags = {tag: number for (tag, name), number in self.fits.items() if name == text}
        return max(tags, key=lambda tag: tags[tag], default="")

    def labels(self) -> dict[str, int]:
        """Return labels with their regions; `CONTROL/LABEL` if several controls have it."""
        having = Counter(label for seen in self.controls.values() for label in seen.labels)
        return {
            f"{name}/{label}" if having[label] > 1 else label: number
            for name, seen in self.controls.items()
            for label, number in seen.labels.items()
        }

    def check_named(self, whose: Whose) -> None:
        """Raise UsageError if somebody who completed annotations is not named, or one name is several's."""
        if isinstance(whose, str) and whose:
            check_people({whose: {key: self.emails.get(key, "") for key in self.people}})
            return
        unnamed = {
            key: number
            for key, number in sorted(self.people.items())
            if not {key, self.emails.get(key, "")} & {*whose}
        }
        if unnamed:
            shown = ", ".join(
                f"{key or 'somebody unnamed'}"
                f"{f' ({self.emails[key]})' if key in self.emails else ''}: {counted(number, 'annotation')}"
                for key, number in unnamed.items()
            )
            options = " ".join(f"--annotator {key}=NAME" for key in unnamed)
            raise UsageError(
                f"nobody is named for {counted(len(unnamed), 'person', 'people')}: {shown}",
                f'name each: {options}; or in the mapping under [people], where "" leaves a person out',
            )

    def lines(self) -> Iterator[str]:
        """Yield what was seen, for people; names are foreign, and stay on one line."""
        yield from (line.replace("\n", "\\n") for line in self._lines())

    def _lines(self) -> Iterator[str]:
        people = counted(len(self.people), "person", "people")
        yield f"{counted(self.tasks, 'task')}, {counted(self.annotations, 'annotation')} of {people}"
        if self.minimal:
            yield "it is in the format JSON_MIN, which has no relations: the format JSON has all"
        for name, seen in self.controls.items():
            yield f"  {name}: {seen.kind}, {counted(seen.regions, 'region')}"
        if self.relations:
            yield f"  relations: {self.relations.total():,}"
        yield from beside_lines(self.beside)
        for what, number in self.unreadable.most_common(_REASONS):
            yield f"not readable: {counted(number, 'task')}: {what}"


def beside_lines(beside: Mapping[str, int]) -> Iterator[str]:
    """Yield what is not imported, since nobody submitted it or another counts, with how many there are."""
    if some := [f"{what} ({number:,})" for what, number in sorted(beside.items()) if number]:
        yield f"not imported: {', '.join(some)}"


def survey(path: Path, limits: Limits = LIMITS, chosen: Collection[str] = ()) -> Survey:
    """Return what an export has. Raises UsageError if it is none, or larger than the limits.

    chosen: as of `task_on_words`.
    """
    found = Survey()
    for _, value in read_values(path, limits):
        try:
            task = task_on_words(value, chosen)
            check_text(task, "")
        except Unreadable as error:
            found.unreadable[str(error)] += 1
            continue
        found.tasks += 1
        found.minimal += is_minimal(value)
        data = task["data"]
        texts = {name: held for name, held in data.items() if isinstance(held, str)}
        found.fields.update(texts.keys())
        found.lengths.update({name: len(held) for name, held in texts.items()})
        for name, held in texts.items():
            some = found.samples.setdefault(name, [])
            if len(some) < _SAMPLES and held and len(held) <= LONGEST_NAME:
                some.append(held)
        found.beside["predictions"] += predictions_of(task)
        try:
            read = read_task({**task, "data": {"text": ""}})
        except Unreadable as error:
            found.unreadable[str(error)] += 1
            continue
        found.beside["drafts"] += len(read.drafts)
        for annotation in read.annotations:
            if annotation.was_cancelled:
                found.beside["skipped annotations"] += 1
                continue
            found.annotations += 1
            key, *email = keys_of(annotation.completed_by)
            found.people[key] += 1
            found.emails |= {key: email[0]} if email else {}
            _see(annotation, texts, found)
    return found


def _see(annotation: Annotation, texts: Mapping[str, str], found: Survey) -> None:
    """Take over what the regions of an annotation show of controls, labels, values and texts."""
    labelled = [one for one in annotation.result if one.value is not None and one.value.labels]
    for region in annotation.result:
        value = region.value
        if value is None:
            found.relations.update(region.labels or [NO_LABEL])
            continue
        seen = found.controls.setdefault(region.from_name, ControlUse(region.type or "region"))
        seen.regions += 1
        if value.labels is not None:
            seen.labels.update(value.labels)
            found.tags[region.to_name] += 1
            continue
        seen.whole += value.start is None
        for one in said_of(region):
            if one in seen.values or len(seen.values) < _DISTINCT:
                seen.values[one] += 1
    for region in labelled[:_REGIONS]:
        start, end, quoted = extent_of(region.value)
        for name, text in texts.items() if quoted and start is not None and end is not None else ():
            found.fits[region.to_name, name] += text[start:end] == quoted
