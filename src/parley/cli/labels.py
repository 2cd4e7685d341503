"""Steps on labels that come from elsewhere: import, convert, label-from-quotes; and entities, their names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from parley.cli.options import (
    MOST,
    Limit,
    OntologyFile,
    Root,
    Whose,
    corpus_at,
    loaded_corpus,
    number,
    say,
    written_corpus,
)
from parley.faults import UsageError, check

ImportFormat = Literal["brat", "cas", "spacy", "conll", "jsonl", "label-studio"]


def import_(
    format: Annotated[ImportFormat, Parameter(metavar="FORMAT", help="what the files are")],
    /,
    *files: Annotated[Path, Parameter(help="files, or folders that are looked through")],
    annotator: Annotated[
        tuple[str, ...],
        Parameter(
            metavar="NAME",
            negative="",
            help="whose labels they are, of annotators.csv; PERSON=NAME for each person that files name",
        ),
    ] = (),
    map: Annotated[
        tuple[str, ...],
        Parameter(
            metavar="OLD=NEW",
            help="a label, relation or attribute here; OLD= leaves it out; ATTRIBUTE:OLD=NEW is a value",
        ),
    ] = (),
    replace: Annotated[bool, Parameter(help="write over label files that have other labels")] = False,
    mapping: Annotated[
        Path | None, Parameter(metavar="FILE", help="of label-studio: what its names are here")
    ] = None,
    suggest: Annotated[
        Path | None, Parameter(metavar="FILE", help="of label-studio: write a mapping, import nothing")
    ] = None,
    limit: Limit = (),
    root: Root = None,
) -> None:
    """Take labels of another tool's files into annotation/labels/<annotator>/.

    Files are read one by one, folders are looked through for those of the format. The
    annotator is one that annotation/annotators.csv lists.

      parley import brat ../brat/data --annotator ada
      parley import cas curation/ --annotator bo --map PERSON=PER --map Negation=
      parley import spacy train.spacy dev.spacy --annotator ada
      parley import jsonl prodigy.jsonl --annotator ada --map level:name=NAM
      parley import label-studio export.json --suggest mapping.toml
      parley import label-studio export.json --mapping mapping.toml

    FORMAT is one of

      brat     a text and a standoff file an article
      cas      UIMA CAS XMI, as INCEpTION exports it, with its TypeSystem.xml beside
               it or in the folder above; needs the extra `formats`
      spacy    DocBin: the span group `sc`, else ents
      conll    a token a line, its tag in the last column: IOB, BIO or BIOES; a line
               -DOCSTART- begins an article, without any a file is one
      label-studio    a project with another labelling config than this corpus has
               (for its own: `parley pull --export`): its export as JSON or JSON_MIN.
               --suggest writes a file with each control, label, relation, value and
               person, how often it is met, and what it may be here; look at it, then
               give it as --mapping (`parley help mapping` lists its fields). Labels
               become spans, what else a region has its attributes. Drafts, predictions
               and what was skipped are counted, not imported.
      jsonl    an article a line, as a script writes it:

        {"doc_id": "h2_spill", "offsets": "clean",
         "spans": [{"start": 0, "end": 9, "label": "SHIP", "id": "a", "text": "Mary Anne",
                    "attributes": {"level": "NAM"}},
                   {"start": 20, "end": 24, "label": "ACT", "id": "b"}],
         "relations": [{"label": "by", "head": "b", "tail": "a"}]}

        start and end are code points, half-open. In place of "offsets" there may be the
        labelled text, "text"; without it they count in the text of documents (clean) or
        in that of the seed (raw). doc_id may be missing if there is a text. id, text of
        a span and attributes may be missing; head and tail may be numbers of spans, from
        0. "document": {"genre": "news"} is said of the whole article; "annotator" is who
        labelled it, if a file has labels of several people, each of whom is then named:
        --annotator anna=ada --annotator bob=bo. An array of articles, or one over
        several lines, is read too. Exports of Prodigy and doccano are taken as they are;
        what they have chosen for the whole text is an attribute accept, cats or label
        (--map accept=genre).

    An article is recognised by its name (doc_id or the seed's file name), else by its text.
    The labels may be on the clean text, on the raw one of the seed, or on another copy:
    there they are looked for, as `parley rehydrate` does. How many are kept, moved and
    lost is printed by label; build/import/NAME.csv has a row each. Nothing is guessed:
    a label whose place is not certain is lost. Label files that have other labels are
    written over only with --replace.

    A label, relation, attribute or value that annotation/ontology.toml does not have is
    a fault that names those it has, and nothing is written; --map says what it is
    here. What is written is judged as `parley pull` judges.

    Exit status: 0 done; 1 a file cannot be read, a name is not in the ontology (nothing
    is written then), the corpus lacks an article, or something is wrong with the labels
    (all else is written); 2 wrong call, or a file of another format.
    """
    from parley.faults import check as refuse
    from parley.label_studio.export.limits import LIMITS
    from parley.label_studio.export.people import whose
    from parley.steps import import_labels as step
    from parley.steps.pull import review

    if not files:
        raise UsageError("there is nothing to import", "name files or folders")
    if (mapping or suggest or limit) and format != step.STUDIO:
        raise UsageError(
            "--mapping, --suggest and --limit are of label-studio", "give --map OLD=NEW for each name"
        )
    limits = LIMITS.with_options(limit)
    if suggest:
        if len(files) > 1:
            raise UsageError("a mapping is of one export", "name one file with --suggest")
        made, seen = step.suggest(loaded_corpus(root), files[0], limits)
        step.write_new(suggest, made)
        said = f"look at {suggest}, then: parley import {format} {files[0]} --mapping {suggest}"
        say(*seen, said)
        return
    with written_corpus(root) as corpus:
        done = step.import_labels(
            corpus,
            format,
            files,
            whose(annotator),
            names=map,
            replace=replace,
            project=mapping,
            limits=limits,
        )
        found = review(corpus, done.pulled)
    say(*done.lines(), f"what became of each: {corpus.paths.relative(done.report)}", *found.lines)
    refuse(found.faults)


def entities(
    name: Annotated[str, Parameter(help="a name as it was proposed (default: list all)")] = "",
    /,
    *,
    tie: Annotated[str, Parameter(metavar="ID", help="the row that is meant")] = "",
    add: Annotated[str, Parameter(metavar="ID", help="add a row of this id")] = "",
    kind: Annotated[str, Parameter(name="--type", metavar="TYPE", help="of the new row, if not clear")] = "",
    note: Annotated[str, Parameter(help="of the new row: what tells it from similar ones")] = "",
    wikidata: Annotated[str, Parameter(metavar="ID", help="of the new row, if somebody checked it")] = "",
    root: Root = None,
) -> None:
    """Give names that annotators proposed a row of annotation/entities.csv, in all labels.

    An annotator who finds no row for a mention writes its name; label files keep it as
    `new: NAME`, which is a fault until there is a row. Without options this step lists
    the names: who wrote them and where, rows with similar names, and the row to add.

    With --tie or --add it writes entities.csv, every label file and gold file that has
    the name, the ledger, and the labelling screen. The name becomes an alias of the row,
    so that a pull finds the row also while the server still has the name. Spellings that
    differ only in capitals or diacritics are one name.

      parley entities                                       what is proposed
      parley entities 'Rustem Umerow' --tie per_umerov      it is this row
      parley entities 'Steve Witkoff' --add per_witkoff --note 'US envoy'    it is a new row

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
    export: Annotated[Path, Parameter(help="the file that Label Studio exported")],
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
    from parley.label_studio.export.convert import REJECTS, report
    from parley.label_studio.export.convert import convert as run
    from parley.label_studio.export.files import worthwhile_processes
    from parley.label_studio.export.limits import LIMITS
    from parley.label_studio.export.people import whose
    from parley.model.ontology_file import read_ontology

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
    submit: Annotated[
        bool, Parameter(negative="", help="in Label Studio, as the annotator; write no label file")
    ] = False,
    root: Root = None,
) -> None:
    r"""Turn labels written as quotes into label files, or submit them in Label Studio.

    For annotators who work by reading and writing rather than in Label Studio: a
    decisions file quotes the text and this step finds the offsets; it refuses whatever
    is not in the text as quoted.

      parley label-from-quotes --show 000_5016c1a94fcbe2b0    the article with numbered
                                                              paragraphs
      parley label-from-quotes --annotator model-a 000_….quotes …
                                  → annotation/labels/model-a/000_….json
      parley label-from-quotes --submit --annotator model-a 000_….quotes …
                                  → the blind project of model-a, by its account

    --submit needs the running server of the annotator (`parley annotate --annotators
    model-a`); the account submits an annotation an article, or updates the one that it
    has submitted before. `parley pull` brings them into annotation/labels/.

    A decisions file is named <doc_id>.quotes and has one decision a line:

      span | m1 | PER | 2 | Karoline Leavitt | 1 | entity=per_leavitt level=NAM
      rel  | source | q1 | m1
      doc  | genre=news

    that is: key, label, paragraph, quote, occurrence in the paragraph, attributes;
    relation, head, tail; and attributes of the whole article. A bar in a quote is
    written \| there. An attribute that names several rows has commas between them:
    entity=gpe_russia,gpe_ukraine.

    Exit status: 0 done, 1 a decision does not fit the text, or the text on the server is
    another, 2 wrong call, no server.
    """
    from parley.exchange.quotes import layers_from_quotes, numbered, write_labels_from_quotes

    corpus = loaded_corpus(root)
    if show:
        say(numbered(corpus, show))
        return
    if not annotator or not files:
        raise UsageError(
            "there is nothing to do", "name --annotator and at least one decisions file, or --show an article"
        )
    if submit:
        from parley.label_studio.server.seats import connect
        from parley.label_studio.server.submit import report
        from parley.label_studio.server.submit import submit as run

        layers = layers_from_quotes(corpus, annotator, list(files))
        with connect(corpus.paths) as desk:
            say(*report(run(corpus, desk, annotator, layers)), "next: `parley pull`")
        return
    with written_corpus(root) as corpus:
        for path in write_labels_from_quotes(corpus, annotator, list(files)):
            say(corpus.paths.relative(path))
