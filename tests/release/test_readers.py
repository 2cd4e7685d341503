"""Everybody reads the Parquet files: the oldest, a middle and the newest `datasets`, by card and by file."""

import json
import os
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from checkout import CHECKOUT, UV
from parley.release.data.files import CHUNKS, data_files

DATASET = CHECKOUT / "dataset"
READER = """
import json, sys
import datasets
from datasets import Dataset, load_dataset

datasets.disable_progress_bars()
folder, cache, files = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
found = {}
for config, paths in files.items():
    by_card = load_dataset(folder, config, cache_dir=cache)
    by_file = load_dataset("parquet", data_files=paths, cache_dir=cache, split="train")
    by_method = Dataset.from_parquet(paths, cache_dir=cache)
    features = [str(one.features) for one in (*by_card.values(), by_file, by_method)]
    assert len(set(features)) == 1, features
    rows = [row for split in by_card.values() for row in split]
    assert rows == list(by_file) == list(by_method)
    found[config] = rows
print(json.dumps([datasets.__version__, found]))
"""


def files():
    """Return the paths of each config's files, in the order of its splits."""
    configs = sorted(path.name for path in (DATASET / "data").iterdir())
    return {config: [str(path) for _, path in data_files(DATASET, config)] for config in configs}


@pytest.fixture(scope="module")
def rows():
    """Return the rows of each config as pyarrow reads them."""
    return {
        config: [row for path in paths for row in pq.read_table(path).to_pylist()]
        for config, paths in files().items()
    }


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", ["==2.21.0", "==3.6.0", ">=5"], ids=["oldest", "middle", "newest"])
def test_every_datasets_since_2_21_reads_every_config(version, rows, tmp_path):
    """By card, by file and by `from_parquet`: with one set of features and the same rows."""
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([UV, "venv", "-q", "--python", sys.executable, tmp_path / "venv"], check=True)
    subprocess.run([UV, "pip", "install", "-q", "--python", python, f"datasets{version}"], check=True)
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    kept |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")}
    command = [python, "-c", READER, DATASET, tmp_path / "cache", json.dumps(files())]
    done = subprocess.run(command, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    read, found = json.loads(done.stdout.splitlines()[-1])
    assert read.split(".")[0] == version.lstrip("=>").split(".")[0]
    assert {config: sorted(map(str, some)) for config, some in found.items()} == {
        config: sorted(map(str, some)) for config, some in rows.items()
    }


def test_the_features_are_spelled_as_the_oldest_reader_knows_them():
    """`Sequence` for a list of values, a list of one for structs: `List` is not known before datasets 4."""
    for paths in files().values():
        for path in paths:
            features = json.loads(pq.read_schema(path).metadata[b"huggingface"])["info"]["features"]
            assert '"List"' not in json.dumps(features)
            for name, one in features.items():
                kind = str(pq.read_schema(path).field(name).type)
                assert isinstance(one, list) == kind.startswith("list<element: struct")


def test_the_files_carry_the_mark_of_what_the_hub_calls_optimised():
    """Chunks that content defines, told in the metadata, and an index of pages."""
    for paths in files().values():
        for path in paths:
            found = pq.read_metadata(path)
            assert json.loads(found.metadata[b"content_defined_chunking"]) == CHUNKS
            column = found.row_group(0).column(0)
            assert column.has_offset_index
            assert column.has_column_index
