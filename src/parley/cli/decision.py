"""Steps on labels that two or more annotators made: agreement, adjudicate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from parley.cli.options import Names, Processes, Root, number, say, split_names, written_corpus
from parley.faults import UsageError


def agreement(
    *,
    annotators: Names = (),
    round: Annotated[str | None, Parameter(metavar="NAME", help="add this round, or replace it")] = None,
    date: Annotated[str | None, Parameter(metavar="YYYY-MM-DD", help="when the round was labelled")] = None,
    draws: Annotated[int, number(0, help="of the bootstrap; 0: no intervals (default: 1000)")] = 1000,
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
      parley agreement --round 2 --date 2026-02-14    a new round beside the others

    Without --round the last round is measured again. `parley validate` names what
    changed since.

    Exit status: 0 done, 1 labels do not fit the articles, or agreement.json was edited,
    2 wrong call, or nothing is labelled twice.
    """
    from parley.agreement.report import print_report
    from parley.agreement.study import measure_corpus
    from parley.runtime.engine import Cores

    with written_corpus(root) as corpus:
        names, engine = split_names(annotators), Cores(processes)
        rounds = measure_corpus(corpus, annotators=names, name=round, date=date, draws=draws, engine=engine)
    print_report(rounds)


def adjudicate(
    *,
    lead: Annotated[str, Parameter(metavar="NAME", help="default: the human who is not compared")] = "",
    annotators: Annotated[Names, Parameter(help="default: all humans, else all models")] = (),
    hidden: Annotated[
        str, Parameter(metavar="SEED", help="show annotators as A, B, … in a seeded order")
    ] = "",
    decisions: Annotated[tuple[Path, ...], Parameter(metavar="FILE", help="decisions as JSON")] = (),
    list: Annotated[bool, Parameter(help="list and stop")] = False,
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
      parley adjudicate --list             every disagreement to
                                           build/adjudication/<doc_id>.md and .json
      parley adjudicate --decisions F.json decisions on those, in the form that the
                                           head of each .md shows
      parley adjudicate --rebuild          gold again from layers and ledger
      parley adjudicate --check            compare that gold, write nothing

    Exit status: 0 done, 1 something is undecided or does not exist (each named),
    2 wrong call, nothing to adjudicate, no server.
    """
    if (list and decisions) or ((list or decisions) and (rebuild or check)):
        raise UsageError(
            "--decisions are taken over without --list, --rebuild and --check, and --list is alone",
            "make a call for each",
        )
    from parley.steps import adjudicate as steps

    names = split_names(annotators)
    with written_corpus(root) as corpus:
        if list:
            lines = steps.list_disagreements(corpus, names, hidden)
        elif rebuild or check:
            lines = steps.rebuild(corpus, check_only=check)
        else:
            lines = steps.adjudicate(corpus, lead=lead, annotators=names, hidden=hidden, files=decisions)
        for line in lines:
            say(line)
