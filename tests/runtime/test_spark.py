"""A Spark session: it finds what it needs or says what is missing, and its workers run this code."""

import errno
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import parley
from parley.faults import DataFaults, Fault, UsageError
from parley.runtime.engine import Cores
from parley.runtime.spark import OnSpark, java_home, session
from parley.seeds.near_duplicates import band_keys
from requirements_for_tests import needs_spark


def a_java(folder: Path, version: str) -> Path:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")
    program.chmod(0o755)
    return program


def where(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Say which interpreter, process and package see each batch."""
    for batch in batches:
        seen = {"id": batch["id"], "python": [sys.executable] * len(batch), "pid": [os.getpid()] * len(batch)}
        yield pa.RecordBatch.from_pydict(seen | {"package": [parley.__file__] * len(batch)})


def test_java_is_looked_for_in_java_home_then_on_the_path(tmp_path, monkeypatch):
    """JAVA_HOME wins; a link on PATH leads to its home; the old way of counting versions is read too."""
    linked, named = a_java(tmp_path / "linked", "17.0.1"), a_java(tmp_path / "named", "21.0.2")
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "java").symlink_to(linked)
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert java_home() == tmp_path / "linked"
    monkeypatch.setenv("JAVA_HOME", str(named.parents[1]))
    assert java_home() == tmp_path / "named"
    a_java(tmp_path / "old", "1.8.0_402")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "old"))
    with pytest.raises(UsageError, match=r"1\.8\.0_402") as raised:
        java_home()
    assert "openjdk-17-jre-headless" in raised.value.remedy
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nothing"))
    with pytest.raises(UsageError, match="does not run"):
        java_home()
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="no `java` on PATH"):
        java_home()


def test_pyspark_that_is_missing_is_told(monkeypatch):
    """Without the extra the remedy is named, not a traceback."""
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(UsageError, match="parley-corpus"), session("local[1]"):
        pass


@pytest.mark.spark
def test_workers_are_this_interpreter_with_this_code():
    """Workers import the driver's package, a session within one is the same, the environment is put back."""
    needs_spark()
    names = ("JAVA_HOME", "SPARK_HOME", "SPARK_LOCAL_IP", "PYSPARK_PYTHON")
    before = [os.environ.get(name) for name in names]
    with session("local[2]", {"spark.sql.shuffle.partitions": "2"}) as spark:
        assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
        with session() as same:
            assert same is spark
        with pytest.raises(UsageError, match="is active"), session("local[7]"):
            pass
        schema = "id long, python string, pid long, package string"
        seen = spark.range(0, 40, 1, 4).mapInArrow(where, schema).toArrow()
        assert seen["id"].to_pylist() == list(range(40))
        assert set(seen["python"].to_pylist()) == {sys.executable}
        assert set(seen["package"].to_pylist()) == {parley.__file__}
        assert os.getpid() not in seen["pid"].to_pylist()
    assert [os.environ.get(name) for name in names] == before


def refuse(number: int) -> int:
    if number == 3:
        raise DataFaults([Fault("span-empty", "row 3", "nothing")])
    if number == 4:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "article-4")
    return number * number


@pytest.mark.spark
def test_a_fault_that_a_worker_finds_is_told_as_one():
    """And so is an error of the worker's machine: not as an exception of Spark with two tracebacks."""
    needs_spark()
    with session("local[2]") as spark:
        assert list(OnSpark(spark).map(refuse, [1, 2])) == [1, 4]
        with pytest.raises(DataFaults, match="row 3"):
            list(OnSpark(spark).map(refuse, [1, 3, 2]))
        with pytest.raises(OSError, match="article-4") as full:
            list(OnSpark(spark).map(refuse, [1, 4, 2]))
        assert full.value.errno == errno.ENOSPC


@pytest.mark.spark
def test_tasks_are_taken_and_results_given_a_few_at_a_time():
    """So neither all tasks nor all results are in the driver's memory, and it works while the workers do."""
    needs_spark()
    taken = []

    def tasks():
        for number in range(10, 40):
            taken.append(number)
            yield number

    with session("local[2]") as spark:
        found = OnSpark(spark).map(refuse, tasks())
        assert next(found) == 100
        assert len(taken) < 30
        assert list(found) == [number * number for number in range(11, 40)]
        assert list(OnSpark(spark).map(refuse, [])) == []


@dataclass(frozen=True)
class HereAlone(OnSpark):
    """Spark without a session: its passes are made here."""

    def map(self, work: Callable[[Any], Any], tasks: Iterable[Any], what: str = "") -> Iterator[Any]:
        return Cores(1).map(work, tasks, what)


def test_keys_of_a_few_rows_are_joined_by_the_driver():
    """To the pairs that this machine finds; no query is planned."""
    texts = [" ".join(f"w{number}x{place}" for place in range(40)) for number in range(20)]
    tasks = [texts[:11] + texts[:2], texts[11:] + texts[5:7]]
    found, wanted = (engine.pairs(band_keys, tasks) for engine in (HereAlone(None), Cores(1)))
    assert [rows.tolist() for rows in found] == [rows.tolist() for rows in wanted] != [[], []]
