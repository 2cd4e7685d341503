"""Run the checkpoint of a corpus: the verdict on each row is Great Expectations' own."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parley.corpus import Corpus
from parley.validation.batches import Laid
from parley.validation.project import CHECKPOINT, SOURCE, TABLES_FOLDER

_MALFORMED = "expectations-malformed"


@dataclass(frozen=True)
class Unmet:
    """An expectation that a batch did not meet.

    rows: numbers of the rows at fault, none where it is asked of the whole table. error: why it could not
    be judged at all, else "".
    """

    batch: str
    table: str
    fault: str
    says: str
    rows: tuple[int, ...]
    error: str = ""


def run_checkpoint(corpus: Corpus, laid: Sequence[Laid], *, workers: int = 1) -> list[Unmet]:
    """Judge batches, a core each; return what they do not meet, in a fixed order."""
    if min(workers, len(laid)) <= 1:
        judged = [_judge(corpus, batch) for batch in laid]
    else:
        # a fork server imports Great Expectations once; forking this process would copy Arrow's threads
        # half-way
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["parley.validation.expectations"])
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            judged = list(pool.map(_judge, [corpus] * len(laid), laid))
    return [unmet for found in judged for unmet in found]


def build_data_docs(corpus: Corpus) -> str:
    """Build Data Docs from the results of the last run; return the address of their first page."""
    pages: dict[str, str] = _context(corpus, corpus.root / TABLES_FOLDER).build_data_docs()
    return next(iter(pages.values()))


def _judge(corpus: Corpus, batch: Laid) -> list[Unmet]:
    context = _context(corpus, batch.folder)
    from great_expectations.core.run_identifier import RunIdentifier

    try:
        checkpoint = context.checkpoints.get(CHECKPOINT)
    except (ValueError, KeyError) as error:  # a suite with arguments that its expectation does not have
        return [
            Unmet(batch.name, CHECKPOINT, _MALFORMED, "it cannot be loaded", (), " ".join(str(error).split()))
        ]
    dropped = [
        unmet
        for definition in checkpoint.validation_definitions
        for unmet in _dropped(corpus, batch.name, definition.suite)
    ]
    run = checkpoint.run(run_id=RunIdentifier(run_name=batch.name))
    return dropped + [
        _unmet(batch.name, validated.suite_name, result)
        for validated in run.run_results.values()
        for result in validated.results
        if not result.success
    ]


def _dropped(corpus: Corpus, batch: str, suite: Any) -> list[Unmet]:  # noqa: ANN401 - untyped library
    """Return what the library left out of a suite: a type it does not know is logged and forgotten."""
    path = corpus.validation / "expectations" / f"{suite.name}.json"
    loaded = {expectation.id for expectation in suite.expectations}
    return [
        Unmet(batch, suite.name, _MALFORMED, asked["description"], (), f"there is no {asked['type']!r}")
        for asked in json.loads(path.read_bytes())["expectations"]
        if asked["id"] not in loaded
    ]


def _unmet(batch: str, table: str, result: Any) -> Unmet:  # noqa: ANN401 - untyped library
    config = result.expectation_config
    meta = config.meta or {}
    indices = result.result.get("unexpected_index_list") or ()
    return Unmet(
        batch=batch,
        table=table,
        fault=meta.get("fault", "expectation-failed"),
        says=meta.get("says", config.description or config.type),
        rows=tuple(sorted({int(index["row"]) for index in indices})),
        error=_error(result.exception_info),
    )


def _error(info: dict[str, Any]) -> str:
    """Return what was raised instead of a verdict; it is told of the expectation, or of its metrics by id."""
    told = [info, *(part for part in info.values() if isinstance(part, dict))]
    return next((str(part["exception_message"]) for part in told if part.get("raised_exception")), "")


def _context(corpus: Corpus, tables: Path) -> Any:  # noqa: ANN401 - untyped library
    """Open the project in validation/ for the tables in a folder, telling nobody of it.

    A file context takes a data source's relative folder from where the process happens to run and may write
    into the project; so the same configuration is opened as an ephemeral context with the folders spelt out.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read once, when the library is imported
    import parley.validation.expectations  # noqa: F401, I001 - first: registers ours and shortens the import

    import great_expectations
    from great_expectations.data_context.types.base import DataContextConfig
    from ruamel.yaml import YAML

    # it logs an expectation that it drops with a traceback; we return it as a fault
    logging.getLogger("great_expectations.core.expectation_suite").disabled = True
    config = YAML(typ="safe").load(corpus.validation / "great_expectations.yml")
    for part in (*config["stores"].values(), *config["data_docs_sites"].values()):
        backend = part["store_backend"]
        backend["base_directory"] = str((corpus.validation / backend["base_directory"]).resolve())
    source = config.pop("fluent_datasources")[SOURCE]
    context = great_expectations.get_context(mode="ephemeral", project_config=DataContextConfig(**config))
    laid = context.data_sources.add_pandas_filesystem(SOURCE, base_directory=tables)
    for name, asset in source["assets"].items():
        added = laid.add_parquet_asset(name)
        for batch in asset["batch_definitions"]:
            added.add_batch_definition_path(batch, path=f"{name}.parquet")
    return context
