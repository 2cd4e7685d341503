"""The adjudication proposal of one document: agreed labels as they are, rivals side by side.

A *region* is one candidate on the screen. Its id leads back to item and candidate whatever the lead makes of
it, and is the same however the annotators are named. Each annotator's relations are drawn between that
annotator's own regions.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from parley.adjudication.compare import Comparison, RelationItem, SpanCandidate, SpanItem, about
from parley.adjudication.disagreements import Names, Words
from parley.adjudication.studio.screen import SAID, marker
from parley.label_studio.export.regions import layer_to_result
from parley.label_studio.screen import TEXT
from parley.model.labels import Layer
from parley.model.ontology import Ontology


@dataclass(frozen=True)
class SpanProposal:
    """A candidate on the screen. number: its place in the item."""

    region: str
    item: SpanItem
    number: int

    @property
    def candidate(self) -> SpanCandidate:
        """The candidate itself."""
        return self.item.candidates[self.number]


@dataclass(frozen=True)
class RelationProposal:
    """A relation of some annotators between their own regions. number: the candidate's place in the item."""

    head: str
    tail: str
    label: str
    item: RelationItem
    number: int
    who: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """What is offered to the lead for one document."""

    comparison: Comparison

    @cached_property
    def spans(self) -> dict[str, SpanProposal]:
        """Proposed span by region, in text order."""
        found = {}
        for item in self.comparison.spans:
            # the screen makes a style class of a region's id: a character beyond these leaves it uncoloured
            for number, candidate in enumerate(item.candidates):
                region = candidate.span.id if item.agreed else f"{candidate.span.id}_{number + 1}_{item.id}"
                found[region] = SpanProposal(region, item, number)
        return found

    @cached_property
    def relations(self) -> tuple[RelationProposal, ...]:
        """The proposed relations: one for each pair of regions that a candidate was drawn between."""
        region = {(who, p.candidate.span.id): r for r, p in self.spans.items() for who in p.candidate.who}
        found = []
        for item in self.comparison.relations:
            for number, candidate in enumerate(item.candidates):
                drawn: dict[tuple[str, str], list[str]] = {}
                for who, relation in candidate.drawn:
                    ends = region[who, relation.head], region[who, relation.tail]
                    drawn.setdefault(ends, []).append(who)
                for ends, names in drawn.items():
                    found.append(RelationProposal(*ends, candidate.label, item, number, tuple(names)))
        return tuple(found)

    @cached_property
    def arrows_of(self) -> dict[tuple[str, int], list[RelationProposal]]:
        """Proposed relations by item and candidate."""
        found: dict[tuple[str, int], list[RelationProposal]] = {}
        for one in self.relations:
            found.setdefault((one.item.id, one.number), []).append(one)
        return found

    @cached_property
    def digest(self) -> str:
        """What the proposal is known by: another one if any layer says something else."""
        c = self.comparison
        spans = [(i.id, x) for i in c.spans for x in i.candidates]
        content = [
            [c.text_sha256, c.ontology, c.annotators],
            [(item, x.span.id, sorted(x.span.attributes.items()), x.who) for item, x in spans],
            [(i.id, who, r.id) for i in c.relations for x in i.candidates for who, r in x.drawn],
        ]
        return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:16]


def result(proposal: Proposal, names: Names, ontology: Ontology) -> list[dict[str, Any]]:
    """Return the proposal as the `result` of a Label Studio prediction."""
    c = proposal.comparison
    made: list[dict[str, Any]] = []
    for region, proposed in proposal.spans.items():
        span = proposed.candidate.span
        alone = Layer(c.doc_id, c.text_sha256, "", c.ontology, "", None, (span,), ())
        made += [entry | {"id": region} for entry in layer_to_result(alone, ontology)]
        value = {"start": span.start, "end": span.end, "text": span.text}
        said = value | {"choices": names.all(proposed.candidate.who)}
        made.append({"id": region, "from_name": SAID, "to_name": TEXT, "type": "choices", "value": said})
    arrows: dict[tuple[str, str], list[RelationProposal]] = {}
    for relation in proposal.relations:
        arrows.setdefault((relation.head, relation.tail), []).append(relation)
    for (head, tail), relations in arrows.items():
        labels = sorted({r.label for r in relations}, key=ontology.relation_names.index)
        open_by = {n for r in relations if not r.item.agreed for n in names.all(r.who)}
        both_ways = all(ontology.relation_by_name[label].symmetric for label in labels)
        made.append(
            {
                "from_id": head,
                "to_id": tail,
                "type": "relation",
                "direction": "bi" if both_ways else "right",
                "labels": [*labels, *map(marker, sorted(open_by))],
            }
        )
    return made


def in_words(proposal: Proposal, names: Names) -> str:
    """Return the disagreements as lines of text, for the screen."""
    lines = []
    words = Words(proposal.comparison, names)
    for item in proposal.comparison.disputed:
        said = []
        for c in item.candidates:
            who = ", ".join(names.all(c.who))
            if isinstance(c, SpanCandidate):
                values = "".join(f" {name}={value}" for name, value in sorted(c.span.attributes.items()))
                said.append(f"{who}: {c.span.label} “{c.span.text}”{values}")
            else:
                said.append(f"{who}: {c.label}: {words.place(c.head)} → {words.place(c.tail)}")
        lines.append(f"{about(item)} · " + " | ".join(said))
    return "\n".join(" ".join(line.split()) for line in lines) or "no disagreement"
