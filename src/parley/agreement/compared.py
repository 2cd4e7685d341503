"""Annotators whose labels are compared with gold and not adjudicated: what each tells, `compared` says.

As long as there is no gold, they are compared with each of the annotators whose labels would be adjudicated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.agreement.figures import Annotators, PairCounts, figures, pair_faults, pairs
from parley.corpus.batches import Batches, StoredBatch
from parley.corpus.corpus import Corpus
from parley.faults import Fault, check
from parley.model.annotators import Annotator
from parley.model.batch import GOLD, Batch
from parley.model.labels import labelled
from parley.model.ontology import Ontology
from parley.runtime.engine import Cores, Engine

Digests = dict[str, dict[str, str]]  # of layers: annotator → doc_id → hexadecimal digits
DIGITS = 16  # of a layer's digest


@dataclass(frozen=True)
class Comparison:
    """Who is compared with whom. references: `gold`, or annotators' names."""

    annotators: tuple[Annotator, ...]
    references: tuple[str, ...]
    batches: Batches

    def measured(self, corpus: Corpus, engine: Engine, *, draws: int, seed: int) -> Mapping[str, Any]:
        """Return what agreement.json has of it: figures of each annotator, and the digests of the layers.

        An annotator's figures are the mean over the references. Raises DataFaults for layers that are unfit.
        """
        counts: dict[str, dict[Annotators, list[PairCounts]]] = {a.name: {} for a in self.annotators}
        layers: Digests = {}
        faults: list[Fault] = []
        compare = partial(_compared, ontology=corpus.ontology, with_whom=self._pairs())
        for found in self.batches.map(compare, engine, "comparing with gold"):
            faults += found.faults
            for name, digests in found.layers.items():
                layers.setdefault(name, {}).update(digests)
            for pair, some in found.counts.items():
                for name in set(pair) & counts.keys():
                    counts[name].setdefault(pair, []).append(some)
        check(faults)
        rows = []
        for annotator in self.annotators:
            own = counts[annotator.name]
            if own:
                measured = figures(own, corpus.ontology, draws=draws, seed=seed)
                rows.append(
                    {
                        "annotator": annotator.name,
                        "tells": annotator.compared,
                        "with": list(self.references),
                        "documents": measured["documents"],
                        "figures": measured["overall"]["figures"],
                    }
                )
        return {"compared": rows, "compared_layers": layers}

    def digests(self, corpus: Corpus) -> Digests:
        """Return the digests of the layers as they are now."""
        found: Digests = {}
        for stored in self.batches:
            for name, own in layer_digests(_named(stored.load()), corpus.ontology).items():
                found.setdefault(name, {}).update(own)
        return found

    def _pairs(self) -> frozenset[Annotators]:
        found = (sorted((a.name, other)) for a in self.annotators for other in self.references)
        return frozenset((one, two) for one, two in found)


def read_comparison(
    corpus: Corpus, adjudicated: Sequence[str], engine: Engine | None = None
) -> Comparison | None:
    """Return who is compared with gold or, without it, with those adjudicated; None if nobody is."""
    others = [a for a in corpus.annotators.values() if a.compared and a.name not in adjudicated]
    with_labels = labelled(corpus.paths) if others else {}
    compared = tuple(a for a in others if a.name in with_labels)
    if not compared:
        return None
    is_gold = any(corpus.paths.gold.glob("*.json"))
    everybody = {*adjudicated, *(a.name for a in compared)}
    read = corpus.batches(engine or Cores(), annotators=everybody, gold=is_gold)
    if is_gold:
        read = read.of_layers(frozenset(a.name for a in compared), gold=True)
    return Comparison(compared, (GOLD,) if is_gold else tuple(adjudicated), read)


class _BatchComparison(NamedTuple):
    faults: list[Fault]
    layers: Digests
    counts: dict[Annotators, PairCounts]


def _compared(stored: StoredBatch, ontology: Ontology, with_whom: frozenset[Annotators]) -> _BatchComparison:
    batch = _named(stored.load())
    faults = pair_faults(batch, ontology)
    found = (
        {}
        if faults
        else {p.annotators: PairCounts.of(p, ontology) for p in pairs(batch, ontology, with_whom)}
    )
    return _BatchComparison(faults, layer_digests(batch, ontology), found)


def _named(batch: Batch) -> Batch:
    """Return a batch's articles with their layers, `gold` in place of the lead's name."""
    batch = batch.of_layers(pc.is_in(batch.layers["doc_id"], value_set=batch.documents["doc_id"]))
    layers = batch.layers
    names = pc.if_else(pc.equal(layers["origin"], GOLD), GOLD, layers["annotator"])
    place = layers.schema.get_field_index("annotator")
    layers = layers.set_column(place, layers.schema.field(place), names)
    return Batch(batch.documents, layers, batch.spans, batch.relations)


def layer_digests(batch: Batch, ontology: Ontology) -> Digests:
    """Return a digest of each layer's text and labels; when and how long somebody worked is left out."""
    lines = [[text or ""] for text in batch.layers["text_sha256"].to_pylist()]
    attributes = (*ontology.attribute_names, "other_attributes")
    for table, names in (
        (batch.spans, ("label", "start", "end", *attributes)),
        (batch.relations, ("label", "head", "tail")),
    ):
        columns = [pc.fill_null(table[name].cast(pa.string()), "\0") for name in names]
        labels = pc.binary_join_element_wise(*columns, "\t").to_pylist()
        ends = np.searchsorted(table["layer"], np.arange(len(lines) + 1)).tolist()
        for own, begin, end in zip(lines, ends[:-1], ends[1:], strict=True):
            own.extend(labels[begin:end])
    for name in (*ontology.of_document, "other_attributes") if ontology.document_attributes else ():
        for own, value in zip(lines, batch.layers[name].to_pylist(), strict=True):
            own.extend([f"{name}={value}"] if value is not None else [])
    found: Digests = {}
    owners = (batch.layers[name].to_pylist() for name in ("annotator", "doc_id"))
    for annotator, doc_id, own in zip(*owners, lines, strict=True):
        digest = hashlib.sha256("\n".join(sorted(own)).encode()).hexdigest()
        found.setdefault(annotator, {})[doc_id] = digest[:DIGITS]
    return found
