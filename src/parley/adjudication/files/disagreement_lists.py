"""The disagreements of one document as a lead reads them, in Markdown and in JSON.

Both show the same: every item with its id, the text around it, its candidates with their attributes and who
said them. What is written there, an item's id and a candidate's name, is what a decisions file speaks of.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from parley.adjudication.compare import Comparison, RelationCandidate, RelationItem, SpanItem
from parley.adjudication.names import Names
from parley.adjudication.reasons import of_relation, of_span
from parley.model.documents import Document
from parley.model.labels import Span
from parley.model.quotes import paragraphs

_CONTEXT = 90  # code points shown on either side


def kind_of(item: SpanItem | RelationItem) -> str:
    """Return what an item is about: `agreed`, or the code of what differs."""
    if item.agreed:
        return "agreed"
    if isinstance(item, SpanItem):
        spans = [c.span for c in item.candidates]
        return of_span(spans[0], spans[1:], alone="missed")
    return of_relation(item.candidates[0], item.candidates[1:], alone="missed")


@dataclass(frozen=True)
class Listing:
    """The labels of a comparison in words."""

    comparison: Comparison
    names: Names

    def words(self, place: str) -> str:
        """Return what a place is called: by everybody, or by each."""
        item = self.comparison.span_item[place]
        return " / ".join(
            f"{c.span.label} “{c.span.text}”"
            + ("" if item.agreed else f" ({', '.join(self.names.all(c.who))})")
            for c in item.candidates
        )

    @cached_property
    def _by_head(self) -> dict[tuple[str, str], list[tuple[RelationItem, RelationCandidate]]]:
        found: dict[tuple[str, str], list[tuple[RelationItem, RelationCandidate]]] = {}
        for item in self.comparison.relations:
            for c in item.candidates:
                found.setdefault((c.label, c.head), []).append((item, c))
        return found

    def beside(self, item: RelationItem) -> Iterator[str]:
        """Yield the other relations of the same label and head: what a choice of another end would touch."""
        for key in sorted({(c.label, c.head) for c in item.candidates}):
            for other, c in self._by_head[key]:
                if other is not item:
                    who = "all" if other.agreed else ", ".join(self.names.all(c.who))
                    yield f"{c.label} → {self.words(c.tail)} ({who}; {other.id})"


def record(comparison: Comparison, document: Document, names: Names, hidden: str = "") -> dict[str, Any]:
    """Return the list for programs: text, disputed items, agreed labels."""
    listing = Listing(comparison, names)
    parts = paragraphs(document.text)
    starts = [p.start for p in parts]
    items = []
    for item in comparison.disputed:
        number = bisect_right(starts, item.start)
        shown = {"id": item.id, "about": kind_of(item), "start": item.start, "end": item.end}
        shown |= {"paragraph": number, "context": _context(document.text, item.start, item.end)}
        items.append(
            shown | (_span_item(item, names) if isinstance(item, SpanItem) else _relation(item, listing))
        )
    agreed = [i.candidates[0] for i in comparison.relations if i.agreed]
    return {
        "doc_id": comparison.doc_id,
        "title": document.title,
        "hidden": hidden,
        "annotators": sorted(names.shown.values()),
        "paragraphs": {str(p.number): p.text for p in parts},
        "items": items,
        "agreed_spans": [_span(i.candidates[0].span) for i in comparison.spans if i.agreed],
        "agreed_relations": [
            {"id": f"{c.head}.{c.label}.{c.tail}", "label": c.label, "head": c.head, "tail": c.tail}
            for c in agreed
        ],
    }


def _span(span: Span) -> dict[str, Any]:
    return {"id": span.id, "label": span.label, "text": span.text, "attributes": span.attributes}


def _span_item(item: SpanItem, names: Names) -> dict[str, Any]:
    candidates = [
        _span(c.span) | {"start": c.span.start, "end": c.span.end, "who": names.all(c.who)}
        for c in item.candidates
    ]
    return {"kind": "span", "candidates": candidates}


def _relation(item: RelationItem, listing: Listing) -> dict[str, Any]:
    candidates = [
        {
            "label": c.label,
            "head": {"item": c.head, "text": listing.words(c.head)},
            "tail": {"item": c.tail, "text": listing.words(c.tail)},
            "who": listing.names.all(c.who),
        }
        for c in item.candidates
    ]
    return {"kind": "relation", "candidates": candidates, "beside": list(listing.beside(item))}


def _context(text: str, start: int, end: int) -> str:
    """Return the text around an item, the item marked by « and »."""
    before, after = max(0, start - _CONTEXT), min(len(text), end + _CONTEXT)
    marked = f"{text[before:start]}«{text[start:end]}»{text[end:after]}"
    return ("…" if before else "") + marked + ("…" if after < len(text) else "")


def markdown(shown: dict[str, Any]) -> str:
    """Return the list for people, from `record`."""
    spans = [i for i in shown["items"] if i["kind"] == "span"]
    relations = [i for i in shown["items"] if i["kind"] == "relation"]
    who = ", ".join(shown["annotators"]) + (f" (hidden: {shown['hidden']})" if shown["hidden"] else "")
    lines = [f"# {shown['doc_id']}: {shown['title'] or 'no title'}", ""]
    lines += [f"{len(spans)} spans and {len(relations)} relations to decide; annotators: {who}", ""]
    lines += ["## Text", ""]
    for number, text in shown["paragraphs"].items():
        lines += [f"[{number}] {_line(text)}", ""]
    for title, items in (("Spans", spans), ("Relations", relations)):
        lines += [f"## {title} to decide", ""]
        for item in items:
            lines += _section(item)
    lines += ["## Agreed spans", ""]
    for span in shown["agreed_spans"]:
        lines.append(f"- `{span['id']}` “{_line(span['text'])}” {_said(span['attributes'])}".rstrip())
    lines += ["", "## Agreed relations", ""]
    lines += [f"- `{relation['id']}`" for relation in shown["agreed_relations"]]
    return "\n".join(lines).rstrip() + "\n"


def _section(item: dict[str, Any]) -> list[str]:
    lines = [f"### {item['id']} · {item['about']}", "", f"[{item['paragraph']}] {_line(item['context'])}", ""]
    for c in item["candidates"]:
        who = ", ".join(c["who"])
        if item["kind"] == "span":
            said = _said(c["attributes"])
            lines.append(f"- **{who}**: `{c['id']}` “{_line(c['text'])}” {said}".rstrip())
        else:
            ends = " → ".join(f"{_line(c[end]['text'])} `{c[end]['item']}`" for end in ("head", "tail"))
            lines.append(f"- **{who}**: {c['label']}: {ends}")
    lines += [f"  - beside it: {_line(other)}" for other in item.get("beside", ())]
    return [*lines, ""]


def _said(attributes: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(attributes.items()))


def _line(text: str) -> str:
    return " ".join(text.split())


def encode(shown: dict[str, Any]) -> bytes:
    """Return the list for programs as JSON."""
    return msgspec.json.format(msgspec.json.encode(shown), indent=1) + b"\n"
