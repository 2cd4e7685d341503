"""The committed Great Expectations project in validation/: suites, definitions, checkpoint, configuration.

Its suites are what the judge judges by. The rest is for readers and Data Docs: a file context that anyone who
knows Great Expectations can open (from the corpus folder: the library takes a relative data folder from the
working directory). Its tables are Parquet files in build/validation/tables, which `validate --docs` writes;
one checkpoint runs every suite on them. Whatever running it writes is below build/ too.

All of it is derived. The id of an expectation is derived from what it expects, so the same ontology gives the
same bytes. A maintainer's own expectations are in validation/by_hand/<suite>.json, a JSON array in the same
form, and are added at the end of the suite.
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from string import Formatter
from typing import Any

from parley.faults import KINDS, DataFaults, Fault
from parley.model.ontology import Ontology
from parley.model.paths import CorpusPaths
from parley.validation.facts import INDEX, TABLES
from parley.validation.suites import Expectation, suites

TABLES_FOLDER, RESULTS_FOLDER, DOCS_FOLDER = (
    "build/validation/tables",
    "build/validation/results",
    "build/data-docs",
)
CHECKPOINT = "parley"
SOURCE = "tables"
BATCH = "all rows"
BY_HAND = "expectation-failed"  # the code of an expectation that names none
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


def derived_files(paths: CorpusPaths, ontology: Ontology) -> dict[Path, bytes]:
    """Return every file of the project, with the bytes it must have.

    Raises DataFaults if an expectation written by hand cannot be read.
    """
    files = _fixed_files()
    for name, expectations in suites(ontology).items():
        files[f"expectations/{name}.json"] = {
            "name": name,
            "id": _uuid("suite", name),
            "expectations": [_with_id(name, e) for e in (*expectations, *_by_hand(paths, name))],
            "meta": {"great_expectations_version": GX_VERSION},
            "notes": None,
        }
    return {
        paths.validation / file: content.encode()
        if isinstance(content, str)
        else (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
        for file, content in files.items()
    }


def derived_suites(ontology: Ontology) -> dict[str, list[Expectation]]:
    """Return the expectations derived from an ontology with their ids, by table."""
    return {name: [_with_id(name, e) for e in expected] for name, expected in suites(ontology).items()}


def read_suites(paths: CorpusPaths, ontology: Ontology) -> dict[str, list[Expectation]]:
    """Return the committed expectations of a corpus, those written by hand too, by table.

    Raises DataFaults naming each file of the project that is not what the ontology gives.
    """
    stale = []
    found: dict[str, list[Expectation]] = {}
    for path, data in derived_files(paths, ontology).items():
        file = paths.relative(path)
        if not path.is_file() or path.read_bytes() != data:
            stale.append(Fault("derived-stale", file, "differs from what the ontology gives", file))
        elif path.parent.name == "expectations":
            found[path.stem] = json.loads(data)["expectations"]
    if stale:
        raise DataFaults(stale)
    return found


def _uuid(*names: str) -> str:
    """Return the id of a part of the project: always the same for the same name."""
    return str(uuid.uuid5(_NAMES, "/".join(names)))


def _fixed_files() -> dict[str, Any]:
    """Return the files other than the suites: path below validation/ → text, or content for JSON."""
    files: dict[str, Any] = {
        "great_expectations.yml": _CONTEXT.format(
            context_id=_uuid("context"),
            results=RESULTS_FOLDER,
            docs=DOCS_FOLDER,
            source=_indented(json.dumps(_source(), indent=2)),
        )
    }
    for table in TABLES:
        files[f"validation_definitions/{table}.json"] = _definition(table)
    files[f"checkpoints/{CHECKPOINT}.json"] = _checkpoint()
    return files


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _source() -> dict[str, Any]:
    """Return the fluent data source; YAML takes JSON as it is."""
    assets = {
        table: {
            "type": "parquet",
            "id": _uuid("asset", table),
            "batch_definitions": {
                BATCH: {
                    "id": _uuid("batch", table),
                    "partitioner": {"regex": rf"{table}\.parquet$", "param_names": []},
                }
            },
        }
        for table in TABLES
    }
    return {
        SOURCE: {
            "type": "pandas_filesystem",
            "id": _uuid("source", SOURCE),
            "assets": assets,
            "base_directory": TABLES_FOLDER,
        }
    }


def _definition(table: str) -> dict[str, Any]:
    return {
        "data": {
            "datasource": {"name": SOURCE, "id": _uuid("source", SOURCE)},
            "asset": {"name": table, "id": _uuid("asset", table)},
            "batch_definition": {"name": BATCH, "id": _uuid("batch", table)},
        },
        "id": _uuid("definition", table),
        "name": table,
        "suite": {"name": table, "id": _uuid("suite", table)},
    }


def _checkpoint() -> dict[str, Any]:
    return {
        "actions": [],
        "id": _uuid("checkpoint", CHECKPOINT),
        "name": CHECKPOINT,
        "result_format": {
            "result_format": "COMPLETE",
            "unexpected_index_column_names": list(INDEX),
            "return_unexpected_index_query": False,
        },
        "validation_definitions": [{"id": _uuid("definition", table), "name": table} for table in TABLES],
    }


def _by_hand(paths: CorpusPaths, suite: str) -> list[Expectation]:
    path = paths.validation / "by_hand" / f"{suite}.json"
    if not path.is_file():
        return []
    file = paths.relative(path)
    try:
        return [
            {
                "type": e["type"],
                "kwargs": e["kwargs"],
                "meta": {
                    "fault": _known(e.get("meta", {}).get("fault", BY_HAND)),
                    "says": _template(e.get("meta", {}).get("says"), e["description"]),
                },
                "description": e["description"],
            }
            for e in json.loads(path.read_bytes())
        ]
    except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
        what = f"an expectation has type, kwargs, description and meta: {error!r}"
        raise DataFaults([Fault("expectations-malformed", file, what, file)])


def _template(says: str | None, description: str) -> str:
    """Return the message of a row at fault, with columns' names in braces; a description has none."""
    if says is None:
        return description.replace("{", "{{").replace("}", "}}")
    if not all(name.isidentifier() for _, name, _, _ in Formatter().parse(says) if name is not None):
        raise ValueError(f"in says, {says!r}, braces hold the name of a column")
    return says


def _known(code: str) -> str:
    if code not in KINDS:
        raise ValueError(f"no fault code {code!r}")
    return code


def _with_id(suite: str, expectation: Expectation) -> Expectation:
    expected = json.dumps([expectation["type"], expectation["kwargs"]], sort_keys=True)
    return {
        **expectation,
        "id": str(uuid.uuid5(uuid.UUID(_uuid("suite", suite)), expected)),
        "severity": "critical",
    }
