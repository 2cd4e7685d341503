"""A new corpus runs at once, and nothing that is there already is touched."""

import csv
import pty
import subprocess
import sys
import tomllib

import pytest

from command_for_tests import call
from parley.faults import UsageError
from parley.model.paths import CorpusPaths
from parley.steps.derive import stale
from parley.steps.new import NewCorpus, new, suggested


@pytest.mark.long
def test_a_new_corpus_has_nothing_wrong_and_ends_with_load_dataset(tmp_path, capfd):
    assert call("new", tmp_path / "incidents") == 0
    root = tmp_path / "incidents"
    assert call("dataset", "--root", root) == 0
    said = capfd.readouterr().out
    assert "load_dataset(" in said
    assert "next: cd" in said
    paths = CorpusPaths.at(root)
    assert stale(paths) == []
    assert call("validate", "--root", root) == 0


def test_it_has_one_text_two_labels_a_relation_an_attribute_and_comments(tmp_path):
    new(tmp_path / "x", NewCorpus("x", "X"))
    scheme = tomllib.loads((tmp_path / "x/annotation/ontology.toml").read_text())
    assert [len(scheme[kind]) for kind in ("span", "relation", "attribute")] == [2, 1, 1]
    with (tmp_path / "x/seeds/manifest.csv").open() as file:
        assert [row["doc_id"] for row in csv.DictReader(file)] == ["sample"]
    for name in ("release.toml", ".gitignore", ".pre-commit-config.yaml", "requirements.txt"):
        assert (tmp_path / "x" / name).read_text().count("#") >= 1, name
    assert (tmp_path / "x/.github/workflows/data.yml").is_file()
    assert not list(tmp_path.glob(".*"))  # nothing unfinished


def test_what_the_answers_have_in_them_stays_what_it_is(tmp_path):
    title, author = 'Say "no" \\ twice | <b> {{ x }}', "Ådne O'Neil"
    new(tmp_path / "x", NewCorpus("x", title, author, "pt-BR"))
    release = tomllib.loads((tmp_path / "x/release.toml").read_text(encoding="utf-8"))
    assert (release["title"], release["authors"]) == (title, [author])
    assert release["languages"] == ["en", "pt-BR"]


@pytest.mark.parametrize("there", ["notes.txt", ".hidden", "seeds"])
def test_a_folder_that_is_not_empty_is_refused_and_kept(tmp_path, there):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / there).write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        new(tmp_path / "x", suggested(tmp_path / "x"))
    assert [path.name for path in (tmp_path / "x").iterdir()] == [there]


def test_a_folder_that_is_a_file_or_a_dangling_link_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link"):
        with pytest.raises(UsageError, match="not a folder"):
            new(tmp_path / name, NewCorpus("x", "X"))


def test_an_empty_repository_is_filled_in_its_place(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path / "x"], check=True)
    before = (tmp_path / "x").stat().st_ino
    new(tmp_path / "x", NewCorpus("x", "X"))
    assert (tmp_path / "x").stat().st_ino == before
    assert (tmp_path / "x/.git/HEAD").is_file()
    assert (tmp_path / "x/annotation/ontology.toml").is_file()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "../x"},
        {"name": "a b"},
        {"name": "con"},
        {"language": "english"},
        {"title": "a\nb"},
        {"author": " "},
    ],
)
def test_an_answer_that_no_file_can_hold_is_refused_before_anything_is_written(tmp_path, wrong):
    arguments = [f"--{key}={value}" for key, value in wrong.items()]
    assert call("new", tmp_path / "x", *arguments) == 2
    assert list(tmp_path.iterdir()) == []


def test_the_name_is_that_of_the_folder_as_far_as_it_can_be(tmp_path):
    assert suggested(tmp_path / "Häfen & Schiffe").name == "h-fen-schiffe"
    assert suggested(tmp_path / "北京").name == "corpus"


def test_it_asks_on_a_terminal_for_what_no_option_says(tmp_path):
    program = "from parley.cli.main import main; main()"
    command = [sys.executable, "-c", program, "new", str(tmp_path / "x"), "--author", "Ada"]
    master, slave = pty.openpty()
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=subprocess.DEVNULL) as process:
        with open(master, "wb", buffering=0, closefd=False) as keys:
            keys.write(b"ships\nShips at sea\nde\n")
        assert process.wait(60) == 0
    release = tomllib.loads((tmp_path / "x/release.toml").read_text(encoding="utf-8"))
    assert (release["name"], release["title"], release["authors"]) == ("ships", "Ships at sea", ["Ada"])
    assert release["languages"] == ["de", "en"]
