"""What was found in a piece of an export: lists while it is read, then columns, then the tables of a batch.

The columns of findings are small: a label is a number, an end of a relation the row of its span, and whose
they are stands once an annotation. So they are what one process hands to another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from parley import columns
from parley.label_studio.batches import ANNOTATION_SCHEMA, PROPOSAL_SCHEMA, Batch, Refusal
from parley.ontology import Ontology
from parley.tables import RELATION_SCHEMA, span_schema

TABLES = ("annotations", "spans", "relations", "proposals")


@dataclass(frozen=True)
class Findings:
    """What was found, in the export's order.

    annotations, proposals, refusals, tasks, untouched: as in `Batch`. spans: `label`, its place among the
    ontology's, `start`, `end`, `text`, and a column an attribute. relations: `label` likewise, `head` and
    `tail`, rows of spans.
    """

    annotations: pa.Table
    spans: pa.Table
    relations: pa.Table
    proposals: pa.Table
    refusals: list[Refusal]
    tasks: int
    untouched: list[tuple[str, str]]

    def batch(self, ontology: Ontology) -> Batch:
        """Return the tables with every row complete."""
        found, drawn = self.spans, self.relations
        labels = pc.take(columns.strings(tuple(ontology.attributes_of)), _whole(found["label"]))
        ids = columns.joined([labels, _whole(found["start"]), _whole(found["end"])], "-")
        arcs = pc.take(columns.strings(ontology.relation_names), _whole(drawn["label"]))
        heads, tails = (pc.take(ids, _whole(drawn[name])) for name in ("head", "tail"))
        spans = [*self._whose("spans"), ids, labels, *(found[name] for name in found.column_names[1:])]
        relations = [*self._whose("relations"), columns.joined([heads, arcs, tails], "."), arcs, heads, tails]
        return Batch(
            self.annotations,
            pa.Table.from_arrays(spans, schema=span_schema(ontology)),
            pa.Table.from_arrays(relations, schema=RELATION_SCHEMA),
            self.proposals,
            self.refusals,
            self.tasks,
            self.untouched,
        )

    def _whose(self, table: str) -> list[pa.Array]:
        """Return the columns `doc_id` and `annotator` of a table."""
        counts = columns.numbers(_whole(self.annotations[table]))
        return [columns.repeated(_whole(self.annotations[name]), counts) for name in ("doc_id", "annotator")]


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece, uncopied where it is one."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


@dataclass
class Lists:
    """Findings while they are gathered: a list a column. attributes: values by row of the spans."""

    ontology: Ontology
    annotations: dict[str, list[Any]] = field(init=False)
    spans: dict[str, list[Any]] = field(init=False)
    attributes: dict[str, dict[int, str]] = field(init=False)
    relations: dict[str, list[int]] = field(init=False)
    proposals: dict[str, list[str]] = field(init=False)
    refusals: list[Refusal] = field(default_factory=list)
    tasks: int = 0
    untouched: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.annotations = {name: [] for name in ANNOTATION_SCHEMA.names}
        self.spans = {name: [] for name in ("label", "start", "end", "text")}
        self.attributes = {name: {} for name in self.ontology.attribute_names}
        self.relations = {name: [] for name in ("label", "head", "tail")}
        self.proposals = {name: [] for name in PROPOSAL_SCHEMA.names}

    def findings(self) -> Findings:
        """Return what was gathered as columns."""
        size = len(self.spans["label"])
        spans = {name: columns.integers(self.spans[name]) for name in ("label", "start", "end")}
        spans["text"] = columns.strings(self.spans["text"])
        spans |= {name: columns.optional_strings(values, size) for name, values in self.attributes.items()}
        relations = [columns.integers(values) for values in self.relations.values()]
        proposals = [columns.strings(values) for values in self.proposals.values()]
        return Findings(
            _annotation_table(self.annotations),
            pa.Table.from_arrays(list(spans.values()), names=list(spans)),
            pa.Table.from_arrays(relations, names=list(self.relations)),
            pa.Table.from_arrays(proposals, schema=PROPOSAL_SCHEMA),
            self.refusals,
            self.tasks,
            self.untouched,
        )


def _annotation_table(rows: dict[str, list[Any]]) -> pa.Table:
    import numpy as np

    made = []
    for column in ANNOTATION_SCHEMA:
        values = rows[column.name]
        if pa.types.is_string(column.type):
            made.append(columns.strings(values))
        elif column.nullable:
            known = np.array([value is not None for value in values], bool)
            numbers = np.array([value or 0.0 for value in values], np.float64)
            bits = pa.py_buffer(np.packbits(known, bitorder="little"))
            made.append(pa.Array.from_buffers(column.type, len(values), [bits, pa.py_buffer(numbers)]))
        else:
            numbers = np.array(values, column.type.to_pandas_dtype())
            made.append(pa.Array.from_buffers(column.type, len(values), [None, pa.py_buffer(numbers)]))
    return pa.Table.from_arrays(made, schema=ANNOTATION_SCHEMA)
