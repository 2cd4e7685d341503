"""The codebook of a release: what its labels, attributes, columns and codes mean, as tables for the card.

Labels and attributes are told in the ontology's words, columns in those of release.data.columns, so that
whoever has only the dataset folder can read the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.model.decisions import DECISIONS, REASONS
from parley.model.ontology import Attribute, Ontology
from parley.model.ontology_tables import relations_table, values_tables
from parley.release.card.content import Sizes
from parley.release.data.columns import description
from parley.runtime.markdown import table

_LABELLED = ("documents", "spans", "annotations")  # configs whose spans have their attributes as columns
_SYNTAX = {
    "entity": "an `id` of the config `entities`",
    "timex3": "a TIMEX3 value: a date (`2025-06-02`, `2025-06`, `2025-W23-1`), with a clock time "
    "(`2025-06-02T10:00`), a length (`P30D`, `PT1H40M`), or `PAST_REF`, `PRESENT_REF`, `FUTURE_REF`; X is a "
    "digit that the text leaves open (`XXXX-WXX-1`)",
    "quantity": "number, blank, unit (`9 person`, `7000000000 USD`); a bound before the number, one of `~` "
    "`>` `<` `>=` `<=` (`>=1000 person`); or two numbers with `..` between them (`2..3 vessel`)",
}


def codebook(ontology: Ontology, sizes: Sizes) -> dict[str, str]:
    """Return tables by name: spans, relations, attributes, values, decisions, reasons, columns."""
    return {
        "spans": spans_table(ontology),
        "relations": relations_table(ontology),
        "attributes": attributes_table(ontology),
        "values": values_tables(ontology),
        "decisions": codes_table("decision", DECISIONS),
        "reasons": codes_table("reason", REASONS),
        "columns": columns_table(ontology, sizes),
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
    """Return codes with what they mean. name: of the column that holds them."""
    return table((f"`{name}`", "means"), [(f"`{code}`", said) for code, said in codes.items()])


def columns_table(ontology: Ontology, sizes: Sizes) -> str:
    """Return every column with the configs that have it; attributes are in a table of their own."""
    found: dict[tuple[str, str], list[str]] = {}
    for config, by_split in sizes.items():
        for path in _columns(next(iter(by_split.values())).schema):
            if path[-1] not in ontology.attribute_names or config not in _LABELLED:
                place = ".".join((config, *path[:-1]))
                found.setdefault((path[-1], description(config, path, ontology)), []).append(f"`{place}`")
    rows = [(f"`{name}`", " ".join(places), said) for (name, said), places in found.items()]
    return table(("column", "in", "holds"), rows)


def _columns(schema: Any) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - datasets has no types
    """Yield the path of every column of an Arrow schema, those nested in lists of structs too."""
    import pyarrow.types as pt

    for field in schema:
        yield (field.name,)
        if pt.is_list(field.type) and pt.is_struct(field.type.value_type):
            yield from ((field.name, part.name) for part in field.type.value_type)


def first_sentence(text: str) -> str:
    """Return a definition up to its first full stop that ends a sentence."""
    return text.split(". ", 1)[0].removesuffix(".") + "."


def _written(attribute: Attribute) -> str:
    return _SYNTAX.get(attribute.kind) or ", ".join(f"`{value}`" for value in attribute.values)
