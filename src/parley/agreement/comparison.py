"""Some doubly labelled documents compared: read, checked, counted and listed, in whichever process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from parley.agreement.disagreement_list import Listed, listed
from parley.agreement.disagreements import Disagreement, disagreements, worst_first
from parley.agreement.measurement import Tally, layer_batches, pairings
from parley.faults import DataFaults, Fault
from parley.model.labels import read_layers
from parley.model.layer_faults import differences, layer_faults
from parley.model.ontology import read_ontology
from parley.model.paths import CorpusPaths
from parley.runtime.csv_rows import Row
from parley.seeds.manifest import read_rows
from parley.seeds.rules import read_rules

BLOCK = 128  # documents: as many as pay for the columns, few enough for several processes


@dataclass(frozen=True)
class Block:
    """Documents to compare: their rows of the manifest with line numbers, and the label files of each."""

    rows: list[tuple[int, Row]]
    files: dict[str, list[Path]]


@dataclass
class Compared:
    """What a block gave. tallies: by pair of annotators; listed: disagreements of all pairs, by kind."""

    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    listed: dict[str, Listed] = field(default_factory=dict)
    wrong: list[Fault] = field(default_factory=list)


def blocks(files: Mapping[str, list[Path]], rows: Mapping[str, tuple[int, Row]]) -> Iterator[Block]:
    """Yield the documents that have label files in blocks, in the order of `files`.

    rows: doc_id → row of the manifest with its line number; a document may have none.
    """
    names = list(files)
    for begin in range(0, len(names), BLOCK):
        some = names[begin : begin + BLOCK]
        yield Block([rows[n] for n in some if n in rows], {n: files[n] for n in some})


def comparer(corpus: CorpusPaths, links: Mapping[str, str]) -> Callable[[Block], Compared]:
    """Return the function that compares a block.

    links: `doc_id/annotator` → address of the task in Label Studio, where known. Among its faults are label
    files that cannot be read or are unfit to be compared (`parley.model.layer_faults`), and faulty articles.
    """
    ontology, rules = read_ontology(corpus.ontology), read_rules(corpus)

    def compare(block: Block) -> Compared:
        compared = Compared()
        documents, compared.wrong = read_rows(corpus, block.rows, rules)
        by_id = {d.doc_id: d for d in documents}
        faulty = {row["doc_id"] for _, row in block.rows} - by_id.keys()
        paths = [path for name, own in block.files.items() if name not in faulty for path in own]
        try:
            layers = read_layers(corpus, paths)
            for path, layer in zip(paths, layers, strict=True):
                compared.wrong.extend(layer_faults(corpus, path, layer, by_id, ontology))
            if not compared.wrong:
                of_documents = groupby(layers, key=lambda layer: layer.doc_id)
                compared.wrong.extend(f for _, own in of_documents for f in differences([*own]))
            if compared.wrong:
                return compared
            texts = {name: document.text for name, document in by_id.items()}
            lengths = {name: len(text) for name, text in texts.items()}
            found: list[Disagreement] = []
            for batch in layer_batches(layers, ontology, lengths):
                for names, pairing in pairings(batch, ontology):
                    compared.tallies.setdefault(names, Tally(ontology)).add(pairing, lengths)
                    found += disagreements(
                        pairing.first,
                        pairing.second,
                        pairing.relaxed,
                        ontology,
                        doc_ids=pairing.doc_ids,
                        annotators=names,
                    )
            compared.listed = listed(worst_first(found), texts, links)
        except DataFaults as found_wrong:
            compared.wrong.extend(found_wrong.faults)
        return compared

    return compare
