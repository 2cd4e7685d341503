"""The labelling screen: Label Studio's XML config and instructions, from ontology, entities and guidelines.

Tags and parameters are those of Label Studio 1.23 (https://labelstud.io/tags). Nothing on the screen is
loaded from the network: fonts are the system's, the entities are in the config itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Literal
from xml.etree import ElementTree as ET

import msgspec

from parley.model.entities import Entity
from parley.model.ontology import Attribute, Ontology
from parley.model.paths import CorpusPaths

TEXT = "text"  # the tag that shows the document, and the key of the task data it shows
LABEL = "label"  # the tag with all span labels: one tag, so that a span has exactly one label

Tag = Literal["choices", "taxonomy", "textarea"]

# Colours are the server's own variables, so that its dark theme works too. White space is kept: a browser
# that folds two spaces into one would quote another surface than the text has. Arrows pass under the bar of
# labels: the screen itself draws them above everything, in a layer of its own at 100. The handles at the
# edges of a span are <area> elements, which Chromium does not show unless it is told to.
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
.parley-text .htx-highlight area { display: inline-block !important; }
.parley-details { flex: 0 0 16rem; position: sticky; top: 84px; margin-left: 24px; }
.parley-attribute { margin-bottom: 12px; }
.parley-details .lsf-choices { display: flex; flex-wrap: wrap; }
.htx-taxonomy-dropdown { min-width: 24rem; }
"""


class Control(msgspec.Struct, frozen=True):
    """One tag for one attribute of some labels: what a region names as its `from_name`.

    name: the tag's name, the attribute and its first label. types: of the entities it offers. proposes:
    a free text for an entity that entities.csv lacks yet; what is written there is not a value.
    """

    name: str
    attribute: Attribute
    labels: tuple[str, ...]
    tag: Tag
    types: tuple[str, ...] = ()
    proposes: bool = False


def controls(ontology: Ontology) -> tuple[Control, ...]:
    """Return the controls of all attributes, in file order; the config is written and read back by them.

    An entity attribute has a pair for each set of entity types: the list to choose from, and the free text.
    """
    made: list[Control] = []
    for attribute in ontology.attributes:
        if attribute.kind != "entity":
            tag: Tag = "choices" if attribute.kind == "choice" else "textarea"
            made.append(Control(f"{attribute.name}-{attribute.labels[0]}", attribute, attribute.labels, tag))
            continue
        labels_of: dict[tuple[str, ...], tuple[str, ...]] = {}  # by the types of the entities that fit them
        for label in attribute.labels:
            types = attribute.types or (label,)
            labels_of[types] = (*labels_of.get(types, ()), label)
        for types, labels in labels_of.items():
            name = f"{attribute.name}-{labels[0]}"
            made.append(Control(name, attribute, labels, "taxonomy", types))
            made.append(Control(f"{name}-new", attribute, labels, "textarea", types, proposes=True))
    return tuple(made)


def control_of(ontology: Ontology) -> dict[tuple[str, str], Control]:
    """Return the control that carries a value, by (attribute name, label)."""
    return {(c.attribute.name, label): c for c in controls(ontology) if not c.proposes for label in c.labels}


def label_config(ontology: Ontology, entities: Mapping[str, Entity]) -> str:
    """Return the labelling config of a corpus: XML that the server and `LabelInterface` accept.

    Labels are in their groups, in one tag, so that a span has exactly one. An attribute shows only while
    a span whose label has it is selected. Same ontology and entities, same text.
    """
    view = ET.Element("View")
    ET.SubElement(view, "Style").text = _STYLE
    if ontology.relations:
        # Label Studio binds no hotkey to a relation label, only to the act of relating (Alt+R)
        relations = ET.SubElement(view, "Relations", {"choice": "multiple"})
        for relation in ontology.relations:
            color = {"background": relation.color} if relation.color else {}
            ET.SubElement(relations, "Relation", {"value": relation.name, **color})
    head = _view(view, "head")
    ET.SubElement(head, "Header", {"value": "$title", "size": "3", "style": "margin: 0 0 2px 0"})
    _header(head, "$published", "0")
    labels = ET.SubElement(
        _view(view, "labels"), "Labels", {"name": LABEL, "toName": TEXT, "choice": "single"}
    )
    for group in ontology.groups:
        members = [s for s in ontology.spans if s.group == group.name]
        if not members:
            continue
        box = _view(labels, "group")
        _header(box, group.title, "0 8px 0 0")
        for span in members:
            hint = f"{span.title}: {span.definition}"
            shown = {"value": span.name, "background": span.color, "hint": hint}
            ET.SubElement(box, "Label", shown | _hotkey(span.hotkey))
    columns = _view(view, "columns")
    # the label at each span: a colour alone does not tell two labels apart for everyone
    shown = {"name": TEXT, "value": f"${TEXT}", "showLabels": "true"}
    ET.SubElement(_view(columns, "text"), "Text", shown)
    details = _view(columns, "details")
    for control in controls(ontology):
        fitting = [entity for entity in entities.values() if entity.type in control.types]
        if fitting or control.tag != "taxonomy":  # an empty list offers nothing; what is new can be proposed
            _attribute(details, control, fitting)
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _view(parent: ET.Element, name: str, **conditions: str) -> ET.Element:
    return ET.SubElement(parent, "View", {"className": f"parley-{name}", **conditions})


def _header(parent: ET.Element, text: str, margin: str) -> None:
    style = f"font-size: 13px; font-weight: 600; opacity: 0.75; margin: {margin}"
    ET.SubElement(parent, "Header", {"value": text, "size": "5", "style": style})


def _hotkey(key: str) -> dict[str, str]:
    return {"hotkey": key} if key else {}


def _attribute(details: ET.Element, control: Control, fitting: Sequence[Entity]) -> None:
    attribute, labels = control.attribute, control.labels
    when = {"visibleWhen": "region-selected", "whenTagName": LABEL, "whenLabelValue": ",".join(labels)}
    box = _view(details, "attribute", **when)
    _header(box, f"{attribute.title}: new…" if control.proposes else attribute.title, "0 0 2px 0")
    # whenLabelValue is on the control too: the server's screen drops an attribute whose span got
    # another label, and asks for a required one, by the control's own condition.
    given = {"name": control.name, "toName": TEXT, "perRegion": "true", **when}
    if attribute.required and attribute.kind != "entity":  # a new entity may be proposed in its place
        given |= {"required": "true", "requiredMessage": f"{', '.join(labels)} needs: {attribute.title}"}
    if control.tag == "choices":
        choices = ET.SubElement(box, "Choices", {**given, "choice": "single", "layout": "inline"})
        for value in attribute.value:
            shown = {"value": value.name, "hint": value.definition}
            ET.SubElement(choices, "Choice", shown | _hotkey(value.hotkey))
    elif control.tag == "taxonomy":
        # A Choices tag laid out as a list cannot be searched; Taxonomy can, over the text it shows.
        screen = {"maxUsages": "1", "leafsOnly": "true", "placeholder": "search the entities"}
        taxonomy = ET.SubElement(box, "Taxonomy", {**given, **screen})
        for entity in fitting:
            others = [alias for alias in entity.aliases if alias != entity.name]
            names = f"{entity.name} ({', '.join(others)})" if others else entity.name
            hint = f"{entity.id}: {entity.note}" if entity.note else entity.id
            ET.SubElement(taxonomy, "Choice", {"value": names, "alias": entity.id, "hint": hint})
    else:
        examples = {
            "entity": "not in the list? write its name" if fitting else "write its name",
            "timex3": "TIMEX3 value, e.g. 2025-06-02",
            "quantity": "number unit, e.g. 1000 person",
        }
        end = ", Enter" if control.proposes else "; Enter"
        screen = {"maxSubmissions": "1", "editable": "true", "placeholder": examples[attribute.kind] + end}
        ET.SubElement(box, "TextArea", {**given, **screen})


def instruction(corpus: CorpusPaths) -> str:
    """Return guidelines.md as HTML of the tags that Label Studio lets through, "" if there is none.

    Pictures are left out: the server has no place for them, and a link to one elsewhere would reach for the
    network from the annotator's browser. So are comments, such as the marks around generated tables.
    """
    if not os.path.lexists(corpus.guidelines):
        return ""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("image", lambda *_: "")
    text = re.sub(r"<!--.*?-->\n?", "", corpus.read(corpus.guidelines).decode(), flags=re.DOTALL)
    return str(reader.render(text))
