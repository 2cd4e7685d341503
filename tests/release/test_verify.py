"""What stands in dataset/ is held against the corpus: damage is named with its kind and its file."""

import os

import msgspec
import pyarrow as pa
import pytest

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.model.labels import decode_layer, encode_layer
from parley.model.paths import CorpusPaths
from parley.release.data.files import read_table, write_table
from parley.release.publish import publish
from parley.release.verify import verify
from parley.release.versions.history import read_versions
from parley.steps.derive import derive
from parley.steps.validate import validate
from releases_for_tests import build_release

SPANS = "data/spans/train-00000-of-00001.parquet"


@pytest.fixture
def published(published_harbour: CorpusPaths) -> CorpusPaths:
    return published_harbour


def edit_rows(corpus, name, change):
    path = corpus.dataset / name
    table = read_table(path)
    rows = table.to_pylist()
    change(rows)
    write_table(path, table.from_pylist(rows, schema=table.schema))


def append(corpus, name, text):
    with (corpus.dataset / name).open("a") as file:
        file.write(text)


DAMAGE = {
    "cut": lambda c: (c.dataset / SPANS).write_bytes((c.dataset / SPANS).read_bytes()[:-100]),
    "emptied": lambda c: (c.dataset / SPANS).write_bytes(b""),
    "missing": lambda c: (c.dataset / SPANS).unlink(),
    "offset": lambda c: edit_rows(c, SPANS, lambda rows: rows[0].update(start=rows[0]["start"] + 1)),
    "row lost": lambda c: edit_rows(c, SPANS, lambda rows: rows.pop()),
    "figure": lambda c: (c.dataset / "README.md").write_text(
        (c.dataset / "README.md").read_text().replace("with its sentence | 58 ", "with its sentence | 59 ")
    ),
    "python": lambda c: (c.dataset / "loader.py").write_text("print()"),
    "stray": lambda c: (c.dataset / "data" / "spans" / "extra.parquet").write_bytes(b"PAR1"),
    "history": lambda c: append(c, "CHANGELOG.md", "\nand more\n"),
    "versions": lambda c: (c.dataset / "versions.json").write_text("{"),
}
CODES = {
    "cut": {"release-damaged"},
    "emptied": {"release-damaged"},
    "missing": {"release-damaged"},
    "offset": {"release-labels"},
    "row lost": {"release-labels"},
    "figure": {"release-count"},
    "python": {"release-extra"},
    "stray": {"release-damaged", "release-extra"},
    "versions": {"release-damaged"},
}


def test_an_undamaged_release_has_no_fault(published):
    """Nothing is wrong with what was just published."""
    assert verify(Corpus(published)).faults == []


@pytest.mark.parametrize("kind", CODES)
def test_damage_is_named(published, kind):
    """Each kind of damage is found, with its code and its file."""
    DAMAGE[kind](published)
    faults = verify(Corpus(published)).faults
    assert {f.code for f in faults} == CODES[kind]
    assert all(f.file.startswith("dataset/") for f in faults)


def test_labels_changed_since_are_told(published):
    """A release that no longer is what its labels give is named, article by article."""
    toml = published.root / "release.toml"
    toml.write_text(toml.read_text().replace('labels = "ada"', 'labels = "bo"'))
    assert {f.code for f in verify(Corpus(published)).faults} & {"version-reused", "release-labels"}


def of_another_label(corpus):
    path = corpus.labels / "ada" / "h2_spill.json"
    layer = decode_layer(path.read_bytes())
    spans = (msgspec.structs.replace(layer.spans[0], label="NOPE"), *layer.spans[1:])
    path.write_bytes(encode_layer(msgspec.structs.replace(layer, spans=spans)))


def to_nowhere(corpus):
    path = corpus.labels / "ada" / "h2_spill.json"
    layer = decode_layer(path.read_bytes())
    relations = (msgspec.structs.replace(layer.relations[0], tail="s999"), *layer.relations[1:])
    path.write_bytes(encode_layer(msgspec.structs.replace(layer, relations=relations)))


def exchanged(corpus):
    one, other = (corpus.labels / "ada" / f"{name}.json" for name in ("h2_spill", "h4_storm"))
    first = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(first)


@pytest.mark.parametrize(
    ("change", "code"),
    [(of_another_label, "span-label"), (to_nowhere, "relation-dangling"), (exchanged, "labels-misplaced")],
)
def test_faulty_labels_hide_no_damage_to_the_release(published, change, code):
    """What is wrong with either is named, and that the two were not compared is said."""
    change(published)
    DAMAGE["cut"](published)
    DAMAGE["python"](published)
    report = validate(Corpus(published))
    found = {(fault.code, fault.file) for fault in report.faults}
    assert {("release-damaged", f"dataset/{SPANS}"), ("release-extra", "dataset/loader.py")} <= found
    assert code in {fault.code for fault in report.faults}
    assert "release against corpus" in {skipped.fault for skipped in report.skipped}


def test_an_article_that_cannot_be_read_hides_no_damage_to_the_release(published):
    """Without sound articles dataset/ is still held against its own history."""
    next(published.seeds.glob("*.txt")).unlink()
    DAMAGE["cut"](published)
    report = validate(Corpus(published))
    assert {"seed-missing", "release-damaged"} <= {fault.code for fault in report.faults}
    assert "release" in {skipped.fault for skipped in report.skipped}


def test_nothing_published_is_no_fault(harbour):
    """A corpus without dataset/, or with an empty one, has no release to judge."""
    derive(harbour)
    assert verify(Corpus(harbour)) == ([], True)
    harbour.dataset.mkdir()
    assert verify(Corpus(harbour)) == ([], True)


REFUSED = {
    "a file of somebody's": (lambda c: (c.dataset / "notes.txt").write_text("mine"), "release-extra"),
    "a hidden file": (lambda c: (c.dataset / ".DS_Store").write_text("x"), "release-extra"),
    "a named pipe": (lambda c: os.mkfifo(c.dataset / "data" / "spans" / "train-1.parquet"), "release-link"),
    "a link": (lambda c: (c.dataset / "link").symlink_to(c.seeds / "manifest.csv"), "release-link"),
    "no history": (lambda c: (c.dataset / "versions.json").unlink(), "release-damaged"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_no_publish_put_there_is_refused_and_stays(published, kind):
    """Neither publishing nor a push takes it; nobody's file is lost."""
    from parley.release.remote import release_of

    damage, code = REFUSED[kind]
    damage(published)
    before = sorted(published.dataset.rglob("*"))
    with pytest.raises(DataFaults) as refused:
        publish(Corpus(published))
    assert [fault.code for fault in refused.value.faults] == [code]
    if kind != "no history":  # then there is nothing to push
        with pytest.raises(DataFaults, match=code):
            release_of(Corpus(published))
    assert sorted(published.dataset.rglob("*")) == before


def test_an_edited_history_is_not_published_over(published):
    """An older entry that changed is named; the next version does not make it good."""
    toml = published.root / "release.toml"
    toml.write_text(toml.read_text().replace('version = "0.1.0"', 'version = "0.1.1"'))
    build_release(published)
    path = published.dataset / "versions.json"
    path.write_text(path.read_text().replace("2031-06-01", "2031-05-01", 1))
    toml.write_text(toml.read_text().replace('version = "0.1.1"', 'version = "0.1.2"'))
    with pytest.raises(DataFaults) as refused:
        publish(Corpus(published))
    assert [(f.code, f.place) for f in refused.value.faults] == [
        ("release-history", "dataset/versions.json > 0.1.0")
    ]


def test_an_ontology_that_changed_without_its_version_is_not_published(published):
    """Words may change; what a label is may not, unless the version of the ontology says so."""
    text = published.ontology.read_text(encoding="utf-8")
    published.ontology.write_text(text.replace('definition = "', 'definition = "Now: ', 1), encoding="utf-8")
    build_release(published)
    published.ontology.write_text(text.replace("required = true", "required = false", 1), encoding="utf-8")
    with pytest.raises(DataFaults) as refused:
        publish(Corpus(published))
    (fault,) = refused.value.faults
    assert (fault.code, fault.file) == ("ontology-version", "annotation/ontology.toml")
    assert "attribute(" in fault.place


@pytest.mark.parametrize("config", ["documents", "spans", "relations"])
def test_the_next_version_is_not_compared_with_a_damaged_one(published, config):
    """Of labels that were never published there is no difference: the damage is named, nothing is written."""
    (path,) = (published.dataset / "data" / config).glob("train-*.parquet")
    write_table(path, pa.table({"other": [1]}))
    toml = published.root / "release.toml"
    toml.write_text(toml.read_text().replace('version = "0.1.0"', 'version = "0.2.0"'))
    with pytest.raises(DataFaults) as refused:
        publish(Corpus(published))
    assert [(f.code, f.file) for f in refused.value.faults] == [("release-damaged", published.relative(path))]
    report = validate(Corpus(published))
    assert {(f.code, f.file) for f in report.faults} == {
        ("release-damaged", published.relative(path)),
        ("release-stale", "dataset/versions.json"),  # the next version is not in it
    }
    assert {"release against corpus", "published labels"} <= {skipped.fault for skipped in report.skipped}


def test_the_input_that_changed_is_named(published_harbour: CorpusPaths) -> None:
    """Files that come one an article have one hash together, and a fault of their own."""
    harbour = published_harbour
    recorded = read_versions(harbour.dataset)[-1]["inputs_sha256"]
    assert "annotation/labels/ada/*.json" in recorded
    assert not any("h2_spill" in name for name in recorded)  # or it would grow with the corpus
    path = harbour.labels / "ada" / "h2_spill.json"
    layer = decode_layer(path.read_bytes())
    path.write_bytes(encode_layer(msgspec.structs.replace(layer, relations=layer.relations[1:])))
    files = {fault.file for fault in verify(Corpus(harbour)).faults}
    assert "annotation/labels/ada/h2_spill.json" in files
    assert not any("*" in file or "h1_inquiry" in file for file in files)
    path.write_bytes(encode_layer(msgspec.structs.replace(layer, lead_time_s=1.0)))
    files = {fault.file for fault in verify(Corpus(harbour)).faults}
    assert "annotation/labels/ada/*.json" in files  # no row of the release shows how long somebody worked
