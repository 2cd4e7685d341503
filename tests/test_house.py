"""The house: one of each, no way round the order of the folders, and a map that is up to date."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from checkout import CHECKOUT

PACKAGE = CHECKOUT / "src" / "parley"
MAP = PACKAGE / "README.md"
ONE = {  # library → the one place that imports it
    "multiprocessing": "runtime/engine.py",
    "concurrent": ("runtime/engine.py", "runtime/threads.py"),
    "pyspark": "runtime/spark.py",
    "great_expectations": "validation/gx/",
}


@cache
def _nodes() -> list[tuple[str, ast.AST]]:
    return [
        (path.relative_to(PACKAGE).as_posix(), node)
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, _LOOKED_AT)
    ]


_LOOKED_AT = (ast.Import, ast.ImportFrom, ast.Attribute, ast.Name, ast.ClassDef)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    return [node.module.partition(".")[0]] if isinstance(node, ast.ImportFrom) and node.module else []


@pytest.mark.parametrize("library", ONE)
def test_a_heavy_way_out_has_one_door(library):
    """There is one way to other processes, one to Spark, one to Great Expectations."""
    places = {place for place, node in _nodes() if library in _imported(node)}
    assert places
    assert {place for place in places if not place.startswith(ONE[library])} == set()


def test_imports_run_up_the_folders_and_in_no_circle():
    """import-linter holds pyproject.toml's contracts, and they name every folder."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_import_hides_from_the_contract():
    hidden = [
        place
        for place, node in _nodes()
        if (isinstance(node, ast.Attribute) and node.attr == "import_module")
        or (isinstance(node, ast.Name) and node.id in {"import_module", "__import__"})
    ]
    assert hidden == []


def test_there_is_one_batch():
    """Whole documents with their layers have one type."""
    places = [place for place, node in _nodes() if isinstance(node, ast.ClassDef) and node.name == "Batch"]
    assert places == ["model/batch.py"]


def test_the_map_is_what_the_modules_give():
    command = [sys.executable, CHECKOUT / "scripts" / "source_map.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_map_names_each_folder_and_nothing_that_does_not_exist():
    """A link leads to a file or folder; the folders are in the order of the contract, lowest first."""
    text = MAP.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert [link for link in links if not (PACKAGE / link).exists()] == []
    folders = [p.name for p in PACKAGE.iterdir() if p.is_dir() and p.name != "__pycache__"]
    rows = re.findall(r"^\| \[[^]]+\]\(([\w.]+)/?\) \|", text.partition("## To change")[0], re.MULTILINE)
    assert sorted(rows) == sorted([*folders, "faults.py"])
    contract = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8").partition("layers = [")[2]
    layers = re.findall(r'"(\w+)"', contract.partition("]")[0])
    assert [row.removesuffix(".py") for row in rows] == layers[::-1]
