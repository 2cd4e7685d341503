"""Relation agreement is taken apart without a rest, and its kappas are those of the pairs written out."""

from itertools import combinations

import msgspec
import pytest
from agreement_layers import batch_of, layer, measured, pair_of_layers, two_annotators
from hypothesis import given, settings

from made_up_schemes import SMALL
from parley.agreement.figures import PairCounts, figures, pairs
from parley.agreement.measures.attributes import components
from parley.agreement.measures.matching import relaxed

SPANS = [("A", 0, 3), ("A", 8, 10), ("B", 14, 18), ("C", 25, 27), ("A", 30, 34)]


@pytest.fixture(scope="module")
def ontology():
    return SMALL


def relations_of(a, b, ontology):
    return measured([a, b], ontology, draws=0)["overall"]["figures"]["relations"]


def steps(score):
    return {name: (step["of"], step["share"]["value"]) for name, step in score["steps"].items()}


def test_each_way_to_miss_a_relation_falls_into_its_own_step(ontology):
    a = layer("a", SPANS, [("knows", 0, 1), ("knows", 0, 2), ("sees", 0, 3), ("sees", 2, 0), ("knows", 4, 0)])
    b = layer(
        "b",
        SPANS[:4],  # lacks the last span: knows 4→0 has an end missing
        [("knows", 1, 0), ("sees", 0, 3), ("same", 0, 1)],  # knows turned round; sees kept; a further link
    )
    micro = relations_of(a, b, ontology)["exact"]["micro"]
    # 8 relations in all; found: 4 + 3; linked: a's 0→1, 0→3 and b's three = 5; typed: 2 + 2; directed: 1 + 1
    assert steps(micro) == {
        "found": (8, 0.875),
        "linked": (7, 0.7143),
        "typed": (5, 0.8),
        "directed": (4, 0.5),
    }
    assert micro["both"] == 1
    assert micro["f1"]["value"] == 0.25


def test_a_symmetric_relation_has_no_direction(ontology):
    a, b = layer("a", SPANS, [("same", 0, 1)]), layer("b", SPANS, [("same", 1, 0)])
    b = msgspec.structs.replace(b, relations=_turned(b.relations))
    (pair,) = pairs(batch_of([a, b], ontology), ontology)  # not by `measure`, which refuses the direction
    found = figures({pair.annotators: [PairCounts.of(pair, ontology)]}, ontology, draws=0, seed=0)
    assert found["overall"]["figures"]["relations"]["exact"]["micro"]["f1"]["value"] == 1.0


def _turned(relations):
    return tuple(type(r)(f"{r.tail}.{r.label}.{r.head}", r.label, r.tail, r.head) for r in relations)


def test_relaxed_ends_find_what_exact_ones_miss(ontology):
    a = layer("a", SPANS, [("knows", 0, 1)])
    b = layer("b", [("A", 0, 2), *SPANS[1:]], [("knows", 0, 1)])
    found = relations_of(a, b, ontology)
    assert (found["exact"]["micro"]["both"], found["relaxed"]["micro"]["both"]) == (0, 1)
    assert found["exact"]["micro"]["steps"]["found"]["share"]["value"] == 0.0


@settings(deadline=None)
@given(pair=pair_of_layers())
def test_the_steps_multiply_to_f1(ontology, pair):
    found = relations_of(*pair, ontology)
    for ends in ("exact", "relaxed"):
        for score in (found[ends]["micro"], *found[ends]["labels"].values()):
            product = 1.0
            for step in score["steps"].values():
                product *= step["share"]["value"] or 0.0
            if score["first"] + score["second"]:
                assert product == pytest.approx(score["f1"]["value"], abs=3e-4)
            else:
                assert score["f1"]["value"] is None
    assert found["relaxed"]["micro"]["both"] >= found["exact"]["micro"]["both"]


@settings(deadline=None)
@given(pair=pair_of_layers())
def test_kappas_equal_scikit_learn_on_the_pairs_written_out(ontology, pair):
    from sklearn.metrics import cohen_kappa_score

    a, b = pair
    first, second = two_annotators(a, b, ontology)
    rows = list(zip(*(x.tolist() for x in relaxed(first, second).pairs), strict=True))
    mine = [{(r.head, r.tail): set() for r in x.relations} for x in pair]
    for layer_, drawn in zip(pair, mine, strict=True):
        for r in layer_.relations:
            drawn[r.head, r.tail].add(r.label)
    universe, lists = {}, ([], [])
    for x, y in combinations(rows, 2):
        labels = [ontology.span_names[first.label[i]] for i, _ in (x, y)]
        if not any(
            (p in r.head and q in r.tail and (p == q or not r.same_label))
            for r in ontology.relations
            for p, q in (labels, labels[::-1])
        ):
            continue
        values = []
        for own, layer_, side in zip(mine, pair, (0, 1), strict=True):
            u, v = layer_.spans[x[side]].id, layer_.spans[y[side]].id
            said = {(n, n != "same") for n in own.get((u, v), ())} | {(n, False) for n in own.get((v, u), ())}
            values.append(said)
        universe[x, y] = values
        if any(len(v) > 1 for v in values):
            return  # several relations on one pair are aligned by value: tested in test_matching
        for out, v in zip(lists, values, strict=True):
            out.append(str(min(v)) if v else "none")
    found = relations_of(a, b, ontology)["relaxed"]
    assert found["pairs"]["candidates"]["items"] == len(universe)
    kept = {
        "candidates": list(zip(*lists, strict=True)),
        "either": [p for p in zip(*lists, strict=True) if p != ("none", "none")],
        "both": [p for p in zip(*lists, strict=True) if "none" not in p],
    }
    for name, items in kept.items():
        ours = found["pairs"][name]["kappa"]["value"]
        if len({v for p in items for v in p}) < 2:
            assert ours is None
        else:
            assert ours == pytest.approx(cohen_kappa_score(*zip(*items, strict=True)), abs=1e-4)


@settings(deadline=None)
@given(pair=pair_of_layers())
def test_a_relations_own_kappa_is_a_yes_or_no_on_the_pairs_it_may_join(ontology, pair):
    from sklearn.metrics import cohen_kappa_score

    a, b = pair
    first, second = two_annotators(a, b, ontology)
    rows = list(zip(*(x.tolist() for x in relaxed(first, second).pairs), strict=True))
    found = relations_of(a, b, ontology)["relaxed"]["labels"]
    drawn = [{(r.label, r.head, r.tail) for r in x.relations} for x in pair]
    for relation in ontology.relations:
        answers = []
        for x in rows:
            for y in rows:
                u, v = (ontology.span_names[first.label[i]] for i in (x[0], y[0]))
                legal = u in relation.head and v in relation.tail and (u == v or not relation.same_label)
                if x == y or not legal or (relation.symmetric and x > y):
                    continue
                said = []
                for own, layer_, side in zip(drawn, pair, (0, 1), strict=True):
                    h, t = layer_.spans[x[side]].id, layer_.spans[y[side]].id
                    turned = relation.symmetric and (relation.name, t, h) in own
                    said.append((relation.name, h, t) in own or turned)
                answers.append(tuple(said))
        ours = found[relation.name]
        assert ours["candidates"] == len(answers)
        if len({v for p in answers for v in p}) < 2:
            assert ours["kappa"]["value"] is None
        else:
            theirs = cohen_kappa_score(*zip(*answers, strict=True))
            assert ours["kappa"]["value"] == pytest.approx(theirs, abs=1e-4)


def test_a_pair_joined_against_the_ontology_is_a_candidate_too(ontology):
    """Else there were more relations than pairs to join, and kappa would mean nothing."""
    spans = SPANS[:4]
    a = layer("a", spans, [("knows", 0, 1), ("knows", 3, 0), ("knows", 2, 2)])
    b = layer("b", spans, [("knows", 0, 1), ("knows", 3, 0)])
    for ends in ("exact", "relaxed"):
        knows = relations_of(a, b, ontology)[ends]["labels"]["knows"]
        # legal are four: from each A to the other and to B; C → A and the self-loop come to that
        assert knows["candidates"] == 6
        # observed 5/6, by chance (3·2 + 3·4)/36
        assert knows["kappa"]["value"] == round((5 / 6 - 18 / 36) / (1 - 18 / 36), 4)
    only = layer("b", spans, [("knows", 3, 0), ("knows", 3, 1), ("knows", 3, 2), ("knows", 2, 0)])
    assert relations_of(only, layer("c", spans), ontology)["exact"]["labels"]["knows"]["candidates"] == 8


def test_three_spans_linked_by_other_pairs_are_one_cluster(ontology):
    spans = [("A", 0, 3), ("A", 8, 10), ("A", 14, 18), ("A", 30, 34), ("A", 40, 46)]
    a = layer("a", spans, [("same", 0, 1), ("same", 1, 2), ("same", 3, 4)])
    b = layer("b", spans, [("same", 0, 2), ("same", 1, 2)])
    found = relations_of(a, b, ontology)
    assert found["exact"]["labels"]["same"]["f1"]["value"] == 0.4
    # clusters {0,1,2}, {3,4} against {0,1,2}, {3}, {4}: precision 1, recall (3 + ½ + ½) / 5
    assert found["clusters"]["same"]["precision"]["value"] == 1.0
    assert found["clusters"]["same"]["recall"]["value"] == 0.8


def test_a_long_chain_is_one_cluster_however_it_is_drawn(ontology):
    text = "a " * 300
    order = [(i * 7) % 300 for i in range(300)]
    links = [("same", order[i], order[i + 1]) for i in range(299)]
    chain = layer("a", [("A", 2 * i, 2 * i + 1) for i in range(300)], links, text=text)
    side, _ = two_annotators(chain, layer("b", [], text=text), ontology)
    linked, cluster = components(side, ontology.relation_names.index("same"))
    assert linked.all()
    assert len(set(cluster.tolist())) == 1
