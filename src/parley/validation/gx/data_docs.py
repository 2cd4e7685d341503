"""Data Docs: the committed project run on the judged tables, as its readers run it.

The verdict is the judge's; the checkpoint is run for its pages only.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from parley.model.paths import CorpusPaths
from parley.validation.gx.library import load
from parley.validation.project import CHECKPOINT, SOURCE, TABLES_FOLDER


def build_data_docs(paths: CorpusPaths, batches: Iterable[Mapping[str, pa.Table]]) -> str:
    """Write fact tables below build/, run the checkpoint on them; return the address of the first page.

    batches: the tables of each, one batch in memory at a time. The first is written to the folder that the
    committed project reads, further ones to folders beside it. What an earlier run wrote is removed.
    """
    import pyarrow.parquet as pq

    for name in ("validation", "data-docs"):
        shutil.rmtree(paths.build / name, ignore_errors=True)
    folder = paths.root / TABLES_FOLDER
    context: Any = None
    for number, tables in enumerate(batches):
        name = f"batch-{number:05d}"
        place = folder.with_name(f"{folder.name}-{number:05d}") if number else folder
        place.mkdir(parents=True)
        for table, rows in tables.items():
            pq.write_table(rows, place / f"{table}.parquet", compression="zstd")
        context = _context(paths, place)
        from great_expectations.core.run_identifier import RunIdentifier

        context.checkpoints.get(CHECKPOINT).run(run_id=RunIdentifier(run_name=name))
    pages: dict[str, str] = context.build_data_docs()
    return next(iter(pages.values()))


def _context(paths: CorpusPaths, tables: Path) -> Any:  # noqa: ANN401 - untyped library
    """Open the project in validation/ for the tables in a folder.

    A file context takes a data source's relative folder from the working directory and may write into the
    project; so the same configuration is opened as an ephemeral context with absolute folders.
    """
    library = load()
    import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own
    from great_expectations.data_context.types.base import DataContextConfig

    config = yaml.safe_load((paths.validation / "great_expectations.yml").read_bytes())
    for part in (*config["stores"].values(), *config["data_docs_sites"].values()):
        backend = part["store_backend"]
        backend["base_directory"] = str((paths.validation / backend["base_directory"]).resolve())
    source = config.pop("fluent_datasources")[SOURCE]
    context = library.get_context(mode="ephemeral", project_config=DataContextConfig(**config))
    files = context.data_sources.add_pandas_filesystem(SOURCE, base_directory=tables)
    for name, asset in source["assets"].items():
        added = files.add_parquet_asset(name)
        for batch in asset["batch_definitions"]:
            added.add_batch_definition_path(batch, path=f"{name}.parquet")
    return context
