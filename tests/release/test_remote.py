"""A published version is found in a folder, in git or on the Hub; where there is none, that is told."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from command_for_tests import call
from hub_for_tests import running_hub
from parley.faults import UsageError
from parley.model.paths import CorpusPaths
from parley.release.remote import dataset_at

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "diff.py"


def git(corpus: CorpusPaths, *arguments: str) -> None:
    known = ("-c", "user.name=ada", "-c", "user.email=ada@localhost", "-c", "commit.gpgSign=false")
    subprocess.run(["git", "-C", str(corpus.root), *known, *arguments], check=True, capture_output=True)


def test_a_folder_a_corpus_and_a_commit_hold_one(harbour: CorpusPaths) -> None:
    """The same files, wherever they stand; a name of git's with an @ is not a repository on the Hub."""
    (harbour.dataset / "data").mkdir(parents=True)
    (harbour.dataset / "data" / "x").write_text("1")
    git(harbour, "init", "-q", "-b", "a/b")
    git(harbour, "add", ".")
    git(harbour, "commit", "-q", "-m", "first")
    for place in (str(harbour.root), str(harbour.dataset), "HEAD", "a/b@{0}"):
        with dataset_at(harbour, place) as folder:
            assert (folder / "data" / "x").read_text() == "1"


def test_there_is_none_in_git(harbour: CorpusPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """No such revision, and no git at all."""
    with pytest.raises(UsageError, match="a git revision"), dataset_at(harbour, "--output=x"):
        pass
    monkeypatch.setenv("PATH", str(harbour.root))
    with pytest.raises(UsageError, match="no git on this machine"), dataset_at(harbour, "HEAD"):
        pass


@pytest.mark.parametrize(
    ("place", "surroundings", "says"),
    [
        ("a/b@v1", {"HF_HUB_OFFLINE": "1"}, "is not on this machine"),
        ("a/b@v1", {}, "404"),
        ("a/b/c@v1", {}, "org/name@v0.1.0"),
    ],
)
def test_there_is_none_on_the_hub(
    harbour: CorpusPaths, place: str, surroundings: dict[str, str], says: str
) -> None:
    """Switched off, absent, or no name of a repository: cause and remedy, status 2, no traceback."""
    with running_hub() as hub:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
        inherited |= {
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(harbour.root / "home"),
            "HF_TOKEN": "open-sesame",
        }
        command = [sys.executable, str(SCRIPT), "--root", str(harbour.root), place, "."]
        done = subprocess.run(
            command, env=inherited | surroundings, capture_output=True, text=True, check=False
        )
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_what_the_hub_refuses_is_told(harbour: CorpusPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the Hub's own words, their first line."""

    def refuse(*_: object, **__: object) -> None:
        raise httpx2.HTTPError("401 Client Error.\n\nRepository Not Found")

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    said = r"does not give a/b@v1: HTTPError: 401 Client Error\.\n  try:"
    with pytest.raises(UsageError, match=said), dataset_at(harbour, "a/b@v1"):
        pass


def test_two_folders_need_no_corpus_and_the_labels_as_they_are_no_version(
    published_harbour: CorpusPaths,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before anything is published anew, the difference to what is published can be seen."""
    harbour = published_harbour
    before = shutil.copytree(harbour.dataset, tmp_path / "before")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert call("diff", before, harbour.root) == 0
    assert "No article and no label differs" in capsys.readouterr().out
    assert call("diff", before, "v0.1.0") == 2  # a revision is one of some corpus
    (harbour.labels / "ada" / "h4_storm.json").write_bytes(
        (harbour.labels / "bo" / "h4_storm.json")
        .read_bytes()
        .replace(b'"annotator": "bo"', b'"annotator": "ada"')
    )
    capsys.readouterr()
    assert call("diff", before, "--root", harbour.root) == 0
    assert "| labels " in capsys.readouterr().out
    assert call("diff", before, harbour.root) == 0  # of what is published
    assert "No article and no label differs" in capsys.readouterr().out
