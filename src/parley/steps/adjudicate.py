"""Adjudication, from the layers of two or more annotators to gold and ledger: by hand or in Label Studio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from parley.adjudication.compare import Adjudication, choose_lead, open_adjudication
from parley.adjudication.decision_files import rows_from_files
from parley.adjudication.disagreements import write_lists
from parley.adjudication.gold import GoldReport, gold_faults, read_ledger, rebuild_gold, same, write_gold
from parley.adjudication.ledger import Row, by_article
from parley.adjudication.settled import settled_relations, settled_rows, settled_spans
from parley.adjudication.validity import valid_decisions
from parley.corpus.corpus import Corpus
from parley.faults import Fault, UsageError, check
from parley.runtime.counts import counted


def adjudicate(
    corpus: Corpus,
    *,
    lead: str = "",
    annotators: Sequence[str] = (),
    hidden: str = "",
    files: Sequence[Path] = (),
    reopen: Sequence[str] = (),
    agreed: bool = False,
) -> Iterator[str]:
    """Take over decisions from files, else from Label Studio; yield what was done, in lines for people.

    lead: who decides; "" for the one human whose labels are not compared. annotators: whose layers are
    compared; none for all humans, else all models. hidden: a seed that hides their names from the lead.
    reopen: labels and relations whose decisions are shown to the lead again, in Label Studio.
    agreed: nobody decides anything; gold is written where nothing is open.
    Raises DataFaults for decisions that cannot be taken over; from Label Studio all sound ones are written
    before.
    """
    adjudication = open_adjudication(corpus, annotators)
    lead = choose_lead(adjudication, lead)
    _known(corpus, reopen)
    settled = settle(adjudication, lead)
    yield from report(settled)
    if agreed:
        if not settled.written:
            yield "gold has each article on which nothing is open"
        return
    if files:
        done, wrong = decide_by_files(adjudication, files, lead)
        yield from report(done)
        check(wrong)
        return
    from parley.adjudication.studio.project import pull, push
    from parley.label_studio.server.seats import connect

    with connect(corpus.paths) as desk:
        studio = desk.seat(lead)
        pushed = push(adjudication, studio, lead, hidden, reopen)
        yield f"{pushed.url}  {counted(pushed.added, 'task')} added, {pushed.there} there before"
        yield from (f"  {line}" for change in pushed.changed for line in change.splitlines())
        done, wrong = pull(adjudication, studio, lead)
        yield from report(done)
        check(wrong)


def settle(adjudication: Adjudication, lead: str) -> GoldReport:
    """Write gold and ledger of articles where nothing is open: all is agreed, or decided and valid still."""
    corpus, ledger = adjudication.corpus, read_ledger(adjudication.corpus)
    rows: list[Row] = []
    dropped: list[tuple[str, str]] = []
    of_article = by_article(ledger)
    for doc_id, comparison in adjudication.comparisons.items():
        own = of_article.get(doc_id, [])
        valid = valid_decisions(comparison, own, corpus.ontology, corpus.documents[doc_id].text)
        spans = settled_spans(valid, valid.head.adjudicator if valid.head else lead)
        relations = settled_relations(valid, spans)
        if not (spans.faults or relations.faults):
            made = settled_rows(valid, spans, relations)
            rows += made if not same(made, own) else ()
            dropped += ((doc_id, label) for label in valid.dropped)
    done = write_gold(corpus, adjudication.layers, rows, ledger)
    done.dropped = dropped
    return done


def decide_by_files(
    adjudication: Adjudication, files: Sequence[Path], lead: str
) -> tuple[GoldReport, list[Fault]]:
    """Write gold and ledger from decisions files; return what was written, and what is open or is not there.

    Nothing is written if anything else in them is at fault.
    """
    ledger = read_ledger(adjudication.corpus)
    rows, named, dropped = rows_from_files(adjudication, files, lead, ledger)
    done = write_gold(adjudication.corpus, adjudication.layers, rows, ledger)
    done.dropped = dropped
    return done, named


def list_disagreements(
    corpus: Corpus, annotators: Sequence[str] = (), hidden: str = "", reopen: Sequence[str] = ()
) -> Iterator[str]:
    """Write what is open of every article to build/adjudication/; yield the names of the lists.

    reopen: labels and relations whose decisions are listed again; until they are decided anew they are valid.
    """
    adjudication = open_adjudication(corpus, annotators)
    _known(corpus, reopen)
    number = 0
    for listed in write_lists(adjudication, hidden, read_ledger(corpus), reopen):
        line = f"{corpus.paths.relative(listed.path)}  {counted(listed.open, 'place')} to decide"
        yield f"{line} in {corpus.paths.relative(listed.file)}" if listed.file else line
        number += listed.open
    gold = corpus.paths.gold
    if not number and not all((gold / f"{doc_id}.json").is_file() for doc_id in adjudication.comparisons):
        yield "nothing is open: `parley adjudicate --agreed` writes gold"


def _known(corpus: Corpus, labels: Sequence[str]) -> None:
    ontology = corpus.ontology
    for name in labels:
        if name not in ontology.attributes_of and name not in ontology.relation_by_name:
            known = ", ".join((*ontology.span_names, *ontology.relation_names))
            raise UsageError(f"--reopen: there is no label {name!r}", f"name one of {known}")


def rebuild(corpus: Corpus, *, check_only: bool = False) -> Iterator[str]:
    """Write gold again from layers and ledger, or only compare; yield what was done.

    Raises DataFaults if the ledger does not fit the layers or, when comparing, if gold does not.
    """
    if not read_ledger(corpus) and not any(corpus.paths.gold.glob("*.json")):
        raise UsageError("nothing has been adjudicated", "decide first: `parley adjudicate --list`")
    if check_only:
        check(gold_faults(corpus))
    changed = [] if check_only else rebuild_gold(corpus)
    yield from [f"wrote {name}" for name in changed] or ["gold is what layers and ledger give"]


def report(done: GoldReport) -> Iterator[str]:
    """Yield what was written, in lines for people."""
    if done.decided:
        counts = ", ".join(f"{number} {name}" for name, number in sorted(done.counts.items()))
        yield f"decided {', '.join(done.decided)}: {counts or 'no labels'}"
    yield from (f"taken out: {doc_id}: {label}: it has no place any more" for doc_id, label in done.dropped)
    yield from (f"waiting: {doc_id}: {why}" for doc_id, why in done.waiting)
    yield from (f"wrote {name}" for name in done.written)
    if done.decided and not done.written:
        yield "ledger and gold are as they were"
