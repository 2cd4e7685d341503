"""The ontology as Markdown tables, for the guidelines, the card and the datasheet."""

from __future__ import annotations

from parley.model.ontology import Attribute, Ontology, RelationLabel
from parley.runtime.markdown import table


def ontology_blocks(ontology: Ontology) -> dict[str, str]:
    """Return the generated blocks `spans`, `attributes`, `values` and `relations`."""
    return {
        "spans": spans_table(ontology),
        "attributes": attributes_table(ontology),
        "values": values_tables(ontology),
        "relations": relations_table(ontology),
    }


def spans_table(ontology: Ontology) -> str:
    """Return a table of span labels: key, attributes, definition."""
    rows = [
        (
            f"`{s.name}`",
            s.title,
            f"`{s.hotkey}`" if s.hotkey else "",
            " ".join(f"`{a}`" for a in ontology.attributes_of[s.name]),
            s.definition,
        )
        for s in ontology.spans
    ]
    return table(("label", "is", "key", "attributes", "definition"), rows)


def attributes_table(ontology: Ontology) -> str:
    """Return a table of attributes: the labels that have them, what they hold, whether they must be set."""
    rows = [
        (f"`{a.name}`", " ".join(f"`{x}`" for x in a.labels), _holds(a), _required(a), a.definition)
        for a in ontology.attributes
    ]
    return table(("attribute", "of", "holds", "required", "definition"), rows)


def values_tables(ontology: Ontology) -> str:
    """Return a table of legal values for every choice attribute, each under its name."""
    parts = [
        f"**{a.name}** of {', '.join(a.labels)}\n\n"
        + table(("value", "definition"), [(f"`{v.name}`", v.definition) for v in a.value])
        for a in ontology.attributes
        if a.kind == "choice"
    ]
    return "\n\n".join(parts)


def relations_table(ontology: Ontology) -> str:
    """Return a table of relations: what they lead from and to, and what they say."""
    rows = [
        (f"`{r.name}`", " ".join(r.head), " ".join(r.tail), _relation_note(r)) for r in ontology.relations
    ]
    return table(("relation", "from (head)", "to (tail)", "definition"), rows)


def _holds(attribute: Attribute) -> str:
    kinds = {
        "choice": " ".join(f"`{v}`" for v in attribute.values),
        "entity": "an id of entities.csv",
        "timex3": "a TIMEX3 value",
        "quantity": "number and unit",
    }
    return kinds[attribute.kind]


def _required(attribute: Attribute) -> str:
    if attribute.required:
        return "always"
    conditions = [f"{name} is {' or '.join(values)}" for name, values in attribute.required_when.items()]
    return "where " + ", or ".join(conditions) if conditions else "no"


def _relation_note(relation: RelationLabel) -> str:
    notes = [relation.definition]
    if relation.symmetric:
        notes.append("Has no direction.")
    if relation.expected_of:
        excuse = f", or says why not (`{relation.excused_by}`)" if relation.excused_by else ""
        notes.append(f"Every {' and '.join(relation.expected_of)} has one{excuse}.")
    return " ".join(notes)
