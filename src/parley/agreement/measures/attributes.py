"""Agreement on attributes of matched spans, and on which mentions are of one thing.

Attributes are compared on the relaxed matching: spans of equal label that share text, one to one, so that a
quotation whose boundary is in doubt still says whether it is direct. An attribute without a value has a value
like any other if the label has the attribute: to leave it empty is a decision. So it is with attributes of
the whole article, of which every article that both labelled is an item. An attribute that names
several entities is one value: both annotators agree if they name the same set.

Mentions of one thing are clusters: by the links of a symmetric relation, or by the entity they name. Three
mentions can be linked in three ways by two links: as relations those disagree, as clusters they are the same.
Two rows of entities.csv for one thing are forgiven too if they are used consistently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from parley.agreement.measures.contingency import Contingency, Crosstab, agreement, margin, ratio
from parley.agreement.measures.matching import (
    Flags,
    Floats,
    Ints,
    Labels,
    Matching,
    count,
)
from parley.model.ontology import Attribute, Ontology
from parley.runtime.lazy_imports import UNUSED_BY_SCIPY, deferred


def attribute_names(ontology: Ontology) -> list[str]:
    """Return a name for each attribute of the ontology: `level`, or `value (TIME)` if two share a name."""
    names = [a.name for a in ontology.attributes]
    return [
        a.name if names.count(a.name) == 1 else f"{a.name} ({', '.join(a.labels)})"
        for a in ontology.attributes
    ]


def bearers(labels: Labels, rows: Ints, attribute: Attribute, ontology: Ontology) -> Flags:
    """Say which of some spans have a label with the attribute, a flag a row."""
    of_label = np.isin(ontology.span_names, attribute.labels)
    return of_label[labels.label[rows]]


def attribute_table(
    first: Labels, second: Labels, matching: Matching, attributes: Sequence[Attribute], ontology: Ontology
) -> Contingency:
    """Return the values of both annotators on matched spans whose label has one of `attributes`."""
    rows_a, rows_b = matching.pairs
    doc = [rows_a[:0]]
    of_first: list[pa.Array] = []
    of_second: list[pa.Array] = []
    for attribute in attributes:
        kept = bearers(first, rows_a, attribute, ontology)
        doc.append(first.doc[rows_a[kept]])
        for found, labels, rows in ((of_first, first, rows_a), (of_second, second, rows_b)):
            found.extend(labels.table[attribute.name].take(pa.array(rows[kept])).chunks)
    return Contingency.of_values(np.concatenate(doc), of_first, of_second)


def document_table(said: tuple[pa.Table, pa.Table], name: str) -> Contingency:
    """Return what both annotators say of each article. said: a row an article, a column an attribute."""
    first, second = (one[name].chunks for one in said)
    return Contingency.of_values(np.arange(said[0].num_rows), first, second)


def cluster_counts(
    first: Labels, second: Labels, matching: Matching, relation: int, docs: int
) -> dict[str, Ints | Floats]:
    """Return by document, (docs, 1), the matched spans that at least one annotator linked to another.

    `items`: how many; `precision`, `recall`: the sums of theirs, see `b_cubed`. No cluster reaches across
    documents. relation: index of a symmetric relation.
    """
    linked_a, cluster_a = components(first, relation)
    linked_b, cluster_b = components(second, relation)
    rows_a, rows_b = matching.pairs
    kept = linked_a[rows_a] | linked_b[rows_b]
    doc, ones, others = first.doc[rows_a[kept]], cluster_a[rows_a[kept]], cluster_b[rows_b[kept]]
    counts: dict[str, Ints | Floats] = {"items": count(docs, 1, doc)}
    table = Contingency.of(doc, ones, others)
    by_cluster = Crosstab(table.first, table.second, table.times[None].astype(float))
    for name, share in zip(("precision", "recall"), _shares(by_cluster), strict=True):
        counts[name] = np.bincount(table.doc, share[0], minlength=docs).reshape(docs, 1)
    return counts


def components(labels: Labels, relation: int) -> tuple[Flags, Ints]:
    """Return for each span whether it is linked to another, and the number of its cluster."""
    with deferred(*UNUSED_BY_SCIPY):
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

    chosen = labels.relation_label == relation
    head, tail = labels.head[chosen], labels.tail[chosen]
    spans = np.arange(labels.doc.size)
    links = coo_array((np.ones(head.size), (head, tail)), shape=(spans.size, spans.size))
    _, cluster = connected_components(links, directed=False)
    return np.isin(spans, np.concatenate([head, tail])), cluster.astype(np.int64)


def linking_figures(table: Crosstab) -> dict[str, Any]:
    """Return the share of equal ids, and B³, over matched mentions whose entity both annotators name."""
    named = table.of_both()
    return {"same": agreement(named), "b_cubed": _cluster_figures(named.items, *b_cubed(named))}


def cluster_figures(sums: Mapping[str, Floats], name: str) -> dict[str, Any]:
    """Return the figures of sums of `cluster_counts`, (draws, 1). name: what their names begin with."""
    items, *shares = (sums[f"{name}.{what}"][:, 0] for what in ("items", "precision", "recall"))
    precision, recall = (ratio(share, items) for share in shares)
    return _cluster_figures(items, precision, recall, _f1(precision, recall))


def _cluster_figures(items: Floats, precision: Floats, recall: Floats, f1: Floats) -> dict[str, Any]:
    """Return the number of mentions and their B³, the first annotator's clusters as the key."""
    return {"items": items.astype(np.int64), "precision": precision, "recall": recall, "f1": f1}


def b_cubed(table: Crosstab) -> tuple[Floats, Floats, Floats]:
    """Return B³ precision, recall and F1, (draws,), of the second's clusters compared with the first's.

    Bagga & Baldwin (1998): a mention's precision is the share of its cluster by the second that is in its
    cluster by the first; recall the other way round; both averaged over mentions. Items are mentions, values
    are names of clusters, equal or not: only which mentions are together counts.
    """
    precision, recall = (ratio(share.sum(axis=1), table.items) for share in _shares(table))
    return precision, recall, _f1(precision, recall)


def _shares(table: Crosstab) -> Iterator[Floats]:
    """Yield the sums of precision, then of recall, over the mentions of pairs of clusters, (draws, pairs)."""
    for values in (table.second, table.first):
        distinct, sizes = margin(values, table.sums)
        size = sizes[:, np.searchsorted(distinct, values)]  # of the cluster of each pair of values
        yield np.divide(table.sums * table.sums, size, out=np.zeros_like(size), where=size > 0)


def _f1(precision: Floats, recall: Floats) -> Floats:
    return ratio(2 * precision * recall, precision + recall)
