"""Agreement for readers: a Markdown page, and a table for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from parley.agreement.measures.relations import STEPS

Record = dict[str, Any]

_HEAD = """# Agreement

Made by `parley agreement` from annotation/labels/; do not edit. Figures with intervals are in agreement.json.

Each article was labelled by its annotators alone. {brackets}\
*first*, *second*: the two annotators in order of name;
of several pairs counts are summed and all else is their mean. *exact*: equal label and offsets. *relaxed*:
equal label and an overlap, one to one. α: Krippendorff's alpha for unitizing. κ: Cohen's kappa. A dash: not
defined, as nothing was labelled or only one value was used.
"""

_BRACKETS = """Brackets hold the middle {confidence:.0%} of {draws} draws
of articles with replacement (bootstrap, seed {seed}). """


def markdown(rounds: Sequence[Record]) -> str:
    """Return the page for the last round, its headline figures beside those of all rounds before."""
    last = rounds[-1]
    figures, measured = last["figures"]["overall"]["figures"], last["figures"]
    drawn = measured["bootstrap"]
    parts = [_HEAD.format(brackets=_BRACKETS.format(**drawn) if drawn["draws"] else "")]
    named = ", ".join(last["annotators"])
    when = f", {last['date']}" if last["date"] else ""
    parts.append(
        f"Round {last['round']}{when}: {named}; {measured['documents']} articles; {last['ontology']}.\n"
    )
    header = ["", *(f"round {r['round']}" for r in rounds)]
    parts.append(_table("Round by round", header, _headlines(rounds)))
    if len(measured["pairs"]) > 1:
        parts.append(_table("Pair by pair", *_pairs(measured["pairs"])))
    spans = figures["spans"]
    parts.append(_table("Spans", *_spans(spans)))
    parts.append(_table("Attributes of matched spans", *_attributes(figures["attributes"])))
    parts.append(_table("Relations, end to end", *_relations(figures["relations"])))
    parts.append(_table("Relations, taken apart (relaxed ends)", *_steps(figures["relations"]["relaxed"])))
    parts.append(
        "found × linked × typed × directed = F1: of the relations of both annotators, the share whose ends\n"
        "the other has; of those, whose ends the other linked at all; of those, with the same relation; of\n"
        "those, in the same direction.\n"
    )
    parts.append(_table("Pairs of matched spans", *_universes(figures["relations"])))
    parts.append(
        "*candidates* are all pairs of matched spans that the ontology lets some relation join, *either*\n"
        "those that at least one annotator linked, *both* those that both linked.\n"
    )
    return "\n".join(parts)


def headline(figures: Record) -> list[tuple[str, Record]]:
    """Return the figures that say most, with their names."""
    spans, ends, links = figures["spans"], figures["relations"], figures["linking"]
    return [
        ("spans, exact F1", spans["exact"]["micro"]["f1"]),
        ("spans, relaxed F1", spans["relaxed"]["micro"]["f1"]),
        ("spans, exact F1, labels ignored", spans["blind_exact"]["f1"]),
        ("label κ at equal offsets", spans["label"]["kappa"]),
        ("spans, α", spans["alpha"]["overall"]),
        ("relations, exact F1", ends["exact"]["micro"]["f1"]),
        ("relations, relaxed F1", ends["relaxed"]["micro"]["f1"]),
        ("relation κ, candidate pairs", ends["relaxed"]["pairs"]["candidates"]["kappa"]),
        ("relation κ, pairs both linked", ends["relaxed"]["pairs"]["both"]["kappa"]),
        ("entity: same id", links["same"]),
        ("entity: B³ F1", links["b_cubed"]["f1"]),
    ]


def headline_values(agreement: Record) -> dict[str, float | None]:
    """Return the headline figures of the last round, by name; none where nothing was measured.

    agreement: as agreement.json holds it.
    """
    rounds = agreement.get("rounds", [])
    figures = rounds[-1]["figures"]["overall"]["figures"] if rounds else None
    return {name: figure["value"] for name, figure in headline(figures)} if figures else {}


def print_report(rounds: Sequence[Record]) -> None:
    """Print the last round for a person."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    figures = rounds[-1]["figures"]["overall"]["figures"]
    tables: list[tuple[str, list[str], Iterable[list[str]]]] = [
        ("Agreement", ["", *(f"round {r['round']}" for r in rounds)], _headlines(rounds)),
        ("Spans", *_spans(figures["spans"], interval=False)),
        ("Attributes of matched spans", *_attributes(figures["attributes"])),
        ("Relations, end to end", *_relations(figures["relations"], interval=False)),
        ("Relations, taken apart (relaxed ends)", *_steps(figures["relations"]["relaxed"], interval=False)),
    ]
    for title, header, rows in tables:
        table = Table(title=title, title_justify="left", title_style="bold")
        for number, name in enumerate(header):
            table.add_column(name, justify="right" if number else "left", no_wrap=not number)
        for row in rows:
            table.add_row(*row)
        console.print(table)


def shown(figure: Record, *, interval: bool = True) -> str:
    """Return a measure as text, `0.934 [0.912, 0.946]`: nearly all is not told as all."""
    if figure["value"] is None:
        return "–"
    bounds = f" [{figure['low']:.3f}, {figure['high']:.3f}]" if interval and figure["low"] is not None else ""
    return f"{figure['value']:.3f}{bounds}"


def _headlines(rounds: Sequence[Record]) -> list[list[str]]:
    columns = [headline(r["figures"]["overall"]["figures"]) for r in rounds]
    return [[row[0][0], *(shown(figure) for _, figure in row)] for row in zip(*columns, strict=True)]


def _pairs(pairs: Sequence[Record]) -> tuple[list[str], list[list[str]]]:
    rows = []
    for pair in pairs:
        figures = pair["figures"]
        values = [shown(figure, interval=False) for _, figure in headline(figures)]
        rows.append([" – ".join(pair["annotators"]), str(pair["documents"]), *values])
    return ["annotators", "articles", *(name for name, _ in headline(pairs[0]["figures"]))], rows


def _spans(spans: Record, *, interval: bool = True) -> tuple[list[str], list[list[str]]]:
    rows = []
    every = [("all", spans["exact"]["micro"], spans["relaxed"]["micro"], spans["alpha"]["overall"])]
    for label, score in spans["exact"]["labels"].items():
        every.append((label, score, spans["relaxed"]["labels"][label], spans["alpha"]["labels"][label]))
    for label, exact, relaxed, alpha in every:
        counts = [str(exact[name]) for name in ("first", "second", "both")]
        sides = [shown(exact[name], interval=False) for name in ("precision", "recall")]
        measures = (exact["f1"], relaxed["f1"], alpha)
        rows.append([label, *counts, *sides, *(shown(m, interval=interval) for m in measures)])
    return ["label", "first", "second", "both", "P", "R", "exact F1", "relaxed F1", "α"], rows


def _attributes(attributes: Record) -> tuple[list[str], list[list[str]]]:
    rows = [
        [name, str(a["items"]), shown(a["agreement"]), shown(a["kappa"])] for name, a in attributes.items()
    ]
    return ["attribute", "spans", "equal", "κ"], rows


def _relations(relations: Record, *, interval: bool = True) -> tuple[list[str], list[list[str]]]:
    rows = []
    every = [("all", relations["exact"]["micro"], relations["relaxed"]["micro"])]
    every += [(n, s, relations["relaxed"]["labels"][n]) for n, s in relations["exact"]["labels"].items()]
    for name, exact, relaxed in every:
        kappa = relaxed.get("kappa") or relations["relaxed"]["pairs"]["candidates"]["kappa"]
        counts = [str(exact["first"]), str(exact["second"])]
        measures = (exact["f1"], relaxed["f1"], kappa)
        rows.append([name, *counts, *(shown(m, interval=interval) for m in measures)])
    return ["relation", "first", "second", "exact F1", "relaxed F1", "κ on matched ends"], rows


def _steps(ends: Record, *, interval: bool = True) -> tuple[list[str], list[list[str]]]:
    rows = []
    for name, score in [("all", ends["micro"]), *ends["labels"].items()]:
        shares = [shown(score["steps"][step]["share"], interval=interval) for step in STEPS]
        rows.append(
            [name, str(score["first"] + score["second"]), *shares, shown(score["f1"], interval=False)]
        )
    return ["relation", "of both", *STEPS, "F1"], rows


def _universes(relations: Record) -> tuple[list[str], list[list[str]]]:
    rows = []
    for ends in ("relaxed", "exact"):
        for universe in ("candidates", "either", "both"):
            pairs = relations[ends]["pairs"][universe]
            rows.append(
                [universe, ends, str(pairs["items"]), shown(pairs["agreement"]), shown(pairs["kappa"])]
            )
    return ["pairs", "ends", "number", "equal", "κ"], rows


def _table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    rule = "| --- |" + " ---: |" * (len(header) - 1)
    return "\n".join([f"## {title}\n", line(header), rule, *(line(row) for row in rows)]) + "\n"
