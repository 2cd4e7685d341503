"""What did not change since the last release is not made again, and no byte is other than if it had been."""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from made_once import made_once
from parley.corpus.corpus import Corpus
from parley.model.labels import decode_layer, write_layer
from parley.model.paths import CorpusPaths
from parley.release import previous
from parley.release.data import shards
from parley.release.data.schema import configs
from parley.release.previous import read_earlier, state_path
from parley.release.publish import publish, write_data
from parley.release.versions.history import file_hashes
from parley.runtime.engine import Cores
from parley.seeds.manifest import COLUMNS
from parley.steps.derive import derive

HARBOUR = Path(__file__).parents[1] / "harbour"
ARTICLES = 5  # a shard each


@pytest.fixture(autouse=True)
def _an_article_a_shard(monkeypatch):
    monkeypatch.setattr(shards, "DOCUMENTS_PER_SHARD", 1)


@pytest.fixture
def corpus(tmp_path_factory, tmp_path) -> CorpusPaths:
    """Return a corpus that was published, with what is kept of it."""

    def make(folder: Path) -> None:
        corpus = CorpusPaths.at(shutil.copytree(HARBOUR, folder / "harbour"))
        derive(corpus)
        publish(Corpus(corpus))

    made = made_once(tmp_path_factory, "published-in-shards", make)
    return CorpusPaths.at(shutil.copytree(made / "harbour", tmp_path / "harbour"))


def taken(corpus: CorpusPaths, folder: Path, engine: Cores | None = None) -> int:
    """Return how many shards are taken over, after it was shown that the release is as if none had been."""
    loaded = Corpus(corpus)
    whole = write_data(loaded, folder / "whole", engine or Cores(1))
    found = write_data(loaded, folder / "quick", engine or Cores(1), earlier=read_earlier(loaded))
    assert file_hashes(folder / "quick") == file_hashes(folder / "whole")
    assert (found.content_lines, found.sizes, found.excluding) == (
        whole.content_lines,
        whole.sizes,
        whole.excluding,
    )
    assert found.counts == whole.counts
    assert whole.taken_over == 0
    return found.taken_over


def rewritten(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def manifest_rows(corpus: CorpusPaths) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(corpus.manifest.read_text(encoding="utf-8"))))


def write_manifest(corpus: CorpusPaths, rows: list[dict[str, str]]) -> None:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    corpus.manifest.write_text(out.getvalue(), encoding="utf-8")


@pytest.mark.parametrize("processes", [1, 2])
def test_a_second_publish_makes_no_shard(corpus, tmp_path, processes):
    """In one process and in two; the same release is there afterwards."""
    assert taken(corpus, tmp_path, Cores(processes)) == ARTICLES


def test_publishing_takes_over_and_keeps_what_the_next_publish_needs(corpus):
    """Three publishes: nothing changed, one label changed in a new version, nothing changed again."""
    before = file_hashes(corpus.dataset)
    done = publish(Corpus(corpus), Cores(1))
    assert (done.taken, done.changed) == (ARTICLES, False)
    assert file_hashes(corpus.dataset) == before
    one_label(corpus)
    rewritten(corpus.root / "release.toml", 'version = "0.1.0"', 'version = "0.2.0"')
    done = publish(Corpus(corpus), Cores(1))
    assert (done.taken, done.changed) == (ARTICLES - 1, True)
    assert publish(Corpus(corpus), Cores(1)).taken == ARTICLES


def one_label(corpus: CorpusPaths) -> None:
    path = corpus.labels / "ada" / "h2_spill.json"
    layer = decode_layer(path.read_bytes())
    write_layer(path, replace(layer, relations=layer.relations[:-1]))


def a_label_that_is_not_published(corpus: CorpusPaths) -> None:
    path = corpus.labels / "bo" / "h3_explosion.json"
    layer = decode_layer(path.read_bytes())
    write_layer(path, replace(layer, relations=layer.relations[:-1]))


def a_layer_less(corpus: CorpusPaths) -> None:
    (corpus.labels / "bo" / "h4_storm.json").unlink()


def a_seed(corpus: CorpusPaths) -> None:
    """Blank lines at the end: another file, the same text."""
    seed = corpus.seeds / "h4_storm.txt"
    seed.write_bytes(seed.read_bytes() + b"\n\n\n")
    digest = hashlib.sha256(seed.read_bytes()).hexdigest()
    rows = manifest_rows(corpus)
    write_manifest(corpus, [row | {"sha256": digest} if row["file"] == seed.name else row for row in rows])


def a_row_of_the_manifest(corpus: CorpusPaths) -> None:
    rows = manifest_rows(corpus)
    write_manifest(
        corpus, [row | {"rights": "other"} if row["doc_id"] == "h3_explosion" else row for row in rows]
    )


@pytest.mark.parametrize(
    "change",
    [one_label, a_label_that_is_not_published, a_layer_less, a_seed, a_row_of_the_manifest],
    ids=lambda change: change.__name__,
)
def test_the_shard_of_a_changed_article_alone_is_made(corpus, tmp_path, change):
    """Whatever of it has changed."""
    change(corpus)
    assert taken(corpus, tmp_path) == ARTICLES - 1


def an_ontology(corpus: CorpusPaths) -> None:
    rewritten(corpus.ontology, 'definition = "', 'definition = "Now: ')


def an_entity(corpus: CorpusPaths) -> None:
    data = corpus.entities.read_text(encoding="utf-8").rstrip("\n").splitlines()
    corpus.entities.write_text("\n".join(data[:-1]) + "\n", encoding="utf-8")


def an_annotator(corpus: CorpusPaths) -> None:
    rewritten(corpus.annotators, "labelled first", "first to label")


def a_cleaning_rule(corpus: CorpusPaths) -> None:
    rewritten(corpus.cleaning, "reason = ", "# another\nreason = ")


def whose_labels(corpus: CorpusPaths) -> None:
    rewritten(corpus.root / "release.toml", 'labels = "ada"', 'labels = "bo"')


@pytest.mark.parametrize(
    "change",
    [an_ontology, a_cleaning_rule, an_annotator, an_entity, whose_labels],
    ids=lambda change: change.__name__,
)
def test_what_is_about_all_articles_makes_every_shard(corpus, tmp_path, change):
    """The whole files, and whose labels are published."""
    change(corpus)
    assert taken(corpus, tmp_path) == 0


def test_another_version_of_a_library_or_of_parley_makes_every_shard(corpus, tmp_path, monkeypatch):
    """What made the release is part of what is kept."""
    known = previous.made_by()
    with monkeypatch.context() as patch:
        patch.setattr(previous.metadata, "distributions", lambda name: iter(()))
        assert previous.made_by.__wrapped__() != known
    with monkeypatch.context() as patch:
        package = shutil.copytree(Path(previous.parley.__file__).parent, tmp_path / "parley")
        (package / "values/several.py").write_text("# another\n")
        patch.setattr(previous.parley, "__file__", str(package / "__init__.py"))
        assert previous.made_by.__wrapped__() != known
    assert previous.made_by.__wrapped__() == known
    monkeypatch.setattr(previous, "made_by", lambda: "another")
    assert taken(corpus, tmp_path) == 0


def test_an_article_in_the_middle_moves_those_after_it(corpus, tmp_path):
    """The articles before it stay in their shards, and those are taken over."""
    rows = manifest_rows(corpus)
    text = "A tug sank near Port Velden on Friday. Nobody was hurt.\n"
    (corpus.seeds / "h2_tug.txt").write_text(text, encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = {"doc_id": "h2_tug", "file": "h2_tug.txt", "sha256": digest, "event": "zz-tug", "language": "en"}
    write_manifest(corpus, [*rows[:2], dict.fromkeys(COLUMNS, "") | known, *rows[2:]])
    for name in ("ada", "bo"):
        layer = decode_layer((corpus.labels / name / "h4_storm.json").read_bytes())
        document = Corpus(corpus).documents["h2_tug"]
        empty = replace(layer, doc_id="h2_tug", text_sha256=document.text_sha256, spans=(), relations=())
        write_layer(corpus.labels / name / "h2_tug.json", empty)
    assert 0 < taken(corpus, tmp_path) < ARTICLES


@pytest.mark.parametrize(
    "config", sorted(configs(Corpus(CorpusPaths.at(HARBOUR)).ontology).keys() - {"entities", "fingerprints"})
)
def test_a_damaged_file_is_made_again(corpus, tmp_path, config):
    """A byte of it, or all of it."""
    files = sorted((corpus.dataset / "data" / config).glob("train-*"))
    if not files:
        assert config in {"statements", "claims", "figures"}
        return
    data = bytearray(files[0].read_bytes())
    data[len(data) // 2] ^= 1
    files[0].write_bytes(data)
    files[-1].unlink()
    assert taken(corpus, tmp_path) == ARTICLES - len({files[0], files[-1]})


def edit(corpus: CorpusPaths, **values: object) -> None:
    """Change what is kept, and give it the digest that it needs."""
    data = msgspec.msgpack.decode(state_path(corpus).read_bytes()[64:]) | values
    encoded = msgspec.msgpack.encode(data)
    state_path(corpus).write_bytes(hashlib.sha256(encoded).hexdigest().encode() + encoded)


def test_what_is_kept_is_not_trusted(corpus, tmp_path):
    """A byte of it is another, it is of another release, or a part is not what versions.json tells."""
    one_label(corpus)
    kept = state_path(corpus).read_bytes()
    state = msgspec.msgpack.decode(kept[64:])
    changed = hashlib.sha256((corpus.labels / "ada/h2_spill.json").read_bytes()).hexdigest()
    pattern = "annotation/labels/ada/*.json"
    lines = [line for line in state["inputs"][pattern].decode().splitlines() if "h2_spill" not in line]
    forged = "\n".join([*lines, f"{changed}  annotation/labels/ada/h2_spill.json"]).encode() + b"\n"
    for values in (
        {"inputs": state["inputs"] | {pattern: forged}},
        {"inputs": {name: some for name, some in state["inputs"].items() if name != pattern}},
        {"content": state["content"].replace(b"a", b"b", 1)},
        {"manifest": state["manifest"] + b"\n"},
        {"versions_sha256": "0" * 64},
        {"made_by": "another"},
    ):
        edit(corpus, **values)
        assert read_earlier(Corpus(corpus)) is None, values.keys()
    for data in (b"", kept[:-1], kept[:100] + b"x" + kept[101:], kept + b"x"):
        state_path(corpus).write_bytes(data)
        assert read_earlier(Corpus(corpus)) is None
    encoded = msgspec.msgpack.encode(["another", "Parley"])
    state_path(corpus).write_bytes(hashlib.sha256(encoded).hexdigest().encode() + encoded)
    assert read_earlier(Corpus(corpus)) is None
    state_path(corpus).unlink()
    assert read_earlier(Corpus(corpus)) is None
    state_path(corpus).write_bytes(kept)
    assert taken(corpus, tmp_path) == ARTICLES - 1


def test_another_history_is_not_the_release_that_is_known(corpus):
    """dataset/ was taken back from version control, say."""
    versions = corpus.dataset / "versions.json"
    versions.write_bytes(versions.read_bytes().replace(b'"date"', b'"date" '))
    assert read_earlier(Corpus(corpus)) is None
    shutil.rmtree(corpus.dataset)
    assert read_earlier(Corpus(corpus)) is None
