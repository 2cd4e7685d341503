"""The committed Great Expectations project in validation/: suites, definitions, checkpoint, configuration.

Its suites are what the judge judges by. The rest is for readers and Data Docs: a file context that anyone who
knows Great Expectations can open (from the corpus folder: the library takes a relative data folder from the
working directory), with one checkpoint that runs every suite. All of it is derived, ids too, so the same
ontology gives the same bytes. A maintainer's own expectations are in validation/by_hand/<suite>.json, a JSON
array in the same form, and are added at the end of the suite.
"""

from __future__ import annotations

import json
import os
import pkgutil
import uuid
from pathlib import Path
from string import Formatter
from textwrap import indent
from typing import Any

from parley.faults import KINDS, DataFaults, Fault, check_machine
from parley.model.ontology import Ontology
from parley.model.paths import CorpusPaths
from parley.runtime.files import decode_json
from parley.validation.expectation import Expectation
from parley.validation.facts import INDEX, TABLES
from parley.validation.suites import suites

TABLES_FOLDER = "build/validation/tables"
CHECKPOINT = "parley"
SOURCE = "tables"
GX_VERSION = "1.24.1"  # of the library that these files were made for

_BATCH = "all rows"
_NAMES = uuid.UUID("5b0d3a0e-6f0f-5c58-9d0a-2f1f5f7c9a10")  # the name space of Parley's derived ids


def derived_files(paths: CorpusPaths, ontology: Ontology) -> dict[Path, bytes]:
    """Return every file of the project, with the bytes it must have.

    Raises DataFaults if an expectation written by hand cannot be read.
    """
    files: dict[str, Any] = {
        f"validation_definitions/{table}.json": {
            "data": {
                "datasource": _named("source", SOURCE),
                "asset": _named("asset", table),
                "batch_definition": {"name": _BATCH, "id": _uuid("batch", table)},
            },
            "id": _uuid("definition", table),
            "name": table,
            "suite": _named("suite", table),
        }
        for table in TABLES
    }
    files[f"checkpoints/{CHECKPOINT}.json"] = _checkpoint()
    for name, expectations in derived_suites(ontology).items():
        files[f"expectations/{name}.json"] = {
            **_named("suite", name),
            "expectations": [*expectations, *(_with_id(name, e) for e in _by_hand(paths, name))],
            "meta": {"great_expectations_version": GX_VERSION},
            "notes": None,
        }
    texts = {name: json.dumps(one, ensure_ascii=False, indent=2) + "\n" for name, one in files.items()}
    source = indent(json.dumps({SOURCE: _source()}, indent=2), "  ")  # YAML takes JSON as it is
    template = pkgutil.get_data("parley.validation", "templates/great_expectations.yml") or b""
    context = template.decode().format(context_id=_uuid("context"), source=source)
    texts = {"great_expectations.yml": context} | texts
    return {paths.validation / file: text.encode() for file, text in texts.items()}


def derived_suites(ontology: Ontology) -> dict[str, list[Expectation]]:
    """Return the expectations derived from an ontology with their ids, by table."""
    return {name: [_with_id(name, e) for e in expected] for name, expected in suites(ontology).items()}


def read_suites(paths: CorpusPaths, ontology: Ontology) -> tuple[dict[str, list[Expectation]], list[Fault]]:
    """Return the expectations of a corpus by table, those by hand too, and the stale files of its project.

    A stale file is a fault for its readers: the judge goes by what the ontology gives. Raises DataFaults if
    an expectation written by hand cannot be read.
    """
    files = derived_files(paths, ontology)
    suites = {
        path.stem: json.loads(data)["expectations"]
        for path, data in files.items()
        if path.parent.name == "expectations"
    }
    return suites, [stale(paths, path) for path, data in files.items() if differs(paths, path, data)]


def differs(paths: CorpusPaths, path: Path, data: bytes) -> bool:
    """Say whether a derived file is missing, no file, or has other bytes."""
    try:
        return paths.read(path) != data
    except OSError as error:
        check_machine(error)
        return True


def stale(paths: CorpusPaths, path: Path) -> Fault:
    """Return the fault of a derived file."""
    file = paths.relative(path)
    return Fault("derived-stale", file, "differs from what the ontology gives", file)


def _uuid(*names: str) -> str:
    """Return the id of a part of the project: always the same for the same name."""
    return str(uuid.uuid5(_NAMES, "/".join(names)))


def _named(kind: str, name: str) -> dict[str, str]:
    return {"name": name, "id": _uuid(kind, name)}


def _source() -> dict[str, Any]:
    """Return the fluent data source."""
    assets = {}
    for table in TABLES:
        partitioner = {"regex": rf"{table}\.parquet$", "param_names": []}
        batches = {_BATCH: {"id": _uuid("batch", table), "partitioner": partitioner}}
        assets[table] = {"type": "parquet", "id": _uuid("asset", table), "batch_definitions": batches}
    return {
        "type": "pandas_filesystem",
        "id": _uuid("source", SOURCE),
        "assets": assets,
        "base_directory": TABLES_FOLDER,
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
    if not os.path.lexists(path):
        return []
    file = paths.relative(path)
    try:
        return [_checked(expectation) for expectation in decode_json(paths.read(path))]
    except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
        check_machine(error)
        what = f"an expectation has type, kwargs, description and meta: {error!r}"
        raise DataFaults([Fault("expectations-malformed", file, what, file)])


def _checked(expectation: Expectation) -> Expectation:
    """Return an expectation by hand with the code and the message of a row at fault.

    A message has names of columns in braces; a description, which replaces it, has none.
    """
    meta, description = expectation.get("meta", {}), expectation["description"]
    code, says = meta.get("fault", "expectation-failed"), meta.get("says")
    if code not in KINDS:
        raise ValueError(f"no fault code {code!r}")
    if says is None:
        says = description.replace("{", "{{").replace("}", "}}")
    elif not all(name.isidentifier() for _, name, _, _ in Formatter().parse(says) if name is not None):
        raise ValueError(f"in says, {says!r}, braces hold the name of a column")
    return {
        "type": expectation["type"],
        "kwargs": expectation["kwargs"],
        "meta": {"fault": code, "says": says},
        "description": description,
    }


def _with_id(suite: str, expectation: Expectation) -> Expectation:
    expected = json.dumps([expectation["type"], expectation["kwargs"]], sort_keys=True)
    derived = str(uuid.uuid5(uuid.UUID(_uuid("suite", suite)), expected))
    return expectation | {"id": derived, "severity": "critical"}
