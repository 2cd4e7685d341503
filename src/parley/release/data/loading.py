"""A release as its readers load it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from parley.faults import UsageError


def load(folder: Path, config: str, cache: Path) -> dict[str, Any]:
    """Return `datasets.load_dataset` of one config: split → Dataset, with a cache of its own."""
    import datasets

    datasets.disable_progress_bars()
    found: dict[str, Any] = datasets.load_dataset(str(folder), config, cache_dir=str(cache))
    return found


def rows(folder: Path, configs: list[str]) -> Iterator[tuple[str, str, int]]:
    """Yield config, split and number of rows, each config loaded as a reader loads it."""
    with tempfile.TemporaryDirectory() as cache:
        for config in configs:
            for split, dataset in load(folder, config, Path(cache)).items():
                yield config, split, dataset.num_rows


def configs(folder: Path) -> list[str]:
    """Return the configs of a published folder, in the card's order.

    Raises UsageError where nothing is published.
    """
    if not (folder / "README.md").is_file():
        raise UsageError(f"nothing is published in {folder}", "run `parley publish`")
    from huggingface_hub.repocard import metadata_load

    card = metadata_load(folder / "README.md") or {}
    return [str(one["config_name"]) for one in card.get("configs", [])]


def show(folder: Path) -> None:
    """Print what a reader gets: config, split, rows; and the lines that load it."""
    from rich.console import Console
    from rich.table import Table

    table = Table("config", "split", "rows", title=f"load_dataset on {folder.name}/")
    table.columns[2].justify = "right"
    last = ""
    for config, split, number in rows(folder, configs(folder)):
        table.add_row("" if config == last else config, split, str(number))
        last = config
    console = Console()
    console.print(table)
    console.print("from datasets import load_dataset", highlight=False)
    path = str(folder.resolve())
    console.print(f'documents = load_dataset("{path}", "documents")', highlight=False, soft_wrap=True)
