"""Any layers, any decisions: gold is rebuilt to the byte, and no label is lost."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from adjudication_layers import TEXT, layer
from drawn_layers import decided_rows, document, layer_sets
from hypothesis import given, settings
from hypothesis import strategies as st

from made_up_schemes import FREE
from parley.adjudication.compare import compare
from parley.adjudication.decide import Decision, Outcome, decide_relations, decide_spans, ledger_rows
from parley.adjudication.gold import account, gold_layer
from parley.adjudication.ledger import Row, decode_ledger, encode_ledger
from parley.faults import DataFaults
from parley.model.labels import Layer, encode_layer, make_relation, make_span


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_gold_is_rebuilt_to_the_byte_and_no_label_is_lost(data: st.DataObject) -> None:
    """What comes out of the ledger's file is what was built; each label of each layer has its one row."""
    layers = data.draw(layer_sets())
    comparison = compare(layers, FREE)
    rows = decided_rows(data.draw, comparison)
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
    comparison = compare(layers, FREE)
    shuffled = layers[:]
    random.shuffle(shuffled)
    assert compare(shuffled, FREE) == comparison
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
    layers = [layer(who, own, [make_relation("to", *own[:2])]) for who, own in (("ada", a), ("bo", b))]
    comparison = compare(layers, FREE)
    boundary, alone = (item for item in comparison.spans if not item.agreed)
    edited = make_span(TEXT, "B", 3, 9)
    spans_ = {boundary.id: Decision((Outcome((0, 1), edited),)), alone.id: Decision()}
    decided = decide_spans(comparison, spans_, [], "lead", FREE)
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
        (lambda rows: [*rows[:4], rows[4]._replace(label_id="A-20-25"), *rows[5:]], "gold-stale"),
        (lambda rows: [*rows[:2], rows[2]._replace(given='{"x":"1"}'), *rows[3:]], "gold-stale"),
        (lambda rows: [r for r in rows if r.gold_id != "B-3-9"], "relation-dangling"),
    ],
)
def test_a_ledger_that_does_not_account_for_the_layers_is_a_fault(change, code: str) -> None:
    """A row lost, doubled or changed by hand is found and named."""
    rows, layers = rows_of_two()
    assert code in {fault.code for fault in account(change(rows), layers, document())}


def test_a_layer_that_changed_is_one_fault_with_the_first_labels_and_their_number() -> None:
    """Not two a label: one that is gone, and one that is new; few are named one by one."""
    rows, (ada, bo) = rows_of_two()
    spans = {span.id: make_span(TEXT, "C", span.start, span.end) for span in bo.spans}
    arcs = [make_relation(one.label, spans[one.head], spans[one.tail]) for one in bo.relations]
    other = msgspec.structs.replace(bo, spans=tuple(spans.values()), relations=tuple(arcs))
    (fault,) = account(rows, [ada, other], document())
    number = 2 * (len(spans) + len(arcs))
    assert (fault.code, fault.place) == ("gold-stale", "annotation/ledger.csv > d")
    assert "bo has no label" in fault.message
    assert fault.message.endswith(f"and {number - 3} more")
    one = msgspec.structs.replace(ada, spans=ada.spans[:-1])
    assert [f.place.count(" > ") for f in account(rows, [one, bo], document())] == [2]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("doc_id,item", "doc,item", "columns"),
        ("d,A-0-2,span,agreed", "d,A-0-2,span,liked", "no decision"),
        ("d,A-0-2,span,agreed", "d,A-0-2,spam,agreed", "no kind"),
        (",lead,,\n", ",lead,\n", "cells"),
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
