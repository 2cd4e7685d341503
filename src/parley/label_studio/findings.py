"""What was found in a piece of an export, in few bytes: what one process hands to another.

A label is a number, an end of a relation the row of its span, and whose they are stands once an annotation.
`parley.label_studio.batches` makes the tables of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from parley import packing
from parley.faults import Fault
from parley.ontology import Ontology

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
    theirs. attributes: by name the rows of spans, and the values there. relations: `label` likewise, `head`
    and `tail`, rows of spans. proposals: rows. tasks: how many were read, the refused ones too. untouched:
    annotator and doc_id of tasks nobody has begun.
    """

    annotations: list[Row]
    numbers: dict[str, bytes]
    texts: packing.Strings
    attributes: dict[str, tuple[bytes, packing.Strings]]
    relations: dict[str, bytes]
    proposals: list[tuple[str, str, str, str, str]]
    refusals: list[Refusal]
    tasks: int
    untouched: list[tuple[str, str]]


@dataclass
class Lists:
    """Findings while they are gathered, a list a column; fields as in `Findings`.

    attributes: values by row of the spans.
    """

    ontology: Ontology
    annotations: list[Row] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    attributes: dict[str, dict[int, str]] = field(init=False)
    drawn: list[int] = field(default_factory=list)  # labels of relations
    heads: list[int] = field(default_factory=list)
    tails: list[int] = field(default_factory=list)
    proposals: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    tasks: int = 0
    untouched: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.attributes = {name: {} for name in self.ontology.attribute_names}

    def findings(self) -> Findings:
        """Return what was gathered, packed."""
        return Findings(
            self.annotations,
            {
                "label": packing.integers(self.labels),
                "start": packing.integers(self.starts),
                "end": packing.integers(self.ends),
            },
            packing.strings(self.texts),
            {
                name: (packing.integers(list(values)), packing.strings(list(values.values())))
                for name, values in self.attributes.items()
            },
            {
                "label": packing.integers(self.drawn),
                "head": packing.integers(self.heads),
                "tail": packing.integers(self.tails),
            },
            self.proposals,
            self.refusals,
            self.tasks,
            self.untouched,
        )
