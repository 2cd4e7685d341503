"""Decisions last: a changed layer opens the places whose rivals it changed, and nothing else."""

from __future__ import annotations

import msgspec
from adjudication_layers import TEXT
from drawn_layers import decided_rows, document, layer_sets, spans
from hypothesis import event, given, reject, settings
from hypothesis import strategies as st

from made_up_schemes import FREE
from parley.adjudication.compare import Item, SpanItem, compare, distance
from parley.adjudication.decide import Decision
from parley.adjudication.gold import account, gold_layer
from parley.adjudication.ledger import Row
from parley.adjudication.open_places import OpenPlaces
from parley.adjudication.settled import open_items, settled_relations, settled_rows, settled_spans
from parley.adjudication.validity import valid_decisions
from parley.faults import DataFaults
from parley.model.labels import Layer, Relation, Span, in_order, make_relation


def settle(comparison, rows: list[Row], lead: str = "lead") -> list[Row]:
    valid = valid_decisions(comparison, rows, FREE, TEXT)
    gold = settled_spans(valid, lead)
    return settled_rows(valid, gold, settled_relations(valid, gold))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_on_the_same_layers_every_decision_is_valid(data: st.DataObject) -> None:
    """Whatever was decided, the ledger made from itself is the same, row by row."""
    comparison = compare(data.draw(layer_sets()), FREE)
    rows = decided_rows(data.draw, comparison)
    assert sorted(settle(comparison, rows)) == sorted(rows)


@st.composite
def changed(draw: st.DrawFn, layers: list[Layer]) -> list[Layer]:
    """Return layers of which up to three labels are added, removed, moved or said otherwise."""
    made = list(layers)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(made) - 1))
        own = {s.id: s for s in made[at].spans}
        arcs = list(made[at].relations)
        what = draw(st.sampled_from(["add", "remove", "replace", "attribute", "unrelate", "relate"]))
        old = draw(st.sampled_from(sorted(own.values(), key=lambda s: s.id))) if own else None
        new = draw(spans())
        if what == "add" or old is None:
            own.setdefault(new.id, new)
        elif what == "remove":
            del own[old.id]
        elif what == "attribute":
            own[old.id] = msgspec.structs.replace(old, attributes={"x": "2"})
        elif what == "replace" and new.id not in own:
            del own[old.id]
            own[new.id] = new
            ends = {old.id: new.id}
            arcs = [redrawn(r, ends, own) for r in arcs]
        elif what == "unrelate" and arcs:
            arcs.pop(draw(st.integers(0, len(arcs) - 1)))
        elif what == "relate" and len(own) > 1:
            head, tail = draw(st.permutations(sorted(own)))[:2]
            arcs.append(make_relation("to", own[head], own[tail]))
        kept = {r.id: r for r in arcs if {r.head, r.tail} <= own.keys() and r.head != r.tail}
        made[at] = in_order(
            msgspec.structs.replace(made[at], spans=tuple(own.values()), relations=tuple(kept.values()))
        )
    return made


def redrawn(relation: Relation, ends: dict[str, str], own: dict[str, Span]) -> Relation:
    head, tail = (own.get(ends.get(end, end)) for end in (relation.head, relation.tail))
    if head is None or tail is None:
        return relation
    return make_relation(relation.label, head, tail, symmetric=relation.label == "same")


class Places:
    """What could be one place, before or after: spans that compete, and what was decided there."""

    def __init__(self, all_spans: list[Span]) -> None:
        self.of: dict[tuple[object, ...], int] = {}
        unique = list({places_key(s): s for s in all_spans}.values())
        for number, one in enumerate(unique):
            self.of[places_key(one)] = number
            for other in unique[:number]:
                if distance(one, other):
                    self.unite(one, other)

    def unite(self, one: Span, other: Span) -> None:
        old, new = self.of[places_key(one)], self.of[places_key(other)]
        self.of = {key: new if n == old else n for key, n in self.of.items()}

    def place(self, span: Span) -> int:
        return self.of[places_key(span)]


def candidates(comparison) -> list[Span]:
    return [c.span for item in comparison.spans for c in item.candidates]


def plain(span: Span) -> Span:
    return msgspec.structs.replace(span, sources=(), decision="", reason="")


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_what_opens_is_where_a_layer_changed(data: st.DataObject) -> None:
    """Every open place is touched; gold that is not touched is the same to the byte, the ledger is whole."""
    layers = data.draw(layer_sets())
    before = compare(layers, FREE)
    rows = decided_rows(data.draw, before)
    gold = gold_layer(rows, layers[0], "lead")
    others = data.draw(changed(layers))
    after = compare(others, FREE)
    old = {(lay.annotator, places_key(s)) for lay in layers for s in lay.spans}
    new = {(lay.annotator, places_key(s)) for lay in others for s in lay.spans}
    everything = {
        places_key(s): s for s in [*candidates(before), *candidates(after), *map(plain, gold.spans)]
    }
    places = Places(list(everything.values()))
    for row in rows:  # what was decided in a place belongs to it
        if row.kind == "span" and row.gold_id and row.label_id:
            made = next(plain(s) for s in gold.spans if s.id == row.gold_id)
            for c in next(i for i in before.spans if i.id == row.item).candidates:
                places.unite(made, c.span)
    touched = {places.place(everything[key]) for _, key in old ^ new}
    arcs_old = {(lay.annotator, r.id) for lay in layers for r in lay.relations}
    arcs_new = {(lay.annotator, r.id) for lay in others for r in lay.relations}
    by_id = {key[0]: places.place(span) for key, span in everything.items()}
    near = touched | {by_id[end] for _, name in arcs_old ^ arcs_new for end in name.split(".")[::2]}

    valid = valid_decisions(after, rows, FREE, TEXT)
    opened = open_items(valid)
    for item in opened:
        if isinstance(item, SpanItem):
            assert {places.place(c.span) for c in item.candidates} & touched
        else:
            ends = {by_id[end] for c in item.candidates for _, r in c.drawn for end in (r.head, r.tail)}
            assert ends & near
    known = {rivals(item) for item in (*before.spans, *before.relations)}
    trial = settled_spans(valid, "lead")
    for item in after.disputed:  # and what has other rivals is open, unless its end is lost or it was added
        has_ends = isinstance(item, SpanItem) or any(map(trial.has_ends, item.candidates))
        if rivals(item) not in known and has_ends and len(item.candidates) > 1:
            assert item in opened
    reject = {item.id: Decision() for item in opened}
    spans_ = settled_spans(valid, "lead", reject)
    relations = settled_relations(valid, spans_, reject)
    more = {item.id: Decision() for item in relations.open}  # what fitted while its end was open
    if more:
        relations = settled_relations(valid, spans_, reject | more)
    made = settled_rows(valid, spans_, relations)
    assert list(account(made, others, document())) == []
    again = gold_layer(made, others[0], "lead")
    assert sorted(settle(after, made)) == sorted(made)

    def untouched(layer: Layer) -> tuple[list[Span], list[Relation]]:
        kept = [s for s in layer.spans if places.place(plain(s)) not in touched]
        ids = {s.id for s in kept if places.place(plain(s)) not in near}
        return kept, [r for r in layer.relations if {r.head, r.tail} <= ids]

    assert untouched(again) == untouched(gold)


def rivals(item: Item) -> frozenset[object]:
    if isinstance(item, SpanItem):
        return frozenset(places_key(c.span) for c in item.candidates)
    return frozenset(r.id for c in item.candidates for _, r in c.drawn)


def places_key(span: Span) -> tuple[object, ...]:
    return span.id, tuple(sorted(span.attributes.items()))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_what_is_decided_on_the_open_places_alone_is_the_articles(data: st.DataObject) -> None:
    """Whatever the lead does there, to decided labels too, is what gold says; the rows account for all."""
    layers = data.draw(layer_sets())
    rows = decided_rows(data.draw, compare(layers, FREE))
    others = data.draw(changed(layers))
    valid = valid_decisions(compare(others, FREE), rows, FREE, TEXT)
    shown = OpenPlaces(valid)
    ids = [item.id for item in (*shown.comparison.spans, *shown.comparison.relations)]
    assert len(ids) == len(set(ids))
    assert {i.id for i in open_items(valid)} <= {i.id for i in shown.comparison.disputed}
    try:
        made = decided_rows(data.draw, shown.comparison)
        restored = shown.restored(made, "second")
    except DataFaults as found:  # what an open place offers is gold elsewhere, or such
        assert {f.code for f in found.faults} <= {"span-duplicate", "relation-duplicate", "decision-missing"}
        reject()
    assert list(account(restored, others, document())) == []
    of_all, of_shown = (gold_layer(some, others[0], "lead") for some in (restored, made))
    said = {(s.id, tuple(s.attributes.items())) for s in of_shown.spans}
    assert {(s.id, tuple(s.attributes.items())) for s in of_all.spans} == said
    event(f"relations not shown: {len(of_all.relations) - len(of_shown.relations)}")
    assert {r.id for r in of_shown.relations} <= {r.id for r in of_all.relations}
