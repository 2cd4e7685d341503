"""Facts about labels, as columns: what the suites are about.

Each row of a batch gets what it must agree with: the text at its offsets, the labels of a relation's ends,
the type of the entity it names. Facts never judge; label files, gold, an export and a release have the same.

Common to all tables: `row` (its number), `kind` (the layer's origin: labels, gold, export or release),
`doc_id`, `annotator`, `id` and `surface`: enough to find any row again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import GOLD, RELEASE, Batch
from parley.model.entities import PROPOSED, is_proposed
from parley.model.ontology import DOCUMENT, Ontology
from parley.values.segmentation import cuts
from parley.values.several import members

TABLES = ("documents", "layers", "spans", "relations")
INDEX = ("doc_id", "annotator", "id", "surface", "row")  # how a row is named in Data Docs
SEPARATOR = "__"  # in the names of columns made from an attribute's or a relation's name


@dataclass(frozen=True)
class Reference:
    """What labels must agree with besides their texts; None if it is missing or cannot be read.

    annotators: kind by name. entities: type by id. texts: whether the batches have the documents that their
    layers are about. missing: further columns that the batches cannot have, and what would give them.
    """

    annotators: Mapping[str, str] | None = None
    entities: Mapping[str, str] | None = None
    texts: bool = True
    missing: Mapping[str, str] = field(default_factory=dict)

    def missing_columns(self, ontology: Ontology) -> dict[str, str]:
        """Return the columns of facts that cannot be computed, with what is missing for them."""
        missing = dict(self.missing)
        if not self.texts:
            missing |= dict.fromkeys(("document_sha256", "length", "found", "boundary"), "texts")
        if self.annotators is None:
            missing |= dict.fromkeys(("annotator_kind", "by_rules", "known_sources"), "annotators")
        if self.entities is None:
            missing |= {
                column(a.name): "entities"
                for a in ontology.attributes
                for column in (entity_type_column, known_entity_column)
            }
        return missing


def entity_type_column(attribute: str) -> str:
    """Return the name of the column with the type of the entity that an attribute names."""
    return f"{attribute}{SEPARATOR}type"


def known_entity_column(attribute: str) -> str:
    """Return the name of the column that has something if an attribute names a row, or proposes one."""
    return f"{attribute}{SEPARATOR}known"


def count_column(relation: str, end: str = "head") -> str:
    """Return the name of the column with how many relations of a kind have a span as an end."""
    return f"{relation}{SEPARATOR}{'count' if end == 'head' else 'reached'}"


def facts(
    batch: Batch, reference: Reference, ontology: Ontology, of_spans: Collection[str] | None = None
) -> dict[str, pa.Table]:
    """Return the tables that suites are about, by name: TABLES.

    of_spans: the columns of spans that are asked for; others that take time are left out. None for all.
    """
    return {
        "documents": _document_facts(batch),
        "layers": _layer_facts(batch, reference, ontology),
        "spans": _span_facts(batch, reference, ontology, of_spans),
        "relations": _relation_facts(batch, reference, ontology),
    }


def _document_facts(batch: Batch) -> pa.Table:
    documents, size = batch.documents, batch.documents.num_rows
    layers = pc.index_in(documents["doc_id"], value_set=batch.layers["doc_id"])  # any of its has its kind
    return pa.table(
        {
            "row": np.arange(size),
            "kind": batch.layers["origin"].take(layers),
            **{name: documents[name] for name in documents.column_names},
            "annotator": pa.array([""] * size, pa.string()),
            "id": documents["doc_id"],
            "surface": documents["title"],
            "length": pc.utf8_length(documents["text"]),
        }
    )


def _layer_facts(batch: Batch, reference: Reference, ontology: Ontology) -> pa.Table:
    """Return what each layer says of itself and what is so; what is published has no file of its own."""
    layers = batch.layers.filter(pc.not_equal(batch.layers["origin"], RELEASE))
    size = layers.num_rows
    names = ("file", "file_sha256", "canonical_sha256", "text_sha256", "ontology", "updated", "lead_time_s")
    home = pc.binary_join_element_wise("annotation/labels/", layers["annotator"], "/", "")
    home = pc.if_else(pc.equal(layers["origin"], GOLD), "annotation/gold/", home)
    documents = pc.index_in(layers["doc_id"], value_set=batch.documents["doc_id"])
    of_document = _said_of_documents(layers, reference, ontology) if ontology.document_attributes else {}
    revisions = {one: one for one in pc.unique(layers["ontology"]).to_pylist() if one and ontology.knows(one)}
    return pa.table(
        {
            "row": np.arange(size),
            "kind": layers["origin"],
            "doc_id": layers["doc_id"],
            "annotator": layers["annotator"],
            "id": pc.coalesce(layers["file"], layers["annotator"]),
            "surface": pa.array([""] * size, pa.string()),
            "expected_file": pc.binary_join_element_wise(home, layers["doc_id"], ".json", ""),
            **{name: layers[name] for name in names},
            "document_sha256": batch.documents["text_sha256"].take(documents),
            "known_ontology": _mapped(layers["ontology"], revisions),
            "annotator_kind": _mapped(layers["annotator"], reference.annotators or {}),
            **of_document,
        }
    )


def _said_of_documents(
    layers: pa.Table, reference: Reference, ontology: Ontology
) -> dict[str, pa.Array | pa.ChunkedArray]:
    """Return what layers say of their documents as of spans; `said` is null for nothing."""
    size = layers.num_rows
    label = pa.array([DOCUMENT] * size, pa.string())
    anything = pc.coalesce(*(layers[name] for name in (*ontology.of_document, "other_attributes")))
    return {
        "label": label,
        **{name: layers[name] for name in (*ontology.of_document, "other_attributes")},
        "said": pc.if_else(pc.is_valid(anything), label, pa.scalar(None, pa.string())),
        **_gold_columns(layers, reference),
        "decision": layers["decision"],
        "reason": layers["reason"],
    }


def _span_facts(
    batch: Batch, reference: Reference, ontology: Ontology, asked: Collection[str] | None
) -> pa.Table:
    def is_asked(*names: str) -> bool:
        return asked is None or not {*names}.isdisjoint(asked)

    spans = batch.spans
    columns = _label_columns(batch, spans, reference)
    # whole columns of 64 bits are compared at once by Great Expectations, others value by value
    columns |= {name: spans[name].cast(pa.int64()) for name in ("start", "end")}
    edges = (pc.utf8_slice_codeunits(spans["text"], *place) for place in ((0, 1), (-1, None)))
    columns |= {"surface": spans["text"], "edges": pc.binary_join_element_wise(*edges, "")}
    columns |= _text_facts(batch, boundaries=is_asked("boundary"))
    offsets = [spans[name].cast(pa.string()) for name in ("start", "end")]
    columns["derived_id"] = pc.binary_join_element_wise(spans["label"], *offsets, "-")
    for name in dict.fromkeys(a.name for a in ontology.attributes if a.kind == "entity"):
        if not is_asked(entity_type_column(name), known_entity_column(name)):
            continue
        kind = _entity_types(spans, name, reference.entities or {}, ontology)
        columns[entity_type_column(name)] = kind
        is_new = pc.fill_null(is_proposed(spans[name]), False)
        columns[known_entity_column(name)] = pc.if_else(is_new, spans[name], kind)
    for relation in ontology.relations:
        own = batch.relations.filter(pc.equal(batch.relations["label"], relation.name))
        for end, expected in (("head", relation.expected_of), ("tail", relation.expected_at)):
            if expected and is_asked(count_column(relation.name, end)):
                rows = pc.drop_null(own[f"{end}_row"]).to_numpy()
                counts = np.bincount(rows, minlength=spans.num_rows).astype(np.int64)
                columns[count_column(relation.name, end)] = pa.array(counts)
    if ontology.same_words is not None and is_asked("excluded_by"):
        columns["excluded_by"] = _excluding(spans, ontology.same_words)
    kinds = reference.annotators or {}
    columns["by_rules"] = _mapped(columns["annotator"], {k: v for k, v in kinds.items() if v == "rules"})
    return pa.table(columns)


def _excluding(spans: pa.Table, allowed: Iterable[tuple[str, str]]) -> pa.Array:
    """Return, for each span, the labels that its layer has before it on the same words and may not have."""
    legal = {frozenset(pair) for pair in allowed}
    places = [spans[name].to_numpy() for name in ("layer", "start", "end")]
    order = np.lexsort(places)
    same = np.logical_and.reduce([np.diff(column[order]) == 0 for column in places])
    labels, excluding = spans["label"], np.full(spans.num_rows, None, dtype=object)
    before: list[str] = []
    last = -1
    for place in np.flatnonzero(same).tolist():  # few spans share their words with another
        row, own = (labels[int(order[place + n])].as_py() for n in (0, 1))
        before = [*before, row] if place == last + 1 and before else [row]
        wrong = [one for one in before if one != own and frozenset((one, own)) not in legal]
        excluding[order[place + 1]] = ", ".join(wrong) or None
        last = place
    return pa.array(excluding, pa.string())


def _entity_types(
    spans: pa.Table, name: str, types: Mapping[str, str], ontology: Ontology
) -> pa.ChunkedArray:
    """Return the type of the entity that an attribute names, null if there is none such.

    Of several: null if one is missing, else the first type that the label does not allow, else any of them.
    """
    found = _mapped(spans[name], types)
    of_several = {
        x: a.types or (x,) for a in ontology.attributes if a.name == name and a.several for x in a.labels
    }
    if not of_several:
        return found
    values = found.to_pylist()
    asked = pc.and_(
        pc.is_in(spans["label"], value_set=pa.array(list(of_several), pa.string())), pc.is_valid(spans[name])
    )
    for row in np.flatnonzero(asked.to_numpy()).tolist():
        own = [types.get(x) for x in members(spans[name][row].as_py()) if not x.startswith(PROPOSED)]
        legal = of_several[spans["label"][row].as_py()]
        values[row] = (
            None if None in own else next((one for one in own if one not in legal), (own or [None])[0])
        )
    return pa.chunked_array([pa.array(values, pa.string())])


def _relation_facts(batch: Batch, reference: Reference, ontology: Ontology) -> pa.Table:
    """Return relations with their facts.

    `first` and `second` are the ends in canonical direction: as they are, or, for a symmetric relation, the
    later span first.
    """
    relations, spans = batch.relations, batch.spans.select(["start", "end", "label", "text"])
    head, tail = (spans.take(relations[f"{end}_row"]) for end in ("head", "tail"))
    symmetric = pa.array([one.name for one in ontology.relations if one.symmetric], pa.string())
    turned = pc.and_(pc.is_in(relations["label"], value_set=symmetric), _is_before(head, tail))
    turned = pc.fill_null(turned, False)
    surfaces = (pc.coalesce(end["text"], relations[name]) for name, end in (("head", head), ("tail", tail)))
    return pa.table(
        {
            **_label_columns(batch, relations, reference),
            "surface": pc.binary_join_element_wise(*surfaces, " → "),
            "head_label": head["label"],
            "tail_label": tail["label"],
            "first": pc.if_else(turned, relations["tail"], relations["head"]),
            "second": pc.if_else(turned, relations["head"], relations["tail"]),
            "derived_id": pc.binary_join_element_wise(
                *(relations[n] for n in ("head", "label", "tail")), "."
            ),
        }
    )


def _is_before(head: pa.Table, tail: pa.Table) -> pa.ChunkedArray:
    """Say whether heads are before tails: start, longer first, label. Null if one is missing."""
    start, end, label = ((head[name], tail[name]) for name in ("start", "end", "label"))
    longer = pc.or_(pc.greater(*end), pc.and_(pc.equal(*end), pc.less(*label)))
    return pc.or_(pc.less(*start), pc.and_(pc.equal(*start), longer))


def _label_columns(batch: Batch, table: pa.Table, reference: Reference) -> dict[str, pa.ChunkedArray]:
    """Return the columns of labels, those of their layers, and what gold says of its making."""
    layer = table["layer"]
    return {
        **{name: table[name] for name in table.column_names if name != "text"},
        "row": pa.array(np.arange(table.num_rows)),
        "kind": batch.layers["origin"].take(layer),
        **{name: batch.layers[name].take(layer) for name in ("doc_id", "annotator")},
        **_gold_columns(table, reference),
    }


def _gold_columns(table: pa.Table, reference: Reference) -> dict[str, pa.ChunkedArray]:
    """Return whose labels gold is made of, joined, and the same if all of them are known."""
    sources = pc.binary_join(table["sources"], ", ")
    annotators = (reference.annotators or {}).keys()
    distinct = [joined for joined in pc.unique(sources).to_pylist() if joined]
    known = {joined: joined for joined in distinct if annotators >= {*joined.split(", ")}}
    return {"sources": sources, "known_sources": _mapped(sources, known)}


def _text_facts(batch: Batch, *, boundaries: bool) -> dict[str, pa.Array]:
    """Return the length of each span's document, the text at its offsets and what its boundaries cut.

    Null if the text is not in the batch, or withheld; what boundaries cut also if it is not asked for.
    """
    spans, texts = batch.spans, batch.documents["text"].to_pylist()
    if not texts:
        kinds = {"length": pa.int64(), "found": pa.string(), "boundary": pa.string()}
        return {name: pa.nulls(spans.num_rows, kind) for name, kind in kinds.items()}
    documents = pc.index_in(batch.layers["doc_id"], value_set=batch.documents["doc_id"]).take(spans["layer"])
    lengths = pa.array([len(text) if text else None for text in texts], pa.int64())
    length = lengths.take(documents)
    starts, ends = spans["start"].to_numpy(), spans["end"].to_numpy()
    inside = (starts >= 0) & (starts <= ends) & (ends <= pc.fill_null(length, -1).to_numpy())
    numbers = pc.fill_null(documents, -1).to_numpy()
    # a plain loop over slices: measured faster than numpy's gather for surfaces of a few words
    rows = zip(*(column.tolist() for column in (numbers, starts, ends, inside)), strict=True)
    found = [texts[number][start:end] if ok else None for number, start, end, ok in rows]
    boundary = np.full(spans.num_rows, None, dtype=object)
    offsets = (column[inside].astype(np.int64) for column in (numbers, starts, ends))
    if boundaries:
        boundary[inside] = cuts([text or "" for text in texts], *offsets)
    return {
        "length": length,
        "found": pa.array(found, pa.string()),
        "boundary": pa.array(boundary, pa.string()),
    }


def _mapped(values: pa.ChunkedArray, known: Mapping[str, str]) -> pa.ChunkedArray:
    """Return what a mapping has for each value, null if nothing."""
    keys, mapped = (pa.array(list(column), pa.string()) for column in (known, known.values()))
    return mapped.take(pc.index_in(values, value_set=keys))
