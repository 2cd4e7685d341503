"""What stands in dataset/ is held against the corpus: damage is named with its kind and its file."""

import pytest

from parley.corpus.corpus import Corpus
from parley.model.paths import CorpusPaths
from parley.release.data.files import read_table, write_table
from parley.release.publish import publish
from parley.release.verify import verify
from parley.steps.derive import derive

SPANS = "data/spans/train-00000-of-00001.parquet"


@pytest.fixture
def published(harbour: CorpusPaths) -> CorpusPaths:
    derive(harbour)
    publish(Corpus(harbour))
    return harbour


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
        (c.dataset / "README.md").read_text().replace("| `spans` | 58 ", "| `spans` | 59 ")
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
