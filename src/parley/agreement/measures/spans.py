"""Agreement on spans: precision, recall and F1, exact, relaxed and without regard to labels; alpha on text.

Of two annotators the first is read as reference, the second as response: precision is the share of the
second's spans that the first has, recall the share of the first's that the second has. F1 is the same either
way, and is the agreement to report if there is no fixed set of items: with ever more places in which nobody
sees anything, Cohen's kappa tends to it (Hripcsak & Rothschild 2005).

Krippendorff's alpha for unitizing says how far annotators agree, beyond chance, on which text belongs to a
label (Krippendorff, Mathet, Bouvry & Widlöcher 2016, Quality & Quantity 50(6)). A text is a continuum of L
code points that each annotator cuts into units of a label and the gaps between them. The observed coincidence
of c and k is the length that one annotator gives c and the other k; the expected one follows from cutting the
units apart and laying them out at random, no unit beside itself:

    e(c,k) = N (n(c) n(k) - [c = k] s(c)) / (N² - s),     N = n(∅) + n(label) = 2L for two annotators

with n the lengths given to a value by both annotators, s(label) the sum of the squared lengths of its units,
s(∅) = n(∅), as a gap is not a unit but single points, and s = s(label) + s(∅).

Units may not overlap, and labels do: each label is a continuum of its own, and the disagreements of all
labels, observed and expected, are added up before they are divided (as Krippendorff 1995 does for
categories). Articles are read as one long continuum: every quantity is a sum over articles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
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
    overlapping,
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


def unitizing_counts(first: Spans, second: Spans, lengths: Ints, labels: int) -> dict[str, Ints]:
    """Return, by document and label: lengths of units, of their squares and of intersections, code points.

    lengths: of the documents' texts, code points.
    """
    docs = len(lengths)
    a, b = units(first), units(second)
    row_a, row_b = overlapping(a, b, *joint_codes((a.doc, a.label), (b.doc, b.label)))
    shared = np.minimum(a.end[row_a], b.end[row_b]) - np.maximum(a.start[row_a], b.start[row_b])
    counts = {"units.text": lengths.reshape(-1, 1)}
    for name, unit in (("first", a), ("second", b)):
        size = unit.end - unit.start
        counts[f"units.{name}"] = count(docs, labels, unit.doc, unit.label, size)
        counts[f"units.{name}.squares"] = count(docs, labels, unit.doc, unit.label, size * size)
    counts["units.both"] = count(docs, labels, a.doc[row_a], a.label[row_a], shared)
    return counts


def unitizing_figures(sums: Mapping[str, Floats], names: Sequence[str]) -> dict[str, Any]:
    """Return alpha by label and over all labels, (draws,), from sums of `unitizing_counts`.

    NaN if a label has no unit, or covers all text of both annotators: chance leaves nothing to agree on.
    """
    covered = sums["units.first"] + sums["units.second"]
    squares = sums["units.first.squares"] + sums["units.second.squares"]
    whole = 2 * sums["units.text"]
    gaps = whole - covered
    observed = 2 * (covered - 2 * sums["units.both"])
    expected = 2 * whole * ratio(covered * gaps, whole * whole - squares - gaps)
    alpha = 1 - ratio(observed, expected)
    overall = 1 - ratio(observed.sum(axis=1), np.nansum(expected, axis=1))
    return {"overall": overall, "labels": dict(zip(names, alpha.T, strict=True))}


def units(spans: Spans) -> Spans:
    """Return spans with those of a document and label that overlap made one; those that touch stay two."""
    spans = spans.take(np.lexsort((spans.start, spans.label, spans.doc)))
    group, _ = joint_codes((spans.doc, spans.label), (spans.doc[:0], spans.label[:0]))
    reach = 1 + int(spans.end.max(initial=0))
    low, high = group * reach + spans.start, np.maximum.accumulate(group * reach + spans.end)
    opens = np.append(True, low[1:] >= high[:-1])[: len(low)]
    closes = np.append(opens[1:], True)[: len(low)]
    return replace(spans.take(opens), end=high[closes] % reach)
