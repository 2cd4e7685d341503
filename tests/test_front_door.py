"""The front door: every script teaches, and README and Makefile tell what is there."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted((CHECKOUT / "scripts").glob("*.py"))
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
LINES = 40  # of a script's code: it parses, calls one function and leaves


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_a_script_is_short_and_tells_its_exit_status(script):
    """The logic is in the package; the script's help says what it reads and writes, and how it ends."""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    help_text = ast.get_docstring(tree) or ""
    assert "Exit status" in help_text
    first_code_line = tree.body[1].lineno
    assert len(script.read_text(encoding="utf-8").splitlines()) - first_code_line < LINES


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_help_is_the_docstring(script):
    """`--help` shows what the script's docstring teaches, without importing what the work needs."""
    done = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True, check=True)
    first = (ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or "").splitlines()[0]
    assert first in done.stdout


@pytest.mark.parametrize("script", [s for s in SCRIPTS if s.stem not in ("lock",)], ids=lambda p: p.stem)
def test_a_wrong_call_ends_with_two(script, tmp_path):
    """A folder that is no corpus is a wrong call: cause and remedy, status 2, no traceback."""
    extra = {
        "convert_export": ["x.json", "--out", tmp_path / "out"],
        "diff_versions": ["a", "b"],
        "label_from_quotes": ["--show", "x"],
        "push_to_hub": ["--remote", "x"],
        "rehydrate": [tmp_path, tmp_path, "--out", tmp_path / "out"],  # a release is its corpus folder
    }.get(script.stem, [])
    root = [] if script.stem == "rehydrate" else ["--root", tmp_path]
    command = [sys.executable, script, *root, *extra]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "no corpus folder" in done.stderr or "no release" in done.stderr


def test_the_readme_tells_the_targets_and_scripts_there_are():
    """Every step of README's table is a target of the Makefile and a script, and no script is left out."""
    rows = re.findall(r"^\| [\w -]+ \| `make ([\w-]+)` \| `scripts/(\w+)\.py` \|", README, re.MULTILINE)
    assert len(rows) >= 8
    for target, script in rows:
        assert re.search(rf"^{target}:.*## ", MAKEFILE, re.MULTILINE), target
        assert (CHECKOUT / "scripts" / f"{script}.py").is_file(), script
    told = set(re.findall(r"`scripts/(\w+)\.py", README)) | set(re.findall(r"scripts/(\w+)\.py", MAKEFILE))
    assert {s.stem for s in SCRIPTS} - told == set()


def test_a_round_by_people_is_told_alike_in_readme_and_datasheet():
    """Who follows either measures people beside the models, blind, and adjudicates people alone."""
    sheet = _one_line((CHECKOUT / "DATASHEET.md").read_text(encoding="utf-8"))
    told = re.findall(r"`(scripts/[^`…]+)[^`]*`", sheet.partition("How does a round by people")[2])
    assert [command.split()[0] for command in told] == [
        "scripts/annotate.py",
        "scripts/measure_agreement.py",
        "scripts/adjudicate.py",
    ]
    assert [command for command in told if command.strip() not in _one_line(README)] == []


def _one_line(text):
    """Return a text with its line breaks, those of a shell too, as single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"\\\n", " ", text))


def test_every_target_is_listed():
    """A target without a word of help is a target nobody finds."""
    targets = re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)
    helped = re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE)
    assert targets == helped


def test_no_committed_file_names_a_registry_or_a_machine():
    """The locks pin by hash, not by host; nothing points at somebody's folder."""
    hosts = "|".join(["py" + r"pi\.org", "python" + r"hosted", r"registry\.npm" + "js", r"deb\.deb" + "ian"])
    command = ["git", "grep", "-IlE", hosts, "--", ".", ":!*.parquet"]
    found = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert found.stdout == ""
