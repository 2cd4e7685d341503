"""Agreement on attributes of matched spans, and on which mentions are of one thing.

Attributes are compared on the relaxed matching: spans of equal label that share text, one to one, so that a
quotation whose boundary is in doubt still says whether it is direct. An attribute without a value has a value
like any other if the label has the attribute: to leave it empty is a decision. An attribute that names
several entities is one value: both annotators agree if they name the same set.

Mentions of one thing are clusters: by the links of a symmetric relation, or by the entity they name. Three
mentions can be linked in three ways by two links: as relations those disagree, as clusters they are the same.
Two rows of entities.csv for one thing are forgiven too if they are used consistently.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from parley.agreement.measures.contingency import Contingency, Crosstab, agreement, margin, ratio
from parley.agreement.measures.matching import UNUSED_BY_SCIPY, Flags, Floats, Ints, Labels, Matching
from parley.model.ontology import Attribute, Ontology
from parley.runtime.lazy_imports import deferred


def attribute_names(ontology: Ontology) -> list[str]:
    """Return a name for each attribute of the ontology: `level`, or `value (TIME)` if two share a name."""
    names = [a.name for a in ontology.attributes]
    return [
        a.name if names.count(a.name) == 1 else f"{a.name} ({', '.join(a.labels)})"
        for a in ontology.attributes
    ]


def bearers(labels: Labels, rows: Ints, attribute: Attribute, ontology: Ontology) -> Flags:
    """Say which of some spans have a label with the attribute, a flag a row."""
    return np.isin(labels.label[rows], [ontology.span_names.index(x) for x in attribute.labels])


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


def cluster_table(
    first: Labels, second: Labels, matching: Matching, relation: int, doc_ids: Sequence[str]
) -> Contingency:
    """Return the clusters, by name, of matched spans that at least one annotator linked to another.

    relation: index of a symmetric relation.
    """
    linked_a, cluster_a = components(first, relation)
    linked_b, cluster_b = components(second, relation)
    rows_a, rows_b = matching.pairs
    kept = linked_a[rows_a] | linked_b[rows_b]
    doc = first.doc[rows_a[kept]]
    names = (
        [f"{doc_ids[d]}/{number}" for d, number in zip(doc.tolist(), numbers.tolist(), strict=True)]
        for numbers in (cluster_a[rows_a[kept]], cluster_b[rows_b[kept]])
    )
    return Contingency.of_values(doc, *([pa.array(column, pa.string())] for column in names))


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
    return {"same": agreement(named), "b_cubed": cluster_figures(named)}


def cluster_figures(table: Crosstab) -> dict[str, Any]:
    """Return the number of mentions and their B³, the first annotator's clusters as the key."""
    precision, recall, f1 = b_cubed(table)
    return {"items": table.items.astype(np.int64), "precision": precision, "recall": recall, "f1": f1}


def b_cubed(table: Crosstab) -> tuple[Floats, Floats, Floats]:
    """Return B³ precision, recall and F1, (draws,), of the second's clusters compared with the first's.

    Bagga & Baldwin (1998): a mention's precision is the share of its cluster by the second that is in its
    cluster by the first; recall the other way round; both averaged over mentions. Items are mentions, values
    are names of clusters, equal or not: only which mentions are together counts.
    """
    shares = []
    for values in (table.second, table.first):
        distinct, sizes = margin(values, table.sums)
        size = sizes[:, np.searchsorted(distinct, values)]  # of the cluster of each pair of values
        inside = np.divide(table.sums * table.sums, size, out=np.zeros_like(size), where=size > 0)
        shares.append(ratio(inside.sum(axis=1), table.items))
    precision, recall = shares
    return precision, recall, ratio(2 * precision * recall, precision + recall)
