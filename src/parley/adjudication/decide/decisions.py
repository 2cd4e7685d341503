"""Decisions, in the form every way of deciding ends in, and the rows they become."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from parley.adjudication.compare import Comparison, RelationItem, SpanItem
from parley.adjudication.ledger import RELATION, SPAN, Row, attributes_cell, join
from parley.faults import Fault
from parley.model.labels import Relation, Span

Label = TypeVar("Label", Span, Relation)


@dataclass(frozen=True)
class Outcome(Generic[Label]):
    """What some candidates of an item become.

    of: their places in the item; each candidate goes into one outcome at most. becomes: the edited label,
    of a relation with gold spans as ends; None keeps the one candidate as it is. reason: "" is read off what
    differs.
    """

    of: tuple[int, ...]
    becomes: Label | None = None
    reason: str = ""


@dataclass(frozen=True)
class Decision(Generic[Label]):
    """What becomes of an item; candidates in no outcome are rejected. reason: for all of the item."""

    outcomes: tuple[Outcome[Label], ...] = ()
    reason: str = ""
    note: str = ""


@dataclass(frozen=True)
class Added(Generic[Label]):
    """A label that no annotator has; a relation's ends are gold spans."""

    label: Label
    reason: str = ""
    note: str = ""


@dataclass
class Decided(Generic[Label]):
    """What was decided on the spans, or on the relations, of one document. gold: gold label by id."""

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    gold: dict[str, Label] = field(default_factory=dict)


@dataclass(frozen=True)
class Writing(Generic[Label]):
    """Writes the rows and faults of one document, as the decisions of one lead."""

    comparison: Comparison
    lead: str
    into: Decided[Label]

    def gold(self, item: str, decision: str, came: tuple[str, Iterable[str]], label: Label) -> _Cells:
        """Begin a row of a gold label. came: the id of the label it came from, and those who have that."""
        return _Cells(self, self._cells(item, decision, came, label) | {"gold_id": label.id})

    def rejected(self, item: str, who: Iterable[str], label: Label) -> _Cells:
        """Begin a row of a rejected label."""
        return _Cells(self, self._cells(item, "rejected", (label.id, who), label))

    def _cells(
        self, item: str, decision: str, came: tuple[str, Iterable[str]], label: Label
    ) -> dict[str, str]:
        cells = dict.fromkeys(Row.__dataclass_fields__, "")
        cells |= {"doc_id": self.comparison.doc_id, "item": item, "decision": decision, "label": label.label}
        cells |= {"label_id": came[0], "sources": join(came[1]), "adjudicator": self.lead}
        if isinstance(label, Span):
            cells |= {"kind": SPAN, "start": str(label.start), "end": str(label.end), "surface": label.text}
            return cells | {"attributes": attributes_cell(label.attributes)}
        return cells | {"kind": RELATION, "head": label.head, "tail": label.tail}

    def fault(self, code: str, place: str, message: str) -> None:
        """Note a fault of the decisions."""
        self.into.faults.append(Fault(code, f"{self.comparison.doc_id} > {place}", message))

    def take(self, place: str, label: Label) -> bool:
        """Put a label into gold; name it where it is there already."""
        if label.id in self.into.gold:
            code = "span-duplicate" if isinstance(label, Span) else "relation-duplicate"
            self.fault(code, place, f"{label.id} is in gold twice by these decisions")
            return False
        self.into.gold[label.id] = label
        return True

    def sound(self, item: SpanItem | RelationItem, decision: Decision[Label]) -> bool:
        """Say whether each candidate goes into one outcome at most; name it if not."""
        used = [i for outcome in decision.outcomes for i in outcome.of]
        if len(set(used)) == len(used) and all(outcome.of for outcome in decision.outcomes):
            return True
        what = "a candidate is used twice; what it becomes beyond one label is an added label"
        self.fault("decision-malformed", item.id, what)
        return False


@dataclass(frozen=True)
class _Cells:
    """A row that still lacks its reason."""

    writing: Writing[Span] | Writing[Relation]
    cells: dict[str, str]

    def because(self, reason: str, note: str) -> None:
        """Write the row."""
        self.writing.into.rows.append(Row(**(self.cells | {"reason": reason, "note": note})))
