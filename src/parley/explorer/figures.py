"""Figures side by side: every number said of an event, in shards by event."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from parley.explorer.shards import fnv1a, table, write
from parley.model.ontology import Ontology
from parley.release.data.files import read_config
from parley.release.data.schema import QUOTES, configs

_ROWS = 2_000  # of a shard, roughly

_ELSEWHERE = {"instance_name", "sentence", "sentence_id", "annotator", "annotator_kind", "event"}

Row = dict[str, Any]


def write_figures(release: Path, ontology: Ontology, out: Path, *, withheld: bool) -> tuple[int, int]:
    """Write the shards; return how many figures there are, and how many of them exclude another.

    `figures` lists the events with their numbers of figures; `figures/N` has those of some events.
    Raises DataFaults naming a file that cannot be read.
    """
    known = configs(ontology).get("figures")
    columns = [column.name for column in known.columns] if known else []
    rows = read_config(release, "figures", columns).drop_columns(["split"]).to_pylist() if known else []
    shards = max(1, len(rows) // _ROWS)
    found: list[list[Row]] = [[] for _ in range(shards)]
    events: dict[str, list[Any]] = {}
    for row in rows:
        instance, excludes = row["instance"] or "", bool(row["excludes"])
        hidden = _ELSEWHERE | (QUOTES if withheld else set())
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
