"""Agreement on spans: precision, recall and F1, exact, relaxed and without regard to labels.

Of two annotators the first is read as reference, the second as response: precision is the share of the
second's spans that the first has, recall the share of the first's that the second has. F1 is the same either
way, and is the agreement to report where there is no fixed set of items: with ever more places where nobody
sees anything, Cohen's kappa tends to it (Hripcsak & Rothschild 2005).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parley.agreement.measures.joint import Joint, agreement, kappa, ratio
from parley.agreement.measures.matching import Matching, align
from parley.agreement.measures.sides import Floats, Ints, Side, count, joint_codes
from parley.model.ontology import Ontology


def span_counts(
    first: Side, second: Side, matchings: dict[str, Matching], blind: Matching, *, docs: int, labels: int
) -> dict[str, Ints]:
    """Return counts by document and label, (docs, labels), and without labels, (docs, 1).

    matchings: by name, `exact` and `relaxed`. blind: the matching without regard to labels.
    """
    counts = {
        "spans.first": count(docs, labels, first.doc, first.label),
        "spans.second": count(docs, labels, second.doc, second.label),
        "spans.blind.relaxed": count(docs, 1, first.doc[blind.pairs[0]]),
    }
    for name, matching in matchings.items():
        rows, _ = matching.pairs
        counts[f"spans.{name}"] = count(docs, labels, first.doc[rows], first.label[rows])
    doc, label_a, label_b = _at_equal_offsets(first, second)
    together = (label_a >= 0) & (label_b >= 0)
    counts["spans.blind.exact"] = count(docs, 1, doc[together])
    return counts


def label_joint(first: Side, second: Side) -> Joint:
    """Return what each annotator called the same stretch of text; -1 where one labelled it not at all.

    A stretch with several labels of one annotator counts once for each: equal labels are set against each
    other first, the rest in order of the ontology.
    """
    return Joint.of(*_at_equal_offsets(first, second))


def span_figures(sums: dict[str, Floats], ontology: Ontology) -> dict[str, Any]:
    """Return scores by matching and label from sums of `span_counts`, (draws, labels)."""
    first, second = sums["spans.first"], sums["spans.second"]
    figures: dict[str, Any] = {}
    for name in ("exact", "relaxed"):
        both = sums[f"spans.{name}"]
        figures[name] = {
            "micro": scores(first.sum(axis=1), second.sum(axis=1), both.sum(axis=1)),
            "labels": {
                label: scores(first[:, i], second[:, i], both[:, i])
                for i, label in enumerate(ontology.span_names)
            },
        }
        figures[f"blind_{name}"] = scores(
            first.sum(axis=1), second.sum(axis=1), sums[f"spans.blind.{name}"][:, 0]
        )
    return figures


def label_figures(joint: Joint, sums: Floats) -> dict[str, Any]:
    """Return agreement and kappa on the label of stretches that both annotators marked."""
    both = (joint.first >= 0) & (joint.second >= 0)
    joint, sums = joint.where(both), sums[:, both]
    return {
        "items": sums.sum(axis=1).astype(np.int64),
        "agreement": agreement(joint, sums),
        "kappa": kappa(joint, sums),
    }


def confusion(joint: Joint, sums: Floats, labels: int) -> Ints:
    """Return the label confusion, (labels + 1, labels + 1), of the first draw; last row and column: none."""
    matrix = np.zeros((labels + 1, labels + 1), dtype=np.int64)
    np.add.at(matrix, (joint.first, joint.second), sums[0].astype(np.int64))  # -1 is the last row or column
    return matrix


def scores(first: Floats, second: Floats, both: Floats) -> dict[str, Any]:
    """Return precision, recall and F1, (draws,), of `both` found by both among the first's and second's."""
    return {
        "first": first.astype(np.int64),
        "second": second.astype(np.int64),
        "both": both.astype(np.int64),
        "precision": ratio(both, second),
        "recall": ratio(both, first),
        "f1": ratio(2 * both, first + second),
    }


def _at_equal_offsets(first: Side, second: Side) -> tuple[Ints, Ints, Ints]:
    place_a, place_b = joint_codes(
        (first.doc, first.start, first.end), (second.doc, second.start, second.end)
    )
    place, label_a, label_b = align(place_a, first.label, place_b, second.label)
    places, row = np.unique(np.concatenate([place_a, place_b]), return_index=True)
    doc = np.concatenate([first.doc, second.doc])[row]
    return doc[np.searchsorted(places, place)], label_a, label_b
