"""A document: a cleaned article, what is known of it, and the way back to its raw seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from parley.model.labels import sha256_text

# what is known of an article besides its text
METADATA = ("title", "publisher", "published", "event", "language", "rights")


@dataclass(frozen=True)
class Segment:
    """A part of the raw text that is in the clean text; code points, half-open.

    It has the same length in both, except where a line break (with the blanks around it) became one space.
    """

    raw_start: int
    raw_end: int
    start: int


@dataclass(frozen=True)
class Cut:
    """What cleaning removed: a part of the raw text (code points, half-open) and the rule that took it."""

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

    def kept(self, raw: str) -> Iterator[tuple[Segment, bool]]:
        """Yield each segment, and whether its raw text is as it was: else it became one space."""
        for segment in self.segments:
            end = segment.start + segment.raw_end - segment.raw_start
            yield segment, raw[segment.raw_start : segment.raw_end] == self.text[segment.start : end]
