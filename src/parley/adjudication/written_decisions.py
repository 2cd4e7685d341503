"""Decisions written by hand: what a lead decided without a server, as JSON.

    {"doc_id": "h4_storm",
     "items": {
       "s182-214-3fa2c1": {"keep": "bo", "reason": "guideline", "note": "the name stands apart"},
       "INCIDENT-102-111": {"edit": {"attributes": {"cause": "weather"}}, "reason": "attribute"},
       "r218-266-77ab01": {"reject": true}},
     "added": [
       {"span": "WHEN", "quote": "high tide", "key": "tide"},
       {"relation": "when", "head": "INCIDENT-102-111", "tail": "tide"}]}

One document, or an array of them. `parley adjudicate --list` writes one with an entry for every open place,
to be filled in. An entry that is not filled in decides nothing; a place that is decided in the ledger keeps
its decision unless a filled-in entry says otherwise. An agreed label may have an entry too, under its own id,
and a label that the lead added once may be rejected under its own. An entry has one or more of

    keep    a candidate, or a list: the annotator's name, the label (or its id), or `label@name` if the name
            alone leaves it open
    edit    what it should be (or a list): `label`, `quote` (with `paragraph` and `occurrence` if the quote
            is there more than once near the item), `attributes` (all of them); of a relation `label`, `head`,
            `tail`. What is left out is taken over from the candidate named by `of`, or from all candidates
            if they say the same. `of` also says whose label it was; without it, everybody's. `key` gives the
            result a name for relations to use. An edit that equals a candidate keeps that candidate
    reject  true: none of them

and, if wanted, `reason` (a code of `parley.model.labels`; else read off what differs) and `note`.
`added` are labels nobody has. An end of a relation is the id of an item or a gold span, or a `key`. What is
said of the whole article is a label `document` with attributes and without a quote.
`hidden` repeats the seed of a list that was made with hidden names. `how` and `shown` are the list's words to
the lead, and decide nothing.
"""

from __future__ import annotations

import msgspec

from parley.faults import DataFaults, Fault
from parley.values.several import several


class WrittenLabel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an edited and an added label have in common."""

    quote: str | None = None
    paragraph: int = 0
    occurrence: int = 0
    attributes: dict[str, str | list[str]] | None = None
    head: str | None = None
    tail: str | None = None
    key: str = ""

    @property
    def values(self) -> dict[str, str] | None:
        """The attributes as labels have them: several ids as one value."""
        if self.attributes is None:
            return None
        return {n: several(v) if isinstance(v, list) else v for n, v in self.attributes.items()}


class Edit(WrittenLabel, frozen=True):
    """An edited label, as written."""

    of: str | list[str] = []
    label: str | None = None


class NewLabel(WrittenLabel, frozen=True):
    """A label that is added, as written: a span or a relation."""

    span: str = ""
    relation: str = ""
    reason: str = ""
    note: str = ""


class ItemEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is written about one item. shown: what the list says of it."""

    shown: msgspec.Raw = msgspec.Raw(b"{}")
    keep: str | list[str] = []
    edit: Edit | list[Edit] = []
    reject: bool = False
    reason: str = ""
    note: str = ""

    @property
    def decides(self) -> bool:
        """Whether it is filled in."""
        return bool(self.keep or self.edit or self.reject)


class WrittenDecisions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The decisions on one document, as written. how: what the list says to the lead."""

    doc_id: str
    how: str = ""
    items: dict[str, ItemEntry] = {}
    added: list[NewLabel] = []
    hidden: str = ""
    note: str = ""


def decode_decisions(data: bytes, name: str) -> list[WrittenDecisions]:
    """Return the documents of a decisions file.

    name: of the file, for faults. Raises DataFaults if it is not JSON of the right shape.
    """
    try:
        read = msgspec.json.decode(data, type=WrittenDecisions | list[WrittenDecisions])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataFaults([Fault("decision-malformed", name, str(error))])
    return read if isinstance(read, list) else [read]
