"""Layers and decisions that hypothesis draws: much is agreed, much nearly so."""

from __future__ import annotations

from adjudication_layers import TEXT, layer
from hypothesis import strategies as st

from made_up_schemes import FREE
from parley.adjudication.compare import Comparison
from parley.adjudication.decide import (
    Addition,
    Decision,
    Outcome,
    decide_relations,
    decide_spans,
    ledger_rows,
)
from parley.adjudication.ledger import Row
from parley.model.documents import Document
from parley.model.labels import Layer, make_relation, make_span


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
        layers.append(layer(who, held, drawn.values()))
    return layers


def decided_rows(draw: st.DrawFn, comparison: Comparison) -> list[Row]:
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
    decided = decide_spans(comparison, choices, added, "lead", FREE)
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
    relations = decide_relations(decided, verdicts, more)
    return ledger_rows(decided, relations, "on all\nof it")
