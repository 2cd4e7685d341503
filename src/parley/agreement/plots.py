"""Plots of agreement: F1 by label, relations taken apart, label confusion; as SVG and PNG.

Colours are of Okabe & Ito's palette (told apart with any colour vision) or cividis; nothing is said by colour
alone. Equal figures give equal bytes: no date, no random ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from parley.agreement.measures.relations import STEPS
from parley.runtime.plotting import BLUE, GREY, INK, ORANGE, PALE, encode, style

Record = dict[str, Any]

# agreed, then what was lost at each step, from the last to the first
PARTS = (
    ("agreed", "#0072B2", ""),
    ("other direction", "#CC79A7", "xx"),
    ("other relation", "#E69F00", "//"),
    ("not linked", "#56B4E9", ".."),
    ("an end missing", "#d9d9d9", ""),
)


def plots(measured: Record) -> Iterator[tuple[str, bytes]]:
    """Yield (file name, bytes) of every plot of `measured`, the result of measure()."""
    drawn: dict[str, Callable[[Record], Any]] = {
        "spans": draw_spans,
        "relations": draw_relations,
        "confusion": draw_confusion,
    }
    for name, draw in drawn.items():
        with style():
            figure = draw(measured)
            for kind in ("svg", "png"):
                yield f"{name}.{kind}", encode(figure, kind)


def draw_spans(measured: Record) -> Any:  # noqa: ANN401 - matplotlib ships no types
    """Draw exact and relaxed F1 of every label with their intervals."""
    spans = measured["overall"]["figures"]["spans"]
    rows = [("all", spans["exact"]["micro"], spans["relaxed"]["micro"])]
    rows += [(n, s, spans["relaxed"]["labels"][n]) for n, s in spans["exact"]["labels"].items()]
    rows = rows[:1] + [row for row in rows[1:] if row[1]["first"] + row[1]["second"]]
    figure, axes = _axes(len(rows))
    for place, (_, exact, relaxed) in enumerate(rows):
        for score, shift, colour, marker in ((relaxed, -0.16, ORANGE, "o"), (exact, 0.16, BLUE, "s")):
            f1 = score["f1"]
            if f1["low"] is not None:
                axes.plot([f1["low"], f1["high"]], [place + shift] * 2, color=colour, lw=1.6, alpha=0.75)
            if f1["value"] is None:
                continue
            axes.plot(
                f1["value"], place + shift, marker, ms=6, color=colour, mec="white", mew=0.7, clip_on=False
            )
        axes.text(1.03, place, f"{exact['first']} | {exact['second']}", va="center", color=GREY, fontsize=8)
    axes.text(1.03, -0.85, "spans of the two", va="center", color=GREY, fontsize=8)
    _label_rows(axes, [row[0] for row in rows])
    axes.set_xlim(0, 1)
    axes.set_xlabel("F1 between annotators")
    axes.grid(axis="x", color=PALE, lw=0.7)
    axes.plot([], [], "s", color=BLUE, label="exact: equal label and offsets")
    axes.plot([], [], "o", color=ORANGE, label="relaxed: equal label and an overlap")
    _title(axes, "Spans", measured)
    _legend(figure, columns=2)
    return figure


def draw_relations(measured: Record) -> Any:  # noqa: ANN401 - matplotlib ships no types
    """Draw for every relation the share agreed on, and where the rest was lost (relaxed ends)."""
    from matplotlib.patches import Patch
    from matplotlib.patheffects import withStroke

    ends = measured["overall"]["figures"]["relations"]["relaxed"]
    rows = [("all", ends["micro"]), *ends["labels"].items()]
    rows = rows[:1] + [row for row in rows[1:] if row[1]["first"] + row[1]["second"]]
    figure, axes = _axes(len(rows))
    for place, (_, score) in enumerate(rows):
        left = 0.0
        for width, (_, colour, hatch) in zip(_parts(score["steps"]), PARTS, strict=True):
            if width > 0:
                axes.barh(
                    place, width, left=left, height=0.7, color=colour, hatch=hatch, edgecolor="white", lw=0.8
                )
            left += width
        f1 = score["f1"]
        if f1["value"] and f1["value"] > 0.12:
            axes.text(0.015, place, f"{f1['value']:.2f}", va="center", color="white", fontsize=8)
        if f1["low"] is not None:
            (line,) = axes.plot([f1["low"], f1["high"]], [place] * 2, color=INK, lw=1.3)
            line.set_path_effects([withStroke(linewidth=3, foreground="white")])
        axes.text(1.03, place, f"{score['first']} | {score['second']}", va="center", color=GREY, fontsize=8)
    axes.text(1.03, -0.85, "relations of the two", va="center", color=GREY, fontsize=8)
    _label_rows(axes, [name for name, _ in rows])
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of both annotators’ relations; the number is end-to-end F1, the line its interval")
    handles = [Patch(facecolor=c, hatch=h, edgecolor="white", label=n) for n, c, h in PARTS]
    _title(axes, "Relations, taken apart", measured)
    _legend(figure, columns=5, handles=handles)
    return figure


def draw_confusion(measured: Record) -> Any:  # noqa: ANN401 - matplotlib ships no types
    """Draw what the second annotator called the stretches the first labelled, at equal offsets."""
    import matplotlib.pyplot as plt
    import numpy as np

    names = [*measured["labels"], "nothing"]
    counts = np.array(measured["overall"]["confusion"])
    # Over rows: of what the first called PER, how much did the second call so?
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = 1.6 + 0.44 * len(names)
    figure, axes = plt.subplots(figsize=(size + 0.6, size), layout="constrained")
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
    plt.close(figure)
    return figure


def _parts(steps: Record) -> list[float]:
    """Return the share agreed on, then the shares lost at each step from the last to the first; sum 1."""
    left, lost = 1.0, []
    for step in STEPS:
        share = steps[step]["share"]["value"]
        passed = left * (share if share is not None else 0.0)
        lost.append(left - passed)
        left = passed
    return [left, *reversed(lost)]


def _axes(rows: int) -> tuple[Any, Any]:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8.2, 1.5 + 0.36 * rows), layout="constrained")
    plt.close(figure)  # the figure lives on; pyplot need not keep it
    return figure, axes


def _label_rows(axes: Any, names: list[str]) -> None:  # noqa: ANN401 - matplotlib ships no types
    axes.set_yticks(range(len(names)), names)
    axes.get_yticklabels()[0].set_fontweight("bold")
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.axhline(0.5, color=GREY, lw=0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_axisbelow(True)


def _title(axes: Any, title: str, measured: Record) -> None:  # noqa: ANN401 - matplotlib ships no types
    names = sorted({name for pair in measured["pairs"] for name in pair["annotators"]})
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold", pad=14)
    whose = f"{', '.join(names)}; {measured['documents']} articles"
    axes.set_title(whose, loc="right", fontsize=8, color=GREY, pad=14)


def _legend(figure: Any, *, columns: int, handles: Any = None) -> None:  # noqa: ANN401
    figure.legend(
        handles=handles, loc="outside lower left", ncols=columns, frameon=False, fontsize=8, handlelength=1.4
    )
