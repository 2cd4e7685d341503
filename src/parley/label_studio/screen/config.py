"""The labelling screen: Label Studio's XML config, derived from the ontology and the entities.

Tags and parameters are those of Label Studio 1.23 (https://labelstud.io/tags). Nothing on the screen is
loaded from the network: fonts are the system's, the entities are in the config itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from parley.label_studio.screen.controls import LABEL, TEXT, Control, controls
from parley.model.entities import Entity
from parley.model.ontology import Ontology

_SMALL = "font-size: 13px; font-weight: 600; opacity: 0.75"

# Colours are the server's own variables, so that its dark theme works too. White space is kept: a browser
# that folds two spaces into one would quote another surface than the text has. Arrows pass under the bar of
# labels: the screen itself draws them above everything, in a layer of its own at 100.
_STYLE = """
.parley-head { margin: 0 0 10px 0; max-width: 46rem; }
.parley-labels { position: sticky; top: 0; z-index: 5; padding: 6px 0; margin-bottom: 14px;
  background: var(--color-neutral-background, white);
  border-bottom: 1px solid var(--color-neutral-border, gainsboro); }
.relations-overlay { z-index: 4 !important; }
.parley-labels .lsf-labels { display: flex; flex-wrap: wrap; margin: 0; }
.parley-group { display: flex; flex-wrap: wrap; align-items: center; margin-right: 20px; }
.parley-columns { display: flex; align-items: flex-start; }
.parley-text { flex: 1 1 34rem; min-width: 0; }
.parley-text .lsf-richtext__container { max-width: 46rem; font-family: Georgia, "DejaVu Serif", serif;
  font-size: 17px; line-height: 2; white-space: pre-wrap; overflow-wrap: break-word; }
.parley-text .lsf-richtext__line { display: inline-block; width: 100%; margin-bottom: 0.5em; padding-left: 0;
  unicode-bidi: plaintext; text-align: start; }
.parley-text .htx-highlight::after { unicode-bidi: isolate; direction: ltr; }
.parley-details { flex: 0 0 16rem; position: sticky; top: 84px; margin-left: 24px; }
.parley-attribute { margin-bottom: 12px; }
.parley-details .lsf-choices { display: flex; flex-wrap: wrap; }
.htx-taxonomy-dropdown { min-width: 24rem; }
"""


def label_config(ontology: Ontology, entities: Mapping[str, Entity]) -> str:
    """Return the labelling config of a corpus: XML that the server and `LabelInterface` accept.

    Labels are in their groups, in one tag, so that a span has exactly one. An attribute shows only while
    a span whose label has it is selected. Same ontology and entities, same text.
    """
    view = ET.Element("View")
    ET.SubElement(view, "Style").text = _STYLE
    _relations(view, ontology)
    head = ET.SubElement(view, "View", {"className": "parley-head"})
    ET.SubElement(head, "Header", {"value": "$title", "size": "3", "style": "margin: 0 0 2px 0"})
    ET.SubElement(head, "Header", {"value": "$published", "size": "5", "style": f"{_SMALL}; margin: 0"})
    _labels(view, ontology)
    columns = ET.SubElement(view, "View", {"className": "parley-columns"})
    text = ET.SubElement(columns, "View", {"className": "parley-text"})
    # the label at each span: a colour alone does not tell two labels apart for everyone
    ET.SubElement(text, "Text", {"name": TEXT, "value": f"${TEXT}", "showLabels": "true"})
    details = ET.SubElement(columns, "View", {"className": "parley-details"})
    for control in controls(ontology):
        fitting = [entity for entity in entities.values() if entity.type in control.types]
        if fitting or control.tag != "taxonomy":  # an empty list offers nothing; what is new can be proposed
            _attribute(details, control, fitting)
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _relations(view: ET.Element, ontology: Ontology) -> None:
    # Label Studio binds no hotkey to a relation label, only to the act of relating (Alt+R).
    if not ontology.relations:
        return
    relations = ET.SubElement(view, "Relations", {"choice": "multiple"})
    for relation in ontology.relations:
        options = {"value": relation.name}
        if relation.color:
            options["background"] = relation.color
        ET.SubElement(relations, "Relation", options)


def _labels(view: ET.Element, ontology: Ontology) -> None:
    bar = ET.SubElement(view, "View", {"className": "parley-labels"})
    labels = ET.SubElement(bar, "Labels", {"name": LABEL, "toName": TEXT, "choice": "single"})
    for group in ontology.groups:
        members = [s for s in ontology.spans if s.group == group.name]
        if not members:
            continue
        box = ET.SubElement(labels, "View", {"className": "parley-group"})
        ET.SubElement(
            box, "Header", {"value": group.title, "size": "5", "style": f"{_SMALL}; margin: 0 8px 0 0"}
        )
        for span in members:
            options = {
                "value": span.name,
                "background": span.color,
                "hint": f"{span.title}: {span.definition}",
            }
            if span.hotkey:
                options["hotkey"] = span.hotkey
            ET.SubElement(box, "Label", options)


def _attribute(details: ET.Element, control: Control, fitting: Sequence[Entity]) -> None:
    attribute = control.attribute
    when = {
        "visibleWhen": "region-selected",
        "whenTagName": LABEL,
        "whenLabelValue": ",".join(control.labels),
    }
    box = ET.SubElement(details, "View", {"className": "parley-attribute", **when})
    title = f"{attribute.title}: new…" if control.proposes else attribute.title
    ET.SubElement(box, "Header", {"value": title, "size": "5", "style": f"{_SMALL}; margin: 0 0 2px 0"})
    # whenLabelValue is on the control too: the server's screen drops an attribute whose span got
    # another label, and asks for a required one, by the control's own condition.
    given = {"name": control.name, "toName": TEXT, "perRegion": "true", **when}
    if attribute.required and attribute.kind != "entity":  # a new entity may be proposed in its place
        given |= {
            "required": "true",
            "requiredMessage": f"{', '.join(control.labels)} needs: {attribute.title}",
        }
    if control.tag == "choices":
        choices = ET.SubElement(box, "Choices", {**given, "choice": "single", "layout": "inline"})
        for value in attribute.value:
            options = {"value": value.name, "hint": value.definition}
            if value.hotkey:
                options["hotkey"] = value.hotkey
            ET.SubElement(choices, "Choice", options)
    elif control.tag == "taxonomy":
        # A Choices tag laid out as a list cannot be searched; Taxonomy can, over the text it shows.
        screen = {"maxUsages": "1", "leafsOnly": "true", "placeholder": "search the entities"}
        taxonomy = ET.SubElement(box, "Taxonomy", {**given, **screen})
        for entity in fitting:
            options = {"value": _names(entity), "alias": entity.id, "hint": _hint(entity)}
            ET.SubElement(taxonomy, "Choice", options)
    else:
        words = _placeholder(control, listed=bool(fitting))
        screen = {"maxSubmissions": "1", "editable": "true", "placeholder": words}
        ET.SubElement(box, "TextArea", {**given, **screen})


def _names(entity: Entity) -> str:
    """Return the text an entity is searched by: its name, and every alias."""
    others = [alias for alias in entity.aliases if alias != entity.name]
    return f"{entity.name} ({', '.join(others)})" if others else entity.name


def _hint(entity: Entity) -> str:
    """Return what the screen shows while the mouse rests on an entity: its id and its note."""
    return f"{entity.id}: {entity.note}" if entity.note else entity.id


def _placeholder(control: Control, *, listed: bool) -> str:
    if control.proposes:
        return "not in the list? write its name, Enter" if listed else "write its name, Enter"
    return {
        "timex3": "TIMEX3 value, e.g. 2025-06-02; Enter",
        "quantity": "number unit, e.g. 1000 person; Enter",
    }[control.attribute.kind]
