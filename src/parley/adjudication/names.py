"""Who said what, as the lead sees it: by pseudonym, or hidden behind letters."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """The names shown for annotators, one to one. shown: by annotator, in order of what is shown."""

    shown: dict[str, str]

    def all(self, who: Iterable[str]) -> list[str]:
        """Return the names shown for annotators, sorted."""
        return sorted(self.shown[name] for name in who)

    def real(self, name: str) -> str | None:
        """Return the annotator behind a shown name, None where there is none."""
        return next((who for who, shown in self.shown.items() if shown == name), None)


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
