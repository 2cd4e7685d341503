"""The page on a cluster: the same bytes as on this machine."""

from pathlib import Path

import pytest

from parley.corpus.corpus import Corpus
from parley.explorer import page
from parley.explorer.extras import read_extras
from parley.faults import DataFaults
from parley.release.publish import publish
from parley.runtime.engine import Cores, engine
from requirements_for_tests import needs_spark

pytestmark = [pytest.mark.spark, pytest.mark.long]
WORKERS = "local-cluster[2,1,1024]"  # two, processes of their own


def bytes_of(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_page_is_the_same_on_spark_and_a_fault_of_a_worker_is_told_as_one(harbour, tmp_path, monkeypatch):
    """Articles and index are written by the workers, whose ledger, guidelines and seeds are the driver's."""
    needs_spark()
    monkeypatch.setattr(page, "_FEW", 0)
    publish(Corpus(harbour))
    extras = read_extras(Corpus(harbour))
    page.write_page(harbour.dataset, tmp_path / "here", extras, engine=Cores(1))
    with engine("spark", WORKERS) as cluster:
        page.write_page(harbour.dataset, tmp_path / "there", extras, engine=cluster)
        assert bytes_of(tmp_path / "there") == bytes_of(tmp_path / "here") != {}
        monkeypatch.setattr(page, "damage", lambda _: [])  # found by the workers only
        path = next(harbour.dataset.glob("data/sentences/*.parquet"))
        path.write_bytes(path.read_bytes()[:-8])
        with pytest.raises(DataFaults, match="sentences"):
            page.write_page(harbour.dataset, tmp_path / "damaged", extras, engine=cluster)
    assert not (tmp_path / "damaged").exists()
