"""Steps of annotating in Label Studio: annotate and its parts, pull."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from parley.cli.options import Limit, Names, Root, Whose, loaded_corpus, say, split_names, written_corpus
from parley.faults import check

Humans = Annotated[Names, Parameter(help="default: all of kind human")]
Predictions = Annotated[
    bool | None,
    Parameter(
        negative="--no-predictions",
        help="show the rules' labels (default: as the last time; yes the first time)",
    ),
]
Port = Annotated[
    int,
    Parameter(
        metavar="N",
        help="the first port on 127.0.0.1; 0 takes any free ones (default: 8080)",
        validator=Number(gte=0, lte=65535),
    ),
]
Database = Annotated[
    str,
    Parameter(
        metavar="URL",
        env_var="PARLEY_DATABASE",
        show_env_var=False,
        help="postgresql://…; PARLEY_DATABASE instead keeps it out of process lists (default: SQLite)",
    ),
]
Data = Annotated[
    Path | None,
    Parameter(metavar="FOLDER", help="where the servers' data are (default: one for each corpus)"),
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
    """Start Label Studio on this machine for each annotator; say who logs in where.

    Reads annotation/annotators.csv and build/tasks.json (run `parley tasks` first).
    Starts a server for each annotator of kind human, which no other account reaches,
    with an account and a project that has the articles in an order of its own. It
    stays until Ctrl-C; started again, it finds everything as it was. A server takes
    some 300 MB of memory.

      parley annotate                     all humans; the rules' labels as predictions
      parley annotate --no-predictions    fully independent
      parley annotate --lead cy           cy adjudicates: has a server, but no articles
                                          to label
      parley annotate --annotators model-a model-b    models too, if they are named
      parley annotate --annotators ada --port 8090    one annotator, for instance on
                                          a machine far away; the labels come back with
                                          `parley pull --export FILE`
      parley annotate --database postgresql://me:pw@host/parley    on PostgreSQL: each
                                          annotator gets a copy of that empty database

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

    Only the servers, without accounts and projects: `parley annotate` does it all. The
    database, log and secrets of each are in a folder of its own; only you can read the
    secrets (secrets.json). `parley push-tasks`, `parley pull` and
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
    JSON. Run it as often as you like: drafts, skipped and untouched tasks are listed and
    left out; of several annotations by one annotator the newest counts. Notes that
    annotators wrote on regions are listed too.

    Each layer is judged by the suites. What is wrong (an arrow that its label may not
    have, a time that does not parse, something required and not set, …) is named with
    annotator, words and a link to the task, and for each annotator there is a list to
    send on, build/pull/<annotator>.md, with nothing of other annotators in it. Such labels
    are in the label file all the same, as they were made: nothing is lost, correct them
    in Label Studio and pull again. Only a label that cannot be carried over exactly (of
    an edited text, say) leaves its article's label file as it was.

    A name that was proposed for an entity is kept; `parley entities` gives it a row.

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
    from parley.label_studio.export.limits import LIMITS
    from parley.label_studio.export.people import whose
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
    if not check:
        say("next: `parley agreement`, if two annotators have labelled the same articles; `parley validate`")
