"""What the figures of a release are computed from: counts over its documents. Those of two batches add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import Batch
from parley.model.ontology import DOCUMENT, Ontology
from parley.release.data.resolution import named_entities
from parley.release.data.sentences import Sentences
from parley.release.inputs import Inputs
from parley.release.splits import SPLITS

SHOWN = 12  # articles whose labels are counted one by one, the first by doc_id


def _by_split() -> dict[str, Counter[str]]:
    return {split: Counter() for split in SPLITS}


@dataclass
class Counts:
    """Counts over documents.

    publishers: documents by publisher. spans, relations: published labels by split, then label. shown: labels
    of single articles, spans and relations. values: of attributes, by label, name and value. layers: by
    annotator. layers_each: documents by their number of layers. leads: the annotators of published layers.
    makers: who made their labels. decisions: published labels by what adjudication did. languages: documents
    by language tag. not_in_tags: spans that BIO tags cannot hold, by why not. mentions, mentioned: spans that
    point at an entity, and documents that have one. figures: what articles say of event instances,
    a table a batch.
    """

    documents: int = 0
    publishers: Counter[str] = field(default_factory=Counter)
    spans: dict[str, Counter[str]] = field(default_factory=_by_split)
    relations: dict[str, Counter[str]] = field(default_factory=_by_split)
    shown: dict[str, tuple[Counter[str], Counter[str]]] = field(default_factory=dict)
    values: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    layers: Counter[str] = field(default_factory=Counter)
    layers_each: Counter[int] = field(default_factory=Counter)
    leads: set[str] = field(default_factory=set)
    makers: set[str] = field(default_factory=set)
    decisions: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    not_in_tags: Counter[str] = field(default_factory=Counter)
    mentions: Counter[str] = field(default_factory=Counter)
    mentioned: Counter[str] = field(default_factory=Counter)
    figures: list[pa.Table] = field(default_factory=list)

    def add(self, other: Counts) -> None:
        """Add the counts over other documents."""
        self.documents += other.documents
        self.figures += other.figures
        self.shown = dict(sorted((self.shown | other.shown).items())[:SHOWN])
        for split in SPLITS:
            self.spans[split].update(other.spans[split])
            self.relations[split].update(other.relations[split])
        for name, counted in vars(self).items():
            if isinstance(counted, Counter | set):
                counted.update(getattr(other, name))


def count(published: Batch, annotated: Batch, sentences: Sentences, inputs: Inputs) -> Counts:
    """Count a batch; parameters as for `tables`."""
    documents = published.documents
    doc_ids = documents["doc_id"].to_pylist()
    labels = published.spans, published.relations
    sources = [pc.unique(pc.list_flatten(table["sources"])).to_pylist() for table in labels]
    leads = set(published.layers["annotator"].to_pylist())
    each = Counter(annotated.layers["doc_id"].to_pylist())
    made = Counts(
        len(doc_ids),
        publishers=_counted(documents["publisher"]),
        shown={name: (Counter(), Counter()) for name in sorted(doc_ids)[:SHOWN]},
        layers=_counted(annotated.layers["annotator"]),
        layers_each=Counter(each[name] for name in doc_ids),
        leads=leads,
        makers=leads.union(*sources),
        languages=_counted(documents["language"]),
        not_in_tags=sentences.not_in_tags,
    )
    split = np.array([inputs.placement[name].split for name in doc_ids], object)
    for number, (table, by_split) in enumerate(zip(labels, (made.spans, made.relations), strict=True)):
        of = table["layer"].to_numpy()
        for name in set(split):
            by_split[name] = _counted(table["label"].filter(pa.array((split == name)[of], pa.bool_())))
        for name, counts in made.shown.items():
            counts[number].update(_counted(table["label"].filter(pa.array(of == doc_ids.index(name)))))
        made.decisions.update(_counted(pc.fill_null(table["decision"], "")))
    _count_values(made, published.spans, inputs.ontology)
    for name in inputs.ontology.of_document:
        for value, number in _counted(published.layers[name].drop_null()).items():
            made.values[DOCUMENT, name, value] += number
    return made


def _count_values(made: Counts, spans: pa.Table, ontology: Ontology) -> None:
    pointing = []
    for name in ontology.attribute_names:
        valid = pc.is_valid(spans[name])
        table = spans.select(["layer", "label", name]).filter(valid)
        groups = table.group_by(["label", name]).aggregate([([], "count_all")])
        for label, value, number in zip(*(column.to_pylist() for column in groups.columns), strict=True):
            made.values[label, name, value] += number
        if any(a.name == name and a.kind == "entity" for a in ontology.attributes):
            row, entity = named_entities(spans[name])
            pointing.append(
                pa.table({"row": row, "layer": spans["layer"].take(pa.array(row)), "entity": entity})
            )
    if pointing:
        mentions = pa.concat_tables(pointing)
        for by, counts in (("row", made.mentions), ("layer", made.mentioned)):
            counts.update(_counted(mentions.group_by([by, "entity"]).aggregate([])["entity"]))


def _counted(column: pa.ChunkedArray) -> Counter[str]:
    return Counter({one["values"]: one["counts"] for one in pc.value_counts(column).to_pylist()})
