"""What people script instead of publishing: label files to Parquet through `Dataset.from_generator`.

python benchmarks/publish_ways.py CORPUS FOLDER
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PUBLISHED = "one"  # whose labels are published

Rows = Iterator[dict[str, Any]]


def documents(corpus: Path) -> Rows:
    """Yield an article a row."""
    with (corpus / "seeds/manifest.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = (corpus / "seeds" / row["file"]).read_text(encoding="utf-8")
            yield {"doc_id": row["doc_id"], "text": text.strip(), "event": row["event"]}


def labels(corpus: Path, kind: str, annotators: str) -> Rows:
    """Yield a span or a relation a row. annotators: a pattern of the folders of their labels."""
    for path in sorted((corpus / "annotation/labels").glob(f"{annotators}/*.json")):
        layer = json.loads(path.read_bytes())
        for label in layer[kind]:
            own = {name: value for name, value in label.items() if name != "attributes"}
            yield {"doc_id": layer["doc_id"], "annotator": layer["annotator"], **own}


def main(corpus: Path, out: Path) -> None:
    """Write the four tables of a corpus into a folder."""
    from datasets import Dataset

    tables: dict[str, tuple[Callable[..., Rows], dict[str, Any]]] = {
        "documents": (documents, {}),
        "spans": (labels, {"kind": "spans", "annotators": PUBLISHED}),
        "relations": (labels, {"kind": "relations", "annotators": PUBLISHED}),
        "span_annotations": (labels, {"kind": "spans", "annotators": "*"}),
        "relation_annotations": (labels, {"kind": "relations", "annotators": "*"}),
    }
    for name, (rows, options) in tables.items():
        made = Dataset.from_generator(
            rows, gen_kwargs={"corpus": corpus, **options}, cache_dir=str(out / "cache")
        )
        made.to_parquet(out / f"{name}.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
