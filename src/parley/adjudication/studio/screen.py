"""The adjudication screen: the labelling screen with what a lead needs besides, and the proposal on it.

For each selected span: who said it, a verdict and, if wanted, a reason. For each disputed relation: a label
`? name` on its arrow, which says "undecided, said by name" until the lead takes it off. And the list of
the disagreements in words, above the text.

Agreed labels are proposed as they are, rivals side by side. A *region* is one candidate on the screen. Its id
leads back to item and candidate whatever the lead makes of it, and is the same however the annotators are
named. Each annotator's relations are drawn between that annotator's own regions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from xml.etree import ElementTree as ET

import msgspec

from parley.adjudication.compare import Comparison, SpanCandidate, SpanItem
from parley.adjudication.disagreements import Words
from parley.label_studio.export.regions import layer_to_result
from parley.label_studio.screen import TEXT, label_config
from parley.model.entities import Entity
from parley.model.labels import REASONS, Layer, Relation
from parley.model.ontology import Ontology

SAID, VERDICT, REASON = "said-by", "verdict", "reason"  # the controls this screen adds
KEEP, REJECT = "keep", "reject"
DISPUTES = "disputes"  # the key of the task data with the list of disagreements
_OPEN = "? "  # how the label of an undecided arrow begins


def marker(name: str) -> str:
    """Return the label of an arrow that `name` drew and nobody decided."""
    return _OPEN + name


def is_marker(label: str) -> bool:
    """Say whether an arrow's label says that it is undecided."""
    return label.startswith(_OPEN)


def adjudication_config(ontology: Ontology, entities: Mapping[str, Entity], shown: Sequence[str]) -> str:
    """Return the config of the adjudication project. shown: the names annotators are shown under."""
    # the text was made from the ontology a moment ago
    view = ET.fromstring(label_config(ontology, entities))  # noqa: S314
    relations = view.find("Relations")
    if relations is not None:
        for name in shown:
            ET.SubElement(relations, "Relation", {"value": marker(name), "background": "#d4d4d4"})
    panel = ET.Element("Collapse", {"accordion": "false"})
    box = ET.SubElement(panel, "Panel", {"value": "Disagreements"})
    ET.SubElement(box, "Text", {"name": DISPUTES, "value": f"${DISPUTES}", "granularity": "word"})
    columns = next(i for i, child in enumerate(view) if child.get("className") == "parley-columns")
    view.insert(columns, panel)
    details = view.find(".//View[@className='parley-details']")
    if details is None:
        raise ValueError("the labelling screen has no place for details")
    controls = (
        (SAID, "Said by", "multiple", dict.fromkeys(shown, "")),
        (VERDICT, "Verdict", "single", {KEEP: "it goes into gold", REJECT: "it does not"}),
        (REASON, "Reason, if not plain from what differs", "single", REASONS),
    )
    for place, (name, title, choice, values) in enumerate(controls):
        when = {"visibleWhen": "region-selected"}
        shell = ET.Element("View", {"className": "parley-attribute", **when})
        style = "font-size: 13px; font-weight: 600; opacity: 0.75; margin: 0 0 2px 0"
        ET.SubElement(shell, "Header", {"value": title, "size": "5", "style": style})
        given = {"name": name, "toName": TEXT, "perRegion": "true", "choice": choice, "layout": "inline"}
        choices = ET.SubElement(shell, "Choices", {**given, **when})
        for value, hint in values.items():
            ET.SubElement(choices, "Choice", {"value": value, **({"hint": hint} if hint else {})})
        details.insert(place, shell)
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


@dataclass(frozen=True)
class Offer:
    """A candidate as a region on the screen. number: its place in the item."""

    region: str
    item: SpanItem
    number: int

    @property
    def candidate(self) -> SpanCandidate:
        """The candidate itself."""
        return self.item.candidates[self.number]


@dataclass(frozen=True)
class Arrow:
    """A relation as some annotators drew it, between their own regions."""

    head: str
    tail: str
    label: str
    who: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """What is offered to the lead for one document."""

    comparison: Comparison

    @cached_property
    def spans(self) -> dict[str, Offer]:
        """Candidate by region, in text order."""
        found = {}
        for item in self.comparison.spans:
            # the screen makes a style class of a region's id: a character beyond these leaves it uncoloured
            for number, candidate in enumerate(item.candidates):
                region = candidate.span.id if item.agreed else f"{candidate.span.id}_{number + 1}_{item.id}"
                found[region] = Offer(region, item, number)
        return found

    @cached_property
    def arrows(self) -> dict[tuple[str, int], list[Arrow]]:
        """Arrows by item and candidate: one for each pair of regions that a relation was drawn between."""
        region = {(who, p.candidate.span.id): r for r, p in self.spans.items() for who in p.candidate.who}
        found = {}
        for item in self.comparison.relations:
            for number, candidate in enumerate(item.candidates):
                drawn: dict[tuple[str, str], list[str]] = {}
                for who, relation in candidate.drawn:
                    ends = region[who, relation.head], region[who, relation.tail]
                    drawn.setdefault(ends, []).append(who)
                arrows = [Arrow(*ends, candidate.label, tuple(names)) for ends, names in drawn.items()]
                found[item.id, number] = arrows
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


def result(proposal: Proposal, words: Words, ontology: Ontology) -> list[dict[str, Any]]:
    """Return the proposal as the `result` of a Label Studio prediction."""
    c = proposal.comparison
    said, relations = [], []
    open_by: dict[tuple[str, str], set[str]] = {}
    for region, offer in proposal.spans.items():
        span = offer.candidate.span
        value = {"start": span.start, "end": span.end, "text": span.text}
        value |= {"choices": words.who(offer.candidate.who)}
        said.append({"id": region, "from_name": SAID, "to_name": TEXT, "type": "choices", "value": value})
    for (item, _), arrows in proposal.arrows.items():
        for arrow in arrows:
            relations.append(Relation("", arrow.label, arrow.head, arrow.tail))
            if not c.relation_item[item].agreed:
                open_by.setdefault((arrow.head, arrow.tail), set()).update(words.who(arrow.who))
    spans = [msgspec.structs.replace(p.candidate.span, id=region) for region, p in proposal.spans.items()]
    offered = Layer(c.doc_id, c.text_sha256, "", c.ontology, "", None, tuple(spans), tuple(relations))
    made = layer_to_result(offered, ontology)
    for entry in made:
        if entry["type"] == "relation":
            names = open_by.get((entry["from_id"], entry["to_id"]), ())
            entry["labels"] = [*entry["labels"], *map(marker, sorted(names))]
    return made + said
