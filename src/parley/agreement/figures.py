"""Every figure of agreement, for every pair of annotators and over all pairs, with bootstrap intervals.

Of each batch only counts by document are kept, so memory grows with the number of documents and not with the
labels. Figures are functions of sums over documents; intervals come from drawing whole articles with
replacement (Efron & Tibshirani 1993), as labels of one article are not independent. With few articles they
are rough, and too narrow if anything: five articles can be drawn in 126 ways only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.agreement.measures import attributes, relations, spans
from parley.agreement.measures.contingency import Contingency, Crosstab, value_figures
from parley.agreement.measures.matching import (
    Floats,
    Ints,
    Labels,
    Matching,
    exact,
    labels_of,
    relaxed,
    small,
)
from parley.faults import Fault, check
from parley.model.batch import Batch
from parley.model.labels import Layer
from parley.model.ontology import Ontology
from parley.validation.layer_faults import differences, layer_faults

DRAWS, SEED, CONFIDENCE, DIGITS = 1000, 20250325, 0.95, 4
_EXACT = 2**24  # integers below are whole in 32 bits
_CELLS = 1_000_000  # numbers held at once for a chunk of draws

Annotators = tuple[str, str]  # by name
Figures = dict[str, Any]


def measure(batches: Iterable[Batch], ontology: Ontology, *, draws: int = DRAWS, seed: int = SEED) -> Figures:
    """Return all figures of agreement between the annotators of batches, ready for JSON.

    All layers of a document are in one batch. draws: of the bootstrap; 0 for no intervals. Raises DataFaults
    for layers that are unfit to be compared. For what comes back see `figures`.

        corpus = Corpus.at(Path("."))
        measured = measure(corpus.batches(gold=False).load(), corpus.ontology)
        measured["overall"]["figures"]["spans"]["exact"]["micro"]["f1"]
        # {"value": 0.9278, "low": 0.8989, "high": 0.9583}
    """
    counts: dict[Annotators, list[PairCounts]] = {}
    for batch in batches:
        check(pair_faults(batch, ontology))
        for pair in pairs(batch, ontology):
            counts.setdefault(pair.annotators, []).append(PairCounts.of(pair, ontology))
    return figures(counts, ontology, draws=draws, seed=seed)


@dataclass(frozen=True)
class Pair:
    """The labels of two annotators on the documents of a batch that both labelled.

    lengths: of the documents' texts, code points. said: of each of the documents by the first and by the
    second, a column an attribute of the document.
    """

    annotators: Annotators
    doc_ids: tuple[str, ...]
    lengths: Ints
    said: tuple[pa.Table, pa.Table]
    first: Labels
    second: Labels
    exact: Matching
    relaxed: Matching


def pairs(batch: Batch, ontology: Ontology, among: Collection[Annotators] | None = None) -> Iterator[Pair]:
    """Yield every two annotators of a batch that labelled a document in common. The layers have no faults.

    among: which pairs, in order of name; None for all.
    """
    columns = (batch.documents["doc_id"], pc.utf8_length(batch.documents["text"]))
    lengths = dict(zip(*(column.to_pylist() for column in columns), strict=True))
    documents: dict[str, set[str]] = {}
    for name, doc_id in zip(*(batch.layers[c].to_pylist() for c in ("annotator", "doc_id")), strict=True):
        documents.setdefault(name, set()).add(doc_id)
    for names in combinations(sorted(documents), 2):
        if among is not None and names not in among:
            continue
        both = documents[names[0]] & documents[names[1]]
        shared = tuple(doc_id for doc_id in lengths if doc_id in both)
        if shared:
            first, second = (labels_of(batch, name, shared, ontology) for name in names)
            length = np.array([lengths[doc_id] for doc_id in shared], np.int64)
            said = _said(batch, names[0], shared, ontology), _said(batch, names[1], shared, ontology)
            matchings = exact(first, second), relaxed(first, second)
            yield Pair(names, shared, length, said, first, second, *matchings)


def _said(batch: Batch, annotator: str, doc_ids: Sequence[str], ontology: Ontology) -> pa.Table:
    """Return what an annotator says of documents, a row each in the order of their ids."""
    own = batch.layers.filter(pc.equal(batch.layers["annotator"], annotator))
    rows = pc.index_in(pa.array(doc_ids, pa.string()), value_set=own["doc_id"].combine_chunks())
    return own.select(list(ontology.of_document)).take(rows)


def pair_faults(batch: Batch, ontology: Ontology) -> list[Fault]:
    """Return why layers of a batch cannot be compared: faults of one (`layer_faults`), or other revisions."""
    faults = layer_faults(batch, ontology)
    unfit = {batch.layers["doc_id"][number].as_py() for number in faults}
    layers: dict[str, list[Layer]] = {}
    for row in batch.layers.select(["doc_id", "annotator", "text_sha256", "ontology"]).to_pylist():
        if row["doc_id"] not in unfit:
            text, revision = row["text_sha256"], row["ontology"]
            own = Layer(row["doc_id"], text, row["annotator"], revision, "", None, (), ())
            layers.setdefault(own.doc_id, []).append(own)
    return [*chain(*faults.values()), *chain(*map(differences, layers.values()))]


@dataclass(frozen=True)
class PairCounts:
    """What is counted of a pair; figures are functions of sums over documents.

    counts: by name, a row a document; those of clusters are sums of shares. tables: values that both gave, by
    name.
    """

    doc_ids: tuple[str, ...]
    counts: dict[str, npt.NDArray[Any]]
    tables: dict[str, Contingency]

    @classmethod
    def of(cls, pair: Pair, ontology: Ontology) -> PairCounts:
        """Return the counts of a pair."""
        first, second, docs, labels = pair.first, pair.second, len(pair.doc_ids), len(ontology.spans)
        matchings = {"exact": pair.exact, "relaxed": pair.relaxed}
        counts = spans.span_counts(first, second, matchings, docs=docs, labels=labels)
        counts |= spans.unitizing_counts(first, second, pair.lengths, labels)
        tables = {"labels": spans.label_table(first, second)}
        for name, matching in matchings.items():
            more, tables[f"pairs.{name}"] = relations.relation_counts(
                first, second, matching, ontology, name=name, docs=docs
            )
            counts |= more
        named = zip(attributes.attribute_names(ontology), ontology.attributes, strict=True)
        groups = {f"attribute.{name}": [attribute] for name, attribute in named}
        groups["linking"] = [a for a in ontology.attributes if a.kind == "entity"]
        for name, group in groups.items():
            tables[name] = attributes.attribute_table(first, second, pair.relaxed, group, ontology)
        for name in ontology.of_document:
            tables[f"document.{name}"] = attributes.document_table(pair.said, name)
        clusters = {
            f"clusters.{relation.name}.{name}": found
            for number, relation in enumerate(ontology.relations)
            if relation.symmetric
            for name, found in attributes.cluster_counts(first, second, pair.relaxed, number, docs).items()
        }
        # mostly one byte a count: this is the memory that stays, and grows with the documents
        return cls(
            pair.doc_ids,
            {name: small(found) for name, found in (*counts.items(), *clusters.items())},
            {name: table.small() for name, table in tables.items()},
        )

    @classmethod
    def merged(cls, parts: Sequence[PairCounts]) -> PairCounts:
        """Return the counts of different documents as one. There is at least one part."""
        documents = np.cumsum([0, *(len(part.doc_ids) for part in parts[:-1])]).tolist()
        return cls(
            tuple(chain(*(part.doc_ids for part in parts))),
            {name: np.concatenate([part.counts[name] for part in parts]) for name in parts[0].counts},
            {
                name: Contingency.merged([part.tables[name] for part in parts], documents)
                for name in parts[0].tables
            },
        )


def figures(
    counts: Mapping[Annotators, Sequence[PairCounts]], ontology: Ontology, *, draws: int, seed: int
) -> Figures:
    """Return the figures of counts, with bootstrap intervals from draws that all pairs share.

    `pairs`: for every two annotators with documents in common, their figures; `overall`: the mean of each
    figure over the pairs that define it. A measure is {"value", "low", "high"}, rounded to 4 digits, None
    for 0/0; a count is a whole number (over pairs: their sum).
    """
    merged = {names: PairCounts.merged(counts[names]) for names in sorted(counts)}
    documents = sorted({doc_id for pair in merged.values() for doc_id in pair.doc_ids})
    draws = draws if len(documents) > 1 else 0  # of one article every draw is that article
    rank = {doc_id: number for number, doc_id in enumerate(documents)}
    width = max((len(t.pairs[0]) for pair in merged.values() for t in pair.tables.values()), default=1)
    found, trees, matrices = [], [], []
    for names, pair in merged.items():
        drawn = weights(len(documents), draws, seed, width)
        own = [rank[doc_id] for doc_id in pair.doc_ids]
        once, sums = np.ones((1, len(own))), _Sums(pair.counts, len(documents))
        # the weights of a document beside each other: see `Contingency.crosstab`
        each = (w.T[own].T for w in drawn)
        parts = [_pair_figures(pair, sums, ontology, w) for w in chain([once], each)]
        trees.append(_merged(parts, np.concatenate))  # what was found, then each draw
        matrices.append(spans.confusion(pair.tables["labels"].crosstab(once), len(ontology.spans)))
        found.append(
            {
                "annotators": list(names),
                "documents": len(own),
                "confusion": matrices[-1].tolist(),
                "figures": _merged([trees[-1] if len(own) > 1 else parts[0]], _mean),
            }
        )
    return {
        "bootstrap": {"draws": draws, "seed": seed, "confidence": CONFIDENCE, "of": "articles"},
        "documents": len(documents),
        "labels": list(ontology.span_names) if merged else [],
        "pairs": found,
        "overall": {
            "confusion": np.sum(matrices, axis=0).tolist() if matrices else [],
            "figures": _merged(trees, _mean) if trees else {},
        },
    }


def weights(documents: int, draws: int, seed: int, width: int = 1) -> Iterator[Floats]:
    """Yield how often each document is drawn, (some draws, documents), until `draws` are done.

    seed: equal seeds give equal draws on every machine. width: numbers that one draw needs, which bounds
    how many draws are yielded at once.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    at_once = max(1, min(draws, _CELLS // max(documents, width, 1)))
    for begin in range(0, draws, at_once):
        rows = min(at_once, draws - begin)
        place = generator.integers(0, documents, size=(rows, documents))
        place += documents * np.arange(rows)[:, None]
        yield np.bincount(place.ravel(), minlength=rows * documents).reshape(rows, documents).astype(float)


class _Sums:
    """Sums of counts over weighted documents.

    Of integers below 2**53, in 32 bits below 2**24, they are exact: no library's order of adding shows.
    """

    def __init__(self, counts: Mapping[str, npt.NDArray[Any]], drawn: int) -> None:
        """Join counts with rows of documents, of which `drawn` are drawn at a time."""
        self._parts: list[tuple[list[str], list[int], npt.NDArray[Any]]] = []
        small = {
            n for n, c in counts.items() if c.dtype.kind == "u" and drawn * int(c.max(initial=0)) < _EXACT
        }
        for kind, names in ((np.float32, small), (np.float64, counts.keys() - small)):
            own = sorted(names)
            if own:
                ends = np.cumsum([counts[name].shape[1] for name in own])[:-1].tolist()
                joined = np.concatenate([counts[name] for name in own], axis=1)
                self._parts.append((own, ends, joined.astype(kind)))

    def of(self, weights: Floats) -> dict[str, Floats]:
        """Return the sums by name, (draws, columns of the count)."""
        sums: dict[str, Floats] = {}
        for names, ends, joined in self._parts:
            found = (weights.astype(joined.dtype) @ joined).astype(float)
            sums |= zip(names, np.split(found, ends, axis=1), strict=True)
        return sums


def _pair_figures(pair: PairCounts, counts: _Sums, ontology: Ontology, weights: Floats) -> Figures:
    """Return the tree of a pair's figures on weighted documents; leaves are (draws,), counts are integers."""
    sums = counts.of(weights)

    def table(name: str) -> Crosstab:
        return pair.tables[name].crosstab(weights)

    on_pairs = {matching: table(f"pairs.{matching}") for matching in ("exact", "relaxed")}
    symmetric = [r.name for r in ontology.relations if r.symmetric]
    document = {name: value_figures(table(f"document.{name}")) for name in ontology.of_document}
    return {
        **({"document": document} if document else {}),
        "spans": {
            **spans.span_figures(sums, table("labels"), ontology.span_names),
            "alpha": spans.unitizing_figures(sums, ontology.span_names),
        },
        "attributes": {
            name: value_figures(table(f"attribute.{name}")) for name in attributes.attribute_names(ontology)
        },
        "linking": attributes.linking_figures(table("linking")),
        "relations": {
            **relations.relation_figures(sums, on_pairs, ontology.relation_names),
            "clusters": {name: attributes.cluster_figures(sums, f"clusters.{name}") for name in symmetric},
        },
    }


def _merged(trees: Sequence[Figures], merge: Callable[[list[Any]], Any]) -> Figures:
    """Return one tree for several of one shape; merge: makes one leaf of the leaves of one place."""
    return {
        name: _merged([tree[name] for tree in trees], merge)
        if isinstance(branch, dict)
        else merge([tree[name] for tree in trees])
        for name, branch in trees[0].items()
    }


def _mean(leaves: Sequence[Ints | Floats]) -> int | dict[str, float | None]:
    """Return the sum of a count over pairs, or the mean of a measure over the pairs that define it.

    leaves: of each pair, what was found and then each draw; NaN for 0/0.
    """
    values = np.stack(leaves)
    if values.dtype.kind != "f":
        return int(values[:, 0].sum())
    defined = ~np.isnan(values)
    number = defined.sum(axis=0)
    means = np.where(number > 0, np.where(defined, values, 0).sum(axis=0) / np.maximum(number, 1), np.nan)
    low, high = interval(means[1:]) if number[0] else (np.nan, np.nan)
    return {"value": _rounded(means[0]), "low": _rounded(low), "high": _rounded(high)}


def interval(values: Floats) -> tuple[float, float]:
    """Return the percentile interval of a figure over the draws that define it, NaN if none does."""
    defined = values[~np.isnan(values)]
    if not defined.size:
        return np.nan, np.nan
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return low, high


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), DIGITS) + 0.0  # no -0.0
