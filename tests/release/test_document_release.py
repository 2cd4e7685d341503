"""From a scheme with attributes of the whole article to rows that a reader has, by every step between."""

from __future__ import annotations

import json
import shutil

import msgspec
import pyarrow.parquet as pq

from made_up_schemes import NEWS, OF_ARTICLES, OPINION
from parley.adjudication.compare import open_adjudication
from parley.adjudication.gold import gold_faults
from parley.agreement.study import measure_corpus
from parley.corpus.corpus import Corpus
from parley.explorer.extras import read_extras
from parley.explorer.page import write_page
from parley.model.labels import DocumentLabel, decode_layer, layer_path, write_layer
from parley.model.paths import CorpusPaths
from parley.release.data.files import annotated, published_batches, release_ontology
from parley.release.publish import write_withheld
from parley.release.standoff.rehydrate import rehydrate
from parley.release.verify import verify
from parley.release.versions.changelog import as_markdown
from parley.release.versions.difference import difference, read_labels
from parley.steps.adjudicate import decide_by_files, list_disagreements
from parley.steps.derive import derive
from parley.steps.migrate import migrate
from parley.steps.validate import validate
from releases_for_tests import build_release


def say(paths: CorpusPaths, ada: dict[str, dict[str, str]], bo: dict[str, dict[str, str]]) -> None:
    """Give two annotators one set of labels, and each what they say of articles, by doc_id; else NEWS."""
    for name in sorted(path.stem for path in (paths.labels / "ada").glob("*.json")):
        layer = decode_layer(layer_path(paths, "ada", name).read_bytes())
        for who, said in (("ada", ada), ("bo", bo)):
            document = DocumentLabel(said.get(name, NEWS))
            own = msgspec.structs.replace(layer, annotator=who, document=document, ontology="harbour 0.4")
            write_layer(layer_path(paths, who, name), own)


def rows(paths: CorpusPaths, config: str):
    return sorted(
        (
            row
            for path in (paths.dataset / "data" / config).glob("*.parquet")
            for row in pq.read_table(path).to_pylist()
        ),
        key=lambda row: (row["doc_id"], row["annotator"]),
    )


def test_from_a_scheme_to_published_rows(harbour, tmp_path):
    """Validated, measured, adjudicated, published, verified, compared, shown; and without the text."""
    scheme = harbour.ontology.read_text().replace('version = "0.3"', 'version = "0.4"')
    harbour.ontology.write_text(scheme + OF_ARTICLES)
    shutil.rmtree(harbour.labels / "rules")
    say(harbour, {}, {"h1_inquiry": OPINION})
    derive(harbour)
    faults = [f for f in validate(Corpus(harbour)).faults if "document" in f.place]
    assert not faults

    figures = measure_corpus(Corpus(harbour), draws=0)[-1]["figures"]["overall"]["figures"]["document"]
    assert (figures["genre"]["items"], figures["genre"]["agreement"]["value"]) == (5, 0.8)
    listed = json.loads((harbour.build / "disagreements.json").read_bytes())["disagreements"]
    assert {(d["doc_id"], d["what"]) for d in listed} == {
        ("h1_inquiry", n) for n in ("genre", "thesis", "vessels")
    }

    list(list_disagreements(Corpus(harbour)))
    file = harbour.build / "adjudication" / "h1_inquiry.json"
    form = json.loads(file.read_bytes())
    assert [one["label"] for item in form["items"].values() for one in item["shown"]["rivals"]] == [
        "document"
    ] * 2
    for item in form["items"].values():
        item["keep"] = "bo"
    file.write_text(json.dumps(form))
    files = [file]
    for name in ("h0_collision", "h2_spill", "h3_explosion", "h4_storm"):
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(json.dumps({"doc_id": name}))
    _, named = decide_by_files(open_adjudication(Corpus(harbour)), files, "cy")
    assert not named
    gold = decode_layer((harbour.gold / "h1_inquiry.json").read_bytes())
    assert gold.document == DocumentLabel(OPINION, ("bo",), "kept", "attribute")

    moved = CorpusPaths(shutil.copytree(harbour.root, tmp_path / "moved"))
    plan = moved.root / "plan.toml"
    plan.write_text(
        'from = "0.4"\nto = "0.5"\n[[rename]]\nof = "span"\nname = "SHIP"\nto = "VESSEL"\n', encoding="utf-8"
    )
    assert migrate(Corpus(moved), plan, dry_run=False).written
    assert decode_layer((moved.gold / "h1_inquiry.json").read_bytes()).document == gold.document
    assert not gold_faults(Corpus(moved))

    release = harbour.root / "release.toml"
    release.write_text(release.read_text().replace('labels = "ada"', 'labels = "gold"'))
    build_release(harbour)
    documents = {row["doc_id"]: row for row in rows(harbour, "documents")}
    assert [documents["h1_inquiry"][n] for n in ("genre", "genre_id", "thesis", "vessels")] == [
        *("opinion", 1, "Tugs are slow.", None)
    ]
    assert documents["h1_inquiry"]["document_sources"] == ["bo"]
    assert documents["h0_collision"]["document_sources"] == ["ada", "bo"]
    assert documents["h0_collision"]["vessels"] == 2.0
    assert documents["h1_inquiry"]["document_decision"] == "kept"
    of_annotators = rows(harbour, "document_annotations")
    assert [(r["doc_id"], r["annotator"], r["genre"]) for r in of_annotators][2:4] == [
        ("h1_inquiry", "ada", "news"),
        ("h1_inquiry", "bo", "opinion"),
    ]
    assert not verify(Corpus(harbour)).faults
    codebook = (harbour.dataset / "CODEBOOK.md").read_text()
    assert "Tugs" not in codebook
    assert "What its author holds." in codebook
    assert "documents/genre" in (harbour.dataset / "croissant.json").read_text()

    ontology = release_ontology(harbour.dataset)
    (published,) = published_batches(harbour.dataset, ontology)
    said = {file.layer.doc_id: file.layer.document for file in published.load().structs()}
    assert said["h1_inquiry"] == gold.document
    both = {
        (f.layer.doc_id, f.layer.annotator): f.layer.document
        for f in annotated(harbour.dataset, ontology).structs()
    }
    assert both["h1_inquiry", "ada"].attributes == NEWS

    before = shutil.copytree(harbour.dataset, tmp_path / "before")
    for item in form["items"].values():
        item["keep"] = "ada"
    file.write_text(json.dumps(form))
    decide_by_files(open_adjudication(Corpus(harbour)), [file], "cy")
    release.write_text(release.read_text().replace('version = "0.1.0"', 'version = "0.2.0"'))
    build_release(harbour)
    found = difference(read_labels(before), read_labels(harbour.dataset))
    assert (found.changed.labels, found.level) == ({"document": 1}, "minor")
    page = as_markdown(found, "0.1.0", "0.2.0")
    assert "`document` genre=opinion" in page
    assert "document 1" in (harbour.dataset / "CHANGELOG.md").read_text()

    corpus = Corpus(harbour)
    write_page(harbour.dataset, tmp_path / "page", extras=read_extras(corpus))
    shards = "".join(path.read_text() for path in (tmp_path / "page").rglob("*.js"))
    assert '"said":[["Genre","news","It tells what happened."],["Vessels","2",""]]' in shards

    write_withheld(Corpus(harbour), tmp_path / "withheld")
    back = rehydrate(tmp_path / "withheld", harbour.seeds, tmp_path / "back")
    versions = json.loads((harbour.dataset / "versions.json").read_bytes())["versions"]
    assert back.content_sha256 == versions[-1]["content_sha256"]
