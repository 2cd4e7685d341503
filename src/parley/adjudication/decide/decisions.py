"""Decisions, in the form every way of deciding ends in, and the gold labels and ledger rows they give."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from parley.adjudication.compare import Comparison, Item
from parley.adjudication.ledger import Row, label_row
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
class Addition(Generic[Label]):
    """A label that no annotator has; a relation's ends are gold spans."""

    label: Label
    reason: str = ""
    note: str = ""


@dataclass(frozen=True)
class Decisions:
    """All that was decided on one document, by item id.

    note: on the whole of it. submitted: when, in UTC by the clock of Label Studio; "" without a server.
    """

    spans: Mapping[str, Decision[Span]] = field(default_factory=dict)
    relations: Mapping[str, Decision[Relation]] = field(default_factory=dict)
    added_spans: tuple[Addition[Span], ...] = ()
    added_relations: tuple[Addition[Relation], ...] = ()
    note: str = ""
    submitted: str = ""


@dataclass
class GoldLabels(Generic[Label]):
    """The gold spans, or relations, of one document as a lead decides them. gold: gold label by id."""

    comparison: Comparison
    lead: str
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    gold: dict[str, Label] = field(default_factory=dict)

    def row(
        self,
        item: str,
        decision: str,
        label: Label,
        *,
        of: tuple[str, Iterable[str]],
        reason: str = "",
        note: str = "",
    ) -> None:
        """Add a ledger row. label: gold or rejected; of: id of the label it came from, and who has that."""
        row = label_row(self.comparison.doc_id, item, decision, label, of)
        self.rows.append(row._replace(reason=reason, adjudicator=self.lead, note=note))

    def add(self, added: Iterable[Addition[Label]]) -> None:
        """Put labels into gold that no annotator has."""
        for one in added:
            if self.put(one.label.id, one.label):
                reason = one.reason or "missed"
                self.row(one.label.id, "added", one.label, of=("", ()), reason=reason, note=one.note)

    def put(self, place: str, label: Label) -> bool:
        """Put a label into gold; add a fault and return False if it is there already."""
        if label.id in self.gold:
            code = "span-duplicate" if isinstance(label, Span) else "relation-duplicate"
            self.fault(code, place, f"{label.id} is in gold twice by these decisions")
            return False
        self.gold[label.id] = label
        return True

    def is_sound(self, item: Item, decision: Decision[Label]) -> bool:
        """Say whether each candidate goes into one outcome at most; add a fault if not."""
        used = [i for outcome in decision.outcomes for i in outcome.of]
        if len(set(used)) == len(used) and all(outcome.of for outcome in decision.outcomes):
            return True
        what = "a candidate is used twice; what it becomes beyond one label is an added label"
        self.fault("decision-malformed", item.id, what)
        return False

    def fault(self, code: str, place: str, message: str) -> None:
        """Add a fault of the decisions."""
        self.faults.append(Fault(code, f"{self.comparison.doc_id} > {place}", message))


def unknown_name(place: str, name: str, known: Iterable[str], what: str) -> Fault:
    """Return the fault of a name that nothing has, with the one closest to it."""
    match = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    hint = f"; the closest is {match[0]!r}" if match else ""
    return Fault("decision-unknown", f"{place} > {name}", f"there is no {what} {name!r}{hint}")
