"""The Great Expectations project around the suites: context, data source, validation definitions, checkpoint.

A file context in validation/ that anyone who knows Great Expectations can open (from the corpus folder, as it
takes a relative data folder from where one stands). Its tables are Parquet files in build/validation/tables;
one checkpoint runs every suite on them. Whatever running it writes goes below build/ too.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from parley.validation.facts import INDEX

TABLES = ("documents", "layers", "spans", "relations")
TABLES_FOLDER, RESULTS_FOLDER, DOCS_FOLDER = (
    "build/validation/tables",
    "build/validation/results",
    "build/data-docs",
)
CHECKPOINT = "parley"
SOURCE = "tables"
BATCH = "all rows"
GX_VERSION = "1.24.1"  # of the library that these files were made for

_NAMES = uuid.UUID("5b0d3a0e-6f0f-5c58-9d0a-2f1f5f7c9a10")  # the name space of Parley's derived ids

_CONTEXT = """\
# The Great Expectations project of this corpus; derived, so change parley.validation.project instead.
# The tables it reads and all it writes are below build/: this folder holds what is asked, nothing else.
config_version: 4.0
expectations_store_name: expectations_store
validation_results_store_name: validation_results_store
checkpoint_store_name: checkpoint_store
plugins_directory:
config_variables_file_path:
analytics_enabled: false
data_context_id: {context_id}
progress_bars:
  globally: false
stores:
  expectations_store:
    class_name: ExpectationsStore
    store_backend:
      class_name: TupleFilesystemStoreBackend
      suppress_store_backend_id: true
      base_directory: expectations/
  validation_results_store:
    class_name: ValidationResultsStore
    store_backend:
      class_name: TupleFilesystemStoreBackend
      base_directory: ../{results}/
  checkpoint_store:
    class_name: CheckpointStore
    store_backend:
      class_name: TupleFilesystemStoreBackend
      suppress_store_backend_id: true
      base_directory: checkpoints/
  validation_definition_store:
    class_name: ValidationDefinitionStore
    store_backend:
      class_name: TupleFilesystemStoreBackend
      suppress_store_backend_id: true
      base_directory: validation_definitions/
data_docs_sites:
  local:
    class_name: SiteBuilder
    show_how_to_buttons: false
    store_backend:
      class_name: TupleFilesystemStoreBackend
      base_directory: ../{docs}/
    site_index_builder:
      class_name: DefaultSiteIndexBuilder
fluent_datasources:
{source}
"""


def derived_uuid(*names: str) -> str:
    """Return the id of a part of the project: always the same for the same name."""
    return str(uuid.uuid5(_NAMES, "/".join(names)))


def files() -> dict[str, Any]:
    """Return the files of the project but the suites: path below validation/ → text, or content for JSON."""
    made: dict[str, Any] = {
        "great_expectations.yml": _CONTEXT.format(
            context_id=derived_uuid("context"),
            results=RESULTS_FOLDER,
            docs=DOCS_FOLDER,
            source=_indented(json.dumps(_source(), indent=2)),
        )
    }
    for table in TABLES:
        made[f"validation_definitions/{table}.json"] = _definition(table)
    made[f"checkpoints/{CHECKPOINT}.json"] = _checkpoint()
    return made


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _source() -> dict[str, Any]:
    """Return the fluent data source; YAML takes JSON as it is."""
    assets = {
        table: {
            "type": "parquet",
            "id": derived_uuid("asset", table),
            "batch_definitions": {
                BATCH: {
                    "id": derived_uuid("batch", table),
                    "partitioner": {"regex": rf"{table}\.parquet$", "param_names": []},
                }
            },
        }
        for table in TABLES
    }
    return {
        SOURCE: {
            "type": "pandas_filesystem",
            "id": derived_uuid("source", SOURCE),
            "assets": assets,
            "base_directory": TABLES_FOLDER,
        }
    }


def _definition(table: str) -> dict[str, Any]:
    return {
        "data": {
            "datasource": {"name": SOURCE, "id": derived_uuid("source", SOURCE)},
            "asset": {"name": table, "id": derived_uuid("asset", table)},
            "batch_definition": {"name": BATCH, "id": derived_uuid("batch", table)},
        },
        "id": derived_uuid("definition", table),
        "name": table,
        "suite": {"name": table, "id": derived_uuid("suite", table)},
    }


def _checkpoint() -> dict[str, Any]:
    return {
        "actions": [],
        "id": derived_uuid("checkpoint", CHECKPOINT),
        "name": CHECKPOINT,
        "result_format": {
            "result_format": "COMPLETE",
            "unexpected_index_column_names": list(INDEX),
            "return_unexpected_index_query": False,
        },
        "validation_definitions": [
            {"id": derived_uuid("definition", table), "name": table} for table in TABLES
        ],
    }
