"""CODEBOOK.md: what each label, attribute, value and column of a release means.

Labels and attributes are in the ontology's words, columns in those of `data.schema`, so that whoever has only
the dataset folder can read the data.
"""

from __future__ import annotations

from parley.model.labels import DECISIONS, REASONS
from parley.model.ontology import Ontology
from parley.model.ontology_tables import relations_table, values_tables
from parley.release.card.content import Content
from parley.runtime.markdown import inline, table, templates

CODEBOOK = "CODEBOOK.md"
_BOUNDED = (
    "perhaps with a bound before the {}, one of `~` `>` `<` `>=` `<=` (`{}`), or two {}s with `..` between "
    "(`{}`)"
)
_WITHOUT_CONFIG = " of the config `entities`", " of entities.csv"
_SYNTAX = {
    "entity": "an `id` of the config `entities`",
    "entities": "a list of `id`s of the config `entities`, sorted",
    "text": "words",
    "number": "a number",
    "timex3": "a TIMEX3 value: a date (`2025-06-02`, `2025-06`, `2025-W23-1`), with a clock time "
    "(`2025-06-02T10:00`) or a part of the day (`2025-06-02TNI`: MO MI AF EV NI DT), a length (`P30D`, "
    f"`PT1H40M`), {_BOUNDED.format('value', '>=P30D', 'value', 'P2D..P3D')}; or `PAST_REF`, `PRESENT_REF`, "
    "`FUTURE_REF`; X is a digit that the text leaves open (`XXXX-WXX-1`)",
    "quantity": "number, blank, unit (`9 person`, `7000000000 USD`), "
    + _BOUNDED.format("number", ">=1000 person", "number", "2..3 vessel"),
}


def codebook(content: Content) -> str:
    """Return the codebook of a release."""
    template = templates("parley.release").get_template("codebook.md.j2")
    return template.render(
        title=inline(content.settings.title), content=content, codebook=_tables(content), **content.blocks
    )


def attributes_table(ontology: Ontology) -> str:
    """Return the attributes with the first sentence of what they say, and how their values are written."""
    rows = [
        (
            f"`{a.name}`",
            " ".join(a.labels),
            a.definition.split(". ", 1)[0].removesuffix(".") + ".",
            _SYNTAX.get("entities" if a.several else a.kind) or ", ".join(f"`{value}`" for value in a.values),
        )
        for a in ontology.all_attributes
    ]
    return table(("attribute", "of", "says", "is written"), rows)


def _tables(content: Content) -> dict[str, str]:
    ontology = content.inputs.ontology
    spans = [
        (f"`{s.name}`", s.title, " ".join(f"`{a}`" for a in ontology.attributes_of[s.name]), s.definition)
        for s in ontology.spans
    ]
    codes = {
        f"{name}s": table((f"`{name}`", "means"), [(f"`{code}`", said) for code, said in codes.items()])
        for name, codes in (("decision", DECISIONS), ("reason", REASONS))
    }
    attributes = attributes_table(ontology)
    return codes | {
        "spans": table(("label", "is", "attributes", "definition"), spans),
        "relations": relations_table(ontology),
        "attributes": attributes if "entities" in content.sizes else attributes.replace(*_WITHOUT_CONFIG),
        "choices": values_tables(ontology),
        "columns": _columns_tables(content),
    }


def _columns_tables(content: Content) -> str:
    """Return every column: those of several configs with these, then those of each config alone.

    Attributes are in a table of their own; the integers of their values have one row.
    """
    integers = {f"{a.name}_id": a.name for a in content.inputs.ontology.attributes if a.values}
    names: dict[tuple[str, str], dict[str, None]] = {}  # place, meaning → columns
    for config in content.sizes:
        for *outer, column in content.configs[config].paths():
            if not column.attribute:
                place = ".".join((config, *(one.name for one in outer)))
                said = column.description
                if integers.get(column.name):
                    said = said.replace(f"`{integers[column.name]}`", "the value of that attribute")
                names.setdefault((place, said), {})[f"`{column.name}`"] = None
    found: dict[tuple[str, str], list[str]] = {}
    for (place, said), columns in names.items():
        found.setdefault((" ".join(columns), said), []).append(place)
    tables: dict[str, list[tuple[str, str, str]]] = {"": [], **{config: [] for config in content.sizes}}
    for (listed, said), places in found.items():
        own = {place.partition(".")[0] for place in places}
        config = own.pop() if len(own) == 1 else ""
        parts = [place.removeprefix(f"{config}").lstrip(".") for place in places]
        tables[config].append((listed, " ".join(f"`{part}`" for part in parts if part), said))
    shown = []
    for config, rows in tables.items():
        if not rows:
            continue
        is_flat = not any(inside for _, inside, _ in rows)
        header = ("column", "is") if is_flat else ("column", "in", "is")
        cells = [row[::2] if is_flat else row for row in rows]
        shown.append(f"**{f'`{config}` alone' if config else 'Several configs'}**\n\n{table(header, cells)}")
    return "\n\n".join(shown)
