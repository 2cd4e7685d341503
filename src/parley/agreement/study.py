"""The agreement in a corpus folder: measured over its batches, and every file that is made of it."""

from __future__ import annotations

import datetime
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec
import pyarrow.compute as pc

from parley.agreement.compared import Digests, layer_digests, read_comparison
from parley.agreement.disagreements import disagreements, write_entries, write_lists
from parley.agreement.figures import DRAWS, SEED, Annotators, PairCounts, figures, pair_faults, pairs
from parley.agreement.plots import LIBRARIES, plots
from parley.agreement.report import Record, encode_rounds, markdown, read_rounds, with_round
from parley.corpus.batches import StoredBatch
from parley.corpus.corpus import Corpus
from parley.faults import Fault, UsageError, check
from parley.model.annotators import Kind, choose_annotators
from parley.model.labels import labelled
from parley.model.ontology import Ontology
from parley.model.paths import CorpusPaths
from parley.runtime.engine import Cores, Engine
from parley.runtime.files import TEMPORARY, unfinished, write_whole
from parley.runtime.memory import without_garbage_collection
from parley.runtime.threads import threads

# what the processes that share the work import; pandas comes with the first array of Arrow's
SHARED = ("pandas", "scipy.sparse.csgraph", *LIBRARIES)
SHOWN = 5  # layers that one message names
LINKS = "label_studio_links.json"  # in build/: {"<doc_id>/<annotator>": address of the task}


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

    annotators: names; none for all that are not rules, without those who are only compared with gold. name:
    of the round; None for the last. date: of the round, `YYYY-MM-DD`. draws: of the bootstrap; 0 for no
    intervals. Writes annotation/agreement.json, annotation/agreement.md, annotation/agreement/ (plots) and
    build/disagreements.md and .json, the same bytes on every engine. Raises UsageError if nothing is labelled
    twice, for a date that is none and for fewer than no draws; DataFaults for label files that do not fit the
    articles.
    """
    if draws < 0:
        raise UsageError(f"{draws} draws cannot be made", "give --draws 0 for no intervals, else 1000 or so")
    try:
        msgspec.convert(date, datetime.date | None)
    except msgspec.ValidationError as error:
        what = f"{date!r} is not a date: {error}"
        raise UsageError(what, "write the day as YYYY-MM-DD: --date 2026-02-14") from error
    engine = engine or Cores()
    chosen, doc_ids = _doubly_labelled(corpus, annotators)
    path: Path = corpus.paths.agreement
    before, links = corpus.derived(read_rounds), read_links(corpus.paths)
    others = read_comparison(corpus, chosen, engine)  # first, as it reads what is compared here too
    # whatever else is wrong with an article or label file that is not compared does not matter here
    compared = {corpus.paths.relative(corpus.paths.manifest), *doc_ids}
    faults = list(corpus.manifest.faults)
    counts: dict[Annotators, list[PairCounts]] = {}
    layers: Digests = {annotator: {} for annotator in chosen}
    corpus.paths.refuse_link(corpus.paths.build)
    corpus.paths.build.mkdir(parents=True, exist_ok=True)
    # below build/, where every process finds it that reads the batches
    with tempfile.TemporaryDirectory(TEMPORARY, unfinished("lists"), corpus.paths.build) as folder:
        scratch, listed = Path(folder), list[Counter[str]]()
        compare = partial(batch_agreement, ontology=corpus.ontology, links=links, scratch=scratch)
        read = corpus.map_batches(compare, engine, "comparing articles", annotators=chosen, gold=False)
        for found, wrong in read:
            faults += (f for f in wrong if not compared.isdisjoint({f.file, PurePosixPath(f.file).stem}))
            faults += found.faults
            for names, some in found.counts.items():
                counts.setdefault(names, []).append(some)
            listed.append(found.disagreements)
            for annotator, digests in found.layers.items():
                layers.setdefault(annotator, {}).update(digests)
        check(faults)
        beside = others.measured(corpus, engine, draws=draws, seed=seed) if others else {}
        with threads(2) as begin:  # the lists are long: the disk is waited for meanwhile
            write_lists(listed, scratch, corpus.paths, begin)
            measured: Record = {
                "annotators": chosen,
                "layers": layers,
                "ontology": corpus.ontology.revision,
                "figures": figures(counts, corpus.ontology, draws=draws, seed=seed),
                **beside,
            }
            rounds = with_round(before, name, date, measured)
            drawn = [*plots(measured["figures"], engine)]
    write_whole(path, encode_rounds(rounds))
    write_whole(path.with_suffix(".md"), markdown(rounds).encode())
    for file, data in drawn:
        write_whole(path.with_suffix("") / file, data)
    return rounds


class BatchAgreement(NamedTuple):
    """What a batch gives. counts: by pair of annotators. disagreements: of all pairs, how many of a kind."""

    faults: list[Fault]
    layers: Digests
    counts: dict[Annotators, PairCounts]
    disagreements: Counter[str]


@without_garbage_collection()
def batch_agreement(
    stored: StoredBatch, ontology: Ontology, links: Mapping[str, str], scratch: Path
) -> BatchAgreement:
    """Return the counts of the doubly labelled articles of a batch, or their faults; write the disagreements.

    links: `doc_id/annotator` → address of the task in Label Studio, if known. scratch: see `write_entries`.
    Labels of an article that is itself at fault are left out.
    """
    batch = stored.load()
    names = [PurePosixPath(file).stem for file in batch.layers["file"].to_pylist()]
    times, faulty = Counter(names), set(stored.doc_ids) - batch.texts.keys()
    batch = batch.of_layers([times[name] > 1 and name not in faulty for name in names])
    faults, digests = pair_faults(batch, ontology), layer_digests(batch, ontology)
    compared = [] if faults else list(pairs(batch, ontology))
    counts = {pair.annotators: PairCounts.of(pair, ontology) for pair in compared}
    found = disagreements(compared, batch.texts, ontology, links)
    listed = write_entries(found, batch.texts, scratch, stored.number)
    return BatchAgreement(faults, digests, counts, listed)


def agreement_faults(corpus: Corpus) -> list[Fault]:
    """Return a fault if the last round of agreement.json was measured on other layers than there are.

    Layers of annotators who were not compared, with each other or with gold, do not matter. Raises DataFaults
    if agreement.json, the ontology or the manifest cannot be read.
    """
    rounds = corpus.derived(read_rounds)
    if not rounds:
        return []
    last = rounds[-1]
    measured: Digests = last["layers"]
    here: Digests = {annotator: {} for annotator in last["annotators"]}
    others = read_comparison(corpus, last["annotators"])
    for batch in corpus.batches(annotators=here, gold=False).load():
        of_article = batch.of_layers(pc.is_in(batch.layers["doc_id"], value_set=batch.documents["doc_id"]))
        for annotator, digests in layer_digests(of_article, corpus.ontology).items():
            here.get(annotator, {}).update(digests)
    times = Counter(doc_id for digests in here.values() for doc_id in digests)
    other = []
    for annotator, digests in here.items():
        known = measured[annotator]
        now = {doc_id: digest for doc_id, digest in digests.items() if times[doc_id] > 1}
        other += [f"{annotator} > {d}" for d in sorted(now.keys() | known) if now.get(d) != known.get(d)]
    before, beside = last.get("compared_layers", {}), others.digests(corpus) if others else {}
    other += [
        f"{annotator} > {doc_id}, compared with gold"
        for annotator in sorted(before.keys() | beside)
        for doc_id, _ in sorted(before.get(annotator, {}).items() ^ beside.get(annotator, {}).items())
    ]
    if last["ontology"] != corpus.ontology.revision:
        other.insert(0, f"the ontology, then {last['ontology']}, now {corpus.ontology.revision}")
    if not other:
        return []
    more = f" and {len(other) - SHOWN} more" if len(other) > SHOWN else ""
    what = f"changed since it was measured: {', '.join(other[:SHOWN])}{more}"
    file = corpus.paths.relative(corpus.paths.agreement)
    return [Fault("agreement-stale", f"{file} > round {last['round']}", what, file)]


def _doubly_labelled(corpus: Corpus, names: Sequence[str]) -> tuple[list[str], set[str]]:
    """Return the annotators to compare, sorted, and the articles with label files of two of them.

    names: none for all with labels that are not rules, without those who are only compared with gold. Raises
    UsageError as `choose_annotators` does, and if there is no such article.
    """
    files = labelled(corpus.paths)
    kinds: tuple[Kind, ...] = ("human", "model")
    found = choose_annotators(corpus.annotators, names, kinds=kinds, with_labels=files, compared=False)
    chosen = sorted(annotator.name for annotator in found)
    times = Counter(chain.from_iterable(files[annotator] for annotator in chosen))
    double = {doc_id for doc_id, number in times.items() if number > 1}
    if not double:
        raise UsageError(
            f"no article is labelled by two annotators; compared are {', '.join(chosen) or 'none'}",
            "pull the labels of another (`parley pull`), or name others with --annotators",
        )
    return chosen, double


def read_links(corpus: CorpusPaths) -> dict[str, str]:
    """Return the address of each annotator's task of each article in Label Studio, by `doc_id/annotator`.

    Empty if no server was used. Raises UsageError for a file that is not such a mapping.
    """
    path = corpus.build / LINKS
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str]) if path.is_file() else {}
    except msgspec.DecodeError as error:
        raise UsageError(
            f"{corpus.relative(path)} is not a mapping of `doc_id/annotator` to an address: {error}",
            "remove it, or push the tasks again",
        ) from error
