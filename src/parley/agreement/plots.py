"""Plots of agreement: F1 by label, relations taken apart, label confusion; as SVG and PNG.

Colours are of Okabe & Ito's palette (distinct for people of any colour vision) or cividis; nothing is said by
colour alone. Equal figures give equal bytes: no date, no random ids.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from parley.agreement.measures.relations import STEPS
from parley.agreement.report import Record, with_total
from parley.runtime.counts import counted
from parley.runtime.engine import Cores, Engine, Prepared

LIBRARIES = "matplotlib.figure", "matplotlib.backends.backend_svg"  # what draws
INK, GREY, PALE = "#222222", "#767676", "#d9d9d9"
BLUE, ORANGE = "#0072B2", "#E69F00"
STYLE = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same glyphs everywhere
    "font.size": 9,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "text.parse_math": False,  # a name with two dollar signs is not a formula
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 0.5,
    "svg.hashsalt": "parley",
    "svg.fonttype": "path",
    "figure.dpi": 100,
    "savefig.dpi": 160,
}
_METADATA = {"svg": {"Date": None}, "png": {"Software": None}}

# agreed, then what was lost at each step, from the last to the first
PARTS = (
    ("agreed", BLUE, ""),
    ("other direction", "#CC79A7", "xx"),
    ("other relation", ORANGE, "//"),
    ("not linked", "#56B4E9", ".."),
    ("an end missing", PALE, ""),
)
Drawn = Any  # figures and axes: matplotlib ships no types


def plots(measured: Record, engine: Engine | None = None) -> Iterator[tuple[str, bytes]]:
    """Yield (file name, bytes) of every plot of `measured`, the result of measure().

    engine: what calls the drawing of each; None for this process.
    """
    draw: Prepared[str, list[tuple[str, bytes]]] = Prepared(partial(partial, _drawn, measured), LIBRARIES[0])
    for files in (engine or Cores(1)).map(draw, ("spans", "relations", "confusion")):
        yield from files


def _drawn(measured: Record, name: str) -> list[tuple[str, bytes]]:
    """Return the files of one plot."""
    draw = {"spans": draw_spans, "relations": draw_relations, "confusion": draw_confusion}[name]
    files = []
    with style():
        figure = draw(measured)
        for kind in ("svg", "png"):
            files.append((f"{name}.{kind}", encode(figure, kind)))
            figure.set_layout_engine("none")  # it is laid out, and that takes a third of the time
    return files


def draw_spans(measured: Record) -> Drawn:
    """Draw exact and relaxed F1 of every label with their intervals."""
    spans = measured["overall"]["figures"]["spans"]
    rows = _used(spans["exact"])
    figure, axes = _axes(rows)
    for place, ((_, exact), (_, relaxed)) in enumerate(zip(rows, _used(spans["relaxed"]), strict=True)):
        both = (relaxed["f1"], -0.16, ORANGE, "o"), (exact["f1"], 0.16, BLUE, "s")
        for f1, shift, colour, marker in both:
            if f1["low"] is not None:
                axes.plot([f1["low"], f1["high"]], [place + shift] * 2, color=colour, lw=1.6, alpha=0.75)
            if f1["value"] is not None:
                marked = {"color": colour, "mec": "white", "mew": 0.7, "clip_on": False}
                axes.plot(f1["value"], place + shift, marker, ms=6, **marked)
        _beside(axes, place, f"{exact['first']} | {exact['second']}")
    _finish(axes, rows, "spans of the two", "F1 between annotators")
    axes.grid(axis="x", color=PALE, lw=0.7)
    axes.plot([], [], "s", color=BLUE, label="exact: equal label and offsets")
    axes.plot([], [], "o", color=ORANGE, label="relaxed: equal label and an overlap")
    _title(axes, "Spans", measured)
    _legend(figure, axes.get_legend_handles_labels()[0])
    return figure


def draw_relations(measured: Record) -> Drawn:
    """Draw for every relation the share agreed on, and where the rest was lost (relaxed ends)."""
    from matplotlib.patches import Patch
    from matplotlib.patheffects import withStroke

    rows = _used(measured["overall"]["figures"]["relations"]["relaxed"])
    figure, axes = _axes(rows)
    for place, (_, score) in enumerate(rows):
        left = 0.0
        for width, (_, colour, hatch) in zip(_parts(score["steps"]), PARTS, strict=True):
            if width > 0:
                looks = {"color": colour, "hatch": hatch, "edgecolor": "white", "lw": 0.8}
                axes.barh(place, width, left=left, height=0.7, **looks)
            left += width
        f1 = score["f1"]
        if f1["value"] and f1["value"] > 0.12:
            axes.text(0.015, place, f"{f1['value']:.3f}", va="center", color="white", fontsize=8)
        if f1["low"] is not None:
            (line,) = axes.plot([f1["low"], f1["high"]], [place] * 2, color=INK, lw=1.3)
            line.set_path_effects([withStroke(linewidth=3, foreground="white")])
        _beside(axes, place, f"{score['first']} | {score['second']}")
    below = "share of both annotators’ relations; the number is end-to-end F1, the line its interval"
    _finish(axes, rows, "relations of the two", below)
    _title(axes, "Relations, taken apart", measured)
    _legend(figure, [Patch(facecolor=c, hatch=h, edgecolor="white", label=name) for name, c, h in PARTS])
    return figure


def draw_confusion(measured: Record) -> Drawn:
    """Draw what the second annotator called the stretches the first labelled, at equal offsets."""
    import numpy as np
    from matplotlib.figure import Figure

    names = [*measured["labels"], "nothing"]
    counts = np.array(measured["overall"]["confusion"])
    # Over rows: of what the first called PER, how much did the second call so?
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = 1.6 + 0.44 * len(names)
    figure = Figure(figsize=(size + 0.6, size), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(np.where(counts > 0, shares, np.nan), cmap="cividis_r", vmin=0, vmax=1)
    for row, column in zip(*np.nonzero(counts), strict=True):
        tone = "white" if shares[row, column] > 0.5 else INK
        axes.text(column, row, counts[row, column], ha="center", va="center", color=tone, fontsize=8)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.set_xticks(np.arange(len(names) - 1) + 0.5, minor=True)
    axes.set_yticks(np.arange(len(names) - 1) + 0.5, minor=True)
    axes.grid(which="minor", color="#eeeeee", lw=0.6)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    for line in (axes.axhline, axes.axvline):
        line(len(names) - 1.5, color=GREY, lw=1)
    pairs = [pair["annotators"] for pair in measured["pairs"]]
    first, second = pairs[0] if len(pairs) == 1 else ("first of each pair", "second of each pair")
    axes.set_xlabel(second)
    axes.set_ylabel(first)
    _title(axes, "Labels at equal offsets", measured)
    bar = figure.colorbar(image, ax=axes, shrink=0.6, aspect=25)
    bar.set_label("share of the row")
    bar.outline.set_visible(False)
    return figure


def _used(scores: Record) -> list[tuple[str, Record]]:
    """Return the scores over all labels, and of each label that somebody used."""
    total, *labels = with_total(scores)
    return [total, *((name, score) for name, score in labels if score["first"] + score["second"])]


def _parts(steps: Record) -> list[float]:
    """Return the share agreed on, then the shares lost at each step from the last to the first; sum 1."""
    left, lost = 1.0, []
    for step in STEPS:
        passed = left * (steps[step]["share"]["value"] or 0.0)
        lost.append(left - passed)
        left = passed
    return [left, *reversed(lost)]


def _axes(rows: list[tuple[str, Record]]) -> tuple[Drawn, Drawn]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.2, 1.5 + 0.36 * len(rows)), layout="constrained")
    return figure, figure.subplots()


def _beside(axes: Drawn, place: float, text: str) -> None:
    axes.text(1.03, place, text, va="center", color=GREY, fontsize=8)


def _finish(axes: Drawn, rows: list[tuple[str, Record]], beside: str, below: str) -> None:
    """Name the rows, what is beside them and what the x-axis from 0 to 1 shows."""
    _beside(axes, -0.85, beside)
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.get_yticklabels()[0].set_fontweight("bold")
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.axhline(0.5, color=GREY, lw=0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_axisbelow(True)
    axes.set_xlim(0, 1)
    axes.set_xlabel(below)


def _title(axes: Drawn, title: str, measured: Record) -> None:
    names = sorted({name for pair in measured["pairs"] for name in pair["annotators"]})
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold", pad=14)
    whose = f"{', '.join(names)}; {counted(measured['documents'], 'article')}"
    axes.set_title(whose, loc="right", fontsize=8, color=GREY, pad=14)


def _legend(figure: Drawn, handles: list[Drawn]) -> None:
    looks = {"frameon": False, "fontsize": 8, "handlelength": 1.4}
    figure.legend(handles=handles, loc="outside lower left", ncols=len(handles), **looks)


def style() -> AbstractContextManager[Any]:
    """Return a context in which matplotlib draws in this style."""
    import matplotlib as mpl

    context: AbstractContextManager[Any] = mpl.rc_context(STYLE)
    return context


def encode(figure: Any, kind: str) -> bytes:  # noqa: ANN401 - matplotlib ships no types
    """Return a figure as SVG or PNG. kind: `svg` or `png`; call it within `style()`."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    out = io.BytesIO()
    figure.set_dpi(mpl.rcParams["savefig.dpi"])
    # by the canvas itself: `savefig` draws everything twice
    if kind == "svg":
        FigureCanvasSVG(figure).print_svg(out, metadata=_METADATA[kind])
    else:
        FigureCanvasAgg(figure).print_png(out, metadata=_METADATA[kind])
    return out.getvalue()
