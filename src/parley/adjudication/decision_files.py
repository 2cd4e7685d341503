"""Decisions that a lead wrote by hand, without a server, as ledger rows: names and quotes become labels.

The form of the files is in `parley.adjudication.written_decisions`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from parley.adjudication.compare import Adjudication, Item, RelationItem, SpanItem
from parley.adjudication.decide import Addition, Decision, GoldSpans, Label, Outcome
from parley.adjudication.disagreements import Words
from parley.adjudication.ledger import Row
from parley.adjudication.settled import settled_relations, settled_rows, settled_spans
from parley.adjudication.validity import Valid, valid_decisions
from parley.adjudication.written_decisions import (
    Edit,
    ItemEntry,
    WrittenDecisions,
    WrittenLabel,
    decode_decisions,
)
from parley.faults import DataFaults, Fault, UsageError, check
from parley.model.documents import Document
from parley.model.labels import REASONS, Relation, Span, make_span
from parley.model.ontology import DOCUMENT
from parley.model.quotes import closest, occurrences, paragraphs
from parley.values.several import is_several

Value = TypeVar("Value")


def rows_from_files(
    adjudication: Adjudication, files: Sequence[Path], lead: str, ledger: Sequence[Row] = ()
) -> tuple[list[Row], list[Fault], list[tuple[str, str]]]:
    """Return the ledger rows of decisions files; and what is open yet, or decided on a place that is gone.

    Also, by doc_id, labels that the lead added and that have no place any more. ledger: the rows there are;
    decisions in them are valid as `valid_decisions` says. An article with open places has no rows.
    Raises DataFaults with all other faults of all files.
    """
    corpus = adjudication.corpus
    wrong: list[Fault] = []
    named: list[Fault] = []
    dropped: list[tuple[str, str]] = []
    rows: dict[str, list[Row]] = {}
    for file in files:
        try:
            read = decode_decisions(corpus.paths.read(file), file.name)
        except OSError as error:
            raise UsageError(f"{file} cannot be read: {error.strerror}", "name a decisions file")
        except DataFaults as found:
            wrong += found.faults
            continue
        for written in read:
            doc_id = written.doc_id
            comparison = adjudication.comparisons.get(doc_id)
            if comparison is None or doc_id in rows:
                what = "it is decided twice" if comparison else f"no two layers of {doc_id!r} to decide on"
                wrong.append(Fault("decision-unknown", f"{file.name} > {doc_id}", what))
                continue
            document = corpus.documents[doc_id]
            valid = valid_decisions(comparison, ledger, corpus.ontology, document.text)
            rows[doc_id] = []
            try:
                rows[doc_id], gone = decided(written, valid, document, lead)
                named += gone
                dropped += ((doc_id, label) for label in valid.dropped)
            except DataFaults as found:
                small = [
                    f for f in found.faults if f.code == "decision-missing" or f.message.startswith(_GONE)
                ]
                named += small
                wrong += (f for f in found.faults if f not in small)
    check([*wrong, *(named if wrong else ())])
    return [row for own in rows.values() for row in own], named, dropped


def decided(
    written: WrittenDecisions, valid: Valid, document: Document, lead: str
) -> tuple[list[Row], list[Fault]]:
    """Return the ledger rows of an article by what was written on it, else by what is valid.

    Also the faults of entries on places that are not there, or not as they were. Raises DataFaults naming
    everything else that does not exist, with what is closest to it, and everything that is open.
    """
    reader = _Reader(written, valid, document)
    given = reader.decisions(valid.comparison.span_item, reader.edited_span)
    before = {name: (one.label, one.reason, one.note) for name, one in valid.added_spans.items()}
    added = [
        new
        for new in reader.added_spans()
        if before.get(new.label.id) != (new.label, new.reason or "missed", new.note)
    ]
    check(reader.faults)
    reader.gold = settled_spans(valid, lead, given, added)
    check(fault for fault in reader.gold.faults if fault.code != "decision-missing")
    if reader.gold.open:  # what is open among relations is named with the spans
        entries = {name: Decision[Relation]() for name in reader.entries}
        relations = settled_relations(valid, reader.gold, entries)
        check([*reader.gold.faults, *relations.open_faults, *reader.gone])
    verdicts = reader.decisions(valid.comparison.relation_item, reader.edited_relation)
    added_relations = list(reader.added_relations())
    check(reader.faults)
    made = settled_relations(valid, reader.gold, verdicts, added_relations)
    check([*made.faults, *(reader.gone if made.faults else ())])
    return settled_rows(valid, reader.gold, made, note=written.note), reader.gone


class _Reader:
    """Turns written names and quotes of one document into labels, and gathers faults."""

    gold: GoldSpans  # once they are decided

    def __init__(self, written: WrittenDecisions, valid: Valid, document: Document) -> None:
        comparison = valid.comparison
        self.written = written
        self.document = document
        self.ontology = valid.ontology
        self.words = Words(comparison, written.hidden)
        self.keys: dict[str, Span] = {}
        self.faults: list[Fault] = []
        self.gone: list[Fault] = []  # entries on places that are not there
        self.entries = {name: entry for name, entry in written.items.items() if entry.decides}
        items = {**comparison.span_item, **comparison.relation_item}
        for name in [name for name in self.entries if name not in items]:
            entry = self.entries.pop(name)
            if valid.added_spans.pop(name, None) or valid.added_relations.pop(name, None):
                valid.before.pop(name, None)
                if not entry.reject:
                    what = "a label that was added is rejected, or left; add another in its place"
                    self.fault("decision-malformed", name, what)
            else:
                place = f"{document.doc_id} > {name}"
                self.gone.append(Fault("decision-unknown", place, f"{_GONE}{_closest(name, items)}"))

    def fault(self, code: str, place: str, message: str) -> None:
        self.faults.append(Fault(code, f"{self.document.doc_id} > {place}", message))

    def unknown(self, place: str, what: str, name: str, known: Iterable[str]) -> None:
        self.fault(
            "decision-unknown", f"{place} > {name}", f"there is no {what} {name!r}{_closest(name, known)}"
        )

    # ---- entries

    def decisions(
        self, items: Mapping[str, Item], edited: Callable[..., Label | None]
    ) -> dict[str, Decision[Label]]:
        """Return the decisions that entries mean. edited: reads an edit of some candidates of an item."""
        entries = self.entries
        return {i: self._decision(item, entries[i], edited) for i, item in items.items() if i in entries}

    def _decision(self, item: Item, entry: ItemEntry, edited: Callable[..., Label | None]) -> Decision[Label]:
        keep = [entry.keep] if isinstance(entry.keep, str) else entry.keep
        keep = [name for name in keep if name]
        edits = [entry.edit] if isinstance(entry.edit, Edit) else entry.edit
        if bool(keep or edits) == entry.reject:
            self.fault("decision-malformed", item.id, "an entry has `keep` or `edit`, or `reject`")
        outcomes = [Outcome[Label]((i,)) for name in keep for i in self._candidate(item, name)]
        for edit in edits:
            given = [edit.of] if isinstance(edit.of, str) else edit.of
            of = [i for name in given for i in self._candidate(item, name)]
            of = of if given else list(range(len(item.candidates)))
            label = edited(item, of, edit)
            if label is not None:
                outcomes.append(Outcome(tuple(of), label))
        return Decision(tuple(outcomes), self._reason(item.id, entry.reason), entry.note)

    def edited_span(self, item: SpanItem, of: Sequence[int], edit: Edit) -> Span | None:
        if edit.head or edit.tail:
            self.fault("decision-malformed", item.id, f"a span has no {edit.head or edit.tail!r} to edit")
        spans = [item.candidates[i].span for i in of]
        label = edit.label or _same(s.label for s in spans)
        attributes = edit.values
        if attributes is None:
            attributes = _same(s.attributes for s in spans)
        if edit.quote is None:
            place = _same((s.start, s.end) for s in spans)
        else:
            place = self._locate(item.id, label, edit, (item.start, item.end))
            if place is None:
                return None
        if label is None or attributes is None or place is None:
            values = {"label": label, "quote": place, "attributes": attributes}
            lacks = " and ".join(name for name, value in values.items() if value is None)
            what = f"the candidates differ in {lacks}: give it, or name one with `of`"
            self.fault("decision-malformed", item.id, what)
            return None
        return self._span(item.id, label, place, attributes, edit.key)

    def edited_relation(self, item: RelationItem, of: Sequence[int], edit: Edit) -> Relation | None:
        if edit.quote or edit.attributes:
            what = f"a relation has no {edit.quote or edit.attributes!r} to edit"
            self.fault("decision-malformed", item.id, what)
        candidates = [item.candidates[i] for i in of]
        label = edit.label or _same(c.label for c in candidates)
        head = edit.head or _same(c.head for c in candidates)
        tail = edit.tail or _same(c.tail for c in candidates)
        if not label or not head or not tail:
            self.fault("decision-malformed", item.id, "the candidates differ: name one with `of`")
            return None
        return self._relation(item.id, label, head, tail)

    def added_spans(self) -> Iterator[Addition[Span]]:
        for number, new in enumerate(self.written.added, start=1):
            place = f"added {number}"
            if bool(new.span) == bool(new.relation):
                self.fault("decision-malformed", place, "an added label names a `span` or a `relation`")
            elif new.span:
                span = self._span(place, new.span, self._locate(place, new.span, new), new.values, new.key)
                if span is not None:
                    yield Addition(span, self._reason(place, new.reason), new.note)

    def added_relations(self) -> Iterator[Addition[Relation]]:
        for number, new in enumerate(self.written.added, start=1):
            if new.relation:
                place = f"added {number}"
                relation = self._relation(place, new.relation, new.head or "", new.tail or "")
                if relation is not None:
                    yield Addition(relation, self._reason(place, new.reason), new.note)

    # ---- names

    def _candidate(self, item: Item, name: str) -> list[int]:
        """Return the place of the one candidate that a name means, nothing if it is not one."""
        called = self.words.called(item)
        found = [i for i, own in enumerate(called) if name in own]
        if len(found) > 1:
            exact = sorted(x for i in found for x in called[i] if "@" in x)
            self.fault("decision-unknown", item.id, f"{name!r} may be {' or '.join(exact)}")
        elif not found:
            self.unknown(item.id, "candidate", name, set().union(*called))
        return found if len(found) == 1 else []

    def _reason(self, place: str, reason: str) -> str:
        if reason and reason not in REASONS:
            self.unknown(place, "reason", reason, REASONS)
        return reason

    # ---- labels

    def _locate(
        self, place: str, label: str | None, given: WrittenLabel, near: tuple[int, int] | None = None
    ) -> tuple[int, int] | None:
        """Return where a quote is: in its paragraph, else overlapping `near`, else in the whole text."""
        start, text, quote = 0, self.document.text, given.quote or ""
        if label == DOCUMENT and not quote and self.ontology.document_attributes:
            return 0, 0
        if given.paragraph:
            found = [p for p in paragraphs(text) if p.number == given.paragraph]
            if not found:
                self.fault("decision-unknown", place, f"there is no paragraph {given.paragraph}")
                return None
            _, start, text = found[0]
        inside = label in self.ontology.inside_words
        starts = [start + at for at in occurrences(quote, text, inside_words=inside)] if quote else []
        if near is not None and not given.paragraph:
            starts = [at for at in starts if at < near[1] and near[0] < at + len(quote)]
            text = self.document.text[max(0, near[0] - len(quote)) : near[1] + len(quote)]
        nth, times = given.occurrence, f"{quote!r} is there {len(starts)} times"
        if not starts:
            self.fault("quote-missing", place, f"{quote!r} is not there{closest(quote, text)}")
        elif not 0 <= nth <= len(starts):
            self.fault("quote-missing", place, f"{times}, not {nth}")
        elif not nth and len(starts) > 1:
            self.fault("decision-malformed", place, f"{times}: say which `occurrence`, counted from 1")
        else:
            at = starts[max(nth, 1) - 1]
            return at, at + len(quote)
        return None

    def _span(
        self, place: str, label: str, at: tuple[int, int] | None, given: dict[str, str] | None, key: str
    ) -> Span | None:
        """Return a span if it is located, and label and attributes are in the ontology; add faults if not."""
        legal, attributes = self.ontology.attributes_with_document.get(label), given or {}
        before = len(self.faults)
        if legal is None:
            self._not_in_ontology("span-label", place, label, list(self.ontology.attributes_with_document))
            return None
        for name, value in attributes.items():
            if name not in legal:
                self._not_in_ontology("attribute-unknown", place, name, list(legal))
            elif legal[name].kind == "choice" and value not in legal[name].values:
                self._not_in_ontology("attribute-value", place, value, legal[name].values)
            elif legal[name].several != is_several(value):
                wanted = "names several: write an array" if legal[name].several else "names one: write its id"
                self.fault("attribute-value", place, f"{name} of {label} {wanted}")
        if at is None or len(self.faults) > before:
            return None
        span = make_span(self.document.text, label, *at, attributes)
        if key and self.keys.setdefault(key, span) is not span:
            self.fault("decision-malformed", place, f"the key {key!r} is given twice")
        return span

    def _not_in_ontology(self, code: str, place: str, given: str, known: Sequence[str]) -> None:
        hint = _closest(given, known) or f"; there is {', '.join(known) or 'none'}"
        self.fault(code, place, f"{given!r} is not in the ontology{hint}")

    def _relation(self, place: str, label: str, head: str, tail: str) -> Relation | None:
        if label not in self.ontology.relation_by_name:
            self._not_in_ontology("relation-label", place, label, self.ontology.relation_names)
            return None
        ends = self._end(place, head), self._end(place, tail)
        return self.gold.relation(label, ends[0], ends[1]) if ends[0] and ends[1] else None

    def _end(self, place: str, name: str) -> Span | None:
        """Return the gold span that an end means: a key, an item, a gold span, or what became of a span."""
        gold, of_item = self.gold.gold, self.gold.of_item
        if name in self.keys or name in gold:
            return self.keys.get(name) or gold[name]
        became = [span for (_, old), span in self.gold.becomes.items() if old == name]
        if name not in of_item and not became:
            self.unknown(place, "span", name, [*self.keys, *gold, *of_item])
            return None
        spans = {span.id: span for span in of_item.get(name, became) if span is not None}
        if not spans:
            self.fault("relation-dangling", place, f"{name} was rejected")
        elif len(spans) > 1:
            what = f"{name} became {' and '.join(sorted(spans))}: say which"
            self.fault("decision-malformed", place, what)
        return next(iter(spans.values())) if len(spans) == 1 else None


def _same(values: Iterable[Value]) -> Value | None:
    """Return the one value that all have, None if they differ or there are none."""
    given = list(values)
    return given[0] if given and all(value == given[0] for value in given) else None


_GONE = "there is no such place, or its rivals are others now"


def _closest(name: str, known: Iterable[str]) -> str:
    match = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; the closest is {match[0]!r}" if match else ""
