"""The controls of the labelling screen: which tag carries the label, and which carries each attribute.

A control is what a Label Studio region names as its `from_name`. The labelling config is written from
these, and what people decided is read back through them, so the two cannot drift apart.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from parley.model.ontology import Attribute, Ontology

TEXT = "text"  # the tag that shows the document, and the key of the task data it shows
LABEL = "label"  # the tag with all span labels: one tag, so that a span has exactly one label

Tag = Literal["choices", "taxonomy", "textarea"]


class Control(msgspec.Struct, frozen=True):
    """One tag for one attribute of some labels.

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
    """Return the controls of all attributes, in file order.

    An entity attribute has a pair for each set of entity types: the list to choose from, and the free text.
    """
    made: list[Control] = []
    for attribute in ontology.attributes:
        if attribute.kind == "entity":
            for types, labels in _by_types(attribute).items():
                name = f"{attribute.name}-{labels[0]}"
                made.append(Control(name, attribute, labels, "taxonomy", types))
                made.append(Control(f"{name}-new", attribute, labels, "textarea", types, proposes=True))
        else:
            tag: Tag = "choices" if attribute.kind == "choice" else "textarea"
            made.append(Control(f"{attribute.name}-{attribute.labels[0]}", attribute, attribute.labels, tag))
    return tuple(made)


def control_of(ontology: Ontology) -> dict[tuple[str, str], Control]:
    """Return the control that carries a value, by (attribute name, label)."""
    return {(c.attribute.name, label): c for c in controls(ontology) if not c.proposes for label in c.labels}


def _by_types(attribute: Attribute) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Group an entity attribute's labels by the types of the entities that fit them."""
    groups: dict[tuple[str, ...], tuple[str, ...]] = {}
    for label in attribute.labels:
        types = attribute.types or (label,)
        groups[types] = (*groups.get(types, ()), label)
    return groups
