"""Span scores are nervaluate's and seqeval's where these compute the same, and behave as F1 should."""

import pytest
from agreement_layers import LABELS, layer, measured, pair_of_layers
from hypothesis import given, settings
from hypothesis import strategies as st

from made_up_schemes import SMALL
from parley.model.labels import Layer


@pytest.fixture(scope="module")
def ontology():
    return SMALL


def spans_of(a: Layer, b: Layer, ontology):
    return measured([a, b], ontology, draws=0)["overall"]["figures"]["spans"]


@st.composite
def tokens(draw):
    """Draw a row of tokens cut into labelled runs: spans that neither nest nor overlap."""
    spans, at = [], 0
    while at < 24:
        size = draw(st.integers(1, 4))
        label = draw(st.sampled_from((*LABELS, None)))
        if label:
            spans.append((label, at, min(at + size, 24)))
        at += size
    return spans


def values(score):
    return tuple(score[name]["value"] or 0.0 for name in ("precision", "recall", "f1"))


def test_counts_by_hand(ontology):
    """A: one equal, one with another boundary, one only the first has. B against C at equal offsets."""
    a = layer("a", [("A", 0, 3), ("A", 8, 14), ("A", 30, 34), ("B", 40, 46)])
    b = layer("b", [("A", 0, 3), ("A", 8, 10), ("C", 40, 46)])
    spans = spans_of(a, b, ontology)
    exact, relaxed = spans["exact"], spans["relaxed"]
    assert (exact["micro"]["first"], exact["micro"]["second"], exact["micro"]["both"]) == (4, 3, 1)
    assert values(exact["micro"]) == (0.3333, 0.25, 0.2857)
    assert values(relaxed["micro"]) == (0.6667, 0.5, 0.5714)
    assert values(exact["labels"]["A"]) == (0.5, 0.3333, 0.4)
    assert values(relaxed["labels"]["A"]) == (1.0, 0.6667, 0.8)
    assert (spans["blind_exact"]["both"], spans["blind_relaxed"]["both"]) == (2, 3)
    assert spans["label"]["items"] == 2
    assert spans["label"]["agreement"]["value"] == 0.5


def test_what_nobody_labelled_has_no_score(ontology):
    spans = spans_of(layer("a", [("A", 0, 3)]), layer("b", []), ontology)
    assert spans["exact"]["labels"]["C"]["f1"] == {"value": None, "low": None, "high": None}
    assert spans["exact"]["micro"]["precision"]["value"] is None
    assert spans["exact"]["micro"]["f1"]["value"] == 0.0


@settings(deadline=None, max_examples=60)
@given(first=tokens(), second=tokens())
def test_exact_scores_equal_nervaluate_strict_and_blind_ones_its_exact(ontology, first, second):
    from nervaluate import Evaluator

    if not first or not second:
        return
    spans = spans_of(layer("a", first), layer("b", second), ontology)
    true, found = ([{"label": x, "start": s, "end": e - 1} for x, s, e in side] for side in (first, second))
    results = Evaluator([true], [found], list(LABELS), loader="dict").evaluate()["overall"]
    for ours, theirs in (("exact", "strict"), ("blind_exact", "exact")):
        score = spans[ours]["micro"] if ours == "exact" else spans[ours]
        expected = (results[theirs].precision, results[theirs].recall, results[theirs].f1)
        assert values(score) == pytest.approx(expected, abs=1e-4)


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_relaxed_scores_equal_nervaluate_types_where_spans_meet_at_most_one_other(ontology, data):
    """Cells of six tokens hold at most one span of each annotator, so nothing meets two."""
    from nervaluate import Evaluator

    def spans():
        drawn = []
        for cell in range(0, 48, 6):
            label = data.draw(st.sampled_from((*LABELS, None)))
            if label:
                start = data.draw(st.integers(0, 4))
                drawn.append((label, cell + start, cell + data.draw(st.integers(start + 1, 5))))
        return drawn

    first, second = spans(), spans()
    if not first or not second:
        return
    relaxed = spans_of(layer("a", first), layer("b", second), ontology)["relaxed"]["micro"]
    true, found = ([{"label": x, "start": s, "end": e - 1} for x, s, e in side] for side in (first, second))
    result = Evaluator([true], [found], list(LABELS), loader="dict").evaluate()["overall"]["ent_type"]
    assert values(relaxed) == pytest.approx((result.precision, result.recall, result.f1), abs=1e-4)


@settings(deadline=None, max_examples=60)
@given(first=tokens(), second=tokens())
def test_exact_scores_equal_seqeval_on_bio_tags(ontology, first, second):
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2

    if not first or not second:
        return

    def bio(side):
        tags = ["O"] * 24
        for label, start, end in side:
            tags[start:end] = [f"B-{label}", *[f"I-{label}"] * (end - start - 1)]
        return [tags]

    report = classification_report(
        bio(first), bio(second), output_dict=True, mode="strict", scheme=IOB2, zero_division=0
    )
    exact = spans_of(layer("a", first), layer("b", second), ontology)["exact"]
    rows = [("micro avg", exact["micro"]), *((x, exact["labels"][x]) for x in LABELS if x in report)]
    for name, score in rows:
        expected = tuple(report[name][k] for k in ("precision", "recall", "f1-score"))
        assert values(score) == pytest.approx(expected, abs=1e-4)


@settings(deadline=None, max_examples=60)
@given(pair=pair_of_layers())
def test_relaxed_is_never_below_exact_and_f1_does_not_depend_on_who_is_first(ontology, pair):
    a, b = pair
    there, back = spans_of(a, b, ontology), spans_of(renamed(a, "z"), b, ontology)
    for matching in ("exact", "relaxed"):
        assert there[matching]["micro"]["f1"] == back[matching]["micro"]["f1"]
        assert there[matching]["micro"]["precision"] == back[matching]["micro"]["recall"]
        assert there[f"blind_{matching}"]["f1"] == back[f"blind_{matching}"]["f1"]
        assert there[f"blind_{matching}"]["both"] >= there[matching]["micro"]["both"]
    assert there["alpha"] == back["alpha"]
    assert there["label"] == back["label"]
    for label in LABELS:
        assert there["relaxed"]["labels"][label]["both"] >= there["exact"]["labels"][label]["both"]
    assert there["blind_relaxed"]["both"] >= there["blind_exact"]["both"]


def renamed(given: Layer, annotator: str) -> Layer:
    return Layer(
        given.doc_id,
        given.text_sha256,
        annotator,
        given.ontology,
        given.updated,
        None,
        given.spans,
        given.relations,
    )
