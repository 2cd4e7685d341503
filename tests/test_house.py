"""The house: one of each, and a map of its folders."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGE = CHECKOUT / "src" / "parley"
MAP = PACKAGE / "README.md"
ONE = {  # library → the one place that imports it
    "multiprocessing": "runtime/engine.py",
    "concurrent": "runtime/engine.py",
    "great_expectations": "validation/",
}


def _nodes() -> Iterator[tuple[str, ast.AST]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield path.relative_to(PACKAGE).as_posix(), node


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


def test_the_way_to_a_change_exists():
    """A link leads to a file or a folder."""
    text = MAP.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text.partition("## To change")[0])
    assert links
    assert [link for link in links if not (PACKAGE / link).exists()] == []
