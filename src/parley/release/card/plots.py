"""The picture on the card: how many labels of each kind each article has."""

from __future__ import annotations

from collections import Counter
from typing import Any

from parley.release.card.content import Content
from parley.runtime.plotting import PALE, encode, style

PICTURE = "figures/labels.svg"
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
_HATCHES = ("", "//", "..", "xx", "\\\\")


def labels_picture(content: Content) -> bytes:
    """Return an SVG with a bar for each span label and each relation, divided by article.

    The first articles are shown one by one, the others together.
    """
    from matplotlib.figure import Figure

    shown = content.counts.shown
    spans = _parts({doc_id: counts[0] for doc_id, counts in shown.items()}, content.counts.spans)
    relations = _parts({doc_id: counts[1] for doc_id, counts in shown.items()}, content.counts.relations)
    names = content.inputs.ontology.span_names, content.inputs.ontology.relation_names
    with style():
        figure = Figure(figsize=(8.2, 0.6 + 0.24 * (len(names[0]) + len(names[1]))), layout="constrained")
        upper, lower = figure.subplots(2, 1, height_ratios=[len(n) for n in names])
        _bars(upper, names[0], spans, "spans")
        _bars(lower, names[1], relations, "relations")
        upper.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, title="article")
        return encode(figure, "svg")


def _parts(shown: dict[str, Counter[str]], whole: dict[str, Counter[str]]) -> list[tuple[str, Counter[str]]]:
    rest: Counter[str] = sum(whole.values(), Counter()) - sum(shown.values(), Counter())
    return sorted(shown.items()) + ([("the others", rest)] if rest else [])


def _bars(axes: Any, names: tuple[str, ...], parts: list[tuple[str, Counter[str]]], title: str) -> None:  # noqa: ANN401 - matplotlib ships no types
    left = [0] * len(names)
    for number, (doc_id, count) in enumerate(parts):
        widths = [count[name] for name in names]
        axes.barh(
            range(len(names)),
            widths,
            left=left,
            height=0.72,
            label=doc_id,
            color=_COLOURS[number % len(_COLOURS)],
            hatch=_HATCHES[number % len(_HATCHES)],
            edgecolor="white",
            lw=0.6,
        )
        left = [a + b for a, b in zip(left, widths, strict=True)]
    for place, total in enumerate(left):
        axes.text(total, place, f" {total}", va="center", fontsize=8)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold")
    axes.grid(axis="x", color=PALE, lw=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
