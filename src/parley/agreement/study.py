"""Measure the agreement in a corpus folder and write all that is made from it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

from parley.agreement.comparison import BLOCK, blocks, comparer
from parley.agreement.disagreement_list import Listing
from parley.agreement.layers import compared_annotators, doubly_labelled
from parley.agreement.measurement import DRAWS, SEED, Tally, figures_of
from parley.agreement.plots import plots
from parley.agreement.report import markdown
from parley.agreement.rounds import encode_rounds, read_rounds, with_round
from parley.faults import UsageError, check
from parley.model.ontology import read_ontology
from parley.model.paths import CorpusPaths
from parley.runtime.engine import Cores, Prepared
from parley.runtime.files import write_whole
from parley.seeds.manifest import check_manifest, manifest_rows
from parley.seeds.rules import read_rules

MANY = 1_000  # articles, from which other processes pay for their start
LINKS = "label_studio_links.json"  # in build/: {"<doc_id>/<annotator>": address of the task}

Record = dict[str, Any]


def measure_corpus(
    corpus: CorpusPaths,
    *,
    annotators: Sequence[str] = (),
    name: str | None = None,
    date: str | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    processes: int | None = None,
) -> list[Record]:
    """Measure agreement, write it, and return the rounds of agreement.json, the one measured last among them.

    annotators: names; none for all that are not rules. name: of the round; None for the last. date: of the
    round, `YYYY-MM-DD`. draws: of the bootstrap; 0 for no intervals. processes: that read and compare; by
    default one for each core where the articles are many. Writes annotation/agreement.json,
    annotation/agreement.md, annotation/agreement/ (plots) and build/disagreements.md and .json, the same
    bytes whatever the number of processes. Raises UsageError where nothing is labelled twice, for a date that
    is none and for fewer than no draws; DataFaults for label files that do not fit the articles.
    """
    _check_call(date, draws)
    ontology = read_ontology(corpus.ontology)
    chosen = compared_annotators(corpus, annotators)
    files = doubly_labelled(corpus, chosen)
    before = read_rounds(corpus.agreement)
    _, wrong = check_manifest(corpus, read_rules(corpus))
    rows = {row["doc_id"]: (line, row) for line, row in manifest_rows(corpus) if row["doc_id"] in files}
    if processes is None and len(files) < MANY:
        processes = 1
    tallies: dict[tuple[str, str], Tally] = {}
    with ExitStack() as stack:
        listing = Listing(stack)
        compare = Prepared(partial(comparer, corpus, read_links(corpus)))
        total = -(-len(files) // BLOCK)
        for block in Cores(processes).map(compare, blocks(files, rows), "comparing articles", total):
            wrong.extend(block.wrong)
            for names, tally in block.tallies.items():
                tallies.setdefault(names, Tally(ontology)).merge(tally)
            listing.add(block.listed)
        check(wrong)
        measured = {
            "annotators": chosen,
            "ontology": ontology.revision,
            "figures": figures_of(tallies, draws, seed),
        }
        listing.write(corpus)
    rounds = with_round(before, name, date, measured)
    write_whole(corpus.agreement, encode_rounds(rounds))
    write_whole(corpus.agreement.with_suffix(".md"), markdown(rounds).encode())
    for file, data in plots(rounds[-1]["figures"]):
        write_whole(corpus.agreement.with_suffix("") / file, data)
    return rounds


def _check_call(date: str | None, draws: int) -> None:
    """Raise UsageError for a date that is not written `YYYY-MM-DD`, and for fewer than no draws."""
    if draws < 0:
        raise UsageError(f"{draws} draws cannot be made", "give --draws 0 for no intervals, else 1000 or so")
    try:
        if date is not None and datetime.date.fromisoformat(date).isoformat() != date:
            raise ValueError("of another form")  # noqa: TRY301 - told to the user just below
    except ValueError as error:
        raise UsageError(
            f"{date!r} is no date: {error}", "write the day as YYYY-MM-DD: --date 2026-02-14"
        ) from error


def read_links(corpus: CorpusPaths) -> dict[str, str]:
    """Return where each annotator's task of each article stands in Label Studio, by `doc_id/annotator`.

    Empty where no server was used. Raises UsageError for a file that is no such mapping.
    """
    path = corpus.build / LINKS
    if not path.is_file():
        return {}
    try:
        links = json.loads(path.read_bytes())
    except ValueError as error:
        raise UsageError(f"{corpus.relative(path)} is no JSON: {error}", "remove it, or push the tasks again")
    if not isinstance(links, dict) or not all(isinstance(url, str) for url in links.values()):
        raise UsageError(
            f"{corpus.relative(path)} is no mapping of `doc_id/annotator` to an address",
            "remove it, or push the tasks again",
        )
    return links
