"""The front door: scripts are doors to the steps, and README and Makefile say what there is."""

import re
import runpy
import subprocess
import sys

import pytest

from checkout import CHECKOUT
from parley.cli.main import STEPS, step_name
from parley.faults import CALLED_BY, KINDS, as_called

SCRIPTS = sorted((CHECKOUT / "scripts").glob("*.py"))
OURS = {"lock", "screenshots", "source_map"}  # of the checkout alone: no steps of the wheel
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
STEP_NAMES = {step_name(step) for steps in STEPS.values() for step in steps}
# These spell the commands of a checkout, or of an old revision.
OTHERS = {"tests/test_faults.py", "tests/test_benchmarks.py", "benchmarks/revision.py"}
DOOR = 8  # lines of a script that is a door


@pytest.fixture
def run(monkeypatch, capsys):
    """Return what runs a script in this process, and gives its exit status and what it said."""

    def run(script, *arguments):
        monkeypatch.setenv(CALLED_BY, "")  # a door sets it, and no other test is to see it
        monkeypatch.delenv(CALLED_BY)
        monkeypatch.setattr(sys, "argv", [str(script), *map(str, arguments)])
        monkeypatch.setattr(sys, "path", [str(script.parent), *sys.path])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(script), run_name="__main__")
        return ended.value.code or 0, *capsys.readouterr()

    return run


def test_each_step_on_a_corpus_has_a_script_of_its_name():
    names = {script.stem.replace("_", "-") for script in SCRIPTS if script.stem not in OURS}
    assert names == STEP_NAMES - {"setup-label-studio", "new", "help"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_a_script_is_a_door_that_teaches(script, run):
    """The logic is in the package; the help says what a step does and how it ends."""
    if script.stem not in OURS:
        assert len(script.read_text(encoding="utf-8").splitlines()) <= DOOR
    status, out, err = run(script, "--help")
    assert status == 0, err
    assert "Exit status: 0" in out


@pytest.mark.parametrize(
    "script", [s for s in SCRIPTS if s.stem not in {"lock", "source_map"}], ids=lambda p: p.stem
)
def test_a_wrong_call_ends_with_two(script, run, tmp_path):
    """A folder that is not a corpus is a wrong call: cause and remedy, status 2, no traceback."""
    extra = {
        "add": ["x.txt"],
        "audit": ["--sheet", tmp_path / "out"],
        "convert": ["x.json", "--out", tmp_path / "out"],
        "diff": ["a", "b"],
        "export": ["brat", "--out", tmp_path / "out"],
        "explore": ["--out", tmp_path / "out"],
        "import": ["brat", tmp_path, "--annotator", "x"],
        "label_from_quotes": ["--show", "x"],
        "migrate": ["plan.toml"],
        "push_to_hub": ["--remote", "x"],
        "rehydrate": [tmp_path, tmp_path, "--out", tmp_path / "out"],  # a release is its corpus folder
    }.get(script.stem, [])
    status, _, err = run(script, *extra, *([] if script.stem == "rehydrate" else ["--root", tmp_path]))
    assert status == 2, err
    assert "Traceback" not in err
    assert "not a corpus folder" in err or "not a release" in err


def test_the_readme_has_a_row_for_each_step():
    """Every step is in README's table; its make target, if one is named, exists."""
    rows = re.findall(r"^\| `parley ([\w-]+)[^`|]*` \| (?:`make ([\w-]+)`)? ?\|", README, re.MULTILINE)
    assert {step for step, _ in rows} == STEP_NAMES
    for _, target in rows:
        assert not target or re.search(rf"^{target}:.*## ", MAKEFILE, re.MULTILINE), target


def test_a_command_that_readme_guidelines_or_remedies_name_exists():
    """`parley STEP` is a step, `make TARGET` a target, also where a remedy is spelled for a checkout."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout
    for name in listed.splitlines():
        if name in OTHERS or not name.endswith((".md", ".py", ".toml", ".yml", ".yaml", ".j2")):
            continue
        text = (CHECKOUT / name).read_text(encoding="utf-8")
        for step in re.findall(r"(?:`|^ {4}|bin/)parley ([a-z][a-z-]*)", text, re.MULTILINE):
            assert step in STEP_NAMES, f"{name}: parley {step}"
        for script in re.findall(r"scripts/([a-z_]+)\.py", text):
            assert (CHECKOUT / "scripts" / f"{script}.py").is_file(), f"{name}: scripts/{script}.py"


def test_the_remedies_of_a_checkout_are_targets_of_make(monkeypatch):
    monkeypatch.setenv("PARLEY_CALLED_BY", "make")
    named = {
        target for kind in KINDS.values() for target in re.findall("`make ([^`]+)`", as_called(kind.remedy))
    }
    assert "derive" in named
    for target in named:
        assert re.search(rf"^{target}:.*## ", MAKEFILE, re.MULTILINE), target


def test_a_round_by_people_is_described_alike_in_annotation_and_datasheet():
    """Who follows either measures people beside the models, blind, and adjudicates people alone."""
    sheet, recipe = (
        _one_line((CHECKOUT / name).read_text(encoding="utf-8"))
        for name in ("DATASHEET.md", "annotation/README.md")
    )
    described = re.findall(r"`(parley [^`…]+)[^`]*`", sheet.partition("How does a round by people")[2])
    assert [command.split()[1] for command in described] == ["annotate", "agreement", "adjudicate"]
    assert [command for command in described if command.strip() not in recipe] == []


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
