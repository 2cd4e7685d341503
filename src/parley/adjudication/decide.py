"""Decisions on one document, and the gold labels and ledger rows they give: spans first, then relations.

Relations follow their ends. One that all annotators drew between the same places stays `agreed` whatever
becomes of the boundaries, labels or attributes of its ends, as long as both are there; only its id changes
with them. If an end was rejected the relation is rejected too, with the reason `endpoint`. If a place was
decided to have two gold spans, each annotator's relation goes with that annotator's own span, and is then
`kept`, no longer `agreed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from parley.adjudication import compare
from parley.adjudication.compare import Comparison, Item, RelationCandidate, RelationItem, SpanItem
from parley.adjudication.ledger import DOCUMENT, Row, encoded, label_row
from parley.faults import Fault, check
from parley.model.labels import REJECTED, Relation, Span, make_relation
from parley.model.ontology import Ontology

Label = TypeVar("Label", Span, Relation)
Drawn = Iterable[tuple[str, Label]]  # annotators, each with a label of their layer


@dataclass(frozen=True)
class Outcome(Generic[Label]):
    """What some candidates of an item become.

    of: their places in the item; each candidate goes into one outcome at most. becomes: the edited label,
    of a relation with gold spans as ends; None keeps the one candidate as it is. An edit that equals a
    candidate keeps that candidate. reason: "" is read off what differs.
    """

    of: tuple[int, ...]
    becomes: Label | None = None
    reason: str = ""


@dataclass(frozen=True)
class Decision(Generic[Label]):
    """What becomes of an item; candidates in no outcome are rejected.

    reason: for all of the item. rejected: reasons of rejected candidates, by place, before that for all.
    lead: who decided, "" for the lead of the call.
    """

    outcomes: tuple[Outcome[Label], ...] = ()
    reason: str = ""
    note: str = ""
    rejected: Mapping[int, str] = field(default_factory=dict)
    lead: str = ""


@dataclass(frozen=True)
class Addition(Generic[Label]):
    """A label that no annotator has; a relation's ends are gold spans. lead: as of a decision."""

    label: Label
    reason: str = ""
    note: str = ""
    lead: str = ""


def decide_spans(
    comparison: Comparison,
    decisions: Mapping[str, Decision[Span]],
    added: Iterable[Addition[Span]],
    lead: str,
    ontology: Ontology,
) -> GoldSpans:
    """Return what becomes of every span.

    decisions: by item id. An agreed item may be decided too; a disputed one must be. `faults` of the result
    are what is left undecided or decided twice.
    """
    decided = GoldSpans(comparison, ontology, lead)
    for item in comparison.spans:
        decision = decided.decision(item, decisions)
        if decision is not None:
            decided.decide(item, decision)
    decided.add(added)
    return decided


def decide_relations(
    spans: GoldSpans, decisions: Mapping[str, Decision[Relation]], added: Iterable[Addition[Relation]]
) -> GoldRelations:
    """Return what becomes of every relation, once the spans are decided.

    A disputed item none of whose relations has both ends any more needs no decision. A fault, besides those
    of `decide_spans`, is a relation that no longer fits the ontology, because an end was decided to be of
    another label: the lead rejects or edits it.
    """
    decided = GoldRelations(spans.comparison, spans.ontology, spans.lead, spans=spans)
    for item in spans.comparison.relations:
        has_ends = any(map(spans.has_ends, item.candidates))
        decision = decided.decision(item, decisions, possible=has_ends)
        if decision is not None:
            decided.decide(item, decision)
    decided.add(added)
    return decided


def ledger_rows(spans: GoldSpans, relations: GoldRelations, note: str = "", submitted: str = "") -> list[Row]:
    """Return the ledger rows of one document.

    note: on the whole of it. submitted: when, in UTC by the clock of Label Studio; "" without a server.
    Raises DataFaults for what is undecided or does not fit.
    """
    check([*spans.faults, *relations.faults])
    c = spans.comparison
    head = Row(c.doc_id, submitted, DOCUMENT, "adjudicated", sources="|".join(c.annotators))
    return [head._replace(adjudicator=spans.lead, note=note), *spans.rows, *relations.rows]


@dataclass
class _GoldLabels(Generic[Label]):
    """The gold spans, or relations, of one document as a lead decides them.

    gold: gold label by id. open: the items that lack a decision.
    """

    comparison: Comparison
    ontology: Ontology
    lead: str
    gold: dict[str, Label] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    open: list[Item] = field(default_factory=list)

    def decision(
        self, item: Item, decisions: Mapping[str, Decision[Label]], *, possible: bool = True
    ) -> Decision[Label] | None:
        """Return the decision on an item; add a fault and return None if it lacks one, or it is unsound.

        possible: whether any of its candidates can still be in gold.
        """
        decision = decisions.get(item.id)
        if decision is None and possible and not item.agreed:
            self.open.append(item)
            self.fault("decision-missing", item.id, " or ".join(map(str, item.candidates)))
            return None
        if decision is None:
            return Decision((Outcome((0,)),) if possible else ())
        used = [i for outcome in decision.outcomes for i in outcome.of]
        if len(set(used)) < len(used) or not all(outcome.of for outcome in decision.outcomes):
            what = "a candidate is used twice; what it becomes beyond one label is an added label"
            self.fault("decision-malformed", item.id, what)
            return None
        return decision

    @property
    def open_faults(self) -> list[Fault]:
        """The faults of items that lack a decision."""
        return [fault for fault in self.faults if fault.code == "decision-missing"]

    def put(self, place: str, label: Label) -> bool:
        """Put a label into gold; add a fault and return False if it is there already."""
        if label.id in self.gold:
            code = "span-duplicate" if isinstance(label, Span) else "relation-duplicate"
            self.fault(code, place, f"{label.id} is in gold twice by these decisions")
            return False
        self.gold[label.id] = label
        return True

    def add(self, added: Iterable[Addition[Label]]) -> None:
        """Put labels into gold that no annotator has."""
        for one in added:
            if self.put(one.label.id, one.label):
                row = label_row(self.comparison.doc_id, one.label.id, "added", one.label, ("", ()))
                reason = one.reason or "missed"
                lead = one.lead or self.lead
                self.rows.append(row._replace(reason=reason, adjudicator=lead, note=one.note))

    def account(
        self,
        item: Item,
        how: str,
        drawn: Drawn[Label],
        gold: Label | None = None,
        *,
        reason: str,
        decision: Decision[Label],
    ) -> None:
        """Add a ledger row for each label as layers have it. gold: what it became, None if rejected."""
        lead = decision.lead or self.lead
        names: dict[str, tuple[Label, list[str]]] = {}
        for who, label in drawn:
            names.setdefault(label.id, (label, []))[1].append(who)
        for label, of in names.values():
            row = label_row(self.comparison.doc_id, item.id, how, gold or label, (label.id, of))
            if how == "edited" and isinstance(label, Span):
                row = row._replace(given=encoded(label.attributes))
            self.rows.append(row._replace(reason=reason, adjudicator=lead, note=decision.note))

    def fault(self, code: str, place: str, message: str) -> None:
        self.faults.append(Fault(code, f"{self.comparison.doc_id} > {place}", message))


@dataclass
class GoldSpans(_GoldLabels[Span]):
    """The gold spans of one document, and where relations go with them.

    becomes: gold span by annotator and span id; None if it was rejected and nothing is in its place.
    of_item: gold spans by item.
    """

    becomes: dict[tuple[str, str], Span | None] = field(default_factory=dict)
    of_item: dict[str, list[Span]] = field(default_factory=dict)

    def decide(self, item: SpanItem, decision: Decision[Span]) -> None:
        """Decide one item."""
        golden = self.of_item[item.id] = list[Span]()
        rejected = list(item.candidates)
        for outcome in decision.outcomes:
            of = [item.candidates[i] for i in outcome.of]
            span = outcome.becomes or of[0].span
            how, rivals = "edited", of
            kept = [c for c in item.candidates if c.span == span]
            if kept:  # also by an edit that arrives at what somebody has
                how, of = "agreed" if item.agreed else "kept", kept
                rivals = [c for c in item.candidates if c not in kept]
            if not self.put(item.id, span):
                continue
            golden.append(span)
            reason = outcome.reason or decision.reason
            reason = reason or compare.span_reason(span, [c.span for c in rivals], alone="missed")
            for c in of:
                rejected.remove(c)
                reason = "" if how == "agreed" else reason
                self.account(item, how, c.drawn, span, reason=reason, decision=decision)
                self.becomes |= {(who, c.span.id): span for who in c.who}
        for c in rejected:
            reason = decision.rejected.get(item.candidates.index(c), "") or decision.reason
            reason = reason or compare.span_reason(c.span, golden, alone=_alone(item))
            self.account(item, REJECTED, c.drawn, reason=reason, decision=decision)
            # its relations go on with what was decided in its place
            nearest = max(golden, key=lambda g: (compare.overlap(c.span, g), -g.start, g.end), default=None)
            self.becomes |= {(who, c.span.id): nearest for who in c.who}

    def relation(self, label: str, head: Span, tail: Span) -> Relation:
        """Return the relation between two gold spans."""
        symmetric = self.ontology.relation_by_name[label].symmetric
        return make_relation(label, head, tail, symmetric=symmetric)

    def has_ends(self, candidate: RelationCandidate) -> bool:
        """Say whether both ends of a candidate are there, or may be: a place may be undecided."""
        return all(self.of_item.get(end) != [] for end in candidate.ends)

    def followed(
        self, candidate: RelationCandidate
    ) -> dict[str, tuple[Relation, list[tuple[str, Relation]]]]:
        """Return the gold relations a candidate becomes, by id, each with those who drew it."""
        found: dict[str, tuple[Relation, list[tuple[str, Relation]]]] = {}
        for who, drawn in candidate.drawn:
            head, tail = self.becomes.get((who, drawn.head)), self.becomes.get((who, drawn.tail))
            if head is not None and tail is not None:
                made = self.relation(candidate.label, head, tail)
                found.setdefault(made.id, (made, []))[1].append((who, drawn))
        return found

    def misfit(self, candidate: RelationCandidate, gold: Relation) -> str:
        """Return the code of the fault that deciding the ends made of a relation, "" if there is none."""
        label = self.ontology.relation_by_name[candidate.label]
        head, tail = (self.gold[end].label for end in (gold.head, gold.tail))
        before = {tuple(end.rsplit("-", 2)[0] for end in (r.head, r.tail)) for _, r in candidate.drawn}
        if (head, tail) in before:
            return ""  # what did not fit in a layer either is that layer's fault
        if head not in label.head:
            return "relation-domain"
        return "relation-range" if tail not in label.tail or (label.same_label and head != tail) else ""


@dataclass
class GoldRelations(_GoldLabels[Relation]):
    """The gold relations of one document."""

    spans: GoldSpans = field(kw_only=True)

    def decide(self, item: RelationItem, decision: Decision[Relation]) -> None:
        """Decide one item."""
        rejected, chosen = list(item.candidates), list[RelationCandidate]()
        for outcome in decision.outcomes:
            of, relation = [item.candidates[i] for i in outcome.of], outcome.becomes
            reason = outcome.reason or decision.reason
            kept = of
            if relation is not None:
                kept = [c for c in item.candidates if list(self.spans.followed(c)) == [relation.id]]
            if relation is not None and not kept:
                reason = reason or self._edited(of, relation)
                self.put(item.id, relation)
                for c in of:
                    self.account(item, "edited", c.drawn, relation, reason=reason, decision=decision)
            elif self.spans.has_ends(kept[0]):
                of = kept[:1]
                chosen += of
                self._keep(item, kept[0], reason, decision)
            else:
                self.fault("relation-dangling", item.id, f"{kept[0]} lost an end that was rejected")
            rejected = [c for c in rejected if c not in of]
        for c in rejected:
            reason = "endpoint"
            if self.spans.has_ends(c):
                reason = decision.rejected.get(item.candidates.index(c), "") or decision.reason
                reason = reason or compare.relation_reason(c, chosen, alone=_alone(item))
            self.account(item, REJECTED, c.drawn, reason=reason, decision=decision)

    def _keep(
        self, item: RelationItem, candidate: RelationCandidate, reason: str, decision: Decision[Relation]
    ) -> None:
        golden = self.spans.followed(candidate)
        others = [c for c in item.candidates if c is not candidate]
        for relation, by in golden.values():
            misfit = self.spans.misfit(candidate, relation)
            if misfit:
                what = f"{relation.id} no longer fits: reject or edit it, or decide its ends otherwise"
                self.fault(misfit, item.id, what)
            self.put(item.id, relation)
            how, why = "kept", reason or compare.relation_reason(candidate, others, alone="missed")
            if item.agreed and len(golden) == 1:
                how, why = "agreed", ""
            elif item.agreed:  # its annotators part here, each with a span of their own
                ends = relation.head, relation.tail
                reasons = {row.gold_id: row.reason for row in self.spans.rows}
                why = next(filter(None, (reasons.get(end) for end in ends)), "boundary")
            self.account(item, how, by, relation, reason=why, decision=decision)

    def _edited(self, of: Iterable[RelationCandidate], relation: Relation) -> str:
        """Return what an edit changed, measured at the gold spans the relation would have followed to."""
        ends = relation.head, relation.tail
        found = (
            compare.relation_difference(gold.label, (gold.head, gold.tail), relation.label, ends)
            for candidate in of
            for gold, _ in self.spans.followed(candidate).values()
        )
        return next(filter(None, found), "endpoint")


def _alone(item: Item) -> str:
    """Return the reason for rejecting a candidate that differs from nothing chosen."""
    return "missed" if len(item.candidates) == 1 and not item.agreed else "guideline"
