"""What the figures of a release are computed from: counts over its documents. Those of two batches add up.

An event instance is a row of entities.csv whose type is among the `types` of an attribute that names one row,
so that spans of another label point at it. The spans that have its id lead over one or two relations to
quantities: an attack to what it hit, what it hit to its number. Figures of one event instance, unit and kind
that differ between articles are a conflict.

Figures that differ can all be true: `~40` and `41`, `>=2000` and `>=20000`. A figure is excluded if another
article gives one for the same role, and no number satisfies both.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import Batch
from parley.model.entities import Entity
from parley.model.ontology import Ontology
from parley.release.data.sentences import Sentences
from parley.release.inputs import Inputs
from parley.release.splits import SPLITS
from parley.values.quantity import ANY, Interval, parse_quantity
from parley.values.several import members

SHOWN = 12  # articles whose labels are counted one by one, the first by doc_id


@dataclass(frozen=True)
class Figure:
    """A figure that an article gives for an event instance.

    role: the labels of the relations that lead to it, `recipient.count`. kind: what sort of thing is counted,
    the choices made for a counted span that itself points at the event instance (`killed`); else "".
    quantity, counted: words. start: of the quantity. is_part: whether other spans have the role too (the two
    leaders, along with a third), so that the figure is not of all. event, sentence: that it is in. excluded:
    whether another article's figure for the same role cannot be true along with it.
    """

    entity: str
    role: str
    unit: str
    kind: str
    doc_id: str
    value: str
    quantity: str
    start: int
    counted: str
    is_part: bool
    event: str
    sentence: str
    excluded: bool = False

    @property
    def allowed(self) -> Interval:
        """The numbers that it allows for the whole: of a part, all that are not less than its own."""
        try:
            own = parse_quantity(f"{self.value} {self.unit}").interval
        except ValueError:
            return ANY
        return Interval(own.low, None) if self.is_part else own


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
        figures=list(figures(published, sentences, inputs.entities, inputs.ontology)),
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
            row, entity = _named(spans[name])
            pointing.append(pa.table({"row": row, "layer": spans["layer"].take(row), "entity": entity}))
    if pointing:
        mentions = pa.concat_tables(pointing)
        for by, counts in (("row", made.mentions), ("layer", made.mentioned)):
            counts.update(_counted(mentions.group_by([by, "entity"]).aggregate([])["entity"]))


def _named(column: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """Return each entity that an attribute names, with its row; of several ids each."""
    rows, ids = np.flatnonzero(pc.is_valid(column).to_numpy()), column.drop_null().combine_chunks()
    if pc.any(pc.starts_with(ids, "[")).as_py():
        named = [members(value) for value in ids.to_pylist()]
        rows = np.repeat(rows, list(map(len, named)))
        ids = pa.array(list(chain(*named)), pa.string())
    return pa.array(rows), ids


def _counted(column: pa.ChunkedArray) -> Counter[str]:
    return Counter({one["values"]: one["counts"] for one in pc.value_counts(column).to_pylist()})


def figures(
    published: Batch, sentences: Sentences, entities: Mapping[str, Entity], ontology: Ontology
) -> Iterator[Figure]:
    """Yield every figure that an article gives for an event instance.

    published: one layer a document, in the documents' order. sentences: of these documents.
    """
    types = {t for a in ontology.attributes if a.labels and not a.several for t in a.types}
    instances = pa.array([e.id for e in entities.values() if e.type in types], pa.string())
    spans = published.spans
    pointing: dict[int, set[str]] = defaultdict(set)
    for name in {a.name for a in ontology.attributes if a.kind == "entity"}:
        rows, ids = _named(spans[name])
        for place in np.flatnonzero(
            pc.is_in(ids, value_set=instances).to_numpy(zero_copy_only=False)
        ).tolist():
            pointing[rows[place].as_py()].add(ids[place].as_py())
    if not pointing:
        return
    by_name = sorted(ontology.attributes, key=lambda a: a.name, reverse=True)  # of several the first is it
    amounts = {label: a.name for a in by_name if a.kind == "quantity" for label in a.labels}
    choices = sorted({a.name for a in ontology.attributes if a.kind == "choice"})
    columns = {name: spans[name].to_pylist() for name in spans.column_names}
    tails: dict[int, list[tuple[str, int]]] = defaultdict(list)
    relations = (published.relations[name].to_pylist() for name in ("head_row", "label", "tail_row"))
    for head, label, tail in zip(*relations, strict=True):
        tails[head].append((label, tail))
    doc_ids, events = (published.documents[name].to_pylist() for name in ("doc_id", "event"))
    for row, names in sorted(pointing.items()):
        ways = []  # to figures: role, head and tail of the last relation, whether the first is one of several
        for label, tail in tails[row]:
            several = sum(label == other for other, _ in tails[row]) > 1
            ways += [
                (label, row, tail, False),
                *((f"{label}.{last}", tail, end, several) for last, end in tails[tail]),
            ]
        for entity, (role, head, end, is_part) in product(sorted(names), ways):
            amount = amounts.get(columns["label"][end])
            value = columns[amount][end] if amount else None
            if not value:
                continue
            number, _, unit = value.partition(" ")
            document, start = columns["layer"][end], columns["start"][end]
            sentence = sentences.containing(np.array([document]), np.array([start]))[0]
            yield Figure(
                entity,
                role,
                unit,
                " ".join(columns[name][row] for name in choices if head == row and columns[name][row]),
                doc_ids[document],
                number,
                columns["text"][end],
                start,
                columns["text"][head],
                is_part,
                events[document],
                sentences.texts[int(sentence)].as_py(),
            )


def conflicts(found: Iterable[Figure]) -> list[Figure]:
    """Return the figures that differ from one of another article, each article's figure once."""
    groups: dict[tuple[str, str, str], dict[tuple[str, str], Figure]] = defaultdict(dict)
    for figure in found:
        key = figure.entity, figure.unit, figure.kind
        groups[key].setdefault((figure.doc_id, figure.value), figure)
    differing: list[Figure] = []
    for _, group in sorted(groups.items()):
        values: dict[str, set[str]] = defaultdict(set)
        for doc_id, value in group:
            values[doc_id].add(value)
        if len(set(map(frozenset, values.values()))) > 1:
            ordered = sorted(group.values(), key=lambda f: (f.role, f.doc_id, f.start))
            differing += _judged(ordered)
    return differing


def _judged(figures: Sequence[Figure]) -> Iterator[Figure]:
    """Yield the figures of one event instance, unit and kind, with what other articles exclude."""
    articles: dict[tuple[str, Interval], set[str]] = defaultdict(set)
    for figure in figures:
        articles[figure.role, figure.allowed].add(figure.doc_id)
    rivals = {
        (role, allowed): {
            doc_id
            for (other_role, other), doc_ids in articles.items()
            if other_role == role and other.excludes(allowed)
            for doc_id in doc_ids
        }
        for role, allowed in articles
    }
    for figure in figures:
        yield replace(figure, excluded=bool(rivals[figure.role, figure.allowed] - {figure.doc_id}))
