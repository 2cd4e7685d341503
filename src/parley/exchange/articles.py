"""Articles as other formats get and give them: a text, what is known of it, and one layer of labels.

An exporter writes a stream of articles, an importer reads one. Where they come from is a source: a release,
one annotator's layer of it, or a layer of a corpus folder; in parts of some thousand articles, each of which
is read, written and read back by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import pyarrow.compute as pc

from parley.corpus.batches import StoredBatch
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, UsageError, check
from parley.model.batch import GOLD, Batch
from parley.model.documents import METADATA
from parley.model.labels import DocumentLabel, Relation, Span
from parley.model.ontology import Ontology
from parley.release.data.files import PublishedBatch, annotated, data_files, release_ontology
from parley.release.versions.history import damage
from parley.runtime.memory import without_garbage_collection

_DOCUMENTS = 100  # whose labels are structs at once
_PART = 16  # stored batches of a corpus in one part: some 2,000 articles


class Lost(NamedTuple):
    """A label of a file that could not be read. kind: of `loss.KINDS`. detail: what tells it from others."""

    kind: str
    label: str
    why: str
    detail: str = ""


@dataclass(frozen=True)
class Article:
    """An article with labels.

    doc_id: "" if the format has no names of documents. metadata: what is known of it, by name (METADATA); a
    format may have other names. spans: offsets in code points of `text`. unread: what of a file is neither a
    span nor a relation that Parley knows, a line each. lost: what of it is one, and cannot be read.
    annotator: whose labels they are, if the file says it. names: what else it may be known by. left_out: what
    such articles are, in words, if their labels are not to be imported. document: what is said of the whole
    of it, if anything. person: who made the labels, as the file calls them, if it says so and they may be
    several.
    """

    doc_id: str
    text: str
    spans: tuple[Span, ...] = ()
    relations: tuple[Relation, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    lost: tuple[Lost, ...] = ()
    annotator: str = ""
    names: tuple[str, ...] = ()
    left_out: str = ""
    document: DocumentLabel | None = None
    person: str | None = None

    def ends(self) -> Iterator[tuple[Relation, Span, Span]]:
        """Yield each relation with its head and tail; one that lacks an end is left out."""
        by_id = {span.id: span for span in self.spans}
        for relation in self.relations:
            if relation.head in by_id and relation.tail in by_id:
                yield relation, by_id[relation.head], by_id[relation.tail]


class Part(Protocol):
    """Some articles of a source that have not been read. name: of the part, fit for a file."""

    @property
    def name(self) -> str:
        """The part's name."""

    def articles(self) -> Iterator[Article]:
        """Yield the articles, few of them in memory. May be called again."""


class Source(NamedTuple):
    """What is exported. title: in words. ontology: its annotation scheme."""

    title: str
    ontology: Ontology
    parts: Sequence[Part]


@dataclass(frozen=True)
class ReleasePart:
    """One file of a release's articles. annotator: whose labels; "" for the published ones."""

    name: str
    batch: PublishedBatch
    annotator: str = ""

    def articles(self) -> Iterator[Article]:
        """Yield the articles. Raises DataFaults if a file is damaged, UsageError if it has no text."""
        if not self.annotator:
            return _articles(self.batch.load())
        found = annotated(self.batch.folder, self.batch.ontology, self.batch.names)
        return _articles(found.of_layers(pc.equal(found.layers["annotator"], self.annotator)))


@dataclass(frozen=True)
class CorpusPart:
    """Some batches of a corpus folder, with one layer on each of their articles."""

    name: str
    batches: tuple[StoredBatch, ...]

    def articles(self) -> Iterator[Article]:
        """Yield the articles that have the layer."""
        for stored in self.batches:
            yield from _articles(stored.load())


def release_source(
    folder: Path, annotator: str = "", ontology: Callable[[], Ontology] | None = None
) -> Source:
    """Return the articles of a release folder with its labels, or those of one of its annotators.

    ontology: gives that of a release which does not have its own. Raises UsageError if nothing is published
    there, DataFaults if a file is damaged.
    """
    scheme = release_ontology(folder) or (ontology() if ontology else None)
    check(fault for fault in damage(folder) if fault.code == "release-link")  # a pipe holds a reader up
    files = [path for _, path in data_files(folder, "documents")]
    if not files:
        raise UsageError(
            f"nothing is published in {folder}", "run `parley publish`, or name another --release"
        )
    if scheme is None:
        raise UsageError(
            f"{folder} does not say what its labels are: it has no ontology.json",
            "call this in the corpus it was published from, or name that with --root",
        )
    names = [path.name.removesuffix(".parquet").removesuffix("-00000-of-00001") for path in files]
    parts = [
        ReleasePart(name, PublishedBatch(folder, scheme, frozenset({path.name})), annotator)
        for name, path in zip(names, files, strict=True)
    ]
    whose = f", labels of {annotator}" if annotator else ""
    return Source(f"release {folder.name}{whose}", scheme, parts)


def layer_source(corpus: Corpus, annotator: str) -> Source:
    """Return the articles of a corpus that have an annotator's label file, or gold if that is the name.

    Raises UsageError if there is none, DataFaults if an article or label file cannot be read.
    """
    is_gold = annotator == GOLD
    known = sorted(path.name for path in corpus.paths.labels.glob("*") if path.is_dir())
    if corpus.paths.gold.is_dir():
        known.append(GOLD)
    if annotator not in known:
        whose = ", ".join(known) or "nobody has labelled anything"
        raise UsageError(f"there are no labels of {annotator!r}", f"name another annotator: {whose}")
    batches = corpus.batches(annotators=() if is_gold else (annotator,), gold=is_gold)
    check([*corpus.manifest.faults, *batches.faults])
    groups = [tuple(batches[begin : begin + _PART]) for begin in range(0, len(batches), _PART)]
    names = ["all"] if len(groups) == 1 else [f"all-{n:05}-of-{len(groups):05}" for n in range(len(groups))]
    parts = [CorpusPart(name, group) for name, group in zip(names, groups, strict=True)]
    return Source(f"layer of {annotator}", corpus.ontology, parts)


def _articles(batch: Batch) -> Iterator[Article]:
    """Yield the articles of a batch that have a layer. There is one layer an article."""
    doc_ids = batch.documents["doc_id"].to_pylist()
    strays = sorted(set(batch.layers["doc_id"].to_pylist()) - set(doc_ids))
    if strays:
        what = "labels of an article that is not there"
        raise DataFaults([Fault("release-damaged", doc_id, what) for doc_id in strays])
    for begin in range(0, len(doc_ids), _DOCUMENTS):
        some = batch.of_documents(doc_ids[begin : begin + _DOCUMENTS])
        with without_garbage_collection():
            rows = {row["doc_id"]: row for row in some.documents.to_pylist()}
            layers = {file.layer.doc_id: file.layer for file in some.structs()}
        for doc_id, row in rows.items():
            if doc_id not in layers:
                continue
            if row["text"] is None:
                raise UsageError(
                    f"the release does not have the text of {doc_id}",
                    "put it back with `parley rehydrate`, or export another release",
                )
            known = {name: row[name] for name in METADATA if row[name]}
            layer = layers[doc_id]
            yield Article(doc_id, row["text"], layer.spans, layer.relations, known, document=layer.document)
