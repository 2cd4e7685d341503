"""Workflow files are what GitHub takes: those of this checkout and the one that `parley new` writes."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from checkout import CHECKOUT
from parley.steps.new import NewCorpus, new

CHECK = (sys.executable, "-m", "check_jsonschema")


def problems(schema: str, *files: Path) -> str:
    done = subprocess.run(
        [*CHECK, "--builtin-schema", schema, *files], capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.fixture
def made(tmp_path: Path) -> Path:
    new(tmp_path / "made", NewCorpus("made", "Made"))
    return tmp_path / "made"


def test_every_workflow_fits_the_schema(made):
    """Of the checkout and of a new corpus; a step that the schema does not know is refused."""
    files = [*(CHECKOUT / ".github/workflows").glob("*.yml"), made / ".github/workflows/data.yml"]
    assert problems("vendor.github-workflows", *files) == ""
    wrong = made / "wrong.yml"
    wrong.write_text((made / ".github/workflows/data.yml").read_text().replace("runs-on:", "run-on:"))
    assert "run-on" in problems("vendor.github-workflows", wrong)


def test_the_hooks_of_a_new_corpus_are_what_pre_commit_reads(made):
    import pre_commit.clientlib

    for root in (CHECKOUT, made):
        pre_commit.clientlib.load_config(str(root / ".pre-commit-config.yaml"))
    hooks = yaml.safe_load((made / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert {hook["entry"].split()[0] for hook in hooks} == {"parley"}
