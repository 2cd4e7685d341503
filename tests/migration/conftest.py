"""The corpus that migrations are tested on."""

import shutil
from pathlib import Path

import pytest

from parley.model.paths import CorpusPaths
from parley.steps.derive import derive

FROZEN = Path(__file__).resolve().parent / "scheme_01"


@pytest.fixture(scope="session")
def _derived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shutil.copytree(FROZEN, tmp_path_factory.mktemp("frozen") / "scheme_01")
    derive(CorpusPaths.at(folder))
    return folder


@pytest.fixture
def scheme_01(_derived: Path, tmp_path: Path) -> CorpusPaths:
    """Return a copy of the frozen corpus of scheme 0.1, with its derived files."""
    return CorpusPaths.at(shutil.copytree(_derived, tmp_path / "scheme_01"))
