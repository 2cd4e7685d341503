"""What a lead submitted in Label Studio, as decisions: what is there now, compared with what was offered.

A region that is as it was offered is kept, a changed one is edited, a deleted one or one with the verdict
`reject` is rejected, a new one is added; a new one in a place where nothing offered is left is an edit of
what was there. Of rivals, the ones with the verdict `keep` or with a change are chosen; a disputed place
where the lead said nothing is undecided. A relation is kept if an arrow with its label, and without the label
that marks it as undecided, is left between its places; another label or direction there is an edit. If a
place has two spans and an arrow of only one is left, the relation is that one's. An arrow is read as strictly
as an annotator's own: one label at least, and a direction if the label has one.

What is said of the whole article is one set of values. It keeps the rival that it equals, else it is an edit;
it is undecided as long as a value is lacking that not all gave, unless the verdict on it is `keep`.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace

from parley.adjudication import decide
from parley.adjudication.compare import RelationItem, SpanItem, distance
from parley.adjudication.decide import Addition, Decision, GoldSpans, Outcome
from parley.adjudication.ledger import Row
from parley.adjudication.studio.screen import KEEP, REASON, REJECT, VERDICT, Offer, Proposal, is_marker
from parley.faults import Fault, check
from parley.label_studio.export.regions import Region
from parley.model.labels import DOCUMENT_ID, DocumentLabel, Relation, Span, document_span
from parley.model.ontology import Ontology

Known = tuple[str, int]  # a relation that was offered: item and candidate


@dataclass
class Submission:
    """An annotation of the adjudication project, read.

    spans: by region. choices: region → control of the screen → choice. submitted: by the server's clock.
    said: of the whole article, by attribute; verdict: on that.
    """

    spans: Mapping[str, Span]
    arrows: list[Region]
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    submitted: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    verdict: str = ""

    def with_document(self, proposal: Proposal) -> Submission:
        """Return it with what is said of the article as a region: an offered one if it equals that, else new.

        All that were offered, if it is undecided; none if it is to be nothing.
        """
        offers, agreed = proposal.of_document, proposal.agreed_of_document
        if self.verdict == REJECT or not (self.said or offers):
            return self
        differing = {name for o in offers for name in o.candidate.span.attributes.keys() - agreed.keys()}
        if self.verdict != KEEP and not all(map(self.said.get, differing)):
            return replace(self, spans={**self.spans, **{o.region: o.candidate.span for o in offers}})
        if not self.said:
            return self
        document = document_span(DocumentLabel(dict(self.said)))
        region = next((o.region for o in offers if o.candidate.span == document), DOCUMENT_ID)
        choices = {**self.choices, region: {VERDICT: KEEP}}
        return replace(self, spans={**self.spans, region: document}, choices=choices)

    def rejects(self, region: str) -> bool:
        """Say whether a region is gone, or has the verdict that it should be."""
        return region not in self.spans or self.choice(region, VERDICT) == REJECT

    def chooses(self, offer: Offer) -> bool:
        """Say whether the lead spoke for a region that is there: by verdict, or by changing it."""
        return self.edits(offer) or self.choice(offer.region, VERDICT) == KEEP

    def edits(self, offer: Offer) -> bool:
        """Say whether the lead changed a region that is there."""
        return self.spans.get(offer.region, offer.candidate.span) != offer.candidate.span

    def choice(self, region: str, control: str = REASON) -> str:
        """Return what was chosen for a region, "" if nothing was."""
        return self.choices.get(region, {}).get(control, "")


def decided(proposal: Proposal, submission: Submission, lead: str, ontology: Ontology) -> list[Row]:
    """Return the ledger rows of the decisions that a submission means.

    Raises DataFaults naming every item the lead left undecided and every arrow that ends at a rejected span.
    """
    submission = submission.with_document(proposal)
    reader = _Reader(proposal, submission, ontology)
    spans = reader.span_decisions()
    added = [Addition(span, submission.choice(region)) for region, span in reader.new.items()]
    check(reader.faults)
    reader.gold = decide.decide_spans(proposal.comparison, spans, added, lead, ontology)
    check(reader.gold.faults)
    for arrow in submission.arrows:
        reader.read(arrow)
    relations = reader.relation_decisions()
    check(reader.faults)
    more = [Addition(relation) for relation, _ in reader.fresh.values()]
    made = decide.decide_relations(reader.gold, relations, more)
    return decide.ledger_rows(reader.gold, made, submitted=submission.submitted)


class _Reader:
    """Reads the decisions on spans and, once those are decided, on relations."""

    gold: GoldSpans  # once they are decided

    def __init__(self, proposal: Proposal, submission: Submission, ontology: Ontology) -> None:
        self.proposal = proposal
        self.comparison = proposal.comparison
        self.submission = submission
        self.symmetric = {name: label.symmetric for name, label in ontology.relation_by_name.items()}
        self.faults: list[Fault] = []
        # regions that were not offered: those in the place of offered ones, with their item, and the others
        self.replacing: dict[str, str] = {}
        self.new = {
            region: span
            for region, span in submission.spans.items()
            if region not in proposal.spans and not submission.rejects(region)
        }
        # the relations offered of which any arrow is left, with the gold relations of their arrows, by id
        self.left: dict[Known, dict[str, Relation]] = {}
        self.undecided: set[str] = set()  # ids of relation items
        # by id the relations that were not offered, each with the places it runs between
        self.fresh: dict[str, tuple[Relation, frozenset[str]]] = {}
        self.known = {
            self._key(c.label, *c.ends): (item.id, number)
            for item in self.comparison.relations
            for number, c in enumerate(item.candidates)
        }

    def fault(self, code: str, place: str, message: str) -> None:
        self.faults.append(Fault(code, f"{self.comparison.doc_id} > {place}", message))

    # ---- spans

    def span_decisions(self) -> dict[str, Decision[Span]]:
        offered: dict[str, list[Offer]] = {}
        for offer in self.proposal.spans.values():
            offered.setdefault(offer.item.id, []).append(offer)
        self._replace(offered)
        made: dict[str, Decision[Span]] = {}
        for region, name in self.replacing.items():
            every = tuple(range(len(offered[name])))
            outcome = Outcome(every, self.new.pop(region), self.submission.choice(region))
            made[name] = Decision((outcome,))
        for name in offered.keys() - made.keys():
            decision = self._span_decision(offered[name][0].item, offered[name])
            if decision is not None:
                made[name] = decision
        return made

    def _span_decision(self, item: SpanItem, offers: list[Offer]) -> Decision[Span] | None:
        """Return the decision on an item none of whose regions was replaced, None if none is needed."""
        submission = self.submission
        left = [p for p in offers if not submission.rejects(p.region)]
        chosen = [p for p in left if submission.chooses(p)]
        if not chosen and len(left) == 1 and (item.agreed or len(offers) > 1):
            chosen = left  # its rivals were taken away, or it has none
        if item.agreed and chosen and submission.spans[chosen[0].region] == chosen[0].candidate.span:
            return None
        if left and not chosen:
            what = " or ".join(str(p.candidate) for p in left)
            self.fault("decision-missing", item.id, f"{what}: choose a verdict")
        outcomes: dict[int, Outcome[Span]] = {}
        for p in sorted(chosen, key=lambda p: submission.spans[p.region] == p.candidate.span):
            span, number, becomes = submission.spans[p.region], p.number, None
            if span != p.candidate.span:  # an edit that arrives at a rival is that rival kept
                same = (o.number for o in offers if o.candidate.span == span and not submission.edits(o))
                number = next(same, p.number)
                becomes = span if number == p.number else None
            outcomes[number] = Outcome((number,), becomes, submission.choice(p.region))
        reasons = (submission.choice(p.region) for p in offers if p not in left)
        return Decision(tuple(outcomes.values()), next(filter(None, reasons), ""))

    def _replace(self, offered: Mapping[str, list[Offer]]) -> None:
        """Match new regions to the places where nothing offered is left, the nearest first."""
        pairs = []
        for name, offers in offered.items():
            if all(self.submission.rejects(p.region) for p in offers):
                for region, span in self.new.items():
                    distances = [distance(p.candidate.span, span) for p in offers]
                    near = min(filter(None, distances), default=None)
                    if near is not None:
                        pairs.append((near, name, region))
        for _, name, region in sorted(pairs):
            if region not in self.replacing and name not in self.replacing.values():
                self.replacing[region] = name

    # ---- arrows

    def read(self, arrow: Region) -> None:
        labels = [label for label in arrow.labels or () if not is_marker(label)]
        marked = len(labels) < len(arrow.labels or ())
        ends = arrow.from_id, arrow.to_id
        head, tail = ends[::-1] if arrow.direction == "left" else ends
        place = f"{head} → {tail}"
        places = frozenset(filter(None, (self._place(head), self._place(tail))))
        if not labels:  # the mark by itself still says that all is open there
            disputed = {
                i.id for i in self.comparison.relations if marked and not i.agreed and i.places == places
            }
            self.undecided |= disputed
            if not disputed and not self._lost(head, tail):
                what = "the arrow has no label: choose one, or take the arrow away"
                self.fault("relation-label", place, what)
        for label in labels:
            known = self.known.get(self._key(label, str(self._place(head)), str(self._place(tail))))
            made = self._in_gold(label, head, tail)
            if known and made and not self._offered(known).keys() & made.keys():
                known = None  # between these places, but other spans of theirs
            if self.symmetric.get(label) is False and arrow.direction not in ("right", "left", None):
                what = f"{label} has a head and a tail, the arrow's direction is {arrow.direction!r}"
                self.fault("studio-direction", place, what)
            elif label not in self.symmetric:
                self.fault("relation-label", place, f"no relation {label!r} in the ontology")
            elif known is None:
                self.fresh |= {name: (relation, places) for name, relation in made.items()}
                if not made:
                    self.fault("relation-dangling", place, f"{label}: an end was rejected")
            elif marked and not self.comparison.relation_item[known[0]].agreed:
                self.undecided.add(known[0])
            else:
                self.left.setdefault(known, {}).update(made)

    def _lost(self, *regions: str) -> bool:
        """Say whether one of the regions is a rival that is rejected: an arrow on it needs no decision."""
        return any(r in self.proposal.spans and self.submission.rejects(r) for r in regions)

    def _key(self, label: str, head: str, tail: str) -> tuple[str, ...]:
        return (label, *(sorted((head, tail)) if self.symmetric.get(label) else (head, tail)))

    def _place(self, region: str) -> str | None:
        """Return the place of a region that was offered, or of the one that replaces it."""
        offer = self.proposal.spans.get(region)
        return offer.item.id if offer else self.replacing.get(region)

    def _in_gold(self, label: str, head: str, tail: str) -> dict[str, Relation]:
        """Return the gold relation between two regions by its id, nothing if there is none such."""
        ends = self._gold(head), self._gold(tail)
        if ends[0] is None or ends[1] is None or label not in self.symmetric:
            return {}
        made = self.gold.relation(label, ends[0], ends[1])
        return {made.id: made}

    def _gold(self, region: str) -> Span | None:
        offer = self.proposal.spans.get(region)
        if offer is not None:
            return self.gold.becomes.get((offer.candidate.who[0], offer.candidate.span.id))
        span = self.submission.spans.get(region)
        return self.gold.gold.get(span.id) if span is not None else None

    # ---- relations

    def relation_decisions(self) -> dict[str, Decision[Relation]]:
        made = ((item.id, self._relation_decision(item)) for item in self.comparison.relations)
        return {name: decision for name, decision in made if decision is not None}

    def _relation_decision(self, item: RelationItem) -> Decision[Relation] | None:
        alive = [i for i, c in enumerate(item.candidates) if self.gold.has_ends(c)]
        if not alive:
            return None
        kept = [i for i in alive if (item.id, i) in self.left]
        rejected = [i for i in alive if i not in kept]
        outcomes = [self._kept((item.id, i)) for i in kept]
        if item.id in self.undecided and not kept:
            what = " or ".join(map(str, item.candidates))
            self.fault("decision-missing", item.id, f"{what}: take the mark off its arrow, or the arrow away")
        elif item.agreed and not kept and self._went_with_its_ends(item):
            return None  # nobody took it away by itself
        if rejected:
            instead = next((name for name, (_, places) in self.fresh.items() if places == item.places), None)
            if instead is not None:
                outcomes.append(Outcome(tuple(rejected), self.fresh.pop(instead)[0]))
        if item.agreed and kept and outcomes[0].becomes is None:
            return None
        return Decision(tuple(outcomes))

    def _kept(self, known: Known) -> Outcome[Relation]:
        """Return a relation as it was drawn, or as the one arrow left if others were taken away."""
        left = self.left[known]
        offered = self._offered(known, self.submission.spans.keys())
        only = next(iter(left.values())) if len(left) == 1 and offered.keys() - left.keys() else None
        return Outcome((known[1],), only)

    def _offered(self, known: Known, regions: Set[str] | None = None) -> dict[str, Relation]:
        """Return by id the gold relations of a candidate's arrows; of those between some regions."""
        found: dict[str, Relation] = {}
        for one in self.proposal.arrows[known]:
            if regions is None or regions >= {one.head, one.tail}:
                found |= self._in_gold(one.label, one.head, one.tail)
        return found

    def _went_with_its_ends(self, item: RelationItem) -> bool:
        """Say whether every arrow of a relation was lost with a region at one of its ends."""
        arrows = self.proposal.arrows[item.id, 0]
        return all(not self.submission.spans.keys() >= {p.head, p.tail} for p in arrows)
