"""What is measured of reading a release, and the table of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from case import Case
from reading_ways import SPANS_AN_ARTICLE, WAYS, possible
from releases import CONFIGS, write_release
from results import Group, Row


def cases(bench: Path, number: int) -> list[Case]:
    """Return the cases, their releases made and loaded once. number: of articles."""
    found = []
    cache = bench / "reading-cache"
    cached = set()
    for name in possible():
        way = WAYS[name]
        articles = max(1, number // way.part)
        release = write_release(bench / f"{articles}.release", articles)
        for config in CONFIGS:
            given = (config, "--release", str(release), "--cache")
            if not way.cold and (articles, config) not in cached:
                warm = (sys.executable, "benchmarks/reading_ways.py", "load-warm", *given, str(cache))
                subprocess.run(warm, check=True, stdout=subprocess.DEVNULL)
                cached.add((articles, config))
            found.append(
                Case(
                    f"{name} {config}",
                    way.title,
                    config,
                    (
                        sys.executable,
                        "benchmarks/reading_ways.py",
                        name,
                        *given,
                        "{out}" if way.cold else str(cache),
                    ),
                    articles,
                    own=True,
                )
            )
    return found


def section(group: Group, _: Path) -> list[str]:
    """Return the table of both layouts side by side."""
    by_name = {row.name: row for row in group.rows}
    articles = max(row.number for row in group.rows)
    lines = [
        "## Reading a release",
        "",
        f"{articles:,} articles with {articles * SPANS_AN_ARTICLE:,} spans; `load_dataset` on the files of",
        "`parley.release.data.files`, in seconds after importing `datasets`. The same labels in both "
        "layouts:",
        "nested in `documents`, a row each in `spans`. What takes minutes was measured on a part of the",
        "articles: there compare the microseconds a span.",
        "",
        "| way | articles | `documents`, s | µs a span | `spans`, s | µs a span | `spans` takes |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, way in WAYS.items():
        if f"{name} documents" in by_name:
            nested, flat = by_name[f"{name} documents"], by_name[f"{name} spans"]
            lines.append(
                f"| {way.title} | {nested.number:,} | **{nested.seconds:.3f}** | {_each(nested)} |"
                f" **{flat.seconds:.3f}** | {_each(flat)} | {flat.seconds / nested.seconds:.1f}× |"
            )
    return lines


def _each(row: Row) -> str:
    return f"{row.seconds / row.number / SPANS_AN_ARTICLE * 1e6:.2f}"
