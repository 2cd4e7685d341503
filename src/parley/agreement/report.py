"""Rounds of agreement: agreement.json, and for readers a Markdown page and tables for the terminal.

    {"rounds": [{"round": "1", "date": "2026-01-31", "annotators", "layers", "figures", …}, …], "sha256"}

Rounds are in the order in which they were first measured. `layers` has a digest of each layer that was
measured, by annotator and article, `sha256` is that of the rounds. Keys are sorted; a measure has a line of
its own, so that version control shows which figure moved.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from parley.agreement.measures.relations import STEPS
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault
from parley.runtime.files import decode_json
from parley.runtime.markdown import table, templates

Record = dict[str, Any]
COMPARED = ["", "articles", "spans, exact F1", "relations, exact F1", "equal attribute values"]
Table = tuple[str, list[str], list[list[str]]]  # title, header, rows
_on_a_line = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode  # half the time of `dumps`


def read_rounds(corpus: Corpus) -> list[Record]:
    """Return the rounds of a corpus' agreement.json, none without that file; raises as `decode_rounds`."""
    path = corpus.paths.agreement
    if not os.path.lexists(path):
        return []
    return decode_rounds(corpus.read(path, "agreement-malformed"), corpus.paths.relative(path))


def decode_rounds(data: bytes, file: str = "agreement.json") -> list[Record]:
    """Return the rounds in the bytes of agreement.json.

    Raises DataFaults if they are not what `encode_rounds` wrote.
    """
    try:
        read = decode_json(data)
        rounds, sha256 = list(read["rounds"]), read["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise DataFaults([Fault("agreement-malformed", file, f"no rounds of agreement: {error!r}", file)])
    if sha256 != _sha256(rounds):
        raise DataFaults([Fault("agreement-edited", file, "its sha256 is not that of its rounds", file)])
    return rounds


def with_round(rounds: list[Record], name: str | None, date: str | None, measured: Record) -> list[Record]:
    """Return the rounds with the newly measured one added, or in place of the one of that name.

    name: None means the last round measured, or "1" where there is none. date: ISO 8601; None keeps the
    round's date, or leaves it empty.
    """
    name = name or (rounds[-1]["round"] if rounds else "1")
    before = next((r for r in rounds if r["round"] == name), None)
    kept = date if date is not None else (before or {}).get("date", "")
    record = {"round": name, "date": kept, **measured}
    return [record if r is before else r for r in rounds] if before else [*rounds, record]


def encode_rounds(rounds: list[Record]) -> bytes:
    """Return the canonical bytes of agreement.json."""
    return (_encode({"rounds": rounds, "sha256": _sha256(rounds)}, 0) + "\n").encode()


def _sha256(rounds: list[Record]) -> str:
    return hashlib.sha256(_encode(rounds, 0).encode()).hexdigest()


def _encode(value: object, depth: int) -> str:
    children: Iterable[object] = value.values() if isinstance(value, dict) else value  # type: ignore[assignment]
    if not isinstance(value, (dict, list)) or not any(isinstance(child, (dict, list)) for child in children):
        return _on_a_line(value)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    if isinstance(value, dict):
        rows = [f"{_on_a_line(k)}: {_encode(value[k], depth + 1)}" for k in sorted(value)]
    else:
        rows = [_encode(child, depth + 1) for child in value]
    pad = "\n" + " " * depth
    return opening + ",".join(f"{pad} {row}" for row in rows) + pad + closing


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


def round_title(one: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    """Return a round's name and date, and whether the last round measured other labels of its annotators."""
    layers = [(layer, last["layers"].get(name, layer)) for name, layer in one["layers"].items()]
    replaced = ", on labels that were replaced since" if any(was != now for was, now in layers) else ""
    return f"Round {one['round']}{', ' + one['date'] if one['date'] else ''}{replaced}"


def compared_with(last: Mapping[str, Any]) -> str:
    """Return whom the annotators who were only compared were compared with, as a title."""
    return f"Compared with {', '.join(last['compared'][0]['with'])}"


def compared_rows(last: Mapping[str, Any], *, interval: bool = True) -> list[list[str]]:
    """Return a round's own agreement, then that of each annotator who is compared with gold, as COMPARED.

    Attributes: the share of equal values among those of matched spans.
    """
    overall = last["figures"]["overall"]["figures"]
    rows = [(" – ".join(last["annotators"]), last["figures"]["documents"], overall)]
    for one in last.get("compared", ()):
        name = f"{one['annotator']} – {', '.join(one['with'])}"
        rows.append((f"{name}: {one['tells']}", one["documents"], one["figures"]))
    return [[name, str(number), *_of_compared(found, interval=interval)] for name, number, found in rows]


def differences_in_counts(last: Record) -> Iterator[str]:
    """Yield how much the annotators of a round differ, in numbers of labels; of several pairs their sums."""
    found = last["figures"]["overall"]["figures"]
    for what, scores in (("spans", found["spans"]), ("relations", found["relations"])):
        counts = scores["exact"]["micro"]
        one, other, both = counts["first"], counts["second"], counts["both"]
        if one or other:
            yield f"{both} {what} in common, {one - both} of the first, {other - both} of the second alone"
    for key, where in (("attributes", "on matched spans"), ("document", "of whole articles")):
        given = [a for a in found.get(key, {}).values() if a["agreement"]["value"] is not None]
        items = sum(a["items"] for a in given)
        if items:
            differ = items - sum(round(a["items"] * a["agreement"]["value"]) for a in given)
            yield f"{differ} of {items} attribute values {where} differ"


def _of_compared(figures: Record, *, interval: bool) -> Iterator[str]:
    yield shown(figures["spans"]["exact"]["micro"]["f1"], interval=interval)
    yield shown(figures["relations"]["exact"]["micro"]["f1"], interval=interval)
    given = [a for a in figures["attributes"].values() if a["agreement"]["value"] is not None]
    items = sum(a["items"] for a in given)
    equal = sum(a["items"] * a["agreement"]["value"] for a in given)
    yield f"{equal / items:.3f}" if items else "–"


def shown(figure: Record, *, interval: bool = True) -> str:
    """Return a measure as text, `0.934 [0.912, 0.946]`: nearly all is not rounded to all."""
    if figure["value"] is None:
        return "–"
    bounds = f" [{figure['low']:.3f}, {figure['high']:.3f}]" if interval and figure["low"] is not None else ""
    return f"{figure['value']:.3f}{bounds}"


def markdown(rounds: Sequence[Record]) -> str:
    """Return the page for the last round, its headline figures beside those of all rounds before."""
    last = rounds[-1]
    measured = last["figures"]
    tables = [("Round by round", *_headlines(rounds))]
    if len(measured["pairs"]) > 1:
        tables.append(("Pair by pair", *_pairs(measured["pairs"])))
    if last.get("compared"):
        tables.append((compared_with(last), COMPARED, compared_rows(last)))
    tables += _tables(measured["overall"]["figures"], interval=True)
    shown = [(title, table(header, rows, numbers=True)) for title, header, rows in tables]
    page = templates("parley.agreement").get_template("agreement.md.j2")
    titles = [round_title(one, last) for one in rounds[:-1]]
    return page.render(last=last, before=titles, drawn=measured["bootstrap"], tables=shown)


def print_report(rounds: Sequence[Record]) -> None:
    """Print the last round for a person."""
    from rich.console import Console
    from rich.table import Table as Printed

    console = Console(markup=False)
    last = rounds[-1]
    pairs = [pair["annotators"] for pair in last["figures"]["pairs"]]
    two = dict(zip(("first", "second"), pairs[0], strict=True)) if len(pairs) == 1 else {}
    *tables, _ = _tables(last["figures"]["overall"]["figures"], interval=False)
    who = " – ".join(pairs[0]) if two else f"all {len(pairs)} pairs of {', '.join(last['annotators'])}"
    own = [(f"Agreement: {who}", *_headlines(rounds, older_intervals=False))]
    if last.get("compared"):
        own.append((compared_with(last), COMPARED, compared_rows(last, interval=False)))
    for title, header, rows in [*own, *tables]:
        printed = Printed(title=title, title_justify="left", title_style="bold")
        for number, name in enumerate(header):
            printed.add_column(two.get(name, name), justify="right" if number else "left", no_wrap=not number)
        for row in rows:
            printed.add_row(*row)
        console.print(printed)


def _headlines(
    rounds: Sequence[Record], *, older_intervals: bool = True
) -> tuple[list[str], list[list[str]]]:
    columns = [
        [(name, shown(figure, interval=older_intervals or r is rounds[-1])) for name, figure in some]
        for r in rounds
        for some in [headline(r["figures"]["overall"]["figures"])]
    ]
    rows = [[row[0][0], *(figure for _, figure in row)] for row in zip(*columns, strict=True)]
    return ["", *(f"round {r['round']}" for r in rounds)], rows


def _pairs(pairs: Sequence[Record]) -> tuple[list[str], list[list[str]]]:
    rows = []
    for pair in pairs:
        values = [shown(figure, interval=False) for _, figure in headline(pair["figures"])]
        rows.append([" – ".join(pair["annotators"]), str(pair["documents"]), *values])
    return ["annotators", "articles", *(name for name, _ in headline(pairs[0]["figures"]))], rows


def with_total(scores: Record) -> Iterator[tuple[str, Record]]:
    """Yield the scores over all labels, then those of each, with names."""
    yield "all", scores["micro"]
    yield from scores["labels"].items()


def _tables(figures: Record, *, interval: bool) -> Iterator[Table]:
    """Yield the tables of one round. interval: show those of spans and relations."""

    def cells(*measures: Record, interval: bool = interval) -> list[str]:
        return [shown(measure, interval=interval) for measure in measures]

    spans, ends = figures["spans"], figures["relations"]
    exact, relaxed = ends["exact"], ends["relaxed"]
    alphas = [spans["alpha"]["overall"], *spans["alpha"]["labels"].values()]
    rows = []
    for (name, one), (_, other), alpha in zip(
        with_total(spans["exact"]), with_total(spans["relaxed"]), alphas, strict=True
    ):
        counts = [str(one[count]) for count in ("first", "second", "both")]
        sides = cells(one["precision"], one["recall"], interval=False)
        rows.append([name, *counts, *sides, *cells(one["f1"], other["f1"], alpha)])
    yield "Spans", ["label", "first", "second", "both", "P", "R", "exact F1", "relaxed F1", "α"], rows

    rows = [
        [name, str(a["items"]), *cells(a["agreement"], a["kappa"])]
        for name, a in figures["attributes"].items()
    ]
    yield "Attributes of matched spans", ["attribute", "spans", "equal", "κ"], rows

    if "document" in figures:
        rows = [
            [name, str(a["items"]), *cells(a["agreement"], a["kappa"], interval=True)]
            for name, a in figures["document"].items()
        ]
        yield "Attributes of the document", ["attribute", "articles", "equal", "κ"], rows

    rows = []
    for (name, one), (_, other) in zip(with_total(exact), with_total(relaxed), strict=True):
        kappa = other.get("kappa") or relaxed["pairs"]["candidates"]["kappa"]
        rows.append([name, str(one["first"]), str(one["second"]), *cells(one["f1"], other["f1"], kappa)])
    header = ["relation", "first", "second", "exact F1", "relaxed F1", "κ on matched ends"]
    yield "Relations, end to end", header, rows

    rows = []
    for name, score in with_total(relaxed):
        shares = cells(*(score["steps"][step]["share"] for step in STEPS))
        number = str(score["first"] + score["second"])
        rows.append([name, number, *shares, *cells(score["f1"], interval=False)])
    yield "Relations, taken apart (relaxed ends)", ["relation", "of both", *STEPS, "F1"], rows

    rows = [
        [universe, name, str(pairs["items"]), *cells(pairs["agreement"], pairs["kappa"])]
        for name in ("relaxed", "exact")
        for universe in ("candidates", "either", "both")
        for pairs in [ends[name]["pairs"][universe]]
    ]
    yield "Pairs of matched spans", ["pairs", "ends", "number", "equal", "κ"], rows
