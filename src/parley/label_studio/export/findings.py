"""What was found in a piece of an export, a list a column: what one process hands to another.

A label is a number, an end of a relation the row of its span, and article and annotator are named once an
annotation. `label_studio.export.tables` turns it into a batch. Nothing here needs numpy or pyarrow, so that a
process that only reads does not wait for them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, MutableSequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from parley.faults import Fault

# finished: submitted, and the newest of its annotator for the task; only these have labels
FINISHED, SUPERSEDED, CANCELLED, DRAFT = "finished", "superseded", "cancelled", "draft"
TASK, ANNOTATION, REGION, RELATION = "task", "annotation", "region", "relation"  # what a refusal leaves out

# by annotator the persons, by id or e-mail, with their e-mail if it is known
People = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Refusal:
    """A fault, and what it is a fault of.

    task, annotation: Label Studio's ids, if they are known. lost: something people decided could not be
    carried over, so that a label file without it would say less than they did. unit, number: what is in no
    table for it, and how many. byte: where the task begins in the plain export.
    """

    fault: Fault
    task: int | None
    annotation: int | None
    lost: bool
    unit: str = ""
    number: int = 1
    byte: int = 0


class Row(NamedTuple):
    """An annotation. spans, relations: how many of those found are its own."""

    doc_id: str
    annotator: str
    task: int
    annotation: int
    state: str
    text_sha256: str
    updated: str
    lead_time_s: float | None
    spans: int = 0
    relations: int = 0


class Remark(NamedTuple):
    """What an annotator wrote on a region. region: its id in Label Studio."""

    doc_id: str
    annotator: str
    task: int
    annotation: int
    region: str
    text: str


@dataclass
class Texts:
    """Strings one after the other in UTF-8, as a column has them. ends: the byte of each end, after a 0."""

    data: bytearray = field(default_factory=bytearray)
    ends: array[int] = field(default_factory=partial(array, "i", [0]))

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, row: int) -> str:
        return self.data[self.ends[row] : self.ends[row + 1]].decode()

    def __iter__(self) -> Iterator[str]:
        return map(self.__getitem__, range(len(self)))

    def append(self, text: str) -> None:
        """Add a string; raises OverflowError if all have 2 GiB or more."""
        self.data += text.encode()
        self.ends.append(len(self.data))


_integers = partial(array, "i")


@dataclass
class Findings:
    """What was found, in the export's order.

    labels, starts, ends, texts: of the spans; a label is its place among the ontology's. attributes: by name,
    the values by row of the spans; of_document: those of the whole article, by row of the annotations.
    relation_labels, heads, tails: of the relations; an end is a row of the
    spans. tasks: how many were read, the refused ones too. untouched: annotator and doc_id of tasks nobody
    has begun. people: who worked under each annotator's name.
    """

    annotations: list[Row] = field(default_factory=list)
    labels: array[int] = field(default_factory=_integers)
    starts: array[int] = field(default_factory=_integers)
    ends: array[int] = field(default_factory=_integers)
    texts: Texts = field(default_factory=Texts)
    attributes: dict[str, dict[int, str]] = field(default_factory=dict)
    of_document: dict[str, dict[int, str]] = field(default_factory=dict)
    relation_labels: array[int] = field(default_factory=_integers)
    heads: array[int] = field(default_factory=_integers)
    tails: array[int] = field(default_factory=_integers)
    remarks: list[Remark] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    tasks: int = 0
    untouched: list[tuple[str, str]] = field(default_factory=list)
    people: People = field(default_factory=dict)

    @classmethod
    def of(cls, attributes: Iterable[str], of_document: Iterable[str] = ()) -> Findings:
        """Return nothing found yet, for the ontology's attributes."""
        return cls(attributes={name: {} for name in attributes}, of_document={n: {} for n in of_document})

    @property
    def nothing_read(self) -> bool:
        """Whether no task could be read."""
        return self.tasks == sum(refusal.unit == TASK for refusal in self.refusals)

    def sizes(self) -> tuple[int, ...]:
        """Return how much was found, for `cut`."""
        return (self.tasks, *map(len, self._columns()))

    def cut(self, sizes: tuple[int, ...]) -> None:
        """Drop what was found after it was so much."""
        self.tasks, *lengths = sizes
        for column, size in zip(self._columns(), lengths, strict=True):
            del column[size:]
        del self.texts.ends[len(self.labels) + 1 :]
        del self.texts.data[self.texts.ends[-1] :]
        for columns, rows in ((self.attributes, len(self.labels)), (self.of_document, len(self.annotations))):
            for by_row in columns.values():
                while by_row and next(reversed(by_row)) >= rows:  # rows are in order
                    by_row.popitem()

    def _columns(self) -> tuple[MutableSequence[Any], ...]:
        lists = self.annotations, self.remarks, self.refusals, self.untouched
        return (*lists, self.labels, self.starts, self.ends, self.relation_labels, self.heads, self.tails)
