"""The command line: help teaches and is quick, a call means one corpus, its end is its exit status."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checkout import CHECKOUT
from parley.cli.exit_status import extra_of
from parley.cli.main import HELP, STEPS, step_name
from parley.cli.options import corpus_at, split_names
from parley.faults import CALLED_BY, UsageError

ALL = [step for steps in STEPS.values() for step in steps]
HEAVY = {
    *("pandas", "pyarrow", "datasets", "numpy", "great_expectations", "label_studio_sdk", "spacy", "duckdb"),
    *("matplotlib", "pyspark", "httpx", "msgspec"),
}
MOST_MODULES = 340  # that help may load; its seconds are a row of benchmarks/
ENDS = {
    "print('done')": 0,
    "faults.check([faults.Fault('span-surface', 'p', 'm')])": 1,
    "(_ for _ in ()).throw(faults.UsageError('cause', 'remedy'))": 2,
    "(_ for _ in ()).throw(OSError(28, 'No space left on device', 'x'))": 2,
    "(_ for _ in ()).throw(PermissionError(13, 'Permission denied', 'x'))": 2,
    "(_ for _ in ()).throw(MemoryError)": 2,
    "(_ for _ in ()).throw(ImportError('libx.so.1: failed to map segment from shared object'))": 2,
    '(_ for _ in ()).throw(RuntimeError("can\'t start new thread"))': 2,
    "(_ for _ in ()).throw(RuntimeError('no memory of it'))": 70,
    "(_ for _ in ()).throw(ModuleNotFoundError('m', name='great_expectations.core'))": 2,
    "(_ for _ in ()).throw(ModuleNotFoundError('m', name='nothing_of_ours'))": 70,
    "(_ for _ in ()).throw(KeyError('x'))": 70,
    "(_ for _ in ()).throw(KeyboardInterrupt)": 130,
}


def end(step: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    program = f"from parley import faults; from parley.cli.exit_status import finish; finish(lambda: {step})"
    command = [sys.executable, "-c", program]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)


def parley(*arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
    program = "from parley.cli.main import main; main()"
    command = [sys.executable, "-c", program, *map(str, arguments)]
    kept = {name: value for name, value in os.environ.items() if name != CALLED_BY}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=kept | environ)


@pytest.mark.parametrize("step", ENDS)
def test_the_end_of_a_step_is_the_status(step: str) -> None:
    assert end(step).returncode == ENDS[step]


def test_a_step_that_nobody_hears_to_its_end_is_not_done() -> None:
    """`parley validate | head` might have found faults behind what was read."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        for said in ("print('x' * 100_000, flush=True)", "__import__('rich').print('x\\n' * 5_000)"):
            assert end(said, writer).returncode == 141
    finally:
        os.close(writer)


def test_a_defect_asks_for_a_report_and_shows_where_it_is() -> None:
    said = end("(_ for _ in ()).throw(KeyError('x'))").stderr
    assert "Traceback" in said
    assert "Please report it" in said


def test_a_failure_of_the_surroundings_has_a_remedy_and_no_traceback() -> None:
    said = end("(_ for _ in ()).throw(OSError(28, 'No space left on device', 'x'))").stderr
    assert "Traceback" not in said
    assert "free some space" in said


def test_a_missing_package_names_the_extra_that_installs_it() -> None:
    said = end("(_ for _ in ()).throw(ModuleNotFoundError('m', name='great_expectations.core'))").stderr
    assert "pip install 'parley-corpus[corpus]'" in said


def test_every_package_that_parley_imports_is_of_an_extra_or_the_base() -> None:
    imported = set()
    for path in (CHECKOUT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    foreign = imported - set(sys.stdlib_module_names) - {"parley", "__future__"}
    assert {name for name in foreign if extra_of(name) in {None, "dev"}} == set()


@pytest.mark.parametrize("step", ["", "tasks", "validate"])
def test_help_loads_few_modules(step: str) -> None:
    """What help takes is their import: some 300, where a step that works takes thousands."""
    program = (
        "import sys; from parley.cli.main import main\n"
        "try: main()\n"
        "finally: print(len(sys.modules), file=sys.stderr)"
    )
    command = [sys.executable, "-c", program, *filter(None, [step]), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stderr.split()[-1]) <= MOST_MODULES


@pytest.fixture(scope="module")
def helps() -> dict[str, list[str]]:
    """Return what the help of each step prints, and the heavy libraries that are there after it."""
    program = (
        "import io, json, sys\nfrom contextlib import redirect_stdout\nfrom parley.cli.main import main\n"
        "helps = {}\n"
        "for step in json.loads(sys.argv[1]):\n"
        "    with redirect_stdout(io.StringIO()) as said:\n"
        "        try: main([*step.split(), '--help'])\n"
        "        except SystemExit: pass\n"
        f"    helps[step] = [said.getvalue(), *sorted(set(sys.modules) & {HEAVY!r})]\n"
        "print(json.dumps(helps))"
    )
    steps = json.dumps(["", *map(step_name, ALL)])
    command = [sys.executable, "-c", program, steps]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("step", [None, *ALL], ids=lambda step: step_name(step) if step else "parley")
def test_help_is_the_docstring_and_imports_nothing_heavy(step, helps) -> None:
    """Each step teaches: what it does, what it reads and writes, examples, how it ends."""
    said, *heavy = helps[step_name(step) if step else ""]
    assert heavy == []
    assert "Usage: parley" in said
    taught = (step.__doc__ if step else HELP).splitlines()
    assert [line.strip() for line in taught if line.strip() not in said] == []
    assert "Exit status: 0" in said
    assert max(map(len, said.splitlines())) <= 100


def test_a_call_of_nothing_that_exists_is_a_wrong_call() -> None:
    for arguments in (
        ["no-such-step"],
        ["tasks", "--no-such-option"],
        ["tasks", "--processes", "0"],
        ["diff"],
    ):
        done = parley(*arguments)
        assert done.returncode == 2, arguments
        assert done.stderr.startswith("error: ")
        assert "--help" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_corpus_is_the_folder_named_or_the_nearest_above(harbour, tmp_path, monkeypatch) -> None:
    assert corpus_at(harbour.root).root == harbour.root
    monkeypatch.chdir(harbour.seeds)
    assert corpus_at(None).root == harbour.root
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="not a corpus folder"):
        corpus_at(None)


def test_names_are_given_one_by_one_or_joined() -> None:
    assert split_names(["ada", "ben,cy"]) == ["ada", "ben", "cy"]


def test_what_excludes_each_other_is_refused(harbour) -> None:
    for arguments in (
        ["adjudicate", "--list", "--rebuild"],
        ["adjudicate", "--check", "--decisions", "x.json"],
        ["publish", "--out", "x"],
        ["push-to-hub", "--repo", "a/b", "--remote", "x"],
        ["push-to-hub"],
        ["label-from-quotes", "--annotator", "ada"],
    ):
        done = parley(*arguments, "--root", harbour.root)
        assert done.returncode == 2, arguments
        assert "  try: " in done.stderr


def test_all_names_after_an_option_are_its_own(harbour) -> None:
    """`--annotators ada ben` names two."""
    done = parley("agreement", "--annotators", "nobody", "else", "--root", harbour.root)
    assert done.returncode == 2
    assert "nobody" in done.stderr
    assert "else" in done.stderr


def test_a_remedy_names_the_command_that_the_caller_has(harbour) -> None:
    """Called as `parley`, or through a script of the checkout, on its own corpus or on another."""

    def said(root: Path, *script: object) -> str:
        (root / "dataset").mkdir(exist_ok=True)
        shutil.rmtree(root / "dataset")
        command = [sys.executable, *script] if script else []
        if not script:
            return parley("load", "--root", root).stderr
        return subprocess.run(command, capture_output=True, text=True, check=False).stderr

    assert "run `parley publish`" in said(harbour.root)
    assert "run `parley publish`" in said(
        harbour.root, CHECKOUT / "scripts" / "load.py", "--root", harbour.root
    )  # it has no Makefile
    checkout = harbour.root / "checkout"
    shutil.copytree(harbour.annotation, checkout / "annotation")
    shutil.copytree(CHECKOUT / "scripts", checkout / "scripts")
    assert "run `make publish`" in said(checkout, checkout / "scripts" / "load.py")
    assert "run `make publish`" in said(checkout, checkout / "scripts" / "load.py", f"--root={checkout}")
