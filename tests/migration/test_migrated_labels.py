"""Labels and decisions after a migration: what two annotators gave may be one thing before and two after."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from parley.adjudication.ledger import Row, label_row
from parley.migration.labels import Migrator, migrated_ledger
from parley.migration.plan import Plan
from parley.model.labels import Layer, Relation, Span, make_relation, make_span
from parley.model.ontology_file import read_ontology

ONTOLOGY = Path(__file__).resolve().parent / "scheme_01" / "annotation" / "ontology.toml"
TEXT = "Kyiv struck Moscow"
SPLIT = {
    "of": "relation",
    "name": "recipient",
    "open": "drop",
    "rule": [
        {"to": "addressee", "head": {"attributes": {"plover": ["REQUEST"]}}},
        {"to": "target", "head": {"attributes": {"plover": ["ASSAULT"]}}},
    ],
}


def layer(who: str, plover: str, **made: object) -> tuple[Layer, Relation]:
    """Return a layer with one act and whom it is done to. made: of gold."""
    act = make_span(TEXT, "EVENT", 5, 11, {"plover": plover, "modality": "actual"})
    city = make_span(TEXT, "GPE", 12, 18, {"level": "NAM", "entity": "gpe_russia"})
    drawn = make_relation("recipient", act, city)
    spans = tuple(msgspec.structs.replace(span, **made) for span in (act, city))
    relations = (msgspec.structs.replace(drawn, **made),)
    return Layer("d", "x", who, "parley 0.1", "", None, spans, relations), drawn


def decided(first: str, second: str, gold: str, decision: str = "agreed") -> Counter[tuple[str, ...]]:
    """Return decision, label, sources and reason of the relation's rows. first … gold: what the act is."""
    before = read_ontology(ONTOLOGY)
    plan = msgspec.convert({"from": "0.1", "to": "0.2", "split": [SPLIT]}, Plan)
    migrator = Migrator(plan, before, before)
    layers = {who: layer(who, plover) for who, plover in (("a", first), ("b", second))}
    row = label_row("d", "i", decision, layers["a"][1], (layers["a"][1].id, ("a", "b")))
    row = row._replace(adjudicator="lead", reason="" if decision == "agreed" else "missed")
    made = migrated_ledger(
        [row],
        {("d", who): migrator.migrate(one, who) for who, (one, _) in layers.items()},
        {"d": migrator.migrate(layer("lead", gold, decision=decision)[0], "gold")},
    )
    return Counter((r.decision, r.label, r.sources, r.reason) for r in made)


@pytest.mark.parametrize(
    ("first", "second", "gold", "rows"),
    [
        ("ASSAULT", "ASSAULT", "ASSAULT", [("agreed", "target", "a|b", "")]),
        (
            "ASSAULT",
            "REQUEST",
            "ASSAULT",
            [("kept", "target", "a", "type"), ("rejected", "addressee", "b", "type")],
        ),
        ("REQUEST", "REQUEST", "ASSAULT", [("edited", "target", "a|b", "type")]),
        ("CONSULT", "ASSAULT", "ASSAULT", [("kept", "target", "b", "type")]),
        ("CONSULT", "CONSULT", "ASSAULT", [("added", "target", "", "type")]),
        (
            "ASSAULT",
            "REQUEST",
            "CONSULT",
            [("rejected", "target", "a", "type"), ("rejected", "addressee", "b", "type")],
        ),
        ("CONSULT", "CONSULT", "CONSULT", []),
    ],
)
def test_a_decision_stays_if_it_can(first, second, gold, rows):
    """Else gold is kept as those have it who agree; what nobody gave is added, what is gone rejected."""
    assert decided(first, second, gold) == Counter(rows)


def test_the_reason_that_was_given_stays():
    assert decided("ASSAULT", "REQUEST", "ASSAULT", "kept") == Counter(
        [("kept", "target", "a", "missed"), ("rejected", "addressee", "b", "missed")]
    )


def test_two_spans_that_become_one_keep_the_attributes_of_the_first_and_are_named():
    before = read_ontology(ONTOLOGY)
    merge = {"of": "span", "names": ["GPE", "LOC"], "to": "GPE"}
    migrator = Migrator(msgspec.convert({"from": "0.1", "to": "0.2", "merge": [merge]}, Plan), before, before)
    one = make_span(TEXT, "GPE", 12, 18, {"level": "NAM"})
    other = make_span(TEXT, "LOC", 12, 18, {"level": "NOM"})
    found = migrator.migrate(Layer("d", "x", "a", "parley 0.1", "", None, (one, other), ()), "a")
    assert found.layer.spans == (one,)
    assert found.ids == {one.id: one.id, other.id: one.id}
    assert [o.what for o in migrator.account.open] == [
        "it is GPE-12-18 twice, with other attributes: those of LOC are left out"
    ]


def test_ids_of_a_group_are_renamed_each():
    text = """
name = "toy"
version = "1"
[[group]]
name = "g"
title = "g"
[[span]]
name = "GPE"
title = "g"
group = "g"
color = "#000000"
definition = "g"
[[attribute]]
name = "members"
title = "m"
labels = ["GPE"]
kind = "entity"
several = true
definition = "m"
"""
    import tomllib

    from parley.model.ontology import Ontology

    before = msgspec.convert(tomllib.loads(text), Ontology)
    steps = {
        "rename": [{"of": "entity", "name": "rus", "to": "zrus"}],
        "remove": [{"of": "entity", "name": "usa"}],
    }
    migrator = Migrator(msgspec.convert({"from": "1", "to": "2", **steps}, Plan), before, before)
    span = Span("GPE-0-4", 0, 4, "both", "GPE", {"members": '["rus","ukr","usa"]'})
    found = migrator.migrate(Layer("d", "x", "a", "toy 1", "", None, (span,), ()), "a")
    assert found.layer.spans[0].attributes == {"members": '["ukr","zrus"]'}
    alone = Span("GPE-0-4", 0, 4, "both", "GPE", {"members": '["usa"]'})
    found = migrator.migrate(Layer("d", "x", "a", "toy 1", "", None, (alone,), ()), "a")
    assert found.layer.spans[0].attributes == {}


def test_rows_of_what_was_not_split_are_as_they_were():
    row = Row("d", "i", "document", "adjudicated", sources="a|b", adjudicator="lead")
    assert migrated_ledger([row], {}, {}) == [row]
