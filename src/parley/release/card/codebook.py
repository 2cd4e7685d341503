"""The codebook of a release: what its labels, attributes, columns and codes mean, as tables for the card.

Labels and attributes are described in the ontology's words, columns in those of `data.schema`, so that
whoever has only the dataset folder can read the data.
"""

from __future__ import annotations

from parley.model.labels import DECISIONS, REASONS
from parley.model.ontology import Attribute, Ontology, relations_table, values_tables
from parley.release.card.content import Content
from parley.runtime.markdown import table

_SYNTAX = {
    "entity": "an `id` of the config `entities`",
    "timex3": "a TIMEX3 value: a date (`2025-06-02`, `2025-06`, `2025-W23-1`), with a clock time "
    "(`2025-06-02T10:00`), a length (`P30D`, `PT1H40M`), or `PAST_REF`, `PRESENT_REF`, `FUTURE_REF`; X is a "
    "digit that the text leaves open (`XXXX-WXX-1`)",
    "quantity": "number, blank, unit (`9 person`, `7000000000 USD`); a bound before the number, one of `~` "
    "`>` `<` `>=` `<=` (`>=1000 person`); or two numbers with `..` between them (`2..3 vessel`)",
}


def codebook(content: Content) -> dict[str, str]:
    """Return tables by name: spans, relations, attributes, values, decisions, reasons, columns."""
    ontology = content.inputs.ontology
    return {
        "spans": spans_table(ontology),
        "relations": relations_table(ontology),
        "attributes": attributes_table(ontology),
        "values": values_tables(ontology),
        "decisions": codes_table("decision", DECISIONS),
        "reasons": codes_table("reason", REASONS),
        "columns": columns_table(content),
    }


def spans_table(ontology: Ontology) -> str:
    """Return the span labels with their attributes and definitions."""
    rows = [
        (f"`{s.name}`", s.title, " ".join(f"`{a}`" for a in ontology.attributes_of[s.name]), s.definition)
        for s in ontology.spans
    ]
    return table(("label", "is", "attributes", "definition"), rows)


def attributes_table(ontology: Ontology) -> str:
    """Return the attributes with what they say and how their values are written."""
    rows = [
        (f"`{a.name}`", " ".join(a.labels), first_sentence(a.definition), _written(a))
        for a in ontology.attributes
    ]
    return table(("attribute", "of", "says", "is written"), rows)


def codes_table(name: str, codes: dict[str, str]) -> str:
    """Return codes with what they mean. name: of their column."""
    return table((f"`{name}`", "means"), [(f"`{code}`", said) for code, said in codes.items()])


def columns_table(content: Content) -> str:
    """Return every column with the configs that have it; attributes are in a table of their own."""
    found: dict[tuple[str, str], list[str]] = {}
    for config in content.sizes:
        for *outer, column in content.configs[config].paths():
            if not column.attribute:
                place = ".".join((config, *(one.name for one in outer)))
                found.setdefault((column.name, column.description), []).append(f"`{place}`")
    rows = [(f"`{name}`", " ".join(places), said) for (name, said), places in found.items()]
    return table(("column", "in", "is"), rows)


def first_sentence(text: str) -> str:
    """Return a definition up to its first full stop that ends a sentence."""
    return text.split(". ", 1)[0].removesuffix(".") + "."


def _written(attribute: Attribute) -> str:
    return _SYNTAX.get(attribute.kind) or ", ".join(f"`{value}`" for value in attribute.values)
