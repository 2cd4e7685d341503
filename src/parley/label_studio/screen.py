"""The labelling screen: Label Studio's XML config and instructions, from ontology, entities and guidelines.

Tags and parameters are those of Label Studio 1.23 (https://labelstud.io/tags). Nothing on the screen is
loaded from the network: fonts are the system's, the entities are in the config itself.
"""

from __future__ import annotations

import os
import pkgutil
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import unescape
from string import ascii_lowercase
from typing import Literal
from xml.etree import ElementTree as ET

import msgspec

from parley.model.entities import Entity
from parley.model.ontology import DOCUMENT, Attribute, DocumentAttribute, Ontology
from parley.model.paths import CorpusPaths

TEXT = "text"  # the tag that shows the document, and the key of the task data it shows
LABEL = "label"  # the tag with all span labels: one tag, so that a span has exactly one label

Tag = Literal["choices", "taxonomy", "textarea", "number"]
_TAGS: dict[str, Tag] = {"choice": "choices", "number": "number"}

_KEYS_OF_THE_SCREEN = frozenset("ru")  # relate, in labelling/; unselect, of Label Studio


class Control(msgspec.Struct, frozen=True):
    """One tag for one attribute of some labels, or of the document: what a region names as its `from_name`.

    name: the tag's name, the attribute and its first label; of the document it ends in `document`. types: of
    the entities it offers. proposes: a free text for an entity that entities.csv lacks yet; what is written
    there is not a value.
    """

    name: str
    attribute: Attribute | DocumentAttribute
    labels: tuple[str, ...]
    tag: Tag
    types: tuple[str, ...] = ()
    proposes: bool = False

    @property
    def of_document(self) -> bool:
        """Whether it is about the whole article, and not about a span."""
        return self.labels == (DOCUMENT,)


def controls(ontology: Ontology) -> tuple[Control, ...]:
    """Return the controls of all attributes, in file order; the config is written and read back by them.

    Those of the document come last. An entity attribute has a pair for each set of entity types: the list to
    choose from, and the free text.
    """
    made: list[Control] = []
    for attribute in ontology.all_attributes:
        if attribute.kind != "entity":
            tag = _TAGS.get(attribute.kind, "textarea")
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


def control_of(ontology: Ontology, *, proposes: bool = False) -> dict[tuple[str, str], Control]:
    """Return the control that carries a value, or a proposed entity, by (attribute name, label)."""
    made = [control for control in controls(ontology) if control.proposes == proposes]
    return {(control.attribute.name, label): control for control in made for label in control.labels}


def value_keys(ontology: Ontology) -> dict[tuple[str, str], str]:
    """Return the key of each legal value by (control, value): its own, or a letter of its name that is free.

    Keys differ among the values that one span can have. Label Studio lets a key act on values that are not on
    the screen, so that what is written here is not its `hotkey`: the script of the page reads it.
    """
    choices = [c for c in controls(ontology) if c.tag == "choices" and not c.of_document]
    own = {(c.name, v.name): v.hotkey for c in choices for v in c.attribute.value if v.hotkey}
    given = dict(own)
    for control in choices:
        beside = {c.name for c in choices if {*c.labels} & {*control.labels}}
        for value in control.attribute.value:
            taken = {key for (name, _), key in given.items() if name in beside}
            taken |= {*_KEYS_OF_THE_SCREEN, *(span.hotkey for span in ontology.spans)}
            if (control.name, value.name) not in own and (key := _free(value.name, taken)):
                given[control.name, value.name] = key
    return given


def relation_keys(ontology: Ontology) -> dict[str, str]:
    """Return the key of each relation by name: a letter of the name, no two alike."""
    given: dict[str, str] = {}
    for name in ontology.relation_names:
        if key := _free(name, given.values()):
            given[name] = key
    return given


def _free(name: str, taken: Iterable[str]) -> str:
    used = {*taken}
    return next((x for x in name.lower() + ascii_lowercase if x in ascii_lowercase and x not in used), "")


def label_config(ontology: Ontology, entities: Mapping[str, Entity]) -> str:
    """Return the labelling config of a corpus: XML that the server and `LabelInterface` accept.

    Labels are in their groups, in one tag, so that a span has exactly one. An attribute shows only while
    a span whose label has it is selected. Same ontology and entities, same text.
    """
    view = ET.Element("View")
    ET.SubElement(view, "Style").text = _style("screen", *["document"] * bool(ontology.document_attributes))
    if ontology.relations:
        # Label Studio binds no key to a relation label and knows no domain or range: the script reads them
        relations, keys = ET.SubElement(view, "Relations", {"choice": "multiple"}), relation_keys(ontology)
        for relation in ontology.relations:
            shown = {"value": relation.name, **({"background": relation.color} if relation.color else {})}
            shown |= {"head": " ".join(relation.head), "tail": " ".join(relation.tail)}
            shown |= {"sameLabel": "true"} if relation.same_label else {}
            ET.SubElement(relations, "Relation", shown | _key("key", keys.get(relation.name, "")))
    head = view_below(view, "head")
    ET.SubElement(head, "Header", {"value": "$title", "size": "3", "style": "margin: 0 0 2px 0"})
    header(head, "$published", "0")
    labels = ET.SubElement(
        view_below(view, "labels"), "Labels", {"name": LABEL, "toName": TEXT, "choice": "single"}
    )
    for group in ontology.groups:
        members = [s for s in ontology.spans if s.group == group.name]
        if not members:
            continue
        box = view_below(labels, "group")
        header(box, group.title, "0 8px 0 0")
        for span in members:
            hint = f"{span.title}: {span.definition}"
            shown = {"value": span.name, "background": span.color, "hint": hint}
            ET.SubElement(box, "Label", shown | _key("hotkey", span.hotkey))
    columns = view_below(view, "columns")
    # the label at each span: not everyone can tell two labels apart by colour alone
    shown = {"name": TEXT, "value": f"${TEXT}", "showLabels": "true"}
    ET.SubElement(view_below(columns, "text"), "Text", shown)
    details = view_below(columns, "details")
    view_below(details, "proposals")  # the script's
    of_spans = [control for control in controls(ontology) if not control.of_document]
    for control in sorted(of_spans, key=_urgency):
        fitting = [entity for entity in entities.values() if entity.type in control.types]
        if fitting or control.tag != "taxonomy":  # an empty list offers nothing; what is new can be proposed
            _attribute(details, control, fitting, value_keys(ontology))
    if ontology.document_attributes:
        whole = view_below(details, DOCUMENT)
        header(whole, "The whole article", "0 0 6px 0")
        for control in controls(ontology):
            if control.of_document:
                _attribute(whole, control, (), {})
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


@cache
def _style(*names: str) -> str:
    """Return what the screen looks like, by the files in templates/.

    Colours are the server's own variables, so that its dark theme works too. White space is kept: a browser
    that folds two spaces into one would quote another surface than the text has. Arrows pass under the bar of
    labels: the screen itself draws them above everything, in a layer of its own at 100. The handles at the
    edges of a span are <area> elements, which Chromium does not show unless it is told to. In its dialog of
    guidelines the server's own style takes numbers, bullets and sizes away.
    """
    files = (pkgutil.get_data("parley.label_studio", f"templates/{name}.css") or b"" for name in names)
    return "".join(f"\n{file.decode()}" for file in files)


def view_below(parent: ET.Element, name: str, **conditions: str) -> ET.Element:
    """Add a box of a style class. conditions: when it is shown."""
    return ET.SubElement(parent, "View", {"className": f"parley-{name}", **conditions})


def header(parent: ET.Element, text: str, margin: str) -> None:
    """Add a title."""
    style = f"font-size: 13px; font-weight: 600; opacity: 0.75; margin: {margin}"
    ET.SubElement(parent, "Header", {"value": text, "size": "5", "style": style})


def _key(name: str, key: str) -> dict[str, str]:
    return {name: key} if key else {}


def _urgency(control: Control) -> int:
    """Return the rank of a control in the panel: what is always asked for, what sometimes is, the rest."""
    attribute = control.attribute
    if attribute.required and attribute.kind != "entity":
        return 0
    return 1 if attribute.required or attribute.required_when else 2


def _attribute(
    details: ET.Element, control: Control, fitting: Sequence[Entity], keys: Mapping[tuple[str, str], str]
) -> None:
    attribute, labels = control.attribute, control.labels
    when = {"visibleWhen": "region-selected", "whenTagName": LABEL, "whenLabelValue": ",".join(labels)}
    # whenLabelValue is on the control too: the server's screen drops an attribute whose span got
    # another label, and asks for a required one, by the control's own condition.
    given, needs = {"name": control.name, "toName": TEXT, "perRegion": "true", **when}, ", ".join(labels)
    if control.of_document:  # of no region: always there
        when, given, needs = {}, {"name": control.name, "toName": TEXT}, "the article"
    box = view_below(details, "attribute", **when)
    header(box, f"{attribute.title}: new…" if control.proposes else attribute.title, "0 0 2px 0")
    if attribute.required and attribute.kind != "entity":  # a new entity may be proposed in its place
        given |= {"required": "true", "requiredMessage": f"{needs} needs: {attribute.title}"}
    if control.tag == "choices":
        choices = ET.SubElement(box, "Choices", {**given, "choice": "single", "layout": "inline"})
        for value in attribute.value:
            shown = {"value": value.name, "hint": value.definition} | _key("hotkey", value.hotkey)
            ET.SubElement(choices, "Choice", shown | _key("key", keys.get((control.name, value.name), "")))
    elif control.tag == "taxonomy":
        # A Choices tag laid out as a list cannot be searched; Taxonomy can, over the text it shows.
        one = {} if attribute.several else {"maxUsages": "1"}
        screen = {**one, "leafsOnly": "true", "placeholder": "search the entities"}
        asked = [f"{name}={value}" for name, values in attribute.required_when.items() for value in values]
        screen |= _key("requiredWhen", " ".join(asked))
        taxonomy = ET.SubElement(box, "Taxonomy", {**given, **screen})
        for entity in fitting:
            others = [alias for alias in entity.aliases if alias != entity.name]
            names = f"{entity.name} ({', '.join(others)})" if others else entity.name
            hint = f"{entity.id}: {entity.note}" if entity.note else entity.id
            ET.SubElement(taxonomy, "Choice", {"value": names, "alias": entity.id, "hint": hint})
    elif control.tag == "number":
        ET.SubElement(box, "Number", given)
    else:
        examples = {
            "text": "in your words",
            "entity": "not in the list? write its name" if fitting else "write its name",
            "timex3": "TIMEX3 value, e.g. 2025-06-02",
            "quantity": "number unit, e.g. 1000 person",
        }
        end = ", Enter" if control.proposes else "; Enter"
        one = {} if attribute.several else {"maxSubmissions": "1"}
        screen = {**one, "editable": "true", "placeholder": examples[attribute.kind] + end}
        ET.SubElement(box, "TextArea", {**given, **screen})


def instruction(corpus: CorpusPaths) -> str:
    """Return guidelines.md as HTML of the tags that Label Studio lets through, "" if there is none.

    Each section is folded below its heading, so that what is seen first is the contents. Pictures are left
    out: the server has no place for them, and a link to one elsewhere would reach for the network from the
    annotator's browser. So are comments, such as the marks around generated tables.
    """
    if not os.path.lexists(corpus.guidelines):
        return ""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("image", lambda *_: "")
    text = re.sub(r"<!--.*?-->\n?", "", corpus.read(corpus.guidelines).decode(), flags=re.DOTALL)
    folded = _folded(reader.render(text))
    return f'<style>{_style("guidelines")}</style><div class="parley-guidelines">{folded}</div>'


def _folded(html: str) -> str:
    """Return HTML whose sections, from their second level on, are folded below their headings."""
    made, open_levels = [], list[int]()
    for part in re.split(r"(<h[2-6]>.*?</h[2-6]>)", html):
        if heading := re.fullmatch(r"<h([2-6])>(.*)</h\1>", part):
            level, title = int(heading[1]), heading[2]
            while open_levels and open_levels[-1] >= level:
                made.append("</details>")
                open_levels.pop()
            words = unescape(re.sub(r"<[^>]*>", "", title)).lower()
            anchor = re.sub(r"[^\w-]", "", words.replace(" ", "-"))
            made.append(f'<details><summary><h{level} id="{anchor}">{title}</h{level}></summary>')
            open_levels.append(level)
        else:
            made.append(part)
    return "".join(made) + "</details>" * len(open_levels)
