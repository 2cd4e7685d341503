"""Run the checkpoint of a corpus: the verdict on each row is Great Expectations' own."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parley.model.paths import CorpusPaths
from parley.runtime.engine import pool, preload
from parley.validation.batches import Laid
from parley.validation.project import CHECKPOINT, SOURCE, TABLES_FOLDER
from parley.validation.suites import Expectation

_MALFORMED = "expectations-malformed"


@dataclass(frozen=True)
class Unmet:
    """An expectation that a batch did not meet.

    rows: numbers of the rows at fault, none where it is asked of the whole table. more: how many rows at
    fault are not among them. error: why it could not be judged at all, else "".
    """

    batch: str
    table: str
    fault: str
    says: str
    rows: tuple[int, ...]
    error: str = ""
    more: int = 0


def run_checkpoint(corpus: CorpusPaths, laid: Sequence[Laid], *, workers: int = 1) -> list[Unmet]:
    """Judge batches, a core each; return what they do not meet, in a fixed order."""
    if min(workers, len(laid)) <= 1:
        judged = [_judge(corpus, batch) for batch in laid]
    else:
        preload("parley.validation.expectations")  # imported once for all
        with pool(workers) as judges:
            judged = list(judges.map(_judge, [corpus] * len(laid), laid))
    return [unmet for found in judged for unmet in found]


def build_data_docs(corpus: CorpusPaths) -> str:
    """Build Data Docs from the results of the last run; return the address of their first page."""
    pages: dict[str, str] = _context(corpus, corpus.root / TABLES_FOLDER).build_data_docs()
    return next(iter(pages.values()))


def _judge(corpus: CorpusPaths, batch: Laid) -> list[Unmet]:
    context = _context(corpus, batch.folder)
    from great_expectations.core.run_identifier import RunIdentifier

    try:
        checkpoint = context.checkpoints.get(CHECKPOINT)
    except (ValueError, KeyError) as error:  # a suite with arguments that its expectation does not have
        return [unloadable(batch.name, CHECKPOINT, error)]
    left_out = [
        unmet
        for definition in checkpoint.validation_definitions
        for unmet in dropped(_asked(corpus, definition.suite.name), definition.suite, batch.name)
    ]
    run = checkpoint.run(run_id=RunIdentifier(run_name=batch.name))
    return left_out + [
        to_unmet(batch.name, validated.suite_name, result)
        for validated in run.run_results.values()
        for result in validated.results
        if not result.success
    ]


def _asked(corpus: CorpusPaths, suite: str) -> list[Expectation]:
    asked: list[Expectation] = json.loads(
        (corpus.validation / "expectations" / f"{suite}.json").read_bytes()
    )["expectations"]
    return asked


def dropped(asked: Iterable[Expectation], suite: Any, batch: str) -> list[Unmet]:  # noqa: ANN401 - untyped library
    """Return what the library left out of a suite: a type it does not know is logged and forgotten."""
    loaded = {expectation.id for expectation in suite.expectations}
    return [
        Unmet(batch, suite.name, _MALFORMED, one["description"], (), f"there is no {one['type']!r}")
        for one in asked
        if one["id"] not in loaded
    ]


def unloadable(batch: str, suite: str, error: Exception) -> Unmet:
    """Return that a suite, or the checkpoint with all of them, cannot be loaded."""
    return Unmet(batch, suite, _MALFORMED, "it cannot be loaded", (), " ".join(str(error).split()))


def to_unmet(batch: str, table: str, result: Any) -> Unmet:  # noqa: ANN401 - untyped library
    """Return what a result of the library says, in its format COMPLETE or SUMMARY, with the index `row`."""
    config, said = result.expectation_config, result.result
    meta = config.meta or {}
    indices = said.get("unexpected_index_list") or said.get("partial_unexpected_index_list") or ()
    rows = tuple(sorted({int(index["row"]) for index in indices}))
    return Unmet(
        batch=batch,
        table=table,
        fault=meta.get("fault", "expectation-failed"),
        says=meta.get("says", config.description or config.type),
        rows=rows,
        error=_error(result.exception_info),
        more=max(0, said.get("unexpected_count", 0) - len(rows)) if rows else 0,
    )


def _error(info: dict[str, Any]) -> str:
    """Return what was raised instead of a verdict; it is told of the expectation, or of its metrics by id."""
    told = [info, *(part for part in info.values() if isinstance(part, dict))]
    return next((str(part["exception_message"]) for part in told if part.get("raised_exception")), "")


def load() -> Any:  # noqa: ANN401 - untyped library
    """Import Great Expectations with Parley's own expectations and return it."""
    import parley.validation.expectations  # noqa: F401, I001 - first: registers ours and shortens the import

    import great_expectations

    # it logs an expectation that it drops with a traceback; we return it as a fault
    logging.getLogger("great_expectations.core.expectation_suite").disabled = True
    return great_expectations


def _context(corpus: CorpusPaths, tables: Path) -> Any:  # noqa: ANN401 - untyped library
    """Open the project in validation/ for the tables in a folder, telling nobody of it.

    A file context takes a data source's relative folder from where the process happens to run and may write
    into the project; so the same configuration is opened as an ephemeral context with the folders spelt out.
    """
    great_expectations = load()
    from great_expectations.data_context.types.base import DataContextConfig
    from ruamel.yaml import YAML

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
