"""Labels of one scheme as labels of the next: layers, gold, and the ledger's rows that account for both."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from parley.adjudication.compare import compare
from parley.adjudication.ledger import DOCUMENT, Row, encoded, label_row
from parley.migration.plan import DROP, KEEP, Kind, Plan, Rule
from parley.model.labels import (
    DOCUMENT_ID,
    REJECTED,
    Layer,
    Relation,
    Span,
    document_span,
    in_order,
    make_relation,
    span_id,
    with_document,
)
from parley.model.ontology import Ontology
from parley.values.several import is_array, members, several

Label = Span | Relation
Ids = dict[str, str | None]  # id before → id after, None if the label is gone
SHOWN = 4  # examples of a change


@dataclass(frozen=True)
class Open:
    """A label that no rule decides, or that two became one of.

    words: of the label, "" for one of the whole article. what: is done with it.
    """

    place: str
    words: str
    what: str

    @property
    def where(self) -> str:
        """The place with the words, if there are any."""
        return f"{self.place} “{self.words}”" if self.words else self.place


@dataclass
class Account:
    """What a migration does to labels.

    changes: how often, by what. examples: some words of each. open: what no rule decides; `refused`: where
    the plan does not say what becomes of it.
    """

    changes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    open: list[Open] = field(default_factory=list)
    refused: list[Open] = field(default_factory=list)

    def count(self, what: str, words: str) -> None:
        """Count a change; some of its words are kept."""
        self.changes[what] += 1
        shown = self.examples[what]
        if words and len(shown) < SHOWN and words not in shown:
            shown.append(words)


@dataclass
class Migrated:
    """A layer after, by what its labels are named now and were before."""

    layer: Layer
    ids: Ids

    def __post_init__(self) -> None:
        self.labels: dict[str, Label] = {
            span.id: span for span in with_document(self.layer.spans, self.layer.document)
        }
        self.labels |= {relation.id: relation for relation in self.layer.relations}


class Migrator:
    """Carries out a plan on labels. before, after: the ontologies."""

    def __init__(self, plan: Plan, before: Ontology, after: Ontology) -> None:
        self.plan, self.before, self.after = plan, before, after
        self.account = Account()
        self._place = ""
        self._tails: dict[tuple[str, str], list[Span]] = {}  # of the layer, by head and relation

    def migrate(self, layer: Layer, place: str) -> Migrated:
        """Return a layer as the new scheme has it. place: of the file, in what is open."""
        self._place = place
        old = {span.id: span for span in layer.spans}
        self._tails = defaultdict(list)
        for relation in layer.relations:
            if relation.tail in old:
                self._tails[relation.head, relation.label].append(old[relation.tail])
        spans: dict[str, Span] = {}
        ids: Ids = {}
        document = None
        if layer.document:
            said = self._attributes(document_span(layer.document))
            document = msgspec.structs.replace(layer.document, attributes=said) if said else None
            ids[DOCUMENT_ID] = DOCUMENT_ID if document else None
        for span in layer.spans:
            made = self._span(span)
            ids[span.id] = made.id if made else None
            if made is None:
                continue
            other = spans.setdefault(made.id, made)
            if other.attributes != made.attributes:
                what = f"it is {other.id} twice, with other attributes: those of {span.label} are left out"
                self._open(span.id, span.text, what)
        relations: dict[str, Relation] = {}
        for relation in layer.relations:
            ends = [spans.get(ids.get(end) or "") for end in (relation.head, relation.tail)]
            drawn = self._relation(relation, old, ends)
            ids[relation.id] = drawn.id if drawn else None
            if drawn is not None:
                relations.setdefault(drawn.id, drawn)
        revision = self.after.revision
        made_of = msgspec.structs.replace(
            layer,
            ontology=revision,
            spans=tuple(spans.values()),
            relations=tuple(relations.values()),
            document=document,
        )
        return Migrated(in_order(made_of), ids)

    def _span(self, span: Span) -> Span | None:
        label = self._decided("span", span.label, span.id, span.text, span=span)
        if label is None:
            return None
        attributes = self._attributes(span)
        self._added(span, attributes)
        self._as_many(span, label, attributes)
        name = span_id(label, span.start, span.end)
        return msgspec.structs.replace(span, id=name, label=label, attributes=attributes)

    def _attributes(self, span: Span) -> dict[str, str]:
        """Return the attributes of a span, or of the article, as the new scheme has them."""
        attributes: dict[str, str] = {}
        for name, value in sorted(span.attributes.items()):
            new = self._decided("attribute", name, span.id, span.text, span=span)
            kept = self._value(span, name, value) if new else None
            if new is None or kept is None:
                continue
            if attributes.setdefault(new, kept) != kept:
                self._open(span.id, span.text, f"it has {new} twice: {kept} is left out")
        return attributes

    def _value(self, span: Span, name: str, value: str) -> str | None:
        attribute = self.before.attributes_with_document.get(span.label, {}).get(name)
        if attribute is None or attribute.kind not in ("choice", "entity"):
            return value
        if attribute.kind == "choice":
            return self._decided("value", value, span.id, span.text, span=span, attribute=name)
        found = [self._decided("entity", one, span.id, span.text, span=span) for one in members(value)]
        kept = [one for one in found if one]
        if not kept:
            return None
        return several(kept) if is_array(value) else kept[0]

    def _relation(
        self, relation: Relation, old: Mapping[str, Span], ends: Sequence[Span | None]
    ) -> Relation | None:
        head, tail = (old.get(end) for end in (relation.head, relation.tail))
        words = f"{head.text if head else relation.head} → {tail.text if tail else relation.tail}"
        if ends[0] is None or ends[1] is None:
            self.account.count(f"relation {relation.label}: it went with its span", words)
            return None
        label = self._decided("relation", relation.label, relation.id, words, ends=(head, tail))
        if label is None:
            return None
        known = self.after.relation_by_name.get(label)
        made = make_relation(label, ends[0], ends[1], symmetric=bool(known and known.symmetric))
        made_by = {name: getattr(relation, name) for name in ("sources", "decision", "reason")}
        return msgspec.structs.replace(made, **made_by)

    def _decided(
        self,
        kind: Kind,
        name: str,
        label_id: str,
        words: str,
        *,
        span: Span | None = None,
        ends: tuple[Span | None, Span | None] = (None, None),
        attribute: str = "",
    ) -> str | None:
        """Return what a name becomes on one label, None for nothing."""
        found = self.plan.of(kind, name, span.label if span else "", attribute)
        if found is None:
            return name
        verb, step = found
        what = f"{kind} {f'{attribute} = ' if attribute else ''}{name}"
        if verb != "split":
            new: str | None = step.to or None
        else:
            for rule in step.rule:
                if self._fits(rule, span, ends):
                    if rule.to != name:
                        self.account.count(f"{what} → {rule.to}", words)
                    return rule.to
            new = {KEEP: name, DROP: None, "": name}.get(step.open, step.open)
            entry = f"{what}: no rule fits, it is {f'now {new}' if new else 'dropped'}"
            self._open(label_id, words, entry, refused=not step.open)
        if new != name:
            self.account.count(f"{what} → {new or 'nothing'}", words)
        return new

    def _fits(
        self, rule: Rule, span: Span | None, ends: tuple[Span | None, Span | None] = (None, None)
    ) -> bool:
        conditions = [(rule.span, span), (rule.head, ends[0]), (rule.tail, ends[1])]
        return all(one is None or condition.fits(one) for condition, one in conditions) and all(
            span is not None and any(map(condition.fits, self._tails.get((span.id, relation), ())))
            for relation, condition in rule.tails.items()
        )

    def _added(self, span: Span, attributes: dict[str, str]) -> None:
        """Give a span the attributes that the plan adds."""
        for step in self.plan.add:
            if span.label in step.labels and step.name not in attributes:
                value = next((rule.to for rule in step.rule if self._fits(rule, span)), step.open)
                if value:
                    attributes[step.name] = value
                    self.account.count(f"attribute {step.name} = {value} is added", span.text)

    def _as_many(self, span: Span, label: str, attributes: dict[str, str]) -> None:
        """Write entities as the new scheme has them: one, or several."""
        for name, value in attributes.items():
            attribute = self.after.attributes_of.get(label, {}).get(name)
            if attribute is None or attribute.kind != "entity" or attribute.several == is_array(value):
                continue
            if attribute.several:
                self.account.count(f"attribute {name} is a list of rows", span.text)
                attributes[name] = several([value])
            elif len(members(value)) == 1:
                attributes[name] = members(value)[0]
            else:
                self._open(span.id, span.text, f"{name} names several, and may name one now: {value}")

    def _open(self, label_id: str, words: str, what: str, *, refused: bool = False) -> None:
        entries = self.account.refused if refused else self.account.open
        entries.append(Open(f"{self._place} > {label_id}", words, what))


def migrated_ledger(
    rows: Iterable[Row], layers: Mapping[tuple[str, str], Migrated], gold: Mapping[str, Migrated]
) -> list[Row]:
    """Return the ledger's rows for migrated layers and gold. layers: by article and annotator.

    A decision stays what it was if it can: where two annotators' labels became different ones, the gold label
    is kept as those gave it who agree with it now, and the others' are rejected.
    """
    made: list[Row] = []
    of_gold: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row.kind == DOCUMENT:
            made.append(row)
        elif row.gold_id:
            of_gold[row.doc_id, row.gold_id].append(row)
        else:
            made += _rejected(row, layers)
    for (doc_id, gold_id), some in of_gold.items():
        after = gold[doc_id]
        label = after.labels.get(after.ids.get(gold_id) or "")
        if label is None:
            for row in some:
                made += _rejected(row, layers)
        else:
            made += _decided(some, label, layers)
    return _once(made)


def with_items(rows: Iterable[Row], layers: Sequence[Layer], ontology: Ontology) -> list[Row]:
    """Return rows of one article with the items that its layers, compared anew, give them."""
    compared = compare(layers, ontology)
    found: dict[tuple[str, str], str] = {}
    for place in compared.spans:
        found |= {(who, span.id): place.id for one in place.candidates for who, span in one.drawn}
    for arc in compared.relations:
        found |= {(who, relation.id): arc.id for one in arc.candidates for who, relation in one.drawn}
    return [row._replace(item=found[row.who[0], row.label_id]) if row.label_id else row for row in rows]


def _from(row: Row, layers: Mapping[tuple[str, str], Migrated]) -> Iterator[tuple[Label, list[str]]]:
    """Yield each label that the label of a row became, with those who have it."""
    found: dict[str, tuple[Label, list[str]]] = {}
    for who in row.who:
        layer = layers[row.doc_id, who]
        label = layer.labels.get(layer.ids.get(row.label_id) or "")
        if label is not None:
            key = repr(label)
            found.setdefault(key, (label, []))[1].append(who)
    yield from found.values()


def _as(
    row: Row, decision: str, label: Label, of: tuple[str, Iterable[str]], given: Label | None = None
) -> Row:
    """Return the row of a label with what a row before said of its decision. given: the layer's label."""
    made = label_row(row.doc_id, label.id, decision, label, of)
    if row.given and decision == "edited" and isinstance(given, Span):
        made = made._replace(given=encoded(given.attributes))
    return made._replace(
        reason="" if decision == "agreed" else row.reason or "type",
        adjudicator=row.adjudicator,
        note=row.note,
    )


def _rejected(row: Row, layers: Mapping[tuple[str, str], Migrated]) -> Iterator[Row]:
    for label, who in _from(row, layers):
        yield _as(row, REJECTED, label, (label.id, who))


def _decided(rows: Sequence[Row], gold: Label, layers: Mapping[tuple[str, str], Migrated]) -> Iterator[Row]:
    """Yield the rows of a gold label. rows: those before."""
    decision = rows[0].decision
    parts = [(row, label, who) for row in rows for label, who in _from(row, layers)]
    if not parts:
        yield _as(rows[0], "added", gold, ("", ()))
        return
    if decision in ("agreed", "kept"):
        before = {who for row in rows for who in row.who}
        alike = [_alike(label, gold) for _, label, _ in parts]
        left = {who for (_, _, some), same in zip(parts, alike, strict=True) if same for who in some}
        if not left:
            decision = "edited"
        elif left != before:
            decision = "kept"
        if left:
            for (row, label, who), same in zip(parts, alike, strict=True):
                if not same:
                    yield _as(row, REJECTED, label, (label.id, who))
            parts = [part for part, same in zip(parts, alike, strict=True) if same]
    for row, label, who in parts:
        yield _as(row, decision, gold, (label.id, who), label)


def _alike(label: Label, gold: Label) -> bool:
    """Say whether gold has a label as a layer gave it; relations follow their ends."""
    if isinstance(label, Relation) or isinstance(gold, Relation):
        return label.label == gold.label
    return (label.id, label.attributes) == (gold.id, gold.attributes)


def _once(rows: Iterable[Row]) -> list[Row]:
    """Return rows with each label of each layer once, and one decision a gold label: after a merge."""
    made: list[Row] = []
    taken: set[tuple[str, str, str]] = set()
    lost: dict[tuple[str, str], Row] = {}
    for row in sorted(rows, key=lambda row: row.decision == REJECTED):  # what is in gold counts first
        if row.kind == DOCUMENT or not row.label_id:
            made.append(row)
            continue
        who = [one for one in row.who if (row.doc_id, one, row.label_id) not in taken]
        taken |= {(row.doc_id, one, row.label_id) for one in who}
        if who:
            made.append(row._replace(sources="|".join(who)))
        elif row.gold_id:
            lost.setdefault((row.doc_id, row.gold_id), row)
    decisions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in made:
        decisions[row.doc_id, row.gold_id].add(row.decision)
    for key, row in lost.items():
        if key not in decisions:
            made.append(row._replace(decision="added", label_id="", sources="", reason=row.reason or "type"))
    unified = []
    added: set[tuple[str, str]] = set()
    for row in made:
        key = row.doc_id, row.gold_id
        several_decisions = len(decisions[key]) > 1 and row.gold_id
        if row.decision == "added" and (several_decisions or key in added):
            continue  # it is accounted for by another row
        if row.decision == "added":
            added.add(key)
        edited = row._replace(decision="edited", reason=row.reason or "type")
        unified.append(edited if several_decisions else row)
    return unified
