"""Two annotators' labels on the same documents, matched, and the counts by document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from parley.agreement.measures import attributes, clusters, relations, spans, unitizing
from parley.agreement.measures.contingency import Contingency
from parley.agreement.measures.labels import Ints, Labels, labels_of
from parley.agreement.measures.matching import Matching, blind, exact, relaxed
from parley.faults import Fault
from parley.model.batch import Batch
from parley.model.labels import Layer
from parley.model.ontology import Ontology
from parley.validation.layer_faults import differences, layer_faults

Annotators = tuple[str, str]  # by name


@dataclass(frozen=True)
class Pair:
    """The labels of two annotators on the documents of a batch that both labelled.

    lengths: of the documents' texts, code points.
    """

    annotators: Annotators
    doc_ids: tuple[str, ...]
    lengths: Ints
    first: Labels
    second: Labels
    exact: Matching
    relaxed: Matching


def pairs(batch: Batch, ontology: Ontology) -> Iterator[Pair]:
    """Yield every two annotators of a batch that labelled a document in common. The layers have no faults."""
    columns = (batch.documents["doc_id"], pc.utf8_length(batch.documents["text"]))
    lengths = dict(zip(*(column.to_pylist() for column in columns), strict=True))
    documents: dict[str, set[str]] = {}
    for name, doc_id in zip(*(batch.layers[c].to_pylist() for c in ("annotator", "doc_id")), strict=True):
        documents.setdefault(name, set()).add(doc_id)
    for names in combinations(sorted(documents), 2):
        both = documents[names[0]] & documents[names[1]]
        shared = tuple(doc_id for doc_id in lengths if doc_id in both)
        if shared:
            first, second = (labels_of(batch, name, shared, ontology) for name in names)
            length = np.array([lengths[doc_id] for doc_id in shared], np.int64)
            yield Pair(names, shared, length, first, second, exact(first, second), relaxed(first, second))


def pair_faults(batch: Batch, ontology: Ontology) -> list[Fault]:
    """Return why layers of a batch cannot be compared: faults of one (`layer_faults`), or other revisions."""
    faults = layer_faults(batch, ontology)
    layers: dict[str, list[Layer]] = {}
    for row in batch.layers.to_pylist():
        layer = Layer(row["doc_id"], row["text_sha256"], row["annotator"], row["ontology"], "", None, (), ())
        layers.setdefault(layer.doc_id, []).append(layer)
    unfit = {batch.layers["doc_id"][number].as_py() for number in faults}
    sound = (of_document for doc_id, of_document in layers.items() if doc_id not in unfit)
    return [*chain(*faults.values()), *chain(*map(differences, sound))]


@dataclass(frozen=True)
class PairCounts:
    """What is counted of a pair; figures are functions of sums over documents.

    counts: by name, a row a document. tables: values that both gave, by name. values: what the numbers of an
    attribute's table mean. spans: of both annotators, as many as there may be numbers of clusters.
    """

    doc_ids: tuple[str, ...]
    counts: dict[str, npt.NDArray[np.unsignedinteger]]
    tables: dict[str, Contingency]
    values: dict[str, list[str]]
    spans: int

    @classmethod
    def of(cls, pair: Pair, ontology: Ontology) -> PairCounts:
        """Return the counts of a pair."""
        first, second, docs, labels = pair.first, pair.second, len(pair.doc_ids), len(ontology.spans)
        matchings = {"exact": pair.exact, "relaxed": pair.relaxed}
        counts = spans.span_counts(first, second, matchings, blind(first, second), docs=docs, labels=labels)
        counts |= unitizing.unitizing_counts(first, second, pair.lengths, labels)
        tables, values = {"labels": spans.label_table(first, second)}, {}
        for name, matching in matchings.items():
            more, tables[f"pairs.{name}"] = relations.relation_counts(
                first, second, matching, ontology, name=name, docs=docs
            )
            counts |= more
        named = zip(attributes.attribute_names(ontology), ontology.attributes, strict=True)
        groups = {f"attribute.{name}": [attribute] for name, attribute in named}
        groups["linking"] = [a for a in ontology.attributes if a.kind == "entity"]
        for name, group in groups.items():
            tables[name], values[name] = attributes.attribute_table(
                first, second, pair.relaxed, group, ontology
            )
        for number, relation in enumerate(ontology.relations):
            if relation.symmetric:
                table = clusters.cluster_table(first, second, pair.relaxed, number)
                tables[f"clusters.{relation.name}"] = table
        # mostly one byte a count: this is the memory that stays, and grows with the documents
        small = {n: c.astype(np.min_scalar_type(int(c.max(initial=0)))) for n, c in counts.items()}
        return cls(pair.doc_ids, small, tables, values, first.doc.size + second.doc.size)

    @classmethod
    def merged(cls, parts: Sequence[PairCounts]) -> PairCounts:
        """Return the counts of different documents as one. There is at least one part."""
        documents = np.cumsum([0, *(len(part.doc_ids) for part in parts)]).tolist()[:-1]
        seen = np.cumsum([0, *(part.spans for part in parts)]).tolist()
        tables, values = {}, {}
        for name in parts[0].tables:
            found = [part.tables[name] for part in parts]
            if name in parts[0].values:
                known: dict[str, int] = {}
                for place, part in enumerate(parts):
                    numbers = [known.setdefault(value, len(known)) for value in part.values[name]]
                    found[place] = found[place].renumbered(np.array(numbers, np.int64))
                values[name] = list(known)
            elif name.startswith("clusters."):
                found = [t.renumbered(np.arange(seen[n], seen[n + 1])) for n, t in enumerate(found)]
            tables[name] = Contingency.merged(found, documents)
        return cls(
            tuple(chain(*(part.doc_ids for part in parts))),
            {name: np.concatenate([part.counts[name] for part in parts]) for name in parts[0].counts},
            tables,
            values,
            seen[-1],
        )
