"""The files of validation/: the suites as Great Expectations keeps them, and what is written there by hand.

The id of an expectation is derived from what it asks, so the same ontology gives the same bytes. A
maintainer's own expectations stand in validation/by_hand/<suite>.json, a JSON array in the same form, and are
added at the end of the suite.
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from string import Formatter
from typing import Any

from parley.faults import KINDS, DataFaults, Fault
from parley.model.ontology import Ontology, read_ontology
from parley.model.paths import CorpusPaths
from parley.validation import project
from parley.validation.suites import Expectation, suites

_BY_HAND = "expectation-failed"  # the code of an expectation that names none


def derived_files(corpus: CorpusPaths) -> dict[Path, bytes]:
    """Return every derived file of validation/ with the bytes it must have.

    Raises DataFaults where an expectation written by hand cannot be read.
    """
    files = project.files()
    for name, expectations in suites(read_ontology(corpus.ontology)).items():
        suite = _suite(name, [*expectations, *_by_hand(corpus, name)])
        files[f"expectations/{name}.json"] = suite
    return {
        corpus.validation / path: content.encode()
        if isinstance(content, str)
        else (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
        for path, content in files.items()
    }


def derived_suites(ontology: Ontology) -> dict[str, list[Expectation]]:
    """Return the expectations derived from an ontology with their ids, as suites hold them, by table."""
    return {name: [_with_id(name, e) for e in asked] for name, asked in suites(ontology).items()}


def _by_hand(corpus: CorpusPaths, suite: str) -> list[Expectation]:
    path = corpus.validation / "by_hand" / f"{suite}.json"
    if not path.is_file():
        return []
    name = corpus.relative(path)
    try:
        written = json.loads(path.read_bytes())
        return [
            {
                "type": e["type"],
                "kwargs": e["kwargs"],
                "meta": {
                    "fault": _known(e.get("meta", {}).get("fault", _BY_HAND)),
                    "says": _template(e.get("meta", {}).get("says"), e["description"]),
                },
                "description": e["description"],
            }
            for e in written
        ]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        what = f"an expectation has type, kwargs, description and meta: {error!r}"
        raise DataFaults([Fault("expectations-malformed", name, what, name)])


def _template(says: str | None, description: str) -> str:
    """Return what a row at fault is told by: columns' names in braces; a description has none."""
    if says is None:
        return description.replace("{", "{{").replace("}", "}}")
    if not all(name.isidentifier() for _, name, _, _ in Formatter().parse(says) if name is not None):
        raise ValueError(f"in says, {says!r}, braces hold the name of a column")
    return says


def _known(code: str) -> str:
    if code not in KINDS:
        raise ValueError(f"no fault code {code!r}")
    return code


def _suite(name: str, expectations: list[Expectation]) -> dict[str, Any]:
    return {
        "name": name,
        "id": project.derived_uuid("suite", name),
        "expectations": [_with_id(name, e) for e in expectations],
        "meta": {"great_expectations_version": project.GX_VERSION},
        "notes": None,
    }


def _with_id(suite: str, expectation: Expectation) -> Expectation:
    asked = json.dumps([expectation["type"], expectation["kwargs"]], sort_keys=True)
    return {
        **expectation,
        "id": str(uuid.uuid5(uuid.UUID(project.derived_uuid("suite", suite)), asked)),
        "severity": "critical",
    }
