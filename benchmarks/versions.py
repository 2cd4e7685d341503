"""Two made-up releases of any size, the same bytes from the same seed, with a few changes of each kind.

python benchmarks/versions.py FOLDER NUMBER
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SPANS = 120  # an article
LABELS = ("PERSON", "ORGANISATION", "PLACE", "TIME", "EVENT", "STATEMENT")
_CHANGED = 0.01  # of the spans, for each kind of change


def write_versions(folder: Path, number: int, seed: int = 7) -> tuple[Path, Path]:
    """Write two releases of a number of articles; a folder that is there is kept. Return them."""
    places = folder / "before", folder / "after"
    if folder.is_dir():
        return places
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    make = np.random.default_rng(seed)
    doc = np.repeat(np.arange(number), SPANS)
    start = np.tile(np.arange(SPANS) * 20, number) + make.integers(0, 8, len(doc))
    size = make.integers(3, 12, len(doc))
    label = make.integers(0, len(LABELS), len(doc))
    level = make.integers(0, 3, len(doc))
    _write(part / "before", number, doc, start, size, label, level)
    kind = make.random(len(doc))
    moved, retyped = kind < _CHANGED, (kind >= _CHANGED) & (kind < 2 * _CHANGED)
    changed, kept = (kind >= 2 * _CHANGED) & (kind < 3 * _CHANGED), kind < 1 - _CHANGED
    columns = (
        start,
        size + moved,
        np.where(retyped, (label + 1) % len(LABELS), label),
        np.where(changed, (level + 1) % 3, level),
    )
    _write(part / "after", number, doc[kept], *(column[kept] for column in columns))
    part.rename(folder)
    return places


def _write(folder, number, doc, start, size, label, level) -> None:  # noqa: PLR0917 - the columns
    end = start + size
    names = np.array(LABELS)[label]
    ids = [f"{n}-{a}-{b}" for n, a, b in zip(names.tolist(), start.tolist(), end.tolist(), strict=True)]
    doc_ids = np.char.add("d", np.char.zfill(doc.astype(str), 7))
    spans = pa.table(
        {
            "doc_id": doc_ids,
            "id": ids,
            "label": pa.array(label, pa.int64()),
            "start": pa.array(start, pa.int32()),
            "end": pa.array(end, pa.int32()),
            "text": [name[:4] for name in ids],
            "level": np.array(["NAM", "NOM", "PRO"])[level],
        }
    )
    classes = {"info": {"features": {"label": {"names": list(LABELS), "_type": "ClassLabel"}}}}
    spans = spans.replace_schema_metadata({"huggingface": json.dumps(classes)})
    articles = pa.table({"doc_id": [f"d{i:07}" for i in range(number)], "text_sha256": ["0" * 64] * number})
    for config, table in (("documents", articles), ("spans", spans)):
        (folder / "data" / config).mkdir(parents=True)
        pq.write_table(
            table, folder / "data" / config / "train-00000-of-00001.parquet", 120_000, compression="zstd"
        )


if __name__ == "__main__":
    write_versions(Path(sys.argv[1]), int(sys.argv[2]))
