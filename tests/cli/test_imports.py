"""A step imports the libraries it uses and no others: on a few articles that is most of its time."""

import json
import subprocess
import sys

import pytest

from label_tables_for_tests import layers_of, ontology_of, tables_of, write
from parley.runtime.lazy_imports import hidden
from parley.steps.derive import derive

# seconds each, measured with -X importtime: spacy 1.4, datasets 1.9 (both build a release), matplotlib 0.9,
# pyspark 0.8, scipy.stats 1.0 and altair 0.8 (parts of Great Expectations that no suite uses)
RELEASE = ("spacy", "datasets", "mlcroissant")
UNUSED = ("pyspark", "scipy.stats", "altair", "sqlalchemy", "label_studio_sdk", "polars")
# Of these a step imports no more than it needs.
HEAVY = {
    *RELEASE,
    *UNUSED,
    "matplotlib",
    "scipy.integrate",
    "great_expectations",
    "duckdb",
    "httpx",
    "datasketch",
    "torch",
}
STEPS = {
    "tasks": {"spacy", "httpx"},
    "derive --check": set(),
    "agreement --draws 0": {"matplotlib"},
    "publish --no-validate": {*RELEASE, "httpx"},
    "adjudicate --list": set(),
    "label-from-quotes --show h0_collision": set(),
}
SLOW = {"tasks", "publish --no-validate"}  # for the libraries that they need


def imported(*arguments: object) -> set[str]:
    """Return the modules that a step has loaded; one that is deferred and not used is none."""
    code = (
        "import json, sys\nfrom parley.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as end: status = end.code\n"
        "lazy = lambda module: type(module).__name__ == '_LazyModule'\n"
        "print(json.dumps([status, [n for n, m in sys.modules.items() if m and not lazy(m)]]))"
    )
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    status, names = json.loads(done.stdout.splitlines()[-1])
    assert status == 0, done.stderr
    return set(names)


@pytest.mark.parametrize(
    "step", [pytest.param(step, marks=pytest.mark.long if step in SLOW else ()) for step in STEPS]
)
def test_each_step_pays_for_its_own_libraries_only(step, harbour):
    derive(harbour)
    assert imported(*step.split(), "--root", harbour.root) & HEAVY <= STEPS[step]


def test_a_corpus_without_release_is_validated_without_what_releases_are_made_with(harbour):
    """Only token patterns of rules that propose labels are judged by spaCy."""
    derive(harbour)
    harbour.preannotation.unlink()
    loaded = imported("validate", "--root", harbour.root, "--no-release", "--processes", 1)
    assert "great_expectations" in loaded
    assert loaded & {*RELEASE, *UNUSED} == set()


@pytest.mark.long
def test_tables_are_judged_without_what_releases_are_made_with(harbour, tmp_path):
    tables = tables_of(layers_of(harbour), ontology_of(harbour))
    folder = write(tables, tmp_path / "t")
    loaded = imported("validate", "--tables", folder, "--ontology", harbour.ontology, "--processes", 1)
    assert "great_expectations" in loaded
    assert loaded & {*RELEASE, *UNUSED} == set()


def test_what_is_hidden_is_not_found_and_what_was_there_before_stays():
    with hidden("this", "json"):
        with pytest.raises(ImportError):
            __import__("this")
        assert sys.modules["json"] is json
    assert "this" not in sys.modules
