"""A batch of Label Studio tasks as columns, and the layers in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from parley.faults import Fault
from parley.labels import Layer, Relation, Span, in_order
from parley.ontology import Ontology

# finished: submitted, and the newest of its annotator for the task; only these have labels in the tables
FINISHED, SUPERSEDED, CANCELLED, DRAFT = "finished", "superseded", "cancelled", "draft"

ANNOTATION_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("annotator", pa.string(), nullable=False),
        pa.field("task", pa.int64(), nullable=False),
        pa.field("annotation", pa.int64(), nullable=False),
        pa.field("state", pa.string(), nullable=False),
        pa.field("text_sha256", pa.string(), nullable=False),
        pa.field("updated", pa.string(), nullable=False),
        pa.field("lead_time_s", pa.float64()),
        pa.field("spans", pa.int32(), nullable=False),
        pa.field("relations", pa.int32(), nullable=False),
    ]
)

PROPOSAL_SCHEMA = pa.schema(
    [
        pa.field(name, pa.string(), nullable=False)
        for name in ("doc_id", "annotator", "span", "attribute", "text")
    ]
)


@dataclass(frozen=True)
class Refusal:
    """A fault, and what it is a fault of.

    task, annotation: Label Studio's ids, 0 where there is none. lost: something people decided could not be
    carried over, so that a label file made without it would say less than they did. byte: where the task
    begins in the plain export.
    """

    fault: Fault
    task: int
    annotation: int
    lost: bool
    byte: int = 0


@dataclass(frozen=True)
class Batch:
    """The tasks of a batch as columns.

    annotations: a row each, with its state; `spans` and `relations` there count the rows of the other two
    tables, which stand in the same order. proposals: entities that entities.csv lacks. tasks: how many were
    read, the refused ones too. untouched: annotator and doc_id of tasks nobody has begun.
    """

    annotations: pa.Table
    spans: pa.Table
    relations: pa.Table
    proposals: pa.Table
    refusals: list[Refusal]
    tasks: int
    untouched: list[tuple[str, str]]


def layers(batch: Batch, ontology: Ontology) -> Iterator[tuple[Layer, int]]:
    """Yield the layer of each finished annotation, in canonical order, with the annotation's id."""
    names = ontology.attribute_names
    spans, relations = batch.spans.to_pylist(), batch.relations.to_pylist()
    span_row = relation_row = 0
    for row in batch.annotations.to_pylist():
        if row["state"] != FINISHED:
            continue
        own_spans = spans[span_row : (span_row := span_row + row["spans"])]
        own_relations = relations[relation_row : (relation_row := relation_row + row["relations"])]
        layer = Layer(
            row["doc_id"],
            row["text_sha256"],
            row["annotator"],
            ontology.revision,
            row["updated"],
            row["lead_time_s"],
            tuple(
                Span(
                    s["id"],
                    s["start"],
                    s["end"],
                    s["text"],
                    s["label"],
                    {n: s[n] for n in names if s[n] is not None},
                )
                for s in own_spans
            ),
            tuple(Relation(r["id"], r["label"], r["head"], r["tail"]) for r in own_relations),
        )
        yield in_order(layer), row["annotation"]
