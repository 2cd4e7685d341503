"""The files that name labels besides the labels: ontology, entities, rules, guidelines, waivers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from parley.faults import Fault, UsageError
from parley.migration.plan import KEEP, Kind, Plan, Rule
from parley.migration.toml_text import Block, Line, read_blocks, removed, text_of
from parley.model.ontology import Attribute, Ontology

_ID = re.compile(r"[^\W\d][\w.]*?-\d+-\d+(?:\.[\w.]+?\.[\w.]+?-\d+-\d+)?")


class Names:
    """What a plan makes of names, and of the words that quote them."""

    def __init__(self, plan: Plan, before: Ontology) -> None:
        self.plan = plan
        self.changed = [
            (name, step.to)
            for verb, step in plan.steps
            if verb in ("rename", "merge") and step.of != "entity"
            for name in step.old
            if name != step.to
        ]
        kinds: list[Iterable[str]] = [before.span_names, before.relation_names, before.attribute_names]
        kinds.append(list(dict.fromkeys(v for a in before.attributes for v in a.values)))
        times: dict[str, int] = {}
        for name in chain(*kinds):
            times[name] = times.get(name, 0) + 1
        self.shared = {name for name, number in times.items() if number > 1}

    def after(self, kind: Kind, name: str, label: str = "", attribute: str = "") -> list[str]:
        """Return the names that a name becomes: none, one, or those of a split."""
        found = self.plan.of(kind, name, label, attribute)
        if found is None:
            return [name]
        verb, step = found
        if verb != "split":
            return [step.to] if step.to else []
        targets = list(dict.fromkeys(rule.to for rule in step.rule))
        stays = step.open == KEEP or name in targets
        return [*([name] if stays else []), *(one for one in targets if one != name)]

    def all_after(self, kind: Kind, names: Iterable[str]) -> list[str]:
        """Return what names become, each once."""
        return list(dict.fromkeys(chain(*(self.after(kind, name) for name in names))))

    def rule(self, kind: Kind, name: str, to: str) -> Rule | None:
        """Return the rule of a split that gives a name."""
        found = self.plan.of(kind, name)
        return next((rule for rule in found[1].rule if rule.to == to), None) if found else None

    def prose(self, text: str) -> str:
        """Return words with the new names in code marks, and of names in capitals also without.

        A name that two kinds share is left: people say which is meant.
        """
        for name, to in self.changed:
            if name in self.shared:
                continue
            text = text.replace(f"`{name}`", f"`{to}`")
            if name.isupper() and len(name) > 1:
                text = re.sub(rf"(?<![\w`.-]){re.escape(name)}(?![\w`.-])", to, text)
        return text

    def mentions(self, text: str) -> list[tuple[int, str, str]]:
        """Return the lines that people must read: number, the name, the line."""
        gone = {
            name
            for verb, step in self.plan.steps
            for name in step.old
            if step.of != "entity" and (verb in ("remove", "split") or name in self.shared)
        }
        found = []
        is_generated = False
        for number, line in enumerate(text.splitlines(), 1):
            if line.startswith(("<!-- generated", "<!-- end generated")):
                is_generated = not line.startswith("<!-- end")
            for name in sorted(gone):
                bare = name.isupper() and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", line)
                if not is_generated and (f"`{name}`" in line or bare):
                    found.append((number, name, line.strip()))
        return found


# ---- ontology.toml -----------------------------------------------------------------------------------------


def migrated_ontology(text: str, names: Names) -> str:
    """Return the file of the next ontology: blocks renamed, taken away, copied for the parts of a split."""
    editor = _OntologyEditor(read_blocks(text), names)
    for block in editor.blocks:
        editor.change(block)
    return editor.text()


class _OntologyEditor:
    """Changes an ontology's blocks in the order of the file."""

    def __init__(self, blocks: list[Block], names: Names) -> None:
        self.blocks, self.names = blocks, names
        self.gone: list[Block] = []
        self._copies: dict[str, list[Block]] = {"span": [], "relation": []}
        self._here = {(block.header, block.get("name")) for block in blocks}
        self._made: set[tuple[int, str, str]] = set()  # a merge makes one block
        self._owner = blocks[0]  # the attribute that values belong to, and what it was
        self._attribute, self._labels = "", [""]
        blocks[0].set("version", names.plan.after)
        if blocks[0].get("same_words"):
            given = (names.all_after("span", pair) for pair in blocks[0].get("same_words"))
            pairs = [pair for pair in given if len(pair) == 2]  # a merged pair is one label
            blocks[0].set("same_words", pairs)

    def change(self, block: Block) -> None:
        for line in block.lines:
            if line.key in ("definition", "title"):
                line.replace(self.names.prose)
        if block.header == "attribute":
            self._owner, self._attribute, self._labels = block, block.get("name"), block.get("labels", [])
            self._labels = list(self._labels)
            if not _attribute(block, self.names):
                self.gone.append(block)
        elif block.header == "attribute.value":
            self._value(block)
        elif block.header in self._copies:
            if block.header == "relation":
                _relation(block, self.names)
            kind: Kind = "relation" if block.header == "relation" else "span"
            more = self._placed(kind, block, self.names.after(kind, block.get("name")))
            self._copies[block.header] += more

    def text(self) -> str:
        for header, more in self._copies.items():
            if more:  # after the last of its kind: published class numbers are places in this order
                _put_after(
                    [block for block in self.blocks if block.header.partition(".")[0] == header][-1], more
                )
        return text_of(removed(self.blocks, self.gone))

    def _value(self, block: Block) -> None:
        if any(self._owner is one for one in self.gone):
            self.gone.append(block)
            return
        value, attribute = block.get("name"), self._attribute
        after = chain(*(self.names.after("value", value, label, attribute) for label in self._labels))
        _put_after(block, self._placed("value", block, list(dict.fromkeys(after))))

    def _placed(self, kind: Kind, block: Block, after: list[str]) -> list[Block]:
        """Give a block its name, or mark it as gone; return the blocks of its further names."""
        name, owner = block.get("name"), id(self._owner) if kind == "value" else 0
        found = self.names.plan.of(kind, name, self._labels[0] if kind == "value" else "", self._attribute)
        target = after[0] if after else ""
        is_merged = found is not None and found[0] == "merge"
        is_there = (owner, kind, target) in self._made or (
            kind != "value" and target != name and (block.header, target) in self._here
        )
        if not after or (is_merged and is_there):
            self.gone.append(block)
            return []
        self._made.add((owner, kind, target))
        copies = []
        for more in after[1:]:
            copy = block.copy()
            copy.set("name", more)
            copy.drop("hotkey")
            _describe(copy, self.names, kind, name, more)
            copies.append(copy)
        if target != name:
            block.set("name", target)
            _describe(block, self.names, kind, name, target)
        return copies


def _put_after(block: Block, more: list[Block]) -> None:
    """Put blocks after one, before the comments that follow it."""
    if more:
        own, rest = block.parted()
        after = [own.pop()] if not own[-1].raw.strip() else []
        copied = [[Line("\n"), *(line for line in copy.lines if line.raw.strip())] for copy in more]
        block.lines = [*own, *chain(*copied), *after, *rest]


def _describe(block: Block, names: Names, kind: Kind, name: str, to: str) -> None:
    rule = names.rule(kind, name, to) if kind != "value" else _value_rule(names, name, to)
    if block.get("title") == name:
        block.set("title", to)
    if rule is None:
        return
    for end in ("head", "tail"):
        labels = [label for label in block.get(end, []) if label in getattr(rule, end).label]
        if labels:
            block.set(end, names.all_after("span", labels))
    for key in ("title", "definition"):
        if getattr(rule, key):
            block.set(key, getattr(rule, key))


def _value_rule(names: Names, name: str, to: str) -> Rule | None:
    return next(
        (r for _, s in names.plan.steps if s.of == "value" and name in s.old for r in s.rule if r.to == to),
        None,
    )


def _relation(block: Block, names: Names) -> None:
    for key in ("head", "tail", "expected_of", "expected_at"):
        if block.get(key):
            block.set(key, names.all_after("span", block.get(key)))
    excuse = block.get("excused_by")
    if excuse:
        after = list(
            dict.fromkeys(chain(*(names.after("attribute", excuse, x) for x in block.get("expected_of", []))))
        )
        if after:
            block.set("excused_by", after[0])
        else:
            block.drop("excused_by")


def _attribute(block: Block, names: Names) -> bool:
    """Change an attribute; say whether it is still there. Raises UsageError if labels get it otherwise."""
    name, labels = block.get("name"), block.get("labels", [])
    after = {label: names.after("attribute", name, label) for label in labels}
    kept = [label for label in labels if after[label]]
    new = {one for label in kept for one in after[label]}
    if len(new) > 1:
        raise UsageError(
            f"the attribute {name} becomes {' and '.join(sorted(new))}: one block cannot be both",
            "write the new ontology file, and name it in the plan: ontology = FILE",
        )
    block.set("labels", names.all_after("span", kept))
    if not block.get("labels"):
        return False
    block.set("name", new.pop())
    if block.get("types"):
        block.set("types", names.all_after("span", block.get("types")))
    when = {}
    for other, values in block.get("required_when", {}).items():
        for label in kept:
            for one in names.after("attribute", other, label):
                found = list(dict.fromkeys(chain(*(names.after("value", v, label, other) for v in values))))
                if found:
                    when[one] = found
    if block.get("required_when"):
        if when:
            block.set("required_when", when)
        else:
            block.drop("required_when")
    return True


def ontology_faults(plan: Plan, before: Ontology, after: Ontology, names: Names) -> list[Fault]:
    """Return where the new ontology and the plan do not fit: a name without a step, a step without a name."""
    found = [] if after.version == plan.after else [f"it has version {after.version}, not {plan.after}"]
    sides: tuple[tuple[Kind, Iterable[str], Iterable[str]], ...] = (
        ("span", before.span_names, after.span_names),
        ("relation", before.relation_names, after.relation_names),
    )
    for kind, old, new in sides:
        for name in old:
            lost = [one for one in names.after(kind, name) if one not in new]
            found += [f"{kind} {name} becomes {one}, which it does not have: add a step" for one in lost]
    for label in before.span_names:
        for to in names.after("span", label):
            if to in after.attributes_of:
                found += _lost_attributes(label, before.attributes_of[label], after.attributes_of[to], names)
    for step in plan.add:
        for to in names.all_after("span", step.labels):
            legal = after.attributes_of.get(to, {}).get(step.name)
            if legal is None:
                found.append(f"it has no attribute {step.name} of {to}, which the plan adds")
            elif legal.values:
                given = {step.open, *(rule.to for rule in step.rule)} - {"", *legal.values}
                found += [
                    f"its {step.name} has no value {value}, which the plan adds" for value in sorted(given)
                ]
    return [Fault("plan-malformed", f"ontology {plan.after}", what) for what in dict.fromkeys(found)]


def _lost_attributes(
    label: str, before: Mapping[str, Attribute], after: Mapping[str, Attribute], names: Names
) -> Iterator[str]:
    """Yield the attributes and values of a label that the new ontology does not have."""
    for attribute in before.values():
        for name in names.after("attribute", attribute.name, label):
            legal = after.get(name)
            if legal is None:
                yield f"{attribute.name} of {label} becomes {name}, which it does not have: add a step"
                continue
            for value in attribute.values if legal.values else ():
                lost = set(names.after("value", value, label, attribute.name)) - set(legal.values)
                for one in sorted(lost):
                    yield f"{name} of {label} has no value {one} in it: add a step on {value}"


# ---- entities, rules, guidelines, waivers ------------------------------------------------------------------


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
        out.append(same if same and next(csv.reader([same])) == cells else _csv_line(cells))
    return "".join(out), unsure


def _csv_line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


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
            rewrite.append(f"ambiguous {line.key}: {line.value} is no one entity now")
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


def migrated_ids(text: str, ids: Mapping[str, str | None]) -> str:
    """Return text with the new ids of labels in it."""
    return _ID.sub(lambda match: ids.get(match[0]) or match[0], text)


def order_kept(before: Ontology, after: Ontology) -> list[str]:
    """Return where published class numbers mean something else after: then the next release is major."""
    found = []
    for kind, old, new in (
        ("spans", before.span_names, after.span_names),
        ("relations", before.relation_names, after.relation_names),
    ):
        moved = [
            f"{n} {a} → {b}"
            for n, (a, b) in enumerate(zip(old, (*new, *["nothing"] * len(old)), strict=False))
            if a != b
        ]
        if moved:
            found.append(f"{kind}: {', '.join(moved[:4])}{' …' if len(moved) > 4 else ''}")
    return found
