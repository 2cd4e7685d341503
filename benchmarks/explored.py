"""The explorer of a made-up release: releases of any size, and what a reader waits for in a real browser.

A release of many articles is that of fewer, published once, over and over with names of their own.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from labelled import write_labelled

PUBLISHED = 2_000  # articles
_ROOT = Path(__file__).parents[1]
_VIEWS = ("first view", "search", "article")


def write_explored(bench: Path, number: int) -> Path:
    """Write a release of a number of articles, whole thousands; one that is there is kept."""
    release = bench / f"{number}.explored"
    if release.is_dir():
        return release
    corpus = write_labelled(bench / f"{PUBLISHED}.corpus", PUBLISHED)
    if not (corpus / "dataset").is_dir():
        command = [sys.executable, _ROOT / "scripts" / "publish.py", "--no-validate", "--root", corpus]
        subprocess.run(command, check=True)
    part = bench / f"{number}.explored.part"
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(corpus / "dataset", part, ignore=shutil.ignore_patterns("data"))
    for path in sorted((corpus / "dataset" / "data").glob("*/*.parquet")):
        table = pq.read_table(path)
        copies = range(-(-number // PUBLISHED)) if "doc_id" in table.column_names else range(1)
        for copy in copies:
            name = path.name.replace("-00", f"-{copy:02}", 1)
            target = part / "data" / path.parent.name / name
            target.parent.mkdir(parents=True, exist_ok=True)
            renamed = table
            if copy:
                place = table.schema.get_field_index("doc_id")
                names = pa.array([f"c{copy}-{one}" for one in table["doc_id"].to_pylist()], pa.string())
                renamed = table.set_column(place, table.schema.field(place), names)
            pq.write_table(renamed, target, compression="zstd")
    said = json.loads((part / "versions.json").read_text())
    said["versions"][-1]["files_sha256"] = {
        path.relative_to(part).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(part.rglob("*"))
        if path.is_file() and path.name != "versions.json"
    }
    (part / "versions.json").write_text(json.dumps(said))
    part.rename(release)
    return release


def write_explorer(bench: Path, number: int) -> Path:
    """Write the page of such a release; one that is there is kept."""
    page = bench / f"{number}.explorer"
    if not page.is_dir():
        from parley.explorer.page import write_page

        write_page(write_explored(bench, number), page)
    return page


def wait(view: str, folder: Path) -> float:
    """Return the seconds from asking for a view until it is shown, in a browser that has loaded the page.

    first view: from the address to the page; search: a label and a word of it, in all articles, until the
    first results are there with the exact count; article: one that was not loaded.
    """
    sys.path.insert(0, str(_ROOT / "tests"))
    from browser import chromium
    from explorer_releases import served, settled

    with served(folder) as url, chromium() as browser:
        page = browser.new_page()
        page.goto(url)
        settled(page)
        if view == "first view":
            return float(page.evaluate("performance.now()")) / 1000
        if view == "search":
            label = page.evaluate(
                "Object.entries(parley.overview.labels.spans).sort((a, b) => b[1] - a[1])[0][0]"
            )
            asked = page.evaluate(
                """async (label) => {
                  const found = await parley.article(parley.overview.first);
                  const n = found.spans.label.indexOf(label);
                  return `#/search?kind=spans&label=${label}&q=${parley.queryWords(found.words(n))[0]}`;
                }""",
                label,
            )
        else:
            asked = page.evaluate(
                """async () => {
                  const { ids } = await parley.documents();
                  return '#' + encodeURIComponent(ids[ids.length - 1]);
                }"""
            )
        return float(
            page.evaluate(
                """async (asked) => {
                  const start = performance.now(), later = () => new Promise((done) => setTimeout(done, 1));
                  location.hash = asked;
                  while (!document.querySelector('main .rows, main #text')) await later();
                  return (performance.now() - start) / 1000;
                }""",
                asked,
            )
        )


if __name__ == "__main__":
    print(json.dumps({"seconds": wait(sys.argv[1], Path(sys.argv[2]))}))
