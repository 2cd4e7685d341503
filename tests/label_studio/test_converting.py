"""An export becomes tables in a folder, whole or not at all, with everything accounted for."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from test_files import LABEL, task

from made_up_schemes import ONE_OF_EACH as ONTOLOGY
from parley.faults import DataFaults, UsageError
from parley.label_studio.export import table_files
from parley.label_studio.export.convert import convert, report

SCRIPT = Path(__file__).parents[2] / "scripts" / "convert.py"
TABLES = ("annotations", "relations", "remarks", "spans")


def made(number: int) -> list[dict[str, Any]]:
    """Return tasks with annotations in every state."""
    tasks = [task(one, f"text {one}") for one in range(number)]
    for one in tasks:
        one["annotations"][0]["completed_by"] = 3
    for one in tasks[::5]:
        older = one["annotations"][0] | {"id": 10_000 + one["id"], "updated_at": "2030-01-01T00:00:00Z"}
        one["annotations"].append(older)
    for one in tasks[1::5]:
        one["annotations"][0]["was_cancelled"] = True
    for one in tasks[2::5]:
        one["drafts"] = [{"id": 20_000 + one["id"], "user": "ada", "updated_at": ""}]
    for one in tasks[3::10]:
        one["annotations"] = []
    return tasks


def write(path: Path, tasks: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps(tasks))
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_comes_in_goes_out_or_is_named(tmp_path: Path) -> None:
    """Every annotation is a row with its state; the labels of finished ones are rows, or refusals."""
    tasks = made(200)
    tasks[50]["annotations"][0]["result"][0]["value"]["labels"] = ["NOBODY"]
    del tasks[60]["data"]["text"]
    found = convert(write(tmp_path / "a.json", tasks), tmp_path / "out", ONTOLOGY)
    whole = [one for one in tasks if one["id"] != 60]
    annotations = pq.read_table(tmp_path / "out" / "annotations.parquet").to_pylist()
    assert {(row["task"], row["annotation"]) for row in annotations} == {
        (one["id"], a["id"]) for one in whole for a in one["annotations"] + one.get("drafts", [])
    }
    states = Counter(row["state"] for row in annotations)
    assert states == found.states
    assert set(states) == {"finished", "superseded", "cancelled", "draft"}
    spans = pq.read_table(tmp_path / "out" / "spans.parquet").num_rows
    assert spans == sum(row["spans"] for row in annotations) == states["finished"] - 1
    assert found.tasks == 200
    assert found.untouched == sum(not one["annotations"] and not one.get("drafts") for one in tasks)
    rejects = [json.loads(line) for line in (tmp_path / "out" / "rejects.jsonl").open()]
    assert [(r["code"], r["lost"]) for r in rejects] == [("span-label", True), ("studio-task", True)]
    data = (tmp_path / "a.json").read_bytes()
    for reject, number in zip(rejects, (50, 60), strict=True):
        assert data[reject["byte"] :].startswith(f'{{"id": {number},'.encode())
    assert any("refused" in line and "span-label" in line for line in report(found))


def test_bytes_depend_neither_on_processes_nor_on_the_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parley.label_studio.export.files.PIECE_BYTES", 5000)
    monkeypatch.setattr("parley.label_studio.export.table_files.ROWS_PER_GROUP", dict.fromkeys(TABLES, 70))
    tasks = made(300)
    array = write(tmp_path / "a.json", tasks)
    lines = tmp_path / "a.jsonl"
    lines.write_text("\n".join(map(json.dumps, tasks)))
    write_group, writers = table_files._write_group, set[bool]()

    def seen(*given: Any) -> None:
        writers.add(threading.current_thread() is threading.main_thread())
        write_group(*given)

    monkeypatch.setattr(table_files, "_write_group", seen)
    ways = ("one", array, 1), ("two", array, 2), ("four", array, 4), ("lines", lines, 1)
    for name, export, processes in ways:
        writers.clear()
        convert(export, tmp_path / name, ONTOLOGY, processes=processes)
        assert contents(tmp_path / name) == contents(tmp_path / "one")
        assert writers == {processes < 3}  # past two processes other threads write
    assert pq.ParquetFile(tmp_path / "one" / "spans.parquet").num_row_groups > 2


def test_strict_writes_nothing(tmp_path: Path) -> None:
    tasks = made(20)
    convert(write(tmp_path / "a.json", tasks), tmp_path / "out", ONTOLOGY)
    before = contents(tmp_path / "out")
    tasks[10]["annotations"][0]["result"][0]["value"]["end"] = 900
    tasks[10]["annotations"][0]["result"][0]["value"]["text"] = "nowhere"
    with pytest.raises(DataFaults, match="studio-offset"):
        convert(write(tmp_path / "a.json", tasks), tmp_path / "out", ONTOLOGY, strict=True)
    assert contents(tmp_path / "out") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "out"]


def test_a_file_cut_off_leaves_the_tables_that_were_there(tmp_path: Path) -> None:
    export = write(tmp_path / "a.json", made(20))
    convert(export, tmp_path / "out", ONTOLOGY)
    before = contents(tmp_path / "out")
    export.write_bytes(export.read_bytes()[:-70])
    with pytest.raises(UsageError, match="not a complete JSON export"):
        convert(export, tmp_path / "out", ONTOLOGY, processes=2)
    assert contents(tmp_path / "out") == before


def test_a_folder_of_other_things_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(UsageError, match="something else"):
        convert(write(tmp_path / "a.json", made(2)), tmp_path, ONTOLOGY)
    assert (tmp_path / "thesis.tex").exists()


def test_nothing_slow_is_imported(tmp_path: Path) -> None:
    """Pandas alone would take longer than 1,000 tasks."""
    export = write(tmp_path / "a.json", [task(1, "text")])
    code = (
        "import sys\nfrom pathlib import Path\nfrom made_up_schemes import ONE_OF_EACH as ONTOLOGY\n"
        "from parley.label_studio.export.convert import convert\n"
        f"convert(Path({str(export)!r}), Path({str(tmp_path / 'out')!r}), ONTOLOGY)\n"
        "slow = ('pandas', 'datasets', 'great_expectations', 'rich', 'httpx')\n"
        "print(*(name for name in slow if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
        check=True,
    )
    assert done.stdout.strip() == ""
    assert pq.read_table(tmp_path / "out" / "spans.parquet")["label"].to_pylist() == [LABEL]


def test_a_killed_conversion_leaves_nothing_for_long(tmp_path: Path) -> None:
    """What it had written goes with the next one, as what fails goes at once."""
    export = write(tmp_path / "a.json", made(5))
    (tmp_path / ".out.new").mkdir()
    (tmp_path / ".out.new" / "spans.parquet").touch()
    convert(export, tmp_path / "out", ONTOLOGY)
    with pytest.raises(UsageError):
        convert(tmp_path / "missing.json", tmp_path / "other", ONTOLOGY)
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", "out"}


def test_where_tables_cannot_go_is_a_wrong_call(tmp_path: Path) -> None:
    """And a link stays one: what it points at is replaced."""
    export = write(tmp_path / "a.json", made(5))
    with pytest.raises(UsageError, match="--out"):
        convert(export, export / "below", ONTOLOGY)
    (tmp_path / "place").mkdir()
    (tmp_path / "link").symlink_to("place")
    convert(export, tmp_path / "link", ONTOLOGY)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "place" / "spans.parquet").is_file()
