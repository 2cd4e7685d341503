"""Benchmarks: modules without circles, and rows of today that an earlier commit can run too."""

from __future__ import annotations

import json
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from checkout import CHECKOUT
from parley.corpus.corpus import Corpus
from parley.label_studio.export.convert import convert
from parley.model.ontology_file import read_ontology
from parley.model.paths import CorpusPaths
from releases_for_tests import build_release

BENCHMARKS = CHECKOUT / "benchmarks"


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


def test_a_made_up_corpus_is_one_that_parley_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Articles, annotators and labels: a release of them can be built."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import articles as generator

    corpus = CorpusPaths(generator.write_corpus(tmp_path / "made-up", 3, CHECKOUT))
    generator.write_labels(corpus, ("one", "two"))
    sys.modules.pop("articles")
    text = (CHECKOUT / "tests" / "harbour" / "release.toml").read_text(encoding="utf-8")
    text = re.sub("(?m)^labels = .*", 'labels = "one"', text)
    (corpus.root / "release.toml").write_text(text, encoding="utf-8")
    build_release(corpus)
    assert {"one", "two"} <= Corpus(corpus).annotators.keys()
    assert len(Corpus(corpus).documents) == 3


def test_duckdb_makes_the_same_tables_of_an_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row by row: what stands beside Parley in the table does the same job, and refuses what is not so."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import export_ways
    from exports import ONTOLOGY, tasks

    (tmp_path / "ontology.toml").write_text(ONTOLOGY, encoding="utf-8")
    made, array = list(tasks(3)), tmp_path / "array.json"
    array.write_text(json.dumps(made), encoding="utf-8")
    convert(array, tmp_path / "tables", read_ontology(tmp_path / "ontology.toml"))
    (tmp_path / "out").mkdir()
    paths = export_ways.Paths(array, array, tmp_path / "tables", tmp_path / "out")
    export_ways.WAYS["duckdb"].run(paths)
    for name in ("annotations", "spans", "relations"):
        ours, theirs = (pq.read_table(f / f"{name}.parquet") for f in (paths.tables, paths.out))
        assert ours.column_names == theirs.column_names
        assert ours.to_pylist() == theirs.to_pylist() != []
    made[1]["annotations"][0]["result"][0]["value"]["start"] += 1
    array.write_text(json.dumps(made), encoding="utf-8")
    with pytest.raises(ValueError, match="1 span"):
        export_ways.WAYS["duckdb"].run(paths)


@pytest.mark.parametrize("name", ["line", "spark"])
def test_a_group_has_a_table_and_its_aims(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of rows that were measured: each is a line, and every aim finds the rows it is about."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import aims
    from groups import GROUPS
    from results import Figure, Group, row

    found = GROUPS[name].cases(tmp_path, 20)
    assert {case.number for case in found} == {20, 100}
    group = Group({}, [row(case, [Figure(case.number / 10, 200.0)], "2026-11-29") for case in found])
    lines = GROUPS[name].section(group, tmp_path)
    for case in found:
        assert sum(line.startswith(f"| {case.title} |") or f"| {case.title} |" in line for line in lines)
    if name == "line":
        stations = len(found) // 2
        whole = f"| **all of it** | **{2 * stations:.1f} s, 200 MB** | **{10 * stations:.1f} s, 200 MB** |"
        assert whole in lines
        assert (tmp_path / "figures" / "line_seconds.svg").is_file()
    assert not [line for line in aims.table(name, group) if "not measured" in line]


@pytest.mark.long
def test_the_whole_line_runs_on_a_few_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each station by itself, as it is measured: from an export to what a reader loads."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import group_line
    from measure import measure

    monkeypatch.setattr(group_line, "SIZES", (1,))
    for case in group_line.cases(tmp_path, 4):
        with case.prepared() as command:
            run = measure(command, case.folder)
        seconds, peak = case.counted(run)
        assert seconds > 0 < peak
    assert "train" in run.printed
    assert pq.read_table(tmp_path / "line-4.tables" / "spans.parquet").num_rows == 4 * 120


def test_the_cost_of_a_step_is_found_again_in_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """From times and memory that a known cost gives, on one process and on two."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from results import Figure, Row
    from scale import Cost

    known = Cost(fixed=3.0, alone=0.002, shared=0.006, megabytes=0.01, most=9_000, split_at=3_000)

    def row(number: int, processes: int) -> Row:
        figure = Figure(known.seconds(number, processes), 100 + number * known.megabytes)
        return Row("", "", "", number, processes, [figure], "")

    found = Cost.of([row(number, 1) for number in (9_000, 500, 3_000)], [row(3_000, 2)])
    for name in ("fixed", "alone", "shared", "megabytes", "most", "split_at"):
        assert getattr(found, name) == pytest.approx(getattr(known, name))


def test_the_tables_of_ten_million_articles_are_those_of_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every figure of SCALE.md comes from results.json as it is."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import results
    import scale

    made = scale.report(results.read(BENCHMARKS / "results.json"), CHECKOUT / "dataset")
    committed = (BENCHMARKS / "SCALE.md").read_text(encoding="utf-8")
    tables = [[line for line in text.splitlines() if line.startswith("|")] for text in (made, committed)]
    assert len(tables[0]) == 2 * (2 + len(scale.STEPS))
    assert tables[0] == tables[1], "run `python benchmarks/run.py --render`"


def test_rows_of_another_day_are_not_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ratio is of one sitting."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import aims
    from groups import GROUPS
    from results import Figure, Group, merged

    found = GROUPS["corpus"].cases(tmp_path, 5)
    figures = {case.name: [Figure(1.0, 200.0)] for case in found}
    before = Group({}, merged(found, figures, None, "2026-11-01"))

    def days(*again: str) -> list[str]:
        runs = {name: [Figure(0.2, 90.0)] for name in again}
        group = Group({}, merged(found, runs, before, "2026-11-29"))
        return [line.split("|")[-2].strip() for line in aims.table("corpus", group)[3:]]

    assert days() == ["2026-11-01"] * 5
    assert days("validate now all") == ["", *["2026-11-01"] * 4]
    assert days("validate now all", "validate 01e8f11 all") == ["2026-11-29", *["2026-11-01"] * 4]
