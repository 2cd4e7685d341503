"""A corpus folder ends at its root: no link leads out of it, and no pipe holds a step up."""

import os
import shutil
from pathlib import Path

import pytest

from command_for_tests import call
from parley.model.paths import CorpusPaths

FILES = [
    "seeds/manifest.csv",
    "seeds/cleaning.toml",
    "seeds/h0_collision.txt",
    "annotation/ontology.toml",
    "annotation/entities.csv",
    "annotation/annotators.csv",
    "annotation/labels/ada/h0_collision.json",
    "annotation/gold/h0_collision.json",
    "annotation/ledger.csv",
]
FOLDERS = ["seeds", "annotation", "annotation/labels", "annotation/labels/ada", "annotation/gold"]
WRITERS = [
    ["tasks"],
    ["derive"],
    ["agreement"],
    ["publish"],
    ["label-from-quotes", "--annotator", "ada", "quotes/ada/h0_collision.quotes"],
]


@pytest.fixture
def called(harbour: CorpusPaths, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """Return a function that calls a step on the harbour, and gives its exit status and what it said."""
    monkeypatch.chdir(harbour.root)
    harbour.gold.mkdir()
    harbour.build.mkdir(exist_ok=True)
    shutil.copy(harbour.labels / "ada" / "h0_collision.json", harbour.gold)
    harbour.ledger.write_text("", encoding="utf-8")

    return lambda *step: (call(*step, "--root", harbour.root), capsys.readouterr().err)


def lead_out(place: Path, target: Path) -> Path:
    """Move a file or folder to `target`, and leave a link in its place."""
    shutil.move(place, target)
    place.symlink_to(target)
    return target


def snapshot(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("where", ["elsewhere", "harbour/build/elsewhere"])
@pytest.mark.parametrize("name", [*FILES, *FOLDERS])
def test_a_link_is_not_read(harbour: CorpusPaths, tmp_path: Path, called, name: str, where: str) -> None:
    """Out of the corpus or not: a file that has two names has one too many."""
    lead_out(harbour.root / name, tmp_path / where)
    status, said = called("validate")
    assert status == 1
    assert f"{name} is a symbolic link" in said


@pytest.mark.parametrize("name", FILES)
def test_a_pipe_holds_nothing_up(harbour: CorpusPaths, called, name: str) -> None:
    """Nobody writes into it; who opens it to read would wait for ever."""
    path = harbour.root / name
    path.unlink()
    os.mkfifo(path)
    status, said = called("validate")
    assert status in (1, 2)
    assert path.name in said


@pytest.mark.parametrize(
    "name", ["build", "validation", "dataset", "annotation/labels/ada", "annotation/gold"]
)
@pytest.mark.parametrize("step", WRITERS, ids=lambda step: step[0])
def test_nothing_is_written_through_a_link(
    harbour: CorpusPaths, tmp_path: Path, called, name: str, step: list[str]
) -> None:
    """What the link leads to is as it was, and so is the corpus."""
    place = harbour.root / name
    place.mkdir(parents=True, exist_ok=True)
    outside = lead_out(place, tmp_path / "elsewhere")
    before = snapshot(outside), snapshot(harbour.root)
    status, said = called(*step)
    assert status == 1
    assert f"corpus-link  {name}" in said
    assert (snapshot(outside), snapshot(harbour.root)) == before


def test_a_linked_file_is_replaced_and_what_it_leads_to_is_not(
    harbour: CorpusPaths, tmp_path: Path, called
) -> None:
    called("derive")
    outside = lead_out(harbour.label_config, tmp_path / "elsewhere.xml")
    outside.write_text("of somebody else", encoding="utf-8")
    assert called("derive")[0] == 0
    assert outside.read_text(encoding="utf-8") == "of somebody else"
    assert not harbour.label_config.is_symlink()


def test_data_docs_stay_in_the_corpus(harbour: CorpusPaths, tmp_path: Path, called) -> None:
    """Neither a link nor the folders that the committed project names lead them out."""
    harbour.ledger.unlink()
    shutil.rmtree(harbour.gold)
    assert called("derive")[0] == 0
    project = harbour.validation / "great_expectations.yml"
    written = project.read_text(encoding="utf-8")
    assert "../build/" in written
    project.write_text(written.replace("../build/", "../../elsewhere/"), encoding="utf-8")
    status, said = called("validate", "--docs")
    assert status == 1
    assert "derived-stale  validation/great_expectations.yml" in said
    assert not (tmp_path / "elsewhere").exists()
    project.write_text(written, encoding="utf-8")
    outside = lead_out(harbour.build, tmp_path / "elsewhere")
    before = snapshot(outside)
    status, said = called("validate", "--docs")
    assert status == 2
    assert "build is a symbolic link" in said
    assert snapshot(outside) == before
