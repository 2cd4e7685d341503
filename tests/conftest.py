"""Corpora that tests may write into: copies, never the checkout."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from parley.model.paths import CorpusPaths

pytest_plugins = ["label_studio_fixtures", "postgres_fixtures"]

CHECKOUT = Path(__file__).resolve().parents[1]

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("parley", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("parley")


@pytest.fixture
def harbour(tmp_path: Path) -> CorpusPaths:
    """Return a copy of the second corpus: invented texts with an ontology of their own."""
    return CorpusPaths.at(shutil.copytree(CHECKOUT / "tests" / "harbour", tmp_path / "harbour"))


@pytest.fixture
def parley_corpus(tmp_path: Path) -> CorpusPaths:
    """Return a copy of the checkout's own corpus folder."""
    for folder in ("seeds", "annotation", "validation", "dataset"):
        shutil.copytree(CHECKOUT / folder, tmp_path / "parley" / folder)
    for file in ("release.toml", "DATASHEET.md", "CITATION.cff"):
        if (CHECKOUT / file).is_file():
            shutil.copy(CHECKOUT / file, tmp_path / "parley")
    return CorpusPaths.at(tmp_path / "parley")
