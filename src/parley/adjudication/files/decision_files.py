"""Decisions written by hand: what a lead decided without a server, as JSON.

    {"doc_id": "h4_storm",
     "items": {
       "s182-214-3fa2c1": {"keep": "bo", "reason": "guideline", "note": "the name stands apart"},
       "INCIDENT-102-111": {"edit": {"attributes": {"cause": "weather"}}, "reason": "attribute"},
       "r218-266-77ab01": {"reject": true}},
     "added": [
       {"span": "WHEN", "quote": "high tide", "key": "tide"},
       {"relation": "when", "head": "INCIDENT-102-111", "tail": "tide"}]}

One document, or an array of them. Every disputed item of `build/adjudication/<doc_id>.md` has an entry; an
agreed label may have one too, under its own id. An entry has one or more of

    keep    a candidate, or a list: the annotator's name, the label (or its id), or `label@name` where the
            name alone leaves it open
    edit    what it should be (or a list): `label`, `quote` (with `paragraph` and `occurrence` where the quote
            stands more than once near the item), `attributes` (all of them); of a relation `label`, `head`,
            `tail`. What is left out is taken over from the candidate named by `of`, or from all candidates
            where they say the same. `of` also says whose label it was; without it, everybody's. `key` gives
            the result a name for relations to use
    reject  true: none of them

and, if wanted, `reason` (a code of `parley.model.decisions`; else read off what differs) and `note`.
`added` are labels nobody has. An end of a relation is the id of an item or a gold span, or a `key`.
`hidden` repeats the seed of a list that was made with hidden names.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from parley.adjudication.compare import Comparison, RelationCandidate, RelationItem, SpanCandidate, SpanItem
from parley.adjudication.decide.decisions import Added, Decision, Outcome
from parley.adjudication.decide.spans import DecidedSpans, decide_spans
from parley.adjudication.gold import Decisions, unknown
from parley.adjudication.names import Names, names
from parley.faults import Fault, check
from parley.model.decisions import REASONS
from parley.model.documents import Document
from parley.model.labels import Relation, Span, make_relation, make_span
from parley.model.ontology import Ontology
from parley.model.quotes import closest, occurrences, paragraphs


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An edited label, as written."""

    of: str | list[str] = []
    label: str | None = None
    quote: str | None = None
    paragraph: int = 0
    occurrence: int = 0
    attributes: dict[str, str] | None = None
    head: str | None = None
    tail: str | None = None
    key: str = ""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is written about one item."""

    keep: str | list[str] = []
    edit: Edit | list[Edit] = []
    reject: bool = False
    reason: str = ""
    note: str = ""


class New(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A label that is added, as written: a span or a relation."""

    span: str = ""
    relation: str = ""
    quote: str = ""
    paragraph: int = 0
    occurrence: int = 0
    attributes: dict[str, str] = {}
    head: str = ""
    tail: str = ""
    key: str = ""
    reason: str = ""
    note: str = ""


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The decisions on one document, as written."""

    doc_id: str
    items: dict[str, Entry] = {}
    added: list[New] = []
    hidden: str = ""
    note: str = ""


def decode_decisions(data: bytes, name: str) -> list[Written]:
    """Return the documents of a decisions file.

    name: of the file, for faults. Raises DataFaults where it is not JSON of the right shape.
    """
    try:
        read = msgspec.json.decode(data, type=Written | list[Written])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        check([Fault("decision-malformed", name, str(error))])
        raise
    return read if isinstance(read, list) else [read]


def resolve(
    written: Written, comparison: Comparison, document: Document, ontology: Ontology, lead: str
) -> Decisions:
    """Return what was written as decisions on the items of a comparison.

    Raises DataFaults naming everything that does not exist, with what is closest to it, and every span that
    is left undecided.
    """
    reading = _Reading(written, comparison, document, ontology)
    spans = {
        i: reading.span_entry(comparison.span_item[i], entry) for i, entry in reading.of(comparison.span_item)
    }
    added = tuple(reading.added_spans())
    check(reading.faults)
    decided = decide_spans(comparison, spans, added, lead)
    check(decided.faults)
    reading.decided = decided
    relations = {
        i: reading.relation_entry(comparison.relation_item[i], entry)
        for i, entry in reading.of(comparison.relation_item)
    }
    added_relations = tuple(reading.added_relations())
    check(reading.faults)
    return Decisions(spans, relations, added, added_relations, written.note)


@dataclass
class _Reading:
    """Turns written names and quotes of one document into labels, and gathers faults."""

    written: Written
    comparison: Comparison
    document: Document
    ontology: Ontology
    decided: DecidedSpans = field(default_factory=DecidedSpans)
    faults: list[Fault] = field(default_factory=list)
    keys: dict[str, Span] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = [*self.comparison.span_item, *self.comparison.relation_item]
        for item in self.written.items:
            if item not in self.comparison.span_item and item not in self.comparison.relation_item:
                self.faults.append(unknown(self.document.doc_id, item, known, "item"))

    @property
    def names(self) -> Names:
        return names(self.comparison.annotators, self.document.doc_id, self.written.hidden)

    def of(self, items: Iterable[str]) -> Iterator[tuple[str, Entry]]:
        """Yield the entries of items."""
        for item in items:
            if item in self.written.items:
                yield item, self.written.items[item]

    def fault(self, code: str, place: str, message: str) -> None:
        self.faults.append(Fault(code, f"{self.document.doc_id} > {place}", message))

    # ---- entries

    def span_entry(self, item: SpanItem, entry: Entry) -> Decision[Span]:
        outcomes = [Outcome[Span]((i,)) for i in self._kept(item, entry)]
        for edit in self._edits(item, entry):
            of = self._of(item, edit)
            span = self._edited_span(item, of, edit)
            if span is not None:
                outcomes.append(Outcome(of, span))
                self._key(item.id, edit.key, span)
        return Decision(tuple(outcomes), self._reason(item.id, entry.reason), entry.note)

    def relation_entry(self, item: RelationItem, entry: Entry) -> Decision[Relation]:
        outcomes = [Outcome[Relation]((i,)) for i in self._kept(item, entry)]
        for edit in self._edits(item, entry):
            of = self._of(item, edit)
            bases = [item.candidates[i] for i in of]
            label = edit.label or _same(c.label for c in bases)
            head, tail = edit.head or _same(c.head for c in bases), edit.tail or _same(c.tail for c in bases)
            if not label or not head or not tail:
                self.fault("decision-malformed", item.id, "the candidates differ: name one with `of`")
                continue
            relation = self._relation(item.id, label, head, tail)
            if relation is not None:
                outcomes.append(Outcome(of, relation))
        return Decision(tuple(outcomes), self._reason(item.id, entry.reason), entry.note)

    def added_spans(self) -> Iterator[Added[Span]]:
        for number, new in enumerate(self.written.added, start=1):
            place = f"added {number}"
            if bool(new.span) == bool(new.relation):
                self.fault("decision-malformed", place, "an added label names a `span` or a `relation`")
            elif new.span:
                found = self._locate(place, new.quote, new.paragraph, new.occurrence)
                if self._legal(place, new.span, new.attributes) and found:
                    span = make_span(self.document.text, new.span, *found, new.attributes)
                    self._key(place, new.key, span)
                    yield Added(span, self._reason(place, new.reason), new.note)

    def added_relations(self) -> Iterator[Added[Relation]]:
        for number, new in enumerate(self.written.added, start=1):
            if new.relation:
                place = f"added {number}"
                relation = self._relation(place, new.relation, new.head, new.tail)
                if relation is not None:
                    yield Added(relation, self._reason(place, new.reason), new.note)

    # ---- names

    def _kept(self, item: SpanItem | RelationItem, entry: Entry) -> list[int]:
        keep = [entry.keep] if isinstance(entry.keep, str) else entry.keep
        decides = bool(keep) + bool(entry.edit)
        if bool(decides) == entry.reject:
            self.fault("decision-malformed", item.id, "an entry has `keep` or `edit`, or `reject`")
        return [i for name in keep if (i := self._candidate(item, name)) is not None]

    def _edits(self, item: SpanItem | RelationItem, entry: Entry) -> list[Edit]:
        edits = [entry.edit] if isinstance(entry.edit, Edit) else entry.edit
        for edit in edits:
            wrong = edit.head or edit.tail if isinstance(item, SpanItem) else edit.quote or edit.attributes
            if wrong:
                kind = "span" if isinstance(item, SpanItem) else "relation"
                self.fault("decision-malformed", item.id, f"a {kind} has no {wrong!r} to edit")
        return edits

    def _of(self, item: SpanItem | RelationItem, edit: Edit) -> tuple[int, ...]:
        given = [edit.of] if isinstance(edit.of, str) else edit.of
        if not given:
            return tuple(range(len(item.candidates)))
        return tuple(i for name in given if (i := self._candidate(item, name)) is not None)

    def _candidate(self, item: SpanItem | RelationItem, name: str) -> int | None:
        """Return the place of the one candidate that a name means."""
        called = [self._called(c) for c in item.candidates]
        found = [i for i, mine in enumerate(called) if name in mine]
        if len(found) == 1:
            return found[0]
        if found:
            exact = sorted(x for i in found for x in called[i] if "@" in x)
            self.fault("decision-unknown", item.id, f"{name!r} may be {' or '.join(exact)}")
        else:
            known = sorted({x for mine in called for x in mine})
            self.faults.append(unknown(f"{self.document.doc_id} > {item.id}", name, known, "candidate"))
        return None

    def _called(self, candidate: SpanCandidate | RelationCandidate) -> set[str]:
        """Return the names of a candidate: annotator, label, label id, the last two with the annotator."""
        who = self.names.all(candidate.who)
        if isinstance(candidate, SpanCandidate):
            own = {candidate.span.id, candidate.span.label}
        else:
            own = {candidate.label, *(relation.id for _, relation in candidate.held)}
        return {*who, *own, *(f"{label}@{name}" for label in own for name in who)}

    def _key(self, place: str, key: str, span: Span) -> None:
        if key and self.keys.setdefault(key, span) is not span:
            self.fault("decision-malformed", place, f"the key {key!r} is given twice")

    def _reason(self, place: str, reason: str) -> str:
        if reason and reason not in REASONS:
            self.faults.append(unknown(f"{self.document.doc_id} > {place}", reason, REASONS, "reason"))
        return reason

    # ---- labels

    def _edited_span(self, item: SpanItem, of: tuple[int, ...], edit: Edit) -> Span | None:
        bases = [item.candidates[i].span for i in of]
        label = edit.label or _same(s.label for s in bases)
        attributes = edit.attributes
        if attributes is None and bases and all(s.attributes == bases[0].attributes for s in bases):
            attributes = bases[0].attributes
        found: tuple[int, int] | None
        if edit.quote is None:
            found = (bases[0].start, bases[0].end) if len({(s.start, s.end) for s in bases}) == 1 else None
        else:
            found = self._locate(item.id, edit.quote, edit.paragraph, edit.occurrence, (item.start, item.end))
            if found is None:
                return None
        if label is None or attributes is None or found is None:
            lacks = [
                name
                for name, value in (("label", label), ("quote", found), ("attributes", attributes))
                if value is None
            ]
            what = f"the candidates differ in {' and '.join(lacks)}: give it, or name one with `of`"
            self.fault("decision-malformed", item.id, what)
            return None
        if not self._legal(item.id, label, attributes):
            return None
        return make_span(self.document.text, label, *found, attributes)

    def _locate(
        self, place: str, quote: str, paragraph: int, occurrence: int, near: tuple[int, int] | None = None
    ) -> tuple[int, int] | None:
        """Return where a quote stands: in its paragraph, else overlapping `near`, else in the whole text."""
        begin, text = 0, self.document.text
        if paragraph:
            found = [p for p in paragraphs(text) if p.number == paragraph]
            if not found:
                self.fault("decision-unknown", place, f"there is no paragraph {paragraph}")
                return None
            begin, text = found[0].start, found[0].text
        starts = [begin + at for at in occurrences(quote, text)] if quote else []
        if near is not None and not paragraph:
            starts = [at for at in starts if at < near[1] and near[0] < at + len(quote)]
            text = self.document.text[max(0, near[0] - len(quote)) : near[1] + len(quote)]
        if not starts:
            self.fault("quote-missing", place, f"{quote!r} does not stand there{closest(quote, text)}")
        elif occurrence > len(starts) or occurrence < 0:
            self.fault(
                "quote-missing", place, f"{quote!r} stands there {len(starts)} times, not {occurrence}"
            )
        elif not occurrence and len(starts) > 1:
            what = f"{quote!r} stands there {len(starts)} times: say which `occurrence`, counted from 1"
            self.fault("decision-malformed", place, what)
        else:
            at = starts[max(occurrence, 1) - 1]
            return at, at + len(quote)
        return None

    def _legal(self, place: str, label: str, attributes: dict[str, str]) -> bool:
        """Say whether label and attributes are in the ontology; name them if not."""
        where = f"{self.document.doc_id} > {place}"
        if label not in self.ontology.span_by_name:
            self._wrong("span-label", where, label, self.ontology.span_names)
            return False
        sound = True
        for name, value in attributes.items():
            attribute = self.ontology.attributes_of[label].get(name)
            if attribute is None:
                self._wrong("attribute-unknown", where, name, list(self.ontology.attributes_of[label]))
                sound = False
            elif attribute.kind == "choice" and value not in attribute.values:
                self._wrong("attribute-value", where, value, attribute.values)
                sound = False
        return sound

    def _wrong(self, code: str, where: str, given: str, known: Sequence[str]) -> None:
        match = difflib.get_close_matches(given, known, n=1, cutoff=0.5)
        hint = f"; the closest is {match[0]!r}" if match else f"; there is {', '.join(known) or 'none'}"
        self.faults.append(Fault(code, where, f"{given!r} is not in the ontology{hint}"))

    def _relation(self, place: str, label: str, head: str, tail: str) -> Relation | None:
        if label not in self.ontology.relation_by_name:
            where = f"{self.document.doc_id} > {place}"
            self._wrong("relation-label", where, label, self.ontology.relation_names)
            return None
        ends = [self._end(place, end) for end in (head, tail)]
        if ends[0] is None or ends[1] is None:
            return None
        symmetric = self.ontology.relation_by_name[label].symmetric
        return make_relation(label, ends[0], ends[1], symmetric=symmetric)

    def _end(self, place: str, name: str) -> Span | None:
        """Return the gold span that an end means: a key, an item, a gold span, or what became of a span."""
        gold = self.decided.gold
        if name in self.keys:
            return self.keys[name]
        if name in gold:
            return gold[name]
        found = self.decided.of_item.get(name)
        if found is None:
            became = [span for (_, old), span in self.decided.becomes.items() if old == name]
            found = list({span.id: span for span in became if span is not None}.values()) if became else None
        if found is None:
            known = [*self.keys, *gold, *self.decided.of_item]
            self.faults.append(unknown(f"{self.document.doc_id} > {place}", name, known, "span"))
        elif len(found) == 1:
            return found[0]
        elif found:
            what = f"{name} became {' and '.join(sorted(s.id for s in found))}: say which"
            self.fault("decision-malformed", place, what)
        else:
            self.fault("relation-dangling", place, f"{name} was rejected")
        return None


def _same(values: Iterable[str]) -> str | None:
    """Return the one value that all have, None where they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else None
