"""The files that name labels besides the labels and the ontology: entities, pre-annotation, waivers."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping

from parley.migration.names import Names
from parley.migration.plan import Kind
from parley.migration.toml_text import Block, read_blocks, removed, text_of
from parley.runtime.files import csv_line

_WORD = re.compile(r"[^\s,\"*]+")  # of a line of CSV; an id of a label is one


def migrated_entities(text: str, names: Names) -> tuple[str, list[str]]:
    """Return entities.csv with new ids and types, and what people must decide: the type of a row."""
    header, *lines = text.splitlines(keepends=True)
    unsure: list[str] = []
    made: dict[str, list[str]] = {}
    for line in lines:
        cells = next(csv.reader([line]))
        before = cells[:2]
        types = names.after("span", cells[1])
        if len(types) > 1:
            unsure.append(f"{cells[0]} has type {cells[1]}, which was split: choose of {', '.join(types)}")
        if not types:
            unsure.append(f"{cells[0]} is gone with its type {cells[1]}")
            continue
        for one in names.after("entity", cells[0]):
            rule = names.rule("entity", before[0], one)
            cells[:2] = one, types[0]
            if one in made:
                known = made[one]
                aliases = [*known[3].split("|"), *cells[3].split("|"), cells[2]]
                known[3] = "|".join(dict.fromkeys(a for a in aliases if a and a != known[2]))
            else:
                made[one] = [*cells]
                if rule and rule.title:
                    made[one][2] = rule.title
                if rule and rule.definition:
                    made[one][5] = rule.definition
    rows = {cells[0]: line for line in lines for cells in [next(csv.reader([line]))]}
    out = [header]
    for cells in made.values():
        same = rows.get(cells[0])
        out.append(same if same and next(csv.reader([same])) == cells else csv_line(cells) + "\n")
    return "".join(out), unsure


def migrated_rules(text: str, names: Names) -> tuple[str, list[str]]:
    """Return preannotation.toml with the new names, and the rules that people must write anew."""
    blocks = read_blocks(text)
    gone: list[Block] = []
    rewrite: list[str] = []
    rule = blocks[0]
    for block in blocks:
        if block.get("apart") and not block.header:
            block.set("apart", [names.all_after("span", group) for group in block.get("apart")])
        elif block.header == "ambiguous":
            _ambiguous(block, names, rewrite)
        elif block.header in _PARTS:
            rule = block
            label = block.get("label") or next(iter(block.get("labels") or []), "")
            lost = _rule_parts(block, names)
            if lost:
                what = block.get("name") or f"link {block.get('relation')}"
                rewrite.append(f"{what}: {lost} is not one name now; the rule is taken out")
                gone.append(block)
            elif block.get("attributes"):
                given = _templates(block.get("attributes"), label, names, rewrite, block.get("name"))
                block.set("attributes", given)
        elif block.header.startswith("rule.") and any(rule is one for one in gone):
            gone.append(block)
        elif block.header == "rule.attributes":
            label = rule.get("label") or next(iter(rule.get("labels") or []), "")
            for line in [line for line in block.lines if line.key]:
                block.drop(line.key)
                for name, value in _templates(
                    {line.key: line.value}, label, names, rewrite, rule.get("name")
                ).items():
                    block.set(name, value)
    return text_of(removed(blocks, gone)), rewrite


_PARTS: dict[str, tuple[tuple[str, Kind], ...]] = {
    "rule": (("label", "span"), ("labels", "span")),
    "link": (("relation", "relation"), ("via", "relation"), ("head", "span"), ("tail", "span")),
}


def _rule_parts(block: Block, names: Names) -> str:
    """Give a rule the new names; return what of it has no name or several, "" if nothing."""
    for key, kind in _PARTS[block.header]:
        given = block.get(key)
        if not given:
            continue
        after = names.all_after(kind, [given] if isinstance(given, str) else given)
        if not after or (isinstance(given, str) and len(after) > 1):
            return f"{key} {given}"
        block.set(key, after[0] if isinstance(given, str) else after)
    return ""


def _ambiguous(block: Block, names: Names, rewrite: list[str]) -> None:
    for line in [line for line in block.lines if line.key]:
        after = names.after("entity", line.value)
        if len(after) == 1:
            line.set(after[0])
        else:
            rewrite.append(f"ambiguous {line.key}: {line.value} is no longer one entity")
            block.drop(line.key)


def _templates(
    given: Mapping[str, str | list[str]], label: str, names: Names, rewrite: list[str], rule: str
) -> dict[str, str | list[str]]:
    """Return the attributes of a rule: name → template, or several."""
    made: dict[str, str | list[str]] = {}
    for name, templates in given.items():
        after = names.after("attribute", name, label)
        found: list[str] = []
        for template in [templates] if isinstance(templates, str) else templates:
            new = names.after("value", template, label, name)
            if new == [template]:
                new = names.after("entity", template)
            if len(new) != 1:
                rewrite.append(f"{rule}: {name} {template} is not one value now")
            found += new[:1]
        if after and found:
            made[after[0]] = found[0] if isinstance(templates, str) else found
    return made


def lines_naming(text: str, ids: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield each id of a label that a line of text names, with the line's number."""
    for number, line in enumerate(text.splitlines(), 1):
        for word in dict.fromkeys(_WORD.findall(line)):
            if word in ids:
                yield number, word
