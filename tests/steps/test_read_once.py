"""A command opens no file of the corpus twice, whichever of its processes does it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from parley.adjudication.compare import open_adjudication
from parley.corpus.corpus import Corpus
from parley.model.paths import CorpusPaths
from parley.steps.derive import derive

HOOK = """
import os, sys

ROOT, LOG = os.environ["READ_ONCE_ROOT"], os.environ["READ_ONCE_LOG"]
WRITES = os.O_WRONLY | os.O_RDWR | os.O_DIRECTORY

def note(event, details):
    if event != "open" or not isinstance(details[0], (str, bytes)) or (details[2] or 0) & WRITES:
        return
    path = os.path.abspath(os.fsdecode(details[0]))
    below = os.path.relpath(path, ROOT)
    if below.split(os.sep)[0] in ("seeds", "annotation", "release.toml") and not os.path.isdir(path):
        log = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(log, f"{below}\\n".encode())
        os.close(log)

sys.addaudithook(note)
"""
MAIN = "from parley.cli.main import main; main()"
STEPS = (
    "agreement",
    "dataset",
    # what these do, `dataset` does too
    *(
        pytest.param(step, marks=pytest.mark.long)
        for step in ("tasks", "publish --no-validate", "publish", "validate")
    ),
)


def opened(corpus: CorpusPaths, scratch: Path, *command: str) -> Counter[str]:
    """Run a command; return how often it, or a process that it started, opened each file of the corpus."""
    (scratch / "hook").mkdir(exist_ok=True)
    (scratch / "hook" / "sitecustomize.py").write_text(HOOK)
    log = scratch / "opened"
    log.unlink(missing_ok=True)
    surroundings = os.environ | {
        "PYTHONPATH": str(scratch / "hook"),
        "READ_ONCE_ROOT": str(corpus.root),
        "READ_ONCE_LOG": str(log),
    }
    done = subprocess.run(
        [sys.executable, *command], env=surroundings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Counter(log.read_text().splitlines() if log.is_file() else ())


@pytest.mark.parametrize("step", STEPS)
def test_no_file_is_opened_twice(harbour: CorpusPaths, tmp_path: Path, step: str) -> None:
    """Seeds, labels, ontology, manifest and settings are read once and passed on."""
    derive(harbour)
    name, *options = step.split()
    command = ["-c", MAIN, name, *options, "--root", str(harbour.root)]
    found = opened(harbour, tmp_path, *command)
    assert {path: times for path, times in found.items() if times > 1} == {}
    assert found["annotation/ontology.toml"] == 1
    assert {path: times for path, times in found.items() if path.endswith(".txt")} == {
        f"seeds/{path.name}": 1 for path in harbour.seeds.glob("*.txt")
    }


def test_adjudication_opens_no_file_twice(harbour: CorpusPaths, tmp_path: Path) -> None:
    """Layers, ledger and gold among them: while it lists, decides, decides anew, rebuilds and compares."""
    comparisons = open_adjudication(Corpus(harbour)).comparisons
    said = [
        {"doc_id": doc_id, "items": {item.id: {"reject": True} for item in comparison.disputed}}
        for doc_id, comparison in comparisons.items()
    ]
    decisions = tmp_path / "decisions.json"
    decisions.write_text(json.dumps(said))
    decide = f"--decisions {decisions}"
    for options in ("--list", decide, decide, "--rebuild", "--check"):
        command = ["-c", MAIN, "adjudicate", *options.split(), "--root", str(harbour.root)]
        found = opened(harbour, tmp_path, *command)
        assert {path: times for path, times in found.items() if times > 1} == {}
        assert found["annotation/labels/ada/h4_storm.json"] == 1


def test_other_processes_are_counted(harbour: CorpusPaths, tmp_path: Path) -> None:
    """A file that this process and one that it starts open was opened twice."""
    open_it = f"open({str(harbour.ontology)!r}).close()"
    code = (
        f"import subprocess, sys; {open_it}; subprocess.run([sys.executable, '-c', {open_it!r}], check=True)"
    )
    assert opened(harbour, tmp_path, "-c", code) == {"annotation/ontology.toml": 2}
