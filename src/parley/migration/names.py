"""What a plan makes of names, and of words that quote them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import chain

from parley.migration.plan import KEEP, Kind, Plan, Rule
from parley.model.ontology import Ontology


class Names:
    """What a plan makes of names, and of the words that quote them."""

    def __init__(self, plan: Plan, before: Ontology) -> None:
        self.plan, self.before = plan, before
        self.changed = [
            (name, step.to)
            for verb, step in plan.steps
            if verb in ("rename", "merge") and step.of != "entity"
            for name in step.old
            if name != step.to
        ]
        values = {value for attribute in before.all_attributes for value in attribute.values}
        times = Counter(chain(before.span_names, before.relation_names, before.all_attribute_names, values))
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
        return each_once(self.after(kind, name) for name in names)

    def attribute_after(self, name: str, labels: Iterable[str] | None = None) -> list[str]:
        """Return what an attribute becomes. labels: of which it is one; default, all that have it."""
        labels = self._labels_of(name) if labels is None else labels
        return each_once(self.after("attribute", name, label) for label in labels)

    def values_after(
        self, attribute: str, values: Iterable[str], labels: Iterable[str] | None = None
    ) -> list[str]:
        """Return what values of an attribute become. labels: as for `attribute_after`."""
        labels = self._labels_of(attribute) if labels is None else list(labels)
        return each_once(self.after("value", value, label, attribute) for value in values for label in labels)

    def _labels_of(self, attribute: str) -> list[str]:
        return [label for a in self.before.all_attributes if a.name == attribute for label in a.labels]

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


def each_once(names: Iterable[Iterable[str]]) -> list[str]:
    """Return all names of some lists, each once, in their order."""
    return list(dict.fromkeys(chain(*names)))
