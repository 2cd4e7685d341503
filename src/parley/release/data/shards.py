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
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path

import msgspec
import pyarrow as pa

from parley.corpus.batches import StoredBatch
from parley.model.batch import LABELS
from parley.release.data.configs import tables, whole_tables
from parley.release.data.counts import Counts, count
from parley.release.data.files import Writer, write_table
from parley.release.data.fingerprints import fingerprints, without_quotes
from parley.release.data.schema import FINGERPRINTS, SPLIT_CONFIGS, WHOLE, Config, tagged_labels
from parley.release.data.sentences import Sentences
from parley.release.inputs import Inputs, published
from parley.release.splits import SPLITS, Placement
from parley.runtime.engine import Engine, without_garbage_collection

DOCUMENTS_PER_SHARD = 1_000  # some MB of each config: enough shards for every core, none too large to fetch
_PARTS = ".parts"  # below the release while it is written: shards that are not finished
_ROWS = 1_000  # that are Python objects at once
_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True)
class Size:
    """The size of a table. rows: of all its shards. bytes: of its rows as Arrow."""

    rows: int
    bytes: int


Sizes = dict[str, dict[str, Size]]  # config → split → size


@dataclass(frozen=True)
class Shard:
    """The articles of a shard, and which of how many of its split it is, from 0.

    batches: that have its articles, in their order.
    """

    split: str
    number: int
    of: int
    doc_ids: tuple[str, ...]
    batches: tuple[StoredBatch, ...]

    def file(self, config: str) -> str:
        """Return the name of its file of a config, below the release's folder."""
        return shard_file(config, self.split, self.number, self.of)


@dataclass
class Written:
    """What was written: of shards, or of a whole release.

    digests: by split, of each article. rows, bytes: by config and split. content_sha256: of the release with
    its text.
    """

    counts: Counts = field(default_factory=Counts)
    digests: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: {split: [] for split in SPLITS})
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    bytes: Counter[tuple[str, str]] = field(default_factory=Counter)
    content_sha256: str = ""

    def add(self, other: Written) -> None:
        """Add what was written of other shards."""
        self.counts.add(other.counts)
        for split in SPLITS:
            self.digests[split] += other.digests[split]
        self.rows.update(other.rows)
        self.bytes.update(other.bytes)

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
) -> Written:
    """Write the data of a release below `folder`. withheld: without text."""
    (folder / _PARTS).mkdir(parents=True)
    for config in configs.values():
        config.arrow  # noqa: B018 - computed once, here, and not in every process
    shards = plan(batches, inputs.placement)
    names = (*SPLIT_CONFIGS, FINGERPRINTS) if withheld else SPLIT_CONFIGS
    whole = Written()
    for made in engine.map(partial(_write_shard, inputs, configs, names, folder), shards, "writing shards"):
        whole.add(made)
    shutil.rmtree(folder / _PARTS)
    of_whole = whole_tables(whole.counts, inputs, configs)
    for name, table in of_whole.items():
        written = write_table(folder / shard_file(name, WHOLE), without_quotes(table) if withheld else table)
        whole.rows[name, WHOLE], whole.bytes[name, WHOLE] = written.rows, written.bytes
    for name in names:  # nobody can load the files of a split, or the folder of a config, without rows
        for shard in shards:
            if not whole.rows[name, shard.split]:
                (folder / shard.file(name)).unlink()
        if shards and not any(whole.rows[name, split] for split in SPLITS):
            (folder / shards[0].file(name)).parent.rmdir()
    whole.content_sha256 = content_sha256(whole.digests, of_whole)
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
            shards.append(Shard(split, number, len(begins), doc_ids, tuple(by_number.values())))
    return shards


def _write_shard(
    inputs: Inputs, configs: Mapping[str, Config], names: Sequence[str], folder: Path, shard: Shard
) -> Written:
    """Write the files of a shard, each whole or not at all; a shard written again is the same."""
    made = Written()
    with tempfile.TemporaryDirectory(dir=folder / _PARTS) as scratch:
        with ExitStack() as files:
            writers = {
                name: files.enter_context(Writer(Path(scratch) / name, configs[name].arrow)) for name in names
            }
            for stored in shard.batches:
                with without_garbage_collection():
                    batch = stored.load().of_documents(shard.doc_ids)
                    chosen, annotated = published(batch, inputs.labels), batch.of_origin(LABELS)
                    sentences = Sentences.of(chosen, tagged_labels(inputs.ontology))
                    rows = tables(chosen, annotated, sentences, inputs, configs)
                    made.counts.add(count(chosen, annotated, sentences, inputs))
                    made.digests[shard.split] += document_digests(rows).items()
                    if FINGERPRINTS in names:
                        schema = configs[FINGERPRINTS].arrow
                        rows = {name: without_quotes(table) for name, table in rows.items()}
                        rows[FINGERPRINTS] = fingerprints(chosen, annotated, sentences, schema)
                    for name, table in rows.items():
                        writers[name].write(table)
        for name, writer in writers.items():
            place = folder / shard.file(name)
            place.parent.mkdir(parents=True, exist_ok=True)
            (Path(scratch) / name).replace(place)
            made.rows[name, shard.split] = writer.rows
            made.bytes[name, shard.split] = writer.bytes
    return made


def document_digests(tables: Mapping[str, pa.Table]) -> dict[str, str]:
    """Return the digest of each document, by doc_id in the documents' order.

    tables: by config, with the rows of these documents and no others.
    """
    made = {name: hashlib.sha256() for name in tables["documents"]["doc_id"].to_pylist()}
    for config in sorted(tables):
        begun: set[str] = set()
        for doc_id, rows in groupby(_rows(tables[config]), key=lambda row: row[0]):
            if doc_id not in begun:
                made[doc_id].update(f"{config}\n".encode())
                begun.add(doc_id)
            for _, row in rows:
                made[doc_id].update(row)
    return {name: digest.hexdigest() for name, digest in made.items()}


def content_sha256(documents: Mapping[str, Iterable[tuple[str, str]]], whole: Mapping[str, pa.Table]) -> str:
    """Return the content hash of a release.

    documents: by split, in the splits' order, doc_id and digest of each document in order. whole: the tables
    about the corpus as a whole, by config.
    """
    content = hashlib.sha256()
    for split, some in documents.items():
        for doc_id, digest in some:
            content.update(f"{split}/{doc_id} {digest}\n".encode())
    for config in sorted(whole):
        rows = hashlib.sha256()
        for _, row in _rows(whole[config]):
            rows.update(row)
        content.update(f"{config} {rows.hexdigest()}\n".encode())
    return content.hexdigest()


def _rows(table: pa.Table) -> Iterator[tuple[str, bytes]]:
    """Yield each row as a line of JSON, after its doc_id if it has one."""
    for batch in table.to_batches(max_chunksize=_ROWS):
        for row in batch.to_pylist():
            yield row.get("doc_id", ""), _encode(row) + b"\n"
