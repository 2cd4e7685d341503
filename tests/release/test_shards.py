"""Shards: how a release is cut, and by whom it is made, changes no row and not its content hash."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from msgspec.structs import replace

from parley.corpus import batches
from parley.corpus.batches import StoredBatch
from parley.corpus.corpus import Corpus
from parley.faults import UsageError
from parley.model.labels import decode_layer, encode_layer
from parley.model.paths import CorpusPaths
from parley.release.data import shards
from parley.release.data.files import ROWS_PER_GROUP, Writer, read_table, rows
from parley.release.data.shards import content_lines, document_digests, document_lines
from parley.release.publish import build
from parley.release.splits import Placement
from parley.release.versions.history import file_hashes
from parley.runtime.engine import Cores


@pytest.fixture
def corpus(derived: CorpusPaths) -> CorpusPaths:
    return derived


def rows_of(folder) -> Counter[tuple[str, str, str]]:
    """Return every row that stands in a release's files, with config and split."""
    return Counter(
        (path.parent.name, path.name.partition("-")[0], repr(row))
        for path in (folder / "data").rglob("*.parquet")
        for row in read_table(path).to_pylist()
    )


def test_two_processes_make_the_same_files(corpus, tmp_path):
    """Who writes a shard makes no difference to any byte."""
    one, _ = build(Corpus(corpus), tmp_path / "one", Cores(1))
    two, _ = build(Corpus(corpus), tmp_path / "two", Cores(2))
    assert (one.content_sha256, one.sizes) == (two.content_sha256, two.sizes)
    assert file_hashes(tmp_path / "one") == file_hashes(tmp_path / "two")


@pytest.mark.parametrize(("cut_at", "a_shard"), [(1, 1), (2, 1), (1, 1_000)])
def test_cuts_change_no_row(corpus, tmp_path, monkeypatch, cut_at, a_shard):
    """More files, batches that a shard takes in parts or together: the same rows, the same content hash."""
    whole, _ = build(Corpus(corpus), tmp_path / "whole")
    monkeypatch.setattr(batches, "ARTICLES", cut_at)
    monkeypatch.setattr(batches, "IN_MEMORY", 0)
    monkeypatch.setattr(shards, "AT_ONCE", 2)
    monkeypatch.setattr(shards, "DOCUMENTS_PER_SHARD", a_shard)
    cut, _ = build(Corpus(corpus), tmp_path / "cut")
    assert cut.content_sha256 == whole.content_sha256
    assert rows_of(tmp_path / "cut") == rows_of(tmp_path / "whole")
    number = len(list((tmp_path / "cut" / "data" / "documents").glob("train-*-of-*.parquet")))
    assert number == (3 if a_shard == 1 else 1)
    found = rows(tmp_path / "cut", list(cut.sizes))
    assert found == {(c, s): size.rows for c, by in whole.sizes.items() for s, size in by.items()}
    assert not list(tmp_path.rglob(".parts"))


def test_a_split_keeps_the_order_of_the_articles(monkeypatch):
    """Shards are filled in the manifest's order; none but a split's last has fewer articles than it may."""
    monkeypatch.setattr(shards, "DOCUMENTS_PER_SHARD", 4)
    stored = [StoredBatch(n, tuple(f"d{i}" for i in range(3 * n, 3 * n + 3)), Path()) for n in range(3)]
    placement = {f"d{number}": Placement("train" if number % 3 else "test", 0) for number in range(9)}
    made = shards.plan(stored, placement)
    assert [(s.split, s.number, s.of, s.doc_ids, [b.number for b in s.batches]) for s in made] == [
        ("train", 0, 2, ("d1", "d2", "d4", "d5"), [0, 1]),
        ("train", 1, 2, ("d7", "d8"), [2]),
        ("test", 0, 1, ("d0", "d3", "d6"), [0, 1, 2]),
    ]


def test_a_digest_is_of_the_rows_alone():
    """Chunks and neighbours do not count; a value, an order, a config or a split does."""
    documents = pa.table({"doc_id": ["a", "b"], "n": [1, 2]})
    spans = pa.table({"doc_id": ["a", "b", "b"], "text": ["x", "y", None]})
    both = document_digests({"documents": documents, "spans": spans})
    chunked = pa.concat_tables([spans.slice(0, 2), spans.slice(2)])
    assert document_digests({"documents": documents, "spans": chunked}) == both
    alone = document_digests({"documents": documents.slice(1), "spans": spans.slice(1)})
    assert alone == {"b": both["b"]}
    turned = document_digests({"documents": documents, "spans": spans.take([0, 2, 1])})
    assert turned["a"] == both["a"]
    assert turned["b"] != both["b"]
    assert document_digests({"documents": documents, "other": spans})["b"] != both["b"]
    digests, whole = list(both.items()), {"entities": spans}
    train, test = (content_lines({s: document_lines(s, digests)}, whole) for s in ("train", "test"))
    assert train != test
    assert train != content_lines({"train": document_lines("train", digests[::-1])}, whole)


def test_bytes_do_not_depend_on_how_rows_come(tmp_path):
    """One table or many: the same file, the same row groups, the same size told."""
    rows = range(ROWS_PER_GROUP * 2 + 5)
    table = pa.table({"text": [f"row {n} {n * n:0400}" for n in rows]})  # several pages a row group
    told = set()
    for name, step in (("one", len(table)), ("many", 7_777)):
        with Writer(tmp_path / name, table.schema) as writer:
            for begin in range(0, len(table), step):
                writer.write(table.slice(begin, step))
        told.add((writer.rows, writer.bytes))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "many").read_bytes()
    assert [number for number, _ in told] == [len(table)]


def test_a_master_without_spark_is_a_wrong_call():
    """An option of one engine is not silently left out by the other."""
    from parley.runtime.engine import engine

    with pytest.raises(UsageError, match="a master is Spark's"), engine("local", "local[2]"):
        pass
    with pytest.raises(UsageError, match="a master is Spark's"), engine("spark", None, 2):
        pass


def test_a_config_without_rows_leaves_nothing_behind(corpus, tmp_path):
    """Without a relation there is no config of relations: no file, no folder, no word of it on the card."""
    for path in corpus.labels.glob("*/*.json"):
        layer = decode_layer(path.read_bytes())
        path.write_bytes(encode_layer(replace(layer, relations=())))
    built, _ = build(Corpus(corpus), tmp_path / "made")
    assert "relations" not in built.sizes
    assert sorted(path.name for path in (tmp_path / "made" / "data").iterdir()) == sorted(built.sizes)
    assert "config_name: relations" not in (tmp_path / "made" / "README.md").read_text()
