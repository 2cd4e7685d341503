"""The rows of every config of a release, as Arrow tables that carry their `datasets` features.

`tables` is a pure function of a batch of whole documents: one machine and a cluster call the same one, and
which documents are in a batch makes no difference to any row. Tables are computed a column at a time.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import Batch
from parley.model.ontology import Ontology
from parley.release.data.counts import Counts
from parley.release.data.figures import compared, figures, in_table
from parley.release.data.resolution import lists
from parley.release.data.schema import Columns, Config, Nested, split_configs
from parley.release.data.sentences import Sentences
from parley.release.data.statements import Parties, Statements, claims, taken
from parley.release.inputs import Inputs
from parley.runtime.columns import looked_up, ranges


def tables(
    published: Batch, annotated: Batch, sentences: Sentences, inputs: Inputs, configs: Mapping[str, Config]
) -> dict[str, pa.Table]:
    """Return the rows of some documents by config: those configs whose rows each belong to a document.

    `figures` are there as `figures.in_table` gives them: they are compared once those of all documents are.

    published: one layer a document, in the documents' order. annotated: the same documents with the layers of
    every annotator, in their order. sentences: of these documents. configs: as `schema.configs` returns them.
    """
    numbers = np.arange(published.layers.num_rows + 1)
    labels = published.spans, published.relations
    begins = [np.searchsorted(table["layer"].to_numpy(), numbers) for table in labels]
    spans, relations = _labels(published, sentences)
    of_layer = begins[0][relations["layer"].to_numpy()]
    indices = {
        f"{end}_index": pa.array(relations[f"{end}_row"].to_numpy() - of_layer) for end in ("head", "tail")
    }
    parties = Parties.resolving(published, inputs.ontology)
    said = Statements(published, inputs.ontology, parties)
    claim_rows, of_claims = claims(published, inputs.ontology, parties, said)
    documents = published.documents
    by_annotator = _labels(
        annotated, sentences, pc.index_in(annotated.layers["doc_id"], documents["doc_id"].combine_chunks())
    )
    found: dict[str, Columns] = {
        "documents": {
            **_columns(documents),
            **_said(published, inputs.ontology),
            "annotator": published.layers["annotator"],
            "spans": Nested(begins[0], spans),
            "relations": Nested(begins[1], relations | indices),
        },
        "spans": spans,
        "relations": relations,
        "sentences": {
            "doc_id": documents["doc_id"].take(sentences.text_rows),
            "annotator": published.layers["annotator"].take(sentences.text_rows),
            "sentence_id": pa.array(sentences.numbers[:-1]),
            "start": pa.array(sentences.starts),
            "text": sentences.texts[:-1],
            "tokens": sentences.tokens,
            "token_starts": sentences.token_starts,
            "tags": sentences.tags,
            "span_ids": _span_ids(published, sentences),
        },
        "span_annotations": by_annotator[0],
        "relation_annotations": by_annotator[1],
    }
    if "document_annotations" in configs:
        found["document_annotations"] = _columns(_layers_with_document(annotated.layers, inputs.ontology))
    for config, own, some in (("statements", said.rows, said.columns), ("claims", claim_rows, of_claims)):
        if config in configs:
            found[config] = {name: taken(column, own) for name, column in spans.items()} | some
    made = {
        config: configs[config].table(_described(found[config], documents, inputs))
        for config in split_configs(configs)
    }
    if "figures" in configs:
        made["figures"] = _figures(spans, parties, said, inputs, configs["figures"])
    return made


def figure_rows(published: Batch, sentences: Sentences, inputs: Inputs, config: Config) -> pa.Table:
    """Return the figures of some documents as `tables` does, and nothing else. config: of figures."""
    spans, _ = _labels(published, sentences)
    parties = Parties.resolving(published, inputs.ontology)
    said = Statements(published, inputs.ontology, parties)
    return _figures(spans, parties, said, inputs, config)


def _figures(spans: Columns, parties: Parties, said: Statements, inputs: Inputs, config: Config) -> pa.Table:
    published = parties.batch
    some = figures(published, inputs, parties, said)
    own = some.get("row", np.empty(0, np.int64))
    columns = {name: taken(column, own) for name, column in spans.items()} | some
    return in_table(_described(columns, published.documents, inputs), config)


def _described(columns: Columns, documents: pa.Table, inputs: Inputs) -> Columns:
    """Return the columns of a config with those that its articles and annotators give. documents: them."""
    folds = {name: inputs.placement[name].fold for name in documents["doc_id"].to_pylist()}
    kinds = {name: annotator.kind for name, annotator in inputs.annotators.items()}
    of_document = pc.index_in(columns["doc_id"], value_set=documents["doc_id"].combine_chunks())
    return {
        **columns,
        "fold": looked_up(columns["doc_id"], folds, pa.int32()),
        "annotator_kind": looked_up(columns["annotator"], kinds, pa.string()),
        **{name: documents[name].take(of_document) for name in ("event", "published", "publisher")},
    }


def whole_tables(counts: Counts, inputs: Inputs, configs: Mapping[str, Config]) -> dict[str, pa.Table]:
    """Return the configs about the corpus as a whole, without those that have no rows."""
    entities = inputs.entities.values()
    columns: Columns = {
        **{name: [getattr(e, name) for e in entities] for name in ("id", "type", "name", "aliases")},
        **{name: [getattr(e, name) for e in entities] for name in ("wikidata", "note")},
        "mentions": [counts.mentions[e.id] for e in entities],
        "documents": [counts.mentioned[e.id] for e in entities],
    }
    made = {"entities": configs["entities"].table(columns)}
    if "figures" in configs:
        made["figures"] = compared(counts.figures, configs["figures"])
    return {config: table for config, table in made.items() if table.num_rows}


def _labels(batch: Batch, sentences: Sentences, documents: pa.Array | None = None) -> tuple[Columns, Columns]:
    """Return what spans and relations have in every config, a row each.

    documents: that of each layer, by number; None if layers and documents are in one order.
    """
    spans, relations = (
        _columns(table)
        | {
            "doc_id": batch.layers["doc_id"].take(table["layer"]),
            "annotator": batch.layers["annotator"].take(table["layer"]),
            "sources": _sources(batch, table),
        }
        for table in (batch.spans, batch.relations)
    )
    layer, starts = spans["layer"].to_numpy(), spans["start"].to_numpy()
    texts = layer if documents is None else documents.to_numpy()[layer]
    rows = sentences.containing(texts, starts)
    begins = np.append(sentences.starts, 0)[rows]
    spans |= {
        "sentence": sentences.texts.take(pa.array(rows % len(sentences.texts))),
        "sentence_id": pa.array(sentences.numbers[rows], mask=rows < 0),
        "sentence_start": pa.array(np.where(rows < 0, starts, begins)),
    }
    head, tail = (relations[name].to_numpy() for name in ("head_row", "tail_row"))
    of_ends = {
        f"{end}_{name}": taken(spans[name], some)
        for end, some in (("head", head), ("tail", tail))
        for name in ("id", "label", "text")
    }
    of_head = {name: taken(spans[name], head) for name in ("sentence", "sentence_id")}
    return spans, relations | of_ends | of_head | {"same_sentence": pa.array(rows[head] == rows[tail])}


def _layers_with_document(layers: pa.Table, ontology: Ontology) -> pa.Table:
    """Return the layers that say anything of the whole article."""
    return layers.filter(pc.is_valid(pc.coalesce(*(layers[name] for name in ontology.of_document))))


def _said(published: Batch, ontology: Ontology) -> Columns:
    """Return what is said of each article, and how that was made: of a layer of its own its annotator."""
    if not ontology.document_attributes:
        return {}
    layers = published.layers
    said = pc.is_valid(pc.coalesce(*(layers[name] for name in ontology.of_document))).to_pylist()
    names, sources = layers["annotator"].to_pylist(), layers["sources"].to_pylist()
    own = [(some or [who]) if has else [] for has, who, some in zip(said, names, sources, strict=True)]
    made: Columns = {f"document_{name}": layers[name] for name in ("decision", "reason")}
    return {name: layers[name] for name in ontology.of_document} | made | {"document_sources": own}


def _span_ids(published: Batch, sentences: Sentences) -> pa.ListArray:
    """Return the ids of the spans that share a character with each sentence."""
    columns = (published.spans[name].to_numpy().astype(np.int64) for name in ("layer", "start", "end"))
    first, last = sentences.touched(*columns)
    span, sentence = ranges(first, (last - first + 1).clip(min=0))
    order = np.lexsort((span, sentence))
    return lists(sentence[order], len(sentences), taken(published.spans["id"], span[order]))


def _sources(batch: Batch, table: pa.Table) -> pa.Array:
    """Return who gave each label: of a layer of its own its annotator."""
    who = batch.layers["annotator"].take(table["layer"])
    alone = pa.ListArray.from_arrays(np.arange(len(who) + 1, dtype=np.int32), who.combine_chunks())
    sources = table["sources"].combine_chunks()
    return pc.coalesce(sources, alone) if sources.null_count else sources


def _columns(table: pa.Table) -> Columns:
    return {name: table[name] for name in table.column_names}
