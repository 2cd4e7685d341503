"""A document: a cleaned article, what is known of it, and the way back to its raw seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from parley.model.labels import sha256_text


@dataclass(frozen=True)
class Segment:
    """A stretch of raw text that stands in the clean text; code points, half-open.

    Raw and clean stretch have the same length, save where a line break (with the blanks around it) became
    one space: there the clean stretch is that one space.
    """

    raw_start: int
    raw_end: int
    start: int


@dataclass(frozen=True)
class Cut:
    """What cleaning removed: a stretch of raw text (code points, half-open) and the rule that took it."""

    raw_start: int
    raw_end: int
    rule: str
    text: str


@dataclass(frozen=True)
class Document:
    """A cleaned article. Metadata is what the text itself shows, "" where it does not.

    published: ISO 8601 date or local date and time. seed_sha256: of the raw file's bytes. file: the raw
    file's name below seeds/.
    """

    doc_id: str
    text: str
    title: str
    publisher: str
    published: str
    event: str
    language: str
    rights: str
    file: str
    seed_sha256: str
    segments: tuple[Segment, ...]
    cuts: tuple[Cut, ...]

    @cached_property
    def text_sha256(self) -> str:
        """SHA-256 of the clean text in UTF-8."""
        return sha256_text(self.text)
