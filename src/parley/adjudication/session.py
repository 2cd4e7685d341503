"""Adjudication at its edges: which layers take part, and where list, ledger and gold are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from parley.adjudication.compare import Comparison, compare
from parley.adjudication.files.decision_files import decode_decisions, resolve
from parley.adjudication.files.disagreement_lists import encode, markdown, record
from parley.adjudication.gold import Decisions, ledger_rows
from parley.adjudication.ledger import DOCUMENT, FILE, Row, decode_ledger, encode_ledger
from parley.adjudication.names import names
from parley.adjudication.rebuild import gold_faults, rebuild, rebuild_from
from parley.faults import DataFaults, Fault, UsageError, check
from parley.model.annotators import choose_annotators, read_annotators
from parley.model.documents import Document
from parley.model.labels import layer_paths, read_layers
from parley.model.layer_faults import layer_faults
from parley.model.ontology import Ontology, read_ontology
from parley.model.paths import CorpusPaths
from parley.runtime.files import write_whole
from parley.seeds.manifest import read_documents


@dataclass(frozen=True)
class Bench:
    """Everything adjudication of a corpus works on. comparisons: by doc_id, of articles labelled twice."""

    corpus: CorpusPaths
    ontology: Ontology
    documents: dict[str, Document]
    comparisons: dict[str, Comparison]


@dataclass
class Adjudicated:
    """What was written. decided: doc_ids; counts: of ledger rows by decision; waiting: doc_id and why."""

    decided: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    waiting: list[tuple[str, str]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)


def open_bench(corpus: CorpusPaths, annotators: Sequence[str] = ()) -> Bench:
    """Return the layers of a corpus side by side.

    annotators: whose layers take part; none means all humans with labels where there are two or more, else
    all with labels that are not rules. Raises UsageError where no article has two layers, or somebody named
    has none; DataFaults for layers that cannot be read or are unfit to be compared.
    """
    ontology = read_ontology(corpus.ontology)
    documents = {d.doc_id: d for d in read_documents(corpus)}
    chosen = _choose(corpus, annotators)
    by_document: dict[str, list[Path]] = {}
    for path in layer_paths(corpus):
        if path.parent.name in chosen:
            by_document.setdefault(path.stem, []).append(path)
    wrong: list[Fault] = []
    comparisons: dict[str, Comparison] = {}
    for doc_id, own in sorted(by_document.items()):
        if len(own) < 2 and doc_id in documents:
            continue
        try:
            layers = read_layers(corpus, own)
            files = zip(own, layers, strict=True)
            check(f for path, layer in files for f in layer_faults(corpus, path, layer, documents, ontology))
            comparisons[doc_id] = compare(layers, ontology)
        except DataFaults as found:
            wrong += found.faults
    check(wrong)
    if not comparisons:
        raise UsageError(
            f"no article is labelled by two of {', '.join(chosen) or 'the annotators'}",
            "let two annotators label the same article, or name others with --annotators",
        )
    return Bench(corpus, ontology, documents, comparisons)


def _choose(corpus: CorpusPaths, names: Sequence[str]) -> list[str]:
    """Return whose layers take part: those named, else the humans with labels, else humans and models."""
    annotators = read_annotators(corpus)
    with_labels = {path.parent.name for path in layer_paths(corpus)}
    chosen = choose_annotators(annotators, names, with_labels=with_labels)
    if len(chosen) < 2 and not names:
        chosen = choose_annotators(annotators, kinds=("human", "model"), with_labels=with_labels)
    return [a.name for a in chosen]


def choose_lead(corpus: CorpusPaths, lead: str, bench: Bench) -> str:
    """Return who adjudicates: the one named, else the only human whose labels are not compared.

    Raises UsageError where that is nobody, more than one, or one of those whose labels are compared.
    """
    listed = read_annotators(corpus)
    compared = {name for c in bench.comparisons.values() for name in c.annotators}
    free = [a.name for a in listed.values() if a.kind == "human" and a.name not in compared]
    if lead and lead not in listed:
        raise UsageError(f"annotators.csv does not list {lead!r}", "add a row for the lead")
    if lead in compared:
        raise UsageError(
            f"{lead} would adjudicate labels of their own", "name somebody else with --lead, or the layers"
        )
    if not lead and len(free) != 1:
        raise UsageError(
            f"who adjudicates is not plain: {', '.join(free) or 'no human is free to'}",
            "name the lead with --lead",
        )
    return lead or free[0]


def write_lists(bench: Bench, hidden: str = "") -> list[Path]:
    """Write the disagreements of every article to build/adjudication/; return the Markdown files."""
    folder = bench.corpus.build / "adjudication"
    paths = []
    for doc_id, comparison in bench.comparisons.items():
        shown = record(
            comparison, bench.documents[doc_id], names(comparison.annotators, doc_id, hidden), hidden
        )
        write_whole(folder / f"{doc_id}.json", encode(shown))
        write_whole(folder / f"{doc_id}.md", markdown(shown).encode())
        paths.append(folder / f"{doc_id}.md")
    return paths


def apply_files(bench: Bench, files: Sequence[Path], lead: str) -> Adjudicated:
    """Write gold and ledger from decisions files; nothing is written if anything in them is at fault.

    Raises DataFaults with all faults of all files.
    """
    wrong: list[Fault] = []
    rows: dict[str, list[Row]] = {}
    for file in files:
        try:
            read = decode_decisions(file.read_bytes(), file.name)
        except OSError as error:
            raise UsageError(f"{file} cannot be read: {error.strerror}", "name a decisions file")
        except DataFaults as found:
            wrong += found.faults
            continue
        for written in read:
            doc_id = written.doc_id
            if doc_id not in bench.comparisons or doc_id in rows:
                what = (
                    "it is decided twice" if doc_id in rows else f"no two layers of {doc_id!r} to decide on"
                )
                wrong.append(Fault("decision-unknown", f"{file.name} > {doc_id}", what))
                continue
            comparison, document = bench.comparisons[doc_id], bench.documents[doc_id]
            try:
                decided = resolve(written, comparison, document, bench.ontology, lead)
                rows[doc_id] = ledger_rows(comparison, decided, lead, bench.ontology)
            except DataFaults as found:
                wrong += found.faults
    check(wrong)
    return write_gold(bench, rows)


def decide(bench: Bench, doc_id: str, decisions: Decisions, lead: str) -> list[Row]:
    """Return the ledger rows of decisions on one article."""
    return ledger_rows(bench.comparisons[doc_id], decisions, lead, bench.ontology)


def read_ledger(corpus: CorpusPaths) -> list[Row]:
    """Return the rows of the ledger, none where there is no such file."""
    return decode_ledger(corpus.ledger.read_bytes()) if corpus.ledger.is_file() else []


def write_gold(bench: Bench, rows: dict[str, list[Row]]) -> Adjudicated:
    """Write the ledger, with the rows of these articles in place of their old ones, then their gold files.

    The ledger comes first: should the process end in between, gold is rebuilt from it. What was taken over
    from Label Studio before stays known, whoever decides anew.
    """
    corpus = bench.corpus
    old = read_ledger(corpus)
    taken = {row.doc_id: row.item for row in old if row.kind == DOCUMENT}
    new = [row for own in rows.values() for row in own]
    new = [
        replace(row, item=row.item or taken.get(row.doc_id, "")) if row.kind == DOCUMENT else row
        for row in new
    ]
    built = rebuild_from(new, corpus, bench.documents.values())  # proves the rows before anything is written
    ledger = encode_ledger([*(row for row in old if row.doc_id not in rows), *new])
    done = Adjudicated(decided=sorted(rows))
    for row in new:
        if row.decision != "adjudicated":
            done.counts[row.decision] = done.counts.get(row.decision, 0) + 1
    for name, data in [(FILE, ledger), *built.items()] if rows else []:
        path = corpus.root / name
        if not path.is_file() or path.read_bytes() != data:
            write_whole(path, data)
            done.written.append(name)
    return done


def rebuild_gold(corpus: CorpusPaths, *, check_only: bool = False) -> list[str]:
    """Write all gold files again from layers and ledger; return those that changed.

    check_only: write nothing, and raise DataFaults where a gold file is not what they give.
    """
    if check_only:
        check(gold_faults(corpus))
        return []
    changed = []
    for name, data in rebuild(corpus).items():
        path = corpus.root / name
        if not path.is_file() or path.read_bytes() != data:
            write_whole(path, data)
            changed.append(name)
    return changed


def report(done: Adjudicated) -> Iterator[str]:
    """Yield what was written, in lines for people."""
    if done.decided:
        counts = ", ".join(f"{number} {name}" for name, number in sorted(done.counts.items()))
        yield f"decided {', '.join(done.decided)}: {counts or 'no labels'}"
    yield from (f"waiting: {doc_id}: {why}" for doc_id, why in done.waiting)
    yield from (f"wrote {name}" for name in done.written)
    if done.decided and not done.written:
        yield "ledger and gold are as they were"


@dataclass(frozen=True)
class Call:
    """How adjudication was asked for; all may be left out."""

    lead: str = ""
    annotators: tuple[str, ...] = ()
    hidden: str = ""
    files: tuple[Path, ...] = ()


def run(corpus: CorpusPaths, call: Call, mode: str) -> Iterator[str]:
    """Do one step, and yield what was done in lines for people.

    mode: `list`, `rebuild`, `check`, or `decide`: from the files of the call, else in Label Studio.
    """
    if mode in ("rebuild", "check"):
        changed = rebuild_gold(corpus, check_only=mode == "check")
        yield from [f"wrote {name}" for name in changed] or ["gold is what layers and ledger give"]
        return
    bench = open_bench(corpus, call.annotators)
    if mode == "list":
        yield from (corpus.relative(path) for path in write_lists(bench, call.hidden))
        return
    lead = choose_lead(corpus, call.lead, bench)
    if call.files:
        yield from report(apply_files(bench, call.files, lead))
        return
    from parley.adjudication.studio.project import sitting
    from parley.label_studio.server.client import connect

    with connect(corpus) as studio:
        yield from sitting(bench, studio, lead, call.hidden)
