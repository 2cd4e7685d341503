"""A release as it is read: through `load_dataset`, or its Parquet files one by one."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from parley.faults import DataFaults, Fault, UsageError
from parley.release.data.schema import WHOLE
from parley.release.data.splits import SPLITS


def data_files(folder: Path, config: str) -> Iterator[tuple[str, Path]]:
    """Yield the Parquet files of a config of a release folder, each with its split, in order."""
    for split in (*SPLITS, WHOLE):
        for path in sorted((folder / "data" / config).glob(f"{split}-*.parquet")):
            yield split, path


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a Parquet file, or some of its columns.

    Raises OSError or pyarrow.ArrowException if it is damaged.
    """
    import pyarrow.parquet as pq

    return pq.ParquetFile(path).read(columns)


def read_schema(path: Path) -> pa.Schema:
    """Return the schema of a Parquet file; raises as `read_table`."""
    import pyarrow.parquet as pq

    return pq.read_schema(path)


def read_file(folder: Path, path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a Parquet file of a release folder, or some of its columns.

    Raises DataFaults if it is damaged.
    """
    try:
        return read_table(path, columns)
    except (OSError, pa.ArrowException) as error:
        place = f"{folder.name}/{path.relative_to(folder).as_posix()}"
        what = f"the file cannot be read ({error}): restore it from version control, if it is to stay"
        raise DataFaults([Fault("release-damaged", place, what, place)])


def read_config(
    folder: Path, config: str, columns: Sequence[str], names: Collection[str] | None = None
) -> pa.Table:
    """Return columns of the files of a config, with names for the integers of classes, and `split`.

    names: of the files; None for all. Columns that the files lack are left out. Raises DataFaults if a file
    is damaged.
    """
    tables = []
    for split, path in data_files(folder, config):
        if names is not None and path.name not in names:
            continue
        table = read_file(folder, path)
        table = with_class_names(table.select([name for name in columns if name in table.column_names]))
        tables.append(table.append_column("split", pa.array([split] * table.num_rows, pa.string())))
    if not tables:
        return pa.table({name: pa.nulls(0, pa.string()) for name in (*columns, "split")})
    return pa.concat_tables(tables).combine_chunks()


def class_names(schema: pa.Schema) -> dict[str, tuple[str, ...]]:
    """Return the names of each ClassLabel of a schema, by the path of its column joined by dots.

    Empty if the features of `datasets` are not in its metadata.
    """
    info: dict[str, Any] = json.loads((schema.metadata or {}).get(b"huggingface", b"{}")).get("info", {})
    features = info.get("features", {})
    return {place: names for name in features for place, names in _classes(name, features[name])}


def with_class_names(table: pa.Table) -> pa.Table:
    """Return a table with the names of classes in place of their integers; columns of structs stay."""
    for name, names in class_names(table.schema).items():
        if name in table.column_names and pa.types.is_integer(table.schema.field(name).type):
            column = pa.array(names, pa.string()).take(table[name].combine_chunks())
            table = table.set_column(table.column_names.index(name), name, column)
    return table.replace_schema_metadata(None)


def _classes(place: str, feature: Any) -> Iterator[tuple[str, tuple[str, ...]]]:  # noqa: ANN401 - JSON
    """Yield the ClassLabels in a feature, however deep, with their places and names."""
    if isinstance(feature, list):
        for inner in feature:
            yield from _classes(place, inner)
    elif isinstance(feature, dict) and feature.get("_type") == "ClassLabel":
        yield place, tuple(feature["names"])
    elif isinstance(feature, dict) and "_type" in feature:
        yield from _classes(place, feature.get("feature"))
    elif isinstance(feature, dict):
        for name, inner in feature.items():
            yield from _classes(f"{place}.{name}", inner)


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


def loading_faults(folder: Path, configs: Sequence[str]) -> list[Fault]:
    """Return a fault if `load_dataset` cannot read configs of a release folder: no reader could either."""
    try:
        list(rows(folder, [*configs]))
    except Exception as error:  # whatever stops load_dataset stops a reader
        what = f"load_dataset cannot read it: {type(error).__name__}: {error}"
        return [Fault("release-damaged", folder.name, what, folder.name)]
    return []


def configs(folder: Path) -> list[str]:
    """Return the configs of a published folder, in the card's order.

    Raises UsageError if nothing is published.
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
