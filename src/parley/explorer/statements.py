"""Statements and claims as the page has them: rows of the release, without words that are in the article."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from parley.explorer.index import Index
from parley.model.ontology import Ontology
from parley.release.data.files import read_config
from parley.release.data.schema import QUOTES, configs

STATEMENTS, CLAIMS = CONFIGS = "statements", "claims"
_COUNTED_BY = {STATEMENTS: ("quotation", "stance"), CLAIMS: ("says", "modality", "stance", "sides")}
_ELSEWHERE = {  # of the article or of the span that the row is about
    "doc_id", "start", "end", "sentence_id", "event", "published", "publisher", "annotator", "annotator_kind",
    "fold", "split",
}  # fmt: skip

Row = dict[str, Any]


def read_rows(
    release: Path, ontology: Ontology, config: str, names: frozenset[str]
) -> dict[str, list[tuple[Row, str]]]:
    """Return the rows of one of the configs by doc_id, each with all its words; none if the release lacks it.

    Raises DataFaults naming a file that cannot be read.
    """
    known = configs(ontology).get(config)
    if known is None:
        return {}
    found: dict[str, list[tuple[Row, str]]] = {}
    for row in read_config(release, config, [column.name for column in known.columns], names).to_pylist():
        said = " ".join(
            [row["text"] or "" if "text" in row else ""]
            + [part["text"] for parts in row.values() for part in _parts(parts) if part.get("text")]
        )
        found.setdefault(row["doc_id"], []).append((_kept(row), said))
    return found


def index_of(config: str) -> Index:
    """Return the empty index of a config."""
    return Index(_COUNTED_BY[config])


def add(index: Index, config: str, row: Row, said: str | None) -> None:
    """Add a row to the index: by whom it names in which part, and by its words."""
    values = []
    for name, parts in row.items():
        for entity in _entities(parts):
            values += [f"{name}={entity}", f"@={entity}"]
    index.add(tuple(row.get(name) for name in _COUNTED_BY[config]), values, said)


def _entities(value: Any) -> Iterator[str]:  # noqa: ANN401 - a list of ids or of parts, or a value
    if isinstance(value, list):
        for one in value:
            yield from one.get("entities") or () if isinstance(one, dict) else [one]


def _kept(row: Row) -> Row:
    """Return what is not empty, and nowhere else in the article's shard."""
    found: Row = {}
    for name, value in row.items():
        if name in _ELSEWHERE or name in QUOTES or value in (None, "", [], "none"):
            continue
        parts = [{k: v for k, v in part.items() if k not in QUOTES and v} for part in _parts(value)]
        found[name] = parts or value
    return found


def _parts(value: Any) -> list[Row]:  # noqa: ANN401 - a cell
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
