"""Agreement on attributes of matched spans, and on which entity a mention points at.

Attributes are compared on the relaxed matching: spans of equal label that share text, one to one, so that a
quotation whose boundary is in doubt still says whether it is direct. An attribute left unset is a value like
any other where the label carries the attribute: to leave it unset is a decision.

Entity linking is compared where both annotators name an entity: the share of equal ids, and B³ over all
documents, which forgives two rows of entities.csv for one thing if they are used consistently.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.agreement.measures.joint import NOTHING, Joint, agreement, b_cubed, kappa
from parley.agreement.measures.matching import Matching
from parley.agreement.measures.sides import Floats, Ints, Side
from parley.model.ontology import Attribute, Ontology


class Vocabulary:
    """Numbers for the values of an attribute, the same in every batch."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def encode(self, values: pa.ChunkedArray) -> Ints:
        """Return a number a value; NOTHING where it is null."""
        encoded = values.combine_chunks().dictionary_encode()
        numbers = [self._numbers.setdefault(v, len(self._numbers)) for v in encoded.dictionary.to_pylist()]
        index = pc.fill_null(encoded.indices, NOTHING).to_numpy(zero_copy_only=False).astype(np.int64)
        coded: Ints = np.array([*numbers, NOTHING], dtype=np.int64)[index]  # NOTHING is -1: the last
        return coded

    def numbers(self, other: Vocabulary) -> Ints:
        """Return the number here of each value of another vocabulary, in that one's order."""
        known = self._numbers
        return np.array([known.setdefault(v, len(known)) for v in other._numbers], dtype=np.int64)


def attribute_names(ontology: Ontology) -> list[str]:
    """Return a name for each attribute of the ontology: `level`, or `value (TIME)` where two share a name."""
    names = [a.name for a in ontology.attributes]
    return [
        a.name if names.count(a.name) == 1 else f"{a.name} ({', '.join(a.labels)})"
        for a in ontology.attributes
    ]


def attribute_joint(
    first: Side,
    second: Side,
    matching: Matching,
    attributes: Sequence[Attribute],
    *,
    values: Vocabulary,
    ontology: Ontology,
) -> Joint:
    """Return what both annotators set on matched spans whose label carries one of `attributes`."""
    rows_a, rows_b = matching.pairs
    doc, given_a, given_b = [rows_a[:0]], [rows_a[:0]], [rows_a[:0]]
    for attribute in attributes:
        carries = np.isin(first.label[rows_a], [ontology.span_names.index(x) for x in attribute.labels])
        a, b = rows_a[carries], rows_b[carries]
        doc.append(first.doc[a])
        given_a.append(values.encode(first.spans[attribute.name].take(pa.array(a))))
        given_b.append(values.encode(second.spans[attribute.name].take(pa.array(b))))
    return Joint.of(np.concatenate(doc), np.concatenate(given_a), np.concatenate(given_b))


def attribute_figures(joint: Joint, sums: Floats) -> dict[str, Any]:
    """Return the number of matched spans that carry the attribute, their agreement and kappa."""
    return {
        "items": sums.sum(axis=1).astype(np.int64),
        "agreement": agreement(joint, sums),
        "kappa": kappa(joint, sums),
    }


def linking_figures(joint: Joint, sums: Floats) -> dict[str, Any]:
    """Return the share of equal ids, and B³, over matched mentions that both annotators tied to an entity."""
    both = (joint.first != NOTHING) & (joint.second != NOTHING)
    joint, sums = joint.where(both), sums[:, both]
    return {
        "same": agreement(joint, sums),
        "b_cubed": cluster_figures(joint, sums),
    }


def cluster_figures(joint: Joint, sums: Floats) -> dict[str, Any]:
    """Return the number of mentions and their B³, the first annotator's clusters as the key."""
    precision, recall, f1 = b_cubed(joint, sums)
    return {
        "items": sums.sum(axis=1).astype(np.int64),
        "precision": precision,
        "recall": recall,
        "f1": f1,
    }
