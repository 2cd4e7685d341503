"""The loaded corpus: each file of a corpus folder is read once a command, and passed on from here.

Files that are read whole (ontology, entities, annotators, rules, manifest) are read when they are first
asked for. Articles and label files are read together, some articles at a time, as batches (`Batches`).
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from parley.corpus.batches import Batches, StoredBatch, map_batches, read_batches
from parley.faults import DataFaults, Fault, UsageError, check, check_machine
from parley.model.annotators import Annotator, decode_annotators
from parley.model.documents import Document
from parley.model.entities import Entity, decode_entities
from parley.model.ontology import Ontology
from parley.model.ontology_file import decode_ontology
from parley.model.paths import CorpusPaths
from parley.runtime.engine import Cores, Engine
from parley.runtime.files import locked, sweep
from parley.seeds.cleaning import Rules, decode_rules
from parley.seeds.manifest import Manifest, decode_manifest
from parley.seeds.near_duplicates import near_duplicates

Value = TypeVar("Value")

_DIGEST = 32  # bytes of a SHA-256
_TICK = 20_000_000  # nanoseconds by which the times of a file system may lag behind the clock


class once(Generic[Value]):  # noqa: N801 - it is used as a decorator, as `property` is
    """A property that is computed at its first use; if that raised DataFaults, each use raises them."""

    def __init__(self, read: Callable[[Any], Value]) -> None:
        self._read = read
        self.__doc__ = read.__doc__

    def __get__(self, owner: Corpus, kind: type) -> Value:
        return owner.derived(self._read)


class Corpus:
    """A corpus folder, read once.

    paths: where its files are. digests: hexadecimal SHA-256 of each file that was read whole, by its path
    relative to the folder, taken while reading; those of articles and label files are in their batches.
    opened: nanoseconds since 1970 before anything was read; what changed later may not be what was read.
    The properties raise DataFaults with all that is wrong with their file, each time they are used.
    """

    def __init__(self, paths: CorpusPaths) -> None:
        self.paths = paths
        self.opened = time.time_ns() - _TICK
        self.digests: dict[str, str] = {}
        self.known: dict[object, object] = {}
        self._batches: dict[tuple[frozenset[str] | None, bool], Batches] = {}
        self._near_duplicates: list[tuple[str, str, float]] | None = None
        self._beside: dict[str, Document] = {}

    @classmethod
    def at(cls, root: Path) -> Corpus:
        """Return the corpus in a folder. Raises UsageError if the folder has no ontology."""
        return cls(CorpusPaths.at(root))

    def derived(self, read: Callable[[Corpus], Value]) -> Value:
        """Return `read(corpus)`, computed at the first call; if that raised DataFaults, each call does."""
        if read not in self.known:
            try:
                self.known[read] = read(self)
            except DataFaults as found:
                self.known[read] = found
        known = self.known[read]
        if isinstance(known, DataFaults):
            raise known
        return cast("Value", known)

    def sha256(self, path: Path) -> str:
        """Return the digest of a file, "" if there is none; one that was read is not opened again."""
        file = self.paths.relative(path)
        if file not in self.digests and path.is_file():
            self.digests[file] = hashlib.sha256(self.paths.read(path)).hexdigest()
        return self.digests.get(file, "")

    def read(self, path: Path, code: str) -> bytes:
        """Return a file's bytes and keep their digest. Raises DataFaults with `code` if it cannot be read."""
        file = self.paths.relative(path)
        try:
            data = self.paths.read(path)
        except OSError as error:
            check_machine(error)
            raise DataFaults([Fault(code, file, f"cannot be read: {error.strerror}", file)])
        self.digests[file] = hashlib.sha256(data).hexdigest()
        return data

    @once
    def ontology(self) -> Ontology:
        """The annotation scheme."""
        return decode_ontology(self.read(self.paths.ontology, "ontology-malformed"))

    @once
    def entities(self) -> dict[str, Entity]:
        """The entities, by id."""
        return decode_entities(self.read(self.paths.entities, "entities-malformed"), self.ontology)

    @once
    def annotators(self) -> dict[str, Annotator]:
        """Who labels, by name."""
        return decode_annotators(self.read(self.paths.annotators, "annotators-malformed"))

    @once
    def rules(self) -> Rules:
        """The cleaning rules; none if the corpus has no cleaning.toml."""
        if not os.path.lexists(self.paths.cleaning):
            return Rules()
        return decode_rules(self.read(self.paths.cleaning, "cleaning-malformed"))

    @once
    def manifest(self) -> Manifest:
        """The manifest's rows, with what is wrong with them. Raises UsageError if it lists no article."""
        data = self.read(self.paths.manifest, "manifest-malformed")
        found = decode_manifest(data, self.paths, self.rules)
        if not found.rows and not found.faults:
            raise UsageError(
                f"there are no articles: {self.paths.relative(self.paths.manifest)} has no rows",
                "put an article into seeds/ and add its row to the manifest",
            )
        return found

    def batches(
        self, engine: Engine | None = None, *, annotators: Collection[str] | None = None, gold: bool = True
    ) -> Batches:
        """Return all articles with their label files, as batches.

        annotators: whose layers; None for all of annotation/labels. gold: whether gold is among the layers.
        Read at the first call; a later call for no more than an earlier one reads nothing.
        Raises DataFaults for what is wrong with ontology, rules and manifest; faults of single articles and
        label files are in the result.
        """
        names = None if annotators is None else frozenset(annotators)
        known = self._known_batches(names, gold=gold)
        if known is not None:
            return known
        read = read_batches(
            self.paths,
            self.manifest,
            self.rules,
            self.ontology,
            engine or Cores(),
            annotators=names,
            gold=gold,
            known=next(iter(self._batches.values()), None),
        )
        self._batches[names, gold] = read
        return read

    def map_batches(
        self,
        function: Callable[[StoredBatch], Value],
        engine: Engine,
        what: str,
        *,
        annotators: Collection[str],
        gold: bool,
    ) -> Iterator[tuple[Value, Sequence[Fault]]]:
        """Yield `function(batch)`, and faults of articles and label files, for each batch of `batches`.

        For a step that needs each batch once: what no earlier step has read is read and dropped, where the
        function is called. what: the work as the progress bar names it. Raises as `batches`.
        """
        known = self._known_batches(frozenset(annotators), gold=gold)
        if known is not None:
            found = known.map(function, engine, what)
            return zip(found, chain([known.faults], repeat(())), strict=False)
        return map_batches(
            self.paths,
            self.manifest,
            self.rules,
            self.ontology,
            engine,
            function=function,
            what=what,
            annotators=annotators,
            gold=gold,
        )

    def _known_batches(self, annotators: frozenset[str] | None, *, gold: bool) -> Batches | None:
        """Return the batches with the layers of some annotators, if they were read; see `batches`."""
        for (some, with_gold), known in self._batches.items():
            if (some is None or (annotators is not None and annotators <= some)) and with_gold >= gold:
                return known.of_layers(annotators, gold=gold)
        return None

    def near_duplicates(self, engine: Engine | None = None) -> list[tuple[str, str, float]]:
        """Return the pairs of articles that are nearly one text, computed at the first call.

        See `parley.seeds.near_duplicates`; raises as `batches`.
        """
        if self._near_duplicates is None:
            batches = next(iter(self._batches.values()), None) or self.batches(engine)
            chosen = engine if engine and batches.scratch else Cores(None if batches.scratch else 1)
            self._near_duplicates = near_duplicates(batches, chosen)
        return self._near_duplicates

    @once
    def sound_articles(self) -> Batches:
        """The batches of the articles, with any layers; DataFaults also for what is wrong with an article."""
        read = next(iter(self._batches.values()), None) or self.batches(annotators=(), gold=False)
        check([*self.manifest.faults, *(f for f in read.faults if f.code != "labels-unreadable")])
        return read

    @once
    def documents(self) -> dict[str, Document]:
        """Every article by doc_id, in the manifest's order; DataFaults as of `sound_articles`.

        All of them are in memory: for a corpus that people annotate.
        """
        return {one.doc_id: one for stored in self.sound_articles for one in stored.load_documents()}

    @once
    def numbers(self) -> dict[str, int]:
        """The place of every article in the manifest, from 0; DataFaults as of `sound_articles`."""
        doc_ids = (doc_id for stored in self.sound_articles for doc_id in stored.doc_ids)
        return {doc_id: number for number, doc_id in enumerate(doc_ids)}

    @once
    def _text_digests(self) -> bytes:
        """The SHA-256 of every article's text, in the manifest's order."""
        tables = (stored.load_table("documents") for stored in self.sound_articles)
        return bytes.fromhex("".join(d for table in tables for d in table["text_sha256"].to_pylist()))

    def text_sha256(self, doc_id: str) -> str:
        """Return the hexadecimal SHA-256 of an article's text. Raises KeyError if there is no article."""
        begin = self.numbers[doc_id] * _DIGEST
        return self._text_digests[begin : begin + _DIGEST].hex()

    def document(self, doc_id: str) -> Document | None:
        """Return an article, None if there is none; those beside it in the manifest are kept in memory."""
        if doc_id not in self.numbers:
            return None
        if doc_id not in self._beside:
            batches = self.sound_articles
            number = self.numbers[doc_id] // len(batches[0])  # all have as many articles, but the last
            self._beside = {one.doc_id: one for one in batches[number].load_documents()}
        return self._beside[doc_id]


@contextmanager
def writing(paths: CorpusPaths) -> Iterator[None]:
    """Hold the lock of a corpus folder, in build/, and remove what killed runs left unfinished in it.

    Raises UsageError if another process writes the folder, DataFaults if a folder in it is a link: what is
    written below one would be elsewhere.
    """
    folders = (paths.seeds, paths.annotation, paths.validation, paths.dataset, paths.build)
    below = [Path(top, name) for folder in folders for top, names, _ in os.walk(folder) for name in names]
    links = [paths.relative(path) for path in (*folders, *below) if path.is_symlink()]
    check(Fault("corpus-link", link, "nothing is written below a symbolic link", link) for link in links)
    with locked(paths.build / "writing.lock", f"writing {paths.root}"):
        sweep([paths.root, *folders, *below])
        yield
