"""Steps on a whole corpus: dataset, tasks, derive, validate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from parley.cli.options import (
    Master,
    OntologyFile,
    Processes,
    Root,
    Tables,
    corpus_at,
    loaded_corpus,
    say,
    written_corpus,
)


def dataset(*, root: Root = None) -> None:
    """Do the main job: seeds → tasks → checks → dataset/, and load the result.

    The same as `parley tasks`, `validate`, `publish` and `load` one after the other,
    in one process. Stops at the first step that finds faults, with dataset/ untouched.
    Run again, it changes nothing.

    Exit status: 0 done, 1 the data has faults, each named, 2 wrong call, or there is
    nothing to publish.
    """
    from parley.steps.dataset import make_dataset

    with written_corpus(root) as corpus:
        make_dataset(corpus, say)


def tasks(
    *,
    predictions: Annotated[
        bool, Parameter(negative="--no-predictions", help="let the rules propose labels (default)")
    ] = True,
    processes: Processes = None,
    root: Root = None,
) -> None:
    """Make Label Studio tasks from the seeds, with the rules' labels as predictions.

    Reads seeds/ (manifest.csv, cleaning.toml, the raw articles) and annotation/
    (ontology.toml, entities.csv, preannotation.toml). Writes build/tasks.json, and
    prints what cleaning cut, by which rule: article by article if they are few, and
    always so in build/cuts.txt.

      parley tasks                    all articles, with predictions
      parley tasks --no-predictions   for annotators who should start from nothing
      parley tasks --processes 4      on so many cores

    Exit status: 0 done, 1 seeds, rules or ontology have faults, each named, 2 wrong
    call.
    """
    from parley.steps.tasks import make_tasks

    with written_corpus(root) as corpus:
        say(make_tasks(corpus, predictions=predictions, processes=processes))


def derive(
    *,
    check: Annotated[bool, Parameter(help="write nothing; fail if a file is stale")] = False,
    root: Root = None,
) -> None:
    """Write the files that follow from the ontology and the entities, or check them.

    Reads annotation/ontology.toml and annotation/entities.csv. Writes the Label Studio
    labelling config, the Great Expectations suites, and the tables inside the
    guidelines (between `generated` comment lines).

      parley derive            write what differs
      parley derive --check    name what differs and write nothing

    Exit status: 0 done, 1 something is stale (with --check) or the ontology has faults,
    2 wrong call.
    """
    from parley import faults
    from parley.corpus.corpus import writing
    from parley.steps.derive import derive as write
    from parley.steps.derive import stale

    corpus = corpus_at(root)
    if check:
        faults.check(stale(corpus))
        say("derived files are up to date")
        return
    with writing(corpus):
        for path in write(corpus):
            say(f"wrote {corpus.relative(path)}")


def validate(
    *,
    tables: Tables = None,
    ontology: OntologyFile = None,
    engine: Annotated[Literal["local", "spark"], Parameter(help="what shares the work")] = "local",
    master: Master = None,
    processes: Processes = None,
    release: Annotated[bool, Parameter(negative="--no-release", help="judge dataset/ too (default)")] = True,
    docs: Annotated[bool, Parameter(help="build Data Docs")] = False,
    open: Annotated[bool, Parameter(help="open Data Docs")] = False,
    json: Annotated[Path | None, Parameter(metavar="FILE", help="write the faults as JSON")] = None,
    root: Root = None,
) -> None:
    """Check a corpus, or the tables of an export, and name all that is wrong.

    Reads seeds/, annotation/, validation/ and, if there is one, dataset/. Great
    Expectations judges by the committed suites. Writes nothing, or with --docs below
    build/ only: the judged tables, the results and Data Docs (build/data-docs).

      parley validate
      parley validate --no-release       leave dataset/ aside: it is about to be
                                         published anew
      parley validate --tables FOLDER    judge the tables of `parley convert`, of any
                                         size, by the suites of the corpus; a check
                                         that needs what the corpus does not have is
                                         skipped, and the report says so; what
                                         validation/waivers.csv accepts is accepted,
                                         whoever labelled it
      parley validate --tables FOLDER --ontology FILE    the same without a corpus
      parley validate --engine spark --master URL        the same verdict on a cluster

    Exit status: 0 nothing is wrong, 1 the faults named are, 2 wrong call.
    """
    from parley import faults
    from parley.runtime.engine import engine as started
    from parley.steps.validate import validate as judge
    from parley.steps.validate import validate_tables
    from parley.validation.judge import LIBRARY

    if ontology and not tables:
        raise faults.UsageError(
            "a corpus is judged by its own ontology", "leave out --ontology, or add --tables"
        )
    if docs and tables:
        raise faults.UsageError("Data Docs are made of a corpus", "leave out --docs, or --tables")
    with started(engine, master, processes) as chosen:
        if tables:
            found = validate_tables(tables, ontology or loaded_corpus(root), chosen)
        else:
            corpus = loaded_corpus(root)
            found = judge(corpus, chosen.preload(LIBRARY), release=release, docs=docs)
    if json:
        from parley.runtime.files import sweep, write_whole

        sweep([json.absolute().parent])  # what a killed run left beside it
        write_whole(json, faults.as_json(found.faults).encode())
    found.append_summary()
    say(*found.lines())
    if open and found.docs:
        import webbrowser

        webbrowser.open(found.docs)
    faults.check(found.faults)
