"""Disagreements in words: what annotators are called, by pseudonym or by letter, and what they said."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from parley.adjudication.compare import Comparison, RelationCandidate, RelationItem


@dataclass(frozen=True)
class Names:
    """The names shown for annotators, one to one. shown: by annotator, in order of what is shown."""

    shown: dict[str, str]

    def all(self, who: Iterable[str]) -> list[str]:
        """Return the names shown for annotators, sorted."""
        return sorted(self.shown[name] for name in who)


def names(annotators: Iterable[str], doc_id: str, hidden: str = "") -> Names:
    """Return the names to show for the annotators of a document.

    hidden: a seed; annotators become A, B, … in an order of the document's own, so that what is learnt about
    A in one article says nothing about A in the next. The same seed gives the same letters. "" hides nobody.
    """
    if not hidden:
        return Names({who: who for who in sorted(annotators)})
    order = sorted(annotators, key=lambda who: hashlib.sha256(f"{hidden}\n{doc_id}\n{who}".encode()).digest())
    return Names({who: _letters(i) for i, who in enumerate(order)})


def _letters(number: int) -> str:
    """Return A, B, …, Z, AA, AB and so on."""
    head, last = divmod(number, 26)
    return (_letters(head - 1) if head else "") + chr(ord("A") + last)


@dataclass(frozen=True)
class Words:
    """The labels of a comparison in words."""

    comparison: Comparison
    names: Names

    def place(self, item_id: str) -> str:
        """Return what a place is called: by everybody, or by each."""
        item = self.comparison.span_item[item_id]
        return " / ".join(
            f"{c.span.label} “{c.span.text}”"
            + ("" if item.agreed else f" ({', '.join(self.names.all(c.who))})")
            for c in item.candidates
        )

    def same_head(self, item: RelationItem) -> Iterator[str]:
        """Yield the other relations of the same label and head: a choice of another tail would touch them."""
        for key in sorted({(c.label, c.head) for c in item.candidates}):
            for other, c in self._by_head[key]:
                if other is not item:
                    who = "all" if other.agreed else ", ".join(self.names.all(c.who))
                    yield f"{c.label} → {self.place(c.tail)} ({who}; {other.id})"

    @cached_property
    def _by_head(self) -> dict[tuple[str, str], list[tuple[RelationItem, RelationCandidate]]]:
        found: dict[tuple[str, str], list[tuple[RelationItem, RelationCandidate]]] = {}
        for item in self.comparison.relations:
            for c in item.candidates:
                found.setdefault((c.label, c.head), []).append((item, c))
        return found
