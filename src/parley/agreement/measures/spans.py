"""Agreement on spans: precision, recall and F1, exact, relaxed and without regard to labels.

Of two annotators the first is read as reference, the second as response: precision is the share of the
second's spans that the first has, recall the share of the first's that the second has. F1 is the same either
way, and is the agreement to report if there is no fixed set of items: with ever more places in which nobody
sees anything, Cohen's kappa tends to it (Hripcsak & Rothschild 2005).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from parley.agreement.measures.contingency import Contingency, Crosstab, ratio, value_figures
from parley.agreement.measures.matching import (
    Floats,
    Ints,
    Matching,
    Spans,
    align,
    blind,
    count,
    given,
    joint_codes,
)


def span_counts(
    first: Spans, second: Spans, matchings: Mapping[str, Matching], *, docs: int, labels: int
) -> dict[str, Ints]:
    """Return counts by document and label, (docs, labels), and without labels, (docs, 1).

    matchings: by name, `exact` and `relaxed`.
    """
    counts = {
        "spans.first": count(docs, labels, first.doc, first.label),
        "spans.second": count(docs, labels, second.doc, second.label),
        "spans.blind": count(docs, 1, first.doc[blind(first, second).pairs[0]]),
    }
    for name, matching in matchings.items():
        rows, _ = matching.pairs
        counts[f"spans.{name}"] = count(docs, labels, first.doc[rows], first.label[rows])
    return counts


def label_table(first: Spans, second: Spans) -> Contingency:
    """Return the labels that both annotators gave to the same offsets.

    Offsets with several labels of one annotator count once for each: equal labels are paired first, the rest
    in order of the ontology.
    """
    rows_a, rows_b = at_equal_offsets(first, second)
    doc = np.maximum(given(first.doc, rows_a), given(second.doc, rows_b))
    return Contingency.of(doc, given(first.label, rows_a), given(second.label, rows_b))


def at_equal_offsets(first: Spans, second: Spans) -> tuple[Ints, Ints]:
    """Return the rows of all spans in pairs of equal offsets, one to one; equal labels are paired first."""
    place_a, place_b = joint_codes(
        (first.doc, first.start, first.end), (second.doc, second.start, second.end)
    )
    return align(place_a, first.label, place_b, second.label)


def span_figures(sums: Mapping[str, Floats], labels: Crosstab, names: Sequence[str]) -> dict[str, Any]:
    """Return scores by matching and label from sums of `span_counts`, (draws, labels), and of `label_table`.

    `label`: agreement and kappa on the label of offsets that both annotators marked.
    """
    first, second = sums["spans.first"], sums["spans.second"]
    both = labels.of_both()
    blind = {"exact": both.items, "relaxed": sums["spans.blind"][:, 0]}
    figures: dict[str, Any] = {"label": value_figures(both)}
    for name, without_labels in blind.items():
        figures[name] = label_scores(first, second, sums[f"spans.{name}"], names)
        figures[f"blind_{name}"] = scores(first.sum(axis=1), second.sum(axis=1), without_labels)
    return figures


def confusion(table: Crosstab, labels: int) -> Ints:
    """Return the label confusion, (labels + 1, labels + 1), of the first draw; last row and column: none."""
    matrix = np.zeros((labels + 1, labels + 1), dtype=np.int64)
    matrix[table.first, table.second] = table.sums[0]  # NOTHING is -1: the last row or column
    return matrix


def label_scores(first: Floats, second: Floats, both: Floats, names: Sequence[str]) -> dict[str, Any]:
    """Return the scores over all labels and of each. first, second, both: (draws, labels)."""
    return {
        "micro": scores(first.sum(axis=1), second.sum(axis=1), both.sum(axis=1)),
        "labels": {name: scores(first[:, i], second[:, i], both[:, i]) for i, name in enumerate(names)},
    }


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
