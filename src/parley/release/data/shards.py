"""Shards: the files of a release, and what they hold is decided before any is written.

A shard is the next so many articles of a split, one Parquet file of each config: made in one place by one
process, in batches, from its own articles alone. So neither the number of processes nor where they run makes
a difference to any byte, and memory does not grow with the corpus.
"""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pyarrow as pa

from parley.model.paths import CorpusPaths
from parley.release.batches import Scheme, read_batch
from parley.release.card.counts import Tally, tally
from parley.release.data.articles import Outline
from parley.release.data.configs import SPLIT_CONFIGS, WHOLE, Schemas, tables, whole_tables
from parley.release.data.digests import content_sha256, document_digests, table_digest
from parley.release.data.parquet import Writer, write_table
from parley.release.data.splits import SPLITS, Placement
from parley.release.standoff.fingerprints import CONFIG as FINGERPRINTS
from parley.release.standoff.fingerprints import fingerprints, without_quotes
from parley.runtime.engine import Engine
from parley.seeds.manifest import Listed

DOCUMENTS_PER_SHARD = 1_000  # some MB of each config: enough shards for every core, none too large to fetch
_BATCH = 100  # articles held with all their labels at once
_PARTS = ".parts"  # below the release while it is written: shards that are not finished


@dataclass(frozen=True)
class Size:
    """A table of a release. num_rows: of all its shards; nbytes: of its rows as Arrow."""

    schema: pa.Schema
    num_rows: int
    nbytes: int


@dataclass(frozen=True)
class Shard:
    """The articles of a shard, and which of how many of its split it is, from 0."""

    split: str
    number: int
    of: int
    listed: tuple[Listed, ...]
    placement: dict[str, Placement]

    def file(self, config: str) -> str:
        """Return the name of its file of a config, below the release's folder."""
        return shard_file(config, self.split, self.number, self.of)


@dataclass(frozen=True)
class Made:
    """What writing a shard gave. digests: doc_id and digest of each article. rows, bytes: by config."""

    split: str
    tally: Tally
    digests: list[tuple[str, str]]
    rows: dict[str, int]
    bytes: dict[str, int]


@dataclass(frozen=True)
class Job:
    """How the shards of a release are written. labels: as in release.toml. withheld: without text."""

    corpus: CorpusPaths
    labels: str
    scheme: Scheme
    schemas: Schemas
    folder: Path
    withheld: bool = False

    @property
    def configs(self) -> tuple[str, ...]:
        """The configs of which every shard has a file."""
        return (*SPLIT_CONFIGS, FINGERPRINTS) if self.withheld else SPLIT_CONFIGS


@dataclass(frozen=True)
class Written:
    """The data of a release as written. sizes: config → split → size. content_sha256: with text, always."""

    tally: Tally
    sizes: dict[str, dict[str, Size]]
    content_sha256: str


@dataclass
class _Sum:
    tally: Tally = field(default_factory=Tally)
    digests: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: {split: [] for split in SPLITS})
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    bytes: Counter[tuple[str, str]] = field(default_factory=Counter)


def shard_file(config: str, split: str, number: int = 0, of: int = 1) -> str:
    """Return the name of a data file below a release's folder."""
    return f"data/{config}/{split}-{number:05d}-of-{of:05d}.parquet"


def plan(outline: Outline, size: int = DOCUMENTS_PER_SHARD) -> list[Shard]:
    """Return the shards of a release: the articles of each split in order, `size` of them a shard."""
    of_split: dict[str, list[Listed]] = defaultdict(list)
    for one in outline.listed:
        of_split[outline.placement[one[1]["doc_id"]].split].append(one)
    shards = []
    for split in SPLITS:
        parts = [tuple(of_split[split][i : i + size]) for i in range(0, len(of_split[split]), size)]
        for number, part in enumerate(parts):
            placement = {row["doc_id"]: outline.placement[row["doc_id"]] for _, row in part}
            shards.append(Shard(split, number, len(parts), part, placement))
    return shards


def write_shards(job: Job, shards: Sequence[Shard], engine: Engine) -> Written:
    """Write the data of a release into `job.folder`.

    Raises DataFaults where a seed or a label file is not as it should be.
    """
    parts = job.folder / _PARTS
    parts.mkdir(parents=True)
    whole = _Sum()
    for made in engine.map(partial(write_shard, job), shards, "writing shards"):
        whole.tally.add(made.tally)
        whole.digests[made.split] += made.digests
        whole.rows.update({(config, made.split): rows for config, rows in made.rows.items()})
        whole.bytes.update({(config, made.split): size for config, size in made.bytes.items()})
    shutil.rmtree(parts)
    sizes: dict[str, dict[str, Size]] = {}
    for config in SPLIT_CONFIGS:
        _collect(job, shards, whole, config, sizes)
    of_whole = whole_tables(whole.tally, job.scheme, job.schemas)
    for config, table in of_whole.items():
        kept = without_quotes(table) if job.withheld else table
        written = write_table(job.folder / shard_file(config, WHOLE), kept)
        sizes[config] = {WHOLE: Size(table.schema, written.rows, written.bytes)}
    if job.withheld:
        _collect(job, shards, whole, FINGERPRINTS, sizes)
    digest = content_sha256(whole.digests, {config: table_digest(t) for config, t in of_whole.items()})
    return Written(whole.tally, sizes, digest)


def _collect(
    job: Job, shards: Sequence[Shard], whole: _Sum, config: str, sizes: dict[str, dict[str, Size]]
) -> None:
    """Enter the sizes of a config. Files of a split without rows go: `load_dataset` refuses an empty one."""
    for shard in shards:
        if not whole.rows[config, shard.split]:
            (job.folder / shard.file(config)).unlink()
    found = {
        split: Size(job.schemas[config], whole.rows[config, split], whole.bytes[config, split])
        for split in SPLITS
        if whole.rows[config, split]
    }
    if found:
        sizes[config] = found
    elif shards:
        (job.folder / shards[0].file(config)).parent.rmdir()


def write_shard(job: Job, shard: Shard) -> Made:
    """Write the files of one shard, each whole or not at all; a shard written again is the same."""
    counted = Tally()
    digests: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory(dir=job.folder / _PARTS) as scratch:
        with ExitStack() as files:
            writers = {
                config: files.enter_context(Writer(Path(scratch) / f"{config}.parquet", job.schemas[config]))
                for config in job.configs
            }
            for begin in range(0, len(shard.listed), _BATCH):
                with _collecting_later():
                    batch = read_batch(
                        job.corpus, job.labels, shard.listed[begin : begin + _BATCH], shard.placement
                    )
                    made = tables(batch, job.scheme, job.schemas)
                    counted.add(tally(batch, job.scheme))
                    digests += document_digests(made).items()
                    if job.withheld:
                        made = {config: without_quotes(table) for config, table in made.items()}
                        made[FINGERPRINTS] = fingerprints(batch, job.schemas[FINGERPRINTS])
                    for config, table in made.items():
                        writers[config].write(table)
        for config in job.configs:
            place = job.folder / shard.file(config)
            place.parent.mkdir(parents=True, exist_ok=True)
            (Path(scratch) / f"{config}.parquet").replace(place)
    rows = {config: writer.rows for config, writer in writers.items()}
    return Made(shard.split, counted, digests, rows, {config: w.bytes for config, w in writers.items()})


@contextmanager
def _collecting_later() -> Iterator[None]:
    """Do without the garbage collector for a batch: it would look at every label again and again, in vain."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
