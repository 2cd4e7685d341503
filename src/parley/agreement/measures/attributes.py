"""Agreement on attributes of matched spans.

Attributes are compared on the relaxed matching: spans of equal label that share text, one to one, so that a
quotation whose boundary is in doubt still says whether it is direct. An attribute without a value has a value
like any other if the label has the attribute: to leave it empty is a decision.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.agreement.measures.contingency import NOTHING, Contingency
from parley.agreement.measures.labels import Flags, Ints, Labels
from parley.agreement.measures.matching import Matching
from parley.model.ontology import Attribute, Ontology


def attribute_names(ontology: Ontology) -> list[str]:
    """Return a name for each attribute of the ontology: `level`, or `value (TIME)` if two share a name."""
    names = [a.name for a in ontology.attributes]
    return [
        a.name if names.count(a.name) == 1 else f"{a.name} ({', '.join(a.labels)})"
        for a in ontology.attributes
    ]


def bearers(labels: Labels, rows: Ints, attribute: Attribute, ontology: Ontology) -> Flags:
    """Say which of some spans have a label with the attribute, a flag a row."""
    flags: Flags = np.isin(labels.label[rows], [ontology.span_names.index(x) for x in attribute.labels])
    return flags


def attribute_table(
    first: Labels, second: Labels, matching: Matching, attributes: Sequence[Attribute], ontology: Ontology
) -> tuple[Contingency, list[str]]:
    """Return the values of both annotators on matched spans whose label has one of `attributes`.

    Then what each number of the table means.
    """
    rows_a, rows_b = matching.pairs
    doc = [rows_a[:0]]
    of_first: list[pa.Array] = []
    of_second: list[pa.Array] = []
    for attribute in attributes:
        kept = bearers(first, rows_a, attribute, ontology)
        doc.append(first.doc[rows_a[kept]])
        for found, labels, rows in ((of_first, first, rows_a), (of_second, second, rows_b)):
            found.extend(labels.table[attribute.name].take(pa.array(rows[kept])).chunks)
    values = pa.chunked_array(of_first + of_second, pa.string()).combine_chunks().dictionary_encode()
    numbers = pc.fill_null(values.indices, NOTHING).to_numpy(zero_copy_only=False).astype(np.int64)
    items = len(numbers) // 2
    table = Contingency.of(np.concatenate(doc), numbers[:items], numbers[items:])
    return table, values.dictionary.to_pylist()
