"""What ten million articles would cost on many cores, computed from the rows of results.json; SCALE.md.

A model on paper: nobody has run it. A step's time is taken as `fixed + articles * (alone + shared / cores)`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from results import Group, Row, by_day

from parley.corpus.batches import ARTICLES
from parley.release.data.shards import DOCUMENTS_PER_SHARD
from parley.release.versions.history import FILE, encode_versions, read_versions

TARGET = 10_000_000  # articles
CORES = (1, 10, 100, 1_000)
_NEAR = "near duplicates, a part of publish"
STEPS = {  # title → group of results.json, names of its rows on one process, on two
    "export → tables": ("growth", "parley array * 1", "parley array * 2"),
    "tasks": ("steps", "tasks parley * 1", "tasks parley * 2"),
    _NEAR: ("steps", "near-duplicates parley * 1", "near-duplicates parley * 2"),
    "agreement": ("steps", "agreement parley * 1", "agreement parley * 2"),
    "publish": ("publish", "publish * 1 process", "publish * 2 processes"),
}


@dataclass(frozen=True)
class Cost:
    """A step's cost. fixed: seconds; alone, shared: seconds an article, the latter divided by the cores.

    megabytes: by which one process grows with an article. most: articles of the largest
    row on one process. split_at: articles at which one and two processes were measured.
    """

    fixed: float
    alone: float
    shared: float
    megabytes: float
    most: int
    split_at: int

    @classmethod
    def of(cls, one: Sequence[Row], two: Sequence[Row]) -> Cost:
        """Return the cost that rows on one process and on two say.

        An article's cost is that between the smallest and the largest row on one process. What a second
        process saves at the largest size that both have is half of what can be shared; what it takes to start
        one counts as what cannot.
        """
        by_number = {row.number: row for row in one}
        ordered = sorted(one, key=lambda row: row.number)
        least, before, most = ordered[0], ordered[-2], ordered[-1]
        both = max((row for row in two if row.number in by_number), key=lambda row: row.number)
        more = most.number - least.number
        each = (most.seconds - least.seconds) / more
        saved = (by_number[both.number].seconds - both.seconds) / both.number
        shared = min(max(2 * saved, 0.0), each)
        return cls(
            fixed=max(least.seconds - least.number * each, 0.0),
            alone=each - shared,
            shared=shared,
            megabytes=max(most.peak_mb - before.peak_mb, 0.0) / (most.number - before.number),
            most=most.number,
            split_at=both.number,
        )

    def memory(self, times: float, form: str) -> str:
        """Return the growth of memory as a cell; it may be too small to be seen between the rows."""
        return format(self.megabytes * times, form) if self.megabytes else "none seen"

    def seconds(self, articles: int, cores: int) -> float:
        """Return the time of a step on so many articles and cores."""
        return self.fixed + articles * (self.alone + self.shared / cores)


def costs(measured: Mapping[str, Group]) -> dict[str, Cost]:
    """Return the cost of each step, by title, of the newest day that has the rows for it."""
    found = {}
    for title, (group, *patterns) in STEPS.items():
        for rows in by_day(measured[group].rows).values():
            one, two = ([row for row in rows if fnmatch(row.name, pattern)] for pattern in patterns)
            sizes = {row.number for row in one}
            if len(sizes) > 1 and any(row.number in sizes for row in two):
                found[title] = Cost.of(one, two)
                break
    return found


def report(measured: Mapping[str, Group], release: Path) -> str:
    """Return SCALE.md. release: a published folder; its configs and versions.json say what a shard takes."""
    found = costs(measured)
    heads = "".join(f" {cores:,} |" for cores in CORES)
    lines = [
        f"# {TARGET:,} articles, on paper",
        "",
        "Written with RESULTS.md from `results.json`, by `scale.py`. Nobody has run this. It goes far beyond",
        "the largest row, is as old as the rows, and many cores are many machines, whose network, files and",
        "Spark no row knows.",
        "",
        "A step takes `fixed + articles × (alone + shared / cores)`: an article's cost is that between the",
        "smallest and the largest row on one process; twice what a second process saves can be shared, the",
        "rest cannot. The start of a process counts as what cannot: that weighs where two processes were",
        "measured on few articles, and hours are too many then. Memory is that of one process and grows as",
        "between the two largest rows. A step that was measured at one size only on a day is left out.",
        "",
        "## Hours, by cores",
        "",
        f"| step |{heads} never less than |",
        f"| --- |{' ---: |' * len(CORES)} ---: |",
    ]
    for title, cost in found.items():
        hours = "".join(f" {cost.seconds(TARGET, cores) / 3600:,.2f} |" for cores in CORES)
        lines.append(f"| {title} |{hours} {(cost.fixed + TARGET * cost.alone) / 3600:,.2f} |")
    lines += [
        "",
        "## From what",
        "",
        f"| step | fixed, s | shared, ms a batch of {ARTICLES} | alone, ms a batch | memory, kB an article |"
        f" memory at {TARGET:,}, GB | largest row | two processes at |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {title} | {c.fixed:.1f} | {c.shared * ARTICLES * 1000:,.0f} | {c.alone * ARTICLES * 1000:,.0f} |"
        f" {c.memory(1000, '.1f')} | {c.memory(TARGET / 1000, ',.1f')} | {c.most:,} | {c.split_at:,} |"
        for title, c in found.items()
    ]
    slowest = max(found, key=lambda title: found[title].alone)
    largest = max(found, key=lambda title: found[title].megabytes)
    keys = f"{found[_NEAR].megabytes * TARGET / 1000:,.0f} GB" if _NEAR in found else "not measured,"
    lines += [
        "",
        "## What bounds it",
        "",
        f"- The process that makes the call: most time alone has *{slowest}*"
        f" ({found[slowest].alone * TARGET / 3600:.2f} hours), most memory *{largest}*"
        f" ({found[largest].megabytes * TARGET / 1000:,.0f} GB).",
        f"- The shuffle: keys of near duplicates, {keys} if one process holds them. On Spark the",
        "  workers join them; what that costs at size has no row.",
        *_files(release),
        "",
    ]
    for name in sorted({group for group, *_ in STEPS.values()}):
        days = ", ".join(by_day(measured[name].rows))
        lines.append(f"- {name}: measured on {days}, {measured[name].machine['processor']}.")
    return "\n".join(lines) + "\n"


def _files(release: Path) -> list[str]:
    """Return what is said of shards and of versions.json."""
    sharded = {path.parent.name for path in release.glob("data/*/train-*.parquet")}
    shards = math.ceil(TARGET / DOCUMENTS_PER_SHARD)
    files = shards * len(sharded)
    last = read_versions(release)[-1]
    with_files, without = (len(encode_versions([entry])) for entry in (last, last | {"files_sha256": {}}))
    each = (with_files - without) / len(last["files_sha256"])
    return [
        f"- Files: some {shards:,} shards of {DOCUMENTS_PER_SHARD:,} articles, each a file in"
        f" {len(sharded)} configs: {files:,} files.",
        f"- `{FILE}` has a line a file, {each:.0f} bytes in this checkout's release, and one a folder",
        f"  of inputs: {files * each / 1e6:,.0f} MB a version.",
    ]
