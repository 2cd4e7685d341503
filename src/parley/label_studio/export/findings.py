"""What was found in a piece of an export, in few bytes: what one process hands to another.

A label is a number, an end of a relation the row of its span, and whose they are stands once an annotation.
`parley.label_studio.export.batches` makes the tables of it.
"""

from __future__ import annotations

from array import array
from collections.abc import MutableSequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from parley.faults import Fault
from parley.model.ontology import Ontology
from parley.runtime import packing

# finished: submitted, and the newest of its annotator for the task; only these have labels in the tables
FINISHED, SUPERSEDED, CANCELLED, DRAFT = "finished", "superseded", "cancelled", "draft"


@dataclass(frozen=True)
class Refusal:
    """A fault, and what it is a fault of.

    task, annotation: Label Studio's ids, 0 where there is none. lost: something people decided could not be
    carried over, so that a label file made without it would say less than they did. byte: where the task
    begins in the plain export.
    """

    fault: Fault
    task: int
    annotation: int
    lost: bool
    byte: int = 0


class Row(NamedTuple):
    """An annotation. spans, relations: how many rows of the other two are its own."""

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


@dataclass(frozen=True)
class Findings:
    """What was found, in the export's order.

    numbers: `label` (the label's place among the ontology's), `start` and `end` of the spans, packed. texts:
    theirs, and where each ends. attributes: by name the rows of spans, and the values there. relations:
    `label` likewise, `head` and `tail`, rows of spans. proposals: rows. tasks: how many were read, the
    refused ones too. untouched: annotator and doc_id of tasks nobody has begun.
    """

    annotations: list[Row]
    numbers: dict[str, bytes]
    texts: tuple[bytes, bytes]
    attributes: dict[str, tuple[bytes, packing.Strings]]
    relations: dict[str, bytes]
    proposals: list[tuple[str, str, str, str, str]]
    refusals: list[Refusal]
    tasks: int
    untouched: list[tuple[str, str]]


_integers = partial(array, "i")


@dataclass
class Lists:
    """Findings while they are gathered, a list a column; fields as in `Findings`.

    attributes: values by row of the spans.
    """

    ontology: Ontology
    annotations: list[Row] = field(default_factory=list)
    labels: array[int] = field(default_factory=_integers)
    starts: array[int] = field(default_factory=_integers)
    ends: array[int] = field(default_factory=_integers)
    texts: packing.Texts = field(default_factory=packing.Texts)
    attributes: dict[str, dict[int, str]] = field(init=False)
    drawn: array[int] = field(default_factory=_integers)  # labels of relations
    heads: array[int] = field(default_factory=_integers)
    tails: array[int] = field(default_factory=_integers)
    proposals: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    tasks: int = 0
    untouched: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.attributes = {name: {} for name in self.ontology.attribute_names}

    def sizes(self) -> tuple[int, ...]:
        """Return how much was gathered, for `cut`."""
        return (*(len(column) for column in self._columns()), len(self.texts), self.tasks)

    def cut(self, sizes: tuple[int, ...]) -> None:
        """Drop what was gathered since it was so much."""
        *columns, texts, self.tasks = sizes
        for column, size in zip(self._columns(), columns, strict=True):
            del column[size:]
        self.texts.cut(texts)
        for by_row in self.attributes.values():
            while by_row and next(reversed(by_row)) >= len(self.labels):  # rows are gathered in order
                by_row.popitem()

    def _columns(self) -> tuple[MutableSequence[Any], ...]:
        whose = self.annotations, self.proposals, self.refusals, self.untouched
        return (*whose, self.labels, self.starts, self.ends, self.drawn, self.heads, self.tails)

    def findings(self) -> Findings:
        """Return what was gathered, packed."""
        return Findings(
            self.annotations,
            {
                "label": self.labels.tobytes(),
                "start": self.starts.tobytes(),
                "end": self.ends.tobytes(),
            },
            (bytes(self.texts.data), self.texts.ends.tobytes()),
            {
                name: (packing.integers(list(values)), packing.strings(list(values.values())))
                for name, values in self.attributes.items()
            },
            {
                "label": self.drawn.tobytes(),
                "head": self.heads.tobytes(),
                "tail": self.tails.tobytes(),
            },
            self.proposals,
            self.refusals,
            self.tasks,
            self.untouched,
        )
