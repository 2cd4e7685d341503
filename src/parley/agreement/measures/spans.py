"""Agreement on spans: precision, recall and F1, exact, relaxed and without regard to labels.

Of two annotators the first is read as reference, the second as response: precision is the share of the
second's spans that the first has, recall the share of the first's that the second has. F1 is the same either
way, and is the agreement to report if there is no fixed set of items: with ever more places in which nobody
sees anything, Cohen's kappa tends to it (Hripcsak & Rothschild 2005).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parley.agreement.measures.contingency import Contingency, ratio, value_figures
from parley.agreement.measures.labels import Floats, Ints, Spans, count, joint_codes
from parley.agreement.measures.matching import Matching, align
from parley.model.ontology import Ontology


def span_counts(
    first: Spans, second: Spans, matchings: dict[str, Matching], blind: Matching, *, docs: int, labels: int
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


def label_table(first: Spans, second: Spans) -> Contingency:
    """Return the labels that both annotators gave to the same offsets; -1 for none.

    Offsets with several labels of one annotator count once for each: equal labels are paired first, the rest
    in order of the ontology.
    """
    return Contingency.of(*_at_equal_offsets(first, second))


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


def label_figures(table: Contingency, sums: Floats) -> dict[str, Any]:
    """Return agreement and kappa on the label of offsets that both annotators marked."""
    both = (table.first >= 0) & (table.second >= 0)
    return value_figures(table.where(both), sums[:, both])


def confusion(table: Contingency, sums: Floats, labels: int) -> Ints:
    """Return the label confusion, (labels + 1, labels + 1), of the first draw; last row and column: none."""
    matrix = np.zeros((labels + 1, labels + 1), dtype=np.int64)
    np.add.at(matrix, (table.first, table.second), sums[0].astype(np.int64))  # -1 is the last row or column
    return matrix


def scores(first: Floats, second: Floats, both: Floats) -> dict[str, Any]:
    """Return precision, recall and F1, (draws,), from the numbers of labels: of each annotator, and of both.

    20 spans of the first, 25 of the second, 18 of both: precision 0.72, recall 0.9, F1 0.8.
    """
    return {
        "first": first.astype(np.int64),
        "second": second.astype(np.int64),
        "both": both.astype(np.int64),
        "precision": ratio(both, second),
        "recall": ratio(both, first),
        "f1": ratio(2 * both, first + second),
    }


def _at_equal_offsets(first: Spans, second: Spans) -> tuple[Ints, Ints, Ints]:
    place_a, place_b = joint_codes(
        (first.doc, first.start, first.end), (second.doc, second.start, second.end)
    )
    place, label_a, label_b = align(place_a, first.label, place_b, second.label)
    places, row = np.unique(np.concatenate([place_a, place_b]), return_index=True)
    doc = np.concatenate([first.doc, second.doc])[row]
    return doc[np.searchsorted(places, place)], label_a, label_b
