"""Steps on a whole corpus: dataset, tasks, derive, migrate, validate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from parley.cli.options import (
    EngineName,
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
    """Make the dataset: seeds → tasks → checks → dataset/, and load the result.

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
    engine: EngineName = "local",
    master: Master = None,
    processes: Processes = None,
    root: Root = None,
) -> None:
    """Make Label Studio tasks from the seeds, with the rules' labels as predictions.

    Reads seeds/ (manifest.csv, cleaning.toml, the raw articles) and annotation/
    (ontology.toml, entities.csv, preannotation.toml). Writes build/tasks.json, and
    prints what cleaning cut, by which rule: article by article if they are few;
    build/cuts.txt always has it article by article.

      parley tasks                    all articles, with predictions
      parley tasks --no-predictions   for annotators who should start from nothing
      parley tasks --processes 4      on four cores
      parley tasks --engine spark --master URL    the same files, made on a cluster
                                      whose workers see the corpus folder at the
                                      same path

    Exit status: 0 done, 1 seeds, rules or ontology have faults, each named, 2 wrong
    call.
    """
    from parley.runtime.engine import engine as started
    from parley.steps.tasks import make_tasks

    with written_corpus(root) as corpus, started(engine, master, processes) as chosen:
        say(make_tasks(corpus, predictions=predictions, engine=chosen))


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
        written = [f"wrote {corpus.relative(path)}" for path in write(corpus)]
    say(*written, "next: `parley validate`" if written else "derived files are up to date")


def migrate(
    plan: Annotated[Path, Parameter(help="the plan, a TOML file")],
    /,
    *,
    dry_run: Annotated[bool, Parameter(help="show what it would do and write nothing")] = False,
    root: Root = None,
) -> None:
    """Bring a corpus from one scheme to the next: rename, remove, merge or split its names.

    Reads the plan and annotation/. Writes all files that name labels, in one step or not at
    all: ontology.toml with its new version, label files, gold and ledger.csv with their
    decisions, entities.csv, preannotation.toml, guidelines.md, and what `parley derive`
    writes. Says how many labels change, with examples; what no rule decides, with its
    place and words; what people must read; and whether published class numbers move.

      parley migrate plan.toml --dry-run    look first
      parley migrate plan.toml              then do it; a second time it is refused
      parley validate                       what is left for people is a fault there

    A plan, with a step of each kind. `of` is span, relation, attribute, value or entity:

      from = "0.1"                     # the ontology's version now
      to = "0.2"                       # and afterwards
      # ontology = "ontology-0.2.toml" # the new file, if steps do not say it all
      # guidelines = "guidelines.md"   # the new file, if they are written anew

      [[rename]]
      of = "relation"
      name = "mediator"
      to = "host"

      [[remove]]                       # of an attribute also `labels`, if it is to stay
      of = "attribute"                 # on others; labels lose it
      name = "quote"

      [[merge]]
      of = "value"                     # of a choice
      attribute = "modality"
      names = ["historical", "actual"]
      to = "actual"

      [[split]]                        # the first rule that fits decides
      of = "relation"
      name = "recipient"
      open = "keep"                    # what no rule decides: keep, drop, or a name that a
                                       # rule gives; without it such labels stop the step
        [[split.rule]]
        to = "addressee"
        definition = "To whom the act in words is directed."
        head.attributes.plover = ["REQUEST", "CONSULT"]
        tail.label = ["PER", "ORG", "GPE"]

        [[split.rule]]
        to = "target"
        head.attributes.plover = ["ASSAULT", "COERCE"]

      [[add]]                          # with `ontology`: an attribute that is new
      of = "attribute"
      name = "stance"
      labels = ["CONTENT"]
      open = "asserted"                # the value of what no rule decides
        [[add.rule]]
        to = "denied"
        tails.cue.words = ["denied", "denies"]

    A rule asks of both ends of a relation (`head`, `tail`), else of the span itself
    (`span`) and of the tails of its relations (`tails.NAME`): label, attributes, words;
    each as a list of what fits. An `entity` that the new ontology lets name several rows
    becomes a list; names without a step stay as they are. Where the labels of annotators
    become different ones, gold keeps the label of those who agreed with gold, and the
    others' labels are rejected. What is said of the whole article (`[[document]]`) is an
    attribute here too, but it cannot be split.

    Exit status: 0 done, 1 the plan has faults, or leaves labels open without saying what
    becomes of them; each is named. 2 wrong call.
    """
    from parley.runtime.files import write_whole
    from parley.steps.migrate import full_list
    from parley.steps.migrate import migrate as carry_out

    with written_corpus(root) as corpus:
        report = carry_out(corpus, plan, dry_run=dry_run)
        if listed := full_list(report):
            write_whole(corpus.paths.build / "migration.txt", listed.encode())
    say(*report.lines())


def validate(
    *,
    tables: Tables = None,
    ontology: OntologyFile = None,
    engine: EngineName = "local",
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
