"""What is judged, by what, and who judges: the choices a call of validation has."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from parley.faults import UsageError
from parley.model.paths import CorpusPaths
from parley.runtime.spark import session
from parley.validation.at_size import report_tables
from parley.validation.corpus_report import Report, report
from parley.validation.terms import terms_of, terms_of_ontology

PANDAS, SPARK = "pandas", "spark"


@dataclass(frozen=True)
class Choice:
    """One call of validation.

    root: of the corpus. tables: a folder of label tables to judge instead of it. ontology: a file that judges
    them without a corpus. engine: of Great Expectations. master: Spark's, None for its default. processes: at
    most so many, None for one a core.
    """

    root: Path
    tables: Path | None = None
    ontology: Path | None = None
    engine: str = PANDAS
    master: str | None = None
    processes: int | None = None
    release: bool = True
    docs: bool = False


def validated(choice: Choice) -> Report:
    """Return the report of what was chosen.

    Raises UsageError where the choices exclude each other, DataFaults where there is nothing to judge by.
    """
    _check(choice)
    with session(choice.master) if choice.engine == SPARK else nullcontext() as spark:
        if choice.tables:
            terms = (
                terms_of_ontology(choice.ontology)
                if choice.ontology
                else terms_of(CorpusPaths.at(choice.root))
            )
            return report_tables(choice.tables, terms, processes=choice.processes, spark=spark)
        corpus = CorpusPaths.at(choice.root)
        return report(corpus, release=choice.release, docs=choice.docs, workers=choice.processes, spark=spark)


def _check(choice: Choice) -> None:
    if choice.ontology and not choice.tables:
        raise UsageError("a corpus is judged by its own ontology", "leave out --ontology, or add --tables")
    if choice.ontology and not choice.ontology.is_file():
        raise UsageError(f"there is no ontology {choice.ontology}", "name the file with --ontology")
    if choice.master and choice.engine != SPARK:
        raise UsageError("only Spark has a master", "add --engine spark")
    if choice.docs and (choice.tables or choice.engine == SPARK):
        what = "Data Docs are made of a corpus, as the pandas engine judged it"
        raise UsageError(what, "leave out --docs, or --tables and --engine")
    if not choice.ontology:
        CorpusPaths.at(choice.root)  # before Spark starts for nothing
