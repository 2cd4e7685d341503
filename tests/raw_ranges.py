"""Where the characters of a clean text are in its raw one, as the segments of its document say."""

from parley.model.documents import Document


def raw_ranges(document: Document, raw: str) -> list[tuple[int, int]]:
    """Return the range in the raw text of each character of the clean one."""
    found = []
    for segment, same in document.kept(raw):
        start, end = segment.raw_start, segment.raw_end
        found += [(n, n + 1) for n in range(start, end)] if same and start < end else [(start, end)]
    return found
