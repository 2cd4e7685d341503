"""Disagreements as a lead reads them: in words, as lists in Markdown, and as files of decisions to fill in.

Annotators are called by pseudonym or by letter. A list shows every open place with its id, the text around
it, its candidates with their attributes and who said them; a decisions file speaks of these ids and names.
"""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from parley.adjudication.compare import (
    Adjudication,
    Comparison,
    Item,
    RelationCandidate,
    RelationItem,
    SpanCandidate,
    about,
    in_words,
)
from parley.adjudication.decide import Decision
from parley.adjudication.ledger import Row, by_article
from parley.adjudication.settled import open_items
from parley.adjudication.validity import Valid, valid_decisions
from parley.faults import UsageError, visible
from parley.model.documents import Document
from parley.model.labels import Relation, Span
from parley.model.ontology import Ontology
from parley.model.quotes import occurrences, paragraphs
from parley.runtime.counts import counted
from parley.runtime.files import write_whole
from parley.runtime.markdown import inline

_CONTEXT = 90  # code points shown on either side
_HOW = """Fill in each entry of `items`: `keep` is what a rival's `keep` says (or a list: both are right), or
`"reject": true` for none of them, or `"edit": {…}` for what it should be (`label`, `quote` with `paragraph`
and `occurrence`, `attributes`; of a relation `label`, `head`, `tail`); `reason` and `note` if wanted. `added`
takes what nobody has: `{"span": LABEL, "quote": …}` or `{"relation": NAME, "head": ID, "tail": ID}`."""


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
            in_words(c.span.label, c.span) + ("" if item.agreed else f" ({', '.join(self.who(c.who))})")
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

    def called(self, item: Item) -> list[set[str]]:
        """Return what each candidate of an item may be called: who has it, its label or id, `label@who`."""
        found = []
        for c in item.candidates:
            who, own = self.who(c.who), {x for _, label in c.drawn for x in (label.id, label.label)}
            found.append({*who, *own, *(f"{label}@{name}" for label in own for name in who)})
        return found

    def lines(self, items: Iterable[Item]) -> str:
        """Return items as numbered lines of text."""
        lines = []
        for number, item in enumerate(items, start=1):
            said = []
            for c in item.candidates:
                if isinstance(c, SpanCandidate):
                    what = f"{in_words(c.span.label, c.span)} {_attributes(c.span.attributes)}"
                else:
                    what = f"{c.label}: {self.place(c.head)} → {self.place(c.tail)}"
                said.append(f"{', '.join(self.who(c.who))}: {what}")
            lines.append(visible(" ".join(f"{number} · {about(item)} · {' | '.join(said)}".split())))
        return "\n".join(lines) or "no disagreement"


@dataclass(frozen=True)
class DisagreementList:
    """The list of an article. open: its open places; file: to be filled in, None if there is nothing to."""

    path: Path
    open: int
    file: Path | None


def write_lists(
    adjudication: Adjudication, hidden: str = "", ledger: Iterable[Row] = (), reopen: Collection[str] = ()
) -> list[DisagreementList]:
    """Write what is open to build/adjudication/: a Markdown list an article, a decisions file if needed.

    reopen: labels whose decisions are listed again. What is filled in in a file that is there stays.
    """
    folder, corpus = adjudication.corpus.paths.build / "adjudication", adjudication.corpus
    of_article, lists = by_article(ledger), []
    for doc_id, comparison in adjudication.comparisons.items():
        document, rows = corpus.documents[doc_id], of_article.get(doc_id, ())
        valid = valid_decisions(comparison, rows, corpus.ontology, document.text)
        listed = valid_decisions(comparison, rows, corpus.ontology, document.text, reopen)
        record = _record(Words(comparison, hidden), document, valid, open_items(listed))
        write_whole(folder / f"{doc_id}.md", _markdown(record).encode())
        form = _form(record, folder / f"{doc_id}.json", valid)
        lists.append(DisagreementList(folder / f"{doc_id}.md", len(record["items"]), form))
    return lists


def _record(words: Words, document: Document, valid: Valid, listed: Sequence[Item]) -> dict[str, Any]:
    """Return a list as data: text, places to decide, what is decided, agreed labels."""
    comparison, text, parts = words.comparison, document.text, paragraphs(document.text)
    starts = [p.start for p in parts]
    agreed_relations = [(i.id, i.candidates[0]) for i in comparison.relations if i.agreed]
    decided: dict[str, Decision[Span] | Decision[Relation]] = {**valid.spans, **valid.relations}
    items: dict[str, Item] = {**comparison.span_item, **comparison.relation_item}
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
                "paragraph": bisect_right(starts, item.start),
                "context": _context(text, item.start, item.end),
                **_candidates(item, words, document, valid.ontology),
                **({"decided": _decided(item, decided[item.id])} if item.id in decided else {}),
            }
            for item in listed
        ],
        "decided": [f"`{name}` {inline(_decided(items[name], one))}" for name, one in decided.items()],
        "agreed_spans": [_span(i.candidates[0].span) for i in comparison.spans if i.agreed],
        "agreed_relations": [
            {"id": name, "label": c.label, "head": c.head, "tail": c.tail} for name, c in agreed_relations
        ],
    }


def _decided(item: Item, decision: Decision[Span] | Decision[Relation]) -> str:
    """Return what was decided in a place, in words."""
    said = []
    for outcome in decision.outcomes:
        label = outcome.becomes
        of = " and ".join(str(item.candidates[i]) for i in outcome.of)
        said.append(f"{of} kept" if label is None else f"{of} became {label.id}")
    return "; ".join(said) or "rejected: " + " and ".join(map(str, item.candidates))


def _form(record: dict[str, Any], path: Path, valid: Valid) -> Path | None:
    """Write the decisions file of a list; return its path, None if there is nothing to fill in.

    What is filled in in a file that is there stays until it is in the ledger.
    """
    there, old = _filled_in(path)
    comparison = valid.comparison
    settled = {*comparison.span_item, *comparison.relation_item} - {item["id"] for item in record["items"]}
    filled = {name: entry for name, entry in old.items() if name not in settled}
    if valid.head is not None:  # an article that is in the ledger: what is gone since is of no use
        filled = {item["id"]: old[item["id"]] for item in record["items"] if item["id"] in old}
    if filled and there.get("hidden", "") != record["hidden"]:
        raise UsageError(f"{path} is filled in with other names", "give the same --hidden, or move it away")
    items, blank = {}, {"keep": "", "reason": "", "note": ""}
    for item in record["items"]:
        shown = {
            key: item[key] for key in ("about", "paragraph", "context", "decided", "rivals") if key in item
        }
        own = {key: value for key, value in filled.pop(item["id"], {}).items() if key != "shown"}
        items[item["id"]] = {"shown": shown} | blank | own
    items |= filled
    added = [new for new in there.get("added", []) if not _is_added(new, valid)]
    if not items and not added:
        path.unlink(missing_ok=True)
        return None
    form = {"doc_id": record["doc_id"], "how": _HOW.replace("\n", " ")}
    form |= {"hidden": record["hidden"]} if record["hidden"] else {}
    form |= {"note": there.get("note", ""), "items": items, "added": added}
    write_whole(path, msgspec.json.format(msgspec.json.encode(form), indent=1) + b"\n")
    return path


def _span(span: Span) -> dict[str, Any]:
    return {"id": span.id, "label": span.label, "text": span.text, "attributes": span.attributes}


def _filled_in(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return a decisions file that is there, and its entries that are filled in."""
    if not os.path.lexists(path):
        return {}, {}
    try:
        there = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        items = msgspec.convert(there.get("items", {}), dict[str, dict[str, Any]])
        msgspec.convert(there.get("added", []), list[dict[str, Any]])
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not a decisions file: {error}", "correct it, or move it away")
    ways = ("keep", "edit", "reject")
    return there, {name: one for name, one in items.items() if any(map(one.get, ways))}


def _is_added(new: dict[str, Any], valid: Valid) -> bool:
    """Say whether a label that was added in a file is in the ledger."""
    spans = {(a.label.label, a.label.text) for a in valid.added_spans.values()}
    relations = {a.label.label for a in valid.added_relations.values()}
    return (new.get("span"), new.get("quote") or "") in spans or new.get("relation") in relations


def _candidates(item: Item, words: Words, document: Document, ontology: Ontology) -> dict[str, Any]:
    """Return the candidates of a place: as the list shows them, and as rivals to choose from."""
    candidates: list[dict[str, Any]] = []
    rivals: list[dict[str, Any]] = []
    called = words.called(item)
    every: Sequence[SpanCandidate | RelationCandidate] = item.candidates
    for number, c in enumerate(every):
        who = words.who(c.who)
        names = sorted(called[number], key=lambda name: ("@" in name, name not in who, name))
        keep = next((n for n in names if sum(n in own for own in called) == 1), names[-1])
        rivals.append({"keep": keep, "said by": who})
        if isinstance(c, SpanCandidate):
            candidates.append(_span(c.span))
            rivals[-1] |= {"label": c.span.label}
            if c.span.text:
                inside = c.span.label in ontology.inside_words
                rivals[-1] |= {"quote": c.span.text, **_occurrence(c.span, document, inside_words=inside)}
            rivals[-1] |= {"attributes": c.span.attributes}
        else:
            ends = {
                end: {"item": at, "text": words.place(at)} for end, at in (("head", c.head), ("tail", c.tail))
            }
            candidates.append({"label": c.label, **ends})
            rivals[-1] |= {"label": c.label}
            rivals[-1] |= {end: f"{found['text']} [{found['item']}]" for end, found in ends.items()}
        candidates[-1]["who"] = who
    silent = sorted(set(words.shown.values()) - {name for c in candidates for name in c["who"]})
    if silent:
        rivals.append({"said by": silent, "label": "nothing here"})
    if isinstance(item, RelationItem):
        beside = list(words.same_head(item))
        return {"kind": "relation", "candidates": candidates, "rivals": rivals, "beside": beside}
    return {"kind": "span", "candidates": candidates, "rivals": rivals}


def _occurrence(span: Span, document: Document, *, inside_words: bool) -> dict[str, int]:
    """Return the paragraph of a span and which occurrence of its words there it is, as an edit says it."""
    for p in paragraphs(document.text):
        if p.start <= span.start and span.end <= p.start + len(p.text):
            starts = [p.start + at for at in occurrences(span.text, p.text, inside_words=inside_words)]
            if span.start in starts:
                return {"paragraph": p.number, "occurrence": starts.index(span.start) + 1}
    return {}


def _context(text: str, start: int, end: int) -> str:
    """Return the text around an item, the item marked by « and »."""
    if not end:
        return "the whole article"
    before, after = max(0, start - _CONTEXT), min(len(text), end + _CONTEXT)
    marked = f"{text[before:start]}«{text[start:end]}»{text[end:after]}"
    return ("…" if before else "") + marked + ("…" if after < len(text) else "")


def _markdown(shown: dict[str, Any]) -> str:
    """Return the list for people, from `_record`."""
    spans = [i for i in shown["items"] if i["kind"] == "span"]
    relations = [i for i in shown["items"] if i["kind"] == "relation"]
    who = ", ".join(shown["annotators"]) + (f" (hidden: {shown['hidden']})" if shown["hidden"] else "")
    lines = [f"# {shown['doc_id']}: {inline(shown['title']) or 'no title'}", ""]
    found = f"{counted(len(spans), 'span')} and {counted(len(relations), 'relation')} to decide"
    lines += [f"{found}; annotators: {inline(who)}", ""]
    if shown["items"]:
        lines += [f"Decide in `{shown['doc_id']}.json`. {_HOW}", ""]
    lines += ["## Text", ""]
    for number, text in shown["paragraphs"].items():
        lines += [f"[{number}] {inline(text)}", ""]
    for title, items in (("Spans", spans), ("Relations", relations)):
        lines += [f"## {title} to decide", ""]
        for item in items:
            lines += _section(item)
    if shown["decided"]:
        lines += ["## Decided before", "", *(f"- {line}" for line in shown["decided"]), ""]
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
    if "decided" in item:
        lines.append(f"- decided before: {inline(item['decided'])}")
    lines += [f"  - beside it: {inline(other)}" for other in item.get("beside", ())]
    return [*lines, ""]


def _span_line(span: dict[str, Any], who: str = "") -> str:
    words = f" “{inline(span['text'])}”" if span["text"] else ""
    return f"- {who}`{span['id']}`{words} {inline(_attributes(span['attributes']))}".rstrip()


def _attributes(values: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(values.items()))
