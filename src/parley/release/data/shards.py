"""Shards: the files of a release; what is in them is decided before any is written.

A shard is the next so many articles of a split, one Parquet file of each config. It is written in one place
by one process, from the stored batches that have its articles. So neither the number of processes nor where
they run makes a difference to any byte, and memory does not grow with the corpus.

The content hash is what a release says, whatever wrote its files, in however many parts. The digest of a
document is the SHA-256 of its rows: for each config it has rows in, by name, the line with the config's name,
then its rows in order, each as JSON with sorted keys (UTF-8, no blanks) on a line. The content hash is the
SHA-256 of one line for each document, `split/doc_id digest`, splits in the order train, validation, test and
documents in the release's order; then one for each config about the corpus as a whole, by name, `config
digest`, of its rows.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.corpus.batches import StoredBatch
from parley.model.batch import LABELS, Batch, merged
from parley.release.data.configs import figure_rows, tables, whole_tables
from parley.release.data.counts import Counts, count
from parley.release.data.files import Writer, read_table, table_size, write_table
from parley.release.data.fingerprints import fingerprints, without_quotes
from parley.release.data.schema import FINGERPRINTS, WHOLE, Config, split_configs, tagged_labels
from parley.release.data.sentences import Sentences
from parley.release.inputs import Inputs, published
from parley.release.splits import SPLITS, Placement
from parley.runtime.columns import Rows
from parley.runtime.engine import Engine
from parley.runtime.json_lines import json_lines
from parley.runtime.memory import use_close_pool, without_garbage_collection

DOCUMENTS_PER_SHARD = 1_000  # some MB of each config: enough shards for every core, none too large to fetch
AT_ONCE = 96  # articles made into rows, at least: what that costs besides is as much for one
_PARTS = ".parts"  # below the release while it is written: shards that are not finished


@dataclass(frozen=True)
class Size:
    """The size of a table. rows: of all its shards. bytes: of its rows as Arrow."""

    rows: int
    bytes: int


Sizes = dict[str, dict[str, Size]]  # config → split → size
Lines = bytes  # of a content hash: see above


@dataclass(frozen=True)
class Shard:
    """The articles of a shard, and which of how many of its split it is, from 0.

    places: the placement of each article. batches: that have the articles, in their order.
    """

    split: str
    number: int
    of: int
    doc_ids: tuple[str, ...]
    places: tuple[Placement, ...]
    batches: tuple[StoredBatch, ...]

    def placed(self, inputs: Inputs) -> Inputs:
        """Return the inputs with the placement of its articles, and of no others."""
        return replace(inputs, placement=dict(zip(self.doc_ids, self.places, strict=True)))

    def file(self, config: str) -> str:
        """Return the name of its file of a config, below the release's folder."""
        return shard_file(config, self.split, self.number, self.of)


@dataclass(frozen=True)
class Earlier:
    """An earlier release, of which shards can be taken over.

    folder: of the release. digests: of the articles whose inputs are the same now, and so are their rows, but
    for fold and split. files: the SHA-256 of its data files, by name below the folder.
    """

    folder: Path
    digests: Mapping[str, str]
    files: Mapping[str, str]

    def shard(self, shard: Shard) -> Earlier | None:
        """Return what it has of a shard; None if it has not all of its articles as they are now."""
        if not self.digests.keys() >= set(shard.doc_ids):
            return None
        start = re.compile(rf"data/[^/]+/{shard.split}-{shard.number:05d}-of-")
        files = {name: digest for name, digest in self.files.items() if start.match(name)}
        return Earlier(self.folder, {name: self.digests[name] for name in shard.doc_ids}, files)

    def copy(self, config: str, place: Path) -> bool:
        """Copy a shard's file of a config; say whether it was there as it was published."""
        for name, digest in self.files.items():
            if name.startswith(f"data/{config}/"):
                with suppress(OSError):  # then it is made again
                    shutil.copyfile(self.folder / name, place)
                    return hashlib.sha256(place.read_bytes()).hexdigest() == digest
        return False

    def has(self, config: str) -> bool:
        """Say whether a shard has a file of a config; it has none of those without rows in its split."""
        return any(name.startswith(f"data/{config}/") for name in self.files)


@dataclass
class Written:
    """What was written: of shards, or of a whole release.

    digests: by split, the lines of the articles in those of the content hash. rows, bytes: by config and
    split. excluding: figures that exclude another. lines: those of the content hash of the release with its
    text. taken: shards of the last release that were taken over.
    """

    counts: Counts = field(default_factory=Counts)
    digests: dict[str, Lines] = field(default_factory=lambda: dict.fromkeys(SPLITS, b""))
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    excluding: int = 0
    bytes: Counter[tuple[str, str]] = field(default_factory=Counter)
    lines: Lines = b""
    taken: int = 0

    def add(self, other: Written) -> None:
        """Add what was written of other shards."""
        self.counts.add(other.counts)
        for split in SPLITS:
            self.digests[split] += other.digests[split]
        self.rows.update(other.rows)
        self.bytes.update(other.bytes)
        self.taken += other.taken

    @property
    def content_sha256(self) -> str:
        """The content hash of the release with its text."""
        return hashlib.sha256(self.lines).hexdigest()

    def sizes(self, configs: Iterable[str]) -> Sizes:
        """Return the sizes of the configs that have rows."""
        found: Sizes = {}
        for config in configs:
            for split in (*SPLITS, WHOLE):
                if rows := self.rows[config, split]:
                    found.setdefault(config, {})[split] = Size(rows, self.bytes[config, split])
        return found


def write_shards(
    inputs: Inputs,
    configs: Mapping[str, Config],
    batches: Iterable[StoredBatch],
    folder: Path,
    engine: Engine,
    *,
    withheld: bool,
    earlier: Earlier | None = None,
) -> Written:
    """Write the data of a release below `folder`.

    withheld: without text. earlier: of which shards are taken over that have not changed.
    """
    (folder / _PARTS).mkdir(parents=True)
    for config in configs.values():
        config.arrow  # noqa: B018 - computed once, here, and not in every process
    shards = plan(batches, inputs.placement)
    names = [*split_configs(configs), *([FINGERPRINTS] if withheld else [])]
    whole = Written()
    tasks = [(shard, earlier.shard(shard) if earlier else None) for shard in shards]
    writer = _ShardWriter(replace(inputs, placement={}), configs, names, folder)
    for made in engine.map(writer, tasks, "writing shards"):
        whole.add(made)
    shutil.rmtree(folder / _PARTS)
    of_whole = whole_tables(whole.counts, inputs, configs)
    for name, table in of_whole.items():
        shown = without_quotes(table, configs[name]) if withheld else table
        written = write_table(folder / shard_file(name, WHOLE), shown)
        whole.rows[name, WHOLE], whole.bytes[name, WHOLE] = written.rows, written.bytes
    for name in names:  # nobody can load the files of a split, or the folder of a config, without rows
        for shard in shards:
            if not whole.rows[name, shard.split]:
                (folder / shard.file(name)).unlink()
        if shards and not any(whole.rows[name, split] for split in SPLITS):
            (folder / shards[0].file(name)).parent.rmdir()
    if "figures" in of_whole:
        whole.excluding = int(np.count_nonzero(of_whole["figures"]["excludes_number"]))
    whole.lines = content_lines(whole.digests, of_whole)
    return whole


def shard_file(config: str, split: str, number: int = 0, of: int = 1) -> str:
    """Return the name of a data file below a release's folder."""
    return f"data/{config}/{split}-{number:05d}-of-{of:05d}.parquet"


def plan(batches: Iterable[StoredBatch], placement: Mapping[str, Placement]) -> list[Shard]:
    """Return the shards of a release: the articles of each split in order, so many a shard."""
    of_split: dict[str, list[tuple[str, StoredBatch]]] = {split: [] for split in SPLITS}
    for stored in batches:
        for doc_id in stored.doc_ids:
            of_split[placement[doc_id].split].append((doc_id, stored))
    shards = []
    for split, articles in of_split.items():
        begins = range(0, len(articles), DOCUMENTS_PER_SHARD)
        for number, begin in enumerate(begins):
            doc_ids, some = zip(*articles[begin : begin + DOCUMENTS_PER_SHARD], strict=True)
            by_number = {stored.number: stored for stored in some}
            places = tuple(placement[doc_id] for doc_id in doc_ids)
            shards.append(Shard(split, number, len(begins), doc_ids, places, tuple(by_number.values())))
    return shards


@dataclass(frozen=True)
class _ShardWriter:
    """Writes shards below a release's folder, in whichever process.

    inputs: without the placement of the articles, which each shard has of its own. names: of the configs to
    write.
    """

    inputs: Inputs
    configs: Mapping[str, Config]
    names: Sequence[str]
    folder: Path

    def __call__(self, task: tuple[Shard, Earlier | None]) -> Written:
        """Write the files of a shard, each whole or not at all; a shard written again is the same."""
        use_close_pool()
        shard, earlier = task
        with tempfile.TemporaryDirectory(dir=self.folder / _PARTS) as temporary:
            scratch = Path(temporary)
            done = self._take_over(scratch, shard, earlier) if earlier else None
            done = done or self._make(scratch, shard)
            for name in self.names:
                place = self.folder / shard.file(name)
                place.parent.mkdir(parents=True, exist_ok=True)
                (scratch / name).replace(place)
        return done

    def _make(self, scratch: Path, shard: Shard) -> Written:
        """Make the files of a shard, each under the name of its config."""
        made, inputs = Written(), shard.placed(self.inputs)
        lines = []
        with ExitStack() as files:
            writers = {
                name: files.enter_context(Writer(scratch / name, self.configs[name].arrow))
                for name in self.names
            }
            for batch in _loaded(shard):
                with without_garbage_collection():
                    chosen, annotated = published(batch, inputs.labels), batch.of_origin(LABELS)
                    sentences = Sentences.of(chosen, tagged_labels(inputs.ontology))
                    rows = tables(chosen, annotated, sentences, inputs, self.configs)
                    made.counts.add(count(chosen, annotated, sentences, inputs))
                    if "figures" in rows:
                        made.counts.figures.append(rows.pop("figures"))
                    lines.append(document_lines(shard.split, document_digests(rows).items()))
                    if FINGERPRINTS in self.names:
                        schema = self.configs[FINGERPRINTS].arrow
                        rows = {
                            name: without_quotes(table, self.configs[name]) for name, table in rows.items()
                        }
                        rows[FINGERPRINTS] = fingerprints(chosen, annotated, sentences, schema)
                    for name, table in rows.items():
                        writers[name].write(table)
        made.digests[shard.split] = b"".join(lines)
        for name, writer in writers.items():
            made.rows[name, shard.split], made.bytes[name, shard.split] = writer.rows, writer.bytes
        return made

    def _take_over(self, scratch: Path, shard: Shard, earlier: Earlier) -> Written | None:
        """Take the files of a shard over from an earlier release; None if they are not those of this shard.

        What the labels are counted for is counted again, with the sentences as they were published.
        """
        made, inputs = Written(taken=1), shard.placed(self.inputs)
        for name in self.names:
            if not earlier.has(name):
                write_table(scratch / name, self.configs[name].arrow.empty_table())
            elif not earlier.copy(name, scratch / name):
                return None
            made.rows[name, shard.split], made.bytes[name, shard.split] = table_size(scratch / name)
        placed = read_table(scratch / "documents", ["doc_id", "fold"])
        folds = [one.fold for one in shard.places]
        if (placed["doc_id"].to_pylist(), placed["fold"].to_pylist()) != ([*shard.doc_ids], folds):
            return None
        known = read_table(scratch / "sentences", ["doc_id", "start", "text", "tokens", "token_starts"])
        for batch in _loaded(shard):
            chosen, annotated = published(batch, inputs.labels), batch.of_origin(LABELS)
            own = known.filter(
                pc.is_in(known["doc_id"], value_set=chosen.documents["doc_id"].combine_chunks())
            )
            sentences = Sentences.of(chosen, tagged_labels(inputs.ontology), own)
            made.counts.add(count(chosen, annotated, sentences, inputs))
            if "figures" in self.configs:
                made.counts.figures.append(figure_rows(chosen, sentences, inputs, self.configs["figures"]))
        known_digests = ((name, earlier.digests[name]) for name in shard.doc_ids)
        made.digests[shard.split] = document_lines(shard.split, known_digests)
        return made


def _loaded(shard: Shard) -> Iterator[Batch]:
    """Yield the articles of a shard, many at a time: of most batches a small split has only a few."""
    parts: list[Batch] = []
    for stored in shard.batches:
        parts.append(stored.load().of_documents(shard.doc_ids))
        if sum(part.documents.num_rows for part in parts) >= AT_ONCE:
            yield merged(parts)
            parts = []
    if parts:
        yield merged(parts)


def document_digests(tables: Mapping[str, pa.Table]) -> dict[str, str]:
    """Return the digest of each document, by doc_id in the documents' order.

    tables: by config, with the rows of these documents and no others.
    """
    made = {name: hashlib.sha256() for name in tables["documents"]["doc_id"].to_pylist()}
    for config in sorted(tables):
        begun: set[str] = set()
        for part, lines in json_lines(tables[config]):
            codes = part["doc_id"].combine_chunks().dictionary_encode()
            names = codes.dictionary.to_pylist()
            begins = np.flatnonzero(np.diff(codes.indices.to_numpy(), prepend=-1))
            for code, rows in zip(codes.indices.to_numpy()[begins], _runs(lines, begins), strict=True):
                doc_id = names[code]
                if doc_id not in begun:
                    made[doc_id].update(f"{config}\n".encode())
                    begun.add(doc_id)
                made[doc_id].update(rows)
    return {name: digest.hexdigest() for name, digest in made.items()}


def _runs(lines: pa.StringArray, begins: Rows) -> Iterator[memoryview]:
    """Yield the bytes of runs of lines. begins: the first line of each."""
    ends = np.frombuffer(lines.buffers()[1], np.int32)[: len(lines) + 1]
    data = memoryview(lines.buffers()[2] or b"")
    for begin, end in pairwise([*ends[begins].tolist(), int(ends[-1])]):
        yield data[begin:end]


def document_lines(split: str, digests: Iterable[tuple[str, str]]) -> Lines:
    """Return the lines of a split's articles in those of a content hash.

    digests: doc_id and digest of each, in order.
    """
    return "".join(f"{split}/{doc_id} {digest}\n" for doc_id, digest in digests).encode()


def content_lines(documents: Mapping[str, Lines], whole: Mapping[str, pa.Table]) -> Lines:
    """Return the lines of which the content hash of a release is the SHA-256.

    documents: by split, in the splits' order, the lines of its articles in order. whole: the tables about the
    corpus as a whole, by config.
    """
    found = [*documents.values()]
    for config in sorted(whole):
        rows = hashlib.sha256()
        for _, lines in json_lines(whole[config]):
            rows.update(b"".join(_runs(lines, np.zeros(1, np.int64))))
        found.append(f"{config} {rows.hexdigest()}\n".encode())
    return b"".join(found)


def content_digests(lines: bytes) -> Iterator[tuple[str, str]]:
    """Yield the id and the digest of each document in the lines of a content hash."""
    for line in lines.decode().splitlines():
        name, _, digest = line.rpartition(" ")
        if "/" in name:
            yield name.partition("/")[2], digest
