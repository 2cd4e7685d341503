"""Benchmarks: modules without circles, and rows of today that an earlier commit can run too."""

from __future__ import annotations

import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


def test_no_module_of_the_benchmarks_imports_itself_through_others() -> None:
    """Imports inside functions count: they would only hide a circle."""
    sources = {path.stem: path.read_text(encoding="utf-8") for path in BENCHMARKS.glob("*.py")}
    imported = {
        name: sources.keys() & set(re.findall(r"^\s*(?:from|import) (\w+)", source, re.MULTILINE))
        for name, source in sources.items()
    }
    assert list(TopologicalSorter(imported).static_order())


def test_a_row_of_today_runs_under_the_script_names_of_an_earlier_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only Parley's own rows, and only if there was such a script."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from case import Case
    from revision import case_at

    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "measure_agreement.py").touch()

    def row(*command: str) -> Case:
        return Case("a row", "", "", (sys.executable, *command), 1)

    then = case_at(row("scripts/agreement.py", "--root", "x"), tmp_path)
    assert then is not None
    assert then.command == (sys.executable, "scripts/measure_agreement.py", "--root", "x")
    assert then.folder == tmp_path
    assert case_at(row("scripts/publish.py"), tmp_path) is None
    assert case_at(row("benchmarks/step_ways.py", "nervaluate", "x"), tmp_path) is None
