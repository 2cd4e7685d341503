"""The batches of a corpus folder: articles and their label files, read once, in memory or on disk.

A small corpus stays in memory. A large one is read over the engine, and each batch is written to a scratch
file below build/, from which later passes take it: no seed and no label file is opened twice.
"""

from __future__ import annotations

import hashlib
import pickle
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from parley.faults import Fault, check_machine
from parley.model.batch import DOCUMENT_SCHEMA, GOLD, LABELS, Batch, LayerFile
from parley.model.documents import Document
from parley.model.labels import decode_layer, encode_layer
from parley.model.ontology import Ontology
from parley.model.paths import CorpusPaths
from parley.runtime.engine import Cores, Engine
from parley.runtime.files import TEMPORARY, unfinished, whole_part, write_part
from parley.runtime.memory import without_garbage_collection
from parley.seeds.cleaning import Rules
from parley.seeds.manifest import Manifest, NumberedRow, read_rows

ARTICLES = 128  # of a batch: enough to pay for the columns, few enough for the memory
IN_MEMORY = 1024  # articles; of more, batches are kept on disk

Result = TypeVar("Result")

_TABLES = ("documents", "layers", "spans", "relations")


@dataclass(frozen=True)
class StoredBatch:
    """A batch that was read.

    number: among the batches of the corpus. doc_ids: of its articles as the manifest lists them, faulty ones
    too. annotators, gold: the layers that `load` keeps, None for those of every annotator.
    """

    number: int
    doc_ids: tuple[str, ...]
    content: tuple[Batch, tuple[Document, ...]] | Path
    annotators: frozenset[str] | None = None
    gold: bool = True

    def __len__(self) -> int:
        """Return the number of articles, faulty ones too."""
        return len(self.doc_ids)

    def load(self) -> Batch:
        """Return the batch: the sound articles, and each label file of them that can be read."""
        batch = Batch(*map(self.load_table, _TABLES))
        if self.annotators is None and self.gold:
            return batch
        keep = pc.equal(batch.layers["origin"], LABELS)
        if self.annotators is not None:
            names = pa.array(sorted(self.annotators), pa.string())
            keep = pc.and_(keep, pc.is_in(batch.layers["annotator"], value_set=names))
        if self.gold:
            keep = pc.or_(keep, pc.equal(batch.layers["origin"], GOLD))
        return batch.of_layers(keep)

    def load_table(self, name: str) -> pa.Table:
        """Return one table of the batch with the layers of every annotator. name: as a field of `Batch`."""
        if isinstance(self.content, Path):
            return _read_table(self.content / f"{name}.arrow")
        table: pa.Table = getattr(self.content[0], name)
        return table

    def load_texts(self) -> dict[str, str]:
        """Return the texts of the sound articles, by doc_id."""
        documents = self.load_table("documents")
        return dict(zip(documents["doc_id"].to_pylist(), documents["text"].to_pylist(), strict=True))

    def load_documents(self) -> tuple[Document, ...]:
        """Return the sound articles, with the way back to their seeds."""
        if isinstance(self.content, Path):
            found: tuple[Document, ...] = pickle.loads((self.content / "documents.pickle").read_bytes())  # noqa: S301 - of our own making
            return found
        return self.content[1]


def load_articles(batches: Iterable[StoredBatch], doc_ids: pa.Array) -> pa.Table:
    """Return some articles of batches, in their order, as a table of documents."""
    tables = [DOCUMENT_SCHEMA.empty_table()]
    for stored in batches:
        documents = stored.load_table("documents")
        tables.append(documents.filter(pc.is_in(documents["doc_id"], value_set=doc_ids)))
    return pa.concat_tables(tables)


@dataclass(frozen=True)
class Batches(Sequence[StoredBatch]):
    """The batches of a corpus in the manifest's order; label files of no article of it come last.

    faults: of articles and of label files that cannot be read, by batch.
    """

    stored: tuple[StoredBatch, ...]
    faults: tuple[Fault, ...]
    scratch: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self.stored)

    def __getitem__(self, index):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN204 - of an index or a slice
        """Return a batch."""
        return self.stored[index]

    def load(self) -> Iterator[Batch]:
        """Yield each batch, one in memory at a time."""
        return (stored.load() for stored in self.stored)

    def map(self, function: Callable[[StoredBatch], Result], engine: Engine, what: str) -> Iterator[Result]:
        """Yield `function(batch)` for each batch; over the engine only if they are on disk."""
        return (engine if self.scratch else Cores(1)).map(function, self.stored, what)

    def of_layers(self, annotators: frozenset[str] | None, *, gold: bool) -> Batches:
        """Return the batches with the layers of some annotators, and with gold or without."""
        return replace(self, stored=tuple(replace(s, annotators=annotators, gold=gold) for s in self.stored))


def read_batches(
    paths: CorpusPaths,
    manifest: Manifest,
    rules: Rules,
    ontology: Ontology,
    engine: Engine,
    *,
    annotators: Collection[str] | None = None,
    gold: bool = True,
    known: Batches | None = None,
) -> Batches:
    """Read the articles of a manifest and their label files over an engine.

    annotators, gold: the layers to read. known: batches of the same manifest; their articles are not read
    again.
    """
    scratch = None
    if len(manifest.rows) > IN_MEMORY:
        paths.refuse_link(paths.build)
        paths.build.mkdir(parents=True, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(TEMPORARY, unfinished("batches"), paths.build)
    folder = Path(scratch.name) if scratch else None
    reader = _Reader(paths, rules, ontology, _chosen(paths, annotators), gold, folder)
    stored: list[StoredBatch] = []
    faults: list[Fault] = []
    for one, wrong in engine.map(reader, _tasks(reader, manifest, known), "reading"):
        stored.append(one)
        faults += wrong
    return Batches(tuple(stored), tuple(faults), scratch)


def map_batches(
    paths: CorpusPaths,
    manifest: Manifest,
    rules: Rules,
    ontology: Ontology,
    engine: Engine,
    *,
    function: Callable[[StoredBatch], Result],
    what: str,
    annotators: Collection[str],
    gold: bool,
) -> Iterator[tuple[Result, list[Fault]]]:
    """Yield `function(batch)`, and the faults of the batch, for each batch as `read_batches` reads it.

    Each is read where the function is called, and kept nowhere. No layer has its `canonical_sha256`.
    """
    reader = _Reader(paths, rules, ontology, _chosen(paths, annotators), gold, None, canonical=False)
    return engine.map(_ReadAndCalled(reader, function), _tasks(reader, manifest, None), what)


def _chosen(paths: CorpusPaths, annotators: Collection[str] | None) -> tuple[str, ...]:
    """Return the folders of annotators, in order of name. annotators: None for all."""
    folders = sorted(path.name for path in paths.labels.glob("*") if path.is_dir())
    return tuple(name for name in folders if annotators is None or name in annotators)


def _tasks(reader: _Reader, manifest: Manifest, known: Batches | None) -> list[_Task]:
    """Return what a reader reads, a batch each: articles of a manifest, then label files of no article."""
    rows = manifest.rows
    groups = [rows[begin : begin + ARTICLES] for begin in range(0, len(rows), ARTICLES)]
    tasks = [_Task(n, group, known[n] if known else None) for n, group in enumerate(groups)]
    listed = {row["doc_id"] for _, row in rows}
    orphans = _orphans(reader.paths, reader.annotators, listed, gold=reader.gold)
    return [*tasks, _Task(len(tasks), (), None, orphans)] if orphans else tasks


@dataclass(frozen=True)
class _Task:
    """Articles to read, with their label files. files: more label files, each with its origin."""

    number: int
    rows: Sequence[NumberedRow]
    known: StoredBatch | None
    files: Sequence[tuple[str, Path]] = ()


@dataclass(frozen=True)
class _Reader:
    """Reads a batch, in whichever process.

    folder: where batches are kept; None for memory. canonical: whether digests of canonical bytes are asked
    for, which take as long as all else of a label file.
    """

    paths: CorpusPaths
    rules: Rules
    ontology: Ontology
    annotators: tuple[str, ...]
    gold: bool
    folder: Path | None
    canonical: bool = True

    def __call__(self, task: _Task) -> tuple[StoredBatch, list[Fault]]:
        doc_ids = tuple(row["doc_id"] for _, row in task.rows)
        faults: list[Fault] = []
        if task.known:
            documents = list(task.known.load_documents())
        else:
            documents, faults = read_rows(self.paths, task.rows, self.rules)
        with without_garbage_collection():
            batch, unread = self._batch(documents, doc_ids, task.files)
        faults += unread
        if self.folder is None:
            return StoredBatch(task.number, doc_ids, (batch, tuple(documents))), faults
        place = self.folder / f"{task.number:07d}"
        place.mkdir(exist_ok=True)  # of a worker that was lost
        for name in _TABLES:
            _write_table(place / f"{name}.arrow", getattr(batch, name))
        write_part(place / "documents.pickle", pickle.dumps(tuple(documents)))
        return StoredBatch(task.number, doc_ids, place), faults

    def _batch(
        self, documents: Sequence[Document], doc_ids: Sequence[str], files: Sequence[tuple[str, Path]]
    ) -> tuple[Batch, list[Fault]]:
        """Return articles with their layers, and the faults of label files; the structs are dropped here."""
        layers: list[LayerFile] = []
        faults: list[Fault] = []
        for found in self._layers(doc_ids, files):
            if isinstance(found, Fault):
                faults.append(found)
            elif found:
                layers.append(found)
        return Batch.of(documents, layers, self.ontology), faults

    def _layers(
        self, doc_ids: Sequence[str], files: Sequence[tuple[str, Path]]
    ) -> Iterator[LayerFile | Fault | None]:
        """Yield the layers of articles in their order, and those of further files; see `_read_layer`."""
        folders = [(LABELS, self.paths.labels / name) for name in self.annotators]
        folders += [(GOLD, self.paths.gold)] if self.gold else []
        below = [(origin, self.paths.relative(f), self.paths.reader(f)) for origin, f in folders]
        for doc_id in doc_ids:
            for origin, folder, read in below:
                file = f"{doc_id}.json"
                yield self._read_layer(partial(read, file), origin, f"{folder}/{file}")
        for origin, path in files:
            yield self._read_layer(partial(self.paths.read, path), origin, self.paths.relative(path))

    def _read_layer(self, read: Callable[[], bytes], origin: str, name: str) -> LayerFile | Fault | None:
        """Return a label file; see `_read_layer`. What no table has a column for hides it, too."""
        found = _read_layer(read, origin, name, canonical=self.canonical)
        document = found.layer.document if isinstance(found, LayerFile) else None
        if document is None or self.ontology.document_attributes:
            return found
        what = f"it says {', '.join(document.attributes)} of the document; the ontology has no [[document]]"
        return Fault("labels-unreadable", name, what, name)


@dataclass(frozen=True)
class _ReadAndCalled(Generic[Result]):
    """Reads a batch and calls a function of it."""

    reader: _Reader
    function: Callable[[StoredBatch], Result]

    def __call__(self, task: _Task) -> tuple[Result, list[Fault]]:
        stored, faults = self.reader(task)
        return self.function(stored), faults


def _read_layer(
    read: Callable[[], bytes], origin: str, name: str, *, canonical: bool
) -> LayerFile | Fault | None:
    """Return a label file with its digests, the fault that hides it, or None if there is no such file.

    read: returns its bytes. name: as faults name it. canonical: whether the digest of its canonical bytes is
    asked for.
    """
    try:
        data = read()
        layer = decode_layer(data)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeError, OSError) as error:
        check_machine(error)
        return Fault("labels-unreadable", name, str(error), name)
    digest = hashlib.sha256(data).hexdigest()
    if not canonical:
        return LayerFile(layer, origin, name, digest)
    written = encode_layer(layer)
    same = digest if written == data else hashlib.sha256(written).hexdigest()
    return LayerFile(layer, origin, name, digest, same)


def _orphans(
    paths: CorpusPaths, annotators: Sequence[str], listed: Collection[str], *, gold: bool
) -> list[tuple[str, Path]]:
    """Return the label files of articles that the manifest does not list, each with its origin."""
    folders = [(LABELS, paths.labels / name) for name in annotators] + ([(GOLD, paths.gold)] if gold else [])
    return [
        (origin, path)
        for origin, folder in folders
        for path in sorted(path for path in folder.glob("*.json") if path.stem not in listed)
    ]


def _write_table(path: Path, table: pa.Table) -> None:
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with (
        whole_part(path) as part,
        pa.OSFile(str(part), "wb") as out,
        pa.ipc.new_file(out, table.schema, options=options) as writer,
    ):
        writer.write_table(table)


def _read_table(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()
