"""What a release is made from: release.toml, the published labels, and the place of each article."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from parley.corpus.batches import StoredBatch
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, UsageError, check
from parley.model.annotators import Annotator
from parley.model.batch import GOLD, LABELS, Batch
from parley.model.entities import Entity
from parley.model.labels import layer_path
from parley.model.ontology import Ontology
from parley.model.paths import CorpusPaths
from parley.release.splits import Placement, place
from parley.runtime.engine import Engine

FILE = "release.toml"


class Licence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The terms of a part of the release. spdx: the licence's name in the SPDX list, if any."""

    part: str
    name: str
    link: str = ""
    note: str = ""
    spdx: str = ""


class Responsible(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people say about a release that cannot be computed, for croissant.json.

    The names are those of the Croissant RAI vocabulary 1.0. synthetic_text: whether the articles themselves
    are made up. What is said of the annotators is computed from annotators.csv.
    """

    collection: str = ""
    collection_types: tuple[str, ...] = ()
    missing_data: str = ""
    raw_data: str = ""
    preprocessing: tuple[str, ...] = ()
    annotation_platforms: tuple[str, ...] = ()
    use_cases: tuple[str, ...] = ()
    biases: tuple[str, ...] = ()
    social_impact: str = ""
    personal_information: tuple[str, ...] = ()
    maintenance: str = ""
    synthetic_text: bool = False


_Version = Annotated[str, msgspec.Meta(pattern=r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$")]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people decide about a release; everything else is computed.

    version: semantic. date: of the release, ISO 8601. labels: `gold`, or the name of the annotator whose
    layer is published as it is. repository: the usual name on the Hub. summary: Markdown for the card.
    faults: what is known to be wrong, a line each. licences: of each part, of what the authors made first.
    """

    name: str
    title: str
    version: _Version
    date: str
    labels: str
    repository: str
    languages: tuple[str, ...]
    summary: str
    authors: tuple[str, ...]
    licences: Annotated[tuple[Licence, ...], msgspec.Meta(min_length=1)]
    keywords: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    responsible: Responsible = Responsible()

    @property
    def licence(self) -> str:
        """The SPDX name of the licence that covers all of it, "" if there is none."""
        return self.licences[0].spdx if len(self.licences) == 1 else ""

    @property
    def url(self) -> str:
        """The page on the Hub."""
        return f"https://huggingface.co/datasets/{self.repository}"

    @property
    def version_parts(self) -> tuple[int, int, int]:
        """Major, minor, patch."""
        major, minor, patch = self.version.split(".")
        return int(major), int(minor), int(patch)


def read_settings(corpus: Corpus) -> Settings:
    """Return a corpus' release settings, read once.

    Raises DataFaults if release.toml is missing or malformed.
    """
    return corpus.derived(_read)


def _read(corpus: Corpus) -> Settings:
    data = corpus.read(corpus.paths.root / FILE, "release-malformed")
    try:
        settings = msgspec.convert(tomllib.loads(data.decode()), Settings)
        datetime.date.fromisoformat(settings.date)
    except (ValueError, msgspec.ValidationError) as error:  # a TOML error is a ValueError
        raise DataFaults([Fault("release-malformed", FILE, str(error), FILE)])
    return settings


@dataclass(frozen=True)
class Inputs:
    """What is the same for every batch of a release.

    labels: what is published, GOLD or the name of the annotator whose layer is published as it is.
    placement: of each article, in the manifest's order.
    """

    labels: str
    ontology: Ontology
    entities: Mapping[str, Entity]
    annotators: Mapping[str, Annotator]
    placement: Mapping[str, Placement]


@dataclass
class _Survey:
    """What placing needs to know of a batch, or what is wrong with it.

    missing: articles without published labels. labels: by doc_id. leads, makers: as in `Counts`.
    """

    faults: list[Fault] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    labels: dict[str, frozenset[str]] = field(default_factory=dict)
    leads: set[str] = field(default_factory=set)
    makers: set[str] = field(default_factory=set)


def published(batch: Batch, labels: str) -> Batch:
    """Return a batch's documents with the layers that are published. labels: as in `Inputs`."""
    layers = batch.layers
    if labels == GOLD:
        return batch.of_origin(GOLD)
    is_label = pc.equal(layers["origin"], LABELS)
    return batch.of_layers(pc.and_(is_label, pc.equal(layers["annotator"], labels)))


def makers(batch: Batch) -> set[str]:
    """Return who made the labels of published layers: their annotators, and those that gold was made from."""
    names = set(batch.layers["annotator"].to_pylist())
    for labels in (batch.spans, batch.relations):
        names.update(pc.unique(pc.list_flatten(labels["sources"])).to_pylist())
    return names


def read_inputs(corpus: Corpus, settings: Settings, engine: Engine) -> Inputs:
    """Read articles and labels, and place the articles.

    Raises DataFaults with all that stops a release from being made of them, UsageError if an article has no
    labels to publish or the version has not been earned.
    """
    batches = corpus.batches(engine)
    known = settings.labels, corpus.ontology, corpus.annotators
    whole = _Survey([*corpus.manifest.faults, *batches.faults])
    for one in batches.map(partial(_survey, *known), engine, "looking at labels"):
        whole.faults += one.faults
        whole.missing += one.missing
        whole.labels |= one.labels
        whole.leads |= one.leads
        whole.makers |= one.makers
    check(whole.faults)
    _refuse_missing(corpus.paths, settings.labels, whole.missing)
    _refuse_unearned_version(settings, corpus.annotators, whole.leads, whole.makers)
    events = {row["doc_id"]: row["event"] for _, row in corpus.manifest.rows}
    duplicates = [(a, b) for a, b, _ in corpus.near_duplicates(engine)]
    placement = place(events, whole.labels, duplicates)
    return Inputs(
        settings.labels,
        corpus.ontology,
        corpus.entities,
        corpus.annotators,
        {doc_id: placement[doc_id] for doc_id in events},
    )


def _survey(
    labels: str, ontology: Ontology, annotators: Mapping[str, Annotator], stored: StoredBatch
) -> _Survey:
    if not stored.doc_ids:  # label files of no article
        return _Survey()
    batch = stored.load()
    made = _Survey(list(_faults(batch if labels == GOLD else batch.of_origin(LABELS), ontology, annotators)))
    chosen = published(batch, labels)
    doc_ids = chosen.layers["doc_id"].to_pylist()
    made.missing = sorted(set(stored.doc_ids) - set(doc_ids), key=stored.doc_ids.index)
    names: dict[int, set[str]] = {number: set() for number in range(len(doc_ids))}
    for table in (chosen.spans, chosen.relations):
        pairs = table.group_by(["layer", "label"]).aggregate([])
        for layer, label in zip(pairs["layer"].to_pylist(), pairs["label"].to_pylist(), strict=True):
            names[layer].add(label)
    made.labels = {doc_id: frozenset(names[number]) for number, doc_id in enumerate(doc_ids)}
    made.leads = set(chosen.layers["annotator"].to_pylist())
    made.makers = makers(chosen)
    return made


def _faults(batch: Batch, ontology: Ontology, annotators: Mapping[str, Annotator]) -> Iterator[Fault]:
    """Yield a fault for each label that no table of a release has room for.

    Validation finds more; these stop a release that is made without it.
    """
    layers = batch.layers.select(["file", "doc_id", "annotator"]).to_pylist()
    for row in layers:
        if row["doc_id"] != row["file"].rpartition("/")[2].removesuffix(".json"):
            yield Fault("labels-misplaced", row["file"], f"its labels are of {row['doc_id']!r}", row["file"])
        if row["annotator"] not in annotators:
            yield Fault("annotator-unknown", row["file"], f"annotator {row['annotator']!r}", row["file"])
    for code, table, wrong, column in (
        ("span-label", batch.spans, _unknown(batch.spans, ontology.span_names), "label"),
        ("relation-label", batch.relations, _unknown(batch.relations, ontology.relation_names), "label"),
        ("relation-dangling", batch.relations, pc.is_null(batch.relations["head_row"]), "head"),
        ("relation-dangling", batch.relations, pc.is_null(batch.relations["tail_row"]), "tail"),
    ):
        for row in table.select(list({"layer", "id", column})).filter(wrong).to_pylist():
            file = layers[row["layer"]]["file"]
            yield Fault(code, f"{file} > {row['id']}", f"{column} {row[column]!r}", file)


def _unknown(table: pa.Table, names: Iterable[str]) -> pa.ChunkedArray:
    return pc.invert(pc.is_in(table["label"], value_set=pa.array(list(names), pa.string())))


def _refuse_missing(paths: CorpusPaths, labels: str, doc_ids: Iterable[str]) -> None:
    """Raise UsageError if an article has no labels to publish."""
    files = [
        paths.gold / f"{doc_id}.json" if labels == GOLD else layer_path(paths, labels, doc_id)
        for doc_id in doc_ids
    ]
    if files:
        raise UsageError(
            f"there are no labels to publish in {', '.join(map(paths.relative, files))}",
            "adjudicate them (`parley adjudicate`), or name another source with `labels` in release.toml",
        )


def _refuse_unearned_version(
    settings: Settings, annotators: Mapping[str, Annotator], leads: set[str], made_by: set[str]
) -> None:
    """Raise UsageError if a version from 1.0 was not made by people.

    leads: the annotators of the published layers. made_by: who made their labels.
    """
    if settings.version_parts[0] == 0:
        return
    humans = {name for name in made_by if name in annotators and annotators[name].kind == "human"}
    led_by_people = all(annotators[name].kind == "human" for name in leads)
    if not (settings.labels == GOLD and len(humans - leads) >= 2 and led_by_people):
        raise UsageError(
            f"version {settings.version} needs gold made by at least two people and adjudicated by one",
            "publish it as 0.x until people have labelled and adjudicated it",
        )
