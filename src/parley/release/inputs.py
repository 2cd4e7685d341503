"""What a release is made from: release.toml, the published labels, and the place of each article."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Meta

from parley.corpus.batches import StoredBatch
from parley.corpus.corpus import Corpus
from parley.faults import Fault, UsageError, check
from parley.model.annotators import Annotator
from parley.model.batch import GOLD, LABELS, Batch
from parley.model.entities import Entity
from parley.model.ontology import Ontology
from parley.model.paths import sound_name
from parley.release.splits import Placement, place
from parley.runtime.counts import counted
from parley.runtime.engine import Engine
from parley.runtime.schema import decode_toml

FILE = "release.toml"
_SHOWN = 5  # label files that are not there


class Licence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The terms of a part of the release."""

    part: Annotated[str, "What it covers, in words: labels, articles, code."]
    name: Annotated[str, "What the terms are called."]
    link: Annotated[str, "Where they can be read."] = ""
    note: Annotated[str, "What a reader should know besides."] = ""
    spdx: Annotated[
        str,
        "The licence's name in the SPDX list, if it is there.",
        Meta(pattern=r"^[A-Za-z0-9.+-]*\Z", examples=["CC-BY-4.0"]),
    ] = ""
    covers: Annotated[
        Literal["", "labels", "text", "code"],
        "What it covers, for programs: the labels, the text of the articles, or code that is "
        "not in the release; empty for all that is in it.",
    ] = ""


class Responsible(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people say about a release that cannot be computed, for croissant.json.

    The names are those of the Croissant RAI vocabulary 1.0. What is said of the annotators is computed from
    annotators.csv.
    """

    collection: Annotated[str, "Who chose the articles, and how."] = ""
    collection_types: Annotated[tuple[str, ...], "Such as Web Scraping, Manual Human Curation."] = ()
    missing_data: Annotated[str, "What is not there that could be, and why."] = ""
    raw_data: Annotated[str, "What the articles were before they were cleaned."] = ""
    preprocessing: Annotated[tuple[str, ...], "What was done to them, step by step."] = ()
    annotation_platforms: Annotated[tuple[str, ...], "What annotators worked with."] = ()
    use_cases: Annotated[
        tuple[str, ...], "What it is for, as `Testing: …`, `Training: …`, and what it is not for."
    ] = ()
    biases: Annotated[tuple[str, ...], "What is in it more, or less, than in the world."] = ()
    social_impact: Annotated[str, "What its use may do to people."] = ""
    personal_information: Annotated[tuple[str, ...], "What of persons is in it that needs care."] = ()
    maintenance: Annotated[str, "Who mends it, and how a fault is reported."] = ""
    synthetic_text: Annotated[bool, "Whether the articles themselves are made up."] = False


class Elsewhere(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another corpus with the same scheme, whose agreement is given beside that of the release."""

    folder: Annotated[
        str,
        "Its folder, below that of this corpus.",
        Meta(pattern=r"^[\w-]+(/[\w-]+)*\Z", examples=["annotation/pilot"]),
    ]
    what: Annotated[str, "What its articles are, in a few words."]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people decide about a release; everything else is computed."""

    name: Annotated[str, "Of the dataset, for files: letters, digits, `_`, `-`, `.`."]
    title: Annotated[str, "For readers."]
    version: Annotated[
        str,
        "Major where columns or numbers of classes mean something else, minor where labels "
        "or articles differ, patch for words; 0 as long as gold is not made by two people and "
        "adjudicated by a third.",
        Meta(pattern=r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)\Z", examples=["0.1.0"]),
    ]
    date: Annotated[str, "Of the release.", Meta(pattern=r"^\d{4}-\d\d-\d\d\Z", examples=["2031-06-01"])]
    labels: Annotated[
        str,
        "Whose labels are published: `gold`, or the name of an annotator, whose layer is published as it is.",
    ]
    repository: Annotated[
        str, "Its usual name on the Hub.", Meta(pattern=r"^[\w.-]+/[\w.-]+\Z", examples=["org/name"])
    ]
    languages: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]+\Z", examples=["en", "pt-BR"])], ...],
        "Of the articles, as BCP 47 writes them.",
    ]
    summary: Annotated[str, "What it is, in a paragraph or two: the card begins with it."]
    authors: Annotated[tuple[str, ...], "Who is cited."]
    licences: Annotated[
        tuple[Licence, ...],
        "The terms of a part; first of what the authors made themselves.",
        Meta(min_length=1),
    ]
    keywords: Annotated[tuple[str, ...], "Tags of the dataset on the Hub."] = ()
    faults: Annotated[tuple[str, ...], "What is known to be wrong, a line each."] = ()
    reasons: Annotated[
        tuple[str, ...],
        "Why the labels of this version are not those of the version before, kind by kind: a "
        "line each, for CHANGELOG.md.",
    ] = ()
    elsewhere: Annotated[
        tuple[Elsewhere, ...], "Other corpora with this scheme, whose agreement the card tells too."
    ] = ()
    doi: Annotated[
        str,
        "Of this version, once an archive has given it one; empty before.",
        Meta(pattern=r"^(10\.\d{4,9}/[!-~]*[!-+/-9<-~-])?\Z", examples=["10.5281/zenodo.1234567"]),
    ] = ""
    responsible: Annotated[Responsible, "What nobody can compute, for croissant.json."] = Responsible()

    @property
    def licence(self) -> str:
        """The SPDX name of the licence that covers all of it, "" if there is none."""
        return self.licences[0].spdx if len(self.licences) == 1 else ""

    @property
    def url(self) -> str:
        """The page on the Hub."""
        return f"https://huggingface.co/datasets/{self.repository}"


def read_settings(corpus: Corpus) -> Settings:
    """Return a corpus' release settings, read once.

    Raises DataFaults if release.toml is missing or malformed.
    """
    return corpus.derived(_decode_settings)


def _decode_settings(corpus: Corpus) -> Settings:
    data = corpus.read(corpus.paths.root / FILE, "release-malformed")
    settings = decode_toml(data, Settings, "release-malformed", FILE)
    wrong = []
    for field_name, read in (
        ("date", datetime.date.fromisoformat),
        ("name", sound_name),
        ("labels", sound_name),
    ):
        try:
            read(getattr(settings, field_name))
        except ValueError as error:
            wrong.append(Fault("release-malformed", f"{FILE} > {field_name}", str(error), FILE))
    check(wrong)
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


def published(batch: Batch, labels: str) -> Batch:
    """Return a batch's documents with the layers that are published. labels: as in `Inputs`."""
    if labels == GOLD:
        return batch.of_origin(GOLD)
    layers = batch.layers
    is_label = pc.equal(layers["origin"], LABELS)
    return batch.of_layers(pc.and_(is_label, pc.equal(layers["annotator"], labels)))


def read_inputs(corpus: Corpus, settings: Settings, engine: Engine) -> Inputs:
    """Read articles and labels, a batch at a time, and place the articles.

    Raises DataFaults with all that stops a release from being made of them, UsageError if an article has no
    labels to publish.
    """
    batches = corpus.batches(engine)
    survey = partial(_survey, settings.labels, corpus.ontology, corpus.annotators)
    whole = _Survey([*corpus.manifest.faults, *batches.faults])
    once: dict[frozenset[str], frozenset[str]] = {}  # most articles have the same
    for one in batches.map(survey, engine, "looking at labels"):
        whole.faults += one.faults
        whole.missing += one.missing
        whole.labels |= {doc_id: once.setdefault(names, names) for doc_id, names in one.labels.items()}
    check(whole.faults)
    if whole.missing:
        gold = settings.labels == GOLD
        folder = corpus.paths.gold if gold else corpus.paths.labels / settings.labels
        files = [f"{corpus.paths.relative(folder)}/{name}.json" for name in whole.missing]
        more = f" and {counted(len(files) - _SHOWN, 'other')}" if len(files) > _SHOWN else ""
        by_people = "label them (`parley annotate`), bring labels in (`parley import`)"
        how = "adjudicate them (`parley adjudicate --help`)" if gold else by_people
        raise UsageError(
            f"there are no labels to publish in {', '.join(files[:_SHOWN])}{more}",
            f"{how}, or name other `labels` in release.toml",
        )
    doc_ids = (doc_id for stored in batches for doc_id in stored.doc_ids)  # no second string of each
    events = {doc_id: row["event"] for doc_id, (_, row) in zip(doc_ids, corpus.manifest.rows, strict=True)}
    duplicates = [(a, b) for a, b, _ in corpus.near_duplicates(engine)]
    placement = place(events, whole.labels, duplicates)
    return Inputs(settings.labels, corpus.ontology, corpus.entities, corpus.annotators, placement)


@dataclass
class _Survey:
    """What is known of a batch. missing: articles without published labels. labels: names by doc_id."""

    faults: list[Fault] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    labels: dict[str, frozenset[str]] = field(default_factory=dict)


def _survey(
    labels: str, ontology: Ontology, annotators: Mapping[str, Annotator], stored: StoredBatch
) -> _Survey:
    if not stored.doc_ids:  # label files of no article
        return _Survey()
    batch = stored.load()
    faults = list(_faults(batch if labels == GOLD else batch.of_origin(LABELS), ontology, annotators))
    chosen = published(batch, labels)
    doc_ids = chosen.layers["doc_id"].to_pylist()
    names: list[set[str]] = [set() for _ in doc_ids]
    for table in (chosen.spans, chosen.relations):
        pairs = table.group_by(["layer", "label"]).aggregate([])
        for layer, label in zip(pairs["layer"].to_pylist(), pairs["label"].to_pylist(), strict=True):
            names[layer].add(label)
    labels_of = dict(zip(doc_ids, map(frozenset, names), strict=True))
    return _Survey(
        faults,
        [name for name in stored.doc_ids if name not in labels_of],
        labels_of,
    )


def _faults(batch: Batch, ontology: Ontology, annotators: Mapping[str, Annotator]) -> Iterator[Fault]:
    """Yield a fault for each label that no table of a release has room for.

    Validation finds more; these stop a release that is made without it.
    """
    layers = batch.layers.select(["file", "doc_id", "annotator", "origin"]).to_pylist()
    for row in layers:
        path = Path(row["file"])
        if row["doc_id"] != path.stem:
            yield Fault("labels-misplaced", row["file"], f"its labels are of {row['doc_id']!r}", row["file"])
        if row["origin"] == LABELS and row["annotator"] != path.parent.name:
            yield Fault("labels-misplaced", row["file"], f"they are {row['annotator']!r}'s", row["file"])
        if row["annotator"] not in annotators:
            yield Fault("annotator-unknown", row["file"], f"annotator {row['annotator']!r}", row["file"])
    spans, relations = batch.spans, batch.relations
    for code, table, wrong, column in (
        ("span-label", spans, _unknown(spans, ontology.span_names), "label"),
        ("relation-label", relations, _unknown(relations, ontology.relation_names), "label"),
        ("relation-dangling", relations, pc.is_null(relations["head_row"]), "head"),
        ("relation-dangling", relations, pc.is_null(relations["tail_row"]), "tail"),
    ):
        for row in table.filter(wrong).to_pylist():
            file = layers[row["layer"]]["file"]
            yield Fault(code, f"{file} > {row['id']}", f"{column} {row[column]!r}", file)


def _unknown(table: pa.Table, names: Iterable[str]) -> pa.ChunkedArray:
    return pc.invert(pc.is_in(table["label"], value_set=pa.array(names, pa.string())))
