"""The loaded corpus: each file is read once, and nothing of it is lost."""

from __future__ import annotations

import errno
import hashlib
from collections import Counter
from pathlib import Path

import pytest

from parley.corpus import batches as corpus_batches
from parley.corpus.batches import StoredBatch
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, UsageError
from parley.model import paths
from parley.model.batch import GOLD, LABELS, Batch, merged
from parley.model.labels import decode_layer, layer_paths
from parley.model.paths import CorpusPaths
from parley.runtime.engine import Cores
from parley.runtime.files import write_whole
from parley.steps.derive import derive
from parley.steps.validate import validate


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the files that are read."""
    counts: Counter[str] = Counter()
    read = Path.read_bytes

    def counted(path: Path) -> bytes:
        counts[path.name if path.parent.name != "labels" else path.as_posix()] += 1
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", counted)
    return counts


def test_a_corpus_is_its_files(harbour: CorpusPaths) -> None:
    """Documents and layers are those of the files, as structs again."""
    corpus = Corpus(harbour)
    for (doc_id, document), (_, row) in zip(corpus.documents.items(), corpus.manifest.rows, strict=True):
        assert (doc_id, document.seed_sha256, document.title) == (row["doc_id"], row["sha256"], row["title"])
    found = [f for batch in corpus.batches().load() for f in batch.structs() if f.origin == LABELS]
    wanted = {harbour.relative(path): decode_layer(path.read_bytes()) for path in layer_paths(harbour)}
    assert {f.file: f.layer for f in found} == wanted
    assert all(f.file_sha256 == f.canonical_sha256 for f in found)


def test_each_file_is_opened_once(harbour: CorpusPaths, opened: Counter[str]) -> None:
    """Whatever is asked for, and how often."""
    corpus = Corpus(harbour)
    for _ in range(2):
        assert corpus.documents
        assert corpus.entities
        assert corpus.annotators
        assert sum(batch.spans.num_rows for batch in corpus.batches().load())
        assert sum(batch.spans.num_rows for batch in corpus.batches(annotators=["ada"], gold=False).load())
    assert opened["ontology.toml"] == opened["manifest.csv"] == opened["entities.csv"] == 1
    assert {opened[path.name] for path in harbour.seeds.glob("*.txt")} == {1}
    assert {name: n for name, n in opened.items() if n != 1 and not name.endswith(".json")} == {}
    digest = hashlib.sha256(harbour.ontology.read_bytes()).hexdigest()
    assert corpus.digests["annotation/ontology.toml"] == digest


def test_faults_are_raised_at_every_use(harbour: CorpusPaths, opened: Counter[str]) -> None:
    """A file that is wrong is read once too."""
    harbour.entities.write_text("id,type\n")
    corpus = Corpus(harbour)
    for _ in range(2):
        with pytest.raises(DataFaults, match="the columns must be"):
            _ = corpus.entities
    assert opened["entities.csv"] == 1


def test_layers_are_chosen(harbour: CorpusPaths) -> None:
    """Only what is asked for is in the batches, whether it was read before or not."""
    read_before = Corpus(harbour)
    read_before.batches()
    for corpus in (Corpus(harbour), read_before):
        (batch,) = corpus.batches(annotators=["ada"], gold=False).load()
        assert set(batch.layers["annotator"].to_pylist()) == {"ada"}
        assert set(batch.layers["origin"].to_pylist()) == {LABELS}
        assert batch.spans.num_rows == sum(len(f.layer.spans) for f in batch.structs()) > 0


def test_label_files_of_no_article_come_last(harbour: CorpusPaths) -> None:
    """They are not lost, and neither are those that cannot be read."""
    source = next(iter(sorted((harbour.labels / "ada").glob("*.json"))))
    (harbour.labels / "ada" / "nowhere.json").write_bytes(source.read_bytes())
    (harbour.labels / "bo" / source.name).write_text("{")
    (harbour.labels / "rules" / source.name).write_bytes(b"\xff")
    batches = Corpus(harbour).batches()
    assert [(fault.code, fault.file) for fault in batches.faults] == [
        ("labels-unreadable", f"annotation/labels/{name}/{source.name}") for name in ("bo", "rules")
    ]
    last = batches[-1].load()
    assert last.layers["file"].to_pylist() == ["annotation/labels/ada/nowhere.json"]
    assert last.documents.num_rows == 0


@pytest.mark.parametrize("processes", [1, 2])
def test_batches_on_disk_are_those_in_memory(
    harbour: CorpusPaths, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large corpus is kept below build/, and goes with the command."""
    wanted = Corpus(harbour).batches()[0]
    monkeypatch.setattr(corpus_batches, "IN_MEMORY", 0)
    corpus = Corpus(harbour)
    (stored,) = corpus.batches(Cores(processes))
    assert isinstance(stored.content, Path)
    assert harbour.build in stored.content.parents
    assert same(stored.load(), wanted.load())
    assert stored.load_documents() == wanted.load_documents()
    place = stored.content
    del corpus, stored
    assert not place.exists()


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("known", [False, True])
def test_a_step_that_needs_each_batch_once_gets_those_that_others_get(
    harbour: CorpusPaths, processes: int, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And their faults, whether they were read before or are read for it, and then not kept."""
    monkeypatch.setattr(corpus_batches, "ARTICLES", 2)
    (harbour.labels / "bo" / "h3_explosion.json").write_text("{")
    layers = {"annotators": ["ada", "bo"], "gold": False}
    wanted = Corpus(harbour).batches(**layers)
    monkeypatch.setattr(corpus_batches, "IN_MEMORY", 0)
    corpus = Corpus(harbour)
    if known:
        corpus.batches()
    found = [*corpus.map_batches(StoredBatch.load, Cores(processes), "", **layers)]
    assert len(found) == len(wanted) > 2
    for batch, (one, _) in zip(wanted.load(), found, strict=True):
        one_digest, digest = (some.layers.column_names.index("canonical_sha256") for some in (one, batch))
        assert one.layers.remove_column(one_digest).equals(batch.layers.remove_column(digest))
        assert one.documents.equals(batch.documents)
        assert one.spans.equals(batch.spans)
        assert one.relations.equals(batch.relations)
    assert [fault for _, wrong in found for fault in wrong] == [*wanted.faults]
    assert wanted.faults[0].file == "annotation/labels/bo/h3_explosion.json"
    assert bool([*harbour.build.glob("*")]) == known


def test_batches_taken_apart_and_merged_are_the_same(harbour: CorpusPaths) -> None:
    """Rows of heads and tails follow their spans."""
    (batch,) = Corpus(harbour).batches().load()
    names = batch.documents["doc_id"].to_pylist()
    parts = merged([batch.of_documents([name]) for name in names])
    assert same(parts, batch)
    gold = batch.of_origin(GOLD)
    heads = gold.spans["id"].take(gold.relations["head_row"])
    assert heads.to_pylist() == gold.relations["head"].to_pylist()


def same(one: Batch, other: Batch) -> bool:
    """Say whether all tables are equal."""
    return all(
        getattr(one, t).equals(getattr(other, t)) for t in ("documents", "layers", "spans", "relations")
    )


@pytest.mark.parametrize(
    "file",
    [
        "annotation/ontology.toml",
        "annotation/entities.csv",
        "annotation/labels/ada/h4_storm.json",
        "seeds/manifest.csv",
        "seeds/h4_storm.txt",
        "validation/by_hand/spans.json",
    ],
)
def test_a_file_that_may_not_be_read_has_no_fault(
    harbour: CorpusPaths, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """Rights are a matter of the machine: the call ends, and says what to do."""
    write_whole(harbour.validation / "by_hand" / "spans.json", b"[]")
    derive(harbour)
    read = paths.read_regular

    def refused(path: Path, most: int) -> bytes:
        if harbour.relative(path) == file:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read(path, most)

    monkeypatch.setattr(paths, "read_regular", refused)
    with pytest.raises(UsageError, match=Path(file).name) as raised:
        validate(Corpus(harbour), Cores(1), release=False)
    assert "rights" in raised.value.remedy
