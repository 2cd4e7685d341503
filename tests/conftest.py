"""Corpora that tests may write into: copies, never the checkout."""

import shutil
from pathlib import Path

import pytest

from parley.corpus import Corpus

pytest_plugins = ["label_studio_fixtures", "postgres_fixtures"]

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture
def harbour(tmp_path: Path) -> Corpus:
    """Return a copy of the second corpus: invented texts with an ontology of their own."""
    return Corpus.at(shutil.copytree(CHECKOUT / "tests" / "harbour", tmp_path / "harbour"))


@pytest.fixture
def parley_corpus(tmp_path: Path) -> Corpus:
    """Return a copy of the checkout's own corpus folder."""
    for folder in ("seeds", "annotation", "validation", "dataset"):
        if (CHECKOUT / folder).is_dir():
            shutil.copytree(CHECKOUT / folder, tmp_path / "parley" / folder)
    return Corpus.at(tmp_path / "parley")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of the real servers in one process: they share a server and mostly wait."""
    for item in items:
        if "e2e" in item.path.parts or "label_studio_template" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("servers"))
