"""Labels put from another copy of an article's text onto the corpus' own: its places, surest first.

The copy may be the clean text, the raw one of the seed, or either with other white space or a mark in place
of characters that a format cannot hold: then each character's place is known. In any other copy labels are
looked for by fingerprints, as those of a release are in a reader's copy (`release.standoff`). A label without
a place is lost; nothing is guessed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from parley.exchange.articles import Article, Lost
from parley.exchange.loss import Account, aligned
from parley.exchange.names import NO_END, TWICE, shown
from parley.model.documents import Document
from parley.model.labels import Relation, Span, make_relation, make_span
from parley.model.ontology import Ontology
from parley.release.data.fingerprints import fingerprints_of
from parley.release.standoff.align import Fingerprint, align
from parley.values.segmentation import Range, sentences

CUT = "in what cleaning cuts"
NOT_FOUND = "not found in the text, or in more than one place"


@dataclass(frozen=True)
class Places:
    """Where passages of a copy are in a document's text. lost: how those were that are in none."""

    found: Mapping[Range, Range]
    lost: str


class Passage(NamedTuple):
    """A span of a copy, and the document's span that it became. new: None if it is lost. why: then how."""

    old: Span
    new: Span | None
    why: str = ""

    @property
    def state(self) -> str:
        """What became of it: `kept`, `moved`, or `lost: ` with how."""
        if self.new is None:
            return f"lost: {self.why}"
        same = (self.new.start, self.new.end) == (self.old.start, self.old.end)
        return "kept" if same else "moved"


@dataclass(frozen=True)
class Transfer:
    """The labels of a copy on a document. passages: each span of the copy, in its order. lost: relations."""

    passages: list[Passage]
    relations: tuple[Relation, ...]
    lost: tuple[Lost, ...]

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans that are not lost."""
        return tuple(one.new for one in self.passages if one.new is not None)


def transferred(
    article: Article, document: Document, raw: Callable[[], str], ontology: Ontology, account: Account
) -> Transfer:
    """Return the labels of an article on a document. raw: as for `places`. account: gets what is lost."""
    where = places(document, raw, article.text, ((one.start, one.end) for one in article.spans))
    passages, spans, ids = list[Passage](), dict[str, Span](), set[str]()
    for old in article.spans:
        place = where.found.get((old.start, old.end))
        new = make_span(document.text, old.label, *place, old.attributes) if place else None
        if new is None or new.id in ids:
            why = where.lost if new is None else TWICE
            account.lose_span(old, why)
            passages.append(Passage(old, None, why))
        else:
            ids.add(new.id)
            spans[old.id] = new
            passages.append(Passage(old, new))
    relations, lost = {}, list[Lost]()
    for one, head, tail in article.ends():
        whole = one.head in spans and one.tail in spans
        label = ontology.relation_by_name.get(one.label)
        symmetric = label is not None and label.symmetric
        made = (
            make_relation(one.label, spans[one.head], spans[one.tail], symmetric=symmetric) if whole else None
        )
        if made is None or made.id in relations:
            why = NO_END if made is None else TWICE
            account.lose("relations", one.label, why)
            lost.append(Lost("relations", one.label, why, f"from {shown(head)} to {shown(tail)}"))
        else:
            relations[made.id] = made
    return Transfer(passages, tuple(relations.values()), tuple(lost))


def places(document: Document, raw: Callable[[], str], copy: str, passages: Iterable[Range]) -> Places:
    """Return the places of a copy's passages in a document. raw: gives the document's raw text."""
    wanted = sorted(set(passages))
    if copy == document.text:
        return Places({place: place for place in wanted}, NOT_FOUND)
    at = same_text(document.text, copy)
    lost = NOT_FOUND
    if at is None:
        in_raw = same_text(raw(), copy)
        if in_raw is not None:
            of_raw, lost = _clean_places(document, raw()), CUT
            at = [of_raw[place] if place >= 0 else -1 for place in in_raw]
    if at is None:
        own = document.language
        prints = list(fingerprints_of(copy, sentences(copy, own), wanted, document.doc_id))
        of_kind: dict[str, list[Fingerprint]] = {"sentence": [], "label": []}
        for kind, start, end, position, length, nth, of, digest in prints:
            of_kind[kind].append(Fingerprint(position, length, start, end, digest, nth, of))
        return Places(align(of_kind["sentence"], of_kind["label"], document.text, document.doc_id), lost)
    found = {place: _place(copy, at, *place) for place in wanted}
    return Places({old: new for old, new in found.items() if new}, lost)


def same_text(own: str, copy: str) -> Sequence[int] | None:
    """Return where each character of a copy is in a text; None if they differ by more than blanks.

    A U+FFFD in the copy may stand for any character; what has no place is -1.

    >>> same_text("a, b", "a , b")
    [0, -1, 1, 2, 3]
    >>> same_text("a, b", "a or b") is None
    True
    """
    at = aligned(own, copy)
    if any(place < 0 for place, character in zip(at, copy, strict=True) if not _is_blank(character)):
        return None
    held = set(at)
    whole = all(place in held for place, character in enumerate(own) if not _is_blank(character))
    return at if whole else None


def _is_blank(character: str) -> bool:
    """Say whether nothing is seen of a character, so that tokens may lack it: blanks, marks of format."""
    return character.isspace() or unicodedata.category(character) == "Cf"


def _clean_places(document: Document, raw: str) -> list[int]:
    """Return where each character of the raw text is in the clean one, -1 where it was cut."""
    found = [-1] * len(raw)
    for segment, same in document.kept(raw):
        for number in range(segment.raw_end - segment.raw_start):
            found[segment.raw_start + number] = segment.start + (number if same else 0)
    return found


def _place(copy: str, at: Sequence[int], start: int, end: int) -> Range | None:
    """Return the place of a passage whose characters have places; None if one of its words has none."""
    inner = range(start, end)
    if any(at[n] < 0 for n in inner if not _is_blank(copy[n])):
        return None
    known = [at[n] for n in inner if at[n] >= 0]
    return (known[0], known[-1] + 1) if known else None
