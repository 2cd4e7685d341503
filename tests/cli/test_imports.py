"""Validating imports what it uses and nothing heavy besides: on a few articles that is most of its time."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from label_tables_for_tests import layers_of, ontology_of, tables_of, write
from parley.runtime.lazy_imports import hidden
from parley.steps.derive import derive

# seconds each, measured with -X importtime: spacy 1.4, matplotlib 0.9, datasets 1.9 (all three build a
# release), pyspark 0.8, scipy.stats 1.0 and altair 0.8 (parts of Great Expectations that no suite uses)
RELEASE = ("spacy", "matplotlib", "datasets", "mlcroissant")
UNUSED = ("pyspark", "scipy.stats", "altair", "sqlalchemy", "label_studio_sdk", "polars")
SCRIPTS = Path(__file__).parents[2] / "scripts"


def imported(*args: object) -> set[str]:
    """Return the modules that a run of validate.py has loaded; one deferred and not used is none."""
    code = (
        "import json, runpy, sys\n"
        "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "except SystemExit as end: status = end.code\n"
        "lazy = lambda module: type(module).__name__ == '_LazyModule'\n"
        "print(json.dumps([status, [n for n, m in sys.modules.items() if m and not lazy(m)]]))"
    )
    script = SCRIPTS / "validate.py"
    program = f"import sys; sys.argv = {[str(script), *map(str, args)]!r}\n{code}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    status, names = json.loads(done.stdout.splitlines()[-1])
    assert status == 0, done.stderr
    return set(names)


def test_a_corpus_without_release_is_validated_without_what_releases_are_made_with(harbour):
    derive(harbour)
    loaded = imported("--root", harbour.root, "--no-release")
    assert "great_expectations" in loaded
    assert loaded & {*RELEASE, *UNUSED} == set()


def test_tables_are_judged_without_what_releases_are_made_with(harbour, tmp_path):
    tables = tables_of(layers_of(harbour), ontology_of(harbour))
    folder = write(tables, tmp_path / "t")
    loaded = imported("--tables", folder, "--ontology", harbour.ontology, "--processes", 1)
    assert "great_expectations" in loaded
    assert loaded & {*RELEASE, *UNUSED} == set()


def test_what_is_hidden_is_not_found_and_what_was_there_before_stays():
    with hidden("this", "json"):
        with pytest.raises(ImportError):
            __import__("this")
        assert sys.modules["json"] is json
    assert "this" not in sys.modules
