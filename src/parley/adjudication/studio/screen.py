"""The adjudication screen: the labelling screen with what a lead needs besides, and the proposal on it.

For each selected span: who said it, a verdict and, if wanted, a reason. For each disputed relation: a label
`? name` on its arrow, which says "undecided, said by name" until the lead takes it off. And the numbered list
of the disagreements: `labelling/adjudication.js`, served with the page, decides from it with a key each; on a
server that does not serve it the list is in words, above the text.

Agreed labels are proposed as they are, rivals side by side. A *region* is one candidate on the screen. Its id
leads back to item and candidate whatever the lead makes of it, and is the same however the annotators are
named. Each annotator's relations are drawn between that annotator's own regions.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from xml.etree import ElementTree as ET

import msgspec

from parley.adjudication.compare import Comparison, Item, RelationItem, SpanCandidate, SpanItem, about
from parley.adjudication.disagreements import Words
from parley.label_studio.export.regions import layer_to_result
from parley.label_studio.screen import TEXT, control_of, header, instruction, label_config, view_below
from parley.model.entities import Entity
from parley.model.labels import DOCUMENT_ID, REASONS, DocumentLabel, Layer, Relation, Span
from parley.model.ontology import DOCUMENT, Ontology
from parley.model.paths import CorpusPaths

SAID, VERDICT, REASON = "said-by", "verdict", "reason"  # the controls this screen adds
DOCUMENT_VERDICT = "verdict-document"  # and for what is said of the whole article
KEEP, REJECT = "keep", "reject"
DISPUTES = "disputes"  # the key of the task data with the list of disagreements in words
ROWS = "rows"  # and of the same list as the script reads it
_BEGINS = '<div class="parley-guidelines">'
_ADJUDICATING = re.compile(
    r'<details><summary>(<h2 id="adjudicating">.*?</h2>)</summary>(.*?)</details>'
    r"(?=<details><summary><h2 |</div>$)",
    re.DOTALL,
)
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
    for control in view.iter():
        control.attrib.pop("required", None)  # of a rival that is rejected; gold is judged by the suites
    relations = view.find("Relations")
    if relations is not None:
        for name in shown:
            ET.SubElement(relations, "Relation", {"value": marker(name), "background": "#d4d4d4"})
    listed = ET.Element(
        "View", {"className": "parley-disputes", "style": "max-height: 12rem; overflow: auto"}
    )
    panel = ET.SubElement(listed, "Collapse", {"accordion": "false"})
    box = ET.SubElement(panel, "Panel", {"value": "Disagreements"})
    ET.SubElement(box, "Text", {"name": DISPUTES, "value": f"${DISPUTES}", "granularity": "word"})
    columns = next(i for i, child in enumerate(view) if child.get("className") == "parley-columns")
    view.insert(columns, listed)
    details = view.find(".//View[@className='parley-details']")
    if details is None:
        raise ValueError("the labelling screen has no place for details")
    details.insert(0, ET.Element("View", {"className": "parley-decisions"}))
    controls = (
        (SAID, "Said by", "multiple", dict.fromkeys(shown, "")),
        (VERDICT, "Verdict", "single", {KEEP: "it goes into gold", REJECT: "it does not"}),
        (REASON, "Reason, if not plain from what differs", "single", REASONS),
    )
    when = {"visibleWhen": "region-selected"}
    for place, (name, title, choice, values) in enumerate(controls, start=1):
        shell = ET.Element(
            "View", {"className": "parley-attribute" + " parley-said" * (name != REASON), **when}
        )
        layout = "select" if name == REASON else "inline"
        given = {"name": name, "toName": TEXT, "perRegion": "true", "choice": choice, "layout": layout}
        _choices(shell, title, {**given, **when}, values)
        details.insert(len(details) if name == REASON else place, shell)
    whole = details.find("View[@className='parley-document']")
    if whole is not None:
        given = {"name": DOCUMENT_VERDICT, "toName": TEXT, "choice": "single", "layout": "inline"}
        hints = {KEEP: "what is set above goes into gold, as it is", REJECT: "nothing of it does"}
        _choices(view_below(whole, "attribute"), "Verdict", given, hints)
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _choices(shell: ET.Element, title: str, given: dict[str, str], values: Mapping[str, str]) -> None:
    """Add choices below a title. values: each with its hint, "" for none."""
    header(shell, title, "0 0 2px 0")
    choices = ET.SubElement(shell, "Choices", given)
    for value, hint in values.items():
        # no key: what the list decides is not decided by a letter besides
        ET.SubElement(choices, "Choice", {"value": value, "key": "", **({"hint": hint} if hint else {})})


def lead_instruction(corpus: CorpusPaths) -> str:
    """Return the guidelines as `instruction` does, *Adjudicating* before all else and unfolded."""
    html = instruction(corpus)
    own = _ADJUDICATING.search(html)
    if own is None:
        return html
    return f"{html[: own.start()]}{html[own.end() :]}".replace(_BEGINS, f"{_BEGINS}{own[1]}{own[2]}<hr>", 1)


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
    def of_document(self) -> list[Offer]:
        """What is said of the whole article: no region of the screen, which has one set of values for it."""
        return [offer for offer in self.spans.values() if offer.candidate.span.id == DOCUMENT_ID]

    @cached_property
    def agreed_of_document(self) -> dict[str, str]:
        """What all annotators say of the whole article: the values on the screen to begin with."""
        said = [set(offer.candidate.span.attributes.items()) for offer in self.of_document]
        who = {name for offer in self.of_document for name in offer.candidate.who}
        return (
            dict(sorted(set.intersection(*said)))
            if said and len(who) == len(self.comparison.annotators)
            else {}
        )

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
    regions = {r: offer for r, offer in proposal.spans.items() if offer not in proposal.of_document}
    for region, offer in regions.items():
        span = offer.candidate.span
        value = {"start": span.start, "end": span.end, "text": span.text}
        value |= {"choices": words.who(offer.candidate.who)}
        said.append({"id": region, "from_name": SAID, "to_name": TEXT, "type": "choices", "value": value})
    for (item, _), arrows in proposal.arrows.items():
        for arrow in arrows:
            relations.append(Relation("", arrow.label, arrow.head, arrow.tail))
            if not c.relation_item[item].agreed:
                open_by.setdefault((arrow.head, arrow.tail), set()).update(words.who(arrow.who))
    spans = [msgspec.structs.replace(p.candidate.span, id=region) for region, p in regions.items()]
    known, document = (c.doc_id, c.text_sha256, "", c.ontology, "", None), proposal.agreed_of_document
    offered = Layer(*known, tuple(spans), tuple(relations), DocumentLabel(document) if document else None)
    made = layer_to_result(offered, ontology)
    for entry in made:
        if entry["type"] == "relation":
            names = open_by.get((entry["from_id"], entry["to_id"]), ())
            entry["labels"] = [*entry["labels"], *map(marker, sorted(names))]
    return made + said


def rows(proposal: Proposal, words: Words, ontology: Ontology) -> list[dict[str, Any]]:
    """Return the disagreements as the script of the screen reads them, in the order of `in_turn`.

    Of each candidate: who said it, its words and its regions or arrows; of a span what was offered, by
    control; of what is said of the whole article the controls whose values not all gave; of a relation what
    else the ontology allows between its places, turned or not.
    """
    regions: dict[tuple[str, int], str] = {(o.item.id, o.number): r for r, o in proposal.spans.items()}
    given: dict[str, dict[str, list[Any]]] = {}
    for entry in result(proposal, words, ontology):
        if entry["type"] != "relation" and entry["from_name"] != SAID:
            given.setdefault(entry["id"], {})[entry["from_name"]] = _given(entry)
    made: list[dict[str, Any]] = []
    for item in in_turn(proposal.comparison):
        row: dict[str, Any] = {"id": item.id, "about": about(item)}
        candidates: list[dict[str, Any]] = []
        for number in _by_name(item, words):
            c = item.candidates[number]
            said: dict[str, Any] = {"who": words.who(c.who)}
            if isinstance(c, SpanCandidate):
                region = regions[item.id, number]
                said |= {"label": c.span.label, "text": c.span.text, "attributes": c.span.attributes}
                values = given.get(region) or _document_values(c.span, ontology)
                said |= {"region": region, "at": [c.span.start, c.span.end], "given": values}
            else:
                arrows = [[a.head, a.tail] for a in proposal.arrows[item.id, number]]
                head, tail = (proposal.spans[end].candidate.span for end in arrows[0])
                ends = {"head": [head.label, head.text], "tail": [tail.label, tail.text]}
                said |= {"label": c.label, "arrows": arrows, **ends, "places": c.ends}
            candidates.append(said)
        row |= {"candidates": candidates}
        if proposal.of_document and item == proposal.of_document[0].item:
            names = {n for o in proposal.of_document for n in o.candidate.span.attributes}
            differing = sorted(names - proposal.agreed_of_document.keys())
            row["document"] = [control_of(ontology)[name, DOCUMENT].name for name in differing]
        if isinstance(item, RelationItem):
            row["others"] = _others(proposal, item, _by_name(item, words)[0], ontology)
            row["symmetric"] = [relation.name for relation in ontology.relations if relation.symmetric]
        made.append(row)
    return made


def _given(entry: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a list, or a number
    return entry["value"].get(entry["type"], entry["value"].get("text"))


def _document_values(said: Span, ontology: Ontology) -> dict[str, Any]:
    """Return what one says of the whole article by control."""
    layer = Layer("", "", "", "", "", None, (), (), DocumentLabel(said.attributes))
    return {entry["from_name"]: _given(entry) for entry in layer_to_result(layer, ontology)}


def in_turn(comparison: Comparison) -> list[Item]:
    """Return what is disputed in the order of deciding: down the text, spans before their arrows."""
    at = {item.id: item.start for item in comparison.spans}

    def turn(item: Item) -> tuple[int, bool, int]:
        if isinstance(item, RelationItem):
            return max(at[place] for place in item.places), True, item.end
        return item.start, False, item.end

    return sorted(comparison.disputed, key=turn)


def _by_name(item: Item, words: Words) -> list[int]:
    """Return the candidates in the order of who said them: the same key for the same annotator."""
    return sorted(range(len(item.candidates)), key=lambda number: words.who(item.candidates[number].who))


def _others(proposal: Proposal, item: RelationItem, first: int, ontology: Ontology) -> list[tuple[str, bool]]:
    """Return what else the places of a relation could have: a label, and whether it runs against `first`."""
    arrow = proposal.arrows[item.id, first][0]
    head, tail = (proposal.spans[end].candidate.span.label for end in (arrow.head, arrow.tail))
    between = (i for i in proposal.comparison.relations if i.places == item.places)
    said = {(c.label, c.ends != item.candidates[first].ends) for i in between for c in i.candidates}
    return [
        (relation.name, turned)
        for relation in ontology.relations
        for turned, one, other in ((False, head, tail), (True, tail, head))
        if one in relation.head
        and other in relation.tail
        and (not relation.same_label or one == other)
        and (relation.name, turned) not in said
        and not (relation.symmetric and turned)
    ]
