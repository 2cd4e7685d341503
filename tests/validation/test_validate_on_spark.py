"""Judging shared by Spark finds what this process finds, in label files and in tables."""

import json
import subprocess
import sys
from pathlib import Path

import mutations  # noqa: F401 - fills the catalogue
import pytest
from damage_catalogue import CATALOGUE

from label_tables_for_tests import change, layers_of, ontology_of, tables_of, write
from parley.corpus.corpus import Corpus
from parley.runtime.engine import Cores
from parley.steps.derive import derive
from parley.steps.validate import validate, validate_tables
from requirements_for_tests import needs_spark

SCRIPT = Path(__file__).parents[2] / "scripts" / "validate.py"
# one session for both runs, in a process of its own
PROGRAM = """
import json, runpy, sys
from parley.runtime.spark import session
# of a few rows planning and compiling take all the time
few = {"spark.sql.shuffle.partitions": "1", "spark.sql.adaptive.enabled": "false",
       "spark.sql.codegen.wholeStage": "false", "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"}
script, *calls = json.load(sys.stdin)
ended = []
with session("local[2]", few):
    for call in calls:
        sys.argv = [script, "--engine", "spark", *call]
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as end:
            ended.append(end.code)
print(json.dumps(ended))
"""
DAMAGE = (
    "a letter of the surface differs",
    "a label in lower case",
    "a date in words",
    "an entity of another type",
    "the tail is gone",
    "labels made on another text",
)


def as_rows(found):
    return [(f["code"], f["place"], f["message"], f["file"]) for f in json.loads(found.read_bytes())]


@pytest.mark.spark
def test_both_engines_find_the_same_faults(harbour, tmp_path):
    """In a damaged corpus and in damaged tables; and the script ends with the same status."""
    needs_spark()
    derive(harbour)
    tables = tables_of(layers_of(harbour, 2), ontology_of(harbour))
    tables["spans"] = change(tables["spans"], 400, label="GHOST")
    tables["relations"] = change(tables["relations"], 3, head="SHIP-9000-9001")
    folder = write(tables, tmp_path / "t")
    chosen = [one for one in CATALOGUE if one.name in DAMAGE]
    for one in chosen:
        one.damage(harbour)
    files, rows = tmp_path / "files.json", tmp_path / "rows.json"
    calls = [
        ["--root", harbour.root, "--json", files],
        ["--tables", folder, "--ontology", harbour.ontology, "--json", rows],
    ]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps([SCRIPT, *calls], default=str),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [1, 1]
    expected = validate(Corpus(harbour)).faults
    assert len({fault.code for fault in expected}) >= len(chosen)
    assert as_rows(files) == [(f.code, f.place, f.message, f.file) for f in expected]
    of_tables = validate_tables(folder, harbour.ontology, Cores(1)).faults
    assert {"span-label", "relation-dangling"} <= {fault.code for fault in of_tables}
    assert as_rows(rows) == [(f.code, f.place, f.message, f.file) for f in of_tables]
