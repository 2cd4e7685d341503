"""The benchmark of two commits counts the imports of other libraries, and runs a step of each as it was."""

from pathlib import Path

import pytest

from parley.release.publish import AT_THE_ROOT

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
LOG = """import time: self [us] | cumulative | imported package
import time:      1500 |       1500 |     numpy.core
import time:   2000000 |    2001500 |   numpy
import time:      9000 |    2010500 | parley.validation.facts
something that a library printed
"""


@pytest.fixture
def group(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import group_corpus

    return group_corpus


def test_imports_are_those_of_other_libraries(group):
    assert group.import_seconds(LOG) == pytest.approx(2.0015)


def test_a_step_is_measured_on_a_copy_of_its_checkout(group, tmp_path):
    """Of a commit, or of the files as they are; nothing of the checkout is written."""
    group.copied("", tmp_path / "now")
    assert (tmp_path / "now" / "scripts" / "validate.py").read_bytes() == (
        group.ROOT / "scripts" / "validate.py"
    ).read_bytes()
    assert all((tmp_path / "now" / name).is_file() for name in AT_THE_ROOT)  # else the release is stale
    (tmp_path / "now" / "scripts" / "validate.py").write_text("print(__file__)\n")
    spent = group.seconds("validate", tmp_path / "now", without_imports=False)
    assert 0 < group.seconds("validate", tmp_path / "now", without_imports=True) < spent + 10
    (tmp_path / "now" / "scripts" / "validate.py").write_text("raise SystemExit(1)\n")
    with pytest.raises(RuntimeError, match="ended with 1"):
        group.seconds("validate", tmp_path / "now", without_imports=False)


def test_the_table_has_each_step_now_and_before(group):
    from results import Figure, Group, Row

    rows = [
        Row(
            case.name, case.title, case.keeps, 5, 1, [Figure(1.0 if " now " in case.name else 4.0, 100.0)], ""
        )
        for case in group.cases(Path(), 0)
    ]
    lines = group.section(Group({}, rows), Path())
    assert "| validate, without imports | **1.00** (1.00) | 4.00 (4.00) | 25% |" in lines
    assert sum(line.startswith("| dataset") for line in lines) == 2
    some = group.section(Group({}, rows[1:]), Path())
    assert sum(line.startswith("| validate") for line in some) == 1  # a row that was not measured has no line
