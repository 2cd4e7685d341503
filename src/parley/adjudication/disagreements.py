"""Disagreements as a lead reads them: in words, and as lists in Markdown and in JSON.

Annotators are called by pseudonym or by letter. Both lists show every item with its id, the text around it,
its candidates with their attributes and who said them: a decisions file speaks of these ids and names.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from parley.adjudication.compare import Adjudication, Comparison, Item, RelationItem, SpanCandidate, about
from parley.faults import visible
from parley.model.documents import Document
from parley.model.labels import Span
from parley.model.quotes import paragraphs
from parley.runtime.files import write_whole
from parley.runtime.markdown import inline

_CONTEXT = 90  # code points shown on either side
_HOW = """Decide in a JSON file: `{"doc_id": "%s", "items": {"ITEM": {"keep": "NAME"}}, "added": []}`. ITEM is
an id below. Its entry has `keep` (an annotator, a label or a label's id), `edit` (what it should be: `label`,
`quote`, `attributes`; of a relation `label`, `head`, `tail`) or `"reject": true`; `reason` and `note` may be
added."""


def shown_names(annotators: Iterable[str], doc_id: str, hidden: str = "") -> dict[str, str]:
    """Return the names to show for the annotators of a document, one to one, in order of what is shown.

    hidden: a seed; annotators become A, B, … in an order of the document's own, so that what is learnt about
    A in one article says nothing about A in the next. The same seed gives the same letters. "" hides nobody.
    """
    if not hidden:
        return {who: who for who in sorted(annotators)}
    order = sorted(annotators, key=lambda who: hashlib.sha256(f"{hidden}\n{doc_id}\n{who}".encode()).digest())
    return {who: _letters(i) for i, who in enumerate(order)}


def _letters(number: int) -> str:
    """Return A, B, …, Z, AA, AB and so on."""
    head, last = divmod(number, 26)
    return (_letters(head - 1) if head else "") + chr(ord("A") + last)


@dataclass(frozen=True)
class Words:
    """A comparison in words. hidden: as in `shown_names`."""

    comparison: Comparison
    hidden: str = ""

    @cached_property
    def shown(self) -> dict[str, str]:
        """The name shown for each annotator."""
        return shown_names(self.comparison.annotators, self.comparison.doc_id, self.hidden)

    def who(self, annotators: Iterable[str]) -> list[str]:
        """Return the names shown for annotators, sorted."""
        return sorted(self.shown[name] for name in annotators)

    def place(self, item_id: str) -> str:
        """Return what a place is called: by everybody, or by each."""
        item = self.comparison.span_item[item_id]
        return " / ".join(
            f"{c.span.label} “{c.span.text}”" + ("" if item.agreed else f" ({', '.join(self.who(c.who))})")
            for c in item.candidates
        )

    def same_head(self, item: RelationItem) -> Iterator[str]:
        """Yield the other relations of the same label and head: a choice of another tail would touch them."""
        others = [(other, c) for other in self.comparison.relations for c in other.candidates]
        for key in sorted({(c.label, c.head) for c in item.candidates}):
            for other, c in others:
                if other is not item and (c.label, c.head) == key:
                    who = "all" if other.agreed else ", ".join(self.who(c.who))
                    yield f"{c.label} → {self.place(c.tail)} ({who}; {other.id})"

    def lines(self) -> str:
        """Return the disagreements, each as a line of text."""
        lines = []
        for item in self.comparison.disputed:
            said = []
            for c in item.candidates:
                if isinstance(c, SpanCandidate):
                    what = f"{c.span.label} “{c.span.text}” {_attributes(c.span.attributes)}"
                else:
                    what = f"{c.label}: {self.place(c.head)} → {self.place(c.tail)}"
                said.append(f"{', '.join(self.who(c.who))}: {what}")
            lines.append(visible(" ".join(f"{about(item)} · {' | '.join(said)}".split())))
        return "\n".join(lines) or "no disagreement"


def write_lists(adjudication: Adjudication, hidden: str = "") -> list[Path]:
    """Write the disagreements of every article to build/adjudication/; return the Markdown files."""
    folder = adjudication.corpus.paths.build / "adjudication"
    paths = []
    for doc_id, comparison in adjudication.comparisons.items():
        listed = _record(Words(comparison, hidden), adjudication.corpus.documents[doc_id])
        data = msgspec.json.format(msgspec.json.encode(listed), indent=1) + b"\n"
        write_whole(folder / f"{doc_id}.json", data)
        write_whole(folder / f"{doc_id}.md", _markdown(listed).encode())
        paths.append(folder / f"{doc_id}.md")
    return paths


def _record(words: Words, document: Document) -> dict[str, Any]:
    """Return the list for programs: text, disputed items, agreed labels."""
    comparison, text, parts = words.comparison, document.text, paragraphs(document.text)
    starts = [p.start for p in parts]
    agreed_relations = [(i.id, i.candidates[0]) for i in comparison.relations if i.agreed]
    return {
        "doc_id": comparison.doc_id,
        "title": document.title,
        "hidden": words.hidden,
        "annotators": sorted(words.shown.values()),
        "paragraphs": {str(p.number): p.text for p in parts},
        "items": [
            {
                "id": item.id,
                "about": about(item),
                "start": item.start,
                "end": item.end,
                "paragraph": bisect_right(starts, item.start),
                "context": _context(text, item.start, item.end),
                **_candidates(item, words),
            }
            for item in comparison.disputed
        ],
        "agreed_spans": [_span(i.candidates[0].span) for i in comparison.spans if i.agreed],
        "agreed_relations": [
            {"id": name, "label": c.label, "head": c.head, "tail": c.tail} for name, c in agreed_relations
        ],
    }


def _span(span: Span) -> dict[str, Any]:
    return {"id": span.id, "label": span.label, "text": span.text, "attributes": span.attributes}


def _candidates(item: Item, words: Words) -> dict[str, Any]:
    candidates: list[dict[str, Any]] = []
    for c in item.candidates:
        if isinstance(c, SpanCandidate):
            candidates.append(_span(c.span) | {"start": c.span.start, "end": c.span.end})
        else:
            ends = {
                end: {"item": at, "text": words.place(at)} for end, at in (("head", c.head), ("tail", c.tail))
            }
            candidates.append({"label": c.label, **ends})
        candidates[-1]["who"] = words.who(c.who)
    if isinstance(item, RelationItem):
        return {"kind": "relation", "candidates": candidates, "beside": list(words.same_head(item))}
    return {"kind": "span", "candidates": candidates}


def _context(text: str, start: int, end: int) -> str:
    """Return the text around an item, the item marked by « and »."""
    before, after = max(0, start - _CONTEXT), min(len(text), end + _CONTEXT)
    marked = f"{text[before:start]}«{text[start:end]}»{text[end:after]}"
    return ("…" if before else "") + marked + ("…" if after < len(text) else "")


def _markdown(shown: dict[str, Any]) -> str:
    """Return the list for people, from `_record`."""
    spans = [i for i in shown["items"] if i["kind"] == "span"]
    relations = [i for i in shown["items"] if i["kind"] == "relation"]
    who = ", ".join(shown["annotators"]) + (f" (hidden: {shown['hidden']})" if shown["hidden"] else "")
    lines = [f"# {shown['doc_id']}: {inline(shown['title']) or 'no title'}", ""]
    lines += [f"{len(spans)} spans and {len(relations)} relations to decide; annotators: {inline(who)}", ""]
    lines += [_HOW % shown["doc_id"], "", "## Text", ""]
    for number, text in shown["paragraphs"].items():
        lines += [f"[{number}] {inline(text)}", ""]
    for title, items in (("Spans", spans), ("Relations", relations)):
        lines += [f"## {title} to decide", ""]
        for item in items:
            lines += _section(item)
    lines += ["## Agreed spans", "", *(_span_line(span) for span in shown["agreed_spans"])]
    lines += ["", "## Agreed relations", ""]
    lines += [f"- `{relation['id']}`" for relation in shown["agreed_relations"]]
    return "\n".join(lines).rstrip() + "\n"


def _section(item: dict[str, Any]) -> list[str]:
    lines = [
        f"### {item['id']} · {item['about']}",
        "",
        f"[{item['paragraph']}] {inline(item['context'])}",
        "",
    ]
    for c in item["candidates"]:
        who = f"**{inline(', '.join(c['who']))}**: "
        if item["kind"] == "span":
            lines.append(_span_line(c, who))
        else:
            ends = " → ".join(f"{inline(c[end]['text'])} `{c[end]['item']}`" for end in ("head", "tail"))
            lines.append(f"- {who}{c['label']}: {ends}")
    lines += [f"  - beside it: {inline(other)}" for other in item.get("beside", ())]
    return [*lines, ""]


def _span_line(span: dict[str, Any], who: str = "") -> str:
    return (
        f"- {who}`{span['id']}` “{inline(span['text'])}” {inline(_attributes(span['attributes']))}".rstrip()
    )


def _attributes(values: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(values.items()))
