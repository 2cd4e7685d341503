"""The agreement in a corpus folder: measured over its batches, and every file that is made of it."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from parley.agreement.disagreement_files import DisagreementFiles, Entries, entries
from parley.agreement.disagreements import disagreements, worst_first
from parley.agreement.figures import DRAWS, SEED, figures
from parley.agreement.pairs import Annotators, PairCounts, pair_faults, pairs
from parley.agreement.plots import plots
from parley.agreement.report import markdown
from parley.agreement.rounds import encode_rounds, read_rounds, with_round
from parley.corpus.batches import StoredBatch
from parley.corpus.corpus import Corpus
from parley.faults import Fault, UsageError, check
from parley.model.annotators import choose_annotators
from parley.model.labels import layer_paths
from parley.model.ontology import Ontology
from parley.model.paths import CorpusPaths
from parley.runtime.engine import Cores, Engine
from parley.runtime.files import write_whole

LINKS = "label_studio_links.json"  # in build/: {"<doc_id>/<annotator>": address of the task}

Record = dict[str, Any]


def measure_corpus(
    corpus: Corpus,
    *,
    annotators: Sequence[str] = (),
    name: str | None = None,
    date: str | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    engine: Engine | None = None,
) -> list[Record]:
    """Measure agreement, write it, and return the rounds of agreement.json, the one just measured among them.

    annotators: names; none for all that are not rules. name: of the round; None for the last. date: of the
    round, `YYYY-MM-DD`. draws: of the bootstrap; 0 for no intervals. Writes annotation/agreement.json,
    annotation/agreement.md, annotation/agreement/ (plots) and build/disagreements.md and .json, the same
    bytes on every engine. Raises UsageError if nothing is labelled twice, for a date that is none and for
    fewer than no draws; DataFaults for label files that do not fit the articles.
    """
    _check_call(date, draws)
    engine = engine or Cores()
    chosen, doc_ids = _doubly_labelled(corpus, annotators)
    before, links = read_rounds(corpus.paths.agreement), read_links(corpus.paths)
    batches = corpus.batches(engine, annotators=chosen, gold=False)
    # whatever else is wrong with an article or label file that is not compared does not matter here
    compared = {corpus.paths.relative(corpus.paths.manifest), *doc_ids}
    faults = list(corpus.manifest.faults)
    faults += (f for f in batches.faults if not compared.isdisjoint({f.file, PurePosixPath(f.file).stem}))
    counts: dict[Annotators, list[PairCounts]] = {}
    with ExitStack() as stack:
        files = DisagreementFiles(stack)
        compare = partial(batch_agreement, ontology=corpus.ontology, links=links)
        for found in batches.map(compare, engine, "comparing articles"):
            faults += found.faults
            for names, some in found.counts.items():
                counts.setdefault(names, []).append(some)
            files.add(found.disagreements)
        check(faults)
        measured = {
            "annotators": chosen,
            "ontology": corpus.ontology.revision,
            "figures": figures(counts, corpus.ontology, draws=draws, seed=seed),
        }
        files.write(corpus.paths)
    rounds = with_round(before, name, date, measured)
    path: Path = corpus.paths.agreement
    write_whole(path, encode_rounds(rounds))
    write_whole(path.with_suffix(".md"), markdown(rounds).encode())
    for file, data in plots(rounds[-1]["figures"]):
        write_whole(path.with_suffix("") / file, data)
    return rounds


@dataclass
class BatchAgreement:
    """What a batch gives. counts: by pair of annotators. disagreements: of all pairs, by kind."""

    faults: list[Fault]
    counts: dict[Annotators, PairCounts] = field(default_factory=dict)
    disagreements: dict[str, Entries] = field(default_factory=dict)


def batch_agreement(stored: StoredBatch, ontology: Ontology, links: Mapping[str, str]) -> BatchAgreement:
    """Return the counts and disagreements of the doubly labelled articles of a batch, or their faults.

    links: `doc_id/annotator` → address of the task in Label Studio, if known. Labels of an article that is
    itself at fault are left out.
    """
    batch = stored.load()
    names = [PurePosixPath(file).stem for file in batch.layers["file"].to_pylist()]
    times, faulty = Counter(names), set(stored.doc_ids) - batch.texts.keys()
    batch = batch.of_layers([times[name] > 1 and name not in faulty for name in names])
    found = BatchAgreement(pair_faults(batch, ontology))
    if not found.faults:
        listed = []
        for pair in pairs(batch, ontology):
            found.counts[pair.annotators] = PairCounts.of(pair, ontology)
            listed += disagreements(pair, ontology)
        found.disagreements = entries(worst_first(listed, batch.texts), batch.texts, links)
    return found


def _doubly_labelled(corpus: Corpus, names: Sequence[str]) -> tuple[list[str], set[str]]:
    """Return the annotators to compare, sorted, and the articles with label files of two of them.

    names: none for all with labels that are not rules. Raises UsageError as `choose_annotators` does, and if
    there are fewer than two annotators, or no such article.
    """
    files = layer_paths(corpus.paths)
    with_labels = {path.parent.name for path in files}
    found = choose_annotators(corpus.annotators, names, kinds=("human", "model"), with_labels=with_labels)
    chosen = sorted(annotator.name for annotator in found)
    if len(chosen) < 2:
        raise UsageError(
            f"agreement needs two annotators with labels; there is {', '.join(chosen) or 'none'}",
            f"pull the labels of another (`parley pull`) into {corpus.paths.relative(corpus.paths.labels)}",
        )
    times = Counter(path.stem for path in files if path.parent.name in chosen)
    double = {doc_id for doc_id, number in times.items() if number > 1}
    if not double:
        raise UsageError(
            f"no article is labelled by two of {', '.join(chosen)}",
            "let two annotators label the same article, or name others with --annotators",
        )
    return chosen, double


def _check_call(date: str | None, draws: int) -> None:
    """Raise UsageError for a date that is not written `YYYY-MM-DD`, and for fewer than no draws."""
    if draws < 0:
        raise UsageError(f"{draws} draws cannot be made", "give --draws 0 for no intervals, else 1000 or so")
    try:
        if date is not None and datetime.date.fromisoformat(date).isoformat() != date:
            raise ValueError("of another form")  # noqa: TRY301 - becomes the message just below
    except ValueError as error:
        raise UsageError(
            f"{date!r} is no date: {error}", "write the day as YYYY-MM-DD: --date 2026-02-14"
        ) from error


def read_links(corpus: CorpusPaths) -> dict[str, str]:
    """Return the address of each annotator's task of each article in Label Studio, by `doc_id/annotator`.

    Empty if no server was used. Raises UsageError for a file that is no such mapping.
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
