"""Publishing: whole or not at all, the same bytes from the same inputs, readable by everybody."""

import json
import os
import shutil
import subprocess
import sys

import msgspec
import pytest

from checkout import CHECKOUT
from parley.agreement.study import measure_corpus
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, UsageError
from parley.model.labels import decode_layer, encode_layer
from parley.model.paths import CorpusPaths
from parley.release.data import shards
from parley.release.data.files import configs, load, rows
from parley.release.publish import publish
from parley.release.verify import verify
from parley.release.versions.history import encode_versions, file_hashes, read_versions
from releases_for_tests import build_release


@pytest.fixture
def corpus(derived: CorpusPaths) -> CorpusPaths:
    return derived


def set_release(corpus: CorpusPaths, **values: str) -> None:
    path = corpus.root / "release.toml"
    lines = path.read_text().splitlines()
    for name, value in values.items():
        lines = [f'{name} = "{value}"' if line.startswith(f"{name} =") else line for line in lines]
    path.write_text("\n".join(lines) + "\n")


def test_what_is_published_is_what_was_labelled(published_harbour, tmp_path):
    """A reader gets every article, span and relation with label names, offsets and ends as decided."""
    corpus = published_harbour
    found = load(corpus.dataset, "documents", tmp_path / "cache")
    rows = {row["doc_id"]: row for split in found.values() for row in split}
    features = found["train"].features
    names = {config: features[config].feature["label_id"].names for config in ("spans", "relations")}
    for path in sorted((corpus.labels / "ada").glob("*.json")):
        layer = decode_layer(path.read_bytes())
        row = rows[layer.doc_id]
        assert row["text_sha256"] == layer.text_sha256
        for config, known in names.items():
            assert all(known[one["label_id"]] == one["label"] for one in row[config])
        assert [(s["label"], s["start"], s["end"], s["text"]) for s in row["spans"]] == [
            (s.label, s.start, s.end, s.text) for s in layer.spans
        ]
        assert all(row["text"][s["start"] : s["end"]] == s["text"] for s in row["spans"])
        ids = [s["id"] for s in row["spans"]]
        ends = [(r["label"], ids[r["head_index"]], ids[r["tail_index"]]) for r in row["relations"]]
        assert ends == [(r.label, r.head, r.tail) for r in layer.relations]
        assert ends == [(r["label"], r["head_id"], r["tail_id"]) for r in row["relations"]]
        for span, published in zip(layer.spans, row["spans"], strict=True):
            for name, value in span.attributes.items():
                shown = published[name]
                if isinstance(shown, list):  # several ids are a list, and a number is one
                    shown = json.dumps(shown, separators=(",", ":"))
                assert (f"{shown:g}" if isinstance(shown, float) else shown) == value


def test_publishing_twice_changes_nothing(corpus):
    """The second run finds the same bytes and touches no file."""
    assert publish(Corpus(corpus)).changed
    before = {p: p.stat().st_mtime_ns for p in corpus.dataset.rglob("*")}
    assert not publish(Corpus(corpus)).changed
    assert {p: p.stat().st_mtime_ns for p in corpus.dataset.rglob("*")} == before


def test_bytes_depend_on_the_inputs_alone(published_harbour, tmp_path):
    """Another folder, time zone, locale and hash seed give the same release, byte for byte."""
    root = tmp_path / "other" / "somewhere else"
    shutil.copytree(published_harbour.root, root)
    shutil.rmtree(root / "dataset")
    environment = {**os.environ, "TZ": "America/Lima", "LC_ALL": "C", "PYTHONHASHSEED": "2"}
    command = [sys.executable, CHECKOUT / "scripts" / "publish.py", "--no-validate", "--root", root]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    assert file_hashes(root / "dataset") == file_hashes(published_harbour.dataset)
    versions = [folder / "dataset" / "versions.json" for folder in (root, published_harbour.root)]
    assert versions[0].read_bytes() == versions[1].read_bytes()


def test_hashes_of_inputs_are_what_sha256sum_prints(corpus):
    """One for each file, and one for each pattern of files of which there is one an article."""
    (corpus.seeds / "README.md").write_text("about the seeds, not one of them\n")
    manifest = corpus.manifest.read_text(encoding="utf-8")
    for old, new in (
        ("h1_inquiry.txt", "h1_inquiry.rst"),
        ("h2_spill.txt", "h2_spill.md"),
        ("h4_storm.txt", "h4_storm"),
    ):
        (corpus.seeds / old).rename(corpus.seeds / new)
        manifest = manifest.replace(f",{old},", f",{new},")
    corpus.manifest.write_text(manifest, encoding="utf-8")
    build_release(corpus)
    found = read_versions(corpus.dataset)[-1]["inputs_sha256"]
    patterns = {f"annotation/labels/{folder.name}/*.json" for folder in corpus.labels.iterdir()}
    others = {"seeds/*.md in seeds/manifest.csv", "seeds/* in seeds/manifest.csv"}  # beside other files
    assert {name for name in found if "*" in name} == {"seeds/*.txt", "seeds/*.rst", *patterns, *others}
    assert set(found) - {name for name in found if "*" in name} == {
        "release.toml",
        *("seeds/manifest.csv", "seeds/cleaning.toml"),
        *("annotation/ontology.toml", "annotation/entities.csv", "annotation/annotators.csv"),
    }
    for name, digest in found.items():
        files = {"seeds/*.md in": "seeds/h2_spill.md", "seeds/* in": "seeds/h4_storm"}
        listed = files.get(name.removesuffix(" seeds/manifest.csv"), name)
        command = f"sha256sum {listed}" + (" | sha256sum" if "*" in name else "")
        done = subprocess.run(
            ["sh", "-c", command],
            check=True,
            cwd=corpus.root,
            capture_output=True,
            text=True,
            env={**os.environ, "LC_ALL": "C"},
        )
        assert done.stdout.split()[0] == digest, name


@pytest.mark.long
def test_versions_json_grows_by_a_line_a_data_file_and_not_by_the_articles(tmp_path, monkeypatch):
    """Of 20,000 articles in shards of a thousand it is tens of kB, where a hash an input file took 6 MB."""
    monkeypatch.syspath_prepend(str(CHECKOUT / "benchmarks"))
    monkeypatch.setattr(shards, "DOCUMENTS_PER_SHARD", 4)
    from labelled import write_labelled

    entries, sizes = [], []
    for number in (10, 40):
        made = CorpusPaths.at(write_labelled(tmp_path / str(number), number))
        build_release(made)
        entries += read_versions(made.dataset)
        sizes.append((made.dataset / "versions.json").stat().st_size)
    few, many = (entry["files_sha256"] for entry in entries)
    data = [name.split("/")[1] for name in many if name.startswith("data/")]
    assert len(data) <= len(set(data)) * (40 // 4 + 2)  # the last shard of each of three splits may be short
    assert entries[0]["inputs_sha256"].keys() == entries[1]["inputs_sha256"].keys()
    lines = [sum(len(f'    "{name}": "{digest}",\n') for name, digest in own.items()) for own in (few, many)]
    assert sizes[1] - sizes[0] == lines[1] - lines[0]


def test_a_fault_leaves_the_old_release(published_harbour):
    """A label that does not fit its text stops publishing before dataset/ is touched."""
    corpus = published_harbour
    before = file_hashes(corpus.dataset)
    path = corpus.labels / "ada" / "h2_spill.json"
    path.write_bytes(path.read_bytes().replace(b'"start":', b'"start":1', 1))
    with pytest.raises(DataFaults):
        publish(Corpus(corpus))
    assert file_hashes(corpus.dataset) == before
    assert not (corpus.root / ".dataset.new").exists()


def edited(corpus):
    path = corpus.labels / "ada" / "h2_spill.json"
    layer = decode_layer(path.read_bytes())
    path.write_bytes(encode_layer(msgspec.structs.replace(layer, lead_time_s=1.0)))
    return "annotation/labels/ada/h2_spill.json"


def added(corpus):
    path = corpus.labels / "zoe" / "h2_spill.json"
    path.parent.mkdir()
    path.write_bytes((corpus.labels / "ada" / "h2_spill.json").read_bytes())
    return "annotation/labels/zoe/h2_spill.json"


def removed(corpus):
    (corpus.labels / "bo" / "h2_spill.json").unlink()
    return "annotation/labels/bo/h2_spill.json"


def cleaned(corpus):
    path = next(corpus.seeds.glob("*.txt"))
    path.write_bytes(path.read_bytes() + b"\n")
    return f"seeds/{path.name}"


def appended(corpus, name):
    with (corpus.root / name).open("a") as file:
        file.write("\n")
    return name


@pytest.mark.parametrize(
    "change",
    [
        *(edited, added, removed, cleaned),
        *(lambda corpus, name=name: appended(corpus, name) for name in (
            "release.toml", "DATASHEET.md", "annotation/ontology.toml", "annotation/entities.csv",
            "annotation/annotators.csv", "seeds/manifest.csv",
        )),
    ],
)  # fmt: skip
def test_a_release_is_of_the_inputs_that_were_read(published_harbour, monkeypatch, change):
    """An input that changes before the release is in place is named; the old release stays whole."""
    corpus = published_harbour
    before = file_hashes(corpus.dataset)
    set_release(corpus, title="Another title", version="0.1.1")
    names = []

    def meanwhile(*_: object) -> list[object]:
        names.append(change(corpus))
        return []

    monkeypatch.setattr("parley.release.publish.croissant_faults", meanwhile)
    monkeypatch.setattr("parley.release.publish._proved", lambda *_: {})  # takes longer than all else
    with pytest.raises(UsageError, match="changed while the release was made") as refused:
        publish(Corpus(corpus))
    assert names[0] in refused.value.cause
    assert file_hashes(corpus.dataset) == before
    assert not (corpus.root / ".dataset.new").exists()
    monkeypatch.undo()


def test_an_input_that_is_written_again_as_it_was_is_no_other(corpus, monkeypatch):
    """What counts is what is in it."""
    path = corpus.labels / "ada" / "h2_spill.json"
    data = path.read_bytes()
    monkeypatch.setattr("parley.release.publish.croissant_faults", lambda *_: path.write_bytes(data) and [])
    assert publish(Corpus(corpus)).changed


def test_missing_labels_are_told(corpus):
    """A source that lacks an article is not a release."""
    (corpus.labels / "ada" / "h2_spill.json").unlink()
    with pytest.raises(UsageError, match="h2_spill"):
        publish(Corpus(corpus))


def test_a_version_cannot_be_used_twice(published_harbour):
    """Other labels under a published number are refused; a number too low for the change too."""
    corpus = published_harbour
    set_release(corpus, labels="bo")
    with pytest.raises(DataFaults) as raised:
        publish(Corpus(corpus))
    assert [f.code for f in raised.value.faults] == ["version-reused"]
    set_release(corpus, version="0.1.1")
    with pytest.raises(DataFaults) as raised:
        publish(Corpus(corpus))
    assert [f.code for f in raised.value.faults] == ["version-wrong"]
    assert "0.2.0" in raised.value.faults[0].message
    set_release(corpus, version="0.2.0")
    (corpus.dataset / "CHANGELOG.md").write_text("# Another head\n\n## 0.1.0 (2031-06-01)\n\nThe first.\n")
    publish(Corpus(corpus))
    changes = (corpus.dataset / "CHANGELOG.md").read_text()
    assert changes.index("## 0.2.0") < changes.index("labels moved") < changes.index("## 0.1.0")
    assert changes.endswith("\n\n## 0.1.0 (2031-06-01)\n\nThe first.\n")
    assert changes.startswith("# Changes of the data\n")
    assert "Another head" not in changes
    assert verify(Corpus(corpus)).faults == []


def test_class_numbers_are_not_exchanged_in_a_patch(published_harbour):
    """Two labels in another order of the ontology: the same rows by name, other numbers in every file."""
    corpus = published_harbour
    ontology = corpus.ontology.read_text(encoding="utf-8")
    head, first, second, rest = ontology.split("[[span]]\n", 3)
    corpus.ontology.write_text("[[span]]\n".join([head, second, first, rest]), encoding="utf-8")
    set_release(corpus, version="0.1.1")
    with pytest.raises(DataFaults, match=r"a major change since 0.1.0 needs at least 0.2.0"):
        publish(Corpus(corpus))
    set_release(corpus, version="0.2.0")
    build_release(corpus)
    changes = (corpus.dataset / "CHANGELOG.md").read_text()
    assert "spans.label_id: 0 SHIP → PORT, 1 PORT → SHIP" in changes
    assert "documents.spans.label_id" in changes
    assert "sentences.tag_ids: 1 B-SHIP → B-PORT" in changes


def test_a_published_version_keeps_its_classes(published_harbour):
    """No label has the new one, so that the content hash is the same; the files have another class."""
    corpus = published_harbour
    new = '[[span]]\nname = "BUOY"\ntitle = "b"\ngroup = "things"\ncolor = "#123456"\ndefinition = "b"\n'
    text = corpus.ontology.read_text(encoding="utf-8").replace('version = "0.3"', 'version = "0.4"')
    corpus.ontology.write_text(text.replace("[[relation]]\n", f"{new}[[relation]]\n", 1), encoding="utf-8")
    before = file_hashes(corpus.dataset)
    with pytest.raises(DataFaults) as refused:
        build_release(corpus)
    (fault,) = refused.value.faults
    assert fault.code == "version-reused"
    assert "BUOY" in fault.message
    shutil.rmtree(corpus.root / ".dataset.new")
    assert file_hashes(corpus.dataset) == before
    set_release(corpus, version="0.2.0")
    build_release(corpus)


def test_there_is_no_way_back_behind_the_last_version(published_harbour):
    """What an older version held is published anew under a higher number, or not at all."""
    corpus = published_harbour
    set_release(corpus, labels="bo", version="0.2.0")
    build_release(corpus)
    before = file_hashes(corpus.dataset)
    set_release(corpus, labels="ada", version="0.1.0")
    with pytest.raises(DataFaults, match=r"a minor change since 0.2.0 needs at least 0.3.0"):
        publish(Corpus(corpus))
    assert file_hashes(corpus.dataset) == before
    set_release(corpus, version="0.10.0")
    publish(Corpus(corpus))
    versions = [one["version"] for one in read_versions(corpus.dataset)]
    assert versions == ["0.1.0", "0.2.0", "0.10.0"]
    assert not publish(Corpus(corpus)).changed


def test_versions_are_read_in_their_order(tmp_path):
    """The lowest first, by number and not by letter; a file that is none of ours is a named fault."""
    same = {"date": "2031-06-01", "content_sha256": "", "files_sha256": {}}
    written = [{"version": name, **same} for name in ("0.10.0", "0.2.0", "0.1.0")]
    (tmp_path / "versions.json").write_bytes(encode_versions(written))
    assert [one["version"] for one in read_versions(tmp_path)] == ["0.1.0", "0.2.0", "0.10.0"]
    for damaged in (
        "{",
        "[]",
        '{"versions": [{}]}',
        '{"versions": [{"version": "0.1.0"}]}',
        '{"versions": [{"version": "0.1.0", "files_sha256": []}]}',
        '{"versions": [{"version": "0.1.0", "date": 1, "content_sha256": "", "files_sha256": {}}]}',
        '{"versions": [{"version": "x"}]}',
        '{"versions": [{"version": 1}]}',
    ):
        (tmp_path / "versions.json").write_text(damaged)
        with pytest.raises(DataFaults, match="release-damaged"):
            read_versions(tmp_path)


def test_agreement_that_is_broken_or_of_other_labels_is_not_published(published_harbour):
    """The faults are those of `parley validate`; dataset/ stays as it was."""
    corpus = published_harbour
    before = file_hashes(corpus.dataset)
    measure_corpus(Corpus(corpus), draws=0)
    layer = next((corpus.labels / "ada").glob("*.json"))
    labels = layer.read_bytes()
    for damaged, data, code in (
        (layer, encode_layer(msgspec.structs.replace(decode_layer(labels), relations=())), "agreement-stale"),
        (corpus.agreement, b"{", "agreement-malformed"),
    ):
        damaged.write_bytes(data)
        with pytest.raises(DataFaults) as refused:
            publish(Corpus(corpus))
        assert code in {fault.code for fault in refused.value.faults}
        layer.write_bytes(labels)
    assert file_hashes(corpus.dataset) == before


def test_no_first_version_without_people(corpus):
    """1.0 needs gold made by two people and adjudicated by one; a single layer is never that."""
    set_release(corpus, version="1.0.0")
    with pytest.raises(UsageError, match="at least two people"):
        publish(Corpus(corpus))


def test_every_reader_reads_it(published_harbour, tmp_path):
    """pandas, polars, duckdb and a streaming load_dataset see the rows that load_dataset sees."""
    import datasets
    import duckdb
    import pandas as pd
    import polars as pl

    corpus = published_harbour
    parts = sorted((corpus.dataset / "data" / "documents").glob("*.parquet"))
    wanted = {
        row["doc_id"]: len(row["spans"])
        for s in load(corpus.dataset, "documents", tmp_path).values()
        for row in s
    }
    streamed = datasets.load_dataset(str(corpus.dataset), "documents", streaming=True)
    assert {row["doc_id"]: len(row["spans"]) for s in streamed.values() for row in s} == wanted
    frame = pd.concat([pd.read_parquet(p) for p in parts])
    assert dict(zip(frame["doc_id"], frame["spans"].map(len), strict=True)) == wanted
    polars = pl.concat([pl.read_parquet(p) for p in parts])
    assert dict(zip(polars["doc_id"], polars["spans"].list.len(), strict=True)) == wanted
    glob = str(corpus.dataset / "data" / "documents" / "*.parquet")
    assert dict(duckdb.sql(f"select doc_id, len(spans) from '{glob}'").fetchall()) == wanted  # noqa: S608


def test_all_configs_are_loaded_with_the_card_read_once(published_harbour, tmp_path, monkeypatch):
    """The rows are those that each `load_dataset` by itself gives."""
    from datasets import load as library

    read = []
    find = library.dataset_module_factory
    monkeypatch.setattr(library, "dataset_module_factory", lambda p, **o: (read.append(p), find(p, **o))[1])
    folder = published_harbour.dataset
    found = rows(folder, configs(folder))
    assert len(read) == 1
    for config in configs(folder):
        alone = load(folder, config, tmp_path)
        assert {s: n for (c, s), n in found.items() if c == config} == {s: alone[s].num_rows for s in alone}
    assert len(read) == 1 + len(configs(folder))


def test_parquet_is_as_the_hub_wants_it(published_harbour):
    """zstd, a page index in every column, and the features in the schema."""
    import pyarrow.parquet as pq

    corpus = published_harbour
    for path in sorted((corpus.dataset / "data").rglob("*.parquet")):
        file = pq.ParquetFile(path)
        group = file.metadata.row_group(0)
        for number in range(group.num_columns):
            column = group.column(number)
            assert column.compression == "ZSTD"
            assert column.has_column_index
            assert column.has_offset_index
        assert b"huggingface" in file.schema_arrow.metadata
