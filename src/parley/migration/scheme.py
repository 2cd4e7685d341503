"""The next ontology.toml: blocks renamed, taken away and copied as a plan says; and where they do not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from parley.faults import Fault, UsageError
from parley.migration.names import Names, each_once
from parley.migration.plan import Kind, Plan, Rule
from parley.migration.toml_text import Block, Line, read_blocks, removed, text_of
from parley.model.ontology import DOCUMENT, Attribute, DocumentAttribute, Ontology
from parley.model.ontology_file import ROLES


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
        if block.header in ("attribute", DOCUMENT):
            self._owner, self._attribute = block, block.get("name")
            self._labels = [DOCUMENT] if block.header == DOCUMENT else list(block.get("labels", []))
            if not _attribute(block, self.names):
                self.gone.append(block)
        elif block.header in ("attribute.value", f"{DOCUMENT}.value"):
            self._value(block)
        elif block.header.partition(".")[0] in ("resolution", "statements", "claims", "figures"):
            if not _section(block, self.names):
                self.gone.append(block)
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
        after = self.names.values_after(attribute, [value], self._labels)
        _put_after(block, self._placed("value", block, after))

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
        after = names.attribute_after(excuse, block.get("expected_of", []))
        if after:
            block.set("excused_by", after[0])
        else:
            block.drop("excused_by")


def _section(block: Block, names: Names) -> bool:
    """Change a section of tables; say whether it is still there: without what it must name it is not."""
    if block.header == "claims.says" and names.before.claims:
        return _says(block, names, names.before.claims.type)
    for key, given in [(line.key, line.value) for line in block.lines if line.key]:
        kind = ROLES.get(key, "relation")
        if isinstance(given, dict):
            block.set(
                key,
                {
                    one: names.values_after(name, values)
                    for name, values in given.items()
                    for one in names.attribute_after(name)
                },
            )
            continue
        several = [given] if isinstance(given, str) else given
        if kind == "attribute":
            after = each_once(map(names.attribute_after, several))
        else:
            after = names.all_after("relation" if kind == "relation" else "span", several)
        if not isinstance(given, str):
            block.set(key, after)
        elif after:
            block.set(key, after[0])
        elif key in ("type", "quantity"):
            return False
        else:
            block.drop(key)
    return True


def _says(block: Block, names: Names, attribute: str) -> bool:
    """Change what values of an attribute say; say whether there is the attribute still."""
    for line in [line for line in block.lines if line.key]:
        after = names.values_after(attribute, [line.key])
        if not after or (after[0] != line.key and block.line(after[0])):
            block.drop(line.key)
        elif after[0] != line.key:
            line.raw, line.key = line.raw.replace(line.key, after[0], 1), after[0]
        for one in after[1:]:
            block.set(one, line.value)
    return bool(names.attribute_after(attribute))


def _attribute(block: Block, names: Names) -> bool:
    """Change an attribute; say whether it is still there. Raises UsageError if labels get it otherwise."""
    is_of_document = block.header == DOCUMENT
    name, labels = block.get("name"), [DOCUMENT] if is_of_document else block.get("labels", [])
    after = {label: names.after("attribute", name, label) for label in labels}
    kept = [label for label in labels if after[label]]
    new = {one for label in kept for one in after[label]}
    if len(new) > 1:
        raise UsageError(
            f"the attribute {name} becomes {' and '.join(sorted(new))}: one block cannot be both",
            "write the new ontology file, and name it in the plan: ontology = FILE",
        )
    if not is_of_document:
        block.set("labels", names.all_after("span", kept))
    if not kept or not (is_of_document or block.get("labels")):
        return False
    block.set("name", new.pop())
    if block.get("types"):
        block.set("types", names.all_after("span", block.get("types")))
    when = {}
    for other, values in block.get("required_when", {}).items():
        for label in kept:
            for one in names.after("attribute", other, label):
                if found := names.values_after(other, values, [label]):
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
    if before.of_document:
        found += _lost_attributes(DOCUMENT, before.of_document, after.of_document, names)
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
    label: str,
    before: Mapping[str, Attribute | DocumentAttribute],
    after: Mapping[str, Attribute | DocumentAttribute],
    names: Names,
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
