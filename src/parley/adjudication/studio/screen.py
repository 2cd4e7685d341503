"""The adjudication screen: the labelling screen, and what a lead needs besides.

For each selected span: who said it, a verdict and, if wanted, a reason. For each disputed relation: a label
`? name` on its arrow, which says "undecided, said by name" until the lead takes it off. And the list of
the disagreements in words, above the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from parley.label_studio.screen import TEXT, label_config
from parley.model.entities import Entity
from parley.model.labels import REASONS
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
