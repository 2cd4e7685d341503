"""Proposals, a layer a document: spans whose attributes are decided, and the relations between them.

A proposal that the ontology would call incomplete or illegal is not made: predictions pass the same checks as
people's labels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from string import Formatter
from typing import TYPE_CHECKING

from parley.corpus.corpus import Corpus
from parley.model.documents import Document
from parley.model.entities import Entity
from parley.model.labels import Layer, Relation, Span, in_order, make_span
from parley.model.ontology import Attribute, Ontology
from parley.preannotation.linking import Candidate, Linker
from parley.preannotation.matching import Match, matches, pipeline
from parley.preannotation.rules import GROUP, Rule, Rules, read_rules
from parley.preannotation.templates import DATE_FIELDS, date_fields, fill, number
from parley.values.boundaries import CLEAN, cut_at
from parley.values.quantity import is_quantity
from parley.values.timex3 import is_timex3

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_NAME = "parley-rules"
_ENGINE = "2"  # raised when this package proposes otherwise from the same rules
_BATCH = 64  # articles handed to spaCy at a time
_WORDS = 100_000  # different ones that the pipeline keeps before it starts anew: some 50 MB


def proposer(corpus: Corpus) -> Proposer:
    """Return what proposes layers for a corpus. Raises DataFaults if its rules cannot work."""
    rules = read_rules(corpus)
    digest = hashlib.sha256(_ENGINE.encode())
    for path in (corpus.paths.preannotation, corpus.paths.entities, corpus.paths.ontology):
        digest.update(bytes.fromhex(corpus.digests[corpus.paths.relative(path)]))
    return Proposer(rules, corpus.ontology, corpus.entities, f"{_NAME} {digest.hexdigest()[:12]}")


class Proposer:
    """Proposes layers by rules; it may be pickled before its first layer.

    model_version: the name of the predictions, another one if rules, entities or ontology are others.
    """

    def __init__(
        self, rules: Rules, ontology: Ontology, entities: Mapping[str, Entity], model_version: str
    ) -> None:
        self.rules = rules
        self.ontology = ontology
        self.entities = entities
        self.model_version = model_version
        self.apart = {
            label: {label}.union(*(group for group in rules.apart if label in group))
            for label in ontology.span_names
        }
        self._optional = [_optional_groups(rule) for rule in rules.rule]
        self._dated = [_uses_dates(rule) for rule in rules.rule]
        self._nlp: Language | None = None
        self._most_words = 0

    def layers(self, documents: Iterable[Document]) -> Iterator[Layer]:
        """Yield a layer a document, in order, without more than a few documents in memory."""
        given = iter(documents)
        while batch := list(islice(given, _BATCH)):
            if self._nlp is None or len(self._nlp.vocab) > self._most_words:
                # a new one after so many words that their memory counts: a pipeline keeps each. spaCy's own
                # way to forget, a memory zone, takes a third more time
                self._nlp = pipeline(self.rules, self.ontology, self.entities.values())
                self._most_words = len(self._nlp.vocab) + _WORDS
            pairs = [(document.text, document) for document in batch]
            for doc, document in self._nlp.pipe(pairs, as_tuples=True):
                yield self._layer(doc, document)

    def _layer(self, doc: Doc, document: Document) -> Layer:
        spans = self._spans(doc, document)
        relations = Linker(spans, document.text, self.ontology).relations(self.rules.link)
        complete, relations = self._complete([c.span for c in spans], relations)
        return in_order(
            Layer(
                doc_id=document.doc_id,
                text_sha256=document.text_sha256,
                annotator=self.rules.annotator,
                ontology=self.ontology.revision,
                updated="",
                lead_time_s=None,
                spans=tuple(complete),
                relations=tuple(relations),
            )
        )

    def _spans(self, doc: Doc, document: Document) -> list[Candidate]:
        """Return the spans in text order: earlier rules first, longer ones first, never two that exclude."""
        taken: list[Candidate] = []
        occupied: dict[str, set[int]] = {label: set() for label in self.ontology.span_names}  # its tokens
        # of equally long matches the one with the nearest context counts: a number's unit is the next noun
        for match in sorted(
            matches(doc), key=lambda m: (m.rule, m.start - m.end, m.around, m.start, m.label)
        ):
            tokens = range(match.start, match.end)
            if any(not occupied[label].isdisjoint(tokens) for label in self.apart[match.label]):
                continue
            start, end = doc[match.start].idx, doc[match.end - 1].idx + len(doc[match.end - 1])
            attributes = self._attributes(match, document)
            cut = {cut_at(document.text, start), cut_at(document.text, end)} != {CLEAN}
            if attributes is None or cut or document.text[start:end].strip() != document.text[start:end]:
                continue
            span = make_span(document.text, match.label, start, end, attributes)
            taken.append(Candidate(span, match.start, match.end))
            occupied[match.label].update(tokens)
        return sorted(taken, key=lambda c: (c.start, -c.end, c.span.label))

    def _attributes(self, match: Match, document: Document) -> dict[str, str] | None:
        """Return a match's attributes, None if one that it needs cannot be decided or is illegal."""
        rule = self.rules.rule[match.rule]
        # a group of optional tokens that are missing is empty, not unknown
        fields = dict.fromkeys(self._optional[match.rule] - match.groups.keys(), "")
        for name, words in match.groups.items():
            value = self._group(name, words)
            if value is not None:
                fields[name] = value
        if self._dated[match.rule]:
            fields |= date_fields(document.published, {k: v for k, v in fields.items() if v})
        legal = self.ontology.attributes_of[match.label]
        attributes: dict[str, str] = {}
        for name in rule.attributes:
            for template in rule.templates(name):
                value = fill(template, fields)
                if value is not None and self._is_legal(value, legal[name], match.label):
                    attributes[name] = value
                    break
        if match.entity:
            name = next(a.name for a in legal.values() if a.kind == "entity")
            attributes.setdefault(name, match.entity)
        missing = any(a.is_required(attributes) and a.name not in attributes for a in legal.values())
        return None if missing else dict(sorted(attributes.items()))

    def _group(self, name: str, words: list[str]) -> str | None:
        """Return what a group's words mean: their row in its table, else the number they write."""
        table = self.rules.words.get(name)
        if table is not None:
            return table.get(" ".join(words).casefold())
        return number(words, self.rules.numbers)

    def _is_legal(self, value: str, attribute: Attribute, label: str) -> bool:
        match attribute.kind:
            case "choice":
                return value in attribute.values
            case "entity":
                return value in self.entities and self.entities[value].type in (attribute.types or (label,))
            case "timex3":
                return is_timex3(value)
            case "quantity":
                return is_quantity(value)

    def _complete(self, spans: list[Span], relations: list[Relation]) -> tuple[list[Span], list[Relation]]:
        """Return the spans that have every relation expected of them, and the relations between those.

        A span that goes takes the relations to it along, and with them the spans of which they are expected.
        """
        while True:
            drawn = {(r.label, r.head) for r in relations}
            complete = [span for span in spans if self._is_complete(span, drawn)]
            if len(complete) == len(spans):
                return spans, relations
            ids = {span.id for span in complete}
            spans, relations = complete, [r for r in relations if r.head in ids and r.tail in ids]

    def _is_complete(self, span: Span, drawn: set[tuple[str, str]]) -> bool:
        """Say whether a span has every relation that the ontology expects of it. drawn: label and head."""
        return all(
            (expected.excused_by and span.attributes.get(expected.excused_by))
            or (expected.name, span.id) in drawn
            for expected in self.ontology.relations
            if span.label in expected.expected_of
        )


def _optional_groups(rule: Rule) -> frozenset[str]:
    return frozenset(t[GROUP] for pattern in rule.patterns for t in pattern if GROUP in t and "OP" in t)


def _uses_dates(rule: Rule) -> bool:
    """Say whether a template of the rule needs the day of publication."""
    templates = [template for name in rule.attributes for template in rule.templates(name)]
    fields = {name for template in templates for _, name, _, _ in Formatter().parse(template)}
    return bool(fields & DATE_FIELDS)
