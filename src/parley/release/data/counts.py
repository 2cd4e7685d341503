"""What the figures of a release are computed from: counts over its documents. Those of two batches add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import Batch
from parley.release.data.conflicts import Figure, figures
from parley.release.data.inputs import Inputs, makers
from parley.release.data.sentences import Sentences
from parley.release.data.splits import SPLITS

SHOWN = 12  # articles whose labels are counted one by one, the first by doc_id

_ADDED = (
    *("publishers", "values", "layers", "layers_each", "decisions"),
    *("languages", "not_in_tags", "mentions", "mentioned"),
)


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
    point at an entity, and documents that have one. figures: what articles say of event instances.
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
    figures: list[Figure] = field(default_factory=list)

    def add(self, other: Counts) -> None:
        """Add the counts over other documents."""
        self.documents += other.documents
        for split in SPLITS:
            self.spans[split].update(other.spans[split])
            self.relations[split].update(other.relations[split])
        self.shown = _first(self.shown | other.shown)
        for name in _ADDED:
            getattr(self, name).update(getattr(other, name))
        self.leads |= other.leads
        self.makers |= other.makers
        self.figures += other.figures


def count(published: Batch, annotated: Batch, sentences: Sentences, inputs: Inputs) -> Counts:
    """Count a batch; parameters as for `tables`."""
    made = Counts(documents=published.documents.num_rows)
    doc_ids = published.documents["doc_id"].to_pylist()
    made.publishers = _counted(published.documents["publisher"])
    made.shown = {name: (Counter(), Counter()) for name in sorted(doc_ids)[:SHOWN]}
    split = np.array([inputs.placement[name].split for name in doc_ids], object)
    for number, (labels, by_split) in enumerate(
        ((published.spans, made.spans), (published.relations, made.relations))
    ):
        of = labels["layer"].to_numpy()
        for name in set(split):
            by_split[name] = _counted(labels["label"].filter(pa.array((split == name)[of], pa.bool_())))
        for name, counts in made.shown.items():
            counts[number].update(_counted(labels["label"].filter(pa.array(of == doc_ids.index(name)))))
        made.decisions.update(_counted(pc.fill_null(labels["decision"], "")))
    _count_values(made, published, inputs)
    made.languages = _counted(published.documents["language"])
    made.not_in_tags = sentences.not_in_tags
    made.leads = set(published.layers["annotator"].to_pylist())
    made.makers = makers(published)
    made.layers = _counted(annotated.layers["annotator"])
    each = Counter(annotated.layers["doc_id"].to_pylist())
    made.layers_each = Counter(each[name] for name in doc_ids)
    made.figures = list(figures(published, sentences, inputs.entities, inputs.ontology))
    return made


def _count_values(made: Counts, published: Batch, inputs: Inputs) -> None:
    spans, pointing = published.spans, []
    for name in inputs.ontology.attribute_names:
        same = [a for a in inputs.ontology.attributes if a.name == name]
        table = spans.select(["layer", "label", name]).filter(pc.is_valid(spans[name]))
        groups = table.group_by(["label", name]).aggregate([([], "count_all")])
        known = {label for a in same for label in a.labels}
        columns = (groups[column].to_pylist() for column in ("label", name, "count_all"))
        for label, value, number in zip(*columns, strict=True):
            if label in known:
                made.values[label, name, value] += number
        if any(a.kind == "entity" for a in same):
            row = pa.array(np.flatnonzero(pc.is_valid(spans[name]).to_numpy()))
            pointing.append(pa.table({"row": row, "layer": table["layer"], "entity": table[name]}))
    if pointing:
        mentions = pa.concat_tables(pointing)
        made.mentions = _counted(_distinct(mentions, "row")["entity"])
        made.mentioned = _counted(_distinct(mentions, "layer")["entity"])


def _distinct(mentions: pa.Table, by: str) -> pa.Table:
    return mentions.group_by([by, "entity"]).aggregate([])


def _counted(column: pa.ChunkedArray) -> Counter[str]:
    return Counter({one["values"]: one["counts"] for one in pc.value_counts(column).to_pylist()})


def _first(
    shown: dict[str, tuple[Counter[str], Counter[str]]],
) -> dict[str, tuple[Counter[str], Counter[str]]]:
    return {doc_id: shown[doc_id] for doc_id in sorted(shown)[:SHOWN]}
