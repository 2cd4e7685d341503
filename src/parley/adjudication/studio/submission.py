"""What a lead submitted in Label Studio, as decisions: what is there now, held against what was offered.

A region that stands as it was offered is kept, a changed one is edited, a deleted one or one with the verdict
`reject` is rejected, a new one is added; a new one in a place where nothing offered stands any more is an
edit of what stood there. Of rivals, the ones with the verdict `keep` or with a change are meant; a disputed
place where the lead said nothing is undecided. A relation is kept if an arrow with its label, and without the
label that marks it as undecided, is left between its places; another label or direction there is an edit.
Where a place holds two spans and an arrow of only one is left, the relation is that one's. An arrow is read
as strictly as an annotator's own: one label at least, and a direction where the label has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

from parley.adjudication.compare import RelationItem, SpanItem, closeness
from parley.adjudication.decide.decisions import Added, Decision, Outcome
from parley.adjudication.decide.spans import DecidedSpans, decide_spans
from parley.adjudication.gold import Decisions
from parley.adjudication.studio.proposals import Proposal, ProposedSpan
from parley.adjudication.studio.screen import KEEP, REASON, REJECT, VERDICT, is_marker
from parley.faults import Fault, check
from parley.label_studio.export.regions import Region
from parley.model.labels import Relation, Span, make_relation
from parley.model.ontology import Ontology


@dataclass
class Submission:
    """An annotation of the adjudication project, read.

    said: region → control of the screen → choice. submitted: when, by the server's clock.
    """

    spans: Mapping[str, Span]
    arrows: list[Region]
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    submitted: str = ""

    def rejected(self, region: str) -> bool:
        """Say whether a region is gone, or stands with the verdict that it should be."""
        return region not in self.spans or self._choice(region, VERDICT) == REJECT

    def meant(self, proposed: ProposedSpan) -> bool:
        """Say whether the lead spoke for a region: by verdict, or by changing it."""
        region = proposed.region
        return self._choice(region, VERDICT) == KEEP or self.spans[region] != proposed.candidate.span

    def reason(self, region: str) -> str:
        """Return the reason chosen for a region, "" where none was."""
        return self._choice(region, REASON)

    def _choice(self, region: str, control: str) -> str:
        return self.said.get(region, {}).get(control, "")


def decisions(proposal: Proposal, submission: Submission, lead: str, ontology: Ontology) -> Decisions:
    """Return the decisions that a submission means.

    Raises DataFaults naming every item the lead left undecided and every arrow that hangs on a rejected span.
    """
    reading = _Reading(proposal, submission, ontology)
    spans = reading.span_decisions()
    added = tuple(reading.added())
    check(reading.faults)
    decided = decide_spans(proposal.comparison, spans, added, lead)
    check(decided.faults)
    relations, added_relations = reading.relation_decisions(decided)
    check(reading.faults)
    return Decisions(spans, relations, added, added_relations, submitted=submission.submitted)


@dataclass
class _Drawn:
    """What the lead's arrows say.

    left: by item and candidate of which any is left, the gold relations of those, by id. undecided: items.
    fresh: by id the relations that were not offered, each with the places it runs between.
    """

    left: dict[tuple[str, int], dict[str, Relation]] = field(default_factory=dict)
    undecided: set[str] = field(default_factory=set)
    fresh: dict[str, tuple[Relation, frozenset[str]]] = field(default_factory=dict)


@dataclass
class _Reading:
    proposal: Proposal
    submission: Submission
    ontology: Ontology
    faults: list[Fault] = field(default_factory=list)
    new: dict[str, Span] = field(default_factory=dict)  # regions that were not offered
    replacing: dict[str, str] = field(default_factory=dict)  # of those, the places of some

    def fault(self, code: str, place: str, message: str) -> None:
        self.faults.append(Fault(code, f"{self.proposal.comparison.doc_id} > {place}", message))

    # ---- spans

    def span_decisions(self) -> dict[str, Decision[Span]]:
        offered: dict[str, list[ProposedSpan]] = {}
        for proposed in self.proposal.spans.values():
            offered.setdefault(proposed.item.id, []).append(proposed)
        self.new = {
            region: span
            for region, span in self.submission.spans.items()
            if region not in self.proposal.spans and not self.submission.rejected(region)
        }
        empty = [
            self.proposal.comparison.span_item[item]
            for item, regions in offered.items()
            if all(self.submission.rejected(p.region) for p in regions)
        ]
        replaced = self._replaced(empty)
        self.replacing = {region: item for item, region in replaced.items()}
        made: dict[str, Decision[Span]] = {}
        for item_id, regions in offered.items():
            item = self.proposal.comparison.span_item[item_id]
            if item_id in replaced:
                region = replaced[item_id]
                every = tuple(range(len(item.candidates)))
                outcome = Outcome(every, self.new.pop(region), self.submission.reason(region))
                made[item_id] = Decision((outcome,))
                continue
            decision = self._standing(item, regions)
            if decision is not None:
                made[item_id] = decision
        return made

    def _standing(self, item: SpanItem, regions: list[ProposedSpan]) -> Decision[Span] | None:
        """Return the decision on an item none of whose regions was replaced, None where none is needed."""
        submission = self.submission
        standing = [p for p in regions if not submission.rejected(p.region)]
        meant = [p for p in standing if submission.meant(p)]
        if not meant and len(standing) == 1 and (item.agreed or len(regions) > 1):
            meant = standing  # its rivals were taken away, or it has none
        if item.agreed and meant and submission.spans[meant[0].region] == meant[0].candidate.span:
            return None
        if standing and not meant:
            what = " or ".join(f"{p.candidate.span.id} “{p.candidate.span.text}”" for p in standing)
            self.fault("decision-missing", item.id, f"{what}: choose a verdict")
        gone = [submission.reason(p.region) for p in regions if p not in standing]
        outcomes = []
        for p in meant:
            span = submission.spans[p.region]
            changed = None if span == p.candidate.span else span
            outcomes.append(Outcome((p.number,), changed, submission.reason(p.region)))
        return Decision(tuple(outcomes), next(filter(None, gone), ""))

    def _replaced(self, empty: list[SpanItem]) -> dict[str, str]:
        """Match new regions to the places where nothing offered stands any more, the nearest first."""
        near = sorted(
            (distance, item.id, region)
            for item in empty
            for region, span in self.new.items()
            if (
                distance := min(
                    filter(None, (closeness(c.span, span) for c in item.candidates)), default=None
                )
            )
            is not None
        )
        taken: dict[str, str] = {}
        for _, item_id, region in near:
            if item_id not in taken and region not in taken.values():
                taken[item_id] = region
        return taken

    def added(self) -> Iterator[Added[Span]]:
        for region, span in self.new.items():
            yield Added(span, self.submission.reason(region))

    # ---- relations

    def relation_decisions(
        self, spans: DecidedSpans
    ) -> tuple[dict[str, Decision[Relation]], tuple[Added[Relation], ...]]:
        drawn, candidates = _Drawn(), self._candidates()
        for arrow in self.submission.arrows:
            labels = [label for label in arrow.labels or () if not is_marker(label)]
            marked = len(labels) < len(arrow.labels or ())
            head, tail = arrow.from_id, arrow.to_id
            if arrow.direction == "left":
                head, tail = tail, head
            if not labels:
                self._unlabelled(drawn, head, tail, marked=marked)
            for label in labels:
                known = candidates.get(self._key(label, head, tail))
                made = self._in_gold(spans, label, head, tail) if known else {}
                if known and made and not self._offered(spans, known).keys() & made.keys():
                    known = None  # between these places, but other spans of theirs
                if self._lacks_direction(label, arrow):
                    what = f"{label} has a head and a tail, the arrow's direction is {arrow.direction!r}"
                    self.fault("studio-direction", f"{head} → {tail}", what)
                elif known is None:
                    relation = self._fresh(spans, label, head, tail)
                    if relation is not None:
                        drawn.fresh[relation.id] = relation, self._pair(head, tail)
                elif marked and not self.proposal.comparison.relation_item[known[0]].agreed:
                    drawn.undecided.add(known[0])
                else:
                    drawn.left.setdefault(known, {}).update(made)
        return self._decided(spans, drawn)

    def _unlabelled(self, drawn: _Drawn, head: str, tail: str, *, marked: bool) -> None:
        """Take an arrow without a relation's label: the mark by itself still says that all is open there."""
        pair = self._pair(head, tail)
        disputed = [
            item.id
            for item in self.proposal.comparison.relations
            if marked and not item.agreed and _ends(item) == pair
        ]
        drawn.undecided.update(disputed)
        if not disputed:
            what = "the arrow has no label: choose one, or take the arrow away"
            self.fault("relation-label", f"{head} → {tail}", what)

    def _lacks_direction(self, label: str, arrow: Region) -> bool:
        """Say whether an arrow leaves open which end is the head; the screen's default is to the right."""
        known = self.ontology.relation_by_name.get(label)
        directed = known is not None and not known.symmetric
        return directed and arrow.direction not in ("right", "left", None)

    def _decided(
        self, spans: DecidedSpans, drawn: _Drawn
    ) -> tuple[dict[str, Decision[Relation]], tuple[Added[Relation], ...]]:
        fresh = drawn.fresh
        made: dict[str, Decision[Relation]] = {}
        for item in self.proposal.comparison.relations:
            alive = [
                i for i, c in enumerate(item.candidates) if all(spans.of_item[e] for e in (c.head, c.tail))
            ]
            if not alive:
                continue
            kept = [i for i in alive if (item.id, i) in drawn.left]
            loose = [i for i in alive if i not in kept]
            outcomes = [self._kept(spans, item, i, drawn.left[item.id, i]) for i in kept]
            if item.id in drawn.undecided and not kept:
                what = " or ".join(f"{c.label} {c.head} → {c.tail}" for c in item.candidates)
                self.fault(
                    "decision-missing", item.id, f"{what}: take the mark off its arrow, or the arrow away"
                )
            elif item.agreed and not kept and self._went_with_its_ends(item):
                continue  # it stands: nobody took it away by itself
            if loose:
                instead = next((name for name, (_, at) in fresh.items() if at == _ends(item)), None)
                if instead is not None:
                    outcomes.append(Outcome(tuple(loose), fresh.pop(instead)[0]))
            if not (item.agreed and kept) or outcomes[0].becomes is not None:
                made[item.id] = Decision(tuple(outcomes))
        return made, tuple(Added(relation) for relation, _ in fresh.values())

    def _kept(
        self, spans: DecidedSpans, item: RelationItem, number: int, left: dict[str, Relation]
    ) -> Outcome[Relation]:
        """Return a relation as it was drawn, or as the one arrow left where others were taken away."""
        offered = self._offered(spans, (item.id, number), self.submission.spans.keys())
        only = next(iter(left.values())) if len(left) == 1 and offered.keys() - left.keys() else None
        return Outcome((number,), only)

    def _offered(
        self, spans: DecidedSpans, known: tuple[str, int], still: Set[str] | None = None
    ) -> dict[str, Relation]:
        """Return by id the gold relations of a candidate's arrows; of those between regions still there."""
        found: dict[str, Relation] = {}
        for one in self.proposal.arrows_of[known]:
            if still is None or still >= {one.head, one.tail}:
                found |= self._in_gold(spans, one.label, one.head, one.tail)
        return found

    def _went_with_its_ends(self, item: RelationItem) -> bool:
        """Say whether every arrow of a relation was lost with a region it hung on."""
        arrows = self.proposal.arrows_of[item.id, 0]
        return all(not self.submission.spans.keys() >= {p.head, p.tail} for p in arrows)

    def _candidates(self) -> dict[tuple[str, ...], tuple[str, int]]:
        """Return item and candidate by label and places."""
        return {
            self._by_places(c.label, c.head, c.tail): (item.id, number)
            for item in self.proposal.comparison.relations
            for number, c in enumerate(item.candidates)
        }

    def _key(self, label: str, head: str, tail: str) -> tuple[str, ...]:
        return self._by_places(label, str(self._place(head)), str(self._place(tail)))

    def _by_places(self, label: str, head: str, tail: str) -> tuple[str, ...]:
        known = self.ontology.relation_by_name.get(label)
        return (label, *(sorted((head, tail)) if known and known.symmetric else (head, tail)))

    def _pair(self, head: str, tail: str) -> frozenset[str]:
        """Return the places an arrow runs between, as far as it does."""
        return frozenset(place for place in (self._place(head), self._place(tail)) if place)

    def _place(self, region: str) -> str | None:
        """Return the place of a region that was offered, or stands in the stead of such."""
        proposed = self.proposal.spans.get(region)
        return proposed.item.id if proposed else self.replacing.get(region)

    def _fresh(self, spans: DecidedSpans, label: str, head: str, tail: str) -> Relation | None:
        """Return the relation of an arrow that was not offered."""
        if label not in self.ontology.relation_by_name:
            self.fault("relation-label", f"{head} → {tail}", f"no relation {label!r} in the ontology")
            return None
        made = self._in_gold(spans, label, head, tail)
        if not made:
            self.fault("relation-dangling", f"{head} → {tail}", f"{label}: an end was rejected")
        return next(iter(made.values()), None)

    def _in_gold(self, spans: DecidedSpans, label: str, head: str, tail: str) -> dict[str, Relation]:
        """Return the gold relation of an arrow by its id, none where an end was rejected."""
        ends = self._gold(spans, head), self._gold(spans, tail)
        if ends[0] is None or ends[1] is None:
            return {}
        symmetric = self.ontology.relation_by_name[label].symmetric
        made = make_relation(label, ends[0], ends[1], symmetric=symmetric)
        return {made.id: made}

    def _gold(self, spans: DecidedSpans, region: str) -> Span | None:
        """Return the gold span of a region."""
        proposed = self.proposal.spans.get(region)
        if proposed is not None:
            candidate = proposed.candidate
            return spans.becomes.get((candidate.who[0], candidate.span.id))
        span = self.submission.spans.get(region)
        return spans.gold.get(span.id) if span is not None else None


def _ends(item: RelationItem) -> frozenset[str]:
    """Return the two places between which all candidates of an item run."""
    return frozenset((item.candidates[0].head, item.candidates[0].tail))
