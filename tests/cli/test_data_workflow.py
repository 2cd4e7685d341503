"""The workflow that checks a pull request on labels, step by step as GitHub runs it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from checkout import CHECKOUT
from workflow_steps import run_steps

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

OLD, NEW = '"level":"NAM"', '"level":"NICKNAME"'  # what a label may say of its words, and what it may not


def git(root: Path, *arguments: object) -> str:
    """Run git in a folder and return what it printed."""
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@localhost", "-C", root, *arguments]
    return subprocess.run(
        list(map(str, command)), check=True, capture_output=True, text=True, encoding="utf-8"
    ).stdout.strip()


def released_label(root: Path) -> tuple[Path, int]:
    """Return where a gold label is that the release has as it is: its file, and its line from 0."""
    columns = ["doc_id", "id", "level", "entity", "sources", "decision", "reason"]
    table = pq.read_table(root / "dataset" / "data" / "spans", columns=columns)
    released = {tuple(str(row[name] or None) for name in columns) for row in table.to_pylist()}
    for file in sorted((root / "annotation" / "gold").glob("*.json")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
            if OLD in line:
                said = json.loads(line.strip().rstrip(","))
                said |= {"doc_id": file.stem, **said["attributes"]}
                if tuple(str(said.get(name) or None) for name in columns) in released:
                    return file, number
    raise AssertionError("no gold label is released as it is")


def attributes_changed(summary: str) -> int:
    """Return how many labels have other attributes, as a summary says."""
    found = re.search(r"^\| labels with other attributes \| ([\d,]+) \|", summary, re.MULTILINE)
    return int(found[1].replace(",", "")) if found else 0


def others(root: Path, base: str) -> int:
    """Return how many labels differ so between the release at a commit and what is there: as a rule none."""
    command = [sys.executable, root / "scripts" / "diff.py", base]
    done = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8")
    return attributes_changed(done.stdout)


def test_a_request_with_a_wrong_label_is_red_at_its_line_and_its_summary_shows_what_changed(tmp_path):
    """In a fresh clone: set up, the difference, the faults beside the lines, the explorer."""
    made, clone = tmp_path / "made", tmp_path / "clone"
    for name in git(CHECKOUT, "ls-files", "-z").split("\0"):
        source = CHECKOUT / name
        if name and source.is_file() and not source.is_symlink():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, made / name)
    git(tmp_path, "init", "-q", made)
    git(made, "add", "--all", "--force")
    git(made, "commit", "-qm", "as it is")
    base = git(made, "rev-parse", "HEAD")
    before = others(made, base)
    file, number = released_label(made)
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[number] = lines[number].replace(OLD, NEW)
    file.write_text("".join(lines), encoding="utf-8")
    git(made, "commit", "-qam", "a label is another")
    git(tmp_path, "clone", "-q", made, clone)

    kept = {"PATH": os.environ["PATH"], "VIRTUAL_ENV": ""}
    ends, said, summary = run_steps(clone / ".github" / "workflows" / "data.yml", clone, base, **kept)
    assert ends["Set up"] == 0, said
    assert ends["Show what labels changed"] == 0, said
    assert attributes_changed(summary) == before + 1
    assert ends["Validate"] == 1
    assert f"::error file=annotation/gold/{file.name},line={number + 1},title=attribute-value" in said
    assert ends["Make the explorer"] == 0, said
    assert (clone / "build" / "explorer" / "index.html").is_file()
    assert (clone / "build" / "data-docs").is_dir()
