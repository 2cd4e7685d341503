"""The ontology as tables for readers: in the guidelines and the codebook."""

from __future__ import annotations

from parley.model.ontology import Attribute, DocumentAttribute, Ontology
from parley.runtime.markdown import table


def ontology_blocks(ontology: Ontology) -> dict[str, str]:
    """Return the generated blocks `spans`, `attributes`, `values` and `relations` of the guidelines."""
    spans = [
        (
            f"`{s.name}`",
            s.title,
            f"`{s.hotkey}`" if s.hotkey else "",
            " ".join(f"`{a}`" for a in ontology.attributes_of[s.name]),
            s.definition,
        )
        for s in ontology.spans
    ]
    attributes = [
        (f"`{a.name}`", " ".join(f"`{x}`" for x in a.labels), _holds(a), _required(a), a.definition)
        for a in ontology.all_attributes
    ]
    return {
        "spans": table(("label", "is", "key", "attributes", "definition"), spans),
        "attributes": table(("attribute", "of", "holds", "required", "definition"), attributes),
        "values": values_tables(ontology),
        "relations": relations_table(ontology),
    }


def values_tables(ontology: Ontology) -> str:
    """Return a table of legal values for every choice attribute, each under its name."""
    return "\n\n".join(
        f"**{a.name}** of {', '.join(a.labels) if isinstance(a, Attribute) else 'the document'}\n\n"
        + table(("value", "definition"), [(f"`{v.name}`", v.definition) for v in a.value])
        for a in ontology.all_attributes
        if a.kind == "choice"
    )


def relations_table(ontology: Ontology) -> str:
    """Return a table of relations: what they lead from and to, and what they say."""
    rows = []
    for relation in ontology.relations:
        notes = [relation.definition]
        if relation.symmetric:
            notes.append("Has no direction.")
        if relation.expected_of:
            excuse = f", or says why not (`{relation.excused_by}`)" if relation.excused_by else ""
            notes.append(f"Every {' and '.join(relation.expected_of)} has one{excuse}.")
        if relation.expected_at:
            notes.append(f"Every {' and '.join(relation.expected_at)} is reached by one.")
        rows.append((f"`{relation.name}`", " ".join(relation.head), " ".join(relation.tail), " ".join(notes)))
    return table(("relation", "from (head)", "to (tail)", "definition"), rows)


def _holds(attribute: Attribute | DocumentAttribute) -> str:
    kinds = {
        "entity": "ids of entities.csv" if attribute.several else "an id of entities.csv",
        "timex3": "a TIMEX3 value",
        "quantity": "number and unit",
        "text": "words",
        "number": "a number",
    }
    return kinds.get(attribute.kind) or " ".join(f"`{v}`" for v in attribute.values)


def _required(attribute: Attribute | DocumentAttribute) -> str:
    if attribute.required:
        return "always"
    conditions = [f"{name} is {' or '.join(values)}" for name, values in attribute.required_when.items()]
    return "where " + ", or ".join(conditions) if conditions else "no"
