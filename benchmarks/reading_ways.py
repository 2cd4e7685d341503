"""Reading a release with `datasets`: each way a process of its own that prints its seconds, import left out.

  python benchmarks/reading_ways.py WAY CONFIG --release FOLDER --cache FOLDER

`--cache` is a cache of `datasets`: empty for a cold load, else one in which a load has left its tables.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

LABELS_A_BATCH = 12_000  # a batch holds as many spans in both layouts
SPANS_AN_ARTICLE = 120


@dataclass(frozen=True)
class Release:
    """One config of a release on disk, and the cache it is loaded through."""

    folder: Path
    config: str
    cache: Path

    def load(self, form: str | None = None, *, streaming: bool = False) -> Any:
        """Return the dataset. form: of `with_format`."""
        from datasets import load_dataset

        cache = {} if streaming else {"cache_dir": str(self.cache)}
        loaded = load_dataset(str(self.folder), self.config, split="train", streaming=streaming, **cache)
        return loaded.with_format(form) if form else loaded

    @property
    def batch(self) -> int:
        """Return the rows of a batch."""
        return LABELS_A_BATCH // (SPANS_AN_ARTICLE if self.config == "documents" else 1)


@dataclass(frozen=True)
class Way:
    """A way to read. begin: what is not counted; read: what is. part: 1 of so many articles is enough.

    cold: through an empty cache.
    """

    title: str
    begin: Callable[[Release], Any]
    read: Callable[[Any], object]
    part: int = 1
    cold: bool = False


def _whole(rows: Iterable[Any]) -> None:
    for _ in rows:
        pass


def _ready(release: Release) -> Release:
    import datasets

    datasets.disable_progress_bars()
    return release


def _rows(form: str | None) -> Callable[[Release], Any]:
    return lambda release: _ready(release).load(form)


def _batches(form: str | None) -> Callable[[Release], Any]:
    return lambda release: _ready(release).load(form).iter(release.batch)


WAYS = {
    "load-cold": Way("load, nothing cached", _ready, lambda release: release.load(), cold=True),
    "load-warm": Way("load, cached", _ready, lambda release: release.load()),
    "first-row": Way(
        "streaming: the first row", _ready, lambda release: next(iter(release.load(streaming=True)))
    ),
    "stream-rows": Way(
        "streaming: row by row", _ready, lambda release: _whole(release.load(streaming=True)), part=10
    ),
    "stream-arrow": Way(
        "streaming: batches as Arrow",
        _ready,
        lambda release: _whole(release.load("arrow", streaming=True).iter(release.batch)),
    ),
    "rows-python": Way("loaded: row by row", _rows(None), _whole, part=10),
    "rows-numpy": Way("loaded: row by row as numpy", _rows("numpy"), _whole, part=100),
    "rows-torch": Way("loaded: row by row as torch", _rows("torch"), _whole, part=100),
    "batches-python": Way("loaded: batches", _batches(None), _whole, part=10),
    "batches-numpy": Way("loaded: batches as numpy", _batches("numpy"), _whole, part=100),
    "batches-arrow": Way("loaded: batches as Arrow", _batches("arrow"), _whole),
}


def possible() -> list[str]:
    """Return the ways whose libraries are installed."""
    return [name for name in WAYS if not name.endswith("torch") or find_spec("torch")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("config")
    for name in ("release", "cache"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    way = WAYS[args.way]
    for library in ("datasets", "torch"):  # where torch is there, the first read of `datasets` imports it
        if find_spec(library):
            import_module(library)
    begun = way.begin(Release(args.release, args.config, args.cache))
    begin = time.perf_counter()
    way.read(begun)
    print(json.dumps({"seconds": time.perf_counter() - begin}))


if __name__ == "__main__":
    main()
