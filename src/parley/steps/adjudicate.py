"""Adjudication, from the layers of two or more annotators to gold and ledger: by hand or in Label Studio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from parley.adjudication.compare import Adjudication, choose_lead, open_adjudication
from parley.adjudication.decision_files import rows_from_files
from parley.adjudication.disagreements import write_lists
from parley.adjudication.gold import GoldReport, gold_faults, read_ledger, rebuild_gold, write_gold
from parley.corpus.corpus import Corpus
from parley.faults import UsageError, check


def adjudicate(
    corpus: Corpus,
    *,
    lead: str = "",
    annotators: Sequence[str] = (),
    hidden: str = "",
    files: Sequence[Path] = (),
) -> Iterator[str]:
    """Take over decisions from files, else from Label Studio; yield what was done, in lines for people.

    lead: who decides; "" for the one human whose labels are not compared. annotators: whose layers are
    compared; none for all humans, else all models. hidden: a seed that hides their names from the lead.
    Raises DataFaults for decisions that cannot be taken over; from Label Studio all sound ones are written
    before.
    """
    adjudication = open_adjudication(corpus, annotators)
    lead = choose_lead(adjudication, lead)
    if files:
        yield from report(decide_by_files(adjudication, files, lead))
        return
    from parley.adjudication.studio.project import pull, push
    from parley.label_studio.server.seats import connect

    with connect(corpus.paths) as desk:
        studio = desk.seat(lead)
        pushed = push(adjudication, studio, lead, hidden)
        yield f"{pushed.url}  {pushed.added} tasks added, {pushed.there} were there"
        yield from (f"  {line}" for change in pushed.changed for line in change.splitlines())
        done, wrong = pull(adjudication, studio, lead)
        yield from report(done)
        check(wrong)


def decide_by_files(adjudication: Adjudication, files: Sequence[Path], lead: str) -> GoldReport:
    """Write gold and ledger from decisions files; nothing is written if anything in them is at fault."""
    rows = rows_from_files(adjudication, files, lead)
    return write_gold(adjudication.corpus, adjudication.layers, rows, read_ledger(adjudication.corpus))


def list_disagreements(corpus: Corpus, annotators: Sequence[str] = (), hidden: str = "") -> Iterator[str]:
    """Write the disagreements of every article to build/adjudication/; yield the names of the lists."""
    adjudication = open_adjudication(corpus, annotators)
    yield from map(corpus.paths.relative, write_lists(adjudication, hidden))


def rebuild(corpus: Corpus, *, check_only: bool = False) -> Iterator[str]:
    """Write gold again from layers and ledger, or only compare; yield what was done.

    Raises DataFaults if the ledger does not fit the layers or, when comparing, if gold does not.
    """
    ledger = read_ledger(corpus)
    if not ledger and not any(corpus.paths.gold.glob("*.json")):
        raise UsageError("nothing has been adjudicated", "decide first: `parley adjudicate --list`")
    if check_only:
        check(gold_faults(corpus, ledger))
    changed = [] if check_only else rebuild_gold(corpus, ledger)
    yield from [f"wrote {name}" for name in changed] or ["gold is what layers and ledger give"]


def report(done: GoldReport) -> Iterator[str]:
    """Yield what was written, in lines for people."""
    if done.decided:
        counts = ", ".join(f"{number} {name}" for name, number in sorted(done.counts.items()))
        yield f"decided {', '.join(done.decided)}: {counts or 'no labels'}"
    yield from (f"waiting: {doc_id}: {why}" for doc_id, why in done.waiting)
    yield from (f"wrote {name}" for name in done.written)
    if done.decided and not done.written:
        yield "ledger and gold are as they were"
