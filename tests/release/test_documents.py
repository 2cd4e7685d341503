"""croissant.json, the datasheet, the citation: complete, true, and read by the tools they are made for."""

from __future__ import annotations

import json
from collections import Counter

import pytest
import yaml

from parley.corpus.corpus import Corpus
from parley.faults import Fault
from parley.model.paths import CorpusPaths
from parley.release.card.croissant import croissant_faults
from parley.release.data.files import read_table
from parley.release.verify import verify


@pytest.fixture
def published(published_parley: CorpusPaths) -> CorpusPaths:
    return published_parley


def test_croissant_is_valid_and_loads_the_records(published: CorpusPaths) -> None:
    """Every record of documents and spans comes out of mlcroissant, and it finds nothing to complain of."""
    import mlcroissant

    described = mlcroissant.Dataset(jsonld=published.dataset / "croissant.json")
    assert not described.metadata.ctx.issues.errors
    assert not described.metadata.ctx.issues.warnings
    for config, key in (("documents", "doc_id"), ("spans", "id")):
        expected: Counter[object] = Counter()
        for path in (published.dataset / "data" / config).glob("*.parquet"):
            split = path.name.partition("-")[0]
            for row in read_table(path).to_pylist():
                expected[split, row["doc_id"], row[key], row["text"]] += 1
        found: Counter[object] = Counter()
        for record in described.records(config):
            columns = ("split", "doc_id", key, "text")
            found[tuple(record[f"{config}/{name}"].decode() for name in columns)] += 1
        assert found == expected


def test_what_mlcroissant_does_not_take_is_not_published(published: CorpusPaths) -> None:
    """A reference to nothing is a fault at croissant.json; what was published has none."""
    assert croissant_faults(published.dataset, "dataset") == []
    path = published.dataset / "croissant.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"@id": "spans-files"', '"@id": "nowhere"', 1))
    (fault,) = croissant_faults(published.dataset, "dataset")
    assert (fault.code, fault.place) == ("release-damaged", "dataset/croissant.json")
    assert "nowhere" in fault.message or "spans-files" in fault.message


def test_croissant_says_who_made_the_labels_and_of_what(published: CorpusPaths) -> None:
    """The RAI fields, provenance with an agent for each annotator, and the hash of every file."""
    said = json.loads((published.dataset / "croissant.json").read_text(encoding="utf-8"))
    assert said["conformsTo"] == [
        "http://mlcommons.org/croissant/1.1",
        "http://mlcommons.org/croissant/RAI/1.0",
    ]
    kinds = json.dumps(said["prov:wasGeneratedBy"])
    assert "prov:SoftwareAgent" in kinds
    assert "prov:Person" not in kinds  # no annotator of this version is one
    needed = {"rai:dataCollection", "rai:dataBiases", "rai:dataLimitations", "rai:dataUseCases"}
    needed |= {"rai:personalSensitiveInformation", "rai:dataSocialImpact", "rai:dataAnnotationProtocol"}
    assert needed <= said.keys()
    hashes = {
        one["contentUrl"]: one["sha256"] for one in said["distribution"] if one["@type"] == "cr:FileObject"
    }
    recorded = json.loads((published.dataset / "versions.json").read_text())["versions"][-1]["files_sha256"]
    assert hashes == {name: sha for name, sha in recorded.items() if name.endswith(".parquet")}


def test_the_datasheet_is_filled_and_stands_at_the_root_too(published: CorpusPaths) -> None:
    """No block is empty, and both copies say the same."""
    text = (published.dataset / "DATASHEET.md").read_text(encoding="utf-8")
    assert text == (published.root / "DATASHEET.md").read_text(encoding="utf-8")
    assert text.count("<!-- generated: ") >= 10
    for block in text.split("<!-- generated: ")[1:]:
        body = block.partition("-->\n")[2].partition("<!-- end generated")[0]
        assert body.strip()


def test_what_is_said_of_outlets_and_ids_is_what_the_data_has(published: CorpusPaths) -> None:
    """Outlets, headlines and Wikidata ids are told as the rows have them."""
    rows = [
        row
        for path in (published.dataset / "data/documents").iterdir()
        for row in read_table(path).to_pylist()
    ]
    assert len(rows) == 5
    words = (published.root / "release.toml").read_text(encoding="utf-8")
    assert Counter(bool(row["publisher"]) for row in rows) == {True: 2, False: 3}
    assert words.count("One is signed by an agency, one names a broadcaster, three name no outlet.") == 1
    for name, said in (("title", "most headlines"), ("published", "most dates")):
        assert sum(not row[name] for row in rows) > len(rows) / 2
        assert said in words
    table = read_table(published.dataset / "data/entities/full-00000-of-00001.parquet")
    assert not any(table["wikidata"].to_pylist())
    sheet = (published.dataset / "DATASHEET.md").read_text(encoding="utf-8")
    assert f"{len(table)} entities" in sheet


def test_the_citation_names_the_version(published: CorpusPaths) -> None:
    """CITATION.cff is read as YAML, with what the format asks for."""
    said = yaml.safe_load((published.root / "CITATION.cff").read_text(encoding="utf-8"))
    last = json.loads((published.dataset / "versions.json").read_text())["versions"][-1]
    assert (said["version"], said["date-released"]) == (last["version"], last["date"])
    assert {"cff-version", "message", "title", "authors"} <= said.keys()


@pytest.mark.parametrize("name", ["DATASHEET.md", "CITATION.cff", ".zenodo.json"])
def test_a_stale_copy_at_the_root_is_named(published: CorpusPaths, name: str) -> None:
    """A figure changed by hand where people look first is a fault."""
    assert verify(Corpus(published)).faults == []
    path = published.root / name
    path.write_text(
        path.read_text(encoding="utf-8")
        .replace("ersion 0.", "ersion 7.")
        .replace("version: 0", "version: 7")
        .replace('"version": "0', '"version": "7'),
        encoding="utf-8",
    )
    assert [(f.code, f.file) for f in verify(Corpus(published)).faults if isinstance(f, Fault)] == [
        ("release-stale", name)
    ]
