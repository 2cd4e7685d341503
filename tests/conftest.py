"""Corpora that tests may write into: copies, never the checkout."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from checkout import CHECKOUT, HARBOUR
from made_once import made_once
from parley.corpus.corpus import Corpus
from parley.model.paths import CorpusPaths
from parley.release.publish import publish, write_withheld
from parley.steps.derive import derive

pytest_plugins = ["label_studio_fixtures", "label_tables_for_tests", "postgres_fixtures"]


# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("parley", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("parley")


@pytest.fixture(scope="session", autouse=True)
def one_process() -> Iterator[None]:
    """Let a step take no other process unless a test says so: those that share the tests have the cores.

    Each process that a step starts would import its libraries again, for a corpus of five articles.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("parley.runtime.engine.cores", lambda: 1)
        yield


WITHHELD = "withheld"


@pytest.fixture
def harbour(tmp_path: Path) -> CorpusPaths:
    """Return a copy of the second corpus: invented texts with an ontology of their own."""
    return CorpusPaths.at(shutil.copytree(HARBOUR, tmp_path / "harbour"))


@pytest.fixture
def derived(harbour: CorpusPaths) -> CorpusPaths:
    """Return a copy of the second corpus, its files derived."""
    derive(harbour)
    return harbour


@pytest.fixture
def labelled_by_people(harbour: CorpusPaths) -> CorpusPaths:
    """Return a copy of the second corpus with the labels of people alone."""
    shutil.rmtree(harbour.labels / "rules")
    return harbour


@pytest.fixture(scope="session")
def _published_harbour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        corpus = CorpusPaths.at(shutil.copytree(HARBOUR, folder / "harbour"))
        derive(corpus)
        publish(Corpus(corpus))
        write_withheld(Corpus(corpus), folder / WITHHELD)

    return made_once(tmp_path_factory, "published-harbour", make)


@pytest.fixture
def published_harbour(_published_harbour: Path, tmp_path: Path) -> CorpusPaths:
    """Return a copy of the second corpus, its files derived and its release published."""
    return CorpusPaths.at(shutil.copytree(_published_harbour / "harbour", tmp_path / "harbour"))


@pytest.fixture
def withheld_harbour(_published_harbour: Path, tmp_path: Path) -> Path:
    """Return a copy of the second corpus' release without text."""
    return Path(shutil.copytree(_published_harbour / WITHHELD, tmp_path / WITHHELD))


def _copy_parley(root: Path) -> CorpusPaths:
    for folder in ("seeds", "annotation", "validation", "dataset"):
        shutil.copytree(CHECKOUT / folder, root / folder)
    for file in ("release.toml", "DATASHEET.md", "CITATION.cff", ".zenodo.json"):
        if (CHECKOUT / file).is_file():
            shutil.copy(CHECKOUT / file, root)
    return CorpusPaths.at(root)


@pytest.fixture
def parley_corpus(tmp_path: Path) -> CorpusPaths:
    """Return a copy of the checkout's own corpus folder."""
    return _copy_parley(tmp_path / "parley")


@pytest.fixture(scope="session")
def _published_parley(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(
        tmp_path_factory, "published-parley", lambda folder: publish(Corpus(_copy_parley(folder)))
    )


@pytest.fixture
def published_parley(_published_parley: Path, tmp_path: Path) -> CorpusPaths:
    """Return a copy of the checkout's own corpus folder with the release that it gives now."""
    return CorpusPaths.at(shutil.copytree(_published_parley, tmp_path / "parley"))
