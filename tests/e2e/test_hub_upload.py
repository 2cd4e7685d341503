"""A release is uploaded through huggingface_hub: one commit, then the tag; private while it holds text."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_for_tests import Files, Hub, Repository, running_hub
from parley.model.paths import CorpusPaths
from releases_for_tests import build_release

pytestmark = pytest.mark.long  # tests/e2e/test_hub.py has what a reader of the Hub gets

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "push_to_hub.py"
TOKEN = "open-sesame"
NAME = "harbour-office/harbour"


@pytest.fixture
def corpus(published_harbour: CorpusPaths) -> CorpusPaths:
    return published_harbour


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as running:
        yield running


def push(
    corpus: CorpusPaths, hub: Hub, *options: str, token: str = TOKEN
) -> subprocess.CompletedProcess[str]:
    """Run the script as a person does, against the Hub of the test."""
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    surroundings |= {"HF_ENDPOINT": hub.url, "HF_TOKEN": token, "HF_HOME": str(corpus.root / "home")}
    surroundings |= {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_XET": "1"}
    command = [sys.executable, str(SCRIPT), "--root", str(corpus.root), "--repo", NAME, *options]
    return subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)


def here(folder: Path) -> Files:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_one_commit_then_the_tag(corpus: CorpusPaths, hub: Hub) -> None:
    """Every file is there byte for byte, in a private repository; the second time nothing is sent."""
    done = push(corpus, hub)
    assert done.returncode == 0, done.stderr
    repository = hub.repositories[NAME]
    assert repository.private
    assert len(repository.commits) == 2  # the Hub's own first one, and ours
    files = repository.files("v0.1.0")
    assert {n: d for n, d in files.items() if n != ".gitattributes"} == here(corpus.dataset)
    sent = list(hub.uploads)
    again = push(corpus, hub)
    assert again.stdout.startswith("was there")
    assert hub.uploads == sent


def test_a_tag_with_other_content_is_refused(corpus: CorpusPaths, hub: Hub) -> None:
    """What is out under a number stays what it is."""
    push(corpus, hub)
    repository = hub.repositories[NAME]
    shutil.rmtree(corpus.dataset)  # a corpus that has forgotten what it published
    settings = corpus.root / "release.toml"
    settings.write_text(settings.read_text().replace('labels = "ada"', 'labels = "bo"'))
    build_release(corpus)
    before = dict(repository.tags), dict(repository.branches)
    done = push(corpus, hub)
    assert (done.returncode, "version-reused" in done.stderr) == (1, True)
    assert (repository.tags, repository.branches) == before


@pytest.mark.parametrize("moment", ["commit", "/tag/"])
def test_a_broken_connection_is_repeated(corpus: CorpusPaths, hub: Hub, moment: str) -> None:
    """Whenever it breaks: no tag before the files are whole, and the command again finishes the work."""
    hub.break_at = moment
    done = push(corpus, hub)
    assert done.returncode == 2
    assert "repeat the command" in done.stderr
    assert not hub.repositories[NAME].tags
    again = push(corpus, hub)
    assert again.returncode == 0, again.stderr
    files = hub.repositories[NAME].files("v0.1.0")
    assert {n: d for n, d in files.items() if n != ".gitattributes"} == here(corpus.dataset)
    assert sorted(hub.uploads) == sorted(set(hub.uploads)), "a file was sent twice"


def test_text_goes_into_no_public_repository_unasked(corpus: CorpusPaths, hub: Hub) -> None:
    """One that is public already is refused."""
    hub.repositories[NAME] = repository = Repository(private=False)
    repository.commit({})
    done = push(corpus, hub)
    assert (done.returncode, "--public-text" in done.stderr) == (2, True)
    assert not repository.tags


def test_a_public_repository_takes_what_has_no_text_or_was_asked_for(corpus: CorpusPaths, hub: Hub) -> None:
    """With --text withhold, or if it was said in so many words."""
    push(corpus, hub, token="wrong")  # makes nothing
    assert not hub.repositories
    push(corpus, hub, "--text", "withhold")
    repository = hub.repositories[NAME]
    assert not repository.private
    assert "data/fingerprints/train-00000-of-00001.parquet" in repository.files("v0.1.0")
    repository.tags.clear()
    done = push(corpus, hub)
    assert (done.returncode, "--public-text" in done.stderr) == (2, True)
    assert not repository.tags
    assert push(corpus, hub, "--public-text").returncode == 0
    assert {n: d for n, d in repository.files("v0.1.0").items() if n != ".gitattributes"} == here(
        corpus.dataset
    )
