"""Say what cleaning did: article by article, which rule cut what."""

from __future__ import annotations

from collections.abc import Iterable

from parley.model.documents import Document
from parley.seeds.rules import Rules

_SHOWN = 48  # characters of a cut: enough to know it by


def report(documents: Iterable[Document], rules: Rules) -> str:
    """Return a plain table of all cuts; sizes in code points.

    Each article's line gives its size before and after; below it stand its cuts in the order of the raw
    text, with rule, size and beginning, and how many line breaks were joined.
    """
    lines = []
    for document in documents:
        ends = [s.raw_end for s in document.segments] + [c.raw_end for c in document.cuts]
        before = max(ends, default=0)
        lines.append(f"{document.doc_id}  {before} -> {len(document.text)}")
        for cut in document.cuts:
            shown = " ".join(cut.text.split())
            shown = shown[: _SHOWN - 1] + "…" if len(shown) > _SHOWN else shown
            lines.append(f"  {cut.rule:<20}{cut.raw_end - cut.raw_start:>6}  {shown}".rstrip())
        joined = _joined(document)
        wraps = [rule.name for rule in rules.of(document.doc_id) if rule.kind == "unwrap"]
        if joined and wraps:
            lines.append(f"  {wraps[0]:<20}{joined:>6}  line breaks became spaces")
    return "\n".join(lines)


def _joined(document: Document) -> int:
    """Count the line breaks that became a space: each is a segment of its own."""
    starts = [s.start for s in document.segments] + [len(document.text)]
    return sum(
        1
        for segment, end in zip(document.segments, starts[1:], strict=True)
        if end - segment.start == 1 and document.text[segment.start] == " "
    )
