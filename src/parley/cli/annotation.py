"""Steps of annotating: annotate and its parts, pull, entities, convert, label-from-quotes."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from parley.cli.options import (
    MOST,
    Limit,
    Names,
    OntologyFile,
    Root,
    Whose,
    corpus_at,
    loaded_corpus,
    number,
    say,
    split_names,
    written_corpus,
)
from parley.faults import UsageError, check

Humans = Annotated[Names, Parameter(help="default: all of kind human")]
Predictions = Annotated[
    bool | None,
    Parameter(negative="--no-predictions", help="show the rules' labels (default: as before, at first yes)"),
]
Port = Annotated[
    int,
    Parameter(
        metavar="N",
        help="the first on 127.0.0.1; 0 takes free ones (default: 8080)",
        validator=Number(gte=0, lte=65535),
    ),
]
Database = Annotated[
    str,
    Parameter(
        metavar="URL",
        env_var="PARLEY_DATABASE",
        show_env_var=False,
        help="postgresql://…; better set PARLEY_DATABASE, which no process list shows (default: SQLite)",
    ),
]
Data = Annotated[
    Path | None, Parameter(metavar="FOLDER", help="of the servers' data (default: one for each corpus)")
]


def annotate(
    *,
    annotators: Humans = (),
    lead: Annotated[str, Parameter(metavar="NAME", help="who adjudicates, and labels nothing")] = "",
    predictions: Predictions = None,
    port: Port = 8080,
    database: Database = "",
    data: Data = None,
    show_passwords: Annotated[bool, Parameter(help="print the passwords too")] = False,
    root: Root = None,
) -> None:
    """Start Label Studio on this machine, ready, and say who logs in where.

    Reads annotation/annotators.csv and build/tasks.json (run `parley tasks` first).
    Starts a server of its own for every annotator of kind human, which nobody else's
    account reaches, makes the account and a project with the articles in an order of
    its own, and stays until Ctrl-C. Started again it finds all as it was. A server
    takes some 300 MB of memory.

      parley annotate                     all humans; the rules' labels as predictions
      parley annotate --no-predictions    fully independent
      parley annotate --lead cy           cy adjudicates: has a seat, and no articles
                                          to label
      parley annotate --annotators ada --port 8090    one annotator, for instance far
                                          away on an own machine, whose labels come back
                                          with `parley pull --export FILE`
      parley annotate --database postgresql://me:pw@host/parley    on PostgreSQL: each
                                          seat is a copy of that empty database

    Exit status: 0 stopped, 1 an article's text is not the one on the server, 2 wrong
    call or surroundings.
    """
    from parley.steps.annotate import annotate as run

    run(
        loaded_corpus(root),
        split_names(annotators),
        lead=lead,
        predictions=predictions,
        port=port,
        database=database,
        data=data,
        show_passwords=show_passwords,
        say=say,
    )


def push_tasks(
    *,
    annotators: Humans = (),
    predictions: Predictions = None,
    labels: Annotated[bool, Parameter(help="import label files as finished annotations")] = False,
    root: Root = None,
) -> None:
    """Bring every annotator's Label Studio project up to date with the articles.

    Reads build/tasks.json (made by `parley tasks`), annotation/ontology.toml,
    entities.csv, guidelines.md and annotators.csv. Makes one project an annotator of
    kind human, with the articles in an order of its own and the guidelines as its
    instructions; on a second run only what is missing is added, and what was changed by
    hand on the server is restored and named. No labels are ever removed.

    The servers are the local ones, which must run, or the one that LABEL_STUDIO_URL and
    LABEL_STUDIO_API_KEY name.

      parley push-tasks                    all humans, with the rules' labels as
                                           predictions
      parley push-tasks --annotators ada --no-predictions    one, fully independent
      parley push-tasks --annotators rules    the rules' labels as the annotator `rules`
      parley push-tasks --annotators ada --labels    ada's label files as her finished
                                           annotations

    Exit status: 0 done, 1 an article's text is not the one on the server, 2 wrong call,
    no server.
    """
    from parley.label_studio.server.push import push, report
    from parley.label_studio.server.seats import connect

    corpus = loaded_corpus(root)
    check(corpus.manifest.faults)
    with connect(corpus.paths) as desk:
        done = push(corpus, desk, split_names(annotators), predictions=predictions, labels=labels)
    say(*report(done))


def start_label_studio(
    *,
    annotators: Humans = (),
    port: Port = 8080,
    database: Database = "",
    data: Data = None,
    root: Root = None,
) -> None:
    """Start the annotators' Label Studio servers on this machine, and stay until Ctrl-C.

    The servers alone, without accounts and projects: `parley annotate` does it all. The
    database, log and secrets of each are in a folder of its own; the secrets
    (secrets.json) can be read by you alone. `parley push-tasks`, `parley pull` and
    `parley adjudicate` find the running servers by themselves.

      parley start-label-studio                     on SQLite, from port 8080 on
      parley start-label-studio --annotators rules --port 0    one, on any free port
      PARLEY_DATABASE=postgresql://… parley start-label-studio    on PostgreSQL

    Exit status: 0 stopped, 2 it is not installed, runs already, or cannot start.
    """
    from parley.steps.annotate import annotate as run

    names = split_names(annotators)
    run(loaded_corpus(root), names, port=port, database=database, data=data, fill=False, say=say)


def setup_label_studio() -> None:
    """Install the Label Studio server in an environment of its own.

    Its pinned packages clash with Parley's, so it gets its own environment: in a
    checkout .label-studio/venv, else below the user's data folder, or the folder that
    PARLEY_HOME names. The packages are pinned by hash. It needs the network and takes a
    few minutes; if all is there, nothing happens.

    Exit status: 0 installed, 2 it cannot be installed.
    """
    from parley.label_studio.server.local import install

    say(f"Label Studio is installed: {install(say)}")


def pull(
    *,
    annotators: Annotated[Names, Parameter(help="default: all who have a project")] = (),
    export: Annotated[Path | None, Parameter(metavar="FILE", help="JSON, JSON lines; also .gz, .zst")] = None,
    annotator: Whose = (),
    check: Annotated[bool, Parameter(help="judge what is finished, write no label file")] = False,
    limit: Limit = (),
    root: Root = None,
) -> None:
    """Bring finished annotations back into annotation/labels/<annotator>/<doc_id>.json.

    Asks the local servers that run (or the one that LABEL_STUDIO_URL and
    LABEL_STUDIO_API_KEY name), or reads a file that was exported there in the format
    JSON. It can be run at any time, many times: drafts, skipped and untouched tasks are
    listed, of several annotations by one annotator the newest counts. What annotators
    wrote on regions is listed.

    Each layer is judged by the suites. What is wrong (an arrow that its label may not
    have, a time that does not parse, something required and not set, …) is named with
    annotator, words and a link to the task, and for each annotator there is a list to
    send on, build/pull/<annotator>.md, in which there is nobody else's word. Such labels
    are in the label file all the same, as they were made: nothing is lost, correct them
    in Label Studio and pull again. Only a label that cannot be carried over exactly (of
    an edited text, say) leaves its article's label file as it was.

    A name written for an entity without a row is kept; `parley entities` takes it over.

    If several people worked in the export, name each by id or e-mail address.

      parley pull                                           every annotator who has a
                                                            project
      parley pull --check --annotators ada                  ada looks at her own work
                                                            before the lead does
      parley pull --export ada.json.gz --annotator ada
      parley pull --export all.json --annotator 1=ada --annotator bo@example.org=bo

    Exit status: 0 done, 1 something is wrong with labels, or could not be carried over
    (each with its place; all else is written), 2 wrong call, no server.
    """
    from parley.faults import check as refuse
    from parley.label_studio.export.annotations import whose
    from parley.label_studio.export.foreign import LIMITS
    from parley.label_studio.server.pull import pull as fetch
    from parley.label_studio.server.pull import pull_export
    from parley.label_studio.server.seats import connect
    from parley.steps.pull import review

    with nullcontext(loaded_corpus(root)) if check else written_corpus(root) as corpus:
        if export:
            limits = LIMITS.with_options(limit)
            pulled = pull_export(corpus, export, whose(annotator), limits=limits, write=not check)
        else:
            with connect(corpus.paths) as desk:
                pulled = fetch(corpus, desk, split_names(annotators), write=not check)
        found = review(corpus, pulled)
    say(*found.lines)
    refuse(found.faults)


def entities(
    name: Annotated[str, Parameter(help="as it was proposed; without it all are listed")] = "",
    /,
    *,
    tie: Annotated[str, Parameter(metavar="ID", help="the row that is meant")] = "",
    add: Annotated[str, Parameter(metavar="ID", help="add a row of this id")] = "",
    kind: Annotated[str, Parameter(name="--type", metavar="TYPE", help="of the new row, if not clear")] = "",
    note: Annotated[str, Parameter(help="of the new row: what tells it from similar ones")] = "",
    wikidata: Annotated[str, Parameter(metavar="ID", help="of the new row, if somebody checked it")] = "",
    root: Root = None,
) -> None:
    """Take names that annotators proposed into annotation/entities.csv, and over into all labels.

    An annotator who finds no row for a mention writes its name; label files keep it as
    `new: NAME`, and it is a fault until it is a row. Without options this step lists the
    names with who wrote them where, the rows that are near, and the row to add.

    Taking one over writes entities.csv, every label file and gold file that has the name,
    the ledger, and the labelling screen. The name is among the row's aliases then, so that
    a pull finds the row, whatever the server still has. Spellings that differ by capitals
    or diacritics alone are one name.

      parley entities                                       what is proposed
      parley entities 'Rustem Umerow' --tie per_umerov      it is a row that there is
      parley entities 'Steve Witkoff' --add per_witkoff --note 'US envoy'    it is new

    Afterwards `parley push-tasks` brings the row to the annotators' screens.

    Exit status: 0 done, 1 a file cannot be read or the row is not sound, 2 wrong call.
    """
    from parley.steps.entities import add_entity, proposed_entities, tie_entity

    if bool(name) != bool(tie or add) or (tie and add):
        raise UsageError("a name goes with either --tie ID or --add ID", "see `parley entities --help`")
    if (kind or note or wikidata) and not add:
        raise UsageError("--type, --note and --wikidata are of a new row", "add --add ID")
    if not name:
        found = proposed_entities(loaded_corpus(root))
        say(*(line for one in found for line in one.lines()))
        say(f"{len(found) or 'no'} name{'s' * (len(found) != 1)} proposed")
        return
    with written_corpus(root) as corpus:
        if tie:
            written = tie_entity(corpus, name, tie)
        else:
            written = add_entity(corpus, name, add, kind=kind, note=note, wikidata=wikidata)
    say(*(f"wrote {file}" for file in written), f"{name!r} is {tie or add}")
    say("next: `parley push-tasks` while the servers run; `parley agreement` if it was measured")


def convert(
    export: Path,
    /,
    *,
    out: Annotated[Path, Parameter(metavar="FOLDER", help="where the tables go")],
    ontology: OntologyFile = None,
    annotator: Whose = (),
    processes: Annotated[int, number(0, MOST, help="default: one a core; one for a small export")] = 0,
    strict: Annotated[bool, Parameter(help="write nothing if anything is rejected")] = False,
    limit: Limit = (),
    root: Root = None,
) -> None:
    """Turn an export of Label Studio, of any size, into Parquet tables.

    Reads JSON or JSON lines, plain, .gz or .zst, in pieces over all cores; every offset
    is compared with its text. Writes tables of annotations, spans, relations and
    remarks. What cannot be carried over is in rejects.jsonl, with its
    fault and the byte at which its task begins.

    If several people worked in the export, name each by id or e-mail address.

      parley convert export.json.gz --out build/tables
      parley convert export.jsonl --out build/tables --strict
      parley convert all.json --out build/tables --annotator 1=ada --annotator 2=bo

    Exit status: 0 done, 1 something was rejected (with --strict nothing is written),
    2 wrong call, or no export.
    """
    from parley.label_studio.export.annotations import whose
    from parley.label_studio.export.convert import REJECTS, report
    from parley.label_studio.export.convert import convert as run
    from parley.label_studio.export.files import worthwhile_processes
    from parley.label_studio.export.foreign import LIMITS
    from parley.model.ontology import read_ontology

    labels = read_ontology(ontology or corpus_at(root).ontology)
    number = processes or worthwhile_processes(export)
    found = run(
        export,
        out,
        labels,
        whose(annotator),
        processes=number,
        strict=strict,
        limits=LIMITS.with_options(limit),
    )
    say(*report(found))
    if found.first:
        say(f"all that was rejected: {out / REJECTS}")
    check(found.first)


def label_from_quotes(
    *files: Annotated[Path, Parameter(help="decisions files, <doc_id>.quotes")],
    show: Annotated[str, Parameter(metavar="DOC_ID", help="print one article with numbered paragraphs")] = "",
    annotator: Annotated[str, Parameter(metavar="NAME", help="who decided, of annotators.csv")] = "",
    root: Root = None,
) -> None:
    r"""Turn labels written as quotes into label files.

    For annotators who work by reading and writing rather than in Label Studio: a
    decisions file quotes the text and this step finds the offsets; it refuses whatever
    is not in the text as quoted.

      parley label-from-quotes --show 000_5016c1a94fcbe2b0    the article with numbered
                                                              paragraphs
      parley label-from-quotes --annotator model-a 000_….quotes …
                                  → annotation/labels/model-a/000_….json

    A decisions file is named <doc_id>.quotes and has one decision a line:

      span | m1 | PER | 2 | Karoline Leavitt | 1 | entity=per_leavitt level=NAM
      rel  | source | q1 | m1

    that is: key, label, paragraph, quote, occurrence in the paragraph, attributes; and
    relation, head, tail. A bar in a quote is written \| there. An attribute that names
    several rows has commas between them: entity=gpe_russia,gpe_ukraine.

    Exit status: 0 done, 1 a decision does not fit the text, 2 wrong call.
    """
    from parley.corpus.corpus import writing
    from parley.exchange.quotes import numbered, write_labels_from_quotes

    corpus = loaded_corpus(root)
    if show:
        say(numbered(corpus, show))
        return
    if not annotator or not files:
        raise UsageError(
            "there is nothing to do", "name --annotator and at least one decisions file, or --show an article"
        )
    with writing(corpus.paths):
        for path in write_labels_from_quotes(corpus, annotator, list(files)):
            say(corpus.paths.relative(path))
