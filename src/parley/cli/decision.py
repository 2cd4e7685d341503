"""Steps on labels that two or more annotators made: agreement, adjudicate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from parley.cli.options import (
    EngineName,
    Master,
    Names,
    Processes,
    Root,
    number,
    say,
    split_names,
    written_corpus,
)
from parley.faults import UsageError


def agreement(
    *,
    annotators: Names = (),
    round: Annotated[str | None, Parameter(metavar="NAME", help="add this round, or replace it")] = None,
    date: Annotated[str | None, Parameter(metavar="YYYY-MM-DD", help="when the round was labelled")] = None,
    draws: Annotated[int, number(0, help="of the bootstrap; 0: no intervals (default: 1000)")] = 1000,
    engine: EngineName = "local",
    master: Master = None,
    processes: Processes = None,
    root: Root = None,
) -> None:
    """Measure how far annotators agree, and list where they do not.

    Reads annotation/labels/ (every two annotators, on the articles both labelled).
    Writes

      annotation/agreement.json   every figure with its interval, round by round
      annotation/agreement.md     the same as tables; annotation/agreement/ as plots
      build/disagreements.md      every disagreement, worst first, with links into
                                  Label Studio; .json too

      parley agreement                                all annotators, without the rules
      parley agreement --annotators ada ben           only these
      parley agreement --round 3 --date 2026-02-14    a new round beside the others
      parley agreement --engine spark --master URL    the same files, made on a cluster
                                                      whose workers see the corpus
                                                      folder at the same path

    Without --round the last round is measured again. `parley validate` names what
    changed since.

    Exit status: 0 done, 1 labels do not fit the articles, or agreement.json was edited,
    2 wrong call, or nothing is labelled twice.
    """
    from parley.agreement.report import print_report
    from parley.agreement.study import SHARED, measure_corpus
    from parley.runtime.engine import engine as started

    names = split_names(annotators)
    with written_corpus(root) as corpus, started(engine, master, processes) as chosen:
        rounds = measure_corpus(
            corpus,
            annotators=names,
            name=round,
            date=date,
            draws=draws,
            engine=chosen.preload(*SHARED),
        )
        paths = corpus.paths
    print_report(rounds)
    written = (paths.agreement, paths.agreement.with_suffix(".md"), paths.build / "disagreements.md")
    say(f"wrote {', '.join(map(paths.relative, written))}: the last has each disagreement")


def adjudicate(
    *,
    lead: Annotated[str, Parameter(metavar="NAME", help="default: the human who is not compared")] = "",
    annotators: Annotated[Names, Parameter(help="default: all humans, else all models")] = (),
    hidden: Annotated[
        str, Parameter(metavar="SEED", help="show annotators as A, B, … in a seeded order")
    ] = "",
    decisions: Annotated[tuple[Path, ...], Parameter(metavar="FILE", help="decisions as JSON")] = (),
    list: Annotated[bool, Parameter(help="list what is open and stop")] = False,
    reopen: Annotated[Names, Parameter(help="show the decisions on these labels again")] = (),
    agreed: Annotated[bool, Parameter(help="write gold where nothing is open, and stop")] = False,
    rebuild: Annotated[bool, Parameter(help="write gold again")] = False,
    check: Annotated[bool, Parameter(help="compare gold, write nothing")] = False,
    root: Root = None,
) -> None:
    """Adjudicate: from the layers of two or more annotators to gold and ledger.

    Reads annotation/labels/. Writes annotation/gold/ and annotation/ledger.csv. Labels
    that all annotators have are accepted. The lead decides the others, in Label Studio
    or without it:

      parley adjudicate --lead cy          bring the adjudication project in Label
                                           Studio up to date and take over what was
                                           submitted since; again after each session
      parley adjudicate --list             write what is open to build/adjudication/:
                                           <doc_id>.md to read, <doc_id>.json to fill in
      parley adjudicate --decisions build/adjudication/*.json
                                           take over what is filled in
      parley adjudicate --agreed           write gold of articles where nothing is open
      parley adjudicate --rebuild          write gold again from layers and ledger
      parley adjudicate --check            compare that gold, write nothing

    If layers change afterwards, a decision stays as long as the rivals it was made
    between are the same (offsets, words, attributes; a relation's ends); the other
    places are open again, and gold is written once none is. After a change of the guidelines,
    --reopen LABEL shows the decisions on that label again, in a list or in Label Studio.

    A decisions file has this form; a file may also be an array of several. Those that
    --list writes have `how` and `shown` too, which explain; an article without open
    places needs no file.

      {"doc_id": "h4_storm", "note": "first day",
       "items": {
         "s182-214-3fa2c1": {"keep": "bo", "reason": "boundary", "note": ""},
         "s102-111-0c1f2e": {"keep": ["ada", "bo"]},
         "r218-266-77ab01": {"reject": true},
         "INCIDENT-28-33": {"edit": {"label": "WHEN", "quote": "high tide",
                                     "paragraph": 3, "occurrence": 1,
                                     "attributes": {}}}},
       "added": [
         {"span": "CARGO", "quote": "tank", "key": "tank", "attributes": {}},
         {"relation": "involves", "head": "INCIDENT-102-111", "tail": "tank"}]}

    keep is an annotator or a label's id; edit also has head and tail, of a relation.
    What is left out of an edit is as it was; an edit that equals a rival keeps it. An
    agreed label may have an entry under its id. reason is boundary, type, attribute,
    direction, missed, endpoint, guideline or ambiguous; if it is left out, it follows
    from what differs.

    Exit status: 0 done, 1 something is undecided or does not exist (each named),
    2 wrong call, nothing to adjudicate, no server.
    """
    if sum(map(bool, (list, decisions, agreed, rebuild or check))) > 1:
        raise UsageError(
            "--decisions, --list, --agreed, and --rebuild or --check exclude each other",
            "use one of them at a time",
        )
    from parley.steps import adjudicate as steps

    names, labels = split_names(annotators), split_names(reopen)
    with written_corpus(root) as corpus:
        if list:
            lines = steps.list_disagreements(corpus, names, hidden, labels)
        elif rebuild or check:
            lines = steps.rebuild(corpus, check_only=check)
        else:
            lines = steps.adjudicate(
                corpus,
                lead=lead,
                annotators=names,
                hidden=hidden,
                files=decisions,
                reopen=labels,
                agreed=agreed,
            )
        for line in lines:
            say(line)
