"""Names of another scheme as those of an ontology: labels, relations, attributes and values."""

from __future__ import annotations

import difflib
from collections import ChainMap, Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from parley.exchange.articles import Article, Lost
from parley.exchange.loss import Account
from parley.faults import Fault, UsageError
from parley.model.labels import DocumentLabel, Relation, Span, document_span, relation_id, span_id
from parley.model.ontology import DOCUMENT, Ontology
from parley.runtime.counts import counted
from parley.values.several import members, several

LABEL, RELATION, ATTRIBUTE, VALUE = "span label", "relation", "attribute", "value"  # kinds of names
LEFT_OUT = "left out, as was said"
SEVERAL = "several values of an attribute that has one"
TWICE = "given twice under its name"
NO_END = "an end of it is lost"
NO_SPAN = "of a span that is lost"
OF_RELATION = "of a relation"
NO_LABEL = "without a label"
NOT_THERE = "not where its offsets say"
OUTSIDE = "outside its text, or without length"
DIFFERS = "given twice, and differs"
_KINDS = {"spans": LABEL, "relations": RELATION, "attributes": ATTRIBUTE}  # kinds of labels as of names


@dataclass
class Names:
    """What names become. of: by kind, a label, relation or attribute → its name here, "" to leave it out.

    values: attribute, as it was or is called, and value → the value here. used: which of them were met.
    unknown: kind, name and, of an attribute its label, of a value its attribute → how often it is met and is
    no name of the ontology.
    """

    ontology: Ontology
    of: Mapping[str, Mapping[str, str]]
    values: Mapping[tuple[str, str], str]
    used: set[str | tuple[str, str]] = field(default_factory=set)
    unknown: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    @classmethod
    def given(
        cls,
        ontology: Ontology,
        options: Iterable[str],
        of: Mapping[str, Mapping[str, str]] | None = None,
        values: Mapping[tuple[str, str], str] | None = None,
    ) -> Names:
        """Return the names that options give: `OLD=NEW`, and `ATTRIBUTE:OLD=NEW` for a value.

        of, values: of a file, as in Names; an option goes before. Raises UsageError for one that is neither.
        """
        filed, filed_values = of or {}, values or {}
        given, given_values = cls._options(ontology, options)
        every = {kind: ChainMap(given, dict(filed.get(kind, {}))) for kind in (LABEL, RELATION, ATTRIBUTE)}
        return cls(ontology, every, {**filed_values, **given_values})

    @staticmethod
    def _options(
        ontology: Ontology, options: Iterable[str]
    ) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
        of: dict[str, str] = {}
        values: dict[tuple[str, str], str] = {}
        for option in options:
            old, equals, new = option.partition("=")
            if not equals or not old:
                raise UsageError(
                    f"--map {option} says nothing",
                    "write OLD=NEW, OLD= to leave it out, or ATTRIBUTE:OLD=NEW",
                )
            attribute, _, value = old.partition(":")
            if value and attribute in (*ontology.attribute_names, *ontology.of_document):
                values[attribute, value] = new
            else:
                of[old] = new
        return of, values

    def target(self, kind: str, name: str) -> str:
        """Return what a name becomes, "" if it is left out."""
        return self.of[kind].get(name, name)

    def renamed(self, article: Article, account: Account) -> Article:
        """Return an article under the names of the ontology.

        account: gets all that is there and what is lost; `lost` of the article names it. Of two spans or
        relations that become the same, one is lost.
        """
        spans: dict[str, Span] = {}
        ids: dict[str, str] = {}
        lost: list[Lost] = []
        for old in article.spans:
            label = self._name(LABEL, old.label, self.ontology.span_by_name)
            attributes = dict(self._attributes(old, label, account, lost))
            account.given["spans", label or old.label] += 1
            name = span_id(label, old.start, old.end)
            span = Span(name, old.start, old.end, old.text, label or old.label, attributes)
            if not label or name in spans:
                why = TWICE if label else LEFT_OUT if old.label else NO_LABEL
                account.lose_span(span, why)
                lost.append(Lost("spans", span.label, why, shown(span)))
            else:
                spans[name] = span
            if label:
                ids[old.id] = name
        for gone in article.lost:
            label = gone.label
            if (kind := _KINDS.get(gone.kind)) and label in self.of[kind]:
                self.used.add(label)
                label = self.of[kind][label] or label
            account.given[gone.kind, label] += 1
            account.lose(gone.kind, label, gone.why)
            lost.append(gone._replace(label=label))
        relations: dict[str, Relation] = {}
        by_id = {span.id: span for span in article.spans}
        for one in article.relations:
            label = self._name(RELATION, one.label, self.ontology.relation_by_name)
            account.given["relations", label or one.label] += 1
            ends = ids.get(one.head), ids.get(one.tail)
            name = relation_id(ends[0] or "", label, ends[1] or "")
            why = (NO_END if None in ends else TWICE if name in relations else "") if label else LEFT_OUT
            if why or ends[0] is None or ends[1] is None:
                account.lose("relations", label or one.label, why)
                where = " to ".join(
                    shown(by_id[end]) if end in by_id else end for end in (one.head, one.tail)
                )
                lost.append(Lost("relations", label or one.label, why, f"from {where}"))
            else:
                relations[name] = Relation(name, label, ends[0], ends[1])
        document = None
        if article.document:
            said = self._attributes(document_span(article.document), DOCUMENT, account, lost)
            document = DocumentLabel(dict(said))
        return replace(
            article,
            spans=tuple(spans.values()),
            relations=tuple(relations.values()),
            lost=tuple(lost),
            document=document,
        )

    def faults(self) -> Iterator[Fault]:
        """Yield a fault for each name that the ontology does not have, with those it has."""
        for (kind, name, of), number in sorted(self.unknown.items()):
            whose = f" of {of}" if of else ""
            legal = self._legal(kind, of)
            close = difflib.get_close_matches(name.casefold(), [one.casefold() for one in legal], n=1)
            hint = next((f"; is it {one}?" for one in legal if [one.casefold()] == close), "")
            has = ", ".join(legal) or "none"
            yield Fault(
                "import-name",
                f"{kind} {name!r}{whose}",
                f"met {counted(number, 'time')}; the ontology has {has}{hint}",
            )

    def unmet(self) -> list[str]:
        """Return the names that no label needed."""
        of = dict.fromkeys(name for names in self.of.values() for name in names)
        return [o for o in of if o not in self.used] + [
            f"{a}:{v}" for a, v in self.values if (a, v) not in self.used
        ]

    def _name(self, kind: str, name: str, legal: Mapping[str, object], of: str = "") -> str:
        """Return a name of the ontology, "" if it is left out."""
        found = name
        if name in self.of[kind]:
            self.used.add(name)
            found = self.of[kind][name]
        if found and found not in legal:
            self.unknown[kind, found, of] += 1
        return found

    def _attributes(
        self, span: Span, label: str, account: Account, lost: list[Lost]
    ) -> Iterator[tuple[str, str]]:
        kinds = self.ontology.attributes_with_document.get(label, {})
        known = label in self.ontology.attributes_with_document
        for old, value in span.attributes.items():
            legal = kinds if known else {old: None, self.target(ATTRIBUTE, old): None}
            name = self._name(ATTRIBUTE, old, legal, label)
            account.given["attributes", name or old] += 1
            kind = kinds.get(name)
            why, new = "" if name else LEFT_OUT, list[str]()
            one_text = kind is not None and kind.kind == "text"
            given = [value] if one_text else members(value)
            if len(given) > 1 and kind is not None and not kind.several:
                why = SEVERAL
            for one in given:
                here = self._value((old, name), one)
                new += [here] if here or not one else []
                if (
                    here
                    and kind is not None
                    and kind.kind == "choice"
                    and here not in kind.values
                    and not why
                ):
                    self.unknown[VALUE, here, f"{name} of {label}"] += 1
            if why or not new:
                account.lose("attributes", name or old, why or LEFT_OUT)
                if label:  # else its span is lost
                    what = f"{value!r} of {shown(span)}"
                    lost.append(Lost("attributes", name or old, why or LEFT_OUT, what))
            elif kind is not None and kind.several:
                yield name, several(new)
            else:
                yield name, new[0]

    def _value(self, attributes: Iterable[str], value: str) -> str:
        """Return a value's name here, "" if it is left out. attributes: names of its attribute."""
        key = next((key for key in ((of, value) for of in attributes) if key in self.values), None)
        if key is None:
            return value
        self.used.add(key)
        return self.values[key]

    def _legal(self, kind: str, of: str) -> Sequence[str]:
        if kind == LABEL:
            return self.ontology.span_names
        if kind == RELATION:
            return self.ontology.relation_names
        if kind == ATTRIBUTE:
            return tuple(self.ontology.attributes_with_document[of])
        name, _, label = of.partition(" of ")
        return self.ontology.attributes_with_document[label][name].values


def lost_span(span: Span, why: str, where: str = "") -> list[Lost]:
    """Return a span that is lost, and its values with it. where: else its place and what it quotes."""
    where = where or shown(span)
    values = (Lost("attributes", name, NO_SPAN, where) for name in span.attributes)
    return [Lost("spans", span.label, why, where), *values]


def shown(span: Span) -> str:
    """Return a span in words: its place and what it quotes."""
    return f"{span.start}:{span.end}" + (f" {span.text!r}" if span.text else "")
