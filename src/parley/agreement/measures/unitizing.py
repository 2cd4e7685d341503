"""Krippendorff's alpha for unitizing: agreement on which text belongs to a label, beyond chance.

Krippendorff, Mathet, Bouvry & Widlöcher (2016), Quality & Quantity 50(6). A text is a continuum of L code
points that each annotator cuts into units of a label and the gaps between them. The observed coincidence of c
and k is the length that one annotator gives c and the other k; the expected one follows from cutting the
units apart and laying them out at random, no unit beside itself:

    e(c,k) = N (n(c) n(k) - [c = k] s(c)) / (N² - s),     N = n(∅) + n(label) = 2L for two annotators

with n the lengths given to a value by both annotators, s(label) the sum of the squared lengths of its units,
s(∅) = n(∅), as a gap is no unit but single points, and s = s(label) + s(∅).

Units may not overlap, and labels do: each label is a continuum of its own, and the disagreements of all
labels, observed and expected, are added up before they are divided (as Krippendorff 1995 does for
categories). Articles are read as one long continuum: every quantity is a sum over articles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from parley.agreement.measures.contingency import ratio
from parley.agreement.measures.matching import Floats, Ints, Spans, count, joint_codes, overlapping


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
    given = sums["units.first"] + sums["units.second"]
    squares = sums["units.first.squares"] + sums["units.second.squares"]
    whole = 2 * sums["units.text"]
    gaps = whole - given
    observed = 2 * (given - 2 * sums["units.both"])
    expected = 2 * whole * ratio(given * gaps, whole * whole - squares - gaps)
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
