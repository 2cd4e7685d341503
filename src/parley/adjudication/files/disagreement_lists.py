"""The disagreements of one document as a lead reads them, in Markdown and in JSON.

Both show the same: every item with its id, the text around it, its candidates with their attributes and who
said them. An item's id and a candidate's name are what a decisions file speaks of.
"""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path
from typing import Any

import msgspec

from parley.adjudication.compare import Comparison, RelationItem, SpanItem, about
from parley.adjudication.disagreements import Names, Words, names
from parley.adjudication.layers import Adjudication
from parley.model.documents import Document
from parley.model.labels import Span
from parley.model.quotes import paragraphs
from parley.runtime.files import write_whole

_CONTEXT = 90  # code points shown on either side
_HOW = """Decide in a JSON file: `{"doc_id": "%s", "items": {"ITEM": {"keep": "NAME"}}, "added": []}`. ITEM is
an id below. Its entry has `keep` (an annotator, a label or a label's id), `edit` (what it should be: `label`,
`quote`, `attributes`; of a relation `label`, `head`, `tail`) or `"reject": true`; `reason` and `note` may be
added."""


def write_lists(adjudication: Adjudication, hidden: str = "") -> list[Path]:
    """Write the disagreements of every article to build/adjudication/; return the Markdown files."""
    folder = adjudication.corpus.paths.build / "adjudication"
    paths = []
    for doc_id, comparison in adjudication.comparisons.items():
        shown = names(comparison.annotators, doc_id, hidden)
        listed = record(comparison, adjudication.corpus.documents[doc_id], shown, hidden)
        data = msgspec.json.format(msgspec.json.encode(listed), indent=1) + b"\n"
        write_whole(folder / f"{doc_id}.json", data)
        write_whole(folder / f"{doc_id}.md", markdown(listed).encode())
        paths.append(folder / f"{doc_id}.md")
    return paths


def record(comparison: Comparison, document: Document, names: Names, hidden: str = "") -> dict[str, Any]:
    """Return the list for programs: text, disputed items, agreed labels."""
    words = Words(comparison, names)
    parts = paragraphs(document.text)
    starts = [p.start for p in parts]
    return {
        "doc_id": comparison.doc_id,
        "title": document.title,
        "hidden": hidden,
        "annotators": sorted(names.shown.values()),
        "paragraphs": {str(p.number): p.text for p in parts},
        "items": [
            {
                "id": item.id,
                "about": about(item),
                "start": item.start,
                "end": item.end,
                "paragraph": bisect_right(starts, item.start),
                "context": _context(document.text, item.start, item.end),
                **(_span_item(item, names) if isinstance(item, SpanItem) else _relation_item(item, words)),
            }
            for item in comparison.disputed
        ],
        "agreed_spans": [_span(i.candidates[0].span) for i in comparison.spans if i.agreed],
        "agreed_relations": [
            {
                "id": i.id,
                "label": i.candidates[0].label,
                "head": i.candidates[0].head,
                "tail": i.candidates[0].tail,
            }
            for i in comparison.relations
            if i.agreed
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


def _relation_item(item: RelationItem, words: Words) -> dict[str, Any]:
    candidates = [
        {
            "label": c.label,
            "head": {"item": c.head, "text": words.place(c.head)},
            "tail": {"item": c.tail, "text": words.place(c.tail)},
            "who": words.names.all(c.who),
        }
        for c in item.candidates
    ]
    return {"kind": "relation", "candidates": candidates, "beside": list(words.same_head(item))}


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
    lines += [_HOW % shown["doc_id"], ""]
    lines += ["## Text", ""]
    for number, text in shown["paragraphs"].items():
        lines += [f"[{number}] {_line(text)}", ""]
    for title, items in (("Spans", spans), ("Relations", relations)):
        lines += [f"## {title} to decide", ""]
        for item in items:
            lines += _section(item)
    lines += ["## Agreed spans", "", *(_span_line(span) for span in shown["agreed_spans"])]
    lines += ["", "## Agreed relations", ""]
    lines += [f"- `{relation['id']}`" for relation in shown["agreed_relations"]]
    return "\n".join(lines).rstrip() + "\n"


def _section(item: dict[str, Any]) -> list[str]:
    lines = [f"### {item['id']} · {item['about']}", "", f"[{item['paragraph']}] {_line(item['context'])}", ""]
    for c in item["candidates"]:
        who = f"**{', '.join(c['who'])}**: "
        if item["kind"] == "span":
            lines.append(_span_line(c, who))
        else:
            ends = " → ".join(f"{_line(c[end]['text'])} `{c[end]['item']}`" for end in ("head", "tail"))
            lines.append(f"- {who}{c['label']}: {ends}")
    lines += [f"  - beside it: {_line(other)}" for other in item.get("beside", ())]
    return [*lines, ""]


def _span_line(span: dict[str, Any], who: str = "") -> str:
    attributes = " ".join(f"{name}={value}" for name, value in sorted(span["attributes"].items()))
    return f"- {who}`{span['id']}` “{_line(span['text'])}” {attributes}".rstrip()


def _line(text: str) -> str:
    return " ".join(text.split())
