"""Any layers, any decisions: gold is rebuilt to the byte, and no label is lost."""

from __future__ import annotations

from collections import Counter

import pytest
from adjudication_scheme import ONTOLOGY, TEXT
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.adjudication.compare import Comparison, compare
from parley.adjudication.decide import (
    Addition,
    Decision,
    Outcome,
    decide_relations,
    decide_spans,
    ledger_rows,
)
from parley.adjudication.gold import account, gold_layer
from parley.adjudication.ledger import Row, decode_ledger, encode_ledger
from parley.faults import DataFaults
from parley.model.documents import Document
from parley.model.labels import Layer, encode_layer, in_order, make_relation, make_span, sha256_text


def document(text: str = TEXT) -> Document:
    return Document("d", text, "", "", "", "", "", "", "", "", (), ())


@st.composite
def spans(draw: st.DrawFn):
    start = draw(st.integers(0, len(TEXT) - 1))
    end = draw(st.integers(start + 1, min(len(TEXT), start + 12)))
    attributes = {"x": draw(st.sampled_from(["1", '"', "é"]))} if draw(st.booleans()) else {}
    return make_span(TEXT, draw(st.sampled_from(["A", "B"])), start, end, attributes)


@st.composite
def layer_sets(draw: st.DrawFn) -> list[Layer]:
    """Two or three layers over a common stock of spans, so that much is agreed and much nearly so."""
    stock = draw(st.lists(spans(), min_size=1, max_size=8))
    arcs = draw(
        st.lists(st.tuples(*[st.integers(0, 20)] * 2, st.sampled_from(["to", "on", "same"])), max_size=8)
    )
    layers = []
    for who in ("ada", "bo", "cy")[: draw(st.integers(2, 3))]:
        own = {s.id: s for s in stock if draw(st.integers(0, 3))}
        own |= {s.id: s for s in draw(st.lists(spans(), max_size=3))}
        held = sorted(own.values(), key=lambda s: s.start)
        drawn = {}
        for i, j, label in arcs:
            if len(held) > 1 and i % len(held) != j % len(held) and draw(st.integers(0, 3)):
                ends = held[i % len(held)], held[j % len(held)]
                made = make_relation(label, *ends, symmetric=label == "same")
                drawn[made.id] = made
        layers.append(
            in_order(
                Layer(
                    "d",
                    sha256_text(TEXT),
                    who,
                    ONTOLOGY.revision,
                    "",
                    None,
                    tuple(held),
                    tuple(drawn.values()),
                )
            )
        )
    return layers


def decide(draw: st.DrawFn, comparison: Comparison) -> list[Row]:
    """Return the rows of decisions drawn at random, on agreed items too."""
    choices = {}
    taken = {c.span.id for item in comparison.spans for c in item.candidates}
    for item in comparison.spans:
        if item.agreed and draw(st.integers(0, 3)):
            continue
        outcomes = []
        free = list(range(len(item.candidates)))
        ids = set()
        while free and draw(st.booleans()):
            i = free.pop(draw(st.integers(0, len(free) - 1)))
            of = (i, *free) if draw(st.booleans()) else (i,)
            new = draw(spans())
            if draw(st.booleans()) and new.id not in taken:
                taken.add(new.id)
                outcomes.append(Outcome(of, new, draw(st.sampled_from(["", "ambiguous"]))))
                free = [j for j in free if j not in of]
            elif item.candidates[i].span.id not in ids:
                ids.add(item.candidates[i].span.id)
                outcomes.append(Outcome((i,)))
        choices[item.id] = Decision(tuple(outcomes), draw(st.sampled_from(["", "guideline"])), "a, note")
    new = draw(spans())
    added = [Addition(new)] if new.id not in taken else []
    decided = decide_spans(comparison, choices, added, "lead", ONTOLOGY)
    verdicts, gold = {}, set()
    for item in comparison.relations:
        alive = [i for i, c in enumerate(item.candidates) if decided.has_ends(c)]
        if item.agreed and draw(st.integers(0, 3)):
            gold |= {g for c in item.candidates for g in decided.followed(c)}
            continue
        kept = [i for i in alive if draw(st.booleans())]
        gold |= {g for i in kept for g in decided.followed(item.candidates[i])}
        verdicts[item.id] = Decision(tuple(Outcome((i,)) for i in kept), draw(st.sampled_from(["", "type"])))
    more = []
    if len(decided.gold) > 1:
        head, tail = list(decided.gold.values())[:2]
        for label in ("to", "on"):
            made = make_relation(label, head, tail)
            if made.id not in gold:
                more.append(Addition(made))
    return ledger_rows(decided, decide_relations(decided, verdicts, more), "on all\nof it")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_gold_is_rebuilt_to_the_byte_and_no_label_is_lost(data: st.DataObject) -> None:
    """What comes out of the ledger's file is what was built; each label of each layer has its one row."""
    layers = data.draw(layer_sets())
    comparison = compare(layers, ONTOLOGY)
    rows = decide(data.draw, comparison)
    built = gold_layer(rows, layers[0], "lead")
    ledger = encode_ledger(rows)
    read = decode_ledger(ledger)
    assert encode_ledger(reversed(read)) == ledger
    assert list(account(read, layers, document())) == []
    again = gold_layer(read, layers[0], "lead")
    assert encode_layer(again) == encode_layer(built)
    accounted = Counter((who, row.label_id) for row in read for who in row.who if row.label_id)
    held = [(lay.annotator, label.id) for lay in layers for label in (*lay.spans, *lay.relations)]
    assert accounted == Counter(held)
    ids = {s.id for s in built.spans}
    assert all(r.head in ids and r.tail in ids for r in built.relations)
    for label in (*built.spans, *built.relations):
        assert (label.reason == "") == (label.decision == "agreed")
        assert (label.sources == ()) == (label.decision == "added")
        if label.decision == "agreed":
            assert label.sources == comparison.annotators


@settings(max_examples=100, deadline=None)
@given(layer_sets(), st.randoms())
def test_comparing_does_not_depend_on_order(layers: list[Layer], random) -> None:
    """Same layers in any order, same items; every span in one item; one span an annotator and item."""
    comparison = compare(layers, ONTOLOGY)
    shuffled = layers[:]
    random.shuffle(shuffled)
    assert compare(shuffled, ONTOLOGY) == comparison
    assert len(comparison.span_item) == len(comparison.spans)
    assert len(comparison.relation_item) == len(comparison.relations)
    for item in comparison.spans:
        names = [who for c in item.candidates for who in c.who]
        assert len(names) == len(set(names))
    held = [(who, c.span.id) for item in comparison.spans for c in item.candidates for who in c.who]
    assert sorted(held) == sorted((lay.annotator, s.id) for lay in layers for s in lay.spans)
    drawn = [(who, r.id) for item in comparison.relations for c in item.candidates for who, r in c.drawn]
    assert sorted(drawn) == sorted((lay.annotator, r.id) for lay in layers for r in lay.relations)


def rows_of_two() -> tuple[list[Row], list[Layer]]:
    """Return a small ledger with one of everything, and its layers."""
    a = [make_span(TEXT, "A", 0, 2), make_span(TEXT, "B", 3, 7), make_span(TEXT, "A", 20, 24)]
    b = [make_span(TEXT, "A", 0, 2), make_span(TEXT, "B", 3, 8)]
    layers = [
        Layer(
            "d",
            sha256_text(TEXT),
            who,
            ONTOLOGY.revision,
            "",
            None,
            tuple(own),
            (make_relation("to", *own[:2]),),
        )
        for who, own in (("ada", a), ("bo", b))
    ]
    comparison = compare(layers, ONTOLOGY)
    boundary, alone = (item for item in comparison.spans if not item.agreed)
    edited = make_span(TEXT, "B", 3, 9)
    spans_ = {boundary.id: Decision((Outcome((0, 1), edited),)), alone.id: Decision()}
    decided = decide_spans(comparison, spans_, [], "lead", ONTOLOGY)
    return ledger_rows(decided, decide_relations(decided, {}, [])), layers


def test_the_small_ledger_is_sound() -> None:
    """The ground of the next tests: two rows for the edited span and for the relation that follows it."""
    rows, layers = rows_of_two()
    assert list(account(rows, layers, document())) == []
    assert [(r.kind, r.decision, r.label_id, r.gold_id, r.sources, r.reason) for r in rows] == [
        ("document", "adjudicated", "", "", "ada|bo", ""),
        ("span", "agreed", "A-0-2", "A-0-2", "ada|bo", ""),
        ("span", "edited", "B-3-8", "B-3-9", "bo", "boundary"),
        ("span", "edited", "B-3-7", "B-3-9", "ada", "boundary"),
        ("span", "rejected", "A-20-24", "", "ada", "missed"),
        ("relation", "agreed", "A-0-2.to.B-3-7", "A-0-2.to.B-3-9", "ada", ""),
        ("relation", "agreed", "A-0-2.to.B-3-8", "A-0-2.to.B-3-9", "bo", ""),
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda rows: rows[:-1], "gold-stale"),
        (lambda rows: [*rows, rows[-3]], "ledger-malformed"),
        (lambda rows: [*rows[:1], rows[1]._replace(sources="ada"), *rows[2:]], "gold-stale"),
        (lambda rows: [*rows[:1], rows[1]._replace(attributes='{"x":"1"}'), *rows[2:]], "gold-stale"),
        (lambda rows: [*rows[:2], rows[2]._replace(attributes='{"x":"1"}'), *rows[3:]], "ledger-malformed"),
        (lambda rows: [*rows[:2], rows[2]._replace(gold_id="B-3-8"), *rows[3:]], "ledger-malformed"),
        (lambda rows: [*rows[:4], rows[4]._replace(surface="x"), *rows[5:]], "span-surface"),
        (lambda rows: [*rows[:4], rows[4]._replace(label_id="A-20-25"), *rows[5:]], "ledger-malformed"),
        (lambda rows: [r for r in rows if r.gold_id != "B-3-9"], "relation-dangling"),
    ],
)
def test_a_ledger_that_does_not_account_for_the_layers_is_a_fault(change, code: str) -> None:
    """A row lost, doubled or changed by hand is found and named."""
    rows, layers = rows_of_two()
    assert code in {fault.code for fault in account(change(rows), layers, document())}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("doc_id,item", "doc,item", "columns"),
        ("d,A-0-2,span,agreed", "d,A-0-2,span,liked", "no decision"),
        ("d,A-0-2,span,agreed", "d,A-0-2,spam,agreed", "no kind"),
        (",lead,\n", ",lead\n", "cells"),
        (",missed,", ",,", "reason"),
        (",A-0-2,A-0-2,", ",A-0-2,,", "gold_id"),
        ("A,0,2,He", "A,0,two,He", "cannot be read"),
        ("d,A-0-2,span", '"d",A-0-2,span', "canonical"),
    ],
)
def test_malformed_rows_are_named(old: str, new: str, says: str) -> None:
    """Each cell that cannot be what it should is refused with its row."""
    data = encode_ledger(rows_of_two()[0]).decode()
    assert old in data
    with pytest.raises(DataFaults, match=f"ledger-malformed.*(\n.*)?{says}"):
        decode_ledger(data.replace(old, new, 1).encode())
