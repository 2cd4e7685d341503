"""Statements, claims and figures as the page has them.

Of statements and claims rows of the release, without words that are in the article; figures are side by side
in shards by event.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from parley.explorer.index import Index
from parley.explorer.shards import fnv1a, table, write
from parley.model.ontology import Ontology
from parley.release.data.files import read_config
from parley.release.data.schema import QUOTES, configs

STATEMENTS, CLAIMS = CONFIGS = "statements", "claims"
_COUNTED_BY = {STATEMENTS: ("quotation", "stance"), CLAIMS: ("says", "modality", "stance", "sides")}
_ELSEWHERE = {  # of the article or of the span that the row is about
    "doc_id", "start", "end", "sentence_id", "event", "published", "publisher", "annotator", "annotator_kind",
    "fold", "split",
}  # fmt: skip

_SHARD = 2_000  # figures, roughly
_OF_EVENT = {
    "instance_name",
    "sentence",
    "sentence_id",
    "annotator",
    "annotator_kind",
    "event",
}  # with figures

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


def write_figures(release: Path, ontology: Ontology, out: Path, *, withheld: bool) -> tuple[int, int]:
    """Write the shards; return how many figures there are, and how many of them exclude another.

    `figures` lists the events with their numbers of figures; `figures/N` has those of some events.
    Raises DataFaults naming a file that cannot be read.
    """
    known = configs(ontology).get("figures")
    columns = [column.name for column in known.columns] if known else []
    rows = read_config(release, "figures", columns).drop_columns(["split"]).to_pylist() if known else []
    shards = max(1, len(rows) // _SHARD)
    found: list[list[Row]] = [[] for _ in range(shards)]
    events: dict[str, list[Any]] = {}
    for row in rows:
        instance, excludes = row["instance"] or "", bool(row["excludes"])
        hidden = _OF_EVENT | (QUOTES if withheld else set())
        shown = {k: v for k, v in row.items() if v not in (None, "", []) and k not in hidden}
        found[fnv1a(instance) % shards].append({"instance": instance, **shown})
        event = events.setdefault(instance, [instance, row["instance_name"] or instance, 0, 0])
        event[2] += 1
        event[3] += excludes
    if rows:
        write(
            out,
            "figures",
            {"shards": shards, "events": sorted(events.values(), key=lambda e: (-e[3], -e[2], e[1]))},
        )
        for number, shard in enumerate(found):
            write(out, f"figures/{number}", table(shard))
    return len(rows), sum(event[3] for event in events.values())
